/* Owns HTTP/1.1 over a channel (http_serve.h). */
#include "http_serve.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "http_files.h"
#include "http_request.h"

enum { PIECE = 16384, LEFT_OVER_MOST = 1024 * 1024, LEAVE_MS = 5000 };

typedef struct conversation {
  channel *c;
  int root;
  const serve_plan *plan;
  char in[HTTP_HEAD_MOST];
  size_t in_used;
  char out[PIECE];
  size_t out_used;
} conversation;

static const char *reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 301:
      return "Moved Permanently";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 414:
      return "URI Too Long";
    case 431:
      return "Request Header Fields Too Large";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Internal Server Error";
  }
}

static void http_date(char out[96], time_t t) {
  static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  struct tm d;
  memset(&d, 0, sizeof d);
  (void)gmtime_r(&t, &d);
  (void)snprintf(out, 96, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[d.tm_wday % 7], d.tm_mday % 100,
                 months[d.tm_mon % 12], (d.tm_year + 1900) % 10000, d.tm_hour % 100, d.tm_min % 100, d.tm_sec % 100);
}

__attribute__((format(printf, 2, 3))) static void put(conversation *v, const char *format, ...) {
  va_list list;
  va_start(list, format);
  int n = vsnprintf(v->out + v->out_used, sizeof v->out - v->out_used, format, list);
  va_end(list);
  if (n > 0) {
    v->out_used += (size_t)n;
  }
}

/* The fields that every answer has. All that is put here is short of a piece. */
static void put_head(conversation *v, int status, const char *type, uint64_t length, bool keep) {
  char date[96];
  http_date(date, time(NULL));
  v->out_used = 0;
  put(v, "HTTP/1.1 %d %s\r\nDate: %s\r\nServer: qtls\r\nContent-Type: %s\r\nContent-Length: %llu\r\n", status,
      reason_of(status), date, type, (unsigned long long)length);
  put(v, "X-Content-Type-Options: nosniff\r\n%s", keep ? "" : "Connection: close\r\n");
}

/* Send what was put; true if the connection can go on. */
static bool flush(conversation *v) {
  bool sent = channel_write(v->c, v->out, v->out_used);
  v->out_used = 0;
  return sent;
}

static bool answer_status(conversation *v, int status, const http_request *request, bool keep) {
  char body[256];
  int n = snprintf(body, sizeof body, "<!DOCTYPE html>\n<title>%d %s</title>\n<h1>%d %s</h1>\n", status,
                   reason_of(status), status, reason_of(status));
  put_head(v, status, "text/html; charset=utf-8", (uint64_t)n, keep);
  if (status == 405) {
    put(v, "Allow: GET, HEAD\r\n");
  }
  if (status == 301) {
    /* Relative, and never with "//" in front: no way to another host. */
    put(v, "Location: ./%s/\r\n", strrchr(request->target, '/') + 1);
  }
  put(v, "\r\n%s", request->is_head ? "" : body);
  return flush(v);
}

/* The head and the file, the first piece of it in one record with the head. A
 * file that has shrunk since leaves the length unkept: the connection ends. */
static bool answer_file(conversation *v, const http_file *file, const http_request *request, bool keep) {
  char date[96];
  uint64_t left = (uint64_t)file->st.st_size;
  put_head(v, 200, file->type, left, keep);
  http_date(date, file->st.st_mtime);
  put(v, "Last-Modified: %s\r\n\r\n", date);
  if (request->is_head) {
    left = 0;
  }
  for (;;) {
    while (left > 0 && v->out_used < sizeof v->out) {
      size_t room = sizeof v->out - v->out_used;
      ssize_t got = read(file->fd, v->out + v->out_used, left < room ? (size_t)left : room);
      if (got <= 0) {
        return false;
      }
      v->out_used += (size_t)got;
      left -= (uint64_t)got;
    }
    if (!flush(v)) {
      return false;
    }
    if (left == 0) {
      return true;
    }
  }
}

/* Ask the client who it is, and wait for its answer. What it sends meanwhile is the
 * beginning of its next request. False: the connection is over. */
static bool ask_identity(conversation *v) {
  unsigned before = qtls_stream_auth_answers(v->c->stream);
  if (qtls_stream_request_auth(v->c->stream, false) != QTLS_OK) {
    /* It did not offer that, and is none the worse for it. */
    return qtls_stream_error_text(v->c->stream)[0] == '\0';
  }
  v->c->until_ms = channel_now_ms() + v->c->head_ms;
  while (qtls_stream_auth_answers(v->c->stream) == before && v->in_used < sizeof v->in) {
    size_t n = 0;
    channel_end end = channel_read_until(v->c, v->in + v->in_used, sizeof v->in - v->in_used, &n, before);
    v->in_used += n;
    if (end != CHANNEL_open) {
      return false;
    }
  }
  v->c->until_ms = 0;
  return true;
}

