/* Owns a certificate's facts as a document. */
#include "pki/info.h"

#include <string.h>

void q_pki_info_key(q_doc *d, const char *name, const char *type, unsigned bits) {
  q_pki_doc_open(d, name);
  q_pki_doc_text(d, "type", type);
  if (bits > 0) {
    q_pki_doc_number(d, "bits", bits);
  }
  q_pki_doc_close(d);
}

static void write_size(q_doc *d, const char *name, size_t n) { q_pki_doc_number(d, name, (int64_t)n); }

static void write_keys(q_doc *d, const qtls_cert_info *info) {
  q_pki_doc_open(d, "key");
  q_pki_doc_text(d, "type", info->key_type);
  if (info->key_bits > 0) {
    q_pki_doc_number(d, "bits", info->key_bits);
  }
  write_size(d, "bytes", info->key_size);
  q_pki_doc_text(d, "sha256", info->key_sha256);
  q_pki_doc_close(d);
  q_pki_doc_open(d, "signature");
  q_pki_doc_text(d, "algorithm", info->signature_algorithm);
  write_size(d, "bytes", info->signature_size);
  q_pki_doc_close(d);
  if (info->alt_key_type != NULL) {
    q_pki_doc_open(d, "alternative_key");
    q_pki_doc_text(d, "type", info->alt_key_type);
    write_size(d, "bytes", info->alt_key_size);
    q_pki_doc_text(d, "sha256", info->alt_key_sha256);
    q_pki_doc_close(d);
  }
  if (info->alt_signature_algorithm != NULL) {
    q_pki_doc_open(d, "alternative_signature");
    q_pki_doc_text(d, "algorithm", info->alt_signature_algorithm);
    write_size(d, "bytes", info->alt_signature_size);
    q_pki_doc_close(d);
  }
}

void q_pki_info_write_list(q_doc *d, const char *name, const char *const *texts, size_t count) {
  if (count == 0) {
    return;
  }
  q_pki_doc_open_list(d, name);
  for (size_t i = 0; i < count; i++) {
    q_pki_doc_text(d, NULL, texts[i]);
  }
  q_pki_doc_close(d);
}

void q_pki_info_write(q_doc *d, const qtls_cert_info *info) {
  q_pki_doc_text(d, "subject", info->subject);
  q_pki_doc_text(d, "issuer", info->issuer);
  q_pki_doc_text(d, "serial", info->serial);
  q_pki_doc_time(d, "not_before", info->not_before);
  q_pki_doc_time(d, "not_after", info->not_after);
  q_pki_info_write_list(d, "names", info->names, info->name_count);
  q_pki_doc_bool(d, "authority", info->is_authority);
  if (info->has_path_length) {
    q_pki_doc_number(d, "path_length", info->path_length);
  }
  q_pki_doc_text(d, "key_usage", info->key_usage);
  q_pki_doc_text(d, "extended_key_usage", info->ext_key_usage);
  q_pki_doc_text(d, "name_constraints", info->name_constraints);
  q_pki_info_write_list(d, "ocsp_urls", info->ocsp_urls, info->ocsp_url_count);
  q_pki_info_write_list(d, "issuer_urls", info->issuer_urls, info->issuer_url_count);
  q_pki_info_write_list(d, "crl_urls", info->crl_urls, info->crl_url_count);
  if (info->must_staple) {
    q_pki_doc_bool(d, "must_staple", true);
  }
  if (info->ocsp_nocheck) {
    q_pki_doc_bool(d, "ocsp_nocheck", true);
  }
  if (info->unknown_critical) {
    q_pki_doc_bool(d, "unknown_critical_extension", true);
  }
  write_keys(d, info);
  q_pki_doc_text(d, "key_identifier", info->key_id);
  q_pki_doc_text(d, "authority_key_identifier", info->authority_key_id);
  write_size(d, "bytes", info->size);
  q_pki_doc_text(d, "sha256", info->sha256);
}
