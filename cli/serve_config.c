/* Owns how a plan becomes a configuration of the library: identities with their pass
 * phrases, clients and whom they are let in by, and all that is common (serve_plan.h). */
#include <qtls/trust.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk.h"
#include "serve_plan.h"
#include "server.h"
#include "settings.h"

/* ---- identities ---- */

/* Where identity `i` was told of: before its files, when that is a configuration file. */
static const char *origin_of(const cli_args *args, const char *name, size_t i) {
  for (size_t at = 0; at < args->given_count; at++) {
    if (strcmp(args->given[at].name, name) == 0 && i-- == 0) {
      return args->given[at].origin;
    }
  }
  return NULL;
}

static int fail_identity(const cli_args *args, size_t i, const char *words) {
  const char *origin = origin_of(args, "cert", i);
  return cli_failure(args, "%s%s%s", origin != NULL ? origin : "", origin != NULL ? ": " : "", words);
}

/* The key of a file that is encrypted, as the PEM that it holds. */
static int open_key(const cli_args *args, size_t i, const char *path, const char *with, char **pem, size_t *n) {
  char problem[DISK_PROBLEM];
  char words[DISK_PROBLEM + 100];
  char *sealed = NULL;
  char *phrase = NULL;
  size_t sealed_n = 0;
  size_t phrase_n = 0;
  qtls_key *key = NULL;
  *pem = NULL;
  if (!disk_read(&sealed, &sealed_n, path, true, problem) || !disk_read(&phrase, &phrase_n, with, true, problem)) {
    disk_forget(sealed, sealed_n);
    return fail_identity(args, i, problem);
  }
  const char *end = phrase_n > 0 ? memchr(phrase, '\n', phrase_n) : NULL;
  size_t length = end != NULL ? (size_t)(end - phrase) : phrase_n;
  length -= length > 0 && phrase[length - 1] == '\r';
  qtls_err err = qtls_key_load_encrypted(&key, NULL, sealed, sealed_n, phrase, length);
  if (err == QTLS_OK) {
    err = qtls_key_write(key, pem, n);
  }
  qtls_key_free(key);
  disk_forget(sealed, sealed_n);
  disk_forget(phrase, phrase_n);
  if (err != QTLS_OK) {
    (void)snprintf(words, sizeof words, "%.200s with the pass phrase of %.200s: %s", path, with, qtls_err_text(err));
    return fail_identity(args, i, words);
  }
  return CLI_OK;
}

static int load_sealed(const cli_args *args, qtls_config *config, size_t i, const char *cert, const char *key,
                       const char *with) {
  char problem[DISK_PROBLEM];
  char *chain = NULL;
  char *pem = NULL;
  size_t chain_n = 0;
  size_t pem_n = 0;
  if (!disk_read(&chain, &chain_n, cert, false, problem)) {
    return fail_identity(args, i, problem);
  }
  int code = open_key(args, i, key, with, &pem, &pem_n);
  if (code == CLI_OK && qtls_config_add_identity(config, chain, chain_n, pem, pem_n) != QTLS_OK) {
    char words[1024];
    (void)snprintf(words, sizeof words, "%.200s and %.200s: %.400s", cert, key, qtls_config_problem(config));
    code = fail_identity(args, i, words);
  }
  qtls_pki_free(pem);
  disk_forget(chain, chain_n);
  return code;
}

static int load_identity(const cli_args *args, qtls_config *config, size_t i, const char *cert, const char *key) {
  const char *with = cli_value_after(args, "key", i, "key-pass-file");
  qtls_stream_problem why;
  if (with != NULL) {
    return load_sealed(args, config, i, cert, key, with);
  }
  qtls_err err = qtls_config_load_identity(config, cert, key, &why);
  if (err == QTLS_OK) {
    return CLI_OK;
  }
  char words[sizeof why.text + 80];
  (void)snprintf(words, sizeof words, "%s%s", why.text,
                 err == QTLS_ERR_KEY_ENCRYPTED ? "; name the file of its pass phrase: --key-pass-file FILE" : "");
  return fail_identity(args, i, words);
}

static int load_identities(const cli_args *args, qtls_config *config) {
  if (!cli_follows(args, "key", "key-pass-file")) {
    return CLI_USAGE;
  }
  for (size_t i = 0;; i++) {
    const char *cert = cli_value_at(args, "cert", i);
    const char *key = cli_value_at(args, "key", i);
    if (cert == NULL && key == NULL && i > 0) {
      return CLI_OK;
    }
    if (cert == NULL || key == NULL) {
      return cli_usage_error(args, "each identity needs both --cert FILE and --key FILE%s",
                             i > 0 ? "" : "; qtls pki init and qtls pki issue make them");
    }
    int code = load_identity(args, config, i, cert, key);
    if (code != CLI_OK) {
      return code;
    }
  }
}

/* ---- clients ---- */

