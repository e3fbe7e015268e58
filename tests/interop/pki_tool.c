/*
 * Makes and reads, for the interop tests, what qtls/pki.h can: each command is a
 * call or two of it. Without a word and with status 0 when all is well; else the
 * error's name and status 1.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/writer.h"
#include "crypto/hash.h"
#include "pki/base64.h"
#include "pki/issue.h"
#include "pki/sct.h"
#include "qtls/pki.h"

#define DAY 86400

static void must(qtls_err err, const char *what) {
  if (err != QTLS_OK) {
    fprintf(stderr, "%s: %s\n", what, qtls_err_name(err));
    exit(1);
  }
}

static char *read_file(const char *path, size_t *n) {
  const size_t cap = 1 << 20;
  char *text = malloc(cap);
  FILE *f = fopen(path, "rb");
  if (f == NULL || text == NULL) {
    perror(path);
    exit(2);
  }
  *n = fread(text, 1, cap, f);
  fclose(f);
  return text;
}

static void write_file(const char *path, char *text, size_t n) {
  FILE *f = fopen(path, "wb");
  if (f == NULL || fwrite(text, 1, n, f) != n || fclose(f) != 0) {
    perror(path);
    exit(2);
  }
  qtls_pki_free(text);
}

static qtls_key *load_key(const char *path) {
  size_t n = 0;
  qtls_key *key = NULL;
  char *pem = read_file(path, &n);
  must(qtls_key_load(&key, NULL, pem, n), path);
  free(pem);
  return key;
}

static qtls_key *new_key(const char *kind, const char *path) {
  qtls_key *key = NULL;
  char *pem = NULL;
  size_t n = 0;
  must(qtls_key_generate(&key, kind), kind);
  must(qtls_key_write(key, &pem, &n), path);
  write_file(path, pem, n);
  return key;
}

static qtls_cert_role role_of(const char *name) {
  return strcmp(name, "authority") == 0 ? QTLS_CERT_authority
         : strcmp(name, "ocsp") == 0    ? QTLS_CERT_ocsp
                                        : QTLS_CERT_server;
}

static const char *const names[] = {"server.test", "*.wild.test", "IP:127.0.0.1", "email:ops@server.test",
                                    "URI:spiffe://server.test/web"};
static const char *const permitted[] = {"DNS:server.test", "DNS:wild.test", "IP:127.0.0.0/8", "email:server.test",
                                        "URI:server.test"};
static const char *const excluded[] = {"DNS:secret.server.test", "IP:2001:db8::/32"};
static const char *const ocsp_urls[] = {"http://ocsp.server.test/"};
static const char *const issuer_urls[] = {"http://pki.server.test/ca.cer"};
static const char *const crl_urls[] = {"http://pki.server.test/ca.crl"};

/* Everything that the role may have. */
static qtls_cert_request full(qtls_cert_role role) {
  qtls_cert_request r = {.role = role,
                         .common_name = "Interop",
                         .organization = "Q-TLS",
                         .not_before = time(NULL) - DAY,
                         .not_after = time(NULL) + 30 * DAY,
                         .ocsp_urls = ocsp_urls,
                         .ocsp_url_count = 1,
                         .issuer_urls = issuer_urls,
                         .issuer_url_count = 1,
                         .crl_urls = crl_urls,
                         .crl_url_count = 1};
  if (role == QTLS_CERT_server) {
    r.names = names;
    r.name_count = sizeof names / sizeof names[0];
    r.must_staple = true;
  } else if (role == QTLS_CERT_authority) {
    r.common_name = "Interop Authority";
    r.permitted = permitted;
    r.permitted_count = sizeof permitted / sizeof permitted[0];
    r.excluded = excluded;
    r.excluded_count = sizeof excluded / sizeof excluded[0];
  }
  return r;
}

/* root KIND CERT KEY */
static void root(char **a) {
  const qtls_cert_request r = {.role = QTLS_CERT_authority,
                               .common_name = "Interop Root",
                               .not_before = time(NULL) - DAY,
                               .not_after = time(NULL) + 60 * DAY};
  char *pem = NULL;
  size_t n = 0;
  qtls_key *key = new_key(a[0], a[2]);
  must(qtls_cert_issue(&pem, &n, &r, key, NULL, 0, NULL), "root");
  write_file(a[1], pem, n);
  qtls_key_free(key);
}

/* issue KIND ROLE ISSUER ISSUERKEY CERT KEY */
static void issue(char **a) {
  const qtls_cert_request r = full(role_of(a[1]));
  char *pem = NULL;
  size_t n = 0;
  size_t issuer_n = 0;
  char *issuer = read_file(a[2], &issuer_n);
  qtls_key *issuer_key = load_key(a[3]);
  qtls_key *key = new_key(a[0], a[5]);
  must(qtls_cert_issue(&pem, &n, &r, key, issuer, issuer_n, issuer_key), "issue");
  write_file(a[4], pem, n);
  free(issuer);
  qtls_key_free(key);
  qtls_key_free(issuer_key);
}

