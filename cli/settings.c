/* Owns the options that serve and connect have in common (settings.h). */
#include "settings.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "disk.h"

const cli_option settings_options[] = {
    {"floor", "LEVEL",
     "The weakest connection accepted: classical, pq-kex (an ML-KEM key exchange; the default), pq-auth (and ML-DSA "
     "authentication), q-tls."},
    {"policy", "POLICY",
     "How two signatures are judged: require_both (the default), require_pqc, require_any. The stricter side rules."},
    {"versions", "LIST", "Protocols, joined by ':': q-tls1.0, tls1.3."},
    {"suites", "LIST", "Cipher suites in order of preference, joined by ':'; see qtls list suites."},
    {"groups", "LIST",
     "Key exchange groups in order of preference, joined by ':'; ?NAME is skipped if unknown; see qtls list groups."},
    {"schemes", "LIST", "Signature schemes in order of preference, joined by ':'; see qtls list schemes."},
    {"alpn", "LIST", "Application protocols, joined by ','."},
    {"cert-compression", "LIST", "Compress certificates: zlib, brotli, zstd, joined by ':'."},
    {"record-mode", "MODE", "Records of bulk (16 KiB, the default), interactive (4 KiB) or dynamic size."},
    {"record-size-limit", "BYTES", "Ask the peer for records no longer than this, 64 to 16384."},
    {"padding", "KIND", "Hide lengths: none (the default), random, or block:BYTES."},
    {"key-update-records", "N",
     "Change the sending key, and ask the peer to, after so many records (default 8388608, at most 16776192)."},
    {"key-update-bytes", "N", "The same after so many bytes of data (default 100000000000; 0: however many)."},
    {"key-update-time", "TIME", "The same after so long (default 24h)."},
    {"keylog", "FILE",
     "Append the secrets of every connection to FILE (RFC 9850), to decrypt captures. For debugging only."},
    {NULL, NULL, NULL}};

int settings_failure(const cli_args *args, const qtls_config *config, qtls_err err, const char *option) {
  const char *words = qtls_config_problem(config);
  if (words == NULL || words[0] == '\0') {
    words = qtls_err_text(err);
  }
  if (option != NULL) {
    char label[CLI_LABEL];
    return cli_usage_error(args, "%s \"%s\": %s", cli_label(args, option, label), cli_value(args, option, ""), words);
  }
  return cli_failure(args, "%s", words);
}

static int apply_lists(const cli_args *args, qtls_config *config) {
  static const struct {
    const char *option;
    qtls_err (*set)(qtls_config *config, const char *list);
  } lists[] = {{"versions", qtls_config_set_versions}, {"suites", qtls_config_set_suites},
               {"groups", qtls_config_set_groups},     {"schemes", qtls_config_set_schemes},
               {"alpn", qtls_config_set_alpn},         {"cert-compression", qtls_config_set_cert_compression}};
  for (size_t i = 0; i < CLI_COUNT(lists); i++) {
    const char *text = cli_value(args, lists[i].option, NULL);
    if (text == NULL) {
      continue;
    }
    qtls_err err = lists[i].set(config, text);
    if (err != QTLS_OK) {
      return settings_failure(args, config, err, lists[i].option);
    }
  }
  return CLI_OK;
}

static int apply_choices(const cli_args *args, qtls_config *config) {
  static const char *const floors[] = {"classical", "pq-kex", "pq-auth", "q-tls", NULL};
  static const char *const policies[] = {"require-both", "require-pqc", "require-any", NULL};
  static const char *const modes[] = {"bulk", "interactive", "dynamic", NULL};
  int floor = -1;
  int policy = -1;
  int mode = -1;
  qtls_err err = QTLS_OK;
  if (!cli_choice(args, "floor", floors, &floor) || !cli_choice(args, "policy", policies, &policy) ||
      !cli_choice(args, "record-mode", modes, &mode)) {
    return CLI_USAGE;
  }
  /* The enums count from 1 in the order of these names. */
  if (floor >= 0) {
    err = qtls_config_set_floor(config, (qtls_floor)(floor + 1));
  }
  if (err == QTLS_OK && policy >= 0) {
    err = qtls_config_set_policy(config, (qtls_policy)(policy + 1));
  }
  if (err == QTLS_OK && mode >= 0) {
    err = qtls_config_set_record_mode(config, (qtls_record_mode)(mode + 1));
  }
  return err == QTLS_OK ? CLI_OK : settings_failure(args, config, err, NULL);
}

