/*
 * A sound chain with changes: the first byte selects the hierarchy, each four
 * bytes after it change one byte of the leaf or of the intermediate. A chain
 * that was changed has no good path, whichever of the two is asked for, but
 * where the alternative signature does not reach.
 */
#include "fuzz.h"
#include "support/pki_fixture.h"

enum { KINDS = 3, EDIT_SIZE = 4 };

static pki *hierarchies[KINDS];
static q_trust *anchors[KINDS];

static void prepare(void) {
  static const char *const kinds[KINDS] = {"p256", "hybrid-p384-mldsa65", "mldsa44"};
  for (size_t i = 0; i < KINDS; i++) {
    hierarchies[i] = pki_make(kinds[i], NULL);
    anchors[i] = pki_trust(hierarchies[i]);
  }
}

static qtls_err verify(q_pki_verdict *v, size_t kind, const q_span chain[2], q_pki_need need) {
  const q_pki_request request = {.trust = anchors[kind],
                                 .chain = chain,
                                 .chain_count = 2,
                                 .now = PKI_NOW,
                                 .name = "localhost",
                                 .purpose = Q_PKI_SERVER,
                                 .need = need};
  return q_pki_verify(v, &request);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  q_span input = q_span_of(data, size);
  size_t kind = fuzz_take_u8(&input) % KINDS;
  if (hierarchies[0] == NULL) {
    prepare();
  }
  uint8_t *der[2];
  q_span chain[2];
  bool changed = false;
  for (size_t i = 0; i < 2; i++) {
    const pki_node *node = &hierarchies[kind]->node[PKI_LEAF - i];
    der[i] = q_alloc_copy(node->der, node->n);
    FUZZ_CHECK(der[i] != NULL);
    chain[i] = q_span_of(der[i], node->n);
  }
  for (size_t i = 0; i + EDIT_SIZE <= input.n; i += EDIT_SIZE) {
    size_t which = input.p[i] & 1;
    der[which][((size_t)input.p[i + 1] << 8 | input.p[i + 2]) % chain[which].n] ^= input.p[i + 3];
  }
  for (size_t i = 0; i < 2; i++) {
    changed = changed || memcmp(der[i], hierarchies[kind]->node[PKI_LEAF - i].der, chain[i].n) != 0;
  }
  for (q_pki_need need = Q_PKI_NEED_PRIMARY; need <= Q_PKI_NEED_ANY; need++) {
    q_pki_verdict v;
    qtls_err err = verify(&v, kind, chain, need);
    FUZZ_CHECK(!changed || v.primary != QTLS_OK);
    FUZZ_CHECK(changed || v.primary == QTLS_OK);
    FUZZ_CHECK(err != QTLS_OK || v.primary == QTLS_OK || v.alternative == QTLS_OK);
    FUZZ_CHECK(err != QTLS_OK || need != Q_PKI_NEED_BOTH || (v.primary == QTLS_OK && v.alternative == QTLS_OK));
    FUZZ_CHECK(err != QTLS_OK || need != Q_PKI_NEED_ALTERNATIVE || v.alternative == QTLS_OK);
    q_pki_verdict_free(&v);
  }
  q_free(der[0]);
  q_free(der[1]);
  return 0;
}
