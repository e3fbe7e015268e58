/*
 * Owns the verdict on the other side's CertificateVerify (RFC 8446 §4.4.3, Q-TLS §4).
 * Per algorithm, over the whole path: good means the certificates' links and
 * this signature, never a mix. The verdict starts as failure.
 */
#include <string.h>

#include "handshake/t13/t13.h"

/* What this side takes: a client offered it, a server asked with it. */
static bool was_asked(const q_machine *m, uint16_t code) {
  if (m->role == QTLS_CLIENT) {
    return q_policy_has(&m->hs->offer.schemes, code);
  }
  q_codes asked;
  q_policy_request_schemes(&asked, &m->config->settings, m->is.protocol, m->is.suite->code == Q_SUITE_QTLS_HYBRID);
  return q_policy_has(&asked, code);
}

/* Offered, of this protocol, of the kind the suite asks (Q-TLS §4). */
static qtls_err check_scheme(q_machine *m, const q_scheme *scheme, uint16_t code) {
  if (scheme == NULL || !was_asked(m, code) || (scheme->protocols & m->is.protocol) == 0) {
    return q_machine_refuse_code(m, QTLS_ERR_SIG_SCHEME, "scheme", code);
  }
  bool hybrid_suite = m->is.suite->code == Q_SUITE_QTLS_HYBRID;
  if (q_scheme_is_hybrid(scheme) != hybrid_suite) {
    return q_machine_refuse_code(m, QTLS_ERR_SIG_SCHEME, "the suite does not allow scheme", code);
  }
  return QTLS_OK;
}

static bool key_is(const q_pubkey *key, q_key_type type) { return key != NULL && q_crypto_pubkey_type(key) == type; }

static qtls_err verify_single(q_signed *out, q_machine *m, const q_scheme *scheme, q_span content, q_span signature) {
  const q_pki_verdict *v = &m->hs->verdict;
  const q_pubkey *key = m->hs->leaf_alternative ? v->alt_key : v->key;
  if (!key_is(key, scheme->key)) {
    return q_machine_refuse(m, QTLS_ERR_SIG_SCHEME_KEY, scheme->name);
  }
  qtls_err err = q_crypto_verify(key, scheme->alg, content, signature);
  if (q_scheme_is_pqc(scheme)) {
    out->pqc = err;
  } else {
    out->classical = err;
  }
  return QTLS_OK;
}

static qtls_err verify_hybrid(q_signed *out, q_machine *m, const q_scheme *scheme, q_span content, q_span signature) {
  const q_pki_verdict *v = &m->hs->verdict;
  if (!key_is(v->key, scheme->key) || !key_is(v->alt_key, scheme->pqc_key)) {
    return q_machine_refuse(m, QTLS_ERR_SIG_SCHEME_KEY, scheme->name);
  }
  q_hybrid_signature parts;
  Q_TRY(q_wire_hybrid_signature_read(&parts, scheme, q_crypto_mldsa_signature_size(scheme->pqc_key), signature));
  /* Only the key tells how long a signature of RSA has to be (RFC 8017 §8.1). */
  if (scheme->key == Q_KEY_RSA && parts.classical.n != (q_crypto_pubkey_bits(v->key) + 7) / 8) {
    return QTLS_ERR_SIG_HYBRID_FORM;
  }
  uint8_t der[2 * 48 + 9];
  size_t der_n = 0;
  q_span classical = parts.classical;
  if (scheme->key == Q_KEY_EC_P384) {
    Q_TRY(q_crypto_ecdsa_to_der(der, &der_n, sizeof der, parts.classical));
    classical = q_span_of(der, der_n);
  }
  /* Both are always computed: the outcome of one never hides the other. */
  out->pqc = q_crypto_verify(v->alt_key, Q_SIG_MLDSA, content, parts.pqc);
  out->classical = q_crypto_verify(v->key, scheme->alg, content, classical);
  return QTLS_OK;
}

static qtls_signature_verdict tell(bool there, bool good) {
  if (!there) {
    return QTLS_SIGNATURE_absent;
  }
  return good ? QTLS_SIGNATURE_verified : QTLS_SIGNATURE_refused;
}

/* A client is told about its server, a server about its client. */
static void note(q_machine *m, qtls_signature_verdict classical, qtls_signature_verdict pqc) {
  if (m->role == QTLS_CLIENT) {
    m->is.classical_signature = classical;
    m->is.pqc_signature = pqc;
  } else if (m->hs->candidate != NULL) {
    m->hs->candidate->classical_signature = classical;
    m->hs->candidate->pqc_signature = pqc;
  }
}

