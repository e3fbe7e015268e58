/* qtls version, qtls list, qtls help: what this program is and knows. */
#include <qtls/qtls.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "out.h"

static const cli_option json_option[] = {{"json", NULL, "Write JSON."}, {NULL, NULL, NULL}};
static const cli_option no_option[] = {{NULL, NULL, NULL}};
static const cli_option *const json_groups[] = {json_option, NULL};
static const cli_option *const no_groups[] = {no_option, NULL};

static int run_version(cli_args *args) {
  static const char compiler[] = __VERSION__;
  if (cli_has(args, "json")) {
    json j = json_to(stdout);
    json_begin(&j, NULL, '{');
    json_string(&j, "qtls", qtls_version());
    json_string(&j, "crypto", qtls_crypto_version());
    json_string(&j, "compiler", compiler);
    json_end(&j, '}');
    json_done(&j);
  } else {
    (void)printf("qtls %s\n%s\ncompiler %s\n", qtls_version(), qtls_crypto_version(), compiler);
  }
  return CLI_OK;
}

const cli_command cmd_version = {
    .name = "version",
    .summary = "Show the versions of the program and of what is in it",
    .usage = "[--json]",
    .about = "Shows the version of qtls, of the library of primitives inside, and of the compiler.",
    .options = json_groups,
    .examples = "  qtls version\n  qtls version --json\n",
    .operands_most = 0,
    .run = run_version};

static const char *entry(int list, size_t i, uint16_t *code, const char **about) {
  *about = NULL;
  *code = 0;
  return list == 4 ? qtls_key_kind_name(i, about) : qtls_list_name((qtls_list)list, i, code);
}

static int run_list(cli_args *args) {
  static const char *const names[] = {"suites", "groups", "schemes", "extensions", "kinds", NULL};
  int list = -1;
  const char *name = NULL;
  const char *about = NULL;
  uint16_t code = 0;
  cli_suggestion s = cli_suggest_start(args->operand_count > 0 ? args->operands[0] : "");
  for (int i = 0; names[i] != NULL && args->operand_count > 0; i++) {
    list = strcmp(names[i], args->operands[0]) == 0 ? i : list;
    cli_suggest_offer(&s, names[i]);
  }
  if (list < 0) {
    const char *best = args->operand_count > 0 ? cli_suggest_best(&s) : NULL;
    return cli_usage_error(args, "list what? groups, suites, schemes, extensions or kinds%s%s%s",
                           best != NULL ? "; did you mean " : "", best != NULL ? best : "", best != NULL ? "?" : "");
  }
  json j = json_to(stdout);
  if (cli_has(args, "json")) {
    json_begin(&j, NULL, '[');
  }
  for (size_t i = 0; (name = entry(list, i, &code, &about)) != NULL; i++) {
    if (cli_has(args, "json")) {
      json_begin(&j, NULL, '{');
      json_string(&j, "name", name);
      if (about == NULL) {
        json_integer(&j, "code", code);
      } else {
        json_string(&j, "about", about);
      }
      json_end(&j, '}');
    } else if (about != NULL) {
      (void)printf("%-24s %s\n", name, about);
    } else {
      (void)printf("0x%04X  %s\n", code, name);
    }
  }
  if (cli_has(args, "json")) {
    json_end(&j, ']');
    json_done(&j);
  }
  return CLI_OK;
}

const cli_command cmd_list = {
    .name = "list",
    .summary = "List what this build knows: groups, suites, schemes, extensions, kinds",
    .usage = "groups|suites|schemes|extensions|kinds [--json]",
    .about =
        "Lists names and code points. Suites, groups and schemes stand in the order in which they are preferred if no\n"
        "option says otherwise; those that are used only if they are named (MLKEM512, kyber512) come last. Kinds are\n"
        "those of keys that qtls pki makes.",
    .options = json_groups,
    .examples = "  qtls list groups\n  qtls list kinds\n  qtls list schemes --json\n",
    .operands_most = 1,
    .run = run_list};

static int run_help(cli_args *args) {
  char words[2][64];
  char *typed[2] = {words[0], words[1]};
  int count = (int)args->operand_count;
  int used = 0;
  if (count == 0) {
    cli_help_all();
    return CLI_OK;
  }
  for (int i = 0; i < count; i++) {
    (void)snprintf(words[i], sizeof words[i], "%s", args->operands[i]);
  }
  const cli_command *command = cli_find_command(count, typed, &used);
  if (command == NULL) {
    return cli_unknown_command(count, typed);
  }
  cli_help_command(command);
  return CLI_OK;
}

const cli_command cmd_help = {.name = "help",
                              .summary = "Show help for a command",
                              .usage = "[COMMAND]",
                              .about = "Shows the list of commands, or one command's options and examples.",
                              .options = no_groups,
                              .examples = "  qtls help\n  qtls help serve\n  qtls help pki issue\n",
                              .operands_most = 2,
                              .run = run_help};
