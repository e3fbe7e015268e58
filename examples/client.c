/*
 * A small client: connect, say something, print the answer.
 *
 *   example_client ca/root.pem localhost 8443
 */
#include <qtls/stream.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  qtls_config *config = NULL;
  qtls_stream *stream = NULL;
  qtls_stream_problem why = {QTLS_OK, ""};
  char answer[1024];
  size_t n = 0;
  if (argc != 4) {
    return 2;
  }
  if (qtls_client_config(&config, argv[1], &why) != QTLS_OK ||
      qtls_stream_connect(&stream, config, argv[2], (unsigned)strtoul(argv[3], NULL, 10), &why) != QTLS_OK) {
    fprintf(stderr, "%s\n", why.text);
    qtls_config_free(config);
    return 1;
  }
  qtls_err err = qtls_stream_write(stream, "hello, quantum\n", 15);
  if (err == QTLS_OK) {
    err = qtls_stream_read(stream, answer, sizeof answer, &n);
  }
  if (err != QTLS_OK) {
    fprintf(stderr, "%s\n", qtls_stream_error_text(stream));
  }
  fwrite(answer, 1, n, stdout);
  qtls_err closed = qtls_stream_close(stream);
  qtls_config_free(config);
  return err == QTLS_OK && closed == QTLS_OK ? 0 : 1;
}
