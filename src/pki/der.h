/*
 * Owns the small steps between spans and AWS-LC's byte strings (CBS), which
 * read strict DER only. Must not know what a certificate is.
 */
#ifndef Q_PKI_DER_H
#define Q_PKI_DER_H

#include <openssl/bytestring.h>

#include "pki/oid.h"

static inline CBS q_pki_cbs_of(q_span s) {
  CBS c;
  CBS_init(&c, s.p, s.n);
  return c;
}

static inline q_span q_pki_span_of(const CBS *c) { return q_span_of(CBS_data(c), CBS_len(c)); }

/* `der` is one element of `tag` and nothing after it; its content to `out`. */
bool q_pki_der_only(CBS *out, q_span der, CBS_ASN1_TAG tag);

/* Take an OBJECT IDENTIFIER off `in`; `content` may be NULL. */
bool q_pki_der_oid(q_oid *out, q_span *content, CBS *in);

/* Take a NULL off `in`. */
bool q_pki_der_null(CBS *in);

/* Take the AlgorithmIdentifier of a hash off `in`: parameters NULL or absent (RFC 4055 §2.1). */
bool q_pki_der_hash(q_oid *out, CBS *in);

/* Take a BIT STRING of whole octets off `in`; its octets to `out`. */
bool q_pki_der_octet_bits(q_span *out, CBS *in);

/* Take a BOOLEAN DEFAULT FALSE off `in`: absent, or TRUE as DER writes it. */
bool q_pki_der_default_false(bool *out, CBS *in);

#endif
