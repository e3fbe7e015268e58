/*
 * Owns Certificate (RFC 8446 §4.4.2), CompressedCertificate (RFC 8879 §4) and
 * CertificateRequest (RFC 8446 §4.3.2).
 */
#ifndef Q_WIRE_CERTIFICATE_H
#define Q_WIRE_CERTIFICATE_H

#include "wire/extensions.h"

/* Q-TLS §11: certificates in one chain. */
#define Q_CERTIFICATES_MAX 10

typedef struct q_certificate_list {
  q_span context;
  size_t count;
  q_span der[Q_CERTIFICATES_MAX];
  q_span extensions[Q_CERTIFICATES_MAX]; /* content of each entry's block, unread */
} q_certificate_list;

/* CERT_MANY beyond Q_CERTIFICATES_MAX; an entry of length 0 is DECODE. */
QTLS_MUST_USE qtls_err q_wire_certificate_read(q_certificate_list *out, q_span body);
/* The body alone; no entry has an extension, but for the leaf's when there is an
 * OCSP response to staple (RFC 8446 §4.4.2.1). */
void q_wire_certificate_write(q_writer *w, q_span context, const q_span *der, size_t count, q_span staple);

typedef struct q_compressed_certificate {
  uint16_t algorithm;
  uint32_t length; /* of the Certificate body once expanded */
  q_span data;
} q_compressed_certificate;
QTLS_MUST_USE qtls_err q_wire_compressed_certificate_read(q_compressed_certificate *out, q_span body);
void q_wire_compressed_certificate_write(q_writer *w, const q_compressed_certificate *in);

typedef struct q_certificate_request {
  q_span context;
  q_ext_set extensions;
} q_certificate_request;
QTLS_MUST_USE qtls_err q_wire_certificate_request_read(q_certificate_request *out, q_span body);

#endif
