/* Owns the description of revocation lists, OCSP requests and responses. */
#include "pki/status_describe.h"

#include "pki/algorithm.h"
#include "pki/dn.h"
#include "pki/ocsp_der.h"

/* Entries shown; a list may hold a million. */
#define ENTRIES_SHOWN 1000

static void write_hex(q_doc *d, const char *name, q_span bytes) {
  if (bytes.n == 0) {
    return;
  }
  q_text text = {0};
  q_pki_text_hex(&text, bytes);
  q_pki_doc_built(d, name, &text);
}

static void write_name(q_doc *d, const char *name, q_span dn) {
  q_text text = {0};
  q_pki_dn_write(&text, dn);
  q_pki_doc_built(d, name, &text);
}

static void write_signatures(q_doc *d, const q_dual *dual) {
  q_pki_doc_text(d, "signature_algorithm", q_pki_algorithm_name(dual->algorithm));
  q_pki_doc_number(d, "signature_size", (int64_t)dual->signature.n);
  if (dual->alt_signature.n > 0) {
    q_pki_doc_text(d, "alt_signature_algorithm", q_pki_algorithm_name(dual->alt_algorithm));
    q_pki_doc_number(d, "alt_signature_size", (int64_t)dual->alt_signature.n);
  }
}

static void describe_crl(q_doc *d, const q_crl *crl) {
  q_pki_doc_open(d, NULL);
  q_pki_doc_text(d, "kind", "certificate revocation list");
  write_name(d, "issuer", crl->issuer);
  q_pki_doc_number(d, "number", (int64_t)(crl->number & INT64_MAX));
  q_pki_doc_time(d, "this_update", crl->this_update);
  if (crl->next_update != Q_TIME_NONE) {
    q_pki_doc_time(d, "next_update", crl->next_update);
  }
  write_hex(d, "authority_key_id", crl->aki);
  write_signatures(d, &crl->dual);
  q_pki_doc_number(d, "size", (int64_t)crl->der.n);
  q_pki_doc_bool(d, "usable", !crl->unusable);
  q_pki_doc_number(d, "revoked_count", (int64_t)crl->count);
  q_pki_doc_open_list(d, "revoked");
  for (size_t i = 0; i < crl->count && i < ENTRIES_SHOWN; i++) {
    const q_crl_entry *e = &crl->entries[i];
    q_pki_doc_open(d, NULL);
    write_hex(d, "serial", q_span_of(e->serial, e->serial_n));
    q_pki_doc_time(d, "when", e->when);
    q_pki_doc_text(d, "reason", q_pki_reason_name(e->reason));
    q_pki_doc_close(d);
  }
  q_pki_doc_close(d);
  q_pki_doc_close(d);
}

static void write_id(q_doc *d, const q_ocsp_id *id) {
  q_pki_doc_text(d, "hash", q_pki_oid_name(id->hash));
  write_hex(d, "issuer_name_hash", id->issuer_name);
  write_hex(d, "issuer_key_hash", id->issuer_key);
  write_hex(d, "serial", id->serial);
}

static void describe_request(q_doc *d, const q_ocsp_request *r) {
  CBS list = q_pki_cbs_of(r->list);
  q_ocsp_id id;
  q_pki_doc_open(d, NULL);
  q_pki_doc_text(d, "kind", "OCSP request");
  write_hex(d, "nonce", r->nonce);
  q_pki_doc_open_list(d, "certificates");
  while (CBS_len(&list) > 0 && q_pki_ocsp_request_next(&id, &list)) {
    q_pki_doc_open(d, NULL);
    write_id(d, &id);
    q_pki_doc_close(d);
  }
  q_pki_doc_close(d);
  q_pki_doc_close(d);
}

static void write_single(q_doc *d, const q_ocsp_single *s) {
  static const char *const states[] = {"good", "revoked", "unknown"};
  q_pki_doc_open(d, NULL);
  write_id(d, &s->id);
  q_pki_doc_text(d, "state", states[s->state]);
  if (s->state == QTLS_OCSP_revoked) {
    q_pki_doc_time(d, "revoked_at", s->revoked_at);
    q_pki_doc_text(d, "reason", q_pki_reason_name((int)s->reason));
  }
  q_pki_doc_time(d, "this_update", s->this_update);
  if (s->next_update != Q_TIME_NONE) {
    q_pki_doc_time(d, "next_update", s->next_update);
  }
  q_pki_doc_close(d);
}

static void describe_response(q_doc *d, const q_ocsp_response *r) {
  static const char *const statuses[] = {"successful", "malformedRequest", "internalError", "tryLater",
                                         "",           "sigRequired",      "unauthorized"};
  q_pki_doc_open(d, NULL);
  q_pki_doc_text(d, "kind", "OCSP response");
  q_pki_doc_text(d, "status", statuses[r->status]);
  if (r->status == 0) {
    CBS answers = q_pki_cbs_of(r->answers);
    q_ocsp_single single;
    if (r->by_name.n > 0) {
      write_name(d, "responder_name", r->by_name);
    }
    write_hex(d, "responder_key_hash", r->by_key);
    q_pki_doc_time(d, "produced_at", r->produced_at);
    write_hex(d, "nonce", r->nonce);
    write_signatures(d, &r->dual);
    q_pki_doc_number(d, "certificate_count", (int64_t)r->cert_count);
    q_pki_doc_open_list(d, "answers");
    while (CBS_len(&answers) > 0 && q_pki_ocsp_single_next(&single, &answers)) {
      write_single(d, &single);
    }
    q_pki_doc_close(d);
  }
  q_pki_doc_close(d);
}

/* DER of its own length: a PEM text is never that. */
static bool is_der(q_span file) {
  CBS content;
  return q_pki_der_only(&content, file, CBS_ASN1_SEQUENCE);
}

static qtls_err describe_list(q_doc *d, q_span der) {
  q_crl crl;
  qtls_err err = q_pki_crl_parse(&crl, der);
  if (err == QTLS_OK) {
    describe_crl(d, &crl);
  }
  q_pki_crl_free(&crl);
  return err;
}

qtls_err q_pki_status_describe(q_doc *d, q_span pem_or_der) {
  q_ocsp_request request;
  q_ocsp_response response;
  if (is_der(pem_or_der)) {
    if (q_pki_ocsp_response_read(&response, pem_or_der) == QTLS_OK) {
      describe_response(d, &response);
      return QTLS_OK;
    }
    if (q_pki_ocsp_request_read(&request, pem_or_der) == QTLS_OK) {
      describe_request(d, &request);
      return QTLS_OK;
    }
    return describe_list(d, pem_or_der);
  }
  Q_AUTO_FREE uint8_t *der = NULL;
  size_t n = 0;
  size_t line = 0;
  Q_TRY(q_pki_crl_bytes(&der, &n, &line, pem_or_der));
  return describe_list(d, q_span_of(der, n));
}
