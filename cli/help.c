/* Owns the help texts' layout; what they say stands with each command. */
#include <stdio.h>
#include <string.h>

#include "cli.h"

enum { COLUMN = 28, WIDTH = 100 };

/* Print text after `column` spaces, folded at spaces; the cursor is at the
 * column already. */
static void fold(const char *text, int column) {
  int at = column;
  while (*text != '\0') {
    size_t n = strcspn(text, " ");
    if (at > column && at + 1 + (int)n > WIDTH) {
      (void)printf("\n%*s", column, "");
      at = column;
    } else if (at > column) {
      (void)putchar(' ');
      at++;
    }
    (void)printf("%.*s", (int)n, text);
    at += (int)n;
    text += n;
    text += strspn(text, " ");
  }
  (void)putchar('\n');
}

static void print_option(const cli_option *o) {
  char left[64];
  int n =
      snprintf(left, sizeof left, "  --%s%s%s", o->name, o->value != NULL ? " " : "", o->value != NULL ? o->value : "");
  if (n >= COLUMN) {
    (void)printf("%s\n%*s", left, COLUMN, "");
  } else {
    (void)printf("%-*s", COLUMN, left);
  }
  fold(o->help, COLUMN);
}

void cli_help_command(const cli_command *command) {
  static const cli_option help = {"help", NULL, "Show this text."};
  (void)printf("qtls %s: %s\n\nUsage: qtls %s %s\n\n", command->name, command->summary, command->name, command->usage);
  (void)printf("%s\n\nOptions:\n", command->about);
  for (const cli_option *const *group = command->options; *group != NULL; group++) {
    for (const cli_option *o = *group; o->name != NULL; o++) {
      print_option(o);
    }
  }
  print_option(&help);
  (void)printf("\nExamples:\n%s", command->examples);
}

void cli_help_all(void) {
  (void)printf("qtls: TLS that is quantum-safe all the way through\n\nUsage: qtls COMMAND [OPTION...]\n\nCommands:\n");
  for (const cli_command *const *c = cli_commands; *c != NULL; c++) {
    (void)printf("  %-12s %s\n", (*c)->name, (*c)->summary);
  }
  (void)printf(
      "\nEach command tells its options and examples with --help. A first walk:\n"
      "  qtls pki init --dir ca --name \"My CA\"\n"
      "  qtls pki issue --dir ca --dns localhost --ip 127.0.0.1 --out server\n"
      "  qtls serve --cert server.pem --key server.key --root .\n"
      "  qtls connect localhost --trust ca/root.pem --request /\n"
      "\nExit codes: 0 done, 1 what was asked for did not come about, 2 the command line is wrong.\n");
}
