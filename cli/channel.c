/* Owns a served connection as the protocols above it see it (channel.h). */
#include "channel.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <time.h>

int64_t channel_now_ms(void) {
  struct timespec ts;
  (void)clock_gettime(CLOCK_MONOTONIC, &ts);
  return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* How long one wait may last. */
static int patience(const channel *c) {
  if (c->until_ms == 0) {
    return c->idle_ms;
  }
  int64_t left = c->until_ms - channel_now_ms();
  if (left < 0) {
    left = 0;
  }
  return left < c->idle_ms ? (int)left : c->idle_ms;
}

channel_end channel_read(channel *c, void *buf, size_t size, size_t *n) {
  return channel_read_until(c, buf, size, n, UINT_MAX);
}

channel_end channel_read_until(channel *c, void *buf, size_t size, size_t *n, unsigned answers) {
  bool again = false;
  for (;;) {
    if (qtls_stream_try_read(c->stream, buf, size, n, &again) != QTLS_OK) {
      return CHANNEL_failed;
    }
    if (again && answers != UINT_MAX && qtls_stream_auth_answers(c->stream) != answers) {
      return CHANNEL_open;
    }
    if (!again) {
      c->bytes_in += *n;
      return *n > 0 ? CHANNEL_open : CHANNEL_closed;
    }
    struct pollfd both[2] = {{.fd = qtls_stream_fd(c->stream), .events = POLLIN, .revents = 0},
                             {.fd = c->stop_fd, .events = POLLIN, .revents = 0}};
    int ready = poll(both, 2, patience(c));
    if (ready == 0) {
      return CHANNEL_silent;
    }
    if (ready < 0 && errno != EINTR) {
      return CHANNEL_failed;
    }
    if (ready > 0 && both[0].revents == 0 && both[1].revents != 0) {
      return CHANNEL_stopped;
    }
  }
}

bool channel_write(channel *c, const void *data, size_t size) {
  if (qtls_stream_write(c->stream, data, size) != QTLS_OK) {
    return false;
  }
  c->bytes_out += size;
  return true;
}

void channel_echo(channel *c) {
  char data[16384];
  size_t n = 0;
  while (channel_read(c, data, sizeof data, &n) == CHANNEL_open) {
    if (!channel_write(c, data, n)) {
      return;
    }
  }
}
