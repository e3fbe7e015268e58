/*
 * Owns what a certificate says, as the strings and numbers of qtls_cert_info,
 * and as a document.
 */
#ifndef Q_PKI_INFO_H
#define Q_PKI_INFO_H

#include "base/arena.h"
#include "pki/cert.h"
#include "pki/doc.h"
#include "qtls/pki.h"

/* Strings live in `arena`. */
QTLS_MUST_USE qtls_err q_pki_info_make(qtls_cert_info *out, q_arena *arena, const q_cert *cert);

/* The fields of `info` into the object that is open. */
void q_pki_info_write(q_doc *d, const qtls_cert_info *info);

/* Texts as a list; nothing if there are none. */
void q_pki_info_write_list(q_doc *d, const char *name, const char *const *texts, size_t count);

/* Type and size of a key for people: "ECDSA P-384", "RSA-4096". */
void q_pki_info_key(q_doc *d, const char *name, const char *type, unsigned bits);

#endif
