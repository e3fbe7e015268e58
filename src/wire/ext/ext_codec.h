/*
 * Owns the bodies of the standard extensions: one codec each, in a file named
 * after the extension. `read` takes the extension's whole body and refuses what
 * is left over; `write` writes the body alone (the caller opens and closes the
 * extension). No policy, no connection.
 */
#ifndef Q_WIRE_EXT_CODEC_H
#define Q_WIRE_EXT_CODEC_H

#include "wire/extensions.h"

/* server_name.c, RFC 6066 §3: the one host_name; SERVER_NAME_BAD for an empty
 * or over-long (255) name, one with blanks, controls or non-ASCII inside, two
 * names, a name of another type, an IP literal. */
QTLS_MUST_USE qtls_err q_wire_server_name_read(q_span *name, q_span body);
void q_wire_server_name_write(q_writer *w, q_span name);

/* codes16.c: supported_groups (RFC 8446 §4.2.7), signature_algorithms (§4.2.3,
 * also the _cert one): a list of uint16, at least one, as a span of codes. */
QTLS_MUST_USE qtls_err q_wire_codes16_read(q_span *codes, q_span body);
void q_wire_codes16_write(q_writer *w, const uint16_t *codes, size_t count);

/* alpn.c, RFC 7301: walk the names of a checked list; empty names are refused. */
QTLS_MUST_USE qtls_err q_wire_alpn_read(q_span *list, q_span body); /* content of ProtocolNameList */
bool q_wire_alpn_next(q_reader *list, q_span *name);
QTLS_MUST_USE qtls_err q_wire_alpn_read_one(q_span *name, q_span body); /* server's: exactly one */
void q_wire_alpn_write(q_writer *w, q_span list); /* `list`: names with their 1-byte lengths */

/* supported_versions.c, RFC 8446 §4.2.1. */
QTLS_MUST_USE qtls_err q_wire_versions_read(q_span *codes, q_span body);
QTLS_MUST_USE qtls_err q_wire_version_read(uint16_t *selected, q_span body);
void q_wire_versions_write(q_writer *w, const uint16_t *codes, size_t count);

/* key_share.c, RFC 8446 §4.2.8; Q-TLS §3. */
typedef struct q_key_share {
  uint16_t group;
  q_span data; /* at least one byte */
} q_key_share;
/* Client: entries one after another; an empty list is allowed. */
QTLS_MUST_USE qtls_err q_wire_key_shares_read(q_span *entries, q_span body);
bool q_wire_key_share_next(q_reader *entries, q_key_share *out);
/* ServerHello: exactly `count` (1, or 2 for 0x13F2) entries; bytes left: TRAILING. */
QTLS_MUST_USE qtls_err q_wire_key_share_server_read(q_key_share *out, size_t count, q_span body);
void q_wire_key_share_write(q_writer *w, const q_key_share *share);
/* HelloRetryRequest: exactly `count` groups; a body of another length: DECODE. */
QTLS_MUST_USE qtls_err q_wire_key_share_retry_read(uint16_t *groups, size_t count, q_span body);

/* cookie.c, RFC 8446 §4.2.2: at least one byte. */
QTLS_MUST_USE qtls_err q_wire_cookie_read(q_span *cookie, q_span body);
void q_wire_cookie_write(q_writer *w, q_span cookie);

/* psk.c: psk_key_exchange_modes (§4.2.9), list of bytes; pre_shared_key of a
 * ClientHello (§4.2.11) is checked for its form only (identities and binders
 * as many as each other, not empty, binders 32-255 bytes). */
QTLS_MUST_USE qtls_err q_wire_psk_modes_read(q_span *modes, q_span body);
QTLS_MUST_USE qtls_err q_wire_pre_shared_key_check(q_span body);

/* certificate_authorities.c, §4.2.4: list of DER names, each at least one byte;
 * else CERT_AUTHORITIES. */
QTLS_MUST_USE qtls_err q_wire_authorities_read(q_span *names, q_span body);

/* record_size_limit.c, RFC 8449 §4: RECORD_SIZE_LIMIT_VALUE below 64. */
QTLS_MUST_USE qtls_err q_wire_record_size_limit_read(uint16_t *limit, q_span body);

/* cert_compression.c: 27 (RFC 8879 §3: uint16 codes), 0xFF05 (Q-TLS §5: bytes). */
QTLS_MUST_USE qtls_err q_wire_compress_certificate_read(q_span *codes, q_span body);
void q_wire_compress_certificate_write(q_writer *w, const uint8_t *algorithms, size_t count);
QTLS_MUST_USE qtls_err q_wire_cert_compression_read(q_span *bytes, q_span body);
void q_wire_cert_compression_write(q_writer *w, const uint8_t *algorithms, size_t count);

/* status_request.c, RFC 6066 §8 in a ClientHello: *ocsp says whether an OCSP
 * response is asked for; responder ids and extensions are checked for their form. */
QTLS_MUST_USE qtls_err q_wire_status_request_read(bool *ocsp, q_span body);
void q_wire_status_request_write(q_writer *w);
/* CertificateStatus, in a Certificate's entry (RFC 8446 §4.4.2.1): the OCSP
 * response. OCSP_PARSE for a status of another type. */
QTLS_MUST_USE qtls_err q_wire_certificate_status_read(q_span *response, q_span body);
void q_wire_certificate_status_write(q_writer *w, q_span response);
/* padding, early_data, post_handshake_auth need no codec but emptiness: */
QTLS_MUST_USE qtls_err q_wire_empty_check(q_span body); /* TRAILING if not empty */

#endif
