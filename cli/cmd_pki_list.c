/* qtls pki list: what an authority has given out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ca_common.h"
#include "commands.h"
#include "out.h"

static const cli_option options[] = {{"expiring", "TIME",
                                      "Only those that end within 30d (days), 12h (hours) or 4w (weeks), and "
                                      "are not over yet."},
                                     {"expired", NULL, "Only those that are over."},
                                     {"revoked", NULL, "Only those that were revoked."},
                                     {"valid", NULL, "Only those that are neither over nor revoked."},
                                     {"serial", "SERIAL", "Only this one."},
                                     {"authority", "NAME", "Only those signed by this authority of the directory."},
                                     {"check", NULL, "Read and check the whole database first."},
                                     {"json", NULL, "Write one JSON object a line."},
                                     {NULL, NULL, NULL}};

static bool read_span(const char *text, int64_t *out) {
  char *end = NULL;
  long n = strtol(text, &end, 10);
  static const struct {
    const char *unit;
    int64_t seconds;
  } units[] = {{"", 86400}, {"d", 86400}, {"h", 3600}, {"w", 604800}};
  for (size_t i = 0; end != text && n >= 0 && n <= 36500 && i < CLI_COUNT(units); i++) {
    if (strcmp(end, units[i].unit) == 0) {
      *out = n * units[i].seconds;
      return true;
    }
  }
  return false;
}

static int read_filter(const cli_args *args, int64_t now, qtls_ca_filter *out) {
  const char *span = cli_value(args, "expiring", NULL);
  int64_t seconds = 0;
  *out = (qtls_ca_filter){.serial = cli_value(args, "serial", NULL),
                          .authority = cli_value(args, "authority", NULL),
                          .only_revoked = cli_has(args, "revoked"),
                          .only_valid = cli_has(args, "valid") || span != NULL};
  int kinds = (span != NULL ? 1 : 0) + (cli_has(args, "expired") ? 1 : 0) + (cli_has(args, "revoked") ? 1 : 0) +
              (cli_has(args, "valid") ? 1 : 0);
  if (kinds > 1) {
    return cli_usage_error(args, "one of --expiring, --expired, --revoked and --valid");
  }
  if (span != NULL && !read_span(span, &seconds)) {
    return cli_usage_error(args, "--expiring \"%s\" is not a time such as 30d, 12h or 4w", span);
  }
  if (span != NULL) {
    out->expires_before = now + seconds;
  }
  if (cli_has(args, "expired")) {
    out->expires_before = now;
  }
  if (span != NULL || cli_has(args, "valid")) {
    out->expires_after = now;
  }
  return CLI_OK;
}

static const char *state_of(const qtls_ca_record *r, int64_t now) {
  if (r->state == QTLS_CA_reserved) {
    return "reserved";
  }
  if (r->state == QTLS_CA_revoked) {
    return r->reason == QTLS_REASON_certificateHold ? "on hold" : "revoked";
  }
  return r->not_after < now ? "expired" : "valid";
}

/* A root is what signed itself. */
static const char *purpose_of(qtls_ca *ca, const qtls_ca_record *r) {
  qtls_ca_authority a;
  bool root = r->role == QTLS_CERT_authority && qtls_ca_authority_find(ca, r->authority, &a) &&
              qtls_cert_read(a.cert)->self_issued && strcmp(qtls_cert_read(a.cert)->serial, r->serial) == 0;
  return root ? "root" : ca_role_name(r->role);
}

static void json_names(json *j, const char *names) {
  json_begin(j, "names", '[');
  while (*names != '\0') {
    size_t n = strcspn(names, "\n");
    char *one = strndup(names, n);
    if (one != NULL) {
      json_string(j, NULL, one);
    }
    free(one);
    names += n;
    names += *names == '\n' ? 1 : 0;
  }
  json_end(j, ']');
}

static void show_json(const qtls_ca_record *r, const char *purpose, int64_t now) {
  char when[32];
  json j = json_to(stdout);
  json_begin(&j, NULL, '{');
  json_string(&j, "serial", r->serial);
  json_string(&j, "state", state_of(r, now));
  json_string(&j, "authority", r->authority);
  json_string(&j, "role", purpose);
  json_string(&j, "subject", r->subject);
  json_names(&j, r->names);
  json_string(&j, "kind", r->kind);
  json_string(&j, "issued_at", out_time_json(when, r->issued_at));
  json_string(&j, "not_before", out_time_json(when, r->not_before));
  json_string(&j, "not_after", out_time_json(when, r->not_after));
  json_integer(&j, "days_left", r->not_after > now ? (r->not_after - now) / 86400 : 0);
  json_bool(&j, "must_staple", r->must_staple);
  json_string(&j, "revoked_at", r->revoked_at != 0 ? out_time_json(when, r->revoked_at) : NULL);
  json_string(&j, "reason", r->state == QTLS_CA_revoked ? qtls_reason_name((int)r->reason) : NULL);
  json_string(&j, "replaced_by", r->replaced_by);
  json_end(&j, '}');
  json_done(&j);
}

