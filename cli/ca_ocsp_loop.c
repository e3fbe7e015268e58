/* Owns the responder's connections (ca_ocsp_loop.h). */
#include "ca_ocsp_loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "channel.h"
#include "out.h"
#include "signals.h"
#include "target.h"

enum { REQUESTS_MOST = 1000, GRACE_MS = 10000, DEAF_MS = 200, POLLS_OWN = 3 };

typedef struct conversation {
  int fd;
  char peer[TARGET_PEER];
  char in[OCSP_IN_MOST];
  size_t in_used;
  uint8_t *out; /* NULL: waiting for a request */
  size_t out_size, out_sent;
  bool keep;
  bool leaving; /* said all; the peer is to close, so that it reads our answer */
  int64_t until_ms;
  unsigned requests;
} conversation;

typedef struct loop {
  const ocsp_loop_settings *settings;
  conversation **all;
  struct pollfd *polls;
  size_t count;
  int64_t deaf_until_ms; /* out of descriptors or memory: some connection will end */
} loop;

static void log_json(const conversation *c, const ocsp_exchange *x, double ms) {
  char when[32];
  json j = json_to(stdout);
  json_begin(&j, NULL, '{');
  json_string(&j, "event", "request");
  json_string(&j, "time", out_time_json(when, (int64_t)time(NULL)));
  json_string(&j, "peer", c->peer);
  json_string(&j, "method", x->method);
  json_integer(&j, "http", x->status);
  json_string(&j, "answer", x->reply.word != NULL ? x->reply.word : x->file);
  json_string(&j, "serial", x->reply.serial[0] != '\0' ? x->reply.serial : NULL);
  json_string(&j, "signer", x->reply.signer);
  json_bool(&j, "nonce", x->reply.nonce);
  json_bool(&j, "cached", x->reply.cached);
  json_integer(&j, "bytes", (int64_t)x->out_size);
  json_real(&j, "duration_ms", ms);
  json_end(&j, '}');
  json_done(&j);
}

static void log_text(const conversation *c, const ocsp_exchange *x) {
  const char *word = x->reply.word != NULL ? x->reply.word : x->file != NULL ? x->file : "no OCSP request";
  (void)printf("%s %s %d %s%s%s%s%s\n", c->peer, x->method, x->status, word, x->reply.serial[0] != '\0' ? " " : "",
               x->reply.serial, x->reply.nonce ? ", nonce" : "", x->reply.cached ? ", signed before" : "");
  (void)fflush(stdout);
}

static double clock_ms(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1000 + (double)t.tv_nsec / 1e6;
}

static void leave(conversation *c, const loop *l) {
  (void)shutdown(c->fd, SHUT_WR);
  c->leaving = true;
  c->in_used = 0; /* room to read what is dropped */
  c->until_ms = channel_now_ms() + (l->settings->request_ms < 2000 ? l->settings->request_ms : 2000);
}

/* Empty lines before a request are no part of it (RFC 9112 §2.2). */
static void pass_over(conversation *c) {
  size_t skip = 0;
  while (skip < c->in_used && (c->in[skip] == '\r' || c->in[skip] == '\n')) {
    skip++;
  }
  c->in_used -= skip;
  memmove(c->in, c->in + skip, c->in_used);
}

/* What is in the buffer, answered. False: the connection is to be closed. */
static bool work(conversation *c, const loop *l, bool late) {
  const ocsp_loop_settings *s = l->settings;
  ocsp_exchange x;
  double begin = clock_ms();
  if (c->in_used == 0 && late) {
    return false;
  }
  bool last = signals_stopping() || c->requests + 1 >= REQUESTS_MOST;
  unsigned how = (c->in_used == sizeof c->in ? OCSP_FULL : 0U) | (late ? OCSP_LATE : 0U) | (last ? OCSP_LAST : 0U);
  if (!ocsp_exchange_run(&x, s->responder, c->in, c->in_used, how)) {
    return true;
  }
  c->requests++;
  c->keep = x.keep;
  c->in_used -= x.used;
  memmove(c->in, c->in + x.used, c->in_used);
  if (s->json) {
    log_json(c, &x, clock_ms() - begin);
  } else if (!s->quiet) {
    log_text(c, &x);
  }
  c->out = x.out;
  c->out_size = x.out_size;
  c->out_sent = 0;
  c->until_ms = channel_now_ms() + s->request_ms;
  x.out = NULL;
  ocsp_exchange_free(&x);
  return c->out != NULL;
}

/* Send what is left of the answer, then turn to the next request. */
static bool send_some(conversation *c, const loop *l) {
  while (c->out_sent < c->out_size) {
    ssize_t n = send(c->fd, c->out + c->out_sent, c->out_size - c->out_sent, MSG_NOSIGNAL);
    if (n < 0) {
      return errno == EAGAIN || errno == EINTR;
    }
    c->out_sent += (size_t)n;
  }
  free(c->out);
  c->out = NULL;
  if (!c->keep) {
    leave(c, l);
    return true;
  }
  pass_over(c);
  c->until_ms = channel_now_ms() + (c->in_used > 0 ? l->settings->request_ms : l->settings->idle_ms);
  return work(c, l, false);
}

