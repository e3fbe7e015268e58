/*
 * Owns the changing of a finished certificate for tests: its elements and
 * extensions are replaced, removed, repeated or added as bytes, and it is signed
 * again by its issuer, so that only what was changed can be wrong.
 */
#ifndef PKI_EDIT_H
#define PKI_EDIT_H

#include "pki/oid.h"
#include "support/pki_fixture.h"

typedef enum pki_edit_kind {
  PKI_EDIT_REPLACE, /* the extension's value */
  PKI_EDIT_REMOVE,
  PKI_EDIT_REPEAT, /* a second time, the same */
  PKI_EDIT_CRITICAL, /* marked critical */
  PKI_EDIT_ADD     /* an extension at the end, critical if `critical` */
} pki_edit_kind;

typedef struct pki_edit {
  pki_edit_kind kind;
  q_oid oid;
  q_span value;
  bool critical;
  q_span other_oid; /* for PKI_EDIT_ADD with an OID that has no row */
} pki_edit;

/* Change one extension and sign anew with the issuer's own key. `node` may come
 * out as one that no longer parses: then node->cert is empty. */
void pki_edit_extension(pki_node *node, const pki_node *issuer, pki_edit edit);

/* Replace the 74 of `node` by the alternative issuer's signature over it as it
 * stands, and sign anew with the issuer's own key. */
void pki_resign_alt(pki_node *node, const pki_node *issuer, const q_privkey *alt_key);

/* Replace element `index` of TBSCertificate (0: version, 1: serial, 2:
 * signature, 3: issuer, 4: validity, 5: subject, 6: key, 7: [3]) by these bytes,
 * and sign anew. */
void pki_edit_field(pki_node *node, const pki_node *issuer, size_t index, q_span element);

/* A certificate out of TBSCertificate bytes, signed by the issuer's own key. */
void pki_sign_tbs(pki_node *node, const pki_node *issuer, q_span tbs);

#endif
