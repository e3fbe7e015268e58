/* Owns what a request says, as strings. */
#include "pki/csr_info.h"

#include "crypto/hash.h"
#include "pki/alt.h"
#include "pki/dn.h"
#include "pki/info_parts.h"
#include "pki/link.h"

static qtls_err keep_digest(const char **out, q_arena *arena, q_span spki) {
  uint8_t digest[Q_HASH_MAX];
  q_text t = {0};
  q_crypto_hash_once(Q_HASH_SHA256, digest, spki);
  q_pki_text_hex(&t, q_span_of(digest, 32));
  return q_pki_info_keep(out, arena, &t);
}

static qtls_err keep_attribute(const char **out, bool *tame, q_arena *arena, q_span subject, q_oid type) {
  q_text plain = {0};
  if (!q_pki_dn_find(&plain, subject, type)) {
    q_pki_text_free(&plain);
    return QTLS_OK;
  }
  q_text t = {0};
  q_pki_text_tame(&t, q_span_of(plain.p, plain.n));
  t.err = plain.err != QTLS_OK ? plain.err : t.err;
  *tame = *tame && q_base_span_equal(q_span_of(plain.p, plain.n), q_span_of(t.p, t.n));
  q_pki_text_free(&plain);
  return q_pki_info_keep(out, arena, &t);
}

qtls_err q_pki_csr_info_make(qtls_csr_info *out, bool *tame, q_arena *arena, const q_csr *csr) {
  q_text subject = {0};
  q_pubkey *key = NULL;
  *out = (qtls_csr_info){.must_staple = csr->must_staple, .is_authority = csr->is_ca};
  *tame = true;
  q_pki_dn_write(&subject, csr->subject);
  Q_TRY(q_pki_info_keep(&out->subject, arena, &subject));
  Q_TRY(keep_attribute(&out->common_name, tame, arena, csr->subject, Q_OID_COMMON_NAME));
  Q_TRY(keep_attribute(&out->organization, tame, arena, csr->subject, Q_OID_ORGANIZATION));
  Q_TRY(q_pki_info_names(&out->names, &out->name_count, arena, csr->san));
  Q_TRY(q_pki_link_key(&key, csr->spki));
  out->key_type = q_key_type_name(q_crypto_pubkey_type(key));
  q_crypto_pubkey_free(key);
  Q_TRY(keep_digest(&out->key_sha256, arena, csr->spki));
  if (csr->alt_spki.n == 0) {
    return QTLS_OK;
  }
  out->alt_key_type = q_key_type_name(q_pki_alt_spki_type(csr->alt_spki));
  return keep_digest(&out->alt_key_sha256, arena, csr->alt_spki);
}

static void write_key(q_doc *d, const char *name, const char *type, const char *sha256) {
  if (type == NULL) {
    return;
  }
  q_pki_doc_open(d, name);
  q_pki_doc_text(d, "type", type);
  q_pki_doc_text(d, "sha256", sha256);
  q_pki_doc_close(d);
}

void q_pki_csr_describe(q_doc *d, q_span der) {
  q_csr csr;
  q_arena arena = {0};
  qtls_csr_info info;
  bool tame = false;
  qtls_err err = q_pki_csr_parse(&csr, der);
  err = err == QTLS_OK ? q_pki_csr_prove(&csr) : err;
  err = err == QTLS_OK ? q_pki_csr_info_make(&info, &tame, &arena, &csr) : err;
  if (err != QTLS_OK) {
    q_pki_doc_unread(d, err);
  } else {
    q_pki_doc_text(d, "subject", info.subject);
    q_pki_info_write_list(d, "names", info.names, info.name_count);
    q_pki_doc_bool(d, "authority", info.is_authority);
    q_pki_doc_bool(d, "must_staple", info.must_staple);
    write_key(d, "key", info.key_type, info.key_sha256);
    write_key(d, "alternative_key", info.alt_key_type, info.alt_key_sha256);
  }
  q_arena_free(&arena);
}
