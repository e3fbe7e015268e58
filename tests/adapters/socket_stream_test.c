/* The blocking stream over a socketpair: both sides run the same library, each
 * in its own thread, and every way to end is told as what it is. */
#include <poll.h>
#include <pthread.h>
#include <qtls/stream.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "adapters/identity.h"

static test_identity identity;
static test_identity stranger;
static qtls_config *client_config;
static qtls_config *server_config;
static qtls_config *stranger_config;

static const qtls_stream_options client_options = {.server_name = "localhost", .handshake_ms = 10000, .idle_ms = 10000};
static const qtls_stream_options server_options = {.server_name = NULL, .handshake_ms = 10000, .idle_ms = 10000};

static int set_up(void **state) {
  (void)state;
  test_identity_make(&identity, "hybrid");
  test_identity_make(&stranger, "hybrid");
  client_config = test_client_config(&identity);
  server_config = test_server_config(&identity);
  stranger_config = test_client_config(&stranger);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  qtls_config_free(client_config);
  qtls_config_free(server_config);
  qtls_config_free(stranger_config);
  test_identity_free(&identity);
  test_identity_free(&stranger);
  return 0;
}

/* ---- the other side ---- */

typedef struct peer {
  int fd;
  void (*act)(struct peer *p, qtls_stream *s); /* NULL s: no handshake */
  qtls_err err;
  char text[512];
  size_t total;
  pthread_t thread;
} peer;

static void *peer_main(void *argument) {
  peer *p = argument;
  qtls_stream *s = NULL;
  qtls_stream_problem why = {QTLS_OK, ""};
  p->err = qtls_stream_open(&s, server_config, p->fd, &server_options, &why);
  (void)snprintf(p->text, sizeof p->text, "%s", why.text);
  if (s != NULL && p->act != NULL) {
    p->act(p, s);
  }
  (void)qtls_stream_close(s);
  return NULL;
}

/* A server in its thread; gives back the client's end of the pair. */
static int start(peer *p, void (*act)(peer *p, qtls_stream *s)) {
  int both[2];
  memset(p, 0, sizeof *p);
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, both), 0);
  p->fd = both[1];
  p->act = act;
  assert_int_equal(pthread_create(&p->thread, NULL, peer_main, p), 0);
  return both[0];
}

static qtls_stream *connect_to(peer *p, void (*act)(peer *p, qtls_stream *s)) {
  qtls_stream *s = NULL;
  qtls_stream_problem why = {QTLS_OK, ""};
  int fd = start(p, act);
  qtls_err err = qtls_stream_open(&s, client_config, fd, &client_options, &why);
  if (err != QTLS_OK) {
    print_error("%s\n", why.text);
  }
  assert_int_equal(err, QTLS_OK);
  return s;
}

static void wait_for(peer *p) { assert_int_equal(pthread_join(p->thread, NULL), 0); }

static void echo(peer *p, qtls_stream *s) {
  static _Thread_local char data[4096];
  size_t n = 0;
  while ((p->err = qtls_stream_read(s, data, sizeof data, &n)) == QTLS_OK && n > 0) {
    p->total += n;
    p->err = qtls_stream_write(s, data, n);
    if (p->err != QTLS_OK) {
      return;
    }
  }
}

/* ---- tests ---- */

