/*
 * Owns listening: a socket for each address, each of its own family alone, and one
 * descriptor to wait for all of them. Accepts; the handshake is the stream's
 * (stream.c), so that a slow peer holds up nobody but itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "problem.h"

/* PORT_TRIES: how often any port is chosen anew that is taken in another family. */
enum { SOCKETS_MOST = 32, PORT_TRIES = 16 };

struct qtls_listener {
  int fd; /* epoll: readable when any of them is */
  int sockets[SOCKETS_MOST];
  size_t count;
  unsigned port; /* of all of them */
};

/* ---- opening ---- */

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

static void set_port(struct addrinfo *at, unsigned port) {
  if (at->ai_family == AF_INET6) {
    ((struct sockaddr_in6 *)(void *)at->ai_addr)->sin6_port = htons((uint16_t)port);
  } else {
    ((struct sockaddr_in *)(void *)at->ai_addr)->sin_port = htons((uint16_t)port);
  }
}

/* A listening socket, or -1 with errno. */
static int listen_at(const struct addrinfo *at) {
  const int on = 1;
  int fd = socket(at->ai_family, SOCK_STREAM, at->ai_protocol);
  if (fd < 0) {
    return -1;
  }
  (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
  (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if ((at->ai_family != AF_INET6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0) &&
      bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0) {
    /* So that a peer that left before it was accepted does not block us. */
    (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    return fd;
  }
  int code = errno;
  (void)close(fd);
  errno = code;
  return -1;
}

static void close_all(qtls_listener *l) {
  for (size_t i = 0; i < l->count; i++) {
    (void)close(l->sockets[i]);
  }
  l->count = 0;
}

/* Names come with the same address twice where a file of hosts has them on two lines. */
static bool is_repeated(const struct addrinfo *all, const struct addrinfo *at) {
  for (const struct addrinfo *other = all; other != at; other = other->ai_next) {
    if (other->ai_addrlen == at->ai_addrlen && memcmp(other->ai_addr, at->ai_addr, at->ai_addrlen) == 0) {
      return true;
    }
  }
  return false;
}

/* Those of `all` that this machine has. NULL, or the address that cannot be had, with errno. */
static const struct addrinfo *listen_at_all(qtls_listener *l, struct addrinfo *all, unsigned port) {
  const struct addrinfo *missing = all;
  int reason = EADDRNOTAVAIL;
  l->port = port;
  for (struct addrinfo *at = all; at != NULL; at = at->ai_next) {
    set_port(at, l->port);
    if (is_repeated(all, at) || l->count == SOCKETS_MOST) {
      continue;
    }
    int fd = listen_at(at);
    if (fd >= 0) {
      struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
      l->sockets[l->count++] = fd;
      l->port = port_of(fd);
      fd = epoll_ctl(l->fd, EPOLL_CTL_ADD, fd, &event);
    }
    if (fd < 0 && errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL) {
      return at;
    }
    if (fd < 0) {
      missing = at;
      reason = errno;
    }
  }
  errno = reason;
  return l->count > 0 ? NULL : missing;
}

static const char *remedy(int reason, unsigned port) {
  enum { PRIVILEGED = 1024 };
  if (reason == EADDRINUSE) {
    return "; another program has it, perhaps an earlier start of this one";
  }
  return reason == EACCES && port < PRIVILEGED ? "; ports below 1024 are for root and for CAP_NET_BIND_SERVICE" : "";
}

static qtls_err tell_refused(qtls_stream_problem *why, const char *address, unsigned port, const struct addrinfo *at) {
  int reason = errno;
  char shown[80] = "";
  (void)getnameinfo(at->ai_addr, at->ai_addrlen, shown, sizeof shown, NULL, 0, NI_NUMERICHOST);
  bool same = address != NULL && strcmp(address, shown) == 0;
  return q_socket_tell(why, QTLS_ERR_IO, "cannot listen on %s port %u%s%s%s: %s%s",
                       address != NULL ? address : "every address,", port, same ? "" : " (", same ? "" : shown,
                       same ? "" : ")", strerror(reason), remedy(reason, port));
}

/* "localhost" is this machine, whatever a resolver would say (RFC 6761 §6.3). */
static qtls_err resolve(struct addrinfo **out, const char *address, qtls_stream_problem *why) {
  struct addrinfo hints;
  memset(&hints, 0, sizeof hints);
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | (address == NULL ? AI_PASSIVE : 0);
  bool own = address != NULL && strcasecmp(address, "localhost") == 0;
  int code = getaddrinfo(own ? NULL : address, "0", &hints, out);
  if (code != 0) {
    return q_socket_tell(why, QTLS_ERR_NAME_LOOKUP, "%s: this is no address to listen on: %s",
                         address != NULL ? address : "every address", gai_strerror(code));
  }
  return QTLS_OK;
}

static qtls_err open_all(qtls_listener *l, const char *address, unsigned port, qtls_stream_problem *why) {
  struct addrinfo *all = NULL;
  qtls_err err = resolve(&all, address, why);
  if (err != QTLS_OK) {
    return err;
  }
  const struct addrinfo *refused = listen_at_all(l, all, port);
  for (int i = 0; refused != NULL && errno == EADDRINUSE && port == 0 && i < PORT_TRIES; i++) {
    close_all(l);
    refused = listen_at_all(l, all, port);
  }
  if (refused != NULL) {
    err = tell_refused(why, address, port, refused);
  }
  freeaddrinfo(all);
  return err;
}

qtls_err qtls_listener_open(qtls_listener **out, const char *address, unsigned port, qtls_stream_problem *why) {
  *out = NULL;
  if (port > 65535) {
    return q_socket_tell(why, QTLS_ERR_ARGUMENT, "port %u: a port is a number up to 65535", port);
  }
  qtls_listener *made = calloc(1, sizeof *made);
  if (made == NULL) {
    return q_socket_tell(why, QTLS_ERR_NO_MEMORY, "%s", qtls_err_text(QTLS_ERR_NO_MEMORY));
  }
  made->fd = epoll_create1(EPOLL_CLOEXEC);
  qtls_err err = made->fd >= 0 ? open_all(made, address, port, why)
                               : q_socket_tell(why, QTLS_ERR_IO, "cannot listen: %s", strerror(errno));
  if (err != QTLS_OK) {
    qtls_listener_close(made);
    return err;
  }
  *out = made;
  return QTLS_OK;
}

unsigned qtls_listener_port(const qtls_listener *listener) { return listener->port; }

int qtls_listener_fd(const qtls_listener *listener) { return listener->fd; }

int qtls_listener_socket(const qtls_listener *listener, size_t i) {
  return i < listener->count ? listener->sockets[i] : -1;
}

void qtls_listener_close(qtls_listener *listener) {
  if (listener != NULL) {
    close_all(listener);
    if (listener->fd >= 0) {
      (void)close(listener->fd);
    }
    free(listener);
  }
}

/* ---- accepting ---- */

/* Errors of one connection that died while it waited, not of the listener (accept(2)). */
static bool is_passing(int code) {
  return code == EINTR || code == EAGAIN || code == ECONNABORTED || code == EPROTO || code == ENETDOWN ||
         code == EHOSTDOWN || code == EHOSTUNREACH || code == ENETUNREACH;
}

/* Sockets where somebody waits come in turn: epoll puts the one it gave behind the others. */
static qtls_err take_one(const qtls_listener *l, int timeout_ms, int *fd, qtls_stream_problem *why) {
  const int on = 1;
  *fd = -1;
  for (;;) {
    struct epoll_event ready;
    int n = epoll_wait(l->fd, &ready, 1, timeout_ms);
    if (n == 0) {
      return QTLS_OK;
    }
    if (n < 0 && errno != EINTR) {
      return q_socket_tell(why, QTLS_ERR_IO, "waiting for connections failed: %s", strerror(errno));
    }
    int got = n > 0 ? accept(ready.data.fd, NULL, NULL) : -1;
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

qtls_err qtls_listener_accept(qtls_listener *listener, int *fd, qtls_stream_problem *why) {
  return take_one(listener, -1, fd, why);
}

qtls_err qtls_listener_try_accept(qtls_listener *listener, int *fd, qtls_stream_problem *why) {
  return take_one(listener, 0, fd, why);
}
