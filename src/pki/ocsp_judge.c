/*
 * Owns the question whether an OCSP response says that a certificate is good
 * (RFC 6960 §3.2, §4.2.2.2, Q-TLS §4). The signer is the issuer itself, or a
 * responder certified by the issuer directly. Nobody is asked about a responder, but
 * one that is known to be revoked does not speak for the issuer any more.
 */
#include "pki/link.h"
#include "pki/ocsp_der.h"
#include "pki/revocation.h"

/* Certificates of a response whose signatures are looked at: a sound response has
 * one that fits its ResponderID, and what has many is after our time. */
#define TRIED_MOST 3
#define SKEW 300 /* clocks may differ by this many seconds */

typedef struct inquiry {
  const q_ocsp_response *response;
  q_span der; /* of the response */
  const q_dual_signer *issuer;
  const q_ocsp_terms *terms;
  const q_cert *cert;   /* asked about */
  int64_t signer_until; /* the signer's certificate ends then */
  bool own;             /* somebody authorized signed it with his own key, and nothing else of his is wrong */
} inquiry;

/* Does the ResponderID mean this certificate? */
static bool is_responder(const q_ocsp_response *r, const q_cert *c) {
  uint8_t hash[Q_SHA1_SIZE];
  if (r->by_name.n > 0) {
    return q_base_span_equal(r->by_name, c->subject);
  }
  return q_pki_ocsp_key_hash(hash, c->spki) && q_base_span_equal(r->by_key, q_span_of(hash, sizeof hash));
}

/*
 * The signatures of the response, by `signer`, in whom ML-DSA is or is not
 * trusted as far (`authorized_pqc`). *pqc: an ML-DSA signature counts.
 */
static qtls_err check_signer(bool *pqc, inquiry *q, const q_dual_signer *signer, bool authorized_pqc) {
  const q_dual *d = &q->response->dual;
  qtls_err own = q_pki_dual_own(d, signer->key);
  if (own != QTLS_OK) {
    return own == QTLS_ERR_NO_MEMORY ? own : QTLS_ERR_OCSP_SIGNATURE;
  }
  qtls_err alt = q_pki_dual_alternative(d, signer->alt_key, Q_OCSP_ALT_SKIP, Q_OCSP_ALT_TAG);
  if (alt != QTLS_OK && alt != QTLS_ERR_CERT_ALT_MISSING) {
    return alt == QTLS_ERR_NO_MEMORY ? alt : QTLS_ERR_STATUS_ALT;
  }
  q->own = true;
  bool good = authorized_pqc && (alt == QTLS_OK || q_key_is_mldsa(q_crypto_pubkey_type(signer->key)));
  if (q->terms->pqc_needed && !good) {
    return QTLS_ERR_STATUS_ALT;
  }
  *pqc = good;
  return QTLS_OK;
}

/* May this certificate, which the issuer has signed or not, sign answers? */
static bool responder_rules(const q_cert *c, const q_cert *issuer, int64_t now) {
  return q_pki_cert_may_issue(issuer, c) && (c->eku & Q_EKU_OCSP) != 0 &&
         (!c->has_key_usage || (c->key_usage & Q_KU_DIGITAL_SIGNATURE) != 0) && !c->unknown_critical &&
         c->not_before <= now && now <= c->not_after;
}

/* The issuer's signatures under the responder's certificate: its own must be
 * right, and the alternative one where it can be looked at. */
static qtls_err check_authorization(bool *pqc, const q_cert *c, const q_dual_signer *issuer) {
  *pqc = false;
  if (issuer->key == NULL) {
    return QTLS_ERR_OCSP_RESPONDER;
  }
  qtls_err own = q_pki_link_primary(c, issuer->key);
  if (own != QTLS_OK) {
    return own == QTLS_ERR_NO_MEMORY ? own : QTLS_ERR_OCSP_RESPONDER;
  }
  bool alternative = false;
  if (issuer->alt_key != NULL && c->alt_signature.n > 0) {
    qtls_err alt = q_pki_link_alternative(c, issuer->alt_key);
    if (alt != QTLS_OK) {
      return alt == QTLS_ERR_NO_MEMORY ? alt : QTLS_ERR_STATUS_ALT;
    }
    alternative = true;
  }
  *pqc = alternative || q_key_is_mldsa(q_crypto_pubkey_type(issuer->key));
  return QTLS_OK;
}

/* A certificate that came with the response, and may be its signer's. None speaks for
 * itself: whoever stole its key would never be found out. */
static bool may_have_signed(q_cert *out, const inquiry *q, q_span der) {
  return q_pki_cert_parse(out, der) == QTLS_OK && is_responder(q->response, out) &&
         responder_rules(out, q->issuer->cert, q->terms->now) && !q_base_span_equal(out->serial, q->cert->serial);
}

