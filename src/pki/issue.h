/*
 * Owns the making of certificates (RFC 5280 §4, Q-TLS §4): the TBSCertificate,
 * its alternative signature, and then its own over everything. Decides nothing
 * about who gets what: profiles are the caller's.
 */
#ifndef Q_PKI_ISSUE_H
#define Q_PKI_ISSUE_H

#include "pki/cert.h"

#define Q_PKI_SERIAL 20 /* bytes; the first is neither 0 nor above 0x7F */

/* Texts of the caller's. */
typedef struct q_texts {
  const char *const *p;
  size_t n;
} q_texts;

typedef struct q_issue {
  q_span subject;   /* Name with its header */
  q_span issuer;
  q_span spki;      /* the subject's keys */
  q_span alt_spki;  /* empty: none */
  const uint8_t *serial; /* Q_PKI_SERIAL bytes; NULL: random ones */
  int64_t not_before;
  int64_t not_after;
  bool is_ca;
  int path_length;  /* of a CA; negative: not limited */
  uint16_t key_usage; /* bits Q_KU_*; 0: no extension */
  uint16_t eku;       /* bits Q_EKU_*; 0: no extension */
  q_texts names;    /* pki/issue_names.h */
  q_texts permitted, excluded; /* name constraints; both empty: no extension */
  q_texts ocsp_urls, issuer_urls, crl_urls;
  bool must_staple;
  bool ocsp_nocheck;
  q_span aki;       /* the issuer's key identifier; empty: no extension */
  q_span extra;     /* further Extension elements, encoded */
  const q_privkey *key;     /* the issuer's */
  const q_privkey *alt_key; /* the issuer's; NULL: no alternative signature */
} q_issue;

/* The certificate in a fresh q_alloc block. QTLS_ERR_ARGUMENT: a name that is
 * none, a time outside 1950 to 9999, a serial number that is not positive. */
QTLS_MUST_USE qtls_err q_pki_issue(uint8_t **der, size_t *n, const q_issue *what);

/* A Name of O and CN, either of which may be NULL, in a fresh q_alloc block;
 * UTF-8, 1 to 64 characters each (RFC 5280 appendix A.1), else QTLS_ERR_ARGUMENT. */
QTLS_MUST_USE qtls_err q_pki_issue_name(uint8_t **der, size_t *n, const char *organization, const char *common_name);

/* Key identifier: SHA-256 of the public key's bits, cut to 160 bits (RFC 7093
 * §2 method 1). */
#define Q_PKI_KEY_ID 20
QTLS_MUST_USE qtls_err q_pki_issue_key_id(uint8_t out[Q_PKI_KEY_ID], q_span spki);

#endif
