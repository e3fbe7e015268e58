/* Owns HTTP for the OCSP responder (ca_ocsp_http.h). */
#include "ca_ocsp_http.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HEAD_ROOM = 1024 };

static const char *reason_of(int status) {
  static const struct {
    int status;
    const char *reason;
  } rows[] = {{200, "OK"},
              {400, "Bad Request"},
              {404, "Not Found"},
              {405, "Method Not Allowed"},
              {408, "Request Timeout"},
              {411, "Length Required"},
              {413, "Content Too Large"},
              {414, "URI Too Long"},
              {415, "Unsupported Media Type"},
              {431, "Request Header Fields Too Large"},
              {505, "HTTP Version Not Supported"}};
  for (size_t i = 0; i < CLI_COUNT(rows); i++) {
    if (rows[i].status == status) {
      return rows[i].reason;
    }
  }
  return "Internal Server Error";
}

static void http_date(char out[96], int64_t seconds) {
  static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  time_t t = (time_t)seconds;
  struct tm d;
  memset(&d, 0, sizeof d);
  (void)gmtime_r(&t, &d);
  (void)snprintf(out, 96, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[d.tm_wday % 7], d.tm_mday % 100,
                 months[d.tm_mon % 12], (d.tm_year + 1900) % 10000, d.tm_hour % 100, d.tm_min % 100, d.tm_sec % 100);
}

__attribute__((format(printf, 3, 4))) static void put(char *head, size_t *n, const char *format, ...) {
  va_list list;
  va_start(list, format);
  int more = vsnprintf(head + *n, HEAD_ROOM - *n, format, list);
  va_end(list);
  if (more > 0 && (size_t)more < HEAD_ROOM - *n) {
    *n += (size_t)more;
  }
}

/* RFC 5019 §6.2: an answer that caches may keep says so, and until when. */
static void put_cache(char *head, size_t *n, const ocsp_reply *r, bool is_get, int64_t now) {
  char date[96];
  if (!is_get || !r->answered || r->fresh_until <= now) {
    put(head, n, "Cache-Control: no-cache\r\n");
    return;
  }
  put(head, n,
      "Cache-Control: max-age=%lld, public, no-transform, "
      "must-revalidate\r\nETag: %s\r\n",
      (long long)(r->fresh_until - now), r->tag);
  http_date(date, r->this_update);
  put(head, n, "Last-Modified: %s\r\n", date);
  http_date(date, r->next_update);
  put(head, n, "Expires: %s\r\n", date);
}

/* Head and body as one block. */
static void finish(ocsp_exchange *x, const char *type, const void *body, size_t size, bool cacheable) {
  char head[HEAD_ROOM];
  char date[96];
  size_t n = 0;
  int64_t now = (int64_t)time(NULL);
  http_date(date, now);
  put(head, &n,
      "HTTP/1.1 %d %s\r\nDate: %s\r\nServer: qtls\r\nContent-Type: "
      "%s\r\nContent-Length: %zu\r\n",
      x->status, reason_of(x->status), date, type, size);
  if (x->status == 405) {
    put(head, &n, "Allow: GET, HEAD, POST\r\n");
  }
  if (x->reply.word != NULL) {
    put_cache(head, &n, &x->reply, cacheable, now);
  }
  put(head, &n, "%s\r\n", x->keep ? "" : "Connection: close\r\n");
  size = x->is_head ? 0 : size;
  x->out = malloc(n + size);
  if (x->out != NULL) {
    memcpy(x->out, head, n);
    if (size > 0) {
      memcpy(x->out + n, body, size);
    }
    x->out_size = n + size;
  }
}

static void finish_status(ocsp_exchange *x, int status, bool keep) {
  char body[64];
  int n = snprintf(body, sizeof body, "%d %s\n", status, reason_of(status));
  x->status = status;
  x->keep = keep;
  finish(x, "text/plain; charset=utf-8", body, (size_t)n, false);
}

/* ---- GET ---- */

