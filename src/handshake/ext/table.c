/* Owns the table of extension behaviours and the walks over it. */
#include "handshake/ext/ext.h"

bool q_ext_always(const q_machine *m) {
  (void)m;
  return true;
}

/* clang-format off */
const q_ext_handler q_ext_handlers[] = {
    {Q_EXT_SERVER_NAME, q_ext_server_name_offers, q_ext_server_name_write_hello, q_ext_server_name_read_hello,
     Q_EXT_SERVER_NAME, q_ext_server_name_answers, q_ext_write_nothing, q_ext_server_name_read_answer},
    {Q_EXT_SUPPORTED_GROUPS, q_ext_always, q_ext_groups_write_hello, q_ext_groups_read_hello,
     Q_EXT_SUPPORTED_GROUPS, NULL, NULL, q_ext_groups_read_answer},
    {Q_EXT_SIGNATURE_ALGORITHMS, q_ext_always, q_ext_schemes_write_hello, q_ext_schemes_read_hello,
     0, NULL, NULL, NULL},
    {Q_EXT_SUPPORTED_VERSIONS, q_ext_always, q_ext_versions_write_hello, q_ext_versions_read_hello,
     0, NULL, NULL, NULL},
    {Q_EXT_KEY_SHARE, q_ext_always, q_ext_key_share_write_hello, q_ext_key_share_read_hello,
     0, NULL, NULL, NULL},
    {Q_EXT_ALPN, q_ext_alpn_offers, q_ext_alpn_write_hello, q_ext_alpn_read_hello,
     Q_EXT_ALPN, q_ext_alpn_answers, q_ext_alpn_write_answer, q_ext_alpn_read_answer},
    {Q_EXT_RECORD_SIZE_LIMIT, q_ext_record_limit_offers, q_ext_record_limit_write_hello, q_ext_record_limit_read_hello,
     Q_EXT_RECORD_SIZE_LIMIT, q_ext_always, q_ext_record_limit_write_answer, q_ext_record_limit_read_answer},
    {Q_EXT_COOKIE, q_ext_cookie_offers, q_ext_cookie_write_hello, q_ext_cookie_read_hello,
     0, NULL, NULL, NULL},
    {Q_EXT_COMPRESS_CERTIFICATE, q_ext_compress_offers, q_ext_compress_write_hello, q_ext_compress_read_hello,
     0, NULL, NULL, NULL},
    {Q_EXT_CERT_COMPRESSION, q_ext_qtls_compress_offers, q_ext_qtls_compress_write_hello,
     q_ext_qtls_compress_read_hello, 0, NULL, NULL, NULL},
    {Q_EXT_PQC_ALGORITHMS, q_ext_pqc_offers, q_ext_pqc_algorithms_write_hello, q_ext_pqc_algorithms_read_hello,
     Q_EXT_PQC_ALGORITHMS, q_ext_pqc_answers, q_ext_pqc_algorithms_write_answer, q_ext_pqc_algorithms_read_answer},
    {Q_EXT_PQC_HYBRID_MODE, q_ext_pqc_offers, q_ext_hybrid_mode_write_hello, q_ext_hybrid_mode_read_hello,
     Q_EXT_PQC_HYBRID_MODE, q_ext_pqc_answers, q_ext_hybrid_mode_write_answer, q_ext_hybrid_mode_read_answer},
    /* Q-TLS §5: these two only to a client that sent 0xFF11. */
    {Q_EXT_HSM_CAPABILITIES, NULL, NULL, NULL,
     Q_EXT_PQC_ALGORITHMS, q_ext_hsm_answers, q_ext_hsm_write_answer, q_ext_hsm_read_answer},
    {Q_EXT_SESSION_CACHE_INFO, NULL, NULL, NULL,
     Q_EXT_PQC_ALGORITHMS, q_ext_pqc_answers, q_ext_cache_write_answer, q_ext_cache_read_answer},
    {Q_EXT_EARLY_DATA, NULL, NULL, q_ext_early_data_read_hello, 0, NULL, NULL, NULL},
    {Q_EXT_PSK_MODES, NULL, NULL, q_ext_psk_modes_read_hello, 0, NULL, NULL, NULL},
    {Q_EXT_PRE_SHARED_KEY, NULL, NULL, q_ext_psk_read_hello, 0, NULL, NULL, NULL},
    {Q_EXT_STATUS_REQUEST, q_ext_status_offers, q_ext_status_write_hello, q_ext_status_read_hello,
     0, NULL, NULL, NULL},
    {Q_EXT_SCT, q_ext_sct_offers, q_ext_sct_write_hello, q_ext_sct_read_hello, 0, NULL, NULL, NULL},
    {Q_EXT_SIGNATURE_ALGORITHMS_CERT, NULL, NULL, q_ext_codes_check_read_hello, 0, NULL, NULL, NULL},
    {Q_EXT_CERT_AUTHORITIES, NULL, NULL, q_ext_authorities_read_hello, 0, NULL, NULL, NULL},
    {Q_EXT_POST_HANDSHAKE_AUTH, q_ext_auth_offers, q_ext_auth_write_hello, q_ext_auth_read_hello,
     0, NULL, NULL, NULL},
};
/* clang-format on */

