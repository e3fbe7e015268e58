/* Owns the reading of HOST[:PORT] (target.h). */
#include "target.h"

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