static void an_echo_and_a_half_close(void **state) {
  (void)state;
  peer p;
  char data[64];
  size_t n = 0;
  qtls_stream *s = connect_to(&p, echo);
  assert_string_equal(qtls_stream_error_text(s), "");
  assert_int_equal(qtls_stream_write(s, "hello", 5), QTLS_OK);
  assert_int_equal(qtls_stream_read(s, data, 2, &n), QTLS_OK);
  assert_int_equal(n, 2);
  assert_int_equal(qtls_stream_read(s, data + 2, sizeof data - 2, &n), QTLS_OK);
  assert_int_equal(n, 3);
  assert_memory_equal(data, "hello", 5);
  assert_int_equal(qtls_stream_read(s, data, 0, &n), QTLS_ERR_ARGUMENT);
  assert_int_equal(qtls_stream_write(s, "", 0), QTLS_OK);
  assert_int_equal(qtls_stream_write(s, "more", 4), QTLS_OK);
  assert_int_equal(qtls_stream_shutdown(s), QTLS_OK);
  assert_int_equal(qtls_stream_shutdown(s), QTLS_OK);
  assert_int_equal(qtls_stream_write(s, "x", 1), QTLS_ERR_CLOSED);
  /* What the peer still had to say comes after our half is closed. */
  assert_int_equal(qtls_stream_read(s, data, sizeof data, &n), QTLS_OK);
  assert_int_equal(n, 4);
  assert_int_equal(qtls_stream_read(s, data, sizeof data, &n), QTLS_OK);
  assert_int_equal(n, 0);
  assert_int_equal(qtls_stream_read(s, data, sizeof data, &n), QTLS_OK);
  assert_int_equal(n, 0);
  wait_for(&p);
  assert_int_equal(p.err, QTLS_OK);
  assert_int_equal(p.total, 9);
  assert_int_equal(qtls_stream_close(s), QTLS_OK);
}

static void take_all(peer *p, qtls_stream *s) {
  static _Thread_local char data[10000];
  size_t n = 0;
  unsigned char wanted = 0;
  while ((p->err = qtls_stream_read(s, data, sizeof data, &n)) == QTLS_OK && n > 0) {
    for (size_t i = 0; i < n; i++) {
      if ((unsigned char)data[i] != wanted) {
        p->err = QTLS_ERR_INTERNAL;
        return;
      }
      wanted = (unsigned char)((wanted + 1) % 251);
    }
    p->total += n;
  }
}

static void one_large_write(void **state) {
  (void)state;
  enum { SIZE = 5 * 1000 * 1000 };
  peer p;
  unsigned char *data = malloc(SIZE);
  assert_non_null(data);
  for (size_t i = 0; i < SIZE; i++) {
    data[i] = (unsigned char)(i % 251);
  }
  qtls_stream *s = connect_to(&p, take_all);
  assert_int_equal(qtls_stream_write(s, data, SIZE), QTLS_OK);
  assert_int_equal(qtls_stream_close(s), QTLS_OK);
  wait_for(&p);
  assert_int_equal(p.err, QTLS_OK);
  assert_int_equal(p.total, SIZE);
  free(data);
}

static void keys_are_changed(void **state) {
  (void)state;
  peer p;
  char data[16];
  size_t n = 0;
  qtls_info info;
  qtls_stream *s = connect_to(&p, echo);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(qtls_stream_key_update(s, true), QTLS_OK);
    assert_int_equal(qtls_stream_write(s, "after", 5), QTLS_OK);
    assert_int_equal(qtls_stream_read(s, data, sizeof data, &n), QTLS_OK);
    assert_int_equal(n, 5);
  }
  qtls_conn_get_info(qtls_stream_conn(s), &info);
  assert_int_equal(info.key_updates_sent, 3);
  assert_int_equal(info.key_updates_received, 3);
  assert_int_equal(qtls_stream_close(s), QTLS_OK);
  wait_for(&p);
}

