/* Listening and connecting on the loopback: every address in turn, and what is
 * told when there is nobody. */
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <qtls/stream.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "adapters/identity.h"

static test_identity identity;
static qtls_config *client_config;
static qtls_config *server_config;

static int set_up(void **state) {
  (void)state;
  test_identity_make(&identity, "p256");
  client_config = NULL;
  assert_int_equal(qtls_config_new(&client_config, QTLS_CLIENT), QTLS_OK);
  assert_int_equal(qtls_config_add_trust(client_config, identity.root_pem, identity.root_size), QTLS_OK);
  assert_int_equal(qtls_config_freeze(client_config), QTLS_OK);
  server_config = test_server_config(&identity);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  qtls_config_free(client_config);
  qtls_config_free(server_config);
  test_identity_free(&identity);
  return 0;
}

static void *serve(void *argument) {
  qtls_listener *listener = argument;
  int fd = -1;
  while (qtls_listener_accept(listener, &fd, NULL) == QTLS_OK) {
    qtls_stream *s = NULL;
    char data[64];
    size_t n = 0;
    if (qtls_stream_open(&s, server_config, fd, NULL, NULL) != QTLS_OK) {
      continue;
    }
    bool last = qtls_stream_read(s, data, sizeof data, &n) == QTLS_OK && n > 0 && data[0] == 'q';
    last = qtls_stream_write(s, data, n) != QTLS_OK || last;
    (void)qtls_stream_close(s);
    if (last) {
      break;
    }
  }
  return NULL;
}

static void say(const char *host, unsigned port, const char *word) {
  qtls_stream *s = NULL;
  qtls_stream_problem why = {QTLS_OK, ""};
  char data[64];
  size_t n = 0;
  qtls_err err = qtls_stream_connect(&s, client_config, host, port, &why);
  if (err != QTLS_OK) {
    print_error("%s\n", why.text);
  }
  assert_int_equal(err, QTLS_OK);
  assert_int_equal(qtls_stream_write(s, word, strlen(word)), QTLS_OK);
  assert_int_equal(qtls_stream_read(s, data, sizeof data, &n), QTLS_OK);
  assert_int_equal(n, strlen(word));
  assert_int_equal(qtls_stream_close(s), QTLS_OK);
}

static void by_name_and_by_address(void **state) {
  (void)state;
  qtls_listener *listener = NULL;
  pthread_t thread;
  /* Every address: both families where the machine has both. */
  assert_int_equal(qtls_listener_open(&listener, NULL, 0, NULL), QTLS_OK);
  unsigned port = qtls_listener_port(listener);
  assert_true(port > 0);
  assert_true(qtls_listener_fd(listener) >= 0);
  assert_int_equal(pthread_create(&thread, NULL, serve, listener), 0);
  say("localhost", port, "by name");
  say("127.0.0.1", port, "quit");
  assert_int_equal(pthread_join(thread, NULL), 0);
  qtls_listener_close(listener);
  qtls_listener_close(NULL);
}

/* Has this machine a loopback of IPv6? */
static bool has_six(void) {
  struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  int fd = socket(AF_INET6, SOCK_STREAM, 0);
  bool has = fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0;
  (void)close(fd);
  return has;
}

static size_t sockets_of(const qtls_listener *listener) {
  size_t n = 0;
  while (qtls_listener_socket(listener, n) >= 0) {
    n++;
  }
  return n;
}

static int connected(const char *host, unsigned port) {
  int fd = -1;
  assert_int_equal(qtls_socket_connect(&fd, host, port, 1000, NULL), QTLS_OK);
  return fd;
}

/* A name stands for all its addresses, with one port; one descriptor tells of all of them. */
static void every_address_of_a_name(void **state) {
  (void)state;
  qtls_listener *listener = NULL;
  int fd = -1;
  const char *const named[] = {"localhost", NULL};
  const char *const hosts[] = {"127.0.0.1", has_six() ? "::1" : "127.0.0.1"};
  for (size_t k = 0; k < 2; k++) {
    assert_int_equal(qtls_listener_open(&listener, named[k], 0, NULL), QTLS_OK);
    assert_int_equal(sockets_of(listener), has_six() ? 2 : 1);
    struct pollfd ready = {.fd = qtls_listener_fd(listener), .events = POLLIN};
    assert_int_equal(poll(&ready, 1, 0), 0);
    assert_int_equal(qtls_listener_try_accept(listener, &fd, NULL), QTLS_OK);
    assert_int_equal(fd, -1);
    for (size_t i = 0; i < 2; i++) {
      int client = connected(hosts[i], qtls_listener_port(listener));
      assert_int_equal(poll(&ready, 1, 1000), 1);
      assert_int_equal(qtls_listener_try_accept(listener, &fd, NULL), QTLS_OK);
      assert_true(fd >= 0);
      (void)close(fd);
      (void)close(client);
    }
    qtls_listener_close(listener);
  }
}

