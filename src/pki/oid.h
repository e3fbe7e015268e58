/*
 * Owns the object identifiers that certificates use here: bytes and names in
 * one table. Must not hold any that are not read or written somewhere.
 */
#ifndef Q_PKI_OID_H
#define Q_PKI_OID_H

#include "pki/text.h"

typedef enum q_oid {
  Q_OID_UNKNOWN = 0,
  /* Extensions (RFC 5280 §4.2, ITU-T X.509 §9.8). */
  Q_OID_BASIC_CONSTRAINTS,
  Q_OID_KEY_USAGE,
  Q_OID_EXT_KEY_USAGE,
  Q_OID_SUBJECT_ALT_NAME,
  Q_OID_NAME_CONSTRAINTS,
  Q_OID_SUBJECT_KEY_ID,
  Q_OID_AUTHORITY_KEY_ID,
  Q_OID_CERT_POLICIES,
  Q_OID_CRL_POINTS,
  Q_OID_AUTHORITY_INFO,
  Q_OID_SCT_LIST,
  Q_OID_TLS_FEATURE,
  Q_OID_OCSP_NOCHECK,
  Q_OID_ALT_SPKI,
  Q_OID_ALT_SIG_ALG,
  Q_OID_ALT_SIGNATURE,
  Q_OID_EXTENSION_REQUEST, /* of requests (RFC 2985 §5.4.2) */
  /* Access methods (RFC 5280 §4.2.2.1). */
  Q_OID_AT_OCSP,
  Q_OID_AT_ISSUERS,
  /* Extensions of revocation lists and of OCSP. */
  Q_OID_CRL_NUMBER,
  Q_OID_CRL_REASON,
  Q_OID_CRL_DELTA,
  Q_OID_CRL_SCOPE,
  Q_OID_CRL_ENTRY_ISSUER,
  Q_OID_OCSP_BASIC,
  Q_OID_OCSP_NONCE,
  /* Extended key usages. */
  Q_OID_EKU_SERVER,
  Q_OID_EKU_CLIENT,
  Q_OID_EKU_OCSP,
  Q_OID_EKU_ANY,
  /* Keys, signatures, hashes. */
  Q_OID_EC_KEY,
  Q_OID_P256,
  Q_OID_P384,
  Q_OID_P521,
  Q_OID_RSA_KEY,
  Q_OID_RSA_PSS,
  Q_OID_MGF1,
  Q_OID_ED25519,
  Q_OID_MLDSA44,
  Q_OID_MLDSA65,
  Q_OID_MLDSA87,
  Q_OID_ECDSA_SHA1,
  Q_OID_ECDSA_SHA256,
  Q_OID_ECDSA_SHA384,
  Q_OID_ECDSA_SHA512,
  Q_OID_RSA_MD5,
  Q_OID_RSA_SHA1,
  Q_OID_RSA_SHA256,
  Q_OID_RSA_SHA384,
  Q_OID_RSA_SHA512,
  Q_OID_SHA1,
  Q_OID_SHA256,
  Q_OID_SHA384,
  Q_OID_SHA512,
  /* Attributes of names. */
  Q_OID_COMMON_NAME,
  Q_OID_SERIAL_NUMBER,
  Q_OID_COUNTRY,
  Q_OID_LOCALITY,
  Q_OID_STATE,
  Q_OID_ORGANIZATION,
  Q_OID_UNIT,
  Q_OID_EMAIL,
  Q_OID_DOMAIN,
  Q_OID_COUNT
} q_oid;

/* Content of an OBJECT IDENTIFIER → its row; Q_OID_UNKNOWN if it has none. */
q_oid q_pki_oid_find(q_span content);

/* Content octets, without tag and length; empty for Q_OID_UNKNOWN. */
q_span q_pki_oid_bytes(q_oid oid);

/* Name for people ("ML-DSA-65", "CN"); "unknown" for Q_OID_UNKNOWN. */
const char *q_pki_oid_name(q_oid oid);

/* Content octets as "1.2.840..."; arcs beyond 64 bits as "?". */
void q_pki_oid_dotted(q_text *out, q_span content);

#endif