static void show_text(const qtls_ca_record *r, const char *purpose, int64_t now) {
  char when[32];
  (void)printf("%-40s  %-8s  %-12s  %.10s  ", r->serial, state_of(r, now), purpose, out_time(when, r->not_after));
  out_safe(stdout, r->subject != NULL ? r->subject : r->common_name != NULL ? r->common_name : "");
  if (r->state == QTLS_CA_revoked) {
    (void)printf("  (%s, %.10s)", qtls_reason_name((int)r->reason), out_time(when, r->revoked_at));
  }
  if (r->replaced_by != NULL) {
    (void)printf("  followed by %s", r->replaced_by);
  }
  (void)putchar('\n');
}

static int show_all(const cli_args *args, qtls_ca *ca, const qtls_ca_filter *filter, int64_t now) {
  qtls_ca_list *list = NULL;
  qtls_ca_record r;
  bool more = true;
  bool as_json = cli_has(args, "json");
  size_t count = 0;
  qtls_err err = qtls_ca_list_begin(&list, ca, filter);
  while (err == QTLS_OK && (err = qtls_ca_list_next(list, &r, &more)) == QTLS_OK && more) {
    if (count++ == 0 && !as_json) {
      (void)printf("%-40s  %-8s  %-12s  %-10s  %s\n", "SERIAL", "STATE", "FOR", "UNTIL", "SUBJECT");
    }
    if (as_json) {
      show_json(&r, purpose_of(ca, &r), now);
    } else {
      show_text(&r, purpose_of(ca, &r), now);
    }
  }
  qtls_ca_list_end(list);
  if (err == QTLS_OK && count == 0 && filter->serial != NULL) {
    return cli_failure(args, "there is no certificate %s in this directory", filter->serial);
  }
  if (err == QTLS_OK && count == 0 && !as_json) {
    (void)fprintf(stderr, "nothing in this directory fits\n");
  }
  return err == QTLS_OK ? CLI_OK : ca_failure(args, ca);
}

static int run(cli_args *args) {
  qtls_ca *ca = NULL;
  qtls_ca_filter filter;
  qtls_ca_authority a;
  int64_t now = (int64_t)time(NULL);
  const char *dir = ca_dir(args, 0);
  if (dir == NULL) {
    return CLI_USAGE;
  }
  int code = read_filter(args, now, &filter);
  if (code == CLI_OK) {
    code = ca_open(args, dir, QTLS_CA_read, &ca);
  }
  if (code == CLI_OK && filter.authority != NULL && !qtls_ca_authority_find(ca, filter.authority, &a)) {
    code = cli_failure(args, "%s: there is no authority \"%s\" in it", dir, filter.authority);
  }
  if (code == CLI_OK && cli_has(args, "check") && qtls_ca_check(ca) != QTLS_OK) {
    code = ca_failure(args, ca);
  }
  if (code == CLI_OK && cli_has(args, "check") && !cli_has(args, "json")) {
    (void)fprintf(stderr, "the database is whole\n");
  }
  if (code == CLI_OK) {
    code = show_all(args, ca, &filter, now);
  }
  qtls_ca_close(ca);
  return code;
}

static const cli_option *const groups[] = {ca_dir_options, options, NULL};

const cli_command cmd_pki_list = {.name = "pki list",
                                  .summary = "List what an authority has given out",
                                  .usage = "DIR [OPTION...]",
                                  .about =
                                      "Lists the certificates of the directory in the order in which "
                                      "they were given out. \"reserved\" is a serial\n"
                                      "number that a command took before it was killed; no certificate "
                                      "with it exists.",
                                  .options = groups,
                                  .examples =
                                      "  qtls pki list ca\n"
                                      "  qtls pki list ca --expiring 30d\n"
                                      "  qtls pki list ca --revoked --json\n"
                                      "  qtls pki list ca --check\n",
                                  .operands_most = 1,
                                  .run = run};