static bool receive_some(conversation *c, const loop *l) {
  ssize_t n = recv(c->fd, c->in + c->in_used, sizeof c->in - c->in_used, 0);
  if (n == 0) {
    return false;
  }
  if (n < 0) {
    return errno == EAGAIN || errno == EINTR;
  }
  if (c->leaving) {
    return true; /* dropped */
  }
  /* From its first byte on a request has its time as a whole; empty lines do not give more of it. */
  bool begun = c->in_used > 0;
  c->in_used += (size_t)n;
  pass_over(c);
  if (!begun && c->in_used > 0) {
    c->until_ms = channel_now_ms() + l->settings->request_ms;
  }
  return work(c, l, false);
}

static bool turn(conversation *c, const loop *l, short events) {
  bool good = true;
  if ((events & (POLLIN | POLLHUP | POLLERR)) != 0 && c->out == NULL) {
    good = receive_some(c, l);
  }
  if (good && c->out != NULL) {
    good = send_some(c, l);
  }
  if (good && channel_now_ms() >= c->until_ms) {
    /* Late with a request: it is told so. Late with taking an answer, or with
     * leaving: it is not. */
    good = c->out == NULL && !c->leaving && c->in_used > 0 && work(c, l, true) && (c->out == NULL || send_some(c, l));
  }
  return good;
}

static void accept_some(loop *l) {
  while (l->count < l->settings->at_once) {
    int fd = -1;
    bool starved = qtls_listener_try_accept(l->settings->listener, &fd, NULL) != QTLS_OK;
    conversation *c = fd >= 0 ? calloc(1, sizeof *c) : NULL;
    if (c == NULL) {
      l->deaf_until_ms = starved || fd >= 0 ? channel_now_ms() + DEAF_MS : 0;
      if (fd >= 0) {
        (void)close(fd);
      }
      return;
    }
    (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    c->fd = fd;
    c->until_ms = channel_now_ms() + l->settings->request_ms;
    target_peer(c->peer, fd);
    l->all[l->count++] = c;
  }
}

static void drop(loop *l, size_t i) {
  conversation *c = l->all[i];
  (void)close(c->fd);
  free(c->out);
  free(c);
  l->all[i] = l->all[--l->count];
}

/* Wait for any of them; the first three are the listener, the end and a reload. */
static int wait_for_any(loop *l, bool ending) {
  int64_t now = channel_now_ms();
  bool deaf = now < l->deaf_until_ms;
  int64_t least = ending || deaf ? 100 : 60000;
  bool room = !ending && !deaf && l->count < l->settings->at_once;
  l->polls[0] = (struct pollfd){.fd = room ? qtls_listener_fd(l->settings->listener) : -1, .events = POLLIN};
  l->polls[1] = (struct pollfd){.fd = ending ? -1 : signals_stop_fd(), .events = POLLIN};
  l->polls[2] = (struct pollfd){.fd = ending ? -1 : signals_reload_fd(), .events = POLLIN};
  for (size_t i = 0; i < l->count; i++) {
    const conversation *c = l->all[i];
    int64_t left = c->until_ms - now;
    least = left < least ? left : least;
    l->polls[i + POLLS_OWN] = (struct pollfd){.fd = c->fd, .events = c->out != NULL ? POLLOUT : POLLIN};
  }
  return poll(l->polls, l->count + POLLS_OWN, least > 0 ? (int)least : 0);
}

static void turn_all(loop *l, bool ending) {
  size_t count = l->count;
  /* From the end, so that dropping one moves only those already seen. */
  for (size_t i = count; i-- > 0;) {
    conversation *c = l->all[i];
    bool idle = ending && c->out == NULL && c->in_used == 0 && !c->leaving;
    if (idle || !turn(c, l, l->polls[i + POLLS_OWN].revents)) {
      drop(l, i);
    }
  }
}

bool ocsp_loop_run(const ocsp_loop_settings *settings) {
  loop l = {.settings = settings};
  int64_t end = 0;
  l.all = calloc(settings->at_once, sizeof *l.all);
  l.polls = calloc(settings->at_once + POLLS_OWN, sizeof *l.polls);
  bool good = l.all != NULL && l.polls != NULL;
  while (good && (end == 0 || (l.count > 0 && channel_now_ms() < end))) {
    int n = wait_for_any(&l, end != 0);
    if (n < 0 && errno != EINTR) {
      good = false;
      break;
    }
    if (signals_stopping() && end == 0) {
      end = channel_now_ms() + GRACE_MS;
      memset(l.polls, 0, (settings->at_once + POLLS_OWN) * sizeof *l.polls);
    }
    if (n > 0 && l.polls[2].revents != 0) {
      signals_reloading();
      settings->reload(settings->user);
    }
    turn_all(&l, end != 0);
    if (n > 0 && end == 0 && l.polls[0].revents != 0) {
      accept_some(&l);
    }
  }
  while (l.count > 0) {
    drop(&l, l.count - 1);
  }
  free(l.all);
  free(l.polls);
  return good;
}
