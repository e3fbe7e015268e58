/* Owns the checks of an extension block that the message targets share. */
#ifndef Q_FUZZ_EXTENSIONS_H
#define Q_FUZZ_EXTENSIONS_H

#include "fuzz.h"
#include "wire/extensions.h"

/* Every body lies inside the message, no type stands twice, and each place has
 * one verdict. */
static inline void fuzz_extensions_check(const q_ext_set *set, q_span whole) {
  FUZZ_CHECK(set->count <= Q_EXT_MAX);
  for (size_t i = 0; i < set->count; i++) {
    fuzz_inside(set->body[i], whole);
    FUZZ_CHECK(q_wire_extension_find(set, set->type[i]) == &set->body[i]);
  }
  for (unsigned where = 1; where <= Q_IN_NST; where <<= 1) {
    qtls_err err = q_wire_extensions_check(set, where);
    FUZZ_CHECK(err == QTLS_OK || err == QTLS_ERR_EXT_MISPLACED);
  }
}

/* Writes the extensions one after another, without the block's length. */
static inline void fuzz_extensions_write(q_writer *w, const q_ext_set *set) {
  for (size_t i = 0; i < set->count; i++) {
    q_mark mark = q_wire_extension_open(w, set->type[i]);
    q_write_bytes(w, set->body[i]);
    q_write_close(w, mark);
  }
}

#endif
