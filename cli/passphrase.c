/* Owns the reading of pass phrases (passphrase.h). */
#include "passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

/* While a phrase is typed, these must not leave the terminal without its echo.
 */
static const int watched[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGALRM, SIGPIPE};
enum { WATCHED = (int)CLI_COUNT(watched) };

static volatile sig_atomic_t caught;

static void on_signal(int number) { caught = number; }

void passphrase_forget(passphrase *p) { explicit_bzero(p, sizeof *p); }

/* The first line of what `fd` gives; false with errno. More than fits shows as
 * a phrase that is too long. */
static bool read_line(int fd, passphrase *out) {
  out->n = 0;
  while (out->n < sizeof out->text - 1) {
    ssize_t got = read(fd, out->text + out->n, 1);
    if (got < 0 && errno == EINTR && caught == 0) {
      continue;
    }
    if (got < 0) {
      return false;
    }
    if (got == 0 || out->text[out->n] == '\n') {
      break;
    }
    out->n++;
  }
  if (out->n > 0 && out->text[out->n - 1] == '\r') {
    out->n--;
  }
  out->text[out->n] = '\0';
  return true;
}

static int judge(const cli_args *args, const char *where, passphrase *p) {
  if (p->n >= 1 && p->n <= PASSPHRASE_MOST) {
    return CLI_OK;
  }
  bool empty = p->n == 0;
  passphrase_forget(p);
  return cli_failure(args, "%s: a pass phrase has 1 to %d bytes, and this one %s", where, PASSPHRASE_MOST,
                     empty ? "is empty" : "is longer");
}

static int from_file(const cli_args *args, const char *path, passphrase *out) {
  struct stat st;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0 || fstat(fd, &st) != 0) {
    int code = cli_failure(args, "%s: %s", path, strerror(errno));
    if (fd >= 0) {
      (void)close(fd);
    }
    return code;
  }
  int code = CLI_OK;
  if (S_ISREG(st.st_mode) && (st.st_mode & S_IRWXO) != 0) {
    code = cli_failure(args, "%s: everyone on this machine may read this pass phrase; chmod 600 it", path);
  } else if (!read_line(fd, out)) {
    code = cli_failure(args, "%s: %s", path, strerror(errno));
  } else {
    code = judge(args, path, out);
  }
  (void)close(fd);
  return code;
}

int passphrase_from_options(const cli_args *args, const char *name, passphrase *out) {
  char file[64];
  char descriptor[64];
  char where[96];
  long fd = -1;
  memset(out, 0, sizeof *out);
  (void)snprintf(file, sizeof file, "%s-file", name);
  (void)snprintf(descriptor, sizeof descriptor, "%s-fd", name);
  if (cli_has(args, file) && cli_has(args, descriptor)) {
    return cli_usage_error(args, "--%s or --%s, not both", file, descriptor);
  }
  if (cli_has(args, file)) {
    return from_file(args, cli_value(args, file, ""), out);
  }
  if (!cli_number(args, descriptor, 0, 1023, &fd)) {
    return CLI_USAGE;
  }
  if (fd < 0) {
    return CLI_OK;
  }
  (void)snprintf(where, sizeof where, "--%s %ld", descriptor, fd);
  if (!read_line((int)fd, out)) {
    return cli_failure(args, "%s: %s", where, strerror(errno));
  }
  return judge(args, where, out);
}

/* One line typed on `tty` without echo; false with errno, or because of a
 * signal. */
static bool type_line(int tty, const char *prompt, passphrase *out) {
  struct termios before;
  struct sigaction action;
  struct sigaction old[WATCHED];
  if (tcgetattr(tty, &before) != 0) {
    return false;
  }
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  (void)sigemptyset(&action.sa_mask);
  caught = 0;
  for (int i = 0; i < WATCHED; i++) {
    (void)sigaction(watched[i], &action, &old[i]);
  }
  struct termios quiet = before;
  quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
  quiet.c_lflag |= ICANON | ISIG;
  bool good = tcsetattr(tty, TCSAFLUSH, &quiet) == 0;
  good = good && write(tty, prompt, strlen(prompt)) >= 0 && read_line(tty, out);
  int code = errno;
  (void)tcsetattr(tty, TCSAFLUSH, &before);
  good = write(tty, "\n", 1) == 1 && good;
  for (int i = 0; i < WATCHED; i++) {
    (void)sigaction(watched[i], &old[i], NULL);
  }
  if (caught != 0) {
    passphrase_forget(out);
    (void)raise(caught); /* as it would have been without us */
    good = false;
    code = EINTR;
  }
  errno = code;
  return good;
}

int passphrase_ask(const cli_args *args, const char *what, bool is_new, passphrase *out) {
  char prompt[512];
  passphrase again;
  memset(out, 0, sizeof *out);
  int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (tty < 0) {
    return cli_failure(args,
                       "%s needs a pass phrase, and there is no terminal to "
                       "ask on; give --pass-file FILE or --pass-fd "
                       "N (see --help)",
                       what);
  }
  (void)snprintf(prompt, sizeof prompt, "%s for %.400s: ", is_new ? "New pass phrase" : "Pass phrase", what);
  int code = CLI_OK;
  if (!type_line(tty, prompt, out)) {
    code = cli_failure(args, "the pass phrase was not typed: %s", strerror(errno));
  } else {
    code = judge(args, "the terminal", out);
  }
  if (code == CLI_OK && is_new) {
    bool same =
        type_line(tty, "The same again: ", &again) && again.n == out->n && memcmp(again.text, out->text, out->n) == 0;
    passphrase_forget(&again);
    code = same ? CLI_OK : cli_failure(args, "the two pass phrases are not the same; nothing was done");
  }
  if (code != CLI_OK) {
    passphrase_forget(out);
  }
  (void)close(tty);
  return code;
}
