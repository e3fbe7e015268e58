/*
 * Owns server_name (RFC 6066 §3): one host name and what may be in it. Must not
 * compare it with anything.
 */
#include "wire/ext/ext_codec.h"

#define TYPE_HOST_NAME 0
#define HOST_NAME_MAX_LENGTH 255

/* Digits and dots alone are an IPv4 literal in one of its spellings, and a
 * colon stands in IPv6 only: neither is a host name (RFC 6066 §3). */
static bool is_host_name(q_span name) {
  bool digits_only = true;
  for (size_t i = 0; i < name.n; i++) {
    uint8_t c = name.p[i];
    /* Blanks and controls would go into logs, a NUL would cut the name short. */
    if (c <= 0x20 || c >= 0x7F || c == ':') {
      return false;
    }
    digits_only = digits_only && (c == '.' || (c >= '0' && c <= '9'));
  }
  return name.n > 0 && name.n <= HOST_NAME_MAX_LENGTH && !digits_only;
}

qtls_err q_wire_server_name_read(q_span *name, q_span body) {
  q_reader r = body;
  q_reader list = {NULL, 0};
  uint8_t type = 0;
  Q_TRY(q_read_vec16(&r, &list, 1, UINT16_MAX));
  Q_TRY(q_read_end(&r));
  Q_TRY(q_read_u8(&list, &type));
  /* No other type was ever defined, so none has a known form to skip. */
  if (type != TYPE_HOST_NAME) {
    return QTLS_ERR_SERVER_NAME_BAD;
  }
  Q_TRY(q_read_vec16(&list, name, 0, UINT16_MAX));
  if (list.n > 0 || !is_host_name(*name)) {
    return QTLS_ERR_SERVER_NAME_BAD;
  }
  return QTLS_OK;
}

void q_wire_server_name_write(q_writer *w, q_span name) {
  q_mark list = q_write_open(w, 2);
  q_write_u8(w, TYPE_HOST_NAME);
  q_write_vec(w, 2, name);
  q_write_close(w, list);
}