/* csr KIND ROLE CSR KEY */
static void csr(char **a) {
  qtls_cert_request r = full(role_of(a[1]));
  char *pem = NULL;
  size_t n = 0;
  qtls_key *key = new_key(a[0], a[3]);
  must(qtls_csr_make(&pem, &n, &r, key), "csr");
  write_file(a[2], pem, n);
  qtls_key_free(key);
}

/* sign CSR ISSUER ISSUERKEY CERT: what it asks for, as a server */
static void sign(char **a) {
  const qtls_cert_request r = {.role = QTLS_CERT_server,
                               .not_before = time(NULL) - DAY,
                               .not_after = time(NULL) + 30 * DAY};
  char *pem = NULL;
  size_t n = 0;
  size_t csr_n = 0;
  size_t issuer_n = 0;
  char *request = read_file(a[0], &csr_n);
  char *issuer = read_file(a[1], &issuer_n);
  qtls_key *issuer_key = load_key(a[2]);
  qtls_csr *asked = NULL;
  must(qtls_csr_load(&asked, NULL, request, csr_n), a[0]);
  must(qtls_cert_sign(&pem, &n, &r, asked, issuer, issuer_n, issuer_key), "sign");
  write_file(a[3], pem, n);
  free(request);
  free(issuer);
  qtls_csr_free(asked);
  qtls_key_free(issuer_key);
}

/* seal KEY PHRASE OUT */
static void seal(char **a) {
  char *pem = NULL;
  size_t n = 0;
  qtls_key *key = load_key(a[0]);
  must(qtls_key_write_encrypted(key, &pem, &n, a[1], strlen(a[1])), a[2]);
  write_file(a[2], pem, n);
  qtls_key_free(key);
}

/* open KEY PHRASE OUT */
static void open_key(char **a) {
  char *pem = NULL;
  size_t n = 0;
  size_t in_n = 0;
  char *in = read_file(a[0], &in_n);
  qtls_key *key = NULL;
  must(qtls_key_load_encrypted(&key, NULL, in, in_n, a[1], strlen(a[1])), a[0]);
  must(qtls_key_write(key, &pem, &n), a[2]);
  write_file(a[2], pem, n);
  free(in);
  qtls_key_free(key);
}

/* show FILE */
static void show(char **a) {
  char *text = NULL;
  size_t n = 0;
  size_t in_n = 0;
  char *in = read_file(a[0], &in_n);
  must(qtls_pki_describe(&text, &n, NULL, in, in_n, QTLS_FORMAT_json), a[0]);
  fwrite(text, 1, n, stdout);
  qtls_pki_free(text);
  free(in);
}

/* A leaf for server.test with a timestamp in it, issued by a fresh authority; DER
 * into PEM is left to the public functions, as is all that does not need a log. */
typedef struct logged {
  q_privkey *root, *leaf, *log;
  uint8_t *root_name, *leaf_name, *root_spki, *leaf_spki, *log_spki;
  size_t root_name_n, leaf_name_n, root_spki_n, leaf_spki_n, log_spki_n;
} logged;

static void write_der(const char *path, uint8_t *der, size_t n) { write_file(path, (char *)der, n); }

/* The Extension of RFC 6962 3.3 by one log about the leaf as it is without it. */
static size_t timestamp(uint8_t *out, size_t cap, const logged *c, const q_cert *draft, const q_cert *issuer) {
  static const uint8_t oid[] = {0x06, 0x0A, 0x2B, 0x06, 0x01, 0x04, 0x01, 0xD6, 0x79, 0x02, 0x04, 0x02};
  uint8_t id[Q_HASH_MAX];
  uint8_t sig[128];
  uint8_t *message = NULL;
  size_t message_n = 0;
  size_t sig_n = 0;
  size_t n = 0;
  const uint64_t when = (uint64_t)(time(NULL) - 60) * 1000;
  q_writer w;
  q_crypto_hash_once(Q_HASH_SHA256, id, q_span_of(c->log_spki, c->log_spki_n));
  must(q_pki_sct_signed(&message, &message_n, draft, issuer, true, when, q_span_of(NULL, 0)), "what is signed");
  must(q_crypto_sign(c->log, sig, &sig_n, sizeof sig, Q_SIG_ECDSA_SHA256, q_span_of(message, message_n)), "log");
  q_free(message);
  q_writer_init(&w, out, cap);
  const uint8_t list_n = (uint8_t)(2 + 2 + 1 + 32 + 8 + 2 + 2 + 2 + sig_n); /* below 128 */
  q_write_u8(&w, 0x30);
  q_write_u8(&w, 0x81);
  q_write_u8(&w, (uint8_t)(sizeof oid + list_n + 4));
  q_write_bytes(&w, q_span_of(oid, sizeof oid));
  q_write_u8(&w, 0x04);
  q_write_u8(&w, (uint8_t)(list_n + 2));
  q_write_u8(&w, 0x04);
  q_write_u8(&w, list_n);
  q_write_u16(&w, (uint16_t)(list_n - 2));
  q_write_u16(&w, (uint16_t)(list_n - 4));
  q_write_u8(&w, 0);
  q_write_bytes(&w, q_span_of(id, 32));
  q_write_u64(&w, when);
  q_write_u16(&w, 0);
  q_write_u16(&w, 0x0403);
  q_write_vec(&w, 2, q_span_of(sig, sig_n));
  must(q_writer_end(&w, &n), "timestamp");
  return n;
}

