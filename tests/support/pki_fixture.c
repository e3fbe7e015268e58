/* Owns the making of hierarchies for tests. */
#include "support/pki_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/pem.h"

void pki_must(qtls_err err, const char *what) {
  if (err != QTLS_OK) {
    fprintf(stderr, "pki fixture: %s: %s (%s)\n", what, qtls_err_name(err), qtls_err_text(err));
    abort();
  }
}

static void *must_have(void *p) {
  pki_must(p == NULL ? QTLS_ERR_NO_MEMORY : QTLS_OK, "memory");
  return p;
}

char *pki_to_pem(q_span der, size_t *n) {
  *n = q_pki_pem_length("CERTIFICATE", der.n);
  char *pem = must_have(q_alloc(*n + 1));
  q_pki_pem_write(pem, "CERTIFICATE", der);
  return pem;
}

static void generate(pki_node *node, const char *name) {
  const q_kind *kind = q_pki_kind_find(name);
  pki_must(kind == NULL ? QTLS_ERR_ARGUMENT : QTLS_OK, name);
  pki_must(q_pki_kind_generate(&node->key, &node->alt_key, kind), "key");
}

static const char *const default_names[] = {"localhost", "*.example.test", "127.0.0.1", "::1"};

/* What a sound certificate of this level asks for. */
static q_issue profile(pki_level level, const pki_options *options) {
  q_issue w = {0};
  w.not_before = PKI_NOW - 60 * PKI_DAY;
  w.not_after = PKI_NOW + 3650 * PKI_DAY;
  w.path_length = -1;
  if (level != PKI_LEAF) {
    w.is_ca = true;
    w.path_length = level == PKI_INTERMEDIATE ? 0 : -1;
    w.key_usage = Q_KU_CERT_SIGN | Q_KU_CRL_SIGN;
    return w;
  }
  w.key_usage = Q_KU_DIGITAL_SIGNATURE;
  w.eku = Q_EKU_SERVER | Q_EKU_CLIENT;
  w.names.p = options->names != NULL ? options->names : default_names;
  w.names.n = options->names != NULL ? options->name_count : Q_COUNT(default_names);
  return w;
}

static void issue(pki *p, pki_level level, const pki_options *options) {
  static const char *const roles[] = {"Root", "Intermediate", "Leaf"};
  pki_node *node = &p->node[level];
  pki_node *issuer = level == PKI_ROOT ? node : &p->node[level - 1];
  uint8_t *name = NULL;
  uint8_t *spki = NULL;
  uint8_t *alt_spki = NULL;
  size_t n = 0;
  char cn[64];
  (void)snprintf(cn, sizeof cn, "%s %s", options->prefix != NULL ? options->prefix : "Test", roles[level]);
  q_issue w = profile(level, options);
  pki_must(q_pki_issue_name(&name, &n, "Q-TLS Test", cn), "name");
  w.subject = q_span_of(name, n);
  w.issuer = level == PKI_ROOT ? w.subject : issuer->cert.subject;
  w.aki = issuer->cert.ski;
  pki_must(q_crypto_privkey_to_spki(node->key, &spki, &n), "spki");
  w.spki = q_span_of(spki, n);
  if (node->alt_key != NULL) {
    pki_must(q_crypto_privkey_to_spki(node->alt_key, &alt_spki, &n), "spki");
    w.alt_spki = q_span_of(alt_spki, n);
  }
  w.key = issuer->key;
  w.alt_key = issuer->alt_key;
  if (options->adjust != NULL) {
    options->adjust(options->context, &w, level, p);
  }
  pki_must(q_pki_issue(&node->der, &node->n, &w), "issue");
  pki_must(q_pki_cert_parse(&node->cert, pki_der(node)), "parse");
  q_free(name);
  q_free(spki);
  q_free(alt_spki);
}

pki *pki_make(const char *kind, const pki_options *options) {
  static const pki_options none = {0};
  pki *p = must_have(q_alloc(sizeof *p));
  const pki_options *o = options != NULL ? options : &none;
  for (pki_level level = PKI_ROOT; level <= PKI_LEAF; level++) {
    generate(&p->node[level], level == PKI_LEAF && o->leaf_kind != NULL ? o->leaf_kind : kind);
    issue(p, level, o);
  }
  p->trust_pem = pki_to_pem(pki_der(&p->node[PKI_ROOT]), &p->trust_pem_n);
  size_t leaf_n = 0;
  size_t intermediate_n = 0;
  char *leaf = pki_to_pem(pki_der(&p->node[PKI_LEAF]), &leaf_n);
  char *intermediate = pki_to_pem(pki_der(&p->node[PKI_INTERMEDIATE]), &intermediate_n);
  p->chain_pem_n = leaf_n + intermediate_n;
  p->chain_pem = must_have(q_alloc(p->chain_pem_n + 1));
  memcpy(p->chain_pem, leaf, leaf_n);
  memcpy(p->chain_pem + leaf_n, intermediate, intermediate_n);
  q_free(leaf);
  q_free(intermediate);
  pki_must(q_pki_kind_pem(&p->key_pem, &p->key_pem_n, p->node[PKI_LEAF].key, p->node[PKI_LEAF].alt_key), "key PEM");
  return p;
}

void pki_free(pki *p) {
  if (p == NULL) {
    return;
  }
  for (size_t i = 0; i < Q_COUNT(p->node); i++) {
    q_free(p->node[i].der);
    q_crypto_privkey_free(p->node[i].key);
    q_crypto_privkey_free(p->node[i].alt_key);
  }
  q_free(p->trust_pem);
  q_free(p->chain_pem);
  q_free(p->key_pem);
  q_free(p);
}

q_identity *pki_identity(const pki *p) {
  q_identity *id = NULL;
  size_t line = 0;
  pki_must(q_pki_identity_load(&id, &line, q_span_of(p->chain_pem, p->chain_pem_n),
                               q_span_of(p->key_pem, p->key_pem_n)),
           "identity");
  return id;
}

q_trust *pki_trust(const pki *p) {
  q_trust *trust = NULL;
  size_t line = 0;
  pki_must(q_pki_trust_new(&trust), "trust");
  pki_must(q_pki_trust_add(trust, &line, pki_der(&p->node[PKI_ROOT])), "trust");
  return trust;
}

void pki_replace(pki_node *node, q_span der) {
  uint8_t *fresh = must_have(q_alloc_copy(der.p, der.n));
  q_free(node->der);
  node->der = fresh;
  node->n = der.n;
  if (q_pki_cert_parse(&node->cert, pki_der(node)) != QTLS_OK) {
    node->cert = (q_cert){0};
  }
}
