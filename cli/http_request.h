/* Owns the reading of an HTTP/1.1 request's head (RFC 9112 §2-3, §5): strict
 * where laxness has been a way in. No I/O. */
#ifndef QTLS_CLI_HTTP_REQUEST_H
#define QTLS_CLI_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HTTP_TARGET_MOST = 4096, HTTP_HEAD_MOST = 16384 };

typedef struct http_request {
  bool is_get;
  bool is_head;
  bool is_post;
  bool keep_alive;
  bool has_body;
  bool is_chunked;                   /* a Transfer-Encoding: the body's length is not told */
  int64_t content_length;            /* -1: not told */
  char content_type[64];             /* without parameters, in lower case; "" if none or
                                        longer */
  char target[HTTP_TARGET_MOST + 1]; /* origin form, as sent, without query */
} http_request;

/* Bytes of the head at the start of `data`, with its empty line; 0: not whole
 * yet. */
size_t http_head_size(const char *data, size_t n);

/* The status that a head which does not end within `n` bytes deserves: 414 or
 * 431. */
int http_head_too_long(const char *data, size_t n);

/* 0, or the status of the error: 400, 405, 414, 505. `n` as http_head_size gave
 * it. */
int http_request_read(http_request *out, const char *data, size_t n);
/* The same where POST is at home, and for http: an absolute target is of that scheme,
 * else of https. Also 400 for a Content-Length that is none.
 */
int http_request_read_post(http_request *out, const char *data, size_t n);

/* The path of a target: percent-decoded into `out`, "." and empty segments
 * dropped, segments joined by '/', none in front; *folder: it ends in '/'.
 * False for what cannot name a file here: "..", NUL, an encoded slash, a hidden
 * name (but .well-known). */
bool http_path_decode(char *out, size_t cap, const char *target, bool *folder);

#endif
