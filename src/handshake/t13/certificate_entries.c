/* Owns the extensions of the entries of a received Certificate (RFC 8446
 * §4.4.2): what was not asked for is refused. */
#include "handshake/t13/t13.h"
#include "wire/certificate.h"

/* Entries carry no extension, because none was offered that could stand there. */
qtls_err q_t13_take_entries(q_machine *m, const q_certificate_list *list) {
  for (size_t i = 0; i < list->count; i++) {
    q_ext_set set = {0, {0}, {{NULL, 0}}};
    q_reader r = list->extensions[i];
    while (r.n > 0) {
      uint16_t type = 0;
      q_span body = {NULL, 0};
      Q_TRY(q_read_u16(&r, &type));
      Q_TRY(q_read_vec16(&r, &body, 0, 65535));
      set.count = 1;
      set.type[0] = type;
      Q_TRY(q_wire_extensions_check(&set, Q_IN_CT));
      return q_machine_refuse_code(m, QTLS_ERR_EXT_NOT_OFFERED, "in Certificate: extension", type);
    }
  }
  return QTLS_OK;
}
