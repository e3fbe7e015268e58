/*
 * Owns the behaviour of extensions in the handshake: one row each in table.c,
 * one file each for what they do. The bytes of a body are wire/ext's affair.
 */
#ifndef Q_HANDSHAKE_EXT_H
#define Q_HANDSHAKE_EXT_H

#include "handshake/machine.h"
#include "wire/ext/ext_codec.h"
#include "wire/ext/pqc_codec.h"

/* What a server reads from a ClientHello; spans point into the message. */
typedef struct q_hello_facts {
  q_offer offer;
  bool has_versions, has_groups, has_schemes, has_shares, has_psk, has_psk_modes, has_cookie;
  q_span shares; /* KeyShareEntry one after another */
  q_span cookie;
  q_span alpn;
  q_span server_name;
} q_hello_facts;

typedef struct q_ext_handler {
  uint16_t type;
  /* client: does it stand in this ClientHello, and its body */
  bool (*offers)(const q_machine *m);
  qtls_err (*write_hello)(q_machine *m, q_writer *w);
  /* server: the body in a ClientHello */
  qtls_err (*read_hello)(q_machine *m, q_hello_facts *facts, q_span body);
  /* server: does it stand in EncryptedExtensions, and its body. Asked only if
   * the client sent `invited_by`. */
  uint16_t invited_by;
  bool (*answers)(const q_machine *m);
  void (*write_answer)(const q_machine *m, q_writer *w);
  /* client: the body in EncryptedExtensions */
  qtls_err (*read_answer)(q_machine *m, q_span body);
} q_ext_handler;

extern const q_ext_handler q_ext_handlers[];
extern const size_t q_ext_handler_count; /* ≤ Q_EXT_HANDLERS_MAX and ≤ 32 */

/* Index of the handler of `type`, or q_ext_handler_count. */
size_t q_ext_handler_find(uint16_t type);

/* Every extension of a received ClientHello; sets m->hs->asked. */
QTLS_MUST_USE qtls_err q_ext_read_hello(q_machine *m, q_hello_facts *facts, const q_ext_set *set);
/* The body of EncryptedExtensions, written and read. */
void q_ext_write_answers(q_machine *m, q_writer *w);
QTLS_MUST_USE qtls_err q_ext_read_answers(q_machine *m, const q_ext_set *set);

bool q_ext_always(const q_machine *m);

/* grease.c: GREASE codes of this hello (RFC 8701); `which` picks one of eight. */
enum { Q_GREASE_SUITE, Q_GREASE_GROUP, Q_GREASE_VERSION, Q_GREASE_EXT_FIRST, Q_GREASE_EXT_LAST };
uint16_t q_ext_grease(const q_machine *m, unsigned which);