/* Who comes to one address is not kept waiting by many who come to another. */
static void each_address_has_its_turn(void **state) {
  (void)state;
  enum { MANY = 20 };
  qtls_listener *listener = NULL;
  int clients[MANY + 1];
  int fd = -1;
  if (!has_six()) {
    skip();
  }
  assert_int_equal(qtls_listener_open(&listener, "localhost", 0, NULL), QTLS_OK);
  unsigned port = qtls_listener_port(listener);
  for (size_t i = 0; i < (size_t)MANY; i++) {
    clients[i] = connected("::1", port);
  }
  clients[MANY] = connected("127.0.0.1", port);
  bool seen = false;
  for (size_t i = 0; i < 3; i++) {
    struct sockaddr_storage at = {0};
    socklen_t size = sizeof at;
    assert_int_equal(qtls_listener_accept(listener, &fd, NULL), QTLS_OK);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
    seen = seen || at.ss_family == AF_INET;
    (void)close(fd);
  }
  assert_true(seen);
  for (size_t i = 0; i <= (size_t)MANY; i++) {
    (void)close(clients[i]);
  }
  qtls_listener_close(listener);
}

static void nobody_there(void **state) {
  (void)state;
  qtls_listener *listener = NULL;
  qtls_listener *second = NULL;
  qtls_stream *s = NULL;
  qtls_stream_problem why = {QTLS_OK, ""};
  int fd = -1;
  assert_int_equal(qtls_listener_open(&listener, "127.0.0.1", 0, &why), QTLS_OK);
  unsigned port = qtls_listener_port(listener);
  assert_int_equal(qtls_listener_open(&second, "127.0.0.1", port, &why), QTLS_ERR_IO);
  assert_null(second);
  assert_non_null(strstr(why.text, "cannot listen"));
  qtls_listener_close(listener);
  assert_int_equal(qtls_stream_connect(&s, client_config, "127.0.0.1", port, &why), QTLS_ERR_CONNECT);
  assert_null(s);
  assert_non_null(strstr(why.text, "127.0.0.1"));
  assert_int_equal(qtls_stream_connect(&s, client_config, "no-such-host.invalid", 1, &why), QTLS_ERR_NAME_LOOKUP);
  assert_non_null(strstr(why.text, "no-such-host.invalid"));
  assert_int_equal(qtls_socket_connect(&fd, "127.0.0.1", 0, 1000, &why), QTLS_ERR_ARGUMENT);
  assert_int_equal(qtls_socket_connect(&fd, "", 1, 1000, NULL), QTLS_ERR_ARGUMENT);
  assert_int_equal(fd, -1);
  assert_int_equal(qtls_listener_open(&listener, "no-such-host.invalid", 0, &why), QTLS_ERR_NAME_LOOKUP);
  assert_int_equal(qtls_listener_open(&listener, NULL, 70000, &why), QTLS_ERR_ARGUMENT);
}

/* What is taken in one family is not quietly had in the other. */
static void taken_in_one_family(void **state) {
  (void)state;
  const int on = 1;
  qtls_listener *listener = NULL;
  qtls_stream_problem why = {QTLS_OK, ""};
  struct sockaddr_in6 at = {.sin6_family = AF_INET6};
  socklen_t size = sizeof at;
  int fd = socket(AF_INET6, SOCK_STREAM, 0);
  bool six = fd >= 0 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0 &&
             bind(fd, (struct sockaddr *)&at, size) == 0;
  if (six) {
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
    assert_int_equal(qtls_listener_open(&listener, NULL, ntohs(at.sin6_port), &why), QTLS_ERR_IO);
    assert_null(listener);
    assert_non_null(strstr(why.text, "another program has it"));
  }
  (void)close(fd);
  /* Without IPv6 every address is those of IPv4. */
  assert_int_equal(qtls_listener_open(&listener, NULL, six ? ntohs(at.sin6_port) : 0, &why), QTLS_OK);
  qtls_listener_close(listener);
}

static void a_configuration_that_is_not_frozen(void **state) {
  (void)state;
  qtls_config *config = NULL;
  qtls_stream *s = NULL;
  int both[2];
  assert_int_equal(qtls_config_new(&config, QTLS_CLIENT), QTLS_OK);
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, both), 0);
  const qtls_stream_options options = {.server_name = "localhost", .handshake_ms = 1000, .idle_ms = 1000};
  assert_int_equal(qtls_stream_open(&s, config, both[0], &options, NULL), QTLS_ERR_NOT_FROZEN);
  assert_null(s);
  /* The stream owned the socket, also on failure. */
  char byte;
  assert_int_equal(read(both[1], &byte, 1), 0);
  (void)close(both[1]);
  qtls_config_free(config);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(by_name_and_by_address),    cmocka_unit_test(every_address_of_a_name),
      cmocka_unit_test(each_address_has_its_turn), cmocka_unit_test(nobody_there),
      cmocka_unit_test(taken_in_one_family),       cmocka_unit_test(a_configuration_that_is_not_frozen)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
