/*
 * Settings as a user or a file may give them: lists of names, numbers, PEM texts.
 * A setter that fails says why in one line and changes nothing; whatever was set
 * freezes or says why not, and a frozen configuration makes connections.
 *
 *   byte 0     1: a server
 *   rest       lines: a letter for the setting, then its value; there a byte 1
 *              stands for a line feed
 */
#include "fuzz.h"
#include "qtls/qtls.h"
#include "support/pki_fixture.h"

static pki *identity;

/* A value may have several lines, as PEM has. */
static char *unfold(char *value) {
  for (char *at = value; *at != 0; at++) {
    *at = *at == 1 ? '\n' : *at;
  }
  return value;
}

static qtls_err set_number(qtls_config *c, char letter, unsigned long v) {
  switch (letter) {
    case 'f':
      return qtls_config_set_floor(c, (qtls_floor)v);
    case 'p':
      return qtls_config_set_policy(c, (qtls_policy)v);
    case 'q':
      return qtls_config_set_pqc_priority(c, (unsigned)v);
    case 'k':
      return qtls_config_set_key_shares(c, (qtls_key_shares)v);
    case 'C':
      return qtls_config_set_cookie(c, (qtls_cookie)v);
    case 'r':
      return qtls_config_set_record_size_limit(c, (unsigned)v);
    case 'm':
      return qtls_config_set_record_mode(c, (qtls_record_mode)v);
    case 'P':
      return qtls_config_set_padding(c, (qtls_padding)(v & 7), (unsigned)(v >> 3));
    case 'x':
      return qtls_config_set_key_update(c, (uint32_t)v, v >> 16, (uint32_t)(v >> 8));
    case 'M':
      return qtls_config_set_message_limit(c, v);
    case 'G':
      return qtls_config_set_grease(c, v != 0);
    case 'b':
      return qtls_config_set_middlebox_compat(c, v != 0);
    case 'F':
      return qtls_config_set_fallback_scsv(c, v != 0);
    case 'K':
      return qtls_config_set_keep_chain(c, v != 0);
    case 'c':
      return qtls_config_set_client_auth(c, (qtls_client_auth)v);
    case 'H':
      return qtls_config_set_post_handshake_auth(c, v != 0);
    case 'R':
      return qtls_config_set_revocation(c, (qtls_revocation)(v & 7), (v & 8) != 0);
    case 'j':
      return qtls_config_set_status_jobs(c, v != 0);
    case 'J':
      return qtls_config_set_staple_required(c, v != 0);
    case 'y':
      return qtls_config_set_strict_sni(c, v != 0);
    case 'l':
      return qtls_config_set_link_cache(c, (unsigned)v);
    case 'n':
      return qtls_config_set_ct_logs_required(c, (unsigned)v);
    case 'h':
      return qtls_config_set_hsm_capabilities(c, (v & 1) != 0, (v & 2) != 0, (v & 4) != 0, (unsigned)(v >> 3));
    default:
      return QTLS_OK;
  }
}

static qtls_err set(qtls_config *c, char letter, const char *value) {
  switch (letter) {
    case 'v':
      return qtls_config_set_versions(c, value);
    case 's':
      return qtls_config_set_suites(c, value);
    case 'g':
      return qtls_config_set_groups(c, value);
    case 'S':
      return qtls_config_set_schemes(c, value);
    case 'a':
      return qtls_config_set_alpn(c, value);
    case 'z':
      return qtls_config_set_cert_compression(c, value);
    case 'A':
      return qtls_config_add_allow(c, value);
    case 'U':
      return qtls_config_add_authorities(c, value, strlen(value));
    case 'L':
      return qtls_config_add_crl(c, value, strlen(value));
    case 'T':
      return qtls_config_add_ct_log(c, "log", value, strlen(value));
    case 't':
      return qtls_config_add_trust(c, value, strlen(value));
    case 'i':
      return qtls_config_add_identity(c, value, strlen(value), NULL, 0);
    default:
      return set_number(c, letter, strtoul(value, NULL, 0));
  }
}

/* One line for people, whenever something was refused. */
static void check_problem(const qtls_config *c, qtls_err err) {
  const char *why = qtls_config_problem(c);
  bool told = err == QTLS_OK || err == QTLS_ERR_ARGUMENT || err == QTLS_ERR_FROZEN || why[0] != 0;
  FUZZ_CHECK(told && strchr(why, '\n') == NULL);
}

static void connect(const qtls_config *c, bool server) {
  const qtls_conn_params params = {.server_name = server ? NULL : "localhost", .now = PKI_NOW};
  qtls_conn *conn = NULL;
  uint8_t out[QTLS_RECORD_MAX];
  size_t taken = 0, written = 0;
  FUZZ_CHECK(qtls_conn_new(&conn, c, &params) == QTLS_OK);
  FUZZ_CHECK(qtls_conn_send(conn, NULL, 0, out, sizeof out, &taken, &written) == QTLS_OK);
  FUZZ_CHECK((written > 0) == !server);
  qtls_conn_free(conn);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  q_span input = q_span_of(data, size);
  bool server = (fuzz_take_u8(&input) & 1) != 0;
  qtls_config *c = NULL;
  if (identity == NULL) {
    identity = pki_make("hybrid-p384-mldsa65", NULL);
  }
  char *text = malloc(input.n + 1);
  FUZZ_CHECK(text != NULL && qtls_config_new(&c, server ? QTLS_SERVER : QTLS_CLIENT) == QTLS_OK);
  if (input.n > 0) {
    memcpy(text, input.p, input.n);
  }
  for (char *line = text; line < text + input.n;) {
    char *end = memchr(line, '\n', (size_t)(text + input.n - line));
    end = end != NULL ? end : text + input.n;
    *end = 0;
    if (*line != 0) {
      check_problem(c, set(c, *line, unfold(line + 1)));
    }
    line = end + 1;
  }
  FUZZ_CHECK(qtls_config_add_trust(c, identity->trust_pem, identity->trust_pem_n) == QTLS_OK);
  FUZZ_CHECK(qtls_config_add_identity(c, identity->chain_pem, identity->chain_pem_n, identity->key_pem,
                                      identity->key_pem_n) == QTLS_OK);
  qtls_err err = qtls_config_freeze(c);
  check_problem(c, err);
  if (err == QTLS_OK) {
    qtls_config *copy = NULL;
    FUZZ_CHECK(qtls_config_set_grease(c, true) == QTLS_ERR_FROZEN);
    connect(c, server);
    FUZZ_CHECK(qtls_config_clone(&copy, c) == QTLS_OK && qtls_config_freeze(copy) == QTLS_OK);
    connect(copy, server);
    qtls_config_free(copy);
  }
  qtls_config_free(c);
  free(text);
  return 0;
}