static qtls_err check_delegate(bool *pqc, inquiry *q, const q_cert *c) {
  bool authorized_pqc = false;
  Q_TRY(check_authorization(&authorized_pqc, c, q->issuer));
  q_pubkey *key = NULL;
  q_pubkey *alt_key = NULL;
  qtls_err err = q_pki_link_key(&key, c->spki);
  if (err == QTLS_OK && c->alt_spki.n > 0) {
    err = q_pki_link_key(&alt_key, c->alt_spki);
  }
  if (err == QTLS_OK) {
    q_dual_signer signer = {c, key, alt_key};
    err = check_signer(pqc, q, &signer, authorized_pqc);
  } else if (err != QTLS_ERR_NO_MEMORY) {
    err = QTLS_ERR_OCSP_RESPONDER;
  }
  q_crypto_pubkey_free(key);
  q_crypto_pubkey_free(alt_key);
  return err;
}

/* Who signed? The issuer first, then each certificate that came along; the error
 * is that of the one who came nearest. */
static qtls_err check_signatures(bool *pqc, inquiry *q) {
  qtls_err best = QTLS_ERR_OCSP_RESPONDER;
  if (is_responder(q->response, q->issuer->cert)) {
    best = check_signer(pqc, q, q->issuer, true);
    if (best != QTLS_ERR_OCSP_SIGNATURE) { /* signed by the issuer, whatever else */
      return best;
    }
  }
  size_t tried = 0;
  for (size_t i = 0; i < q->response->cert_count && tried < TRIED_MOST; i++) {
    q_cert c;
    if (!may_have_signed(&c, q, q->response->certs[i])) {
      continue;
    }
    tried++;
    qtls_err err = check_delegate(pqc, q, &c);
    if (err == QTLS_OK || err == QTLS_ERR_NO_MEMORY) {
      q->signer_until = c.not_after;
      return err;
    }
    best = best == QTLS_ERR_OCSP_RESPONDER || err == QTLS_ERR_STATUS_ALT ? err : best;
  }
  return best;
}

static bool is_of_tomorrow(const q_ocsp_single *s, int64_t now) { return s->this_update - SKEW > now; }

static bool is_fresh(const q_ocsp_single *s, int64_t now) {
  if (is_of_tomorrow(s, now)) {
    return false;
  }
  if (s->next_update == Q_TIME_NONE) {
    return s->this_update >= now - Q_OCSP_AGE_MOST;
  }
  return s->next_update >= s->this_update && now <= s->next_update;
}

/* An answer holds no longer than the certificate of whoever gave it, also one that
 * does not say how long. */
static void note(qtls_status_result *out, const inquiry *q, const q_ocsp_single *s) {
  const bool unsaid = s->next_update == Q_TIME_NONE;
  const int64_t end = unsaid ? s->this_update + Q_OCSP_AGE_MOST : s->next_update;
  out->this_update = s->this_update;
  out->next_update = q->signer_until < end ? q->signer_until : unsaid ? 0 : end;
  if (s->state == QTLS_OCSP_revoked) {
    out->reason = s->reason;
    out->revoked_at = s->revoked_at;
  }
}

/* A revocation that nobody takes back stands, also in an answer that is old or was given
 * to somebody else; all else has to be of today, and to our question. */
static qtls_err read_answer(const inquiry *q, const q_ocsp_single *s, bool repeated) {
  const int64_t now = q->terms->now;
  if (s->state == QTLS_OCSP_revoked && q_pki_reason_final((int)s->reason) && !is_of_tomorrow(s, now)) {
    return QTLS_ERR_CERT_REVOKED;
  }
  if (!repeated || !is_fresh(s, now)) {
    return repeated ? QTLS_ERR_OCSP_STALE : QTLS_ERR_OCSP_NONCE;
  }
  return s->state == QTLS_OCSP_revoked ? QTLS_ERR_CERT_REVOKED
         : s->state == QTLS_OCSP_good  ? QTLS_OK
                                       : QTLS_ERR_OCSP_UNKNOWN;
}

/* What the answers about this certificate say: revoked if one does, good only
 * if all do. */
static qtls_err read_answers(qtls_status_result *out, const inquiry *q, bool repeated) {
  CBS answers = q_pki_cbs_of(q->response->answers);
  qtls_err verdict = QTLS_ERR_OCSP_STATUS;
  bool found = false;
  while (CBS_len(&answers) > 0) {
    q_ocsp_single s;
    if (!q_pki_ocsp_single_next(&s, &answers)) {
      return QTLS_ERR_OCSP_PARSE;
    }
    if (!q_base_span_equal(s.id.serial, q->cert->serial) || !q_pki_ocsp_id_is_of(&s.id, q->issuer->cert)) {
      continue;
    }
    const qtls_err err = read_answer(q, &s, repeated);
    if (!found || err == QTLS_ERR_CERT_REVOKED || (verdict == QTLS_OK && err != QTLS_OK)) {
      verdict = err;
    }
    found = true;
    if (err == QTLS_ERR_CERT_REVOKED || err == QTLS_OK) {
      note(out, q, &s);
    }
    if (err == QTLS_ERR_CERT_REVOKED) {
      return err;
    }
  }
  return verdict;
}

