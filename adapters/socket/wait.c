/* Owns the clock and the waiting on sockets (wait.h). */
#include "wait.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <time.h>

int64_t q_socket_now_ms(void) {
  struct timespec ts;
  (void)clock_gettime(CLOCK_MONOTONIC, &ts);
  return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

q_deadline q_socket_deadline(int ms) { return ms > 0 ? q_socket_now_ms() + ms : 0; }

static int left(q_deadline until) {
  if (until == 0) {
    return -1;
  }
  int64_t ms = until - q_socket_now_ms();
  if (ms <= 0) {
    return 0;
  }
  return ms > INT_MAX ? INT_MAX : (int)ms;
}

qtls_err q_socket_wait(int fd, short events, q_deadline until) {
  for (;;) {
    struct pollfd one = {.fd = fd, .events = events, .revents = 0};
    int n = poll(&one, 1, left(until));
    if (n > 0) {
      return QTLS_OK; /* errors too: the call that follows meets and names them */
    }
    if (n == 0) {
      return QTLS_ERR_TIMEOUT;
    }
    if (errno != EINTR) {
      return QTLS_ERR_IO;
    }
  }
}
