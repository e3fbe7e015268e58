/* Owns what a server says about itself (serve_report.h). */
#include "serve_report.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>

enum { DAY = 86400, SOON_DAYS = 30, ADVICE_MOST = 12, LINE = 400 };

typedef enum weight {
  HINT,    /* what would be better */
  PROBLEM, /* what clients may refuse, or soon will */
  HARM     /* what every client refuses */
} weight;

typedef struct advice {
  size_t n;
  weight worst;
  weight weight[ADVICE_MOST];
  char line[ADVICE_MOST][LINE];
} advice;

__attribute__((format(printf, 3, 4))) static void advise(advice *a, weight how, const char *format, ...) {
  va_list list;
  va_start(list, format);
  if (a->n < ADVICE_MOST) {
    a->weight[a->n] = how;
    (void)vsnprintf(a->line[a->n++], LINE, format, list);
  }
  a->worst = how > a->worst ? how : a->worst;
  va_end(list);
}

static qtls_cert *certificate(const qtls_config *config, size_t i, size_t at) {
  const uint8_t *der = NULL;
  size_t n = 0;
  qtls_cert *cert = NULL;
  if (qtls_config_identity_certificate(config, i, at, &der, &n) != QTLS_OK ||
      qtls_cert_load(&cert, der, n) != QTLS_OK) {
    return NULL;
  }
  return cert;
}

static long days_left(int64_t until) { return (long)((until - (int64_t)time(NULL)) / DAY); }

/* ---- what to change ---- */

static void advise_on_time(advice *a, const qtls_cert_info *info, bool is_leaf) {
  char when[32];
  /* A root in the chain file is not looked at: clients have their own. */
  weight how = is_leaf || !info->self_issued ? HARM : PROBLEM;
  int64_t now = (int64_t)time(NULL);
  const char *what = is_leaf ? "the certificate" : "an issuer in the chain";
  if (info->not_after < now) {
    advise(a, how, "%s HAS EXPIRED (%.100s, %s): clients refuse it; replace it now", what, info->subject,
           out_time(when, info->not_after));
  } else if (info->not_before > now) {
    advise(a, how, "%s is not valid before %s (%.100s): is the clock right?", what, out_time(when, info->not_before),
           info->subject);
  } else if (days_left(info->not_after) < SOON_DAYS) {
    advise(a, PROBLEM, "%s expires in %ld days (%.100s, %s): renew it", what, days_left(info->not_after), info->subject,
           out_time(when, info->not_after));
  }
}

static void advise_on_size(advice *a, site *s, const qtls_config *config, size_t i, const qtls_identity_info *id) {
  char over[32];
  size_t root_size = 0;
  if (id->flight_size <= QTLS_FIRST_WINDOW) {
    return;
  }
  advise(a, HINT, "the flight is %s bytes over TCP's first window, so each full handshake takes one more round trip",
         out_bytes(over, id->flight_size - QTLS_FIRST_WINDOW));
  for (size_t at = 1; at < id->chain_count; at++) {
    qtls_cert *cert = certificate(config, i, at);
    if (cert != NULL && qtls_cert_read(cert)->self_issued) {
      root_size += qtls_cert_read(cert)->size;
    }
    qtls_cert_free(cert);
  }
  if (root_size > 0) {
    advise(a, HINT, "take the root out of the chain file: clients have it, and it costs %s bytes",
           out_bytes(over, root_size));
  } else if (id->chain_count > 2) {
    advise(a, HINT, "a shorter chain makes it smaller: issue from an authority nearer to the root");
  }
  if (!cli_has(&s->plan->args, "cert-compression")) {
    advise(a, HINT, "--cert-compression zstd makes chains with much text smaller, for clients that know it");
  }
  advise(a, HINT, "or widen the first window on this machine: ip route change ... initcwnd %zu",
         (id->flight_size + 1459) / 1460);
}

