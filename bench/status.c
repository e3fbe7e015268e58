/*
 * What knowing whom one talks to costs: the verification of a hybrid path of three
 * certificates, anew and remembered, beside the signature verifications that are in
 * it; and handshakes with a stapled OCSP response beside the same without one:
 *   bench_status SECONDS
 * Writes one line of JSON for each result.
 */
#include "qtls/status.h"

#include <openssl/digest.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "pki/report.h"
#include "speed.h"

enum { ROUNDS = 31, TURN = 20, LINKS = 4 };

static void must(bool good, const char *what) {
  if (!good) {
    (void)fprintf(stderr, "bench_status: failed: %s\n", what);
    exit(1);
  }
}

static void must_ok(qtls_err err) { must(err == QTLS_OK, qtls_err_text(err)); }

/* ---- a hierarchy ---- */

enum { ROOT, CA, LEAF, LEVELS };

typedef struct hierarchy {
  qtls_key *keys[LEVELS];
  char *pem[LEVELS];
  size_t pem_n[LEVELS];
  q_span der[LEVELS];
  q_cert certs[LEVELS];
  speed_pem chain, key;
  uint8_t *staple;
  size_t staple_n;
} hierarchy;

static void issue(hierarchy *h, int level) {
  static const char *const names[] = {"localhost"};
  static const char *const titles[] = {"Bench Root", "Bench CA", "localhost"};
  qtls_cert_request r = {.role = level == LEAF ? QTLS_CERT_server : QTLS_CERT_authority,
                         .common_name = titles[level],
                         .names = names,
                         .name_count = level == LEAF ? 1 : 0,
                         .not_before = (int64_t)time(NULL) - 3600,
                         .not_after = (int64_t)time(NULL) + 86400};
  must_ok(qtls_key_generate(&h->keys[level], "hybrid-p384-mldsa65"));
  int by = level == ROOT ? ROOT : level - 1;
  must_ok(qtls_cert_issue(&h->pem[level], &h->pem_n[level], &r, h->keys[level], level == ROOT ? NULL : h->pem[by],
                          level == ROOT ? 0 : h->pem_n[by], h->keys[by]));
  qtls_cert *cert = NULL;
  must_ok(qtls_cert_load_pem(&cert, NULL, h->pem[level], h->pem_n[level], 0));
  size_t n = 0;
  const uint8_t *der = qtls_cert_der(cert, &n);
  uint8_t *copy = malloc(n);
  must(copy != NULL, "memory");
  memcpy(copy, der, n);
  h->der[level] = q_span_of(copy, n);
  must_ok(q_pki_cert_parse(&h->certs[level], h->der[level]));
  qtls_cert_free(cert);
}

static void respond(hierarchy *h) {
  qtls_cert *leaf = NULL;
  qtls_cert *issuer = NULL;
  qtls_ocsp_request *request = NULL;
  uint8_t *asked = NULL;
  size_t asked_n = 0;
  int64_t now = (int64_t)time(NULL);
  must_ok(qtls_cert_load(&leaf, h->der[LEAF].p, h->der[LEAF].n));
  must_ok(qtls_cert_load(&issuer, h->der[CA].p, h->der[CA].n));
  must_ok(qtls_ocsp_ask(&asked, &asked_n, leaf, issuer, NULL, 0));
  must_ok(qtls_ocsp_request_load(&request, asked, asked_n));
  qtls_ocsp_answer answer = {.state = QTLS_OCSP_good};
  must(qtls_ocsp_request_id(request, 0, &answer.id), "request");
  qtls_ocsp_response_request r = {.answers = &answer,
                                  .answer_count = 1,
                                  .produced_at = now - 60,
                                  .this_update = now - 60,
                                  .next_update = now + 86400};
  must_ok(qtls_ocsp_respond(&h->staple, &h->staple_n, &r, h->pem[CA], h->pem_n[CA], h->keys[CA]));
  qtls_ocsp_request_free(request);
  qtls_pki_free(asked);
  qtls_cert_free(leaf);
  qtls_cert_free(issuer);
}

static void build(hierarchy *h) {
  for (int level = ROOT; level <= LEAF; level++) {
    issue(h, level);
  }
  respond(h);
  h->chain.size = h->pem_n[LEAF] + h->pem_n[CA];
  h->chain.text = malloc(h->chain.size);
  must(h->chain.text != NULL, "memory");
  memcpy(h->chain.text, h->pem[LEAF], h->pem_n[LEAF]);
  memcpy(h->chain.text + h->pem_n[LEAF], h->pem[CA], h->pem_n[CA]);
  must_ok(qtls_key_write(h->keys[LEAF], &h->key.text, &h->key.size));
}