static void issue_logged(const logged *c, char **a) {
  static const char *const name[] = {"server.test"};
  static const uint8_t serial[Q_PKI_SERIAL] = {0x42, 7};
  uint8_t extension[512];
  uint8_t *root = NULL;
  uint8_t *der = NULL;
  size_t root_n = 0;
  size_t n = 0;
  q_cert issuer;
  q_cert draft;
  q_issue w = {.subject = q_span_of(c->root_name, c->root_name_n),
               .issuer = q_span_of(c->root_name, c->root_name_n),
               .spki = q_span_of(c->root_spki, c->root_spki_n),
               .not_before = time(NULL) - DAY,
               .not_after = time(NULL) + 30 * DAY,
               .is_ca = true,
               .path_length = -1,
               .key_usage = Q_KU_CERT_SIGN,
               .key = c->root};
  must(q_pki_issue(&root, &root_n, &w), "root");
  must(q_pki_cert_parse(&issuer, q_span_of(root, root_n)), "root");
  w.subject = q_span_of(c->leaf_name, c->leaf_name_n);
  w.spki = q_span_of(c->leaf_spki, c->leaf_spki_n);
  w.is_ca = false;
  w.key_usage = Q_KU_DIGITAL_SIGNATURE;
  w.eku = Q_EKU_SERVER;
  w.names = (q_texts){name, 1};
  w.aki = issuer.ski;
  w.serial = serial;
  must(q_pki_issue(&der, &n, &w), "draft");
  must(q_pki_cert_parse(&draft, q_span_of(der, n)), "draft");
  w.extra = q_span_of(extension, timestamp(extension, sizeof extension, c, &draft, &issuer));
  q_free(der);
  must(q_pki_issue(&der, &n, &w), "leaf");
  write_der(a[0], der, n);
  write_der(a[2], root, root_n);
}

/* logged LEAF KEY ROOT LOGS: DER, but for the key; LOGS as OpenSSL reads it */
static void logged_leaf(char **a) {
  logged c = {0};
  uint8_t *key = NULL;
  size_t key_n = 0;
  char text[1024];
  must(q_crypto_privkey_generate(&c.root, Q_KEY_EC_P256, 0), "root");
  must(q_crypto_privkey_generate(&c.leaf, Q_KEY_EC_P256, 0), "leaf");
  must(q_crypto_privkey_generate(&c.log, Q_KEY_EC_P256, 0), "log");
  must(q_crypto_privkey_to_spki(c.root, &c.root_spki, &c.root_spki_n), "root");
  must(q_crypto_privkey_to_spki(c.leaf, &c.leaf_spki, &c.leaf_spki_n), "leaf");
  must(q_crypto_privkey_to_spki(c.log, &c.log_spki, &c.log_spki_n), "log");
  must(q_pki_issue_name(&c.root_name, &c.root_name_n, NULL, "Logged Root"), "name");
  must(q_pki_issue_name(&c.leaf_name, &c.leaf_name_n, NULL, "Logged Leaf"), "name");
  issue_logged(&c, a);
  must(q_crypto_privkey_to_pkcs8(c.leaf, &key, &key_n), "key");
  write_der(a[1], key, key_n);
  char letters[512] = "";
  q_pki_base64_encode(letters, q_span_of(c.log_spki, c.log_spki_n));
  letters[q_pki_base64_length(c.log_spki_n)] = '\0';
  int n = snprintf(text, sizeof text, "enabled_logs = argon\n[argon]\ndescription = argon\nkey = %s\n", letters);
  char *copy = q_alloc_copy(text, (size_t)n);
  write_file(a[3], copy, (size_t)n);
  q_crypto_privkey_free(c.root);
  q_crypto_privkey_free(c.leaf);
  q_crypto_privkey_free(c.log);
  uint8_t *blocks[] = {c.root_name, c.leaf_name, c.root_spki, c.leaf_spki, c.log_spki};
  for (size_t i = 0; i < Q_COUNT(blocks); i++) {
    q_free(blocks[i]);
  }
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    int arguments;
    void (*run)(char **);
  } commands[] = {{"root", 3, root}, {"issue", 6, issue},   {"csr", 4, csr},  {"sign", 4, sign},
                  {"seal", 3, seal}, {"open", 3, open_key}, {"show", 1, show},
                  {"logged", 4, logged_leaf}};
  for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof commands[0]; i++) {
    if (strcmp(argv[1], commands[i].name) == 0 && argc == 2 + commands[i].arguments) {
      commands[i].run(argv + 2);
      return 0;
    }
  }
  fprintf(stderr, "no such command\n");
  return 2;
}
