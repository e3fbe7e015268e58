/*
 * Memory that runs out inside the cryptographic library, allocation by allocation:
 * a certificate that was revoked is never accepted, and what is good never told as
 * forged.
 */
#include <openssl/err.h>
#include <openssl/mem.h>
#include <stdio.h>
#include <stdlib.h>

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

static qtls_err verify(status_bytes b, bool crl) {
  q_span chain[2] = {pki_der(&good->node[PKI_LEAF]), pki_der(&good->node[PKI_INTERMEDIATE])};
  const q_status_evidence e = {.index = 0, .crl = crl, .bytes = status_span(b)};
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

static void starve(status_bytes b, bool crl, qtls_err expected) {
  size_t n = 0;
  size_t bad = 0;
  do {
    left = n++;
    failed = false;
    qtls_err err = verify(b, crl);
    left = SIZE_MAX;
    if (err != expected && err != QTLS_ERR_NO_MEMORY) {
      print_message("allocation %zu, list %d, wanted %s: %s\n", n, crl, qtls_err_name(expected), qtls_err_name(err));
    }
    bad += err == expected || (failed && err == QTLS_ERR_NO_MEMORY) ? 0 : 1;
  } while (failed);
  assert_int_equal(bad, 0);
  assert_true(n > 10);
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
      starve(all[i], i == 0, expected);
      q_free(all[i].der);
    }
  }
  q_free(responder.der);
  pki_free(spare);
}

int main(void) {
  if (CRYPTO_set_mem_functions(starved, starved_again, starved_free) != 1) {
    (void)fprintf(stderr, "the cryptographic library does not let its memory be counted\n");
    return 1;
  }
  good = pki_make("hybrid-p384-mldsa65", NULL);
  trust = pki_trust(good);
  const struct CMUnitTest tests[] = {cmocka_unit_test(evidence)};
  int result = cmocka_run_group_tests(tests, NULL, NULL);
  pki_free(good);
  q_pki_trust_free(trust);
  return result;
}
