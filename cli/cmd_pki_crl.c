/* qtls pki crl: the list of revoked certificates, signed. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ca_common.h"
#include "commands.h"
#include "disk.h"
#include "out.h"

static const cli_option options[] = {
    {"days", "N", "When the next list will be there at the latest (default 7)."},
    {"hours", "N", "The same in hours."},
    {"out", "FILE", "Write it there, in place of what is there (default: DIR/AUTHORITY.crl)."},
    {"der", NULL, "As DER, as web servers give it out, and not as PEM."},
    {"json", NULL, "Tell what was made as one line of JSON."},
    {"quiet", NULL, "Say nothing if all went well."},
    {NULL, NULL, NULL}};

static int write_list(const cli_args *args, const char *path, const uint8_t *der, size_t size) {
  char problem[DISK_PROBLEM];
  char *pem = NULL;
  size_t n = 0;
  if (cli_has(args, "der")) {
    return disk_replace(path, (const char *)der, size, problem) ? CLI_OK : cli_failure(args, "%s", problem);
  }
  if (qtls_pem_write(&pem, &n, "X509 CRL", der, size) != QTLS_OK) {
    return cli_failure(args, "out of memory");
  }
  bool good = disk_replace(path, pem, n, problem);
  qtls_pki_free(pem);
  return good ? CLI_OK : cli_failure(args, "%s", problem);
}

static void tell(const cli_args *args, const char *path, const uint8_t *der, size_t size, int64_t next) {
  qtls_crl *crl = NULL;
  char when[32];
  if (cli_has(args, "quiet") || qtls_crl_load(&crl, der, size) != QTLS_OK) {
    return;
  }
  const qtls_crl_info *info = qtls_crl_read(crl);
  if (cli_has(args, "json")) {
    json j = json_to(stdout);
    json_begin(&j, NULL, '{');
    json_string(&j, "file", path);
    json_string(&j, "issuer", info->issuer);
    json_integer(&j, "number", (int64_t)info->number);
    json_integer(&j, "revoked", (int64_t)info->revoked_count);
    json_string(&j, "next_update", out_time_json(when, next));
    json_end(&j, '}');
    json_done(&j);
  } else {
    (void)printf("made %s: list %llu, %zu revoked, the next one by %s\n", path, (unsigned long long)info->number,
                 info->revoked_count, out_time(when, next));
  }
  qtls_crl_free(crl);
}

static int run(cli_args *args) {
  char path[4096];
  long days = 0;
  long hours = 0;
  qtls_ca *ca = NULL;
  qtls_ca_authority a;
  uint8_t *der = NULL;
  size_t size = 0;
  uint64_t number = 0;
  const char *dir = ca_dir(args, 0);
  if (dir == NULL || !cli_number(args, "days", 1, 3650, &days) || !cli_number(args, "hours", 1, 87600, &hours)) {
    return CLI_USAGE;
  }
  if (days > 0 && hours > 0) {
    return cli_usage_error(args, "--days or --hours, not both");
  }
  int64_t now = (int64_t)time(NULL);
  int64_t next = now + (hours > 0 ? hours * 3600L : (days > 0 ? days : 7) * 86400L);
  const char *authority = cli_value(args, "authority", NULL);
  int code = ca_open_signer(args, dir, &ca);
  if (code == CLI_OK && (!qtls_ca_authority_find(ca, authority, &a) ||
                         qtls_ca_crl_make(ca, authority, now, next, &der, &size, &number) != QTLS_OK)) {
    code = ca_failure(args, ca);
  }
  if (code == CLI_OK) {
    (void)snprintf(path, sizeof path, "%s/%s.crl", dir, a.name);
    const char *to = cli_value(args, "out", path);
    code = write_list(args, to, der, size);
    if (code == CLI_OK) {
      tell(args, to, der, size, next);
    }
  }
  qtls_ca_release(der);
  qtls_ca_close(ca);
  return code;
}

static const cli_option *const groups[] = {ca_dir_options, ca_authority_options, ca_key_options, options, NULL};

const cli_command cmd_pki_crl = {.name = "pki crl",
                                 .summary = "Make the list of revoked certificates",
                                 .usage = "DIR [OPTION...]",
                                 .about =
                                     "Makes and signs the list of what the authority has revoked, with "
                                     "a number above every list before it. A\n"
                                     "hybrid authority signs it twice. The file is replaced in one "
                                     "step: readers see the old list or the new.\n"
                                     "Run it from a timer, well within --days.",
                                 .options = groups,
                                 .examples =
                                     "  qtls pki crl ca\n"
                                     "  qtls pki crl ca --hours 24 --der --out /srv/www/intermediate.crl\n"
                                     "  qtls pki crl ca --authority root --days 90 --pass-file phrase.txt\n",
                                 .operands_most = 1,
                                 .run = run};