static void reading_without_waiting(void **state) {
  (void)state;
  peer p;
  char data[16];
  size_t n = 7;
  bool again = false;
  qtls_stream *s = connect_to(&p, echo);
  assert_int_equal(qtls_stream_try_read(s, data, sizeof data, &n, &again), QTLS_OK);
  assert_true(again);
  assert_int_equal(n, 0);
  assert_int_equal(qtls_stream_write(s, "now", 3), QTLS_OK);
  do {
    struct pollfd one = {.fd = qtls_stream_fd(s), .events = POLLIN, .revents = 0};
    assert_int_equal(poll(&one, 1, 10000), 1);
    assert_int_equal(qtls_stream_try_read(s, data, sizeof data, &n, &again), QTLS_OK);
  } while (again);
  assert_int_equal(n, 3);
  assert_int_equal(qtls_stream_shutdown(s), QTLS_OK);
  do {
    struct pollfd one = {.fd = qtls_stream_fd(s), .events = POLLIN, .revents = 0};
    assert_int_equal(poll(&one, 1, 10000), 1);
    assert_int_equal(qtls_stream_try_read(s, data, sizeof data, &n, &again), QTLS_OK);
  } while (again);
  assert_int_equal(n, 0);
  assert_int_equal(qtls_stream_close(s), QTLS_OK);
  wait_for(&p);
}

static void leave_without_a_word(peer *p, qtls_stream *s) {
  p->err = qtls_stream_write(s, "half a sen", 10);
  (void)shutdown(qtls_stream_fd(s), SHUT_RDWR);
}

static void truncation_is_told_from_the_end(void **state) {
  (void)state;
  peer p;
  char data[64];
  size_t n = 0;
  qtls_stream *s = connect_to(&p, leave_without_a_word);
  assert_int_equal(qtls_stream_read(s, data, sizeof data, &n), QTLS_OK);
  assert_int_equal(n, 10);
  assert_int_equal(qtls_stream_read(s, data, sizeof data, &n), QTLS_ERR_TRUNCATED);
  assert_int_equal(n, 0);
  assert_non_null(strstr(qtls_stream_error_text(s), "without close_notify"));
  /* And it stays so. */
  assert_int_equal(qtls_stream_read(s, data, sizeof data, &n), QTLS_ERR_TRUNCATED);
  assert_int_equal(qtls_stream_close(s), QTLS_ERR_TRUNCATED);
  wait_for(&p);
}

static void a_peer_that_left_is_no_signal(void **state) {
  (void)state;
  peer p;
  char data[16384] = {0};
  qtls_err err = QTLS_OK;
  qtls_stream *s = connect_to(&p, leave_without_a_word);
  wait_for(&p);
  for (int i = 0; i < 1000 && err == QTLS_OK; i++) {
    err = qtls_stream_write(s, data, sizeof data);
  }
  assert_int_not_equal(err, QTLS_OK);
  assert_string_not_equal(qtls_stream_error_text(s), "");
  assert_int_not_equal(qtls_stream_close(s), QTLS_OK);
}

static void a_refusal_reaches_both_sides(void **state) {
  (void)state;
  peer p;
  qtls_stream *s = NULL;
  qtls_stream_problem why = {QTLS_OK, ""};
  int fd = start(&p, NULL);
  assert_int_equal(qtls_stream_open(&s, stranger_config, fd, &client_options, &why), QTLS_ERR_CERT_UNKNOWN_CA);
  assert_null(s);
  assert_int_equal(why.err, QTLS_ERR_CERT_UNKNOWN_CA);
  assert_non_null(strstr(why.text, "localhost"));
  assert_non_null(strstr(why.text, "unknown_ca"));
  wait_for(&p);
  assert_int_equal(p.err, QTLS_ERR_ALERT_RECEIVED);
  assert_non_null(strstr(p.text, "unknown_ca"));
}

static void a_wrong_name_is_refused(void **state) {
  (void)state;
  peer p;
  qtls_stream *s = NULL;
  const qtls_stream_options options = {.server_name = "other.test", .handshake_ms = 10000, .idle_ms = 10000};
  int fd = start(&p, NULL);
  assert_int_equal(qtls_stream_open(&s, client_config, fd, &options, NULL), QTLS_ERR_CERT_NAME);
  wait_for(&p);
  assert_int_equal(p.err, QTLS_ERR_ALERT_RECEIVED);
}

