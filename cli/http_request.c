/* Owns the reading of an HTTP/1.1 request's head (http_request.h). */
#include "http_request.h"

#include <string.h>
#include <strings.h>

typedef struct text {
  const char *p;
  size_t n;
} text;

static bool is(text t, const char *word) { return t.n == strlen(word) && memcmp(t.p, word, t.n) == 0; }

static bool is_same(text t, const char *word) { return t.n == strlen(word) && strncasecmp(t.p, word, t.n) == 0; }

/* RFC 9110 §5.6.2 */
static bool is_token(text t) {
  for (size_t i = 0; i < t.n; i++) {
    char c = t.p[i];
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && (c == '\0' || strchr("!#$%&'*+-.^_`|~", c) == NULL)) {
      return false;
    }
  }
  return t.n > 0;
}

/* The next line without its end; lines may end in LF alone (RFC 9112 §2.2). */
static text next_line(text *rest) {
  const char *end = memchr(rest->p, '\n', rest->n);
  text line = {rest->p, end != NULL ? (size_t)(end - rest->p) : rest->n};
  size_t used = end != NULL ? line.n + 1 : line.n;
  rest->p += used;
  rest->n -= used;
  if (line.n > 0 && line.p[line.n - 1] == '\r') {
    line.n--;
  }
  return line;
}

static text cut(text *rest, char at) {
  const char *end = memchr(rest->p, at, rest->n);
  text part = {rest->p, end != NULL ? (size_t)(end - rest->p) : rest->n};
  size_t used = end != NULL ? part.n + 1 : part.n;
  rest->p += used;
  rest->n -= used;
  return part;
}

static text trim(text t) {
  while (t.n > 0 && (t.p[0] == ' ' || t.p[0] == '\t')) {
    t.p++;
    t.n--;
  }
  while (t.n > 0 && (t.p[t.n - 1] == ' ' || t.p[t.n - 1] == '\t')) {
    t.n--;
  }
  return t;
}

size_t http_head_size(const char *data, size_t n) {
  const char *p = data;
  const char *end = data + n;
  while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
    p++;
    if (p < end && *p == '\n') {
      return (size_t)(p + 1 - data);
    }
    if (p + 1 < end && p[0] == '\r' && p[1] == '\n') {
      return (size_t)(p + 2 - data);
    }
  }
  return 0;
}

int http_head_too_long(const char *data, size_t n) { return memchr(data, '\n', n) == NULL ? 414 : 431; }

/* "https://host/path" and "/path" alike (RFC 9112 §3.2.2); the query names no file. */
static int read_target(http_request *out, text target, const char *scheme) {
  size_t skip = strlen(scheme);
  if (target.n > skip && strncasecmp(target.p, scheme, skip) == 0) {
    while (skip < target.n && strchr("/?#", target.p[skip]) == NULL) {
      skip++;
    }
    target.p += skip;
    target.n -= skip;
    if (target.n == 0 || target.p[0] == '?') {
      target = (text){"/", 1};
    }
  }
  if (target.n > HTTP_TARGET_MOST) {
    return 414;
  }
  target = cut(&target, '?');
  for (size_t i = 0; i < target.n; i++) {
    unsigned char c = (unsigned char)target.p[i];
    if (c <= 0x20 || c >= 0x7F || c == '#') {
      return 400;
    }
  }
  if (target.n == 0 || target.p[0] != '/') {
    return 400;
  }
  memcpy(out->target, target.p, target.n);
  out->target[target.n] = '\0';
  return 0;
}

static int read_request_line(http_request *out, text line, bool with_post, bool *is_http10) {
  text method = cut(&line, ' ');
  text target = cut(&line, ' ');
  if (!is_token(method) || target.n == 0) {
    return 400;
  }
  if (!is(line, "HTTP/1.1") && !is(line, "HTTP/1.0")) {
    return line.n == 8 && memcmp(line.p, "HTTP/", 5) == 0 ? 505 : 400;
  }
  *is_http10 = is(line, "HTTP/1.0");
  out->is_get = is(method, "GET");
  out->is_head = is(method, "HEAD");
  out->is_post = is(method, "POST");
  if (!out->is_get && !out->is_head && !(with_post && out->is_post)) {
    return 405;
  }
  return read_target(out, target, with_post ? "http://" : "https://");
}

static void read_connection(http_request *out, text value) {
  while (value.n > 0) {
    text word = trim(cut(&value, ','));
    if (is_same(word, "close")) {
      out->keep_alive = false;
    }
  }
}

