/* Owns the table of subcommands and the way into it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "commands.h"

const cli_command *const cli_commands[] = {&cmd_serve,
                                           &cmd_connect,
                                           &cmd_pki_init,
                                           &cmd_pki_issue,
                                           &cmd_pki_csr,
                                           &cmd_pki_sign,
                                           &cmd_pki_renew,
                                           &cmd_pki_revoke,
                                           &cmd_pki_crl,
                                           &cmd_pki_list,
                                           &cmd_pki_show,
                                           &cmd_pki_verify,
                                           &cmd_ocspd,
                                           &cmd_inspect,
                                           &cmd_speed,
                                           &cmd_list,
                                           &cmd_version,
                                           &cmd_help,
                                           NULL};

/* The command that argv begins with, and how many words its name takes. */
const cli_command *cli_find_command(int argc, char **argv, int *words) {
  for (const cli_command *const *c = cli_commands; *c != NULL; c++) {
    const char *name = (*c)->name;
    const char *space = strchr(name, ' ');
    size_t first = space != NULL ? (size_t)(space - name) : strlen(name);
    if (strlen(argv[0]) != first || memcmp(argv[0], name, first) != 0) {
      continue;
    }
    if (space == NULL) {
      *words = 1;
      return *c;
    }
    if (argc > 1 && strcmp(argv[1], space + 1) == 0) {
      *words = 2;
      return *c;
    }
  }
  return NULL;
}

/* "pki" alone, or with a second word that is none of its own. */
static bool is_family(const char *word) {
  for (const cli_command *const *c = cli_commands; *c != NULL; c++) {
    size_t n = strlen(word);
    if (strncmp((*c)->name, word, n) == 0 && (*c)->name[n] == ' ') {
      return true;
    }
  }
  return false;
}

static void print_family(FILE *to, const char *word) {
  (void)fprintf(to, "Commands:\n");
  for (const cli_command *const *c = cli_commands; *c != NULL; c++) {
    if (strncmp((*c)->name, word, strlen(word)) == 0) {
      (void)fprintf(to, "  qtls %-12s %s\n", (*c)->name, (*c)->summary);
    }
  }
}

int cli_unknown_command(int argc, char **argv) {
  char typed[128];
  bool family = is_family(argv[0]);
  bool two = family && argc > 1;
  if (family && (argc == 1 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
    print_family(argc > 1 ? stdout : stderr, argv[0]);
    return argc > 1 ? CLI_OK : CLI_USAGE;
  }
  (void)snprintf(typed, sizeof typed, "%s%s%s", argv[0], two ? " " : "", two ? argv[1] : "");
  cli_suggestion s = cli_suggest_start(typed);
  for (const cli_command *const *c = cli_commands; *c != NULL; c++) {
    cli_suggest_offer(&s, (*c)->name);
  }
  const char *best = cli_suggest_best(&s);
  if (best != NULL) {
    (void)fprintf(stderr, "qtls: there is no command \"%s\"; did you mean \"qtls %s\"?\n", typed, best);
  } else {
    (void)fprintf(stderr, "qtls: there is no command \"%s\"\n", typed);
  }
  if (family) {
    print_family(stderr, argv[0]);
  } else {
    (void)fprintf(stderr, "Try: qtls help\n");
  }
  return CLI_USAGE;
}

/* Whoever starts us may have closed them. The next socket or file would then be one of the
 * three, and get what is meant for people. Writing still fails, and is told where it can be. */
static bool fill_standard_streams(void) {
  for (int fd = 0; fd <= 2; fd++) {
    if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDONLY) != fd) {
      return false;
    }
  }
  return true;
}

int main(int argc, char **argv) {
  static cli_args args;
  bool help = false;
  int words = 0;
  (void)signal(SIGPIPE, SIG_IGN);
  if (!fill_standard_streams()) {
    (void)fprintf(stderr, "qtls: a standard stream is closed, and /dev/null cannot stand in for it: %s\n",
                  strerror(errno));
    return CLI_FAILED;
  }
  if (argc < 2) {
    cli_help_all();
    return CLI_USAGE;
  }
  argv++;
  argc--;
  if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0) {
    cli_help_all();
    return CLI_OK;
  }
  if (strcmp(argv[0], "--version") == 0) {
    static char name[] = "version";
    argv[0] = name;
  }
  const cli_command *command = cli_find_command(argc, argv, &words);
  if (command == NULL) {
    return cli_unknown_command(argc, argv);
  }
  int code = cli_parse(&args, command, argc - words, argv + words, &help);
  if (code != CLI_OK) {
    return code;
  }
  if (help) {
    cli_help_command(command);
    return CLI_OK;
  }
  code = command->run(&args);
  /* What cannot be written (a full disk, a closed pipe) was not done. */
  if (fflush(stdout) != 0 || ferror(stdout) != 0) {
    (void)fprintf(stderr, "qtls %s: the output could not be written\n", command->name);
    return code == CLI_OK ? CLI_FAILED : code;
  }
  return code;
}
