/*
 * Owns certificates for tests: a root, an intermediate and a leaf of any kind
 * (pki/kind.h), made in memory. All are valid at PKI_NOW, and at the real time
 * for some years around it. An `adjust` function makes bad ones.
 */
#ifndef PKI_FIXTURE_H
#define PKI_FIXTURE_H

#include "pki/identity.h"
#include "pki/issue.h"
#include "pki/kind.h"

#define PKI_NOW INT64_C(1795500000) /* 2026-11-24 */
#define PKI_DAY INT64_C(86400)

typedef enum pki_level { PKI_ROOT = 0, PKI_INTERMEDIATE = 1, PKI_LEAF = 2 } pki_level;

typedef struct pki_node {
  uint8_t *der;
  size_t n;
  q_cert cert; /* views der */
  q_privkey *key;
  q_privkey *alt_key; /* NULL unless the kind is hybrid */
} pki_node;

typedef struct pki {
  pki_node node[3]; /* by pki_level */
  char *trust_pem;  /* the root */
  char *chain_pem;  /* leaf, intermediate */
  char *key_pem;    /* the leaf's: one key, or classical then ML-DSA */
  size_t trust_pem_n, chain_pem_n, key_pem_n; /* without the final zero */
} pki;

typedef struct pki_options {
  const char *const *names; /* of the leaf; NULL: localhost, *.example.test, 127.0.0.1, ::1 */
  size_t name_count;
  /* Called before each certificate is issued, root first; may change anything
   * of `what`. `so_far` holds the nodes that are done, and this one's keys. */
  void (*adjust)(void *context, q_issue *what, pki_level level, const pki *so_far);
  void *context;
  const char *prefix;         /* of the common names, to tell hierarchies apart; NULL: "Test" */
  const char *leaf_kind;      /* NULL: the hierarchy's */
} pki_options;

/* A hierarchy of this kind ("hybrid-p384-mldsa65", "p256", ...); `options` may
 * be NULL. Fails the running program on error: tests only. */
pki *pki_make(const char *kind, const pki_options *options);
void pki_free(pki *p);

/* The leaf's identity, and a store with the root. Also fail the program. */
q_identity *pki_identity(const pki *p);
q_trust *pki_trust(const pki *p);

/* Replace a node by other DER (a copy is made; it need not parse). Does not
 * touch the PEM texts. */
void pki_replace(pki_node *node, q_span der);

static inline q_span pki_der(const pki_node *node) { return q_span_of(node->der, node->n); }

/* One certificate as PEM in a q_alloc block with a final zero. */
char *pki_to_pem(q_span der, size_t *n);

/* Fails the program when `err` is an error. */
void pki_must(qtls_err err, const char *what);

#endif
