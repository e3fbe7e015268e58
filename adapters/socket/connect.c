/*
 * Owns the way to a connected TCP socket: every address of a host in turn,
 * within one deadline. Shakes no hands.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "problem.h"
#include "wait.h"

enum { CONNECT_MS = 10000 };

static qtls_err resolve(struct addrinfo **out, const char *host, unsigned port, qtls_stream_problem *why) {
  struct addrinfo hints;
  char service[16];
  memset(&hints, 0, sizeof hints);
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  (void)snprintf(service, sizeof service, "%u", port);
  /* "localhost" is this machine, whatever a resolver would say (RFC 6761 §6.3);
   * without a name, getaddrinfo gives the loopback addresses. */
  int code = getaddrinfo(strcasecmp(host, "localhost") == 0 ? NULL : host, service, &hints, out);
  if (code != 0) {
    return q_socket_tell(why, QTLS_ERR_NAME_LOOKUP, "%s: the name could not be resolved: %s", host,
                         code == EAI_SYSTEM ? strerror(errno) : gai_strerror(code));
  }
  return QTLS_OK;
}

/* QTLS_OK, QTLS_ERR_TIMEOUT, or QTLS_ERR_CONNECT with errno. */
static qtls_err finish(int fd, q_deadline until) {
  int code = 0;
  socklen_t size = sizeof code;
  qtls_err err = q_socket_wait(fd, POLLOUT, until);
  if (err != QTLS_OK) {
    return err == QTLS_ERR_TIMEOUT ? err : QTLS_ERR_CONNECT;
  }
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) != 0 || code != 0) {
    errno = code != 0 ? code : errno;
    return QTLS_ERR_CONNECT;
  }
  return QTLS_OK;
}

static qtls_err try_one(int *out, const struct addrinfo *at, q_deadline until) {
  const int on = 1;
  qtls_err err = QTLS_OK;
  int fd = socket(at->ai_family, SOCK_STREAM, at->ai_protocol);
  if (fd < 0) {
    return QTLS_ERR_CONNECT;
  }
  int flags = fcntl(fd, F_GETFL);
  (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
  (void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
  if (connect(fd, at->ai_addr, at->ai_addrlen) != 0) {
    /* EINTR: the connecting goes on by itself, as with EINPROGRESS (POSIX). */
    err = errno == EINPROGRESS || errno == EINTR ? finish(fd, until) : QTLS_ERR_CONNECT;
  }
  if (err != QTLS_OK) {
    int code = errno;
    (void)close(fd);
    errno = code;
    return err;
  }
  (void)fcntl(fd, F_SETFL, flags);
  (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  *out = fd;
  return QTLS_OK;
}

/* An address that does not answer may not use up the time of those after it. */
static q_deadline share_of(q_deadline until, const struct addrinfo *at) {
  int rest = 0;
  for (; at != NULL; at = at->ai_next) {
    rest++;
  }
  if (until == 0 || rest <= 1) {
    return until;
  }
  int64_t now = q_socket_now_ms();
  int64_t left = until > now ? until - now : 1;
  return now + (left / rest > 0 ? left / rest : 1);
}

qtls_err qtls_socket_connect(int *out, const char *host, unsigned port, int timeout_ms, qtls_stream_problem *why) {
  struct addrinfo *all = NULL;
  char tried[384] = "";
  qtls_err err = QTLS_ERR_CONNECT;
  *out = -1;
  if (host == NULL || host[0] == '\0' || port == 0 || port > 65535) {
    return q_socket_tell(why, QTLS_ERR_ARGUMENT, "a host and a port from 1 to 65535 are needed");
  }
  qtls_err found = resolve(&all, host, port, why);
  if (found != QTLS_OK) {
    return found;
  }
  q_deadline until = q_socket_deadline(timeout_ms);
  for (const struct addrinfo *at = all; at != NULL; at = at->ai_next) {
    char address[80] = "?";
    err = try_one(out, at, share_of(until, at));
    if (err == QTLS_OK) {
      break;
    }
    const char *reason = err == QTLS_ERR_TIMEOUT ? "no answer in time" : strerror(errno);
    (void)getnameinfo(at->ai_addr, at->ai_addrlen, address, sizeof address, NULL, 0, NI_NUMERICHOST);
    size_t used = strlen(tried);
    (void)snprintf(tried + used, sizeof tried - used, "%s%s: %s", used > 0 ? "; " : "", address, reason);
  }
  freeaddrinfo(all);
  if (err != QTLS_OK) {
    return q_socket_tell(why, err, "%s port %u: no connection could be made (%s)", host, port, tried);
  }
  return QTLS_OK;
}

qtls_err qtls_stream_connect(qtls_stream **out, const qtls_config *config, const char *host, unsigned port,
                             qtls_stream_problem *why) {
  const qtls_stream_options options = {.server_name = host, .handshake_ms = 10000, .idle_ms = 60000};
  int fd = -1;
  *out = NULL;
  qtls_err err = qtls_socket_connect(&fd, host, port, CONNECT_MS, why);
  if (err != QTLS_OK) {
    return err;
  }
  return qtls_stream_open(out, config, fd, &options, why);
}
