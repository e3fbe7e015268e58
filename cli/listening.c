/* Owns how a server listens and says so (listening.h). */
#include "listening.h"

#include <stdio.h>
#include <string.h>

#include "sink.h"

int listening_open(const cli_args *args, const target *at, qtls_listener **out) {
  qtls_stream_problem why;
  qtls_err err = qtls_listener_open(out, at->host[0] != '\0' ? at->host : NULL, at->port, &why);
  return err == QTLS_OK ? CLI_OK : cli_failure(args, "%s", why.text);
}

static bool listens_at(const qtls_listener *listener, const char *address) {
  int fd = -1;
  for (size_t i = 0; (fd = qtls_listener_socket(listener, i)) >= 0; i++) {
    target at;
    target_bound(&at, fd);
    if (strcmp(at.host, address) == 0) {
      return true;
    }
  }
  return false;
}

void listening_print(const qtls_listener *listener) {
  int fd = -1;
  bool everywhere = listens_at(listener, "::") && listens_at(listener, "0.0.0.0");
  (void)printf("listening on ");
  for (size_t i = 0; !everywhere && (fd = qtls_listener_socket(listener, i)) >= 0; i++) {
    target at;
    target_bound(&at, fd);
    (void)printf("%s%s", i > 0 ? ", " : "", at.host);
  }
  (void)printf("%sport %u\n", everywhere ? "" : " ", qtls_listener_port(listener));
  (void)fflush(stdout);
}

void listening_json(const qtls_listener *listener, json *j) {
  int fd = -1;
  json_begin(j, "addresses", '[');
  for (size_t i = 0; (fd = qtls_listener_socket(listener, i)) >= 0; i++) {
    target at;
    target_bound(&at, fd);
    json_string(j, NULL, at.host);
  }
  json_end(j, ']');
  json_integer(j, "port", qtls_listener_port(listener));
}

bool listening_ready(const cli_args *args, const qtls_listener *listener) {
  const char *path = cli_value(args, "ready-file", NULL);
  char text[16];
  sink file;
  if (path == NULL) {
    return true;
  }
  int n = snprintf(text, sizeof text, "%u\n", qtls_listener_port(listener));
  bool kept = sink_file(&file, path) && sink_put(&file, text, (size_t)n) && sink_keep(&file);
  if (!kept) {
    (void)cli_failure(args, "--ready-file %s", file.problem);
  }
  sink_drop(&file);
  return kept;
}
