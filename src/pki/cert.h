/*
 * Owns the parsed X.509 certificate (RFC 5280 §4) with its alternative key and
 * signature (ITU-T X.509 (10/2019) §9.8, Q-TLS §4). All spans point into the
 * DER that was parsed; nothing is re-encoded.
 */
#ifndef Q_PKI_CERT_H
#define Q_PKI_CERT_H

#include "crypto/sign.h"

/* Key usage bits (RFC 5280 §4.2.1.3), as the BIT STRING numbers them. */
enum {
  Q_KU_DIGITAL_SIGNATURE = 1 << 0,
  Q_KU_KEY_AGREEMENT = 1 << 4,
  Q_KU_CERT_SIGN = 1 << 5,
  Q_KU_CRL_SIGN = 1 << 6
};

/* Extended key usages known here (RFC 5280 §4.2.1.12). */
enum { Q_EKU_SERVER = 1, Q_EKU_CLIENT = 2, Q_EKU_OCSP = 4, Q_EKU_ANY = 8, Q_EKU_OTHER = 16 };

typedef struct q_cert {
  q_span der;         /* the whole certificate */
  q_span tbs;         /* TBSCertificate with its header: what the classical signature covers */
  q_span serial;      /* content of the INTEGER */
  q_span issuer;      /* Name with its header; compared byte for byte */
  q_span subject;
  int64_t not_before; /* seconds since 1970 */
  int64_t not_after;
  q_span spki;        /* SubjectPublicKeyInfo with its header */
  q_span sig_alg;     /* AlgorithmIdentifier with its header; the inner and outer one are equal */
  q_span signature;   /* content of the BIT STRING */
  /* Extensions; an absent one is {NULL, 0}, or false. */
  bool has_basic, is_ca, has_path_len, has_key_usage, has_eku;
  uint8_t path_len;
  uint16_t key_usage; /* bits Q_KU_* */
  uint16_t eku;       /* bits Q_EKU_* */
  bool unknown_critical;
  bool must_staple;        /* TLS feature with status_request (RFC 7633) */
  bool ocsp_nocheck;       /* id-pkix-ocsp-nocheck (RFC 6960 §4.2.2.2.1) */
  q_span san;              /* GeneralNames, content of the SEQUENCE */
  q_span name_constraints; /* the extension's value */
  q_span ski, aki;         /* key identifiers alone */
  q_span access;           /* AuthorityInfoAccess, content of the SEQUENCE: pki/access.h */
  q_span crl_points;       /* CRLDistributionPoints, content of the SEQUENCE: pki/access.h */
  q_span sct_list;         /* SignedCertificateTimestampList, content of the inner OCTET STRING */
  q_span alt_spki;         /* 72: SubjectPublicKeyInfo with its header */
  q_span alt_sig_alg;      /* 73: AlgorithmIdentifier with its header */
  q_span alt_signature;    /* 74: content of the BIT STRING */
} q_cert;

/* Parse one certificate and nothing after it: strict DER. QTLS_ERR_CERT_PARSE,
 * or QTLS_ERR_CERT_ALT_MALFORMED for 72-74 (§4: 73 if and only if 74, ...). */
QTLS_MUST_USE qtls_err q_pki_cert_parse(q_cert *out, q_span der);

/* May `issuer` have issued `child`, going by names and, where both name one, key
 * identifiers (RFC 5280 §6.1.3 a 4, §4.2.1.1)? */
bool q_pki_cert_may_issue(const q_cert *issuer, const q_cert *child);

/* The bytes that the alternative signature covers, in a fresh q_alloc block:
 * TBSCertificate without `signature` and without extension 74, lengths anew,
 * every other byte as received. Whoever calls it frees it. */
QTLS_MUST_USE qtls_err q_pki_cert_alt_tbs(uint8_t **out, size_t *n, const q_cert *cert);

#endif
