/* Owns the options about revocation (status.h). */
#include "status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk.h"
#include "settings.h"

const cli_option status_options[] = {
    {"revocation", "MODE",
     "Whether the peer's certificate was revoked: off, soft-fail (the default: no answer passes, a revocation never "
     "does), hard-fail (it must be known to be good)."},
    {"online", NULL, "Ask the responders and fetch the lists that certificates name, when nothing was stapled."},
    {"crl", "FILE", "A revocation list, PEM or DER. May be repeated."},
    {"status-dir", "DIR", "Keep what --online fetched in DIR, as long as it holds."},
    {"fetch-allow", "HOST",
     "Ask this host only, or *.DOMAIN, HOST:PORT, or URLs that begin with http://HOST/PATH/. May be repeated."},
    {"fetch-public", NULL, "Ask nobody at a private, link-local or loopback address."},
    {NULL, NULL, NULL}};

static int add_list(const cli_args *args, qtls_config *config, const char *path) {
  char problem[DISK_PROBLEM];
  char *text = NULL;
  size_t n = 0;
  if (!disk_read(&text, &n, path, false, problem)) {
    return cli_failure(args, "--crl %s", problem);
  }
  qtls_err err = qtls_config_add_crl(config, text, n);
  disk_forget(text, n);
  return err == QTLS_OK ? CLI_OK : cli_failure(args, "--crl %s: %s", path, qtls_err_text(err));
}

int status_configure(const cli_args *args, qtls_config *config) {
  static const char *const modes[] = {"off", "soft-fail", "hard-fail", NULL};
  const char *path = NULL;
  int mode = 1;
  if (!cli_choice(args, "revocation", modes, &mode)) {
    return CLI_USAGE;
  }
  if (mode == 0 && (cli_has(args, "online") || cli_has(args, "crl"))) {
    return cli_usage_error(args, "--revocation off looks at no evidence: leave it out, or leave out %s",
                           cli_has(args, "online") ? "--online" : "--crl");
  }
  qtls_err err = qtls_config_set_revocation(config, (qtls_revocation)(mode + 1), false);
  if (err == QTLS_OK) {
    err = qtls_config_set_status_jobs(config, cli_has(args, "online"));
  }
  if (err != QTLS_OK) {
    return settings_failure(args, config, err, NULL);
  }
  int code = CLI_OK;
  for (size_t i = 0; code == CLI_OK && (path = cli_value_at(args, "crl", i)) != NULL; i++) {
    code = add_list(args, config, path);
  }
  return code;
}

int status_rules(const cli_args *args, qtls_fetch_rules *rules, const char *allowed[STATUS_ALLOWED_MOST]) {
  const char *rule = NULL;
  if (cli_value_at(args, "fetch-allow", STATUS_ALLOWED_MOST) != NULL) {
    return cli_usage_error(args, "--fetch-allow: there are more than %d; *.DOMAIN stands for many hosts",
                           STATUS_ALLOWED_MOST);
  }
  for (size_t i = 0; i < STATUS_ALLOWED_MOST && (rule = cli_value_at(args, "fetch-allow", i)) != NULL; i++) {
    allowed[i] = rule;
    rules->allowed_count = i + 1;
  }
  rules->allowed = allowed;
  rules->redirects = 2;
  rules->deny_private = cli_has(args, "fetch-public");
  return CLI_OK;
}

const char *status_folder(char out[512], const char *name) {
  const char *service = getenv("CACHE_DIRECTORY");
  const char *cache = getenv("XDG_CACHE_HOME");
  const char *home = getenv("HOME");
  out[0] = '\0';
  if (service != NULL && service[0] == '/') {
    (void)snprintf(out, 512, "%.*s/%s", (int)strcspn(service, ":"), service, name);
  } else if (cache != NULL && cache[0] == '/') {
    (void)snprintf(out, 512, "%s/qtls/%s", cache, name);
  } else if (home != NULL && home[0] == '/') {
    (void)snprintf(out, 512, "%s/.cache/qtls/%s", home, name);
  }
  return out;
}

int status_source(const cli_args *args, qtls_status_source **out, void (*tell)(void *user, const char *line),
                  void *user) {
  const char *allowed[STATUS_ALLOWED_MOST];
  qtls_status_options options = {.folder = cli_value(args, "status-dir", NULL), .tell = tell, .user = user};
  qtls_fetch_problem why;
  *out = NULL;
  if (!cli_has(args, "online")) {
    return CLI_OK;
  }
  int code = status_rules(args, &options.rules, allowed);
  if (code != CLI_OK) {
    return code;
  }
  /* Both questions have to fit into the time of a handshake. */
  long seconds = 10;
  if (!cli_duration(args, "timeout", 1, 3600, &seconds)) {
    return CLI_USAGE;
  }
  int unit = seconds < 10 ? (int)seconds * 100 : 1000;
  options.rules.total_ms = 5 * unit;
  options.rules.connect_ms = 3 * unit;
  options.total_ms = 8 * unit;
  options.whole_urls = cli_has(args, "trace");
  if (cli_has(args, "check") && options.folder != NULL) {
    char problem[DISK_PROBLEM];
    if (!disk_may_write(options.folder, true, problem)) {
      return cli_failure(args, "--status-dir %s", problem);
    }
    options.folder = NULL;
  }
  if (qtls_status_source_new(out, &options, &why) != QTLS_OK) {
    return cli_failure(args, "--status-dir %s", why.text);
  }
  return CLI_OK;
}
