/*
 * Owns documents that come out as text for people or as one line of JSON (RFC
 * 8259) from the same calls: fields, nested objects and lists. Names are constants of ours;
 * "not_before" is shown to people as "not before".
 */
#ifndef Q_PKI_DOC_H
#define Q_PKI_DOC_H

#include "pki/text.h"

#define Q_DOC_DEPTH 8

typedef struct q_doc {
  q_text text;
  bool json;
  unsigned depth;
  bool list[Q_DOC_DEPTH]; /* is this level a list? */
  bool used[Q_DOC_DEPTH]; /* does it hold anything yet? */
} q_doc;

q_doc q_pki_doc(bool json);

/* `name` is NULL inside a list, and for the outermost. */
void q_pki_doc_open(q_doc *d, const char *name);
void q_pki_doc_open_list(q_doc *d, const char *name);
void q_pki_doc_close(q_doc *d);

/* Text that is NULL leaves its field out. */
void q_pki_doc_text(q_doc *d, const char *name, const char *value);
void q_pki_doc_number(q_doc *d, const char *name, int64_t value);
void q_pki_doc_bool(q_doc *d, const char *name, bool value);
void q_pki_doc_time(q_doc *d, const char *name, int64_t seconds);
/* An error by name and text; in JSON "OK" or its name. */
void q_pki_doc_verdict(q_doc *d, const char *name, qtls_err err);
/* What was put together in `t`, which is freed; its failure is the document's. */
void q_pki_doc_built(q_doc *d, const char *name, q_text *t);
/* Why something could not be read, as "error"; want of memory is the document's own. */
void q_pki_doc_unread(q_doc *d, qtls_err err);

QTLS_MUST_USE qtls_err q_pki_doc_end(q_doc *d, char **out, size_t *n);

#endif
