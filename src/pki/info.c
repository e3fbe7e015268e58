/* Owns what a certificate says, as strings and numbers. */
#include <string.h>

#include "crypto/hash.h"
#include "pki/algorithm.h"
#include "pki/alt.h"
#include "pki/dn.h"
#include "pki/info_parts.h"

qtls_err q_pki_info_keep(const char **out, q_arena *arena, q_text *text) {
  char *p = NULL;
  size_t n = 0;
  Q_TRY(q_pki_text_end(text, &p, &n));
  char *copy = q_arena_alloc(arena, n + 1);
  if (copy != NULL) {
    memcpy(copy, p, n);
  }
  q_free(p);
  *out = copy;
  return copy != NULL ? QTLS_OK : QTLS_ERR_NO_MEMORY;
}

static qtls_err keep_hex(const char **out, q_arena *arena, q_span bytes) {
  q_text t = {0};
  q_pki_text_hex(&t, bytes);
  return q_pki_info_keep(out, arena, &t);
}

static qtls_err keep_digest(const char **out, q_arena *arena, q_span bytes) {
  uint8_t digest[Q_HASH_MAX];
  q_crypto_hash_once(Q_HASH_SHA256, digest, bytes);
  return keep_hex(out, arena, q_span_of(digest, 32));
}

static qtls_err keep_dn(const char **out, q_arena *arena, q_span name) {
  q_text t = {0};
  q_pki_dn_write(&t, name);
  return q_pki_info_keep(out, arena, &t);
}

/* Names of the bits that are set, with commas between. */
static qtls_err keep_bits(const char **out, q_arena *arena, unsigned bits, const char *const *names, size_t count) {
  q_text t = {0};
  for (size_t i = 0; i < count; i++) {
    if ((bits >> i & 1) != 0) {
      q_pki_text_add(&t, t.n > 0 ? ", " : "");
      q_pki_text_add(&t, names[i]);
    }
  }
  return q_pki_info_keep(out, arena, &t);
}

static const char *const usages[] = {"digitalSignature", "contentCommitment", "keyEncipherment",
                                     "dataEncipherment", "keyAgreement",      "keyCertSign",
                                     "cRLSign",          "encipherOnly",      "decipherOnly"};
static const char *const ext_usages[] = {"serverAuth", "clientAuth", "OCSPSigning", "anyExtendedKeyUsage", "others"};

static qtls_err make_key(qtls_cert_info *out, const q_cert *c) {
  q_pubkey *key = NULL;
  qtls_err err = q_crypto_pubkey_from_spki(&key, c->spki);
  if (err == QTLS_OK) {
    out->key_type = q_key_type_name(q_crypto_pubkey_type(key));
    out->key_bits = q_crypto_pubkey_bits(key);
  } else {
    out->key_type = err == QTLS_ERR_CERT_WEAK ? "too weak" : "unknown";
  }
  q_crypto_pubkey_free(key);
  return err == QTLS_ERR_NO_MEMORY ? err : QTLS_OK;
}

static qtls_err make_alt(qtls_cert_info *out, q_arena *arena, const q_cert *c) {
  if (c->alt_spki.n > 0) {
    out->alt_key_type = q_key_type_name(q_pki_alt_spki_type(c->alt_spki));
    out->alt_key_size = c->alt_spki.n;
    Q_TRY(keep_digest(&out->alt_key_sha256, arena, c->alt_spki));
  }
  if (c->alt_signature.n > 0) {
    out->alt_signature_algorithm = q_pki_algorithm_name(c->alt_sig_alg);
    out->alt_signature_size = c->alt_signature.n;
  }
  return QTLS_OK;
}

static qtls_err make_extensions(qtls_cert_info *out, q_arena *arena, const q_cert *c) {
  out->is_authority = c->is_ca;
  out->has_path_length = c->has_path_len;
  out->path_length = c->path_len;
  out->unknown_critical = c->unknown_critical;
  if (c->has_key_usage) {
    Q_TRY(keep_bits(&out->key_usage, arena, c->key_usage, usages, Q_COUNT(usages)));
  }
  if (c->has_eku) {
    Q_TRY(keep_bits(&out->ext_key_usage, arena, c->eku, ext_usages, Q_COUNT(ext_usages)));
  }
  if (c->ski.n > 0) {
    Q_TRY(keep_hex(&out->key_id, arena, c->ski));
  }
  if (c->aki.n > 0) {
    Q_TRY(keep_hex(&out->authority_key_id, arena, c->aki));
  }
  Q_TRY(q_pki_info_names(&out->names, &out->name_count, arena, c->san));
  Q_TRY(q_pki_info_status(out, arena, c));
  return make_alt(out, arena, c);
}

qtls_err q_pki_info_make(qtls_cert_info *out, q_arena *arena, const q_cert *c) {
  *out = (qtls_cert_info){0};
  Q_TRY(keep_dn(&out->subject, arena, c->subject));
  Q_TRY(keep_dn(&out->issuer, arena, c->issuer));
  Q_TRY(keep_hex(&out->serial, arena, c->serial));
  Q_TRY(keep_digest(&out->sha256, arena, c->der));
  Q_TRY(keep_digest(&out->key_sha256, arena, c->spki));
  Q_TRY(make_key(out, c));
  out->not_before = c->not_before;
  out->not_after = c->not_after;
  out->signature_algorithm = q_pki_algorithm_name(c->sig_alg);
  out->self_issued = q_base_span_equal(c->issuer, c->subject);
  out->size = c->der.n;
  out->key_size = c->spki.n;
  out->signature_size = c->signature.n;
  return make_extensions(out, arena, c);
}
