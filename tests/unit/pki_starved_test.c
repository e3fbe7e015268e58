/*
 * Memory that runs out inside the cryptographic library, allocation by allocation:
 * a certificate that was revoked is never accepted, and what is good never told as
 * forged: statuses, requests, timestamps of logs.
 */
#include <openssl/err.h>
#include <openssl/mem.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/writer.h"
#include "crypto/hash.h"
#include "pki/csr.h"
#include "pki/profile.h"
#include "pki/sct.h"
#include "pki/verify.h"
#include "support/status_fixture.h"
#include "unit/unit.h"

static size_t left = SIZE_MAX; /* allocations that succeed */
static bool failed;

/* Tells of it as the library's own allocator does. */
static bool starves(const char *file, int line) {
  if (left == 0) {
    failed = true;
    ERR_put_error(ERR_LIB_CRYPTO, 0, ERR_R_MALLOC_FAILURE, file, (unsigned)line);
    return true;
  }
  left -= left == SIZE_MAX ? 0 : 1;
  return false;
}

static void *starved(size_t n, const char *file, int line) { return starves(file, line) ? NULL : malloc(n); }

static void *starved_again(void *p, size_t n, const char *file, int line) {
  return starves(file, line) ? NULL : realloc(p, n);
}

static void starved_free(void *p, const char *file, int line) {
  (void)file;
  (void)line;
  free(p);
}

static pki *good;
static q_trust *trust;

static status_bytes list_of(bool revoked) {
  uint8_t entry[128];
  uint8_t entries[160];
  size_t n = status_entry(entry, good->node[PKI_LEAF].cert.serial, PKI_NOW - 5, 1);
  status_crl_parts parts = {.revoked = q_span_of(entries, status_sequence(entries, q_span_of(entry, n)))};
  status_signer by = {.node = &good->node[PKI_INTERMEDIATE]};
  return status_crl(&by, revoked ? &parts : NULL);
}

static status_bytes answer_of(bool revoked, const pki_node *by_whom) {
  uint8_t single[512];
  status_answer a = {.cert = &good->node[PKI_LEAF].cert,
                     .issuer = &good->node[PKI_INTERMEDIATE].cert,
                     .state = revoked ? 1 : 0,
                     .reason = -1,
                     .this_update = PKI_NOW - 60,
                     .next_update = PKI_NOW + PKI_DAY};
  status_signer by = {.node = by_whom};
  status_ocsp_parts parts = {.answers = q_span_of(single, status_single(single, &a)), .certs = pki_der(by_whom)};
  return status_ocsp(&by, &parts);
}

static status_bytes status;
static bool is_list;

static qtls_err verify(void) {
  q_span chain[2] = {pki_der(&good->node[PKI_LEAF]), pki_der(&good->node[PKI_INTERMEDIATE])};
  const q_status_evidence e = {.index = 0, .crl = is_list, .bytes = status_span(status)};
  const q_revocation r = {.mode = Q_REVOCATION_SOFT, .evidence = &e, .evidence_count = 1};
  const q_pki_request req = {.trust = trust,
                             .chain = chain,
                             .chain_count = 2,
                             .now = PKI_NOW,
                             .purpose = Q_PKI_SERVER,
                             .need = Q_PKI_NEED_BOTH,
                             .revocation = &r};
  q_pki_verdict v;
  qtls_err err = q_pki_verify(&v, &req);
  q_pki_verdict_free(&v);
  return err;
}

static void starve(qtls_err (*what)(void), qtls_err expected) {
  size_t n = 0;
  size_t bad = 0;
  do {
    left = n++;
    failed = false;
    qtls_err err = what();
    left = SIZE_MAX;
    if (err != expected && err != QTLS_ERR_NO_MEMORY) {
      print_message("allocation %zu, wanted %s: %s\n", n, qtls_err_name(expected), qtls_err_name(err));
    }
    bad += err == expected || (failed && err == QTLS_ERR_NO_MEMORY) ? 0 : 1;
  } while (failed);
  assert_int_equal(bad, 0);
  assert_true(n > 1);
}

static void evidence(void **state) {
  (void)state;
  pki *spare = pki_make("hybrid-p384-mldsa65", NULL);
  const pki_node *issuer = &good->node[PKI_INTERMEDIATE];
  pki_node responder = status_responder(issuer, spare->node[PKI_LEAF].key, spare->node[PKI_LEAF].alt_key, NULL);
  for (int revoked = 1; revoked >= 0; revoked--) {
    const qtls_err expected = revoked != 0 ? QTLS_ERR_CERT_REVOKED : QTLS_OK;
    status_bytes all[3] = {list_of(revoked != 0), answer_of(revoked != 0, issuer), answer_of(revoked != 0, &responder)};
    for (size_t i = 0; i < Q_COUNT(all); i++) {
      status = all[i];
      is_list = i == 0;
      starve(verify, expected);
      q_free(all[i].der);
    }
  }
  q_free(responder.der);
  pki_free(spare);
}

