/*
 * Owns PEM text (RFC 7468): several blocks one after another, text between them
 * passed over, LF or CRLF. Must not know what the blocks hold.
 */
#ifndef Q_PKI_PEM_H
#define Q_PKI_PEM_H

#include "base/mem.h"

typedef struct q_pem_reader {
  q_span rest;
  size_t line; /* of the next unread line, from 1; after an error the line it is in */
} q_pem_reader;

typedef struct q_pem_block {
  q_span label; /* "CERTIFICATE"; empty when there is no further block */
  q_span body;  /* the lines between BEGIN and END */
  size_t line;  /* of the BEGIN line */
} q_pem_block;

q_pem_reader q_pki_pem_reader(q_span text);

/* The next block, or one with an empty label. QTLS_ERR_PEM: no END, another
 * label at the END, a BEGIN inside. */
QTLS_MUST_USE qtls_err q_pki_pem_next(q_pem_block *out, q_pem_reader *reader);

/* The same with the line to tell of: where the block begins or the error is, 0
 * when there is no further block. */
QTLS_MUST_USE qtls_err q_pki_pem_walk(q_pem_block *out, size_t *line, q_pem_reader *reader);

/* The block's bytes in a fresh q_alloc block; *line is its own. QTLS_ERR_PEM: *line
 * is the one that is wrong. */
QTLS_MUST_USE qtls_err q_pki_pem_decode(uint8_t **der, size_t *n, size_t *line, const q_pem_block *block);

bool q_pki_pem_is(const q_pem_block *block, const char *label);

/* Can this stand as a label (RFC 7468 §3)? As q_pki_pem_next takes them. */
bool q_pki_pem_label(q_span label);

/* Characters of a block with that label and so many bytes. */
size_t q_pki_pem_length(const char *label, size_t n);
/* Writes q_pki_pem_length characters: lines of 64, LF. */
void q_pki_pem_write(char *out, const char *label, q_span der);

#endif