static qtls_err decide_hybrid(q_machine *m) {
  const q_signed *sig = &m->hs->signed_by;
  const q_pki_verdict *path = &m->hs->verdict;
  bool classical = sig->classical == QTLS_OK && path->primary == QTLS_OK;
  bool pqc = sig->pqc == QTLS_OK && path->alternative == QTLS_OK;
  note(m, tell(true, classical), tell(true, pqc));
  bool any = m->is.policy == QTLS_POLICY_require_any;
  /* §1: the floor holds under any policy. */
  if (any && !pqc && classical && m->config->settings.floor >= QTLS_FLOOR_pq_auth) {
    return q_machine_refuse(m, QTLS_ERR_FLOOR, "the floor asks for an ML-DSA signature that is right");
  }
  if (any ? classical || pqc : classical && pqc) {
    return q_t13_check_pins(m, classical, pqc);
  }
  if (sig->pqc != QTLS_OK) {
    return QTLS_ERR_SIG_PQC;
  }
  if (sig->classical != QTLS_OK) {
    return QTLS_ERR_SIG_CLASSICAL;
  }
  return path->primary != QTLS_OK ? path->primary : path->alternative;
}

static qtls_err decide_single(q_machine *m) {
  const q_signed *sig = &m->hs->signed_by;
  const q_pki_verdict *path = &m->hs->verdict;
  qtls_err chain = m->hs->leaf_alternative ? path->alternative : path->primary;
  bool pqc = q_scheme_is_pqc(sig->scheme);
  qtls_err signature = pqc ? sig->pqc : sig->classical;
  bool good = signature == QTLS_OK && chain == QTLS_OK;
  note(m, tell(!pqc, good), tell(pqc, good));
  if (good) {
    return q_t13_check_pins(m, !m->hs->leaf_alternative, m->hs->leaf_alternative);
  }
  return signature != QTLS_OK ? signature : chain;
}

qtls_err q_t13_decide(q_machine *m) {
  if (m->hs->signed_by.scheme == NULL) {
    return QTLS_ERR_INTERNAL;
  }
  return q_scheme_is_hybrid(m->hs->signed_by.scheme) ? decide_hybrid(m) : decide_single(m);
}

qtls_err q_t13_recv_certificate_verify(q_machine *m, const q_message *msg) {
  q_certificate_verify cv;
  Q_TRY(q_wire_certificate_verify_read(&cv, msg->body));
  const q_scheme *scheme = q_scheme_find(cv.scheme);
  Q_TRY(check_scheme(m, scheme, cv.scheme));
  uint8_t hash[Q_HASH_MAX];
  uint8_t content[Q_SIGNED_CONTENT_MAX];
  bool by_server = m->role == QTLS_CLIENT;
  size_t hash_n = q_keys_transcript_hash(&m->hs->transcript, hash);
  q_span signed_content = q_span_of(content, q_wire_signed_content(content, by_server, q_span_of(hash, hash_n)));
  q_signed *sig = &m->hs->signed_by;
  *sig = (q_signed){NULL, QTLS_ERR_SIG_CLASSICAL, QTLS_ERR_SIG_PQC};
  if (m->role == QTLS_CLIENT) {
    m->is.scheme = scheme;
  }
  if (q_scheme_is_hybrid(scheme)) {
    Q_TRY(verify_hybrid(sig, m, scheme, signed_content, cv.signature));
  } else {
    Q_TRY(verify_single(sig, m, scheme, signed_content, cv.signature));
  }
  sig->scheme = scheme;
  Q_TRY(q_t13_decide(m));
  m->hs->proofs.signature = Q_PROVEN;
  q_keys_transcript_add(&m->hs->transcript, msg->whole);
  if (m->role == QTLS_CLIENT) {
    q_t13_after_certificate_verify(m, Q_STATE_WAIT_SERVER_FINISHED);
    return QTLS_OK;
  }
  /* Only now: whoever does not hold the key learns nothing about the rules. */
  Q_TRY(q_t13_let_in(m));
  q_t13_after_certificate_verify(m, m->hs->after ? Q_STATE_AUTH_FINISHED : Q_STATE_WAIT_CLIENT_FINISHED);
  return QTLS_OK;
}
