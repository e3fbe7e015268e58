/*
 * Owns CertificateVerify (RFC 8446 §4.4.3) and the content that is signed. Must
 * not verify anything.
 */
#include "wire/certificate_verify.h"

#include <string.h>

#define PAD_LENGTH 64
#define CONTEXT_LENGTH 33

qtls_err q_wire_certificate_verify_read(q_certificate_verify *out, q_span body) {
  q_reader r = body;
  Q_TRY(q_read_u16(&r, &out->scheme));
  Q_TRY(q_read_vec16(&r, &out->signature, 0, UINT16_MAX));
  return q_read_end(&r);
}

void q_wire_certificate_verify_write(q_writer *w, const q_certificate_verify *in) {
  q_write_u16(w, in->scheme);
  q_write_vec(w, 2, in->signature);
}

size_t q_wire_signed_content(uint8_t out[Q_SIGNED_CONTENT_MAX], bool by_server, q_span transcript_hash) {
  static const char server[] = "TLS 1.3, server CertificateVerify";
  static const char client[] = "TLS 1.3, client CertificateVerify";
  _Static_assert(sizeof server == CONTEXT_LENGTH + 1 && sizeof client == sizeof server, "context and its zero");
  /* No hash is longer; an empty content makes every signature fail. */
  if (transcript_hash.n == 0 || transcript_hash.n > Q_HASH_MAX) {
    return 0;
  }
  /* RFC 8446 §4.4.3: 64 spaces, the context string, a zero byte, the hash. */
  memset(out, 0x20, PAD_LENGTH);
  memcpy(out + PAD_LENGTH, by_server ? server : client, sizeof server);
  memcpy(out + PAD_LENGTH + sizeof server, transcript_hash.p, transcript_hash.n);
  return PAD_LENGTH + sizeof server + transcript_hash.n;
}
