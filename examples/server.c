/*
 * A small server: one connection after the other, each is sent back what
 * it sends.
 *
 *   example_server server.pem server.key 8443
 */
#include <qtls/stream.h>
#include <stdio.h>
#include <stdlib.h>

static void echo(qtls_stream *stream) {
  char data[4096];
  size_t n = 0;
  while (qtls_stream_read(stream, data, sizeof data, &n) == QTLS_OK && n > 0) {
    if (qtls_stream_write(stream, data, n) != QTLS_OK) {
      break;
    }
  }
  fputs(qtls_stream_error_text(stream), stderr);
  (void)qtls_stream_close(stream);
}

int main(int argc, char **argv) {
  qtls_config *config = NULL;
  qtls_listener *listener = NULL;
  qtls_stream *stream = NULL;
  qtls_stream_problem why = {QTLS_OK, ""};
  int fd = -1;
  if (argc != 4) {
    return 2;
  }
  if (qtls_server_config(&config, argv[1], argv[2], &why) != QTLS_OK ||
      qtls_listener_open(&listener, NULL, (unsigned)strtoul(argv[3], NULL, 10), &why) != QTLS_OK) {
    fprintf(stderr, "%s\n", why.text);
    return 1;
  }
  printf("listening on port %u\n", qtls_listener_port(listener));
  fflush(stdout);
  while (qtls_listener_accept(listener, &fd, &why) == QTLS_OK) {
    if (qtls_stream_open(&stream, config, fd, NULL, &why) == QTLS_OK) {
      echo(stream);
    } else {
      fprintf(stderr, "%s\n", why.text);
    }
  }
  fprintf(stderr, "%s\n", why.text);
  return 1;
}
