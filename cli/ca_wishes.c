/* Owns the options that say what a certificate is for (ca_common.h). */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ca_common.h"

enum { CLOCK_SLACK = 300, DAY = 86400 };

const cli_option ca_wish_options[] = {
    {"server", NULL, "For a TLS server (the default)."},
    {"client", NULL, "For a TLS client."},
    {"ocsp", NULL, "For an OCSP responder of the authority (qtls ocspd)."},
    {"intermediate", NULL, "For an authority below this one; qtls pki init --cert takes it up."},
    {"role", "ROLE", "The same as a word: server, client, both, ocsp, intermediate."},
    {"dns", "NAME",
     "A DNS name; \"*.\" may stand in front. May be repeated, as may the next "
     "four."},
    {"ip", "ADDRESS", "An IP address."},
    {"uri", "URI", "A URI, such as spiffe://example.org/web."},
    {"email", "ADDRESS", "An e-mail address."},
    {"san", "NAME", "Any of them: DNS:, IP:, URI: or email: in front, or told by its look."},
    {"name", "NAME", "The subject's common name (default: the first of its names)."},
    {"organization", "NAME", "The subject's organization."},
    {"must-staple", NULL,
     "Peers that ask for a stapled OCSP response refuse it without one (RFC "
     "7633)."},
    {NULL, NULL, NULL}};

const cli_option ca_limit_options[] = {
    {"days", "N",
     "How long it is valid (default 365, an intermediate 1825), never longer "
     "than the authority."},
    {"not-after", "DATE", "When it ends instead: 2027-12-31, or 2027-12-31T12:00:00Z."},
    {"path-length", "N", "An intermediate: how many authorities may stand below it (default 0)."},
    {"permit", "NAME",
     "An intermediate: only names below DNS:example.com, IP:192.0.2.0/24, "
     "email:, URI:."},
    {"exclude", "NAME", "An intermediate: no names below it. May be repeated, as may --permit."},
    {"ocsp-url", "URL", "Where its OCSP responder is (default: as qtls pki init was told)."},
    {"crl-url", "URL", "Where the revocation list is (the same)."},
    {"issuer-url", "URL", "Where the authority's certificate is (the same)."},
    {"no-urls", NULL, "None of these three."},
    {NULL, NULL, NULL}};

static const char *const roles[] = {"intermediate", "server", "client", "both", "ocsp", NULL};

const char *ca_role_name(qtls_cert_role role) {
  return role >= QTLS_CERT_authority && role <= QTLS_CERT_ocsp ? roles[role - QTLS_CERT_authority] : "unknown";
}

static int read_role(const cli_args *args, qtls_cert_role *out) {
  static const char *const switches[] = {"intermediate", "server", "client", "ocsp"};
  int role = 1;
  int given = cli_has(args, "role") ? 1 : 0;
  if (!cli_choice(args, "role", roles, &role)) {
    return CLI_USAGE;
  }
  for (size_t i = 0; i < CLI_COUNT(switches); i++) {
    if (cli_has(args, switches[i])) {
      given++;
      role = i == 3 ? 4 : (int)i;
    }
  }
  if (cli_has(args, "server") && cli_has(args, "client") && given == 2) {
    role = 3;
    given = 1;
  }
  if (given > 1) {
    return cli_usage_error(args,
                           "a certificate is for one thing: --server, "
                           "--client, both of these, --ocsp or --intermediate");
  }
  *out = (qtls_cert_role)(QTLS_CERT_authority + role);
  return CLI_OK;
}

/* "alice@example.com" and "192.0.2.1" tell by themselves what they are. */
static const char *kind_of(const char *name) {
  static const char *const prefixes[] = {"DNS:", "IP:", "URI:", "email:"};
  unsigned char address[16];
  for (size_t i = 0; i < CLI_COUNT(prefixes); i++) {
    if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0) {
      return "";
    }
  }
  if (inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1) {
    return "IP:";
  }
  if (strstr(name, ":/") != NULL) {
    return "URI:";
  }
  return strchr(name, '@') != NULL ? "email:" : "DNS:";
}

static int add_name(const cli_args *args, ca_wishes *w, const char *prefix, const char *name) {
  size_t room = strlen(prefix) + strlen(name) + 1;
  char *made = w->made_count < CA_NAMES_MOST ? malloc(room) : NULL;
  if (made == NULL) {
    return cli_failure(args,
                       w->made_count < CA_NAMES_MOST ? "out of memory" : "a certificate has at most 100 names here");
  }
  (void)snprintf(made, room, "%s%s", prefix, name);
  w->names[w->made_count] = made;
  w->made[w->made_count++] = made;
  return CLI_OK;
}

static int read_names(const cli_args *args, ca_wishes *w) {
  static const struct {
    const char *option;
    const char *prefix;
  } from[] = {{"dns", "DNS:"}, {"ip", "IP:"}, {"uri", "URI:"}, {"email", "email:"}, {"san", NULL}};
  int code = CLI_OK;
  for (size_t k = 0; k < CLI_COUNT(from); k++) {
    const char *name = NULL;
    for (size_t i = 0; code == CLI_OK && (name = cli_value_at(args, from[k].option, i)) != NULL; i++) {
      code = add_name(args, w, from[k].prefix != NULL ? from[k].prefix : kind_of(name), name);
    }
  }
  w->request.names = w->made_count > 0 ? w->names : NULL;
  w->request.name_count = w->made_count;
  return code;
}

