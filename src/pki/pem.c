/* Owns PEM text. */
#include "pki/pem.h"

#include <string.h>

#include "pki/base64.h"

#define LINE 64

static const char begin[] = "-----BEGIN ";
static const char end[] = "-----END ";
static const char dashes[] = "-----";

q_pem_reader q_pki_pem_reader(q_span text) {
  q_pem_reader r = {text, 1};
  return r;
}

/* Take a line off, without its end and without blanks before that. */
static q_span take_line(q_span *rest) {
  const uint8_t *newline = memchr(rest->p, '\n', rest->n);
  size_t n = newline != NULL ? (size_t)(newline - rest->p) : rest->n;
  size_t step = newline != NULL ? n + 1 : n;
  q_span line = q_span_of(rest->p, n);
  *rest = q_span_of(rest->p + step, rest->n - step);
  while (line.n > 0 && (line.p[line.n - 1] == '\r' || line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\t')) {
    line.n--;
  }
  return line;
}

static bool starts_with(q_span line, const char *text) {
  size_t n = strlen(text);
  return line.n >= n && memcmp(line.p, text, n) == 0;
}

/* Printable, no hyphen at its ends (§3). */
bool q_pki_pem_label(q_span label) {
  for (size_t i = 0; i < label.n; i++) {
    if (label.p[i] < 0x20 || label.p[i] > 0x7E || (label.p[i] == '-' && (i == 0 || i + 1 == label.n))) {
      return false;
    }
  }
  return label.n > 0;
}

/* The label of a BEGIN or END line. */
static bool label_of(q_span *out, q_span line, const char *kind) {
  size_t head = strlen(kind);
  size_t tail = strlen(dashes);
  if (!starts_with(line, kind) || line.n <= head + tail || memcmp(line.p + line.n - tail, dashes, tail) != 0) {
    return false;
  }
  *out = q_span_of(line.p + head, line.n - head - tail);
  return q_pki_pem_label(*out);
}

qtls_err q_pki_pem_next(q_pem_block *out, q_pem_reader *reader) {
  *out = (q_pem_block){{NULL, 0}, {NULL, 0}, 0};
  q_span label = {NULL, 0};
  while (label.n == 0) {
    if (reader->rest.n == 0) {
      return QTLS_OK;
    }
    q_span line = take_line(&reader->rest);
    if (starts_with(line, begin) && !label_of(&label, line, begin)) {
      return QTLS_ERR_PEM;
    }
    reader->line++;
  }
  out->line = reader->line - 1;
  out->body = q_span_of(reader->rest.p, 0);
  while (reader->rest.n > 0) {
    q_span other = {NULL, 0};
    q_span line = take_line(&reader->rest);
    if (label_of(&other, line, end)) {
      if (!q_base_span_equal(other, label)) {
        return QTLS_ERR_PEM;
      }
      out->body.n = (size_t)(line.p - out->body.p);
      out->label = label;
      reader->line++;
      return QTLS_OK;
    }
    if (starts_with(line, dashes)) {
      return QTLS_ERR_PEM;
    }
    reader->line++;
  }
  reader->line = out->line; /* the block without an end */
  return QTLS_ERR_PEM;
}

qtls_err q_pki_pem_walk(q_pem_block *out, size_t *line, q_pem_reader *reader) {
  qtls_err err = q_pki_pem_next(out, reader);
  *line = err != QTLS_OK ? reader->line : out->line;
  return err;
}

/* The letters of the body, line by line; an inner blank, a header or a line
 * after the padding shows later as a letter that is none. */
static qtls_err decode_body(uint8_t *text, uint8_t *der, size_t *n, size_t *line, q_span body) {
  size_t letters = 0;
  while (body.n > 0) {
    q_span one = take_line(&body);
    (*line)++;
    for (size_t i = 0; i < one.n; i++) {
      uint8_t c = one.p[i];
      if (c <= ' ' || c > '~' || c == ':' || c == '-' || (c != '=' && letters > 0 && text[letters - 1] == '=')) {
        return QTLS_ERR_PEM;
      }
      text[letters++] = c;
    }
  }
  return q_pki_base64_decode(der, n, q_span_of(text, letters)) ? QTLS_OK : QTLS_ERR_PEM;
}

qtls_err q_pki_pem_decode(uint8_t **der, size_t *n, size_t *line, const q_pem_block *block) {
  *der = NULL;
  *n = 0;
  *line = block->line;
  if (block->body.n == 0) {
    return QTLS_ERR_PEM;
  }
  Q_AUTO_FREE uint8_t *text = q_alloc(block->body.n);
  uint8_t *bytes = q_alloc(block->body.n);
  if (text == NULL || bytes == NULL) {
    q_free(bytes);
    return QTLS_ERR_NO_MEMORY;
  }
  qtls_err err = decode_body(text, bytes, n, line, block->body);
  if (err != QTLS_OK) {
    q_free(bytes);
    *n = 0;
    return err;
  }
  *line = block->line;
  *der = bytes;
  return QTLS_OK;
}

bool q_pki_pem_is(const q_pem_block *block, const char *label) {
  return q_base_span_equal(block->label, q_span_of(label, strlen(label)));
}

size_t q_pki_pem_length(const char *label, size_t n) {
  size_t letters = q_pki_base64_length(n);
  size_t lines = (letters + LINE - 1) / LINE;
  return strlen(begin) + strlen(end) + 2 * (strlen(label) + strlen(dashes) + 1) + letters + lines;
}

static char *put(char *at, const char *text) {
  size_t n = strlen(text);
  memcpy(at, text, n);
  return at + n;
}

void q_pki_pem_write(char *out, const char *label, q_span der) {
  char *at = put(put(put(put(out, begin), label), dashes), "\n");
  for (size_t i = 0; i < der.n; i += LINE / 4 * 3) {
    size_t n = der.n - i < LINE / 4 * 3 ? der.n - i : LINE / 4 * 3;
    q_pki_base64_encode(at, q_span_of(der.p + i, n));
    at += q_pki_base64_length(n);
    *at++ = '\n';
  }
  put(put(put(put(at, end), label), dashes), "\n");
}
