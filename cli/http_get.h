/* Owns one HTTP/1.1 GET (RFC 9112) over a stream. Bodies: by length, chunked,
 * or to the end of the connection; one that is cut short is an error. */
#ifndef QTLS_CLI_HTTP_GET_H
#define QTLS_CLI_HTTP_GET_H

#include <qtls/stream.h>

#include "sink.h"

typedef struct http_answer {
  int status;
  char reason[128];
  char problem[256]; /* "" if the answer came whole, or the stream failed */
  qtls_err err;      /* what ended it; QTLS_OK for a fault of the answer itself */
} http_answer;

/* A path that can stand in a request: begins with '/', no spaces or controls. */
bool http_path_is_good(const char *path);

/* Ask for `path` at `host` (as the Host field names it); the body goes to `to`.
 * False with out->problem set, or with the stream's or the sink's own problem. */
bool http_get(http_answer *out, qtls_stream *stream, const char *host, const char *path, sink *to);

#endif