const size_t q_ext_handler_count = Q_COUNT(q_ext_handlers);
_Static_assert(Q_COUNT(q_ext_handlers) <= Q_EXT_HANDLERS_MAX, "the order of a hello has no room");

size_t q_ext_handler_find(uint16_t type) {
  size_t i = 0;
  while (i < q_ext_handler_count && q_ext_handlers[i].type != type) {
    i++;
  }
  return i;
}

qtls_err q_ext_read_hello(q_machine *m, q_hello_facts *facts, const q_ext_set *set) {
  m->hs->asked = 0;
  for (size_t i = 0; i < set->count; i++) {
    size_t at = q_ext_handler_find(set->type[i]);
    if (at == q_ext_handler_count || q_ext_handlers[at].read_hello == NULL) {
      continue; /* unknown ones are ignored (RFC 8446 §4.2) */
    }
    m->hs->asked |= 1u << at;
    qtls_err err = q_ext_handlers[at].read_hello(m, facts, set->body[i]);
    if (err != QTLS_OK) {
      const q_ext_row *row = q_ext_find(set->type[i]);
      return m->problem.detail[0] != '\0' ? err : q_machine_refuse(m, err, row == NULL ? "" : row->name);
    }
  }
  return QTLS_OK;
}

static bool invited(const q_ext_handler *handler, uint32_t set) {
  size_t by = q_ext_handler_find(handler->invited_by);
  return handler->answers != NULL && by < q_ext_handler_count && (set & (1u << by)) != 0;
}

void q_ext_write_answers(q_machine *m, q_writer *w) {
  for (size_t i = 0; i < q_ext_handler_count; i++) {
    const q_ext_handler *handler = &q_ext_handlers[i];
    if (invited(handler, m->hs->asked) && handler->answers(m)) {
      q_mark body = q_wire_extension_open(w, handler->type);
      handler->write_answer(m, w);
      q_write_close(w, body);
    }
  }
}

/* RFC 8446 §4.2: what answers nothing that was offered is unsupported_extension. */
static bool was_offered(const q_machine *m, uint16_t type) {
  size_t at = q_ext_handler_find(type);
  if (at == q_ext_handler_count || q_ext_handlers[at].read_answer == NULL) {
    return false;
  }
  size_t by = q_ext_handler_find(q_ext_handlers[at].invited_by);
  return by < q_ext_handler_count && (m->hs->offered & (1u << by)) != 0;
}

qtls_err q_ext_read_answers(q_machine *m, const q_ext_set *set) {
  Q_TRY(q_wire_extensions_check(set, Q_IN_EE));
  for (size_t i = 0; i < set->count; i++) {
    if (!was_offered(m, set->type[i])) {
      return q_machine_refuse_code(m, QTLS_ERR_EXT_NOT_OFFERED, "extension", set->type[i]);
    }
    Q_TRY(q_ext_handlers[q_ext_handler_find(set->type[i])].read_answer(m, set->body[i]));
  }
  return QTLS_OK;
}