static int load_trust(const cli_args *args, qtls_config *config) {
  const char *place = NULL;
  for (size_t i = 0; (place = cli_value_at(args, "client-trust", i)) != NULL; i++) {
    qtls_stream_problem why;
    if (qtls_config_load_trust_from(config, place, NULL, &why) != QTLS_OK) {
      const char *origin = origin_of(args, "client-trust", i);
      return cli_failure(args, "%s%s%s", origin != NULL ? origin : "--client-trust", origin != NULL ? ": " : " ",
                         why.text);
    }
  }
  return CLI_OK;
}

static int load_authorities(const cli_args *args, qtls_config *config) {
  const char *path = NULL;
  for (size_t i = 0; (path = cli_value_at(args, "client-authorities", i)) != NULL; i++) {
    char problem[DISK_PROBLEM];
    char *text = NULL;
    size_t n = 0;
    bool none = strcmp(path, "none") == 0;
    if (!none && !disk_read(&text, &n, path, false, problem)) {
      return cli_failure(args, "--client-authorities %s", problem);
    }
    qtls_err err = qtls_config_add_authorities(config, none ? "" : text, n);
    disk_forget(text, n);
    if (err != QTLS_OK) {
      return settings_failure(args, config, err, "client-authorities");
    }
  }
  return CLI_OK;
}

static int load_rules(const cli_args *args, qtls_config *config) {
  const char *rule = NULL;
  for (size_t i = 0; (rule = cli_value_at(args, "allow", i)) != NULL; i++) {
    if (qtls_config_add_allow(config, rule) != QTLS_OK) {
      const char *origin = origin_of(args, "allow", i);
      return cli_usage_error(args, "%s \"%s\": %s", origin != NULL ? origin : "--allow", rule,
                             qtls_config_problem(config));
    }
  }
  return CLI_OK;
}

static int configure_clients(const serve_plan *plan, qtls_config *config) {
  static const char *const modes[] = {"none", "optional", "required", NULL};
  static const char *const needing[] = {
      "client-trust", "client-authorities", "allow", "revocation", "online", "crl", NULL};
  const cli_args *args = &plan->args;
  char label[CLI_LABEL];
  int mode = 0;
  if (!cli_choice(args, "client-auth", modes, &mode)) {
    return CLI_USAGE;
  }
  if (mode == 0 && plan->protect_count == 0) {
    for (size_t i = 0; needing[i] != NULL; i++) {
      if (cli_has(args, needing[i])) {
        return cli_usage_error(args,
                               "%s is about clients' certificates: say --client-auth optional or required, or "
                               "--protect a path",
                               cli_label(args, needing[i], label));
      }
    }
    return CLI_OK;
  }
  if (!cli_has(args, "client-trust")) {
    return cli_usage_error(
        args, "clients' certificates need somebody who vouches for them: --client-trust FILE (client_auth.trust)");
  }
  int code = load_trust(args, config);
  if (code == CLI_OK) {
    code = load_authorities(args, config);
  }
  if (code == CLI_OK) {
    code = load_rules(args, config);
  }
  if (code == CLI_OK && mode > 0) {
    qtls_err err = qtls_config_set_client_auth(config, (qtls_client_auth)(mode + 1));
    code = err == QTLS_OK ? CLI_OK : settings_failure(args, config, err, "client-auth");
  }
  return code == CLI_OK ? status_configure(args, config) : code;
}

/* ---- all of it ---- */

static int configure(const serve_plan *plan, qtls_config *config) {
  static const char *const cookies[] = {"never", "always", NULL};
  const cli_args *args = &plan->args;
  int cookie = 0;
  if (!cli_choice(args, "cookie", cookies, &cookie)) {
    return CLI_USAGE;
  }
  qtls_err err = qtls_config_set_cookie(config, (qtls_cookie)(cookie + 1));
  if (err == QTLS_OK) {
    err = qtls_config_set_strict_sni(config, cli_has(args, "strict-names"));
  }
  if (err == QTLS_OK && plan->trace) {
    err = qtls_config_set_trace(config, server_observe, NULL);
  }
  if (err == QTLS_OK && plan->root != NULL && !cli_has(args, "alpn")) {
    err = qtls_config_set_alpn(config, "http/1.1");
  }
  if (err != QTLS_OK) {
    return settings_failure(args, config, err, NULL);
  }
  int code = load_identities(args, config);
  return code == CLI_OK ? configure_clients(plan, config) : code;
}

int plan_configure(const serve_plan *plan, qtls_config **out, qtls_keylog **keylog) {
  int code = settings_make(&plan->args, QTLS_SERVER, out, keylog);
  if (code == CLI_OK) {
    code = configure(plan, *out);
    if (code == CLI_OK) {
      code = settings_freeze(&plan->args, out);
    }
  }
  if (code != CLI_OK) {
    qtls_config_free(*out);
    qtls_keylog_close(*keylog);
    *out = NULL;
    *keylog = NULL;
  }
  return code;
}