static void time_limits(void **state) {
  (void)state;
  int both[2];
  peer p;
  char data[16];
  size_t n = 0;
  qtls_stream *s = NULL;
  qtls_stream_problem why = {QTLS_OK, ""};
  const qtls_stream_options options = {.server_name = "localhost", .handshake_ms = 100, .idle_ms = 100};
  /* Nobody answers the hello. */
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, both), 0);
  assert_int_equal(qtls_stream_open(&s, client_config, both[0], &options, &why), QTLS_ERR_TIMEOUT);
  assert_null(s);
  assert_non_null(strstr(why.text, "too long"));
  (void)close(both[1]);
  /* A peer that shook hands and then is silent. */
  const qtls_stream_options patient = {.server_name = "localhost", .handshake_ms = 10000, .idle_ms = 100};
  int fd = start(&p, echo);
  assert_int_equal(qtls_stream_open(&s, client_config, fd, &patient, &why), QTLS_OK);
  assert_int_equal(qtls_stream_read(s, data, sizeof data, &n), QTLS_ERR_TIMEOUT);
  assert_non_null(strstr(qtls_stream_error_text(s), "silent"));
  assert_int_equal(qtls_stream_close(s), QTLS_ERR_TIMEOUT);
  wait_for(&p);
}

static void take_slowly(peer *p, qtls_stream *s) {
  const struct timespec pause = {.tv_sec = 0, .tv_nsec = 5000000};
  static _Thread_local char data[4096];
  size_t n = 0;
  while ((p->err = qtls_stream_read(s, data, sizeof data, &n)) == QTLS_OK && n > 0) {
    p->total += n;
    (void)nanosleep(&pause, NULL);
  }
}

/* Half a megabyte at some 0.8 MB/s: each wait is short, and all together are long. */
static void a_peer_that_takes_slowly(void **state) {
  (void)state;
  enum { SIZE = 512 * 1024 };
  static const struct {
    int rate;
    qtls_err err;
  } rows[] = {{0, QTLS_OK}, {20 * 1000, QTLS_OK}, {100 * 1000 * 1000, QTLS_ERR_TIMEOUT}};
  char *data = calloc(1, SIZE);
  assert_non_null(data);
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    const qtls_stream_options options = {
        .server_name = "localhost", .handshake_ms = 10000, .idle_ms = 300, .least_rate = rows[i].rate};
    const int room = 32 * 1024;
    peer p;
    qtls_stream *s = NULL;
    int fd = start(&p, take_slowly);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room), 0);
    assert_int_equal(qtls_stream_open(&s, client_config, fd, &options, NULL), QTLS_OK);
    assert_int_equal(qtls_stream_write(s, data, SIZE), rows[i].err);
    assert_true(rows[i].err == QTLS_OK || strstr(qtls_stream_error_text(s), "too slowly") != NULL);
    assert_int_equal(qtls_stream_close(s), rows[i].err);
    wait_for(&p);
    assert_true((p.total == SIZE) == (rows[i].err == QTLS_OK));
  }
  free(data);
}

static void a_peer_that_speaks_no_tls(void **state) {
  (void)state;
  int both[2];
  qtls_stream *s = NULL;
  qtls_stream_problem why = {QTLS_OK, ""};
  static const char words[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, both), 0);
  assert_int_equal(write(both[1], words, sizeof words - 1), sizeof words - 1);
  assert_int_equal(qtls_stream_open(&s, client_config, both[0], &client_options, &why), QTLS_ERR_RECORD_VERSION);
  (void)close(both[1]);
  /* One that closes at once. */
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, both), 0);
  assert_int_equal(shutdown(both[1], SHUT_WR), 0);
  assert_int_equal(qtls_stream_open(&s, client_config, both[0], &client_options, &why), QTLS_ERR_TRUNCATED);
  assert_non_null(strstr(why.text, "during the handshake"));
  (void)close(both[1]);
}

/* Bytes one at a time between the two: no boundary of theirs means anything. */
typedef struct relay {
  int a, b;
} relay;

