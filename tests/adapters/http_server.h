/* Owns the running of a web server in another process (_http.py, or another script
 * that prints its port and ends with its standard input), for the adapters' tests. */
#ifndef QTLS_TESTS_ADAPTERS_HTTP_SERVER_H
#define QTLS_TESTS_ADAPTERS_HTTP_SERVER_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct http_server {
  pid_t pid;
  int in; /* it ends when this is closed */
  unsigned port;
} http_server;

static inline bool http_server_start(http_server *out, const char *script) {
  int in[2];
  int told[2];
  char path[512];
  (void)snprintf(path, sizeof path, "%s/tests/adapters/%s", QTLS_TEST_SOURCE_DIR, script);
  if (pipe(in) != 0 || pipe(told) != 0) {
    return false;
  }
  out->pid = fork();
  if (out->pid == 0) {
    (void)dup2(in[0], 0);
    (void)dup2(told[1], 1);
    (void)close(in[0]);
    (void)close(in[1]);
    (void)close(told[0]);
    (void)close(told[1]);
    (void)execlp("python3", "python3", path, (char *)NULL);
    _exit(127);
  }
  (void)close(in[0]);
  (void)close(told[1]);
  out->in = in[1];
  FILE *from = fdopen(told[0], "r");
  bool good = out->pid > 0 && from != NULL && fscanf(from, "%u", &out->port) == 1;
  if (from != NULL) {
    (void)fclose(from);
  }
  return good;
}

static inline void http_server_stop(http_server *s) {
  (void)close(s->in);
  (void)waitpid(s->pid, NULL, 0);
}

#endif
