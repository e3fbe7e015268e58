/* qtls pki revoke: a certificate is good no longer. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ca_common.h"
#include "commands.h"
#include "out.h"

static const cli_option options[] = {{"reason", "REASON",
                                      "Why: keyCompromise, cACompromise, affiliationChanged, superseded, "
                                      "cessationOfOperation, privilegeWithdrawn, "
                                      "certificateHold (for a while), removeFromCRL (ends a hold), unspecified "
                                      "(the default)."},
                                     {"json", NULL, "Tell what was done as one line of JSON."},
                                     {"quiet", NULL, "Say nothing if all went well."},
                                     {NULL, NULL, NULL}};

static int read_reason(const cli_args *args, qtls_reason *out) {
  const char *typed = cli_value(args, "reason", "unspecified");
  int found = qtls_reason_find(typed);
  if (found >= 0) {
    *out = (qtls_reason)found;
    return CLI_OK;
  }
  cli_suggestion s = cli_suggest_start(typed);
  for (int i = 0; i <= 10; i++) {
    cli_suggest_offer(&s, qtls_reason_name(i));
  }
  const char *best = cli_suggest_best(&s);
  return cli_usage_error(args, "--reason \"%s\" is not known%s%s%s", typed, best != NULL ? "; did you mean " : "",
                         best != NULL ? best : "", best != NULL ? "?" : "; see --help");
}

static void tell(const cli_args *args, const char *dir, const char *serial, qtls_reason reason, int64_t when) {
  char text[32];
  bool freed = reason == QTLS_REASON_removeFromCRL;
  if (cli_has(args, "json")) {
    json j = json_to(stdout);
    json_begin(&j, NULL, '{');
    json_string(&j, "serial", serial);
    json_string(&j, "state", freed ? "valid" : "revoked");
    json_string(&j, "reason", qtls_reason_name((int)reason));
    json_string(&j, "at", out_time_json(text, when));
    json_end(&j, '}');
    json_done(&j);
  } else if (!cli_has(args, "quiet")) {
    (void)printf("%s %s (%s); responders know it now, lists after: qtls pki crl %s\n", freed ? "freed" : "revoked",
                 serial, qtls_reason_name((int)reason), dir);
  }
}

static int run(cli_args *args) {
  char serial[CA_SERIAL];
  qtls_reason reason = QTLS_REASON_unspecified;
  qtls_ca *ca = NULL;
  int64_t now = (int64_t)time(NULL);
  if (args->operand_count == 0) {
    return cli_usage_error(args, "which certificate? qtls pki revoke SERIAL|FILE --dir DIR");
  }
  const char *dir = ca_dir(args, SIZE_MAX);
  if (dir == NULL) {
    return CLI_USAGE;
  }
  int code = read_reason(args, &reason);
  if (code == CLI_OK) {
    code = ca_serial_of(args, args->operands[0], serial);
  }
  if (code == CLI_OK) {
    code = ca_open(args, dir, QTLS_CA_write, &ca);
  }
  if (code == CLI_OK && qtls_ca_revoke(ca, serial, reason, now) != QTLS_OK) {
    code = ca_failure(args, ca);
  }
  if (code == CLI_OK) {
    tell(args, dir, serial, reason, now);
  }
  qtls_ca_close(ca);
  return code;
}

static const cli_option *const groups[] = {ca_dir_options, options, NULL};

const cli_command cmd_pki_revoke = {
    .name = "pki revoke",
    .summary = "Revoke a certificate",
    .usage = "SERIAL|FILE --dir DIR [OPTION...]",
    .about =
        "Marks a certificate as revoked. No key is needed: responders "
        "over the same database (qtls ocspd) say so\n"
        "from this moment on; the list of revoked certificates is made "
        "anew with qtls pki crl. Once this command\n"
        "has ended with 0, the revocation is on the disk.",
    .options = groups,
    .examples =
        "  qtls pki revoke server.pem --dir ca --reason keyCompromise\n"
        "  qtls pki revoke 4f1c0a7d9be25c6631ef04a8d2b7903e5c18fa46 --dir ca --reason certificateHold\n"
        "  qtls pki revoke 4f1c0a7d9be25c6631ef04a8d2b7903e5c18fa46 --dir ca --reason removeFromCRL\n",
    .operands_most = 1,
    .run = run};