static int read_list(const cli_args *args, const char *option, const char *list[CA_LIST_MOST], size_t *count) {
  const char *value = NULL;
  *count = 0;
  while ((value = cli_value_at(args, option, *count)) != NULL) {
    if (*count + 1 >= CA_LIST_MOST) {
      return cli_usage_error(args, "--%s more than %d times", option, CA_LIST_MOST - 1);
    }
    list[(*count)++] = value;
  }
  return CLI_OK;
}

/* Days since 1970 of a date of the Gregorian calendar. */
static int64_t days_of(int64_t y, int64_t m, int64_t d) {
  y -= m <= 2 ? 1 : 0;
  int64_t era = y / 400;
  int64_t year = y - era * 400;
  int64_t day = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  return era * 146097 + year * 365 + year / 4 - year / 100 + day - 719468;
}

bool ca_moment(const char *text, int64_t *out) {
  static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int y = 0;
  int m = 0;
  int d = 0;
  int h = 23;
  int min = 59;
  int s = 59;
  int end = 0;
  bool whole = sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2dZ%n", &y, &m, &d, &h, &min, &s, &end) == 6 && end == 20;
  bool day = !whole && sscanf(text, "%4d-%2d-%2d%n", &y, &m, &d, &end) == 3 && end == 10;
  bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
  if ((!whole && !day) || text[end] != '\0' || y < 1970 || m < 1 || m > 12 || d < 1 ||
      d > lengths[m - 1] + (m == 2 && leap ? 1 : 0) || h < 0 || h > 23 || min < 0 || min > 59 || s < 0 || s > 59) {
    return false;
  }
  if (day) {
    h = 23; /* to the end of that day */
    min = 59;
    s = 59;
  }
  *out = days_of(y, m, d) * DAY + (int64_t)h * 3600 + (int64_t)min * 60 + s;
  return true;
}

static int read_validity(const cli_args *args, ca_wishes *w, long days) {
  int64_t now = (int64_t)time(NULL);
  const char *until = cli_value(args, "not-after", NULL);
  if (days == 0) {
    days = w->request.role == QTLS_CERT_authority ? 1825 : 365;
  }
  if (!cli_number(args, "days", 1, 36500, &days)) {
    return CLI_USAGE;
  }
  if (until != NULL && cli_has(args, "days")) {
    return cli_usage_error(args, "--days or --not-after, not both");
  }
  w->request.not_before = now - CLOCK_SLACK;
  w->request.not_after = now + (int64_t)days * DAY;
  if (until != NULL && !ca_moment(until, &w->request.not_after)) {
    return cli_usage_error(args, "--not-after \"%s\" is not a date such as 2027-12-31", until);
  }
  if (w->request.not_after <= now) {
    return cli_usage_error(args, "--not-after \"%s\" is over already", until);
  }
  return CLI_OK;
}

static int read_authority(const cli_args *args, ca_wishes *w) {
  long length = 0;
  bool is_authority = w->request.role == QTLS_CERT_authority;
  int code = CLI_OK;
  if (!cli_number(args, "path-length", 0, 200, &length)) {
    return CLI_USAGE;
  }
  if (!is_authority && (cli_has(args, "path-length") || cli_has(args, "permit") || cli_has(args, "exclude"))) {
    return cli_usage_error(args, "--path-length, --permit and --exclude are for an --intermediate");
  }
  w->request.limit_path = is_authority;
  w->request.path_length = (unsigned)length;
  code = read_list(args, "permit", w->permitted, &w->request.permitted_count);
  if (code == CLI_OK) {
    code = read_list(args, "exclude", w->excluded, &w->request.excluded_count);
  }
  w->request.permitted = w->permitted;
  w->request.excluded = w->excluded;
  return code;
}

int ca_urls_read(const cli_args *args, const char *lists[3][CA_LIST_MOST], qtls_cert_request *r) {
  const struct {
    const char *option;
    const char *const **list;
    size_t *count;
  } kinds[] = {{"ocsp-url", &r->ocsp_urls, &r->ocsp_url_count},
               {"crl-url", &r->crl_urls, &r->crl_url_count},
               {"issuer-url", &r->issuer_urls, &r->issuer_url_count}};
  int code = CLI_OK;
  for (size_t i = 0; code == CLI_OK && i < CLI_COUNT(kinds); i++) {
    bool given = cli_has(args, kinds[i].option);
    if (given && cli_has(args, "no-urls")) {
      return cli_usage_error(args, "--no-urls and a URL contradict each other");
    }
    if (given) {
      *kinds[i].list = lists[i];
      code = read_list(args, kinds[i].option, lists[i], kinds[i].count);
    } else if (cli_has(args, "no-urls")) {
      *kinds[i].count = 0;
    }
  }
  return code;
}

int ca_wishes_read(const cli_args *args, ca_wishes *out, long days) {
  memset(out, 0, sizeof *out);
  qtls_cert_request *r = &out->request;
  int code = read_role(args, &r->role);
  if (code == CLI_OK) {
    code = read_names(args, out);
  }
  if (code == CLI_OK) {
    code = read_validity(args, out, days);
  }
  if (code == CLI_OK) {
    code = read_authority(args, out);
  }
  if (code == CLI_OK) {
    code = ca_urls_read(args, out->urls, r);
  }
  r->must_staple = cli_has(args, "must-staple");
  r->organization = cli_value(args, "organization", NULL);
  r->common_name = cli_value(args, "name", NULL);
  return code;
}

void ca_wishes_free(ca_wishes *w) {
  for (size_t i = 0; i < w->made_count; i++) {
    free(w->made[i]);
  }
  w->made_count = 0;
}
