/* Owns the extensions of the entries of a received Certificate (RFC 8446
 * §4.4.2.1): staples and timestamps, where they were asked for. What was not is
 * refused. */
#include "handshake/t13/t13.h"
#include "wire/certificate.h"
#include "wire/ext/ext_codec.h"

/* A client asks in its hello, a server in its CertificateRequest. */
static bool asked(const q_machine *m, uint16_t type) {
  if (type == Q_EXT_STATUS_REQUEST) {
    return m->config->revocation != Q_REVOCATION_OFF;
  }
  return type == Q_EXT_SCT && m->role == QTLS_CLIENT && m->config->ct_least > 0;
}

/* Room for them, which most chains do not need. */
static qtls_err make_room(q_machine *m) {
  if (m->hs->entries == NULL) {
    m->hs->entries = q_arena_alloc(&m->arena, sizeof *m->hs->entries);
  }
  return m->hs->entries == NULL ? QTLS_ERR_NO_MEMORY : QTLS_OK;
}

static qtls_err take(q_machine *m, size_t at, uint16_t type, q_span body) {
  if (!asked(m, type)) {
    return q_machine_refuse_code(m, QTLS_ERR_EXT_NOT_OFFERED, "in Certificate: extension", type);
  }
  Q_TRY(make_room(m));
  q_entries *entries = m->hs->entries;
  if (type == Q_EXT_STATUS_REQUEST) {
    q_span response = {NULL, 0};
    Q_TRY(q_wire_certificate_status_read(&response, body));
    entries->staples[entries->count++] = (q_status_evidence){.index = at, .bytes = response, .stapled = true};
  } else if (at == 0) {
    entries->sct = body;
  }
  return QTLS_OK;
}

/* Each type once in an entry (RFC 8446 §4.2); of those that pass there are two. */
static qtls_err take_entry(q_machine *m, size_t at, q_span extensions) {
  q_ext_set set = {0, {0}, {{NULL, 0}}};
  q_reader r = extensions;
  while (r.n > 0) {
    uint16_t type = 0;
    q_span body = {NULL, 0};
    Q_TRY(q_read_u16(&r, &type));
    Q_TRY(q_read_vec16(&r, &body, 0, 65535));
    if (q_wire_extension_find(&set, type) != NULL) {
      return QTLS_ERR_EXT_DUPLICATE;
    }
    set.type[set.count] = type;
    set.body[set.count] = body;
    set.count++;
    Q_TRY(q_wire_extensions_check(&set, Q_IN_CT));
    Q_TRY(take(m, at, type, body));
  }
  return QTLS_OK;
}

qtls_err q_t13_take_entries(q_machine *m, const q_certificate_list *list) {
  m->hs->entries = NULL;
  for (size_t i = 0; i < list->count; i++) {
    if (list->extensions[i].n > 0) {
      Q_TRY(take_entry(m, i, list->extensions[i]));
    }
  }
  return QTLS_OK;
}
