/* The cache of verified links: what is remembered is not verified again, and
 * nothing else is taken for it. */
#include <pthread.h>
#include <string.h>

#include "pki/link_cache.h"
#include "pki/report.h"
#include "support/pki_fixture.h"
#include "unit/unit.h"

static pki *hybrid;
static pki *other; /* with other keys, and the same names */
static q_trust *trust;

static int setup(void **state) {
  (void)state;
  hybrid = pki_make("hybrid-p384-mldsa65", NULL);
  other = pki_make("hybrid-p384-mldsa65", NULL);
  trust = pki_trust(hybrid);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  pki_free(hybrid);
  pki_free(other);
  q_pki_trust_free(trust);
  return 0;
}

typedef struct outcome {
  qtls_err err;
  size_t verified; /* signatures */
} outcome;

static outcome verify_chain(q_link_cache *cache, q_span leaf, q_span intermediate, int64_t now, q_pki_need need) {
  q_span chain[2] = {leaf, intermediate};
  q_pki_request req = {.trust = trust,
                       .chain = chain,
                       .chain_count = 2,
                       .now = now,
                       .name = "localhost",
                       .purpose = Q_PKI_SERVER,
                       .need = need,
                       .links = cache,
                       .only_needed = true};
  q_pki_verdict v;
  q_pki_report report;
  outcome o = {q_pki_verify_report(&v, &report, &req), 0};
  o.verified = report.signatures;
  q_pki_verdict_free(&v);
  return o;
}

static outcome verify(q_link_cache *cache, const pki *p, int64_t now) {
  return verify_chain(cache, pki_der(&p->node[PKI_LEAF]), pki_der(&p->node[PKI_INTERMEDIATE]), now, Q_PKI_NEED_BOTH);
}

static void expect(outcome got, qtls_err err, size_t verified) {
  assert_err(got.err, err);
  assert_int_equal(got.verified, verified);
}

static q_link_cache *make(size_t links) {
  q_link_cache *cache = NULL;
  assert_ok(q_pki_link_cache_new(&cache, links));
  return cache;
}

static size_t held(q_link_cache *cache) {
  q_link_cache_counts counts;
  q_pki_link_cache_count(cache, &counts);
  return counts.held;
}

static void test_again(void **state) {
  (void)state;
  q_link_cache *cache = make(256);
  expect(verify(NULL, hybrid, PKI_NOW), QTLS_OK, 4);
  expect(verify(cache, hybrid, PKI_NOW), QTLS_OK, 4);
  assert_int_equal(held(cache), 4);
  expect(verify(cache, hybrid, PKI_NOW), QTLS_OK, 0);
  q_link_cache_counts counts;
  q_pki_link_cache_count(cache, &counts);
  assert_int_equal(counts.hits, 4);
  assert_int_equal(counts.misses, 4);
  assert_int_equal(counts.held, 4);
  q_pki_link_cache_free(cache);
}

/* A cached link says nothing of names, times or the other signature. */
static void test_rules_still_count(void **state) {
  (void)state;
  q_link_cache *cache = make(256);
  q_span leaf = pki_der(&hybrid->node[PKI_LEAF]);
  q_span ca = pki_der(&hybrid->node[PKI_INTERMEDIATE]);
  expect(verify_chain(cache, leaf, ca, PKI_NOW, Q_PKI_NEED_PRIMARY), QTLS_OK, 2);
  assert_int_equal(held(cache), 2);
  expect(verify_chain(cache, leaf, ca, PKI_NOW, Q_PKI_NEED_BOTH), QTLS_OK, 2);
  assert_err(verify(cache, hybrid, PKI_NOW + 4000 * PKI_DAY).err, QTLS_ERR_CERT_EXPIRED);
  assert_err(verify(cache, hybrid, PKI_NOW - 100 * PKI_DAY).err, QTLS_ERR_CERT_NOT_YET_VALID);
  q_pki_link_cache_free(cache);
}

/* Each byte of the leaf in turn: never a good verdict, and nothing is remembered. */
static void test_a_changed_byte(void **state) {
  (void)state;
  q_link_cache *cache = make(256);
  expect(verify(cache, hybrid, PKI_NOW), QTLS_OK, 4);
  const pki_node *leaf = &hybrid->node[PKI_LEAF];
  uint8_t *copy = q_alloc_copy(leaf->der, leaf->n);
  assert_non_null(copy);
  for (size_t i = 0; i < leaf->n; i += i < 40 || i + 40 > leaf->n ? 1 : 61) {
    copy[i] ^= 1;
    outcome o = verify_chain(cache, q_span_of(copy, leaf->n), pki_der(&hybrid->node[PKI_INTERMEDIATE]), PKI_NOW,
                             Q_PKI_NEED_BOTH);
    assert_true(o.err != QTLS_OK);
    copy[i] ^= 1;
  }
  assert_int_equal(held(cache), 4);
  q_free(copy);
  q_pki_link_cache_free(cache);
}

