/* Owns what the files that put facts into strings share. */
#ifndef Q_PKI_INFO_PARTS_H
#define Q_PKI_INFO_PARTS_H

#include "base/arena.h"
#include "pki/info.h"

/* A copy in the arena of what was written; wipes the text. */
QTLS_MUST_USE qtls_err q_pki_info_keep(const char **out, q_arena *arena, q_text *text);

/* GeneralNames as "DNS:localhost", "IP:127.0.0.1", ...; `list` is left alone
 * when there are none. */
QTLS_MUST_USE qtls_err q_pki_info_names(const char *const **list, size_t *count, q_arena *arena, q_span names);

/* URLs, name constraints in words, and flags. */
QTLS_MUST_USE qtls_err q_pki_info_status(qtls_cert_info *out, q_arena *arena, const q_cert *cert);

#endif
