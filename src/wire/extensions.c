/*
 * Owns extension blocks (RFC 8446 §4.2): the list, its limits and where each
 * type may stand. Must not look inside a body.
 */
#include "wire/extensions.h"

static qtls_err add(q_ext_set *out, uint16_t type, q_span body) {
  /* RFC 8446 §4.2: no type twice in a block, known or not. */
  if (q_wire_extension_find(out, type) != NULL) {
    return QTLS_ERR_EXT_DUPLICATE;
  }
  /* Q-TLS §11: also keeps the search above short. */
  if (out->count == Q_EXT_MAX) {
    return QTLS_ERR_EXT_MANY;
  }
  out->type[out->count] = type;
  out->body[out->count] = body;
  out->count++;
  return QTLS_OK;
}

qtls_err q_wire_extensions_read(q_ext_set *out, q_reader *r) {
  out->count = 0;
  q_reader block;
  Q_TRY(q_read_vec16(r, &block, 0, UINT16_MAX));
  while (block.n > 0) {
    uint16_t type = 0;
    q_span body = {NULL, 0};
    Q_TRY(q_read_u16(&block, &type));
    Q_TRY(q_read_vec16(&block, &body, 0, UINT16_MAX));
    Q_TRY(add(out, type, body));
  }
  return QTLS_OK;
}

const q_span *q_wire_extension_find(const q_ext_set *set, uint16_t type) {
  for (size_t i = 0; i < set->count; i++) {
    if (set->type[i] == type) {
      return &set->body[i];
    }
  }
  return NULL;
}

qtls_err q_wire_extensions_check(const q_ext_set *set, unsigned where) {
  for (size_t i = 0; i < set->count; i++) {
    const q_ext_row *row = q_ext_find(set->type[i]);
    /* RFC 8446 §4.2: a recognised type outside its messages is fatal. */
    if (row != NULL && (row->where & where) == 0) {
      return QTLS_ERR_EXT_MISPLACED;
    }
  }
  return QTLS_OK;
}

q_mark q_wire_extension_open(q_writer *w, uint16_t type) {
  q_write_u16(w, type);
  return q_write_open(w, 2);
}
