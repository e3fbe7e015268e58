/*
 * Owns what every subcommand shares: its row in the table of commands, its
 * options, the values typed for them, and the exit codes.
 */
#ifndef QTLS_CLI_H
#define QTLS_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLI_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The exit codes, documented in qtls(1). */
enum {
  CLI_OK = 0,
  CLI_FAILED = 1, /* what was asked for did not come about */
  CLI_USAGE = 2   /* the command line cannot be understood */
};

/* One long option. `value` is the word for its value in the help, NULL for a
 * switch. A list of options ends with a NULL name. */
typedef struct cli_option {
  const char *name;
  const char *value;
  const char *help;
} cli_option;

typedef struct cli_args cli_args;

typedef struct cli_command {
  const char *name;                 /* "serve", or "pki init" */
  const char *summary;              /* one line */
  const char *usage;                /* what follows the name */
  const char *about;                /* a paragraph or two */
  const cli_option *const *options; /* groups, NULL at the end */
  const char *examples;
  size_t operands_most;
  int (*run)(cli_args *args);
} cli_command;

/* The table of commands; it ends with a NULL name. */
extern const cli_command *const cli_commands[];

/* What was typed, or stood in a configuration file. Strings belong to argv, or to
 * who has read the file. */
enum { CLI_ARGS_MOST = 256, CLI_LABEL = 320 };
struct cli_args {
  const cli_command *command;
  struct {
    const char *name; /* the option's own name */
    const char *value;
    const char *origin; /* where it stands, as a person would say it: "server.yaml:12: floor"; NULL: typed */
  } given[CLI_ARGS_MOST];
  size_t given_count;
  const char *operands[CLI_ARGS_MOST];
  size_t operand_count;
};

/* Read argv (after the command's name). CLI_OK, or CLI_USAGE after having said
 * what is wrong and what may have been meant. *help: --help was among it. */
int cli_parse(cli_args *out, const cli_command *command, int argc, char **argv, bool *help);

bool cli_has(const cli_args *args, const char *name);
/* The last value given, or `otherwise`. */
const char *cli_value(const cli_args *args, const char *name, const char *otherwise);
/* The `i`th value given, or NULL. */
const char *cli_value_at(const cli_args *args, const char *name, size_t i);
/* The value of `name` that stands after the `i`th `anchor` and before the next, or NULL. */
const char *cli_value_after(const cli_args *args, const char *anchor, size_t i, const char *name);
/* Does each `name` stand after an `anchor` of its own? False after having said what is wrong. */
bool cli_follows(const cli_args *args, const char *anchor, const char *name);
/* How to call an option in words to people: "--floor", or its origin. The last one
 * given counts. */
const char *cli_label(const cli_args *args, const char *name, char out[CLI_LABEL]);
/* Seconds written "90", "90s", "5m", "2h" or "7d", from `least` to `most`; as cli_number. */
bool cli_duration(const cli_args *args, const char *name, long least, long most, long *out);
/* The seconds of such a text; false if it is none. */
bool cli_seconds(const char *text, long *out);
/* A whole number from `least` to `most`; *out keeps its value when the option
 * was not given. False after having said what is wrong. */
bool cli_number(const cli_args *args, const char *name, long least, long most, long *out);
/* One of `names` (NULL at the end) as its index; *out keeps its value when the
 * option was not given. False after having said what is wrong. */
bool cli_choice(const cli_args *args, const char *name, const char *const *names, int *out);

/* Say on stderr, with "qtls COMMAND: " before it, and give back the exit code. */
int cli_usage_error(const cli_args *args, const char *format, ...) __attribute__((format(printf, 2, 3)));
int cli_failure(const cli_args *args, const char *format, ...) __attribute__((format(printf, 2, 3)));
void cli_warn(const cli_args *args, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* help.c */
void cli_help_all(void);
void cli_help_command(const cli_command *command);

/* suggest.c: the nearest of the words offered so far to the word typed. */
typedef struct cli_suggestion {
  const char *typed;
  const char *nearest;
  size_t distance;
} cli_suggestion;
cli_suggestion cli_suggest_start(const char *typed);
void cli_suggest_offer(cli_suggestion *s, const char *word);
/* The word worth naming, or NULL if none is near enough. */
const char *cli_suggest_best(const cli_suggestion *s);

#endif
