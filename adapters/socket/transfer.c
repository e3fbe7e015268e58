/* Owns the moving of bytes between the socket and the connection (transfer.h). */
#include "transfer.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "problem.h"

enum { PROBLEM_SIZE = 512 };

void q_socket_release(qtls_stream *s) {
  if (s->in != NULL) {
    explicit_bzero(s->in, QTLS_RECORD_MAX); /* it held plaintext */
    free(s->in);
  }
  s->in = NULL;
  s->in_used = 0;
  s->data = NULL;
  s->data_size = 0;
  s->drop = 0;
}

qtls_err q_socket_fail(qtls_stream *s, qtls_err err, int system) {
  if (s->failed == QTLS_OK) {
    s->failed = err;
    s->problem = malloc(PROBLEM_SIZE);
    if (s->problem != NULL) {
      q_socket_describe(s->problem, PROBLEM_SIZE, s, err, system);
    }
  }
  return err;
}

/* The moment until which one wait may last: the deadline of all, or the idle
 * limit counted anew. */
static q_deadline limit(const qtls_stream *s, q_deadline until) {
  return until != 0 ? until : q_socket_deadline(s->idle_ms);
}

/* Forget the first `n` bytes of the input. */
static void drop(qtls_stream *s, size_t n) {
  s->in_used -= n;
  if (n > 0 && s->in_used > 0) {
    memmove(s->in, s->in + n, s->in_used);
  }
}

/* Forget the record whose data was taken. */
static void drop_taken(qtls_stream *s) {
  drop(s, s->drop);
  s->drop = 0;
  s->data = NULL;
}

/* ---- sending ---- */

/* Wait until the peer has taken something. With a least rate all waits are counted: what they
 * use up of the idle limit comes back only with the bytes taken, at that rate. */
static qtls_err wait_for_room(qtls_stream *s, q_deadline until) {
  int64_t begin = q_socket_now_ms();
  bool counted = until == 0 && s->idle_ms > 0 && s->least_rate > 0;
  if (counted) {
    int64_t left = s->idle_ms - s->behind * 1000 / s->least_rate;
    until = begin + (left > 0 ? left : 1);
  }
  qtls_err err = q_socket_wait(s->fd, POLLOUT, limit(s, until));
  if (counted) {
    s->behind += (q_socket_now_ms() - begin) * s->least_rate / 1000;
  }
  s->slow = err == QTLS_ERR_TIMEOUT;
  return err;
}

/* All of it. QTLS_ERR_IO with errno, or QTLS_ERR_TIMEOUT. */
static qtls_err send_all(qtls_stream *s, const uint8_t *p, size_t n, q_deadline until) {
  while (n > 0) {
    /* MSG_NOSIGNAL: a peer that left is an error, not the end of the process. */
    ssize_t sent = send(s->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      p += sent;
      n -= (size_t)sent;
      s->behind = s->behind > sent ? s->behind - sent : 0;
    } else if (errno == EAGAIN) {
      qtls_err err = wait_for_room(s, until);
      if (err != QTLS_OK) {
        return err;
      }
    } else if (errno != EINTR) {
      return QTLS_ERR_IO;
    }
  }
  return QTLS_OK;
}

/* A peer that refuses us sends its alert and leaves; our next write then meets
 * a broken pipe. The alert that waits in the socket is the better answer. */
static qtls_err ask_why(qtls_stream *s, qtls_err err, int system) {
  if (s->data_size > 0 || s->closed || s->ended) {
    return q_socket_fail(s, err, system); /* data that was not read stands before it */
  }
  drop_taken(s);
  if (s->in == NULL) {
    s->in = malloc(QTLS_RECORD_MAX);
  }
  while (s->in != NULL) {
    size_t used = 0;
    qtls_event event;
    qtls_err met = qtls_conn_recv(s->conn, s->in, s->in_used, &used, &event);
    if (met != QTLS_OK) {
      return met == QTLS_ERR_ALERT_RECEIVED ? q_socket_fail(s, met, 0) : q_socket_fail(s, err, system);
    }
    drop(s, used);
    if (event.kind == QTLS_EVENT_none) {
      ssize_t got = recv(s->fd, s->in + s->in_used, QTLS_RECORD_MAX - s->in_used, MSG_DONTWAIT);
      if (got <= 0) {
        break;
      }
      s->in_used += (size_t)got;
    } else if (event.kind == QTLS_EVENT_job || event.kind == QTLS_EVENT_closed) {
      break;
    }
  }
  return q_socket_fail(s, err, system);
}

qtls_err q_socket_put(qtls_stream *s, const uint8_t *data, size_t size, q_deadline until) {
  uint8_t out[QTLS_RECORD_MAX];
  if (size > 0) {
    q_socket_set_time(s); /* by which keys grow old */
  }
  do {
    size_t taken = 0;
    size_t written = 0;
    qtls_err err = qtls_conn_send(s->conn, data, size, out, sizeof out, &taken, &written);
    if (err != QTLS_OK) {
      return q_socket_fail(s, err, 0);
    }
    if (taken == 0 && written == 0) {
      /* Nothing moves: all is flushed, or data was given before its time. */
      return size == 0 ? QTLS_OK : q_socket_fail(s, QTLS_ERR_STATE, 0);
    }
    data += taken;
    size -= taken;
    err = send_all(s, out, written, until);
    if (err != QTLS_OK) {
      return err == QTLS_ERR_IO ? ask_why(s, err, errno) : q_socket_fail(s, err, errno);
    }
  } while (size > 0 || qtls_conn_pending(s->conn) > 0);
  return QTLS_OK;
}