/* The same leaf under an issuer of the same name and another key. */
static void test_another_issuer_key(void **state) {
  (void)state;
  q_link_cache *cache = make(256);
  expect(verify(cache, hybrid, PKI_NOW), QTLS_OK, 4);
  q_links links = {.cache = cache, .now = PKI_NOW};
  const q_cert *leaf = &hybrid->node[PKI_LEAF].cert;
  assert_true(q_pki_links_know(&links, leaf, &hybrid->node[PKI_INTERMEDIATE].cert, Q_LINK_PRIMARY));
  assert_true(q_pki_links_know(&links, leaf, &hybrid->node[PKI_INTERMEDIATE].cert, Q_LINK_ALTERNATIVE));
  assert_false(q_pki_links_know(&links, leaf, &other->node[PKI_INTERMEDIATE].cert, Q_LINK_PRIMARY));
  assert_false(q_pki_links_know(&links, leaf, &other->node[PKI_INTERMEDIATE].cert, Q_LINK_ALTERNATIVE));
  assert_false(
      q_pki_links_know(&links, &other->node[PKI_LEAF].cert, &hybrid->node[PKI_INTERMEDIATE].cert, Q_LINK_PRIMARY));
  /* Own and alternative signature are not each other, nor one key the other. */
  q_cert swapped = hybrid->node[PKI_INTERMEDIATE].cert;
  swapped.spki = hybrid->node[PKI_INTERMEDIATE].cert.alt_spki;
  swapped.alt_spki = hybrid->node[PKI_INTERMEDIATE].cert.spki;
  assert_false(q_pki_links_know(&links, leaf, &swapped, Q_LINK_PRIMARY));
  assert_false(q_pki_links_know(&links, leaf, &swapped, Q_LINK_ALTERNATIVE));
  q_pki_link_cache_free(cache);
}

/* Only links of a path that is good as a whole are remembered. */
static void test_bad_paths_leave_nothing(void **state) {
  (void)state;
  q_link_cache *cache = make(256);
  /* Its links are sound, its root is not trusted here. */
  assert_true(verify(cache, other, PKI_NOW).err != QTLS_OK);
  assert_int_equal(held(cache), 0);
  assert_err(verify(cache, hybrid, PKI_NOW + 4000 * PKI_DAY).err, QTLS_ERR_CERT_EXPIRED);
  assert_int_equal(held(cache), 0);
  q_pki_link_cache_free(cache);
}

/* NEED_ANY passes on one signature: the wrong one is not remembered as good. */
static void test_wrong_signature_beside_a_good_one(void **state) {
  (void)state;
  q_link_cache *cache = make(256);
  const pki_node *leaf = &hybrid->node[PKI_LEAF];
  uint8_t *copy = q_alloc_copy(leaf->der, leaf->n);
  assert_non_null(copy);
  copy[leaf->n - 1] ^= 1; /* in the certificate's own signature, which 74 does not cover */
  q_span ca = pki_der(&hybrid->node[PKI_INTERMEDIATE]);
  for (size_t round = 0; round < 2; round++) {
    expect(verify_chain(cache, q_span_of(copy, leaf->n), ca, PKI_NOW, Q_PKI_NEED_ANY), QTLS_OK, round == 0 ? 3 : 1);
    outcome both = verify_chain(cache, q_span_of(copy, leaf->n), ca, PKI_NOW, Q_PKI_NEED_BOTH);
    assert_err(both.err, QTLS_ERR_CERT_SIGNATURE);
  }
  q_free(copy);
  q_pki_link_cache_free(cache);
}

static q_cert numbered(uint8_t der[8], uint32_t i, int64_t not_after) {
  memset(der, 0, 8);
  memcpy(der, &i, sizeof i);
  return (q_cert){.der = {der, 8}, .spki = {der, 8}, .alt_spki = {der, 4}, .not_after = not_after};
}

static void learn(q_link_cache *cache, const q_cert *child, const q_cert *issuer, int64_t now) {
  q_links links = {.cache = cache, .now = now};
  if (!q_pki_links_know(&links, child, issuer, Q_LINK_PRIMARY)) {
    assert_ok(q_pki_links_learn(&links, QTLS_OK));
  }
  q_pki_links_keep(&links);
}

static bool knows(q_link_cache *cache, const q_cert *child, const q_cert *issuer, int64_t now) {
  q_links links = {.cache = cache, .now = now};
  return q_pki_links_know(&links, child, issuer, Q_LINK_PRIMARY);
}

