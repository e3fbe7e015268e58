/* Owns the options about whom to believe (trust.h). */
#include "trust.h"

#include <stdlib.h>
#include <string.h>

#include "disk.h"
#include "settings.h"

const cli_option trust_log_options[] = {
    {"ct-log", "FILE", "Know this certificate transparency log, by its public key (PEM or DER). May be repeated."},
    {"ct-required", "N",
     "So many of these logs must vouch for the server's certificate by signed timestamps (RFC 6962; default 1)."},
    {NULL, NULL, NULL}};

/* "sha256/BASE64" and the like, as other programs show pins; or hexadecimal. */
static bool read_pin(uint8_t out[32], const char *text) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  static const char hex[] = "0123456789abcdefABCDEF";
  uint32_t bits = 0;
  size_t n = 0;
  if (strlen(text) == 64 && strspn(text, hex) == 64) {
    for (size_t i = 0; i < 32; i++) {
      const char two[3] = {text[2 * i], text[2 * i + 1], '\0'};
      out[i] = (uint8_t)strtoul(two, NULL, 16);
    }
    return true;
  }
  if (strncmp(text, "sha256/", 7) == 0) {
    text += text[7] == '/' && strlen(text) == 52 ? 8 : 7;
  }
  if (strlen(text) != 44 || strspn(text, letters) != 43 || text[43] != '=') {
    return false;
  }
  for (size_t i = 0; i < 43; i++) {
    size_t have = (i + 1) * 6;
    bits = bits << 6 | (uint32_t)(strchr(letters, text[i]) - letters);
    if (have >= (n + 1) * 8) {
      out[n] = (uint8_t)(bits >> (have - (n + 1) * 8));
      n++;
    }
  }
  return n == 32;
}

static int add_pins(const cli_args *args, qtls_config *config) {
  const char *text = NULL;
  for (size_t i = 0; (text = cli_value_at(args, "pin", i)) != NULL; i++) {
    uint8_t pin[32];
    if (!read_pin(pin, text)) {
      return cli_usage_error(args,
                             "--pin \"%s\": this is not a SHA-256: 64 hexadecimal digits, or 44 letters of base64; "
                             "qtls inspect shows those of a certificate",
                             text);
    }
    qtls_err err = qtls_config_add_pin(config, pin);
    if (err != QTLS_OK) {
      return settings_failure(args, config, err, "pin");
    }
  }
  return CLI_OK;
}

/* Read one log's key; `trial` says whether it can be one. */
static int read_log(const cli_args *args, trust_logs *out, const char *file, qtls_config *trial) {
  char problem[DISK_PROBLEM];
  char *key = NULL;
  size_t n = 0;
  if (out->count == TRUST_LOGS_MOST) {
    return cli_usage_error(args, "more than %d times --ct-log", TRUST_LOGS_MOST);
  }
  if (!disk_read(&key, &n, file, false, problem)) {
    return cli_failure(args, "--ct-log %s", problem);
  }
  out->text[out->count] = key;
  out->log[out->count++] = (qtls_ct_log){.name = file, .key = key, .key_size = n};
  const qtls_err err = qtls_config_add_ct_log(trial, file, key, n);
  return err == QTLS_OK ? CLI_OK
                        : cli_failure(args,
                                      "--ct-log %s: %s; wanted is a log's public key, ECDSA P-256 or RSA, as PEM "
                                      "(BEGIN PUBLIC KEY) or DER",
                                      file, qtls_err_text(err));
}

int trust_logs_read(const cli_args *args, trust_logs *out) {
  const char *file = NULL;
  qtls_config *trial = NULL;
  long required = 1;
  *out = (trust_logs){.count = 0};
  if (!cli_number(args, "ct-required", 1, TRUST_LOGS_MOST, &required)) {
    return CLI_USAGE;
  }
  qtls_err err = qtls_config_new(&trial, QTLS_CLIENT);
  int code = err == QTLS_OK ? CLI_OK : cli_failure(args, "%s", qtls_err_text(err));
  for (size_t i = 0; code == CLI_OK && (file = cli_value_at(args, "ct-log", i)) != NULL; i++) {
    code = read_log(args, out, file, trial);
  }
  qtls_config_free(trial);
  if (code == CLI_OK && cli_has(args, "ct-required") && (size_t)required > out->count) {
    return cli_usage_error(args, "--ct-required %ld, and %zu --ct-log: no certificate could have so many", required,
                           out->count);
  }
  out->required = out->count > 0 ? (unsigned)required : 0;
  return code;
}

void trust_logs_free(trust_logs *logs) {
  for (size_t i = 0; i < logs->count; i++) {
    disk_forget(logs->text[i], logs->log[i].key_size);
  }
  *logs = (trust_logs){.count = 0};
}

static int add_logs(const cli_args *args, qtls_config *config) {
  trust_logs logs;
  int code = trust_logs_read(args, &logs);
  for (size_t i = 0; code == CLI_OK && i < logs.count; i++) {
    const qtls_err err = qtls_config_add_ct_log(config, logs.log[i].name, logs.log[i].key, logs.log[i].key_size);
    code = err == QTLS_OK ? CLI_OK : settings_failure(args, config, err, NULL);
  }
  if (code == CLI_OK) {
    const qtls_err err = qtls_config_set_ct_logs_required(config, logs.required);
    code = err == QTLS_OK ? CLI_OK : settings_failure(args, config, err, NULL);
  }
  trust_logs_free(&logs);
  return code;
}

int trust_load(const cli_args *args, qtls_config *config) {
  const char *place = NULL;
  if (!cli_has(args, "trust")) {
    return cli_failure(args,
                       "no trust anchor is given, so nobody could be believed; name the certification authority's "
                       "certificate: --trust ca/root.pem (qtls pki init makes one), or the system's: --trust system");
  }
  for (size_t i = 0; (place = cli_value_at(args, "trust", i)) != NULL; i++) {
    qtls_stream_problem why;
    if (qtls_config_load_trust_from(config, place, NULL, &why) != QTLS_OK) {
      return cli_failure(args, "--trust %s", why.text);
    }
  }
  const int code = add_pins(args, config);
  return code == CLI_OK ? add_logs(args, config) : code;
}
