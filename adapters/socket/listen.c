/*
 * Owns the listening socket: one for both families where the machine has IPv6,
 * else one for IPv4. Accepts; the handshake is the stream's (stream.c), so that
 * a slow peer holds up nobody but itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "problem.h"
#include "wait.h"

struct qtls_listener {
  int fd;
  unsigned port;
};

static unsigned port_of(int fd) {
  struct sockaddr_storage at;
  socklen_t size = sizeof at;
  if (getsockname(fd, (struct sockaddr *)&at, &size) != 0) {
    return 0;
  }
  if (at.ss_family == AF_INET6) {
    struct sockaddr_in6 six;
    memcpy(&six, &at, sizeof six);
    return ntohs(six.sin6_port);
  }
  struct sockaddr_in four;
  memcpy(&four, &at, sizeof four);
  return ntohs(four.sin_port);
}

/* A listening socket, or -1 with errno. */
static int listen_at(const struct addrinfo *at, bool both) {
  const int on = 1;
  const int off = 0;
  int fd = socket(at->ai_family, SOCK_STREAM, at->ai_protocol);
  if (fd < 0) {
    return -1;
  }
  (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
  (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (both && at->ai_family == AF_INET6) {
    (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  }
  if (bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0) {
    /* So that a peer that left between poll and accept does not block us. */
    (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    return fd;
  }
  int code = errno;
  (void)close(fd);
  errno = code;
  return -1;
}

/* The first that this machine has, IPv6 first, since such a socket may take IPv4 too. One that
 * it has and that is taken is an error: who listens at another one is not found. */
static int listen_any(const struct addrinfo *all, bool both) {
  static const int families[] = {AF_INET6, AF_INET};
  for (size_t i = 0; i < 2; i++) {
    for (const struct addrinfo *at = all; at != NULL; at = at->ai_next) {
      int fd = at->ai_family == families[i] ? listen_at(at, both) : -1;
      if (fd >= 0 || (at->ai_family == families[i] && errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL)) {
        return fd;
      }
    }
  }
  return -1;
}

static const char *remedy(int reason, unsigned port) {
  enum { PRIVILEGED = 1024 };
  if (reason == EADDRINUSE) {
    return "; another program has it, perhaps an earlier start of this one";
  }
  return reason == EACCES && port < PRIVILEGED ? "; ports below 1024 are for root and for CAP_NET_BIND_SERVICE" : "";
}

qtls_err qtls_listener_open(qtls_listener **out, const char *address, unsigned port, qtls_stream_problem *why) {
  struct addrinfo hints;
  struct addrinfo *all = NULL;
  char service[16];
  *out = NULL;
  if (port > 65535) {
    return q_socket_tell(why, QTLS_ERR_ARGUMENT, "port %u: a port is a number up to 65535", port);
  }
  memset(&hints, 0, sizeof hints);
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  (void)snprintf(service, sizeof service, "%u", port);
  int code = getaddrinfo(address, service, &hints, &all);
  if (code != 0) {
    return q_socket_tell(why, QTLS_ERR_NAME_LOOKUP, "%s: this is no address to listen on: %s",
                         address != NULL ? address : "every address", gai_strerror(code));
  }
  int fd = listen_any(all, address == NULL);
  int reason = errno;
  freeaddrinfo(all);
  if (fd < 0) {
    return q_socket_tell(why, QTLS_ERR_IO, "cannot listen on %s port %u: %s%s",
                         address != NULL ? address : "every address,", port, strerror(reason), remedy(reason, port));
  }
  qtls_listener *made = malloc(sizeof *made);
  if (made == NULL) {
    (void)close(fd);
    return q_socket_tell(why, QTLS_ERR_NO_MEMORY, "%s", qtls_err_text(QTLS_ERR_NO_MEMORY));
  }
  made->fd = fd;
  made->port = port_of(fd);
  *out = made;
  return QTLS_OK;
}

unsigned qtls_listener_port(const qtls_listener *listener) { return listener->port; }

int qtls_listener_fd(const qtls_listener *listener) { return listener->fd; }

void qtls_listener_close(qtls_listener *listener) {
  if (listener != NULL) {
    (void)close(listener->fd);
    free(listener);
  }
}

/* Errors of one connection that died while it waited, not of the listener (accept(2)). */
static bool is_passing(int code) {
  return code == EINTR || code == EAGAIN || code == ECONNABORTED || code == EPROTO || code == ENETDOWN ||
         code == EHOSTDOWN || code == EHOSTUNREACH || code == ENETUNREACH;
}

qtls_err qtls_listener_accept(qtls_listener *listener, int *fd, qtls_stream_problem *why) {
  const int on = 1;
  *fd = -1;
  for (;;) {
    qtls_err err = q_socket_wait(listener->fd, POLLIN, 0);
    if (err != QTLS_OK) {
      return q_socket_tell(why, err, "waiting for connections failed: %s", strerror(errno));
    }
    int got = accept(listener->fd, NULL, NULL);
    if (got >= 0) {
      (void)fcntl(got, F_SETFD, FD_CLOEXEC);
      (void)setsockopt(got, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      *fd = got;
      return QTLS_OK;
    }
    if (!is_passing(errno)) {
      return q_socket_tell(why, QTLS_ERR_IO, "a connection could not be taken: %s", strerror(errno));
    }
  }
}