/* The same response comes with every handshake until there is a newer one. What is
 * remembered stands for check_signatures alone, of this response by this issuer, as
 * long as both certificates that spoke for it are valid. */
static qtls_err check_signatures_once(bool *pqc, inquiry *q) {
  q_link_cache *memory = q->terms->memory;
  if (memory == NULL || (q->cert->eku & Q_EKU_OCSP) != 0) { /* who may sign depends on who is asked about */
    return check_signatures(pqc, q);
  }
  uint8_t with[Q_LINK_KEY];
  uint8_t without[Q_LINK_KEY];
  uint8_t digest[Q_HASH_MAX];
  q_crypto_hash_once(Q_HASH_SHA256, digest, q->der);
  q_pki_link_cache_key(with, Q_LINK_RESPONSE_PQC, q_span_of(digest, Q_LINK_KEY), q->issuer->cert->der);
  q_pki_link_cache_key(without, Q_LINK_RESPONSE, q_span_of(digest, Q_LINK_KEY), q->issuer->cert->der);
  *pqc = q_pki_link_cache_knows(&q->signer_until, memory, with, q->terms->now);
  if (*pqc || (!q->terms->pqc_needed && q_pki_link_cache_knows(&q->signer_until, memory, without, q->terms->now))) {
    q->own = true;
    return QTLS_OK;
  }
  Q_TRY(check_signatures(pqc, q));
  q_pki_link_cache_keep(memory, *pqc ? with : without, q->signer_until);
  return QTLS_OK;
}

/*
 * RFC 6960 §4.2.2.2.1: was a certificate that may have signed this taken back? Also one
 * with id-pkix-ocsp-nocheck: it says that nobody has to ask, not that what is known be
 * passed over. Judged each time, since a newer list may tell of it.
 */
static qtls_err check_responders(const inquiry *q) {
  size_t tried = 0;
  for (size_t i = 0; q->terms->responder != NULL && i < q->response->cert_count && tried < TRIED_MOST; i++) {
    q_cert c;
    if (may_have_signed(&c, q, q->response->certs[i])) {
      tried++;
      const qtls_err err = q->terms->responder(q->terms->context, &c, q->issuer);
      if (err != QTLS_OK) {
        return err == QTLS_ERR_NO_MEMORY ? err : QTLS_ERR_OCSP_RESPONDER;
      }
    }
  }
  return QTLS_OK;
}

static qtls_err judge(qtls_status_result *out, inquiry *q) {
  const q_ocsp_response *r = q->response;
  const q_span nonce = q->terms->nonce;
  if (r->status != 0 || !q_base_span_equal(q->cert->issuer, q->issuer->cert->subject)) {
    return QTLS_ERR_OCSP_STATUS;
  }
  const qtls_err signatures = check_signatures_once(&out->pqc, q);
  if (signatures != QTLS_OK && (signatures != QTLS_ERR_STATUS_ALT || !q->own)) {
    return signatures;
  }
  Q_TRY(check_responders(q));
  const bool repeated = nonce.n == 0 || r->nonce.n == 0 || q_base_span_equal(nonce, r->nonce);
  const qtls_err said = read_answers(out, q, repeated);
  /* A revocation needs no ML-DSA signature: whoever could forge it can bring about
   * no more than a refusal. */
  return signatures == QTLS_OK || said == QTLS_ERR_CERT_REVOKED ? said : signatures;
}

qtls_err q_pki_ocsp_judge(qtls_status_result *out, q_span response, const q_cert *cert, const q_dual_signer *issuer,
                          const q_ocsp_terms *terms) {
  q_ocsp_response r;
  *out = (qtls_status_result){.verdict = QTLS_ERR_OCSP_SIGNATURE};
  out->verdict = q_pki_ocsp_response_read(&r, response);
  if (out->verdict == QTLS_OK) {
    inquiry q = {&r, response, issuer, terms, cert, issuer->cert->not_after, false};
    out->verdict = QTLS_ERR_OCSP_SIGNATURE;
    out->verdict = judge(out, &q);
  }
  if (out->verdict != QTLS_OK && out->verdict != QTLS_ERR_CERT_REVOKED) { /* nothing of it counts */
    *out = (qtls_status_result){.verdict = out->verdict};
  }
  return out->verdict == QTLS_ERR_NO_MEMORY ? QTLS_ERR_NO_MEMORY : QTLS_OK;
}
