/*
 * Owns revocation lists (RFC 5280 §5): read as strict DER, version 2, complete
 * lists of one issuer. Delta lists and indirect ones are read so far that it is
 * known that they must not be used. All spans point into the DER.
 */
#ifndef Q_PKI_CRL_H
#define Q_PKI_CRL_H

#include "pki/crl_memo.h"
#include "qtls/status.h"

/* 64 MiB hold about 1.8 million entries. */
#define Q_CRL_MAX ((size_t)64 << 20)

typedef struct q_crl_entry {
  const uint8_t *serial; /* content of the INTEGER */
  uint8_t serial_n;
  uint8_t reason;
  int64_t when;
} q_crl_entry;

typedef struct q_crl {
  q_span der;
  q_dual dual;
  q_span issuer; /* Name with its header */
  int64_t this_update;
  int64_t next_update; /* Q_TIME_NONE: it does not say */
  uint64_t number;     /* 0: it does not say, or more than 64 bits */
  q_span aki;
  bool unusable; /* a critical extension that is not known, a delta, an indirect list, some reasons alone */
  bool users_only, authorities_only; /* its scope (§5.2.5) */
  q_span point;                      /* GeneralNames of the distribution point, content; empty: none */
  bool has_point;
  q_crl_entry *entries;       /* in the order of the list */
  const q_crl_entry **sorted; /* by serial number */
  size_t count;
  q_crl_memo *memo; /* of whoever keeps the list; NULL: nothing is remembered */
} q_crl;

#define Q_TIME_NONE INT64_MIN

/* `out` views `der`; free it in any case. QTLS_ERR_CRL_PARSE. */
QTLS_MUST_USE qtls_err q_pki_crl_parse(q_crl *out, q_span der);
void q_pki_crl_free(q_crl *crl);

/* The DER of a list, out of PEM ("X509 CRL", the first block) or as it is, in a
 * fresh q_alloc block. QTLS_ERR_PEM with *line, QTLS_ERR_CRL_PARSE. */
QTLS_MUST_USE qtls_err q_pki_crl_bytes(uint8_t **der, size_t *n, size_t *line, q_span pem_or_der);

/* The entry that revokes this serial number, or NULL. */
const q_crl_entry *q_pki_crl_find(const q_crl *crl, q_span serial);

/* "keyCompromise", "unknown"; the number of a name, or -1. */
const char *q_pki_reason_name(int reason);
int q_pki_reason_find(const char *name);
/* Nobody takes a revocation for this reason back, so that also what is no longer fresh
 * tells of it. A hold may end; removeFromCRL is its end. */
bool q_pki_reason_final(int reason);

/* A list as DER. Errors as qtls_crl_issue. */
QTLS_MUST_USE qtls_err q_pki_crl_issue(uint8_t **der, size_t *n, const qtls_crl_request *request, const q_cert *issuer,
                                       q_key_pair keys);

/*
 * Does this list say that `cert` is good? `pqc_needed`: it counts only with a right
 * ML-DSA signature. Fails for want of memory only; all else
 * is out->verdict.
 */
QTLS_MUST_USE qtls_err q_pki_crl_judge(qtls_status_result *out, const q_crl *crl, const q_cert *cert,
                                       const q_dual_signer *issuer, bool pqc_needed, int64_t now);

#endif
