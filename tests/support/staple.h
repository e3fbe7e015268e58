/*
 * Owns OCSP responses and lists about the hierarchies of tests/support/pki_fixture.h,
 * good ones and those with one thing wrong.
 */
#ifndef STAPLE_H
#define STAPLE_H

#include "qtls/status.h"
#include "support/pki_fixture.h"

typedef struct staple_bytes {
  uint8_t *der; /* q_free */
  size_t n;
} staple_bytes;

typedef enum staple_kind {
  STAPLE_GOOD,
  STAPLE_REVOKED,
  STAPLE_UNKNOWN,
  STAPLE_STALE,
  STAPLE_EARLY,      /* of tomorrow */
  STAPLE_ENDLESS,    /* without nextUpdate */
  STAPLE_OTHER_CERT, /* about the intermediate */
  STAPLE_OTHER_KEY,  /* signed by the leaf's key in the issuer's name */
  STAPLE_STRANGER,   /* signed by a certificate that the issuer did not certify for this */
  STAPLE_RESPONDER,  /* good, by a responder of the issuer's */
  STAPLE_WEAKER,     /* good, by an ECDSA responder of the issuer's, whose certificate is all that is ML-DSA */
  STAPLE_CLASSICAL,  /* without a signature of ML-DSA */
  STAPLE_BAD_PQC,    /* whose ML-DSA signature covers something else */
  STAPLE_GARBAGE
} staple_kind;

/* About the leaf, or the intermediate; q_free the DER. Valid PKI_NOW - 1 day to
 * PKI_NOW + 1 day. */
staple_bytes staple_make(const pki *p, pki_level about, staple_kind kind);
/* A list of the leaf's issuer, in which the leaf stands or not. */
staple_bytes staple_list(const pki *p, bool revoked);

/* A hierarchy whose leaf and intermediate tell where their status is to be had. */
pki *staple_pki(const char *kind, bool must_staple);

#endif
