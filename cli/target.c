/* Owns HOST[:PORT] (target.h). */
#include "target.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_port(unsigned *out, const char *text, unsigned long least) {
  char *end = NULL;
  if (text[0] == '\0' || strspn(text, "0123456789") != strlen(text) || strlen(text) > 5) {
    return false;
  }
  unsigned long port = strtoul(text, &end, 10);
  if (port < least || port > 65535) {
    return false;
  }
  *out = (unsigned)port;
  return true;
}

static bool read_pair(target *out, const char *text, unsigned long least) {
  const char *colon = strrchr(text, ':');
  const char *first = text;
  size_t n = strlen(text);
  if (text[0] == '[') {
    const char *close = strchr(text, ']');
    if (close == NULL || (close[1] != '\0' && close[1] != ':')) {
      return false;
    }
    first = text + 1;
    n = (size_t)(close - first);
    colon = close[1] == ':' ? close + 1 : NULL;
  } else if (colon != NULL && strchr(text, ':') == colon) {
    n = (size_t)(colon - text);
  } else {
    colon = NULL; /* none, or the many of an IPv6 address */
  }
  if (n >= sizeof out->host || (colon != NULL && !read_port(&out->port, colon + 1, least))) {
    return false;
  }
  memcpy(out->host, first, n);
  out->host[n] = '\0';
  return true;
}

bool target_read(target *out, const char *text) { return read_pair(out, text, 1) && out->host[0] != '\0'; }

bool target_read_listen(target *out, const char *text) {
  if (text[0] != '\0' && strspn(text, "0123456789") == strlen(text)) {
    out->host[0] = '\0';
    return read_port(&out->port, text, 0);
  }
  return read_pair(out, text, 0);
}

/* ---- sockets ---- */

void target_bound(target *out, int fd) {
  struct sockaddr_storage at;
  socklen_t size = sizeof at;
  char port[16] = "0";
  memset(out, 0, sizeof *out);
  if (getsockname(fd, (struct sockaddr *)&at, &size) != 0 ||
      getnameinfo((struct sockaddr *)&at, size, out->host, sizeof out->host, port, sizeof port,
                  NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return;
  }
  (void)read_port(&out->port, port, 0);
}

void target_peer(char out[TARGET_PEER], int fd) {
  struct sockaddr_storage at;
  socklen_t size = sizeof at;
  char host[64] = "?";
  char port[16] = "?";
  memset(&at, 0, sizeof at);
  (void)getpeername(fd, (struct sockaddr *)&at, &size); /* one that has gone shows as "?" */
  (void)getnameinfo((struct sockaddr *)&at, size, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV);
  bool six = strchr(host, ':') != NULL;
  (void)snprintf(out, TARGET_PEER, "%s%.50s%s:%.12s", six ? "[" : "", host, six ? "]" : "", port);
}