/* Two lengths that differ, or one that is no number, have hidden requests in
 * requests (RFC 9112 §6.3). */
static bool read_length(http_request *out, text value) {
  int64_t length = 0;
  for (size_t i = 0; i < value.n; i++) {
    if (value.p[i] < '0' || value.p[i] > '9' || length > INT64_MAX / 100) {
      return false;
    }
    length = length * 10 + (value.p[i] - '0');
  }
  if (value.n == 0 || (out->content_length >= 0 && out->content_length != length)) {
    return false;
  }
  out->content_length = length;
  return true;
}

static void read_type(http_request *out, text value) {
  text type = trim(cut(&value, ';'));
  out->content_type[0] = '\0';
  for (size_t i = 0; type.n < sizeof out->content_type && i <= type.n; i++) {
    char c = i < type.n ? type.p[i] : '\0';
    out->content_type[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
  }
}

static int read_head(http_request *out, const char *data, size_t n, bool with_post) {
  text rest = {data, n};
  unsigned hosts = 0;
  bool is_http10 = false;
  bool good_length = true;
  memset(out, 0, sizeof *out);
  out->content_length = -1;
  int status = read_request_line(out, next_line(&rest), with_post, &is_http10);
  out->keep_alive = !is_http10;
  while (rest.n > 0) {
    text line = next_line(&rest);
    if (line.n == 0) {
      break;
    }
    if (memchr(line.p, '\0', line.n) != NULL || memchr(line.p, '\r', line.n) != NULL) {
      return 400;
    }
    const char *colon = memchr(line.p, ':', line.n);
    text name = cut(&line, ':');
    text value = trim(line);
    /* No folding, no space before the colon: both have hidden fields (RFC 9112
     * §5.1). */
    if (colon == NULL || !is_token(name)) {
      return 400;
    }
    if (is_same(name, "host")) {
      hosts++;
    } else if (is_same(name, "connection")) {
      read_connection(out, value);
    } else if (is_same(name, "transfer-encoding")) {
      out->has_body = true;
      out->is_chunked = true;
    } else if (is_same(name, "content-length")) {
      out->has_body = out->has_body || !is(value, "0");
      good_length = read_length(out, value) && good_length;
    } else if (is_same(name, "content-type")) {
      read_type(out, value);
    }
  }
  if (status == 0 && !good_length) {
    return 400;
  }
  if (status == 0 && (hosts > 1 || (hosts == 0 && !is_http10))) {
    return 400;
  }
  return status;
}

int http_request_read(http_request *out, const char *data, size_t n) { return read_head(out, data, n, false); }

int http_request_read_post(http_request *out, const char *data, size_t n) { return read_head(out, data, n, true); }

static int hex(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One segment, decoded, at out[*used]. */
static bool decode_segment(char *out, size_t cap, size_t *used, text segment) {
  size_t begin = *used;
  for (size_t i = 0; i < segment.n; i++) {
    char c = segment.p[i];
    if (c == '%') {
      int high = segment.n - i > 2 ? hex(segment.p[i + 1]) : -1;
      int low = high >= 0 ? hex(segment.p[i + 2]) : -1;
      if (low < 0) {
        return false;
      }
      c = (char)(high * 16 + low);
      i += 2;
      if (c == '\0' || c == '/') {
        return false;
      }
    }
    if (*used + 1 >= cap) {
      return false;
    }
    out[(*used)++] = c;
  }
  text made = {out + begin, *used - begin};
  return made.p[0] != '.' || is(made, ".") || is(made, ".well-known");
}

bool http_path_decode(char *out, size_t cap, const char *target, bool *folder) {
  text rest = {target, strlen(target)};
  size_t used = 0;
  *folder = rest.n > 0 && rest.p[rest.n - 1] == '/';
  while (rest.n > 0) {
    text segment = cut(&rest, '/');
    if (segment.n == 0) {
      continue;
    }
    size_t before = used;
    if (used > 0) {
      if (used + 1 >= cap) {
        return false;
      }
      out[used++] = '/';
    }
    size_t begin = used;
    if (!decode_segment(out, cap, &used, segment)) {
      return false;
    }
    text made = {out + begin, used - begin};
    if (is(made, ".")) {
      used = before;
      *folder = *folder || rest.n == 0;
    }
  }
  out[used] = '\0';
  return true;
}
