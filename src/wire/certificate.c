/*
 * Owns Certificate (RFC 8446 §4.4.2): the list of entries. Must not look into
 * a certificate, nor into the extensions of an entry.
 */
#include "wire/certificate.h"

#include "wire/ext/ext_codec.h"

#define LENGTH24_MAX 0xFFFFFF

qtls_err q_wire_certificate_read(q_certificate_list *out, q_span body) {
  q_reader r = body;
  q_reader list = {NULL, 0};
  out->count = 0;
  Q_TRY(q_read_vec8(&r, &out->context, 0, UINT8_MAX));
  Q_TRY(q_read_vec24(&r, &list, 0, LENGTH24_MAX));
  Q_TRY(q_read_end(&r));
  while (list.n > 0) {
    q_span der = {NULL, 0};
    q_span extensions = {NULL, 0};
    Q_TRY(q_read_vec24(&list, &der, 1, LENGTH24_MAX));
    Q_TRY(q_read_vec16(&list, &extensions, 0, UINT16_MAX));
    if (out->count == Q_CERTIFICATES_MAX) {
      return QTLS_ERR_CERT_MANY;
    }
    out->der[out->count] = der;
    out->extensions[out->count] = extensions;
    out->count++;
  }
  return QTLS_OK;
}

void q_wire_certificate_write(q_writer *w, q_span context, const q_span *der, size_t count, q_span staple) {
  q_write_vec(w, 1, context);
  q_mark list = q_write_open(w, 3);
  for (size_t i = 0; i < count; i++) {
    q_write_vec(w, 3, der[i]);
    q_mark extensions = q_write_open(w, 2);
    if (i == 0 && staple.n > 0) {
      q_mark body = q_wire_extension_open(w, Q_EXT_STATUS_REQUEST);
      q_wire_certificate_status_write(w, staple);
      q_write_close(w, body);
    }
    q_write_close(w, extensions);
  }
  q_write_close(w, list);
}