/* Also when it is the folder's name that leads to a file. */
static bool is_protected(const conversation *v, const char *path) {
  char index[HTTP_TARGET_MOST + sizeof "/" HTTP_INDEX];
  (void)snprintf(index, sizeof index, "%s%s%s", path, path[0] != '\0' ? "/" : "", HTTP_INDEX);
  return plan_protects(v->plan, path) || plan_protects(v->plan, index);
}

/* Whether the client may have what is at this path. */
static bool may_have(conversation *v, const char *path, bool *over) {
  qtls_peer_identity id;
  const qtls_conn *conn = qtls_stream_conn(v->c->stream);
  *over = false;
  if (!is_protected(v, path) || qtls_conn_peer_identity(conn, &id)) {
    return true;
  }
  *over = !ask_identity(v);
  return !*over && qtls_conn_peer_identity(conn, &id);
}

static bool answer(conversation *v, const http_request *request, bool keep) {
  bool over = false;
  char path[HTTP_TARGET_MOST + 1];
  bool folder = false;
  http_file file = {.fd = -1};
  if (!http_path_decode(path, sizeof path, request->target, &folder)) {
    return answer_status(v, 404, request, keep);
  }
  if (!may_have(v, path, &over)) {
    return !over && answer_status(v, 403, request, keep);
  }
  int status = http_file_open(&file, v->root, path, folder);
  if (status != 0) {
    return answer_status(v, status, request, keep);
  }
  bool good = answer_file(v, &file, request, keep);
  (void)close(file.fd);
  return good;
}

/* A whole head at the start of v->in: its size; 0 if none will come. */
static size_t next_head(conversation *v) {
  bool begun = false;
  /* Below a request there are records, and they can trickle in too: the first
   * byte has its time limit as a whole, not for each wait. */
  v->c->until_ms = channel_now_ms() + v->c->idle_ms;
  for (;;) {
    /* Empty lines before a request are passed over (RFC 9112 §2.2). */
    size_t skip = 0;
    while (skip < v->in_used && (v->in[skip] == '\r' || v->in[skip] == '\n')) {
      skip++;
    }
    v->in_used -= skip;
    memmove(v->in, v->in + skip, v->in_used);
    size_t size = http_head_size(v->in, v->in_used);
    size_t n = 0;
    if (size > 0) {
      v->c->until_ms = 0;
      return size;
    }
    if (v->in_used == sizeof v->in) {
      http_request none = {.is_get = true};
      (void)answer_status(v, http_head_too_long(v->in, v->in_used), &none, false);
      return 0;
    }
    /* A head that has begun has to be whole in time, however it trickles in. */
    if (v->in_used > 0 && !begun) {
      begun = true;
      v->c->until_ms = channel_now_ms() + v->c->head_ms;
    }
    channel_end end = channel_read(v->c, v->in + v->in_used, sizeof v->in - v->in_used, &n);
    if (end == CHANNEL_silent && v->in_used > 0) {
      http_request none = {.is_get = true};
      (void)answer_status(v, 408, &none, false);
    }
    if (end != CHANNEL_open) {
      return 0;
    }
    v->in_used += n;
  }
}

/* The peer may still be sending what we do not want; closing over it would
 * reset the connection and could take our answer with it. */
static void take_leave(conversation *v) {
  size_t n = 0;
  uint64_t before = v->c->bytes_in;
  v->c->idle_ms = 1000;
  v->c->until_ms = channel_now_ms() + LEAVE_MS;
  if (qtls_stream_shutdown(v->c->stream) != QTLS_OK) {
    return;
  }
  while (v->c->bytes_in - before < LEFT_OVER_MOST && channel_read(v->c, v->in, sizeof v->in, &n) == CHANNEL_open) {
  }
}

void http_serve(channel *c, int root, const serve_plan *plan) {
  conversation *v = calloc(1, sizeof *v);
  if (v == NULL) {
    return;
  }
  v->c = c;
  v->root = root;
  v->plan = plan;
  for (bool keep = true; keep;) {
    http_request request;
    size_t size = next_head(v);
    if (size == 0) {
      break;
    }
    c->requests++;
    int status = http_request_read(&request, v->in, size);
    v->in_used -= size;
    memmove(v->in, v->in + size, v->in_used);
    /* After a request that was not understood, or whose body is not read, the
     * next one's beginning is not known. */
    keep = status == 0 && request.keep_alive && !request.has_body && c->requests < HTTP_REQUESTS_MOST;
    bool sent = status == 0 ? answer(v, &request, keep) : answer_status(v, status, &request, keep);
    keep = keep && sent;
  }
  take_leave(v);
  free(v);
}