static uint8_t *request;
static size_t request_n;

static qtls_err prove(void) {
  q_csr csr;
  Q_TRY(q_pki_csr_parse(&csr, q_span_of(request, request_n)));
  return q_pki_csr_prove(&csr);
}

static void requests(void **state) {
  (void)state;
  const qtls_cert_request wishes = {.role = QTLS_CERT_server, .common_name = "x"};
  const pki_node *leaf = &good->node[PKI_LEAF];
  q_issue w;
  assert_ok(q_pki_profile_fill(&w, &wishes));
  w.subject = leaf->cert.subject;
  w.spki = leaf->cert.spki;
  w.alt_spki = leaf->cert.alt_spki;
  w.key = leaf->key;
  w.alt_key = leaf->alt_key;
  assert_ok(q_pki_csr_make(&request, &request_n, &w));
  starve(prove, QTLS_OK);
  request[request_n - 1] ^= 1;
  starve(prove, QTLS_ERR_CSR_SIGNATURE);
  q_free(request);
}

static q_ct_logs *logs;
static q_span timestamps; /* one, beside the leaf */

static qtls_err vouch(void) {
  const q_cert *issuer = &good->node[PKI_INTERMEDIATE].cert;
  q_sct_found found;
  return q_pki_sct_check(&found, logs, 1, &good->node[PKI_LEAF].cert, issuer, timestamps, PKI_NOW);
}

static void write_timestamp(q_writer *w, q_span log, const q_privkey *key) {
  const q_cert *issuer = &good->node[PKI_INTERMEDIATE].cert;
  uint8_t *message = NULL;
  size_t n = 0;
  uint8_t id[Q_HASH_MAX];
  uint8_t signature[128];
  size_t signature_n = 0;
  q_crypto_hash_once(Q_HASH_SHA256, id, log);
  assert_ok(q_pki_sct_signed(&message, &n, &good->node[PKI_LEAF].cert, issuer, false, 1, q_span_of(NULL, 0)));
  assert_ok(q_crypto_sign(key, signature, &signature_n, sizeof signature, Q_SIG_ECDSA_SHA256, q_span_of(message, n)));
  q_free(message);
  q_mark list = q_write_open(w, 2);
  q_mark one = q_write_open(w, 2);
  q_write_u8(w, 0);
  q_write_bytes(w, q_span_of(id, 32));
  q_write_u64(w, 1);
  q_write_u16(w, 0);
  q_write_u16(w, 0x0403);
  q_write_vec(w, 2, q_span_of(signature, signature_n));
  q_write_close(w, one);
  q_write_close(w, list);
}

static void timestamps_of_logs(void **state) {
  (void)state;
  q_privkey *key = NULL;
  uint8_t *spki = NULL;
  size_t n = 0;
  uint8_t bytes[256];
  q_writer w;
  assert_ok(q_crypto_privkey_generate(&key, Q_KEY_EC_P256, 0));
  assert_ok(q_crypto_privkey_to_spki(key, &spki, &n));
  assert_ok(q_pki_ct_logs_add(&logs, "log", q_span_of(spki, n)));
  q_writer_init(&w, bytes, sizeof bytes);
  write_timestamp(&w, q_span_of(spki, n), key);
  assert_ok(q_writer_end(&w, &n));
  timestamps = q_span_of(bytes, n);
  starve(vouch, QTLS_OK);
  bytes[n - 1] ^= 1;
  starve(vouch, QTLS_ERR_CERT_SCT);
  q_pki_ct_logs_free(logs);
  q_crypto_privkey_free(key);
  q_free(spki);
}

int main(void) {
  if (CRYPTO_set_mem_functions(starved, starved_again, starved_free) != 1) {
    (void)fprintf(stderr, "the cryptographic library does not let its memory be counted\n");
    return 1;
  }
  good = pki_make("hybrid-p384-mldsa65", NULL);
  trust = pki_trust(good);
  const struct CMUnitTest tests[] = {cmocka_unit_test(evidence), cmocka_unit_test(requests),
                                     cmocka_unit_test(timestamps_of_logs)};
  int result = cmocka_run_group_tests(tests, NULL, NULL);
  pki_free(good);
  q_pki_trust_free(trust);
  return result;
}