static void *relay_main(void *argument) {
  const relay *r = argument;
  struct pollfd both[2] = {{.fd = r->a, .events = POLLIN, .revents = 0}, {.fd = r->b, .events = POLLIN, .revents = 0}};
  while (both[0].fd >= 0 || both[1].fd >= 0) {
    (void)poll(both, 2, 10000);
    for (int i = 0; i < 2; i++) {
      char byte;
      int to = i == 0 ? r->b : r->a;
      if (both[i].fd < 0 || both[i].revents == 0) {
        continue;
      }
      if (read(both[i].fd, &byte, 1) != 1) {
        (void)shutdown(to, SHUT_WR);
        both[i].fd = -1;
      } else if (send(to, &byte, 1, MSG_NOSIGNAL) != 1) {
        return NULL;
      }
    }
  }
  return NULL;
}

static void one_byte_at_a_time(void **state) {
  (void)state;
  int pair[2];
  peer p;
  relay r;
  pthread_t thread;
  char data[16];
  size_t n = 0;
  qtls_stream *s = NULL;
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  r.a = pair[1];
  r.b = start(&p, echo);
  assert_int_equal(pthread_create(&thread, NULL, relay_main, &r), 0);
  assert_int_equal(qtls_stream_open(&s, client_config, pair[0], &client_options, NULL), QTLS_OK);
  assert_int_equal(qtls_stream_write(s, "slow", 4), QTLS_OK);
  assert_int_equal(qtls_stream_read(s, data, sizeof data, &n), QTLS_OK);
  assert_int_equal(n, 4);
  assert_int_equal(qtls_stream_close(s), QTLS_OK);
  wait_for(&p);
  assert_int_equal(p.err, QTLS_OK);
  (void)close(r.a);
  (void)close(r.b);
  assert_int_equal(pthread_join(thread, NULL), 0);
}

static void a_key_held_outside_is_refused(void **state) {
  (void)state;
  qtls_config *config = NULL;
  int both[2];
  qtls_stream *s = NULL;
  assert_int_equal(qtls_config_new(&config, QTLS_SERVER), QTLS_OK);
  assert_int_equal(qtls_config_add_identity(config, identity.cert_pem, identity.cert_size, NULL, 0), QTLS_OK);
  assert_int_equal(qtls_config_freeze(config), QTLS_OK);
  /* The client's hello is put into the socket by hand. */
  const qtls_conn_params params = {.server_name = "localhost", .now = (int64_t)time(NULL)};
  qtls_conn *client = NULL;
  uint8_t hello[QTLS_RECORD_MAX];
  size_t taken = 0;
  size_t written = 0;
  assert_int_equal(qtls_conn_new(&client, client_config, &params), QTLS_OK);
  assert_int_equal(qtls_conn_send(client, NULL, 0, hello, sizeof hello, &taken, &written), QTLS_OK);
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, both), 0);
  assert_int_equal(write(both[0], hello, written), written);
  assert_int_equal(shutdown(both[0], SHUT_WR), 0);
  assert_int_equal(qtls_stream_open(&s, config, both[1], &server_options, NULL), QTLS_ERR_SIGNER);
  (void)close(both[0]);
  qtls_conn_free(client);
  qtls_config_free(config);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(an_echo_and_a_half_close),
                                     cmocka_unit_test(one_large_write),
                                     cmocka_unit_test(keys_are_changed),
                                     cmocka_unit_test(reading_without_waiting),
                                     cmocka_unit_test(truncation_is_told_from_the_end),
                                     cmocka_unit_test(a_peer_that_left_is_no_signal),
                                     cmocka_unit_test(a_refusal_reaches_both_sides),
                                     cmocka_unit_test(a_wrong_name_is_refused),
                                     cmocka_unit_test(time_limits),
                                     cmocka_unit_test(a_peer_that_takes_slowly),
                                     cmocka_unit_test(a_peer_that_speaks_no_tls),
                                     cmocka_unit_test(one_byte_at_a_time),
                                     cmocka_unit_test(a_key_held_outside_is_refused)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