static int apply_padding(const cli_args *args, qtls_config *config) {
  const char *text = cli_value(args, "padding", "none");
  char label[CLI_LABEL];
  qtls_padding kind = QTLS_PADDING_none;
  unsigned long block = 0;
  if (strcmp(text, "random") == 0) {
    kind = QTLS_PADDING_random;
  } else if (strncmp(text, "block:", 6) == 0) {
    char *end = NULL;
    kind = QTLS_PADDING_block;
    block = strtoul(text + 6, &end, 10);
    if (end == text + 6 || *end != '\0' || block < 2 || block > 16384) {
      return cli_usage_error(args, "%s \"%s\": write block:BYTES with BYTES from 2 to 16384",
                             cli_label(args, "padding", label), text);
    }
  } else if (strcmp(text, "none") != 0) {
    return cli_usage_error(args, "%s \"%s\" is not known; known: none, random, block:BYTES",
                           cli_label(args, "padding", label), text);
  }
  qtls_err err = qtls_config_set_padding(config, kind, (unsigned)block);
  return err == QTLS_OK ? CLI_OK : settings_failure(args, config, err, "padding");
}

static int apply_limit(const cli_args *args, qtls_config *config) {
  long limit = 0;
  if (!cli_number(args, "record-size-limit", 64, 16384, &limit)) {
    return CLI_USAGE;
  }
  if (limit == 0) {
    return CLI_OK;
  }
  qtls_err err = qtls_config_set_record_size_limit(config, (unsigned)limit);
  return err == QTLS_OK ? CLI_OK : settings_failure(args, config, err, "record-size-limit");
}

static int apply_key_update(const cli_args *args, qtls_config *config) {
  long records = 1L << 23;
  long bytes = 100000000000;
  long seconds = 24 * 3600L;
  if (!cli_number(args, "key-update-records", 1, QTLS_KEY_UPDATE_RECORDS_MAX, &records) ||
      !cli_number(args, "key-update-bytes", 0, LONG_MAX, &bytes) ||
      !cli_duration(args, "key-update-time", 1, 366 * 24 * 3600L, &seconds)) {
    return CLI_USAGE;
  }
  qtls_err err = qtls_config_set_key_update(config, (uint32_t)records, (uint64_t)bytes, (uint32_t)seconds);
  return err == QTLS_OK ? CLI_OK : settings_failure(args, config, err, NULL);
}

static int apply_keylog(const cli_args *args, qtls_config *config, qtls_keylog **keylog) {
  const char *path = cli_value(args, "keylog", NULL);
  char problem[DISK_PROBLEM];
  if (path == NULL) {
    return CLI_OK;
  }
  bool only_asks = cli_has(args, "check") && access(path, F_OK) != 0;
  if (only_asks ? !disk_may_write(path, false, problem)
                : qtls_keylog_open(keylog, path, problem, sizeof problem) != QTLS_OK) {
    char label[CLI_LABEL];
    return cli_failure(args, "%s %s", cli_label(args, "keylog", label), problem);
  }
  cli_warn(args, "the secrets of every connection go to %s: whoever reads it can decrypt them", path);
  qtls_err err = only_asks ? QTLS_OK : qtls_config_set_keylog(config, qtls_keylog_write, *keylog);
  return err == QTLS_OK ? CLI_OK : settings_failure(args, config, err, "keylog");
}

int settings_make(const cli_args *args, qtls_role role, qtls_config **out, qtls_keylog **keylog) {
  qtls_config *config = NULL;
  *out = NULL;
  *keylog = NULL;
  qtls_err err = qtls_config_new(&config, role);
  if (err != QTLS_OK) {
    return cli_failure(args, "%s", qtls_err_text(err));
  }
  int code = apply_choices(args, config);
  if (code == CLI_OK) {
    code = apply_lists(args, config);
  }
  if (code == CLI_OK) {
    code = apply_padding(args, config);
  }
  if (code == CLI_OK) {
    code = apply_limit(args, config);
  }
  if (code == CLI_OK) {
    code = apply_key_update(args, config);
  }
  if (code == CLI_OK) {
    code = apply_keylog(args, config, keylog);
  }
  if (code != CLI_OK) {
    qtls_config_free(config);
    qtls_keylog_close(*keylog);
    *keylog = NULL;
    return code;
  }
  *out = config;
  return CLI_OK;
}

int settings_freeze(const cli_args *args, qtls_config **config) {
  qtls_err err = qtls_config_freeze(*config);
  if (err == QTLS_OK) {
    return CLI_OK;
  }
  size_t i = qtls_config_problem_identity(*config);
  const char *file = i != SIZE_MAX ? cli_value_at(args, "cert", i) : NULL;
  char label[CLI_LABEL];
  int code = file == NULL ? settings_failure(args, *config, err, NULL)
                          : cli_failure(args, "%s: %s; %s names those that are used", file,
                                        qtls_config_problem(*config), cli_label(args, "schemes", label));
  qtls_config_free(*config);
  *config = NULL;
  return code;
}