/* ---- receiving ---- */

/* The alert of a failure should reach the peer, but its loss is no new failure. */
static qtls_err refuse(qtls_stream *s, qtls_err err) {
  uint8_t out[256];
  size_t taken = 0;
  size_t written = 0;
  (void)q_socket_fail(s, err, 0);
  while (qtls_conn_send(s->conn, NULL, 0, out, sizeof out, &taken, &written) == QTLS_OK && written > 0) {
    if (send_all(s, out, written, q_socket_deadline(1000)) != QTLS_OK) {
      break;
    }
  }
  return err;
}

static qtls_err end_of_data(qtls_stream *s) {
  s->ended = true;
  qtls_err err = qtls_conn_recv_end(s->conn);
  return err == QTLS_OK ? QTLS_OK : q_socket_fail(s, err, 0);
}

/* Wait with no buffer in hand if there is nothing in it, then read what is
 * there. */
static qtls_err fill(qtls_stream *s, q_deadline until, bool *came) {
  *came = true;
  for (;;) {
    if (s->in == NULL) {
      s->in = malloc(QTLS_RECORD_MAX);
      if (s->in == NULL) {
        return q_socket_fail(s, QTLS_ERR_NO_MEMORY, 0);
      }
    }
    if (s->in_used == QTLS_RECORD_MAX) {
      /* No record is longer: the connection refuses such a one by its header. */
      return q_socket_fail(s, QTLS_ERR_INTERNAL, 0);
    }
    ssize_t got = recv(s->fd, s->in + s->in_used, QTLS_RECORD_MAX - s->in_used, MSG_DONTWAIT);
    if (got > 0) {
      s->in_used += (size_t)got;
      return QTLS_OK;
    }
    if (got == 0) {
      return end_of_data(s);
    }
    if (errno == EAGAIN) {
      if (s->in_used == 0) {
        q_socket_release(s);
      }
      if (until == Q_NO_WAIT) {
        *came = false;
        return QTLS_OK;
      }
      qtls_err err = q_socket_wait(s->fd, POLLIN, limit(s, until));
      if (err != QTLS_OK) {
        return q_socket_fail(s, err, errno);
      }
    } else if (errno != EINTR) {
      return q_socket_fail(s, QTLS_ERR_IO, errno);
    }
  }
}

/* All the jobs that wait. Keys held outside need a caller who does them; a status
 * that nobody fetches is one that could not be had. */
static qtls_err do_jobs(qtls_stream *s) {
  const qtls_job *job = NULL;
  if (s->on_job != NULL) {
    qtls_err err = s->on_job(s->job_user, s->conn);
    return err == QTLS_OK && qtls_conn_job(s->conn, 0) != NULL ? QTLS_ERR_SIGNER : err;
  }
  while ((job = qtls_conn_job(s->conn, 0)) != NULL) {
    if (job->kind != QTLS_JOB_status) {
      return QTLS_ERR_SIGNER;
    }
    qtls_err err = qtls_conn_job_status(s->conn, job->id, false, NULL, 0);
    if (err != QTLS_OK) {
      return err;
    }
  }
  return QTLS_OK;
}

void q_socket_set_time(qtls_stream *s) {
  struct timespec now;
  (void)clock_gettime(CLOCK_REALTIME, &now);
  qtls_conn_set_time(s->conn, (int64_t)now.tv_sec);
}

qtls_err q_socket_next(qtls_stream *s, q_deadline until, qtls_event_kind *kind) {
  bool resume = false;
  *kind = QTLS_EVENT_none;
  drop_taken(s);
  while (!s->ended) {
    qtls_event event = {QTLS_EVENT_none, NULL, 0, 0};
    size_t used = 0;
    if (s->in_used > 0 || resume) {
      qtls_err err = qtls_conn_recv(s->conn, s->in, s->in_used, &used, &event);
      if (err != QTLS_OK) {
        return refuse(s, err);
      }
      resume = false;
    }
    /* An answer may have become due: the next flight, or a key update. After
     * our close_notify there is none to give. */
    if (qtls_conn_pending(s->conn) > 0) {
      qtls_err err = q_socket_put(s, NULL, 0, until == Q_NO_WAIT ? 0 : until);
      if (err != QTLS_OK) {
        return err;
      }
    }
    if (event.kind == QTLS_EVENT_data) {
      s->data = event.data;
      s->data_size = event.size;
      s->drop = used;
    } else {
      drop(s, used);
    }
    if (event.kind == QTLS_EVENT_job) {
      q_socket_set_time(s);
      qtls_err err = do_jobs(s);
      if (err != QTLS_OK) {
        return refuse(s, err);
      }
      resume = true;
      continue;
    }
    if (event.kind == QTLS_EVENT_authenticated) {
      s->auth_answers++;
      continue;
    }
    if (event.kind != QTLS_EVENT_none) {
      *kind = event.kind;
      return QTLS_OK;
    }
    bool came = false;
    qtls_err err = fill(s, until, &came);
    if (err != QTLS_OK || !came) {
      return err;
    }
  }
  return QTLS_OK;
}