/* server_name.c */
bool q_ext_server_name_offers(const q_machine *m);
qtls_err q_ext_server_name_write_hello(q_machine *m, q_writer *w);
qtls_err q_ext_server_name_read_hello(q_machine *m, q_hello_facts *facts, q_span body);
bool q_ext_server_name_answers(const q_machine *m);
qtls_err q_ext_server_name_read_answer(q_machine *m, q_span body);
void q_ext_write_nothing(const q_machine *m, q_writer *w);
/* supported_groups.c */
qtls_err q_ext_groups_write_hello(q_machine *m, q_writer *w);
qtls_err q_ext_groups_read_hello(q_machine *m, q_hello_facts *facts, q_span body);
qtls_err q_ext_groups_read_answer(q_machine *m, q_span body);
/* signature_algorithms.c */
qtls_err q_ext_schemes_write_hello(q_machine *m, q_writer *w);
qtls_err q_ext_schemes_read_hello(q_machine *m, q_hello_facts *facts, q_span body);
/* supported_versions.c */
qtls_err q_ext_versions_write_hello(q_machine *m, q_writer *w);
qtls_err q_ext_versions_read_hello(q_machine *m, q_hello_facts *facts, q_span body);
/* key_share.c */
qtls_err q_ext_key_share_write_hello(q_machine *m, q_writer *w);
qtls_err q_ext_key_share_read_hello(q_machine *m, q_hello_facts *facts, q_span body);
/* The client's share of `group` among facts->shares; empty if none. */
q_span q_ext_key_share_of(q_span shares, uint16_t group);
/* alpn.c */
bool q_ext_alpn_offers(const q_machine *m);
qtls_err q_ext_alpn_write_hello(q_machine *m, q_writer *w);
qtls_err q_ext_alpn_read_hello(q_machine *m, q_hello_facts *facts, q_span body);
bool q_ext_alpn_answers(const q_machine *m);
void q_ext_alpn_write_answer(const q_machine *m, q_writer *w);
qtls_err q_ext_alpn_read_answer(q_machine *m, q_span body);
/* Server, once all is read: choose. ALPN_NONE. */
QTLS_MUST_USE qtls_err q_ext_alpn_choose(q_machine *m, q_span list);
/* record_size_limit.c */
bool q_ext_record_limit_offers(const q_machine *m);
qtls_err q_ext_record_limit_write_hello(q_machine *m, q_writer *w);
qtls_err q_ext_record_limit_read_hello(q_machine *m, q_hello_facts *facts, q_span body);
void q_ext_record_limit_write_answer(const q_machine *m, q_writer *w);
qtls_err q_ext_record_limit_read_answer(q_machine *m, q_span body);
/* cookie.c */
bool q_ext_cookie_offers(const q_machine *m);
qtls_err q_ext_cookie_write_hello(q_machine *m, q_writer *w);
qtls_err q_ext_cookie_read_hello(q_machine *m, q_hello_facts *facts, q_span body);
/* cert_compression.c: 27 and 0xFF05 */
bool q_ext_compress_offers(const q_machine *m);
qtls_err q_ext_compress_write_hello(q_machine *m, q_writer *w);
qtls_err q_ext_compress_read_hello(q_machine *m, q_hello_facts *facts, q_span body);
bool q_ext_qtls_compress_offers(const q_machine *m);
qtls_err q_ext_qtls_compress_write_hello(q_machine *m, q_writer *w);
qtls_err q_ext_qtls_compress_read_hello(q_machine *m, q_hello_facts *facts, q_span body);
/* pqc.c: 0xFF11, 0xFF02, 0xFF03, 0xFF04 */
bool q_ext_pqc_offers(const q_machine *m);
bool q_ext_pqc_answers(const q_machine *m);
qtls_err q_ext_pqc_algorithms_write_hello(q_machine *m, q_writer *w);
qtls_err q_ext_pqc_algorithms_read_hello(q_machine *m, q_hello_facts *facts, q_span body);
void q_ext_pqc_algorithms_write_answer(const q_machine *m, q_writer *w);
qtls_err q_ext_pqc_algorithms_read_answer(q_machine *m, q_span body);
qtls_err q_ext_hybrid_mode_write_hello(q_machine *m, q_writer *w);
qtls_err q_ext_hybrid_mode_read_hello(q_machine *m, q_hello_facts *facts, q_span body);
void q_ext_hybrid_mode_write_answer(const q_machine *m, q_writer *w);
qtls_err q_ext_hybrid_mode_read_answer(q_machine *m, q_span body);
bool q_ext_hsm_answers(const q_machine *m);
void q_ext_hsm_write_answer(const q_machine *m, q_writer *w);
qtls_err q_ext_hsm_read_answer(q_machine *m, q_span body);
void q_ext_cache_write_answer(const q_machine *m, q_writer *w);
qtls_err q_ext_cache_read_answer(q_machine *m, q_span body);
/* status_request.c: 5 and 18 */
bool q_ext_status_offers(const q_machine *m);
qtls_err q_ext_status_write_hello(q_machine *m, q_writer *w);
qtls_err q_ext_status_read_hello(q_machine *m, q_hello_facts *facts, q_span body);
bool q_ext_sct_offers(const q_machine *m);
qtls_err q_ext_sct_write_hello(q_machine *m, q_writer *w);
qtls_err q_ext_sct_read_hello(q_machine *m, q_hello_facts *facts, q_span body);
/* forms.c: extensions that are only checked here */
qtls_err q_ext_early_data_read_hello(q_machine *m, q_hello_facts *facts, q_span body);
qtls_err q_ext_psk_modes_read_hello(q_machine *m, q_hello_facts *facts, q_span body);
qtls_err q_ext_psk_read_hello(q_machine *m, q_hello_facts *facts, q_span body);
qtls_err q_ext_codes_check_read_hello(q_machine *m, q_hello_facts *facts, q_span body);
qtls_err q_ext_authorities_read_hello(q_machine *m, q_hello_facts *facts, q_span body);
/* post_handshake_auth.c */
bool q_ext_auth_offers(const q_machine *m);
qtls_err q_ext_auth_write_hello(q_machine *m, q_writer *w);
qtls_err q_ext_auth_read_hello(q_machine *m, q_hello_facts *facts, q_span body);

#endif