/* An entry dies with the earlier of the two certificates. */
static void test_expiry(void **state) {
  (void)state;
  uint8_t room[2][8];
  for (int earlier = 0; earlier < 2; earlier++) {
    q_cert child = numbered(room[0], 1, earlier == 0 ? 100 : 200);
    q_cert issuer = numbered(room[1], 2, earlier == 0 ? 200 : 100);
    q_link_cache *cache = make(8);
    learn(cache, &child, &issuer, 50);
    assert_true(knows(cache, &child, &issuer, 100));
    assert_false(knows(cache, &child, &issuer, 101));
    assert_int_equal(held(cache), 0);
    /* Nor is it taken in late. */
    learn(cache, &child, &issuer, 101);
    assert_int_equal(held(cache), 0);
    q_pki_link_cache_free(cache);
  }
}

static void test_bound(void **state) {
  (void)state;
  static const size_t sizes[] = {1, 7, 8, 9, 64};
  uint8_t room[2][8];
  q_link_cache *none = NULL;
  assert_err(q_pki_link_cache_new(&none, 0), QTLS_ERR_ARGUMENT);
  assert_err(q_pki_link_cache_new(&none, Q_LINK_CACHE_MAX + 1), QTLS_ERR_ARGUMENT);
  assert_null(none);
  for (size_t s = 0; s < Q_COUNT(sizes); s++) {
    q_link_cache *cache = make(sizes[s]);
    q_cert issuer = numbered(room[1], 0, 1000);
    for (uint32_t i = 0; i < 2000; i++) {
      q_cert child = numbered(room[0], i, 1000);
      learn(cache, &child, &issuer, 1);
      assert_true(knows(cache, &child, &issuer, 1)); /* the last is always there */
      assert_true(held(cache) <= sizes[s]);
    }
    assert_int_equal(held(cache), sizes[s]);
    q_pki_link_cache_free(cache);
  }
}

/* In one set the one that was not used for longest makes room. */
static void test_the_oldest_goes(void **state) {
  (void)state;
  uint8_t room[2][8];
  q_link_cache *cache = make(8);
  q_cert issuer = numbered(room[1], 0, 1000);
  for (uint32_t i = 0; i < 8; i++) {
    q_cert child = numbered(room[0], i, 1000);
    learn(cache, &child, &issuer, 1);
  }
  q_cert first = numbered(room[0], 0, 1000);
  assert_true(knows(cache, &first, &issuer, 1));
  q_cert next = numbered(room[0], 8, 1000);
  learn(cache, &next, &issuer, 1);
  first = numbered(room[0], 0, 1000);
  assert_true(knows(cache, &first, &issuer, 1));
  q_cert second = numbered(room[0], 1, 1000);
  assert_false(knows(cache, &second, &issuer, 1));
  q_pki_link_cache_free(cache);
}

/* ---- threads ---- */

static void *use(void *context) {
  q_link_cache *cache = context;
  uint8_t room[2][8];
  q_cert issuer = numbered(room[1], 0, 1000);
  for (uint32_t i = 0; i < 3000; i++) {
    q_cert child = numbered(room[0], i % 97, 1000);
    learn(cache, &child, &issuer, 1);
    (void)knows(cache, &child, &issuer, (int64_t)(i % 2) * 2000);
  }
  for (int i = 0; i < 3; i++) {
    outcome o = verify(cache, hybrid, PKI_NOW);
    if (o.err != QTLS_OK) {
      return context;
    }
  }
  q_pki_link_cache_free(cache);
  return NULL;
}

static void test_threads(void **state) {
  (void)state;
  pthread_t threads[4];
  q_link_cache *cache = make(32);
  for (size_t i = 0; i < Q_COUNT(threads); i++) {
    assert_int_equal(pthread_create(&threads[i], NULL, use, q_pki_link_cache_ref(cache)), 0);
  }
  for (size_t i = 0; i < Q_COUNT(threads); i++) {
    void *failed = cache;
    assert_int_equal(pthread_join(threads[i], &failed), 0);
    assert_null(failed);
  }
  assert_true(held(cache) <= 32);
  q_pki_link_cache_free(cache);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_again),
      cmocka_unit_test(test_rules_still_count),
      cmocka_unit_test(test_a_changed_byte),
      cmocka_unit_test(test_another_issuer_key),
      cmocka_unit_test(test_bad_paths_leave_nothing),
      cmocka_unit_test(test_wrong_signature_beside_a_good_one),
      cmocka_unit_test(test_expiry),
      cmocka_unit_test(test_bound),
      cmocka_unit_test(test_the_oldest_goes),
      cmocka_unit_test(test_threads),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