/* What clients refuse, or can only accept with luck, and a server's load does not. */
static void advise_on_chain(advice *a, const qtls_config *config, size_t i, const qtls_identity_info *id) {
  const qtls_cert_info *leaf = id->leaf;
  if (leaf->ext_key_usage != NULL && strstr(leaf->ext_key_usage, "serverAuth") == NULL &&
      strstr(leaf->ext_key_usage, "any") == NULL) {
    advise(a, PROBLEM, "the certificate is not for servers (extended key usage: %.100s): clients refuse it",
           leaf->ext_key_usage);
  }
  if (leaf->name_count == 0) {
    advise(a, PROBLEM, "the certificate holds no DNS name or address that a client could ask for: clients refuse it");
  }
  if (id->chain_count == 1 && !leaf->self_issued) {
    advise(
        a, PROBLEM,
        "the chain file holds the certificate alone: only clients that trust \"%.100s\" itself can verify it; if that "
        "is an intermediate authority, add its certificate behind the leaf's",
        leaf->issuer);
  }
  for (size_t at = 1; at < id->chain_count; at++) {
    qtls_cert *below = certificate(config, i, at - 1);
    qtls_cert *above = certificate(config, i, at);
    if (below != NULL && above != NULL && strcmp(qtls_cert_read(below)->issuer, qtls_cert_read(above)->subject) != 0) {
      advise(a, PROBLEM,
             "certificate %zu of the chain file (%.100s) did not issue the one before it: the leaf goes first, then "
             "each issuer",
             at + 1, qtls_cert_read(above)->subject);
    }
    qtls_cert_free(below);
    qtls_cert_free(above);
  }
}

static void advise_on_status(advice *a, size_t i, const qtls_identity_info *id) {
  qtls_staple_state staple;
  bool kept = site_staple(i, &staple);
  if (kept && !staple.fresh) {
    advise(a, staple.revoked ? HARM : PROBLEM, "there is no staple: %.300s",
           staple.problem[0] != '\0' ? staple.problem : "none came in time");
  }
  if (!kept && id->leaf->must_staple) {
    advise(a, PROBLEM, "the certificate asks for a staple (must-staple), and this server sends none: say --staple");
  }
}

static void advise_all(advice *a, site *s, const qtls_config *config, size_t i, const qtls_identity_info *id) {
  a->n = 0;
  a->worst = HINT;
  for (size_t at = 0; at < id->chain_count; at++) {
    qtls_cert *cert = certificate(config, i, at);
    if (cert != NULL) {
      advise_on_time(a, qtls_cert_read(cert), at == 0);
    }
    qtls_cert_free(cert);
  }
  advise_on_chain(a, config, i, id);
  advise_on_status(a, i, id);
  advise_on_size(a, s, config, i, id);
}

/* ---- words ---- */

static void print_staple(size_t i, FILE *to) {
  qtls_staple_state staple;
  char until[32];
  if (!site_staple(i, &staple)) {
    return;
  }
  if (staple.fresh) {
    (void)fprintf(to, "  staple: holds until %s\n",
                  staple.next_update > 0 ? out_time(until, staple.next_update) : "it is replaced (it does not say)");
  }
}

static void print_identity(site *s, const qtls_config *config, size_t i, const qtls_identity_info *id, FILE *to) {
  static const char none[] = "";
  advice a;
  char bytes[32];
  char window[32];
  char until[32];
  const char *file = cli_value_at(&s->plan->args, "cert", i);
  const qtls_cert_info *leaf = id->leaf;
  bool longer = id->flight_size > QTLS_FIRST_WINDOW;
  out_safe(to, file != NULL ? file : none);
  (void)fputs(": ", to);
  out_safe(to, leaf->subject);
  (void)fprintf(to, ", %s%s%s, valid until %s (%ld days)\n", leaf->key_type,
                leaf->alt_key_type != NULL ? " and " : none, leaf->alt_key_type != NULL ? leaf->alt_key_type : none,
                out_time(until, leaf->not_after), days_left(leaf->not_after));
  (void)fprintf(to, "  the first flight has about %s bytes%s%s\n", out_bytes(bytes, id->flight_size),
                longer ? ", more than TCP's first window of " : none,
                longer ? out_bytes(window, QTLS_FIRST_WINDOW) : none);
  print_staple(i, to);
  advise_all(&a, s, config, i, id);
  for (size_t k = 0; k < a.n; k++) {
    (void)fputs("  - ", to);
    out_safe(to, a.line[k]);
    (void)fputc('\n', to);
  }
}

void report_print(site *s, FILE *to) {
  qtls_config *config = site_config(s);
  qtls_identity_info id;
  flockfile(to);
  for (size_t i = 0; qtls_config_identity(config, i, &id) == QTLS_OK; i++) {
    print_identity(s, config, i, &id, to);
  }
  funlockfile(to);
  qtls_config_free(config);
}

