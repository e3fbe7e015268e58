/*
 * Owns the conversation of `qtls connect` (interact.h). Neither direction may
 * hold up the other: a peer that echoes stops reading once nobody takes what
 * it sends. So nothing is written unless it fits the socket's buffer.
 */
#include "interact.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* A socket is writable when a third of its buffer is free; of this size, that
 * holds a whole record with ease. */
enum { SEND_BUFFER = 256 * 1024, CHUNK = 16384 };

static qtls_err drain(qtls_stream *stream, sink *to, bool *closed) {
  uint8_t data[CHUNK];
  bool again = false;
  while (!again && !*closed) {
    size_t n = 0;
    qtls_err err = qtls_stream_try_read(stream, data, sizeof data, &n, &again);
    if (err != QTLS_OK) {
      return err;
    }
    *closed = n == 0 && !again;
    if (!sink_put(to, data, n)) {
      return QTLS_ERR_FILE;
    }
  }
  return QTLS_OK;
}

/* Send one piece of standard input; at its end, close our side. */
static qtls_err feed(qtls_stream *stream, bool *open) {
  uint8_t data[CHUNK];
  ssize_t got = read(STDIN_FILENO, data, sizeof data);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
    return QTLS_OK;
  }
  if (got <= 0) {
    *open = false;
    return qtls_stream_shutdown(stream);
  }
  return qtls_stream_write(stream, data, (size_t)got);
}

qtls_err interact(qtls_stream *stream, sink *to, int patience_ms) {
  const int size = SEND_BUFFER;
  int fd = qtls_stream_fd(stream);
  bool open = true;
  bool closed = false;
  bool have_input = false;
  (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  for (;;) {
    qtls_err err = drain(stream, to, &closed);
    if (err != QTLS_OK || closed) {
      return err;
    }
    struct pollfd both[2] = {{.fd = fd, .events = POLLIN, .revents = 0},
                             {.fd = open && !have_input ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0}};
    if (have_input) {
      both[0].events |= POLLOUT;
    }
    int n = poll(both, 2, open ? -1 : patience_ms);
    if (n < 0 && errno != EINTR) {
      return QTLS_ERR_IO;
    }
    if (n == 0) {
      return QTLS_ERR_TIMEOUT;
    }
    if (n > 0 && have_input && (both[0].revents & (POLLOUT | POLLERR | POLLHUP)) != 0) {
      have_input = false;
      err = feed(stream, &open);
      if (err != QTLS_OK) {
        return err;
      }
    }
    if (n > 0 && both[1].revents != 0) {
      have_input = true;
    }
  }
}