/* ---- the limit: AWS-LC's own functions, with prepared keys ---- */

typedef struct signed_link {
  EVP_PKEY *key;
  const EVP_MD *md;
  q_span message, signature;
} signed_link;

static EVP_PKEY *read_key(q_span spki) {
  const uint8_t *at = spki.p;
  EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)spki.n);
  must(key != NULL, "a public key");
  return key;
}

static void prepare_links(signed_link links[LINKS], const hierarchy *h) {
  for (int i = 0; i < 2; i++) {
    const q_cert *child = &h->certs[LEAF - i];
    const q_cert *issuer = &h->certs[LEAF - i - 1];
    uint8_t *tbs = NULL;
    size_t n = 0;
    must_ok(q_pki_cert_alt_tbs(&tbs, &n, child));
    links[2 * i] = (signed_link){read_key(issuer->spki), EVP_sha384(), child->tbs, child->signature};
    links[2 * i + 1] = (signed_link){read_key(issuer->alt_spki), NULL, q_span_of(tbs, n), child->alt_signature};
  }
}

static void verify_links(const signed_link links[LINKS]) {
  for (int i = 0; i < LINKS; i++) {
    EVP_MD_CTX ctx;
    EVP_MD_CTX_init(&ctx);
    must(EVP_DigestVerifyInit(&ctx, NULL, links[i].md, NULL, links[i].key) == 1, "verification");
    must(
        EVP_DigestVerify(&ctx, links[i].signature.p, links[i].signature.n, links[i].message.p, links[i].message.n) == 1,
        "verification");
    EVP_MD_CTX_cleanup(&ctx);
  }
}

/* ---- paths ---- */

static void verify_path(const hierarchy *h, const q_trust *trust, q_link_cache *cache, size_t signatures) {
  const q_span chain[2] = {h->der[LEAF], h->der[CA]};
  q_pki_request req = {.trust = trust,
                       .chain = chain,
                       .chain_count = 2,
                       .now = (int64_t)time(NULL),
                       .name = "localhost",
                       .purpose = Q_PKI_SERVER,
                       .need = Q_PKI_NEED_BOTH,
                       .links = cache,
                       .only_needed = true};
  q_pki_verdict v;
  q_pki_report report;
  must_ok(q_pki_verify_report(&v, &report, &req));
  must(report.signatures == signatures, "as many verifications as expected");
  q_pki_verdict_free(&v);
}

typedef struct path_bench {
  const hierarchy *h;
  q_trust *trust;
  q_link_cache *cache;
  signed_link links[LINKS];
} path_bench;

typedef enum path_kind { COLD, CACHED, LIMIT, PATH_KINDS } path_kind;

static void run_path(path_bench *b, path_kind kind) {
  if (kind == LIMIT) {
    verify_links(b->links);
  } else {
    verify_path(b->h, b->trust, kind == COLD ? NULL : b->cache, kind == COLD ? LINKS : 0);
  }
}

static void bench_paths(const hierarchy *h, double seconds) {
  path_bench b = {.h = h};
  size_t line = 0;
  double us[PATH_KINDS][ROUNDS];
  must_ok(q_pki_trust_new(&b.trust));
  must_ok(q_pki_trust_add(b.trust, &line, h->der[ROOT]));
  must_ok(q_pki_link_cache_new(&b.cache, 256));
  prepare_links(b.links, h);
  verify_path(h, b.trust, b.cache, LINKS);
  for (int i = 0; i < ROUNDS; i++) {
    bench_mean mean[PATH_KINDS] = {{0, 0}};
    double stop = bench_now_us() + seconds * 1e6 / ROUNDS;
    while (bench_now_us() < stop || mean[COLD].count < 3) {
      for (int kind = 0; kind < PATH_KINDS; kind++) {
        run_path(&b, (path_kind)kind); /* its caches are its own again */
        long before = bench_switches();
        double start = bench_now_us();
        run_path(&b, (path_kind)kind);
        double took = bench_now_us() - start;
        if (bench_switches() == before) {
          bench_add(&mean[kind], took);
        }
      }
    }
    for (int kind = 0; kind < PATH_KINDS; kind++) {
      us[kind][i] = bench_mean_of(&mean[kind]);
    }
  }
  double cold = bench_median(us[COLD], ROUNDS);
  double cached = bench_median(us[CACHED], ROUNDS);
  double limit = bench_median(us[LIMIT], ROUNDS);
  (void)printf("{\"name\":\"verify/hybrid-3/cold\",\"us\":%.2f,\"limit_us\":%.2f,\"ratio\":%.4f}\n", cold, limit,
               cold / limit);
  (void)printf("{\"name\":\"verify/hybrid-3/cached\",\"us\":%.2f,\"limit_us\":%.2f,\"ratio\":%.4f}\n", cached, cold,
               cached / cold);
  q_pki_trust_free(b.trust);
  q_pki_link_cache_free(b.cache);
}