bool report_problems(site *s, void (*tell)(const site *s, const char *file, const char *problem)) {
  qtls_config *config = site_config(s);
  qtls_identity_info id;
  bool harm = false;
  for (size_t i = 0; qtls_config_identity(config, i, &id) == QTLS_OK; i++) {
    advice a;
    const char *file = cli_value_at(&s->plan->args, "cert", i);
    advise_all(&a, s, config, i, &id);
    for (size_t k = 0; k < a.n && tell != NULL; k++) {
      if (a.weight[k] != HINT) {
        tell(s, file != NULL ? file : "", a.line[k]);
      }
    }
    harm = harm || a.worst == HARM;
  }
  qtls_config_free(config);
  return harm;
}

/* ---- JSON ---- */

static void json_staple(size_t i, json *j) {
  qtls_staple_state staple;
  char when[32];
  if (!site_staple(i, &staple)) {
    json_string(j, "staple", NULL);
    return;
  }
  json_begin(j, "staple", '{');
  json_bool(j, "fresh", staple.fresh);
  json_string(j, "url", staple.url);
  json_string(j, "this_update", staple.this_update > 0 ? out_time_json(when, staple.this_update) : NULL);
  json_string(j, "next_update", staple.next_update > 0 ? out_time_json(when, staple.next_update) : NULL);
  json_string(j, "next_try", staple.next_try < INT64_MAX ? out_time_json(when, staple.next_try) : NULL);
  json_integer(j, "failures", staple.failures);
  json_string(j, "problem", staple.problem[0] != '\0' ? staple.problem : NULL);
  json_end(j, '}');
}

static void json_chain(const qtls_config *config, size_t i, json *j) {
  char when[32];
  json_begin(j, "chain", '[');
  for (size_t at = 0;; at++) {
    qtls_cert *cert = certificate(config, i, at);
    if (cert == NULL) {
      break;
    }
    const qtls_cert_info *info = qtls_cert_read(cert);
    json_begin(j, NULL, '{');
    json_string(j, "subject", info->subject);
    json_string(j, "not_after", out_time_json(when, info->not_after));
    json_integer(j, "days_left", days_left(info->not_after));
    json_integer(j, "bytes", (int64_t)info->size);
    json_end(j, '}');
    qtls_cert_free(cert);
  }
  json_end(j, ']');
}

static void json_identity(site *s, const qtls_config *config, size_t i, const qtls_identity_info *id, json *j) {
  advice a;
  json_begin(j, NULL, '{');
  json_string(j, "file", cli_value_at(&s->plan->args, "cert", i));
  json_string(j, "subject", id->leaf->subject);
  json_begin(j, "names", '[');
  for (size_t n = 0; n < id->leaf->name_count; n++) {
    json_string(j, NULL, id->leaf->names[n]);
  }
  json_end(j, ']');
  json_string(j, "key", id->leaf->key_type);
  json_string(j, "alt_key", id->leaf->alt_key_type);
  json_integer(j, "flight_bytes", (int64_t)id->flight_size);
  json_integer(j, "first_window_bytes", QTLS_FIRST_WINDOW);
  json_bool(j, "fits_first_window", id->flight_size <= QTLS_FIRST_WINDOW);
  json_chain(config, i, j);
  json_staple(i, j);
  advise_all(&a, s, config, i, id);
  json_begin(j, "advice", '[');
  for (size_t k = 0; k < a.n; k++) {
    json_string(j, NULL, a.line[k]);
  }
  json_end(j, ']');
  json_end(j, '}');
}

void report_json(site *s, json *j) {
  qtls_config *config = site_config(s);
  qtls_identity_info id;
  json_begin(j, "first_flight_bytes", '[');
  for (size_t i = 0; qtls_config_identity(config, i, &id) == QTLS_OK; i++) {
    json_integer(j, NULL, (int64_t)id.flight_size);
  }
  json_end(j, ']');
  json_begin(j, "identities", '[');
  for (size_t i = 0; qtls_config_identity(config, i, &id) == QTLS_OK; i++) {
    json_identity(s, config, i, &id, j);
  }
  json_end(j, ']');
  qtls_config_free(config);
}