static int hex(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  c = (char)(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int letter(char c) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const char *at = c != '\0' ? strchr(letters, c) : NULL;
  return at != NULL ? (int)(at - letters) : -1;
}

/* Percent-decoded base64 (RFC 6960 appendix A.1); 0 if it is none. */
static size_t decode(uint8_t *out, size_t cap, const char *text) {
  uint32_t bits = 0;
  unsigned held = 0;
  size_t n = 0;
  bool padded = false;
  for (; *text != '\0'; text++) {
    char c = *text;
    if (c == '%') {
      int high = hex(text[1]);
      int low = high >= 0 ? hex(text[2]) : -1;
      if (low < 0) {
        return 0;
      }
      c = (char)(high * 16 + low);
      text += 2;
    }
    if (c == '=') {
      padded = true;
      continue;
    }
    int value = letter(c);
    if (value < 0 || padded) {
      return 0;
    }
    bits = bits << 6 | (uint32_t)value;
    held += 6;
    if (held >= 8) {
      held -= 8;
      if (n == cap) {
        return 0;
      }
      out[n++] = (uint8_t)(bits >> held);
    }
  }
  return n;
}

/* "/intermediate.crl" and "/intermediate.cer": what the URLs of certificates
 * name. */
static bool give_file(ocsp_exchange *x, ocsp_responder *r, const char *target) {
  const char *dot = strrchr(target, '.');
  qtls_ca_authority a;
  uint8_t *der = NULL;
  size_t size = 0;
  int64_t next = 0;
  bool crl = dot != NULL && strcmp(dot, ".crl") == 0;
  if (dot == NULL || (!crl && strcmp(dot, ".cer") != 0)) {
    return false;
  }
  for (size_t i = 0; qtls_ca_authority_at(r->ca, i, &a); i++) {
    size_t n = strlen(a.name);
    if ((size_t)(dot - target) != n + 1 || memcmp(target + 1, a.name, n) != 0) {
      continue;
    }
    x->status = 200;
    x->file = crl ? "crl" : "certificate";
    if (!crl) {
      const uint8_t *cert = qtls_cert_der(a.cert, &size);
      finish(x, "application/pkix-cert", cert, size, false);
      return true;
    }
    if (qtls_ca_crl_last(r->ca, i, &der, &size, &next) != QTLS_OK || der == NULL) {
      return false;
    }
    finish(x, "application/pkix-crl", der, size, false);
    qtls_ca_release(der);
    return true;
  }
  return false;
}

static void respond(ocsp_exchange *x, ocsp_responder *r, const char *path, const uint8_t *der, size_t size,
                    const http_request *request) {
  if (!ocsp_respond(r, path, der, size, (int64_t)time(NULL), &x->reply)) {
    finish_status(x, 500, false);
    return;
  }
  x->status = 200;
  finish(x, "application/ocsp-response", x->reply.der, x->reply.size, !request->is_post);
  free(x->reply.der);
  x->reply.der = NULL;
  x->reply.size = 0;
}

/* The signer's path may stand before the base64, in which a slash may stand
 * too. */
static void get(ocsp_exchange *x, ocsp_responder *r, const http_request *request) {
  uint8_t der[QTLS_OCSP_REQUEST_MAX];
  const char *target = request->target;
  size_t skip = 0;
  if (give_file(x, r, target)) {
    return;
  }
  for (size_t i = 0; i < r->signer_count; i++) {
    size_t n = strlen(r->signers[i].path);
    if (n > skip && strncmp(target, r->signers[i].path, n) == 0 && target[n] == '/') {
      skip = n;
    }
  }
  size_t n = decode(der, sizeof der, target + skip + 1);
  if (n == 0) {
    finish_status(x, 404, x->keep);
  } else {
    respond(x, r, target, der, n, request);
  }
}

static int check_post(const http_request *request) {
  if (request->is_chunked || request->content_length < 0) {
    return 411;
  }
  if (request->content_length > QTLS_OCSP_REQUEST_MAX) {
    return 413;
  }
  return strcmp(request->content_type, "application/ocsp-request") == 0 ? 0 : 415;
}

bool ocsp_exchange_run(ocsp_exchange *x, ocsp_responder *r, const char *in, size_t n, unsigned how) {
  http_request request;
  bool late = (how & OCSP_LATE) != 0;
  memset(x, 0, sizeof *x);
  x->method = "?";
  size_t head = http_head_size(in, n);
  if (head == 0 && !late && (how & OCSP_FULL) == 0 && n <= HTTP_HEAD_MOST) {
    return false;
  }
  if (head == 0 || head > HTTP_HEAD_MOST) {
    bool too_long = head > 0 || n > HTTP_HEAD_MOST;
    finish_status(x, too_long ? http_head_too_long(in, HTTP_HEAD_MOST) : 408, false);
    return true;
  }
  int status = http_request_read_post(&request, in, head);
  x->method = request.is_post ? "POST" : request.is_head ? "HEAD" : request.is_get ? "GET" : "?";
  x->is_head = request.is_head;
  status = status == 0 && request.is_post ? check_post(&request) : status;
  status = status == 0 && !request.is_post && request.has_body ? 400 : status;
  if (status != 0) {
    finish_status(x, status, false);
    return true;
  }
  size_t body = request.is_post ? (size_t)request.content_length : 0;
  if (n - head < body) {
    if (!late) {
      return false;
    }
    finish_status(x, 408, false);
    return true;
  }
  x->used = head + body;
  x->keep = request.keep_alive && (how & OCSP_LAST) == 0;
  if (request.is_post) {
    respond(x, r, request.target, (const uint8_t *)in + head, body, &request);
  } else {
    get(x, r, &request);
  }
  return true;
}

void ocsp_exchange_free(ocsp_exchange *x) {
  ocsp_reply_free(&x->reply);
  free(x->out);
  x->out = NULL;
}
