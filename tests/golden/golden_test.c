/*
 * Owns the golden transcripts: makes each conversation of the table with a fixed
 * random source and compares it with its file in tests/vectors/golden, byte for
 * byte.
 *
 *   golden_test           compare
 *   golden_test --write   write the files anew
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden/transcript.h"

#define FOLDER QTLS_TEST_SOURCE_DIR "/tests/vectors/golden/"

static const golden_vector vectors[] = {
    {.name = "13f2-p384", .about = "0x13F2 with ML-KEM-1024 and P-384: all defaults"},
    {.name = "13f2-x25519",
     .about = "0x13F2 with ML-KEM-1024 and X25519",
     .client_groups = "x25519:kyber1024",
     .server_groups = "x25519:kyber1024"},
    {.name = "13f1",
     .about = "0x13F1: ML-KEM-1024 alone, one signature",
     .suites = "TLS_KYBER1024_DILITHIUM3_AES256_GCM_SHA384",
     .client_policy = QTLS_POLICY_require_pqc,
     .server_policy = QTLS_POLICY_require_pqc},
    {.name = "13f2-retry",
     .about = "0x13F2; HelloRetryRequest names the pair kyber1024 and x25519",
     .server_groups = "kyber1024:x25519"},
    {.name = "13f2-cookie",
     .about = "0x13F2; HelloRetryRequest with a cookie, the server keeps nothing",
     .server_groups = "kyber1024:x25519",
     .cookie = true},
    {.name = "13f2-policy",
     .about = "0x13F2; the client is content with any signature, the server demands ML-DSA: the stricter holds",
     .client_policy = QTLS_POLICY_require_any,
     .server_policy = QTLS_POLICY_require_pqc},
    {.name = "13f2-policy-client",
     .about = "0x13F2; the client demands both signatures, the server is content with ML-DSA: the stricter holds",
     .client_policy = QTLS_POLICY_require_both,
     .server_policy = QTLS_POLICY_require_pqc},
    {.name = "13f2-mutual", .about = "0x13F2; the server asks for a certificate, the client shows one", .mutual = true},
    {.name = "13f1-mutual",
     .about = "0x13F1; the server asks for a certificate, the client shows one",
     .suites = "TLS_KYBER1024_DILITHIUM3_AES256_GCM_SHA384",
     .client_policy = QTLS_POLICY_require_pqc,
     .server_policy = QTLS_POLICY_require_pqc,
     .mutual = true},
};

static char *read_file(const char *path, size_t *n) {
  FILE *f = fopen(path, "rb");
  *n = 0;
  if (f == NULL) {
    return NULL;
  }
  char *p = malloc(1 << 20);
  *n = p == NULL ? 0 : fread(p, 1, 1 << 20, f);
  (void)fclose(f);
  return p;
}

/* Says where the first difference lies. */
static bool compare(const char *name, const char *path, const json *j) {
  size_t n = 0;
  char *kept = read_file(path, &n);
  bool same = kept != NULL && n == j->n && memcmp(kept, j->p, n) == 0;
  size_t line = 1;
  size_t at = 0;
  while (kept != NULL && !same && at < n && at < j->n && kept[at] == j->p[at]) {
    line += kept[at++] == '\n' ? 1 : 0;
  }
  free(kept);
  printf("%s  %s: %zu bytes", same ? "ok  " : "FAIL", name, j->n);
  if (!same) {
    printf(n == 0 ? ", the file is missing" : ", differs in line %zu", line);
  }
  printf("\n");
  return same;
}

static bool settle(const char *name, const json *j, bool write) {
  char path[512];
  (void)snprintf(path, sizeof path, "%s%s.json", FOLDER, name);
  if (!write) {
    return compare(name, path, j);
  }
  FILE *f = fopen(path, "wb");
  bool right = f != NULL && fwrite(j->p, 1, j->n, f) == j->n;
  return f != NULL && fclose(f) == 0 && right;
}

/* Root, intermediate, leaf and the leaf's keys: the same for all vectors. */
static void write_identity(json *j, const pki *p) {
  static const char *const names[] = {"root", "intermediate", "leaf"};
  uint8_t *der = NULL;
  size_t n = 0;
  json_open(j, NULL, '{');
  json_text(j, "name", "identity");
  json_text(j, "about", "the hierarchy of all vectors: ECDSA P-384 and ML-DSA-65");
  json_number(j, "time", PKI_NOW);
  json_text(j, "server_name", "localhost");
  json_open(j, "certificates", '{');
  for (size_t i = 0; i < Q_COUNT(names); i++) {
    json_hex(j, names[i], p->node[i].der, p->node[i].n);
  }
  json_close(j, '}');
  json_open(j, "leaf_private_keys", '{');
  pki_must(q_crypto_privkey_to_pkcs8(p->node[PKI_LEAF].key, &der, &n), "key");
  json_hex(j, "ecdsa_pkcs8", der, n);
  q_free(der);
  pki_must(q_crypto_privkey_to_pkcs8(p->node[PKI_LEAF].alt_key, &der, &n), "key");
  json_hex(j, "mldsa_pkcs8", der, n);
  q_free(der);
  json_close(j, '}');
  json_close(j, '}');
}

int main(int argc, char **argv) {
  bool write = argc > 1 && strcmp(argv[1], "--write") == 0;
  golden_random_start("qtls golden: identity");
  pki *identity = pki_make("hybrid-p384-mldsa65", NULL);
  json j = {0};
  write_identity(&j, identity);
  bool right = settle("identity", &j, write);
  json_free(&j);
  for (size_t i = 0; i < Q_COUNT(vectors); i++) {
    golden_transcript t;
    qtls_info info;
    golden_run(&t, &info, &vectors[i], identity);
    golden_write(&j, &t, &info, &vectors[i]);
    right = settle(vectors[i].name, &j, write) && right;
    json_free(&j);
    golden_transcript_free(&t);
  }
  pki_free(identity);
  if (!right && !write) {
    printf("if what goes over the wire was meant to change: golden_test --write, then tests/golden/check.py\n");
  }
  return right ? 0 : 1;
}