/* ---- handshakes ---- */

/* First visits, or visits of a client that remembers the links and the staple. */
static void configure(speed_setup setups[2], const hierarchy *h, bool remembered) {
  qtls_config *client = NULL;
  qtls_config *plain = NULL;
  qtls_config *stapled = NULL;
  must_ok(qtls_config_new(&client, QTLS_CLIENT));
  must_ok(qtls_config_add_trust(client, h->pem[ROOT], h->pem_n[ROOT]));
  must_ok(qtls_config_set_link_cache(client, remembered ? 256 : 0));
  must_ok(qtls_config_freeze(client));
  must_ok(qtls_config_new(&plain, QTLS_SERVER));
  must_ok(qtls_config_add_identity(plain, h->chain.text, h->chain.size, h->key.text, h->key.size));
  must_ok(qtls_config_clone(&stapled, plain));
  must_ok(qtls_config_set_staple(stapled, 0, h->staple, h->staple_n, (int64_t)time(NULL)));
  must_ok(qtls_config_freeze(plain));
  must_ok(qtls_config_freeze(stapled));
  setups[0] = (speed_setup){.client = client, .server = plain};
  setups[1] = (speed_setup){.client = qtls_config_ref(client), .server = stapled};
}

static void shake(const speed_setup *setup, bench_mean means[2], size_t bytes[2], bool stapled) {
  speed_pair pair;
  qtls_info info;
  long before = bench_switches();
  must(speed_shake(&pair, setup), "handshake");
  if (bench_switches() == before) {
    bench_add(&means[0], pair.client_us);
    bench_add(&means[1], pair.server_us);
  }
  qtls_conn_get_info(pair.client, &info);
  must(info.stapled == stapled, "the staple");
  bytes[0] = pair.client_bytes;
  bytes[1] = pair.server_bytes;
  speed_free(&pair);
}

static void bench_handshakes(const hierarchy *h, double seconds, bool remembered) {
  static const char *const sides[2] = {"client", "server"};
  speed_setup setups[2];
  double us[2][2][ROUNDS];
  size_t bytes[2][2];
  configure(setups, h, remembered);
  for (int i = 0; i < ROUNDS; i++) {
    bench_mean means[2][2] = {{{0, 0}}};
    double stop = bench_now_us() + seconds * 1e6 / ROUNDS;
    while (bench_now_us() < stop || means[1][0].count < 3) {
      for (int kind = 0; kind < 2; kind++) {
        for (int k = 0; k < TURN; k++) {
          shake(&setups[kind], means[kind], bytes[kind], kind == 1);
        }
      }
    }
    for (int k = 0; k < 4; k++) {
      us[k / 2][k % 2][i] = bench_mean_of(&means[k / 2][k % 2]);
    }
  }
  for (int side = 0; side < 2; side++) {
    double plain = bench_median(us[0][side], ROUNDS);
    double stapled = bench_median(us[1][side], ROUNDS);
    (void)printf(
        "{\"name\":\"handshake/qtls-hybrid-stapled%s/%s\",\"us\":%.2f,\"unstapled_us\":%.2f,\"ratio\":%.4f,"
        "\"bytes\":%zu,\"unstapled_bytes\":%zu}\n",
        remembered ? "-again" : "", sides[side], stapled, plain, stapled / plain, bytes[1][side], bytes[0][side]);
  }
  for (int kind = 0; kind < 2; kind++) {
    qtls_config_free(setups[kind].client);
    qtls_config_free(setups[kind].server);
  }
}

int main(int argc, char **argv) {
  static hierarchy h;
  if (argc < 2) {
    return 2;
  }
  double seconds = strtod(argv[1], NULL);
  build(&h);
  bench_paths(&h, seconds);
  bench_handshakes(&h, seconds, false);
  bench_handshakes(&h, seconds, true);
  return 0;
}
