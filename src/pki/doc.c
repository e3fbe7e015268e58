/* Owns documents that come out as text or as JSON. */
#include "pki/doc.h"

#include <string.h>

q_doc q_pki_doc(bool json) {
  q_doc d = {.json = json};
  return d;
}

/* A JSON string; what is not plain was tamed before. */
static void add_string(q_text *t, const char *s) {
  q_pki_text_add(t, "\"");
  for (; *s != '\0'; s++) {
    if (*s == '"' || *s == '\\') {
      q_pki_text_add(t, "\\");
    }
    if ((unsigned char)*s < 0x20) {
      q_pki_text_add(t, "\\u00");
      q_pki_text_hex(t, q_span_of(s, 1));
    } else {
      q_pki_text_bytes(t, s, 1);
    }
  }
  q_pki_text_add(t, "\"");
}

static void indent(q_doc *d, unsigned levels) {
  for (unsigned i = 0; i < levels; i++) {
    q_pki_text_add(&d->text, "  ");
  }
}

/* What comes before a value: separator, indentation, name. */
static void lead(q_doc *d, const char *name) {
  if (d->json) {
    if (d->depth > 0) {
      q_pki_text_add(&d->text, d->used[d->depth - 1] ? ", " : "");
      d->used[d->depth - 1] = true;
    }
    if (name != NULL) {
      add_string(&d->text, name);
      q_pki_text_add(&d->text, ": ");
    }
    return;
  }
  indent(d, d->depth > 0 ? d->depth - 1 : 0);
  if (name == NULL) {
    return;
  }
  for (const char *c = name; *c != '\0'; c++) {
    q_pki_text_bytes(&d->text, *c == '_' ? " " : c, 1);
  }
  q_pki_text_add(&d->text, ": ");
}

static void open_level(q_doc *d, const char *name, bool list) {
  if (d->depth == Q_DOC_DEPTH) {
    d->text.err = QTLS_ERR_INTERNAL;
    return;
  }
  if (d->json) {
    lead(d, name);
    q_pki_text_add(&d->text, list ? "[" : "{");
  } else if (name != NULL) {
    lead(d, name);
    d->text.n -= d->text.n > 0 ? 1 : 0; /* no blank at the end of a line */
    q_pki_text_add(&d->text, "\n");
  } else if (d->depth > 0 && d->used[d->depth - 1]) {
    q_pki_text_add(&d->text, "\n");
  }
  if (d->depth > 0) {
    d->used[d->depth - 1] = true;
  }
  d->list[d->depth] = list;
  d->used[d->depth] = false;
  d->depth++;
}

void q_pki_doc_open(q_doc *d, const char *name) { open_level(d, name, false); }
void q_pki_doc_open_list(q_doc *d, const char *name) { open_level(d, name, true); }

void q_pki_doc_close(q_doc *d) {
  if (d->depth == 0) {
    d->text.err = QTLS_ERR_INTERNAL;
    return;
  }
  d->depth--;
  if (d->json) {
    q_pki_text_add(&d->text, d->list[d->depth] ? "]" : "}");
    if (d->depth == 0) {
      q_pki_text_add(&d->text, "\n");
    }
  }
}

static void end_line(q_doc *d) {
  if (!d->json) {
    q_pki_text_add(&d->text, "\n");
    if (d->depth > 0) {
      d->used[d->depth - 1] = true;
    }
  }
}

void q_pki_doc_text(q_doc *d, const char *name, const char *value) {
  if (value == NULL) {
    return;
  }
  lead(d, name);
  if (d->json) {
    add_string(&d->text, value);
  } else {
    q_pki_text_add(&d->text, value);
  }
  end_line(d);
}

void q_pki_doc_number(q_doc *d, const char *name, int64_t value) {
  lead(d, name);
  q_pki_text_number(&d->text, value);
  end_line(d);
}

void q_pki_doc_bool(q_doc *d, const char *name, bool value) {
  lead(d, name);
  q_pki_text_add(&d->text, d->json ? (value ? "true" : "false") : (value ? "yes" : "no"));
  end_line(d);
}

void q_pki_doc_time(q_doc *d, const char *name, int64_t seconds) {
  lead(d, name);
  q_pki_text_add(&d->text, d->json ? "\"" : "");
  q_pki_text_time(&d->text, seconds);
  q_pki_text_add(&d->text, d->json ? "\"" : "");
  end_line(d);
}

void q_pki_doc_verdict(q_doc *d, const char *name, qtls_err err) {
  if (d->json) {
    q_pki_doc_text(d, name, qtls_err_name(err));
    return;
  }
  lead(d, name);
  q_pki_text_add(&d->text, err == QTLS_OK ? "good" : qtls_err_text(err));
  if (err != QTLS_OK) {
    q_pki_text_add(&d->text, " (");
    q_pki_text_add(&d->text, qtls_err_name(err));
    q_pki_text_add(&d->text, ")");
  }
  end_line(d);
}

static void fail(q_doc *d, qtls_err err) { d->text.err = d->text.err != QTLS_OK ? d->text.err : err; }

void q_pki_doc_built(q_doc *d, const char *name, q_text *t) {
  fail(d, t->err);
  q_pki_doc_text(d, name, t->p != NULL ? t->p : "");
  q_pki_text_free(t);
}

void q_pki_doc_unread(q_doc *d, qtls_err err) {
  fail(d, err == QTLS_ERR_NO_MEMORY ? err : QTLS_OK);
  q_pki_doc_verdict(d, "error", err);
}

qtls_err q_pki_doc_end(q_doc *d, char **out, size_t *n) {
  if (d->text.err == QTLS_OK && d->depth != 0) {
    d->text.err = QTLS_ERR_INTERNAL;
  }
  return q_pki_text_end(&d->text, out, n);
}
