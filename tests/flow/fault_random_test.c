/*
 * The kernel's random source fails, with the real AWS-LC: it ends the process, as
 * openssl/rand.h says, before a byte is said that would have needed it. The kernel
 * itself is told to refuse (seccomp), in processes of their own.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/random.h"
#include "support/alert_case.h"

static peer conversation;

/* getrandom, and files that were not open before, are refused from here on. */
static bool refuse_random(void) {
  struct sock_filter rules[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EIO),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = {Q_COUNT(rules), rules};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* In a child: its random state is not the parent's, so that it asks the kernel. */
static void in_child(void (*work)(void), int out) {
  static const struct rlimit none = {0, 0};
  (void)setrlimit(RLIMIT_CORE, &none);
  (void)close(STDERR_FILENO);
  if (!refuse_random()) {
    _exit(3);
  }
  work();
  (void)!write(out, "went on", 7);
  _exit(0);
}

/* True when the process was ended before the work was done. */
static bool ends(void (*work)(void), bool *possible) {
  int pipes[2];
  char said[8];
  int status = 0;
  assert_int_equal(pipe(pipes), 0);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    in_child(work, pipes[1]);
  }
  (void)close(pipes[1]);
  ssize_t n = read(pipes[0], said, sizeof said);
  (void)close(pipes[0]);
  assert_int_equal(waitpid(child, &status, 0), child);
  *possible = !(WIFEXITED(status) && WEXITSTATUS(status) == 3);
  return n == 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void draw(void) {
  uint8_t bytes[32];
  (void)!q_crypto_random(bytes, sizeof bytes);
}

static void make_client(void) {
  qtls_conn *conn = NULL;
  const qtls_conn_params params = {.server_name = "localhost", .now = PKI_NOW};
  (void)!qtls_conn_new(&conn, conversation.f.client.config, &params);
}

/* The hello is there; the server's first draws come now. */
static void answer(void) { flow_deliver(&conversation.f, true); }

static void nothing(void) {}

static void test_source_refuses(void **state) {
  static void (*const works[])(void) = {draw, make_client, answer};
  bool possible = false;
  (void)state;
  /* The control: what needs no randomness goes on. */
  assert_false(ends(nothing, &possible));
  assert_true(possible); /* a process can refuse itself a system call */
  for (size_t i = 0; i < Q_COUNT(works); i++) {
    assert_true(ends(works[i], &possible));
  }
}

static int setup(void **state) {
  (void)state;
  peer_options o = case_options(CASE_QTLS);
  peer_start(&conversation, &o);
  conversation.f.on_wire = NULL;
  return 0;
}

static int teardown(void **state) {
  peer_stop(&conversation);
  return case_teardown(state);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_source_refuses)};
  return cmocka_run_group_tests(tests, setup, teardown);
}
