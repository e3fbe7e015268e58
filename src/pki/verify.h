/*
 * Owns the verdict on a certificate path: RFC 5280 §6, RFC 9525, and both
 * signatures on every link (Q-TLS §4). Two paths are judged over the same
 * certificates: `primary` is the certificates' own keys and signatures,
 * whatever their algorithm; `alternative` is the keys and signatures of
 * extensions 72-74. Verdicts start as failure and every early exit leaves them
 * there. Never fetches anything.
 */
#ifndef Q_PKI_VERIFY_H
#define Q_PKI_VERIFY_H

#include "pki/link_cache.h"
#include "pki/revocation.h"
#include "pki/trust.h"

/* Q-TLS §11: certificates in a chain. */
#define Q_PKI_CHAIN_MAX 10

typedef enum q_pki_purpose { Q_PKI_SERVER, Q_PKI_CLIENT, Q_PKI_OCSP } q_pki_purpose;

/* Which paths must be good. With NEED_ANY one good path is enough, and the
 * verdict tells about both. */
typedef enum q_pki_need { Q_PKI_NEED_PRIMARY, Q_PKI_NEED_ALTERNATIVE, Q_PKI_NEED_BOTH, Q_PKI_NEED_ANY } q_pki_need;

typedef struct q_pki_request {
  const q_trust *trust;
  const q_span *chain; /* DER, leaf first, as the peer sent them; extra and unordered intermediates are fine */
  size_t chain_count;  /* 1 .. Q_PKI_CHAIN_MAX */
  int64_t now;         /* seconds since 1970 */
  const char *name;    /* DNS name or IP literal that the leaf must carry; NULL: no name check */
  q_pki_purpose purpose;
  q_pki_need need;
  const q_revocation *revocation; /* NULL: not asked */
  q_link_cache *links; /* NULL: every signature is verified anew */
  bool only_needed; /* compute no signatures beyond `need`: the other path's verdict then stays a failure */
} q_pki_request;

typedef struct q_pki_verdict {
  qtls_err primary;     /* QTLS_OK only when the whole primary path is good */
  qtls_err alternative; /* the same for the alternative one; QTLS_ERR_CERT_ALT_MISSING when there is none */
  bool alternative_present; /* the leaf carries 72 */
  bool primary_pqc;     /* every key and signature of the primary path is ML-DSA, anchor's key included */
  size_t at;            /* the certificate where it failed: 0 the leaf */
  q_pubkey *key;        /* the leaf's own key: set whenever the leaf could be read */
  q_pubkey *alt_key;    /* the leaf's alternative key, or NULL */
  size_t path_length;   /* certificates in the path, leaf and anchor included; 0 if none was found */
  /* What is known of each certificate of the path that was otherwise good, leaf
   * first, the anchor left out; 0 rows when nothing was asked or no path was good. */
  q_status_row status[Q_PKI_CHAIN_MAX];
  size_t status_count;
} q_pki_verdict;

/* QTLS_OK when what `need` asks for is good; otherwise the error that decided,
 * also in the verdict. `out` is filled in any case; free it in any case. */
QTLS_MUST_USE qtls_err q_pki_verify(q_pki_verdict *out, const q_pki_request *req);
void q_pki_verdict_free(q_pki_verdict *v);

/* RFC 9525 §6: does the leaf carry this DNS name (wildcards in the leftmost
 * label only) or IP address? Common names do not count. */
QTLS_MUST_USE qtls_err q_pki_name_check(const q_cert *cert, const char *name);

#endif
