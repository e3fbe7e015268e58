/* Owns one HTTP/1.1 GET over a stream (http_get.h). */
#include "http_get.h"

#include <qtls/qtls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HEAD_MOST = 64 * 1024, INTERIM_MOST = 16, DATA = 16384 };

/* What has come and was not used yet. */
typedef struct reader {
  qtls_stream *stream;
  char data[DATA];
  size_t at;
  size_t end;
  bool closed; /* by close_notify */
  bool failed; /* the stream knows why, and `err` its name */
  qtls_err err;
} reader;

static bool more(reader *r) {
  if (r->at < r->end) {
    return true;
  }
  r->at = 0;
  r->end = 0;
  if (r->closed || r->failed) {
    return false;
  }
  r->err = qtls_stream_read(r->stream, r->data, sizeof r->data, &r->end);
  r->failed = r->err != QTLS_OK;
  r->closed = !r->failed && r->end == 0;
  return r->end > 0;
}

static bool bad(http_answer *out, const char *problem) {
  (void)snprintf(out->problem, sizeof out->problem, "%s", problem);
  return false;
}

static bool cut(http_answer *out) {
  out->err = QTLS_ERR_TRUNCATED;
  return bad(out, "the answer was cut short");
}

/* One line without its CRLF. False at the end of the data or of the room. */
static bool line(reader *r, char *out, size_t cap) {
  size_t n = 0;
  while (more(r)) {
    char c = r->data[r->at++];
    if (c == '\n') {
      n -= n > 0 && out[n - 1] == '\r' ? 1 : 0;
      out[n] = '\0';
      return true;
    }
    if (n + 1 == cap) {
      return false;
    }
    out[n++] = c;
  }
  return false;
}

typedef struct framing {
  bool chunked;
  bool has_length;
  uint64_t length;
} framing;

static bool number(const char *text, int base, uint64_t *out) {
  char *end = NULL;
  size_t digits = strspn(text, base == 16 ? "0123456789abcdefABCDEF" : "0123456789");
  if (digits == 0 || digits > 15) {
    return false;
  }
  *out = strtoull(text, &end, base);
  return *end == '\0' || *end == ';' || *end == ' ';
}

static bool take_field(http_answer *out, framing *body, char *text) {
  char *value = strchr(text, ':');
  if (value == NULL) {
    return bad(out, "the answer holds a line that is no header field");
  }
  *value++ = '\0';
  value += strspn(value, " \t");
  if (strcasecmp(text, "content-length") == 0) {
    uint64_t length = 0;
    if (!number(value, 10, &length) || (body->has_length && body->length != length)) {
      return bad(out, "the answer's Content-Length makes no sense");
    }
    body->has_length = true;
    body->length = length;
  } else if (strcasecmp(text, "transfer-encoding") == 0) {
    if (strcasecmp(value, "chunked") != 0) {
      return bad(out, "the answer uses a transfer encoding that is not known here");
    }
    body->chunked = true;
  }
  return true;
}

static bool read_head(http_answer *out, reader *r, framing *body) {
  char text[8192];
  size_t total = 0;
  memset(body, 0, sizeof *body);
  if (!line(r, text, sizeof text)) {
    return r->failed ? false : bad(out, "the peer sent no HTTP answer");
  }
  if (strncmp(text, "HTTP/1.", 7) != 0 || strlen(text) < 12 || strspn(text + 9, "0123456789") != 3) {
    return bad(out, "the peer's answer is not HTTP/1.1");
  }
  out->status = (int)strtol(text + 9, NULL, 10);
  (void)snprintf(out->reason, sizeof out->reason, "%.100s", text[12] == ' ' ? text + 13 : "");
  for (;;) {
    if (!line(r, text, sizeof text)) {
      return r->failed ? false : cut(out);
    }
    total += strlen(text);
    if (text[0] == '\0') {
      return true;
    }
    if (total > HEAD_MOST) {
      return bad(out, "the answer's header is too long");
    }
    if (!take_field(out, body, text)) {
      return false;
    }
  }
}

static bool take_bytes(http_answer *out, reader *r, uint64_t n, sink *to) {
  while (n > 0) {
    if (!more(r)) {
      return r->failed ? false : cut(out);
    }
    size_t some = r->end - r->at < n ? r->end - r->at : (size_t)n;
    if (!sink_put(to, r->data + r->at, some)) {
      return false;
    }
    r->at += some;
    n -= some;
  }
  return true;
}

static bool take_chunks(http_answer *out, reader *r, sink *to) {
  char text[1024];
  size_t trailer = 0;
  for (;;) {
    uint64_t size = 0;
    if (!line(r, text, sizeof text)) {
      return r->failed ? false : cut(out);
    }
    if (!number(text, 16, &size)) {
      return bad(out, "the answer holds a bad chunk size");
    }
    if (size == 0) {
      break;
    }
    if (!take_bytes(out, r, size, to)) {
      return false;
    }
    if (!line(r, text, sizeof text) || text[0] != '\0') {
      return r->failed ? false : cut(out);
    }
  }
  do { /* trailer fields, up to the empty line */
    if (!line(r, text, sizeof text)) {
      return r->failed ? false : cut(out);
    }
    trailer += strlen(text);
    if (trailer > HEAD_MOST) {
      return bad(out, "the answer's trailer is too long");
    }
  } while (text[0] != '\0');
  return true;
}

static bool take_body(http_answer *out, reader *r, const framing *body, sink *to) {
  if (out->status == 204 || out->status == 304) {
    return true;
  }
  if (body->chunked) {
    return take_chunks(out, r, to);
  }
  if (body->has_length) {
    return take_bytes(out, r, body->length, to);
  }
  while (more(r)) {
    if (!sink_put(to, r->data + r->at, r->end - r->at)) {
      return false;
    }
    r->at = r->end;
  }
  return !r->failed;
}

bool http_path_is_good(const char *path) {
  if (path[0] != '/') {
    return false;
  }
  for (const unsigned char *p = (const unsigned char *)path; *p != '\0'; p++) {
    if (*p <= 0x20 || *p >= 0x7F || *p == '#') {
      return false;
    }
  }
  return true;
}

bool http_get(http_answer *out, qtls_stream *stream, const char *host, const char *path, sink *to) {
  char request[8192];
  framing body;
  memset(out, 0, sizeof *out);
  int n = snprintf(request, sizeof request,
                   "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: qtls/%s\r\nAccept: */*\r\nConnection: close\r\n\r\n",
                   path, host, qtls_version());
  if (n < 0 || (size_t)n >= sizeof request) {
    return bad(out, "the path is too long");
  }
  out->err = qtls_stream_write(stream, request, (size_t)n);
  if (out->err != QTLS_OK) {
    return false;
  }
  reader *r = calloc(1, sizeof *r);
  if (r == NULL) {
    return bad(out, "out of memory");
  }
  r->stream = stream;
  bool good = true;
  size_t interim = 0;
  do { /* 1xx answers stand before the real one */
    good = read_head(out, r, &body);
  } while (good && out->status < 200 && ++interim <= INTERIM_MOST);
  if (good && interim > INTERIM_MOST) {
    good = bad(out, "the peer sends interim answers without end");
  }
  good = good && take_body(out, r, &body, to);
  if (r->failed) {
    out->err = r->err;
  }
  free(r);
  return good;
}
