/* Owns one certificate whose staple is kept fresh (item.h). */
#include "item.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum { INTERVAL = 3600, BEFORE_EXPIRY = 7200, RETRY = 30, CHAIN_MOST = 16 };

int64_t q_staple_now(const qtls_stapler_options *options) {
  return options->ask.clock != NULL ? options->ask.clock(options->ask.user) : (int64_t)time(NULL);
}

void q_staple_item_drop(q_staple_item *item) {
  if (item == NULL || --item->refs > 0) {
    return;
  }
  qtls_cert_free(item->leaf);
  qtls_cert_free(item->issuer);
  free(item->url);
  free(item->der);
  free(item);
}

void q_staple_items_free(q_staple_item_list *list) {
  for (size_t i = 0; i < list->n; i++) {
    q_staple_item_drop(list->p[i]);
  }
  free(list->p);
  list->p = NULL;
  list->n = 0;
}

/* ---- times ---- */

/* Up to a tenth earlier, so that many servers do not ask at once. */
static int64_t with_jitter(int64_t seconds) {
  uint32_t draw = 0;
  (void)!getrandom(&draw, sizeof draw, 0);
  return seconds - (int64_t)(draw % (uint64_t)(seconds / 10 + 1));
}

static int64_t interval_of(const qtls_stapler_options *options) {
  return options->interval_s > 0 ? options->interval_s : INTERVAL;
}

/* When a staple taken at `since` is to be asked for anew. */
static int64_t next_of(const q_staple_item *item, const qtls_stapler_options *options, int64_t since) {
  int64_t wait = interval_of(options);
  if (item->end != INT64_MAX) {
    int64_t left = item->end - since;
    int64_t before = left - (options->before_expiry_s > 0 ? options->before_expiry_s : BEFORE_EXPIRY);
    int64_t by = before > left / 2 ? before : left / 2;
    wait = by < wait ? by : wait;
  }
  return since + with_jitter(wait > 0 ? wait : 0);
}

int64_t q_staple_due(const q_staple_item *item, const qtls_stapler_options *options, int64_t now) {
  if (item->busy || item->url == NULL) {
    return INT64_MAX;
  }
  /* Nothing waits for longer than the interval, and as long for small steps of the
   * clock: if it does, the clock was set back. */
  return item->next_try - 2 * interval_of(options) > now ? now : item->next_try;
}

void q_staple_hurry(q_staple_item *item, int64_t now) {
  item->again = item->busy;
  item->next_try = item->url != NULL ? now : INT64_MAX;
}

static void set_end(q_staple_item *item, const qtls_stapler_options *options, int64_t since) {
  item->end = item->next_update > 0 ? item->next_update : INT64_MAX;
  if (options->ttl_s > 0 && since + options->ttl_s < item->end) {
    item->end = since + options->ttl_s;
  }
}

static const char *shown(char out[32], int64_t when) {
  struct tm d;
  time_t t = (time_t)when;
  memset(&d, 0, sizeof d);
  (void)gmtime_r(&t, &d);
  (void)strftime(out, 32, "%Y-%m-%d %H:%M:%S UTC", &d);
  return out;
}

/* ---- making ---- */

static qtls_cert *certificate_at(const qtls_config *config, size_t i, size_t at) {
  const uint8_t *der = NULL;
  size_t size = 0;
  qtls_cert *cert = NULL;
  if (qtls_config_identity_certificate(config, i, at, &der, &size) != QTLS_OK ||
      qtls_cert_load(&cert, der, size) != QTLS_OK) {
    return NULL;
  }
  return cert;
}

static bool issued(const qtls_cert_info *issuer, const qtls_cert_info *leaf) {
  bool keys =
      issuer->key_id == NULL || leaf->authority_key_id == NULL || strcmp(issuer->key_id, leaf->authority_key_id) == 0;
  return strcmp(issuer->subject, leaf->issuer) == 0 && keys;
}

static qtls_cert *issuer_in_chain(const qtls_config *config, size_t i, const qtls_cert_info *leaf) {
  for (size_t at = 1; at < (size_t)CHAIN_MOST; at++) {
    qtls_cert *cert = certificate_at(config, i, at);
    if (cert == NULL || issued(qtls_cert_read(cert), leaf)) {
      return cert;
    }
    qtls_cert_free(cert);
  }
  return NULL;
}

/* Only http can be asked; the first such URL is. */
static const char *url_of(const qtls_cert_info *leaf, const qtls_stapler_options *options) {
  if (options->ask.responder_url != NULL) {
    return leaf->self_issued ? NULL : options->ask.responder_url;
  }
  for (size_t i = 0; i < leaf->ocsp_url_count; i++) {
    if (qtls_fetch_check(leaf->ocsp_urls[i], &options->ask.rules, NULL) == QTLS_OK) {
      return leaf->ocsp_urls[i];
    }
  }
  return leaf->ocsp_url_count > 0 ? leaf->ocsp_urls[0] : NULL;
}

static void from_file(q_staple_item *item, const qtls_stapler_options *options, int64_t now) {
  char name[QTLS_STATUS_NAME_MAX];
  uint8_t *der = NULL;
  size_t size = 0;
  qtls_status_result result;
  (void)snprintf(name, sizeof name, "%s.ocsp", item->sha256);
  if (options->ask.folder == NULL || item->issuer == NULL ||
      qtls_status_file_read(&der, &size, options->ask.folder, name, Q_STAPLE_MOST) != QTLS_OK) {
    return;
  }
  if (qtls_ocsp_judge(&result, der, size, item->leaf, item->issuer, QTLS_NEED_primary, now, NULL, 0) != QTLS_OK ||
      result.verdict != QTLS_OK) {
    qtls_fetch_free(der);
    return;
  }
  item->der = der;
  item->size = size;
  item->this_update = result.this_update;
  item->next_update = result.next_update;
  set_end(item, options, result.this_update);
  if (item->end <= now) {
    free(item->der);
    item->der = NULL;
    return;
  }
  item->next_try = options->ask_at_once ? now : next_of(item, options, result.this_update);
}

static qtls_err item_make(q_staple_item **out, const qtls_config *config, size_t i, const qtls_stapler_options *options,
                          int64_t now) {
  q_staple_item *item = calloc(1, sizeof *item);
  *out = item;
  if (item == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  item->refs = 1;
  item->leaf = certificate_at(config, i, 0);
  if (item->leaf == NULL) {
    return QTLS_ERR_INTERNAL;
  }
  const qtls_cert_info *info = qtls_cert_read(item->leaf);
  const char *url = url_of(info, options);
  (void)snprintf(item->sha256, sizeof item->sha256, "%s", info->sha256);
  item->issuer = issuer_in_chain(config, i, info);
  item->next_try = now;
  if (url == NULL) {
    (void)snprintf(item->problem, sizeof item->problem,
                   "the certificate names no OCSP responder, and none is configured");
  } else if (item->issuer == NULL) {
    (void)snprintf(item->problem, sizeof item->problem,
                   "its issuer's certificate is not in the chain file: add it, then a responder can be asked");
  } else {
    item->url = strdup(url);
    if (item->url == NULL) {
      return QTLS_ERR_NO_MEMORY;
    }
  }
  from_file(item, options, now);
  if (item->url == NULL) {
    item->next_try = INT64_MAX;
  }
  return QTLS_OK;
}

static q_staple_item *same(const q_staple_item_list *old, const qtls_config *config, size_t i) {
  qtls_identity_info info;
  for (size_t k = 0; old != NULL && k < old->n; k++) {
    if (qtls_config_identity(config, i, &info) == QTLS_OK && strcmp(info.leaf->sha256, old->p[k]->sha256) == 0 &&
        old->p[k]->issuer != NULL) {
      return old->p[k];
    }
  }
  return NULL;
}

qtls_err q_staple_items_make(q_staple_item_list *out, const qtls_config *config, const q_staple_item_list *old,
                             const qtls_stapler_options *options, int64_t now) {
  qtls_identity_info info;
  size_t n = 0;
  out->n = 0;
  while (qtls_config_identity(config, n, &info) == QTLS_OK) {
    n++;
  }
  out->p = calloc(n + 1, sizeof *out->p);
  if (out->p == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  for (size_t i = 0; i < n; i++) {
    q_staple_item *shared = same(old, config, i);
    qtls_err err = QTLS_OK;
    if (shared != NULL) {
      shared->refs++;
      out->p[i] = shared;
    } else {
      err = item_make(&out->p[i], config, i, options, now);
    }
    out->n = i + (out->p[i] != NULL);
    if (err != QTLS_OK) {
      q_staple_items_free(out);
      return err;
    }
  }
  return QTLS_OK;
}

/* ---- asking ---- */

qtls_err q_staple_ask(qtls_status_evidence *out, const q_staple_item *item, const qtls_stapler_options *options,
                      qtls_fetch_problem *why) {
  return qtls_status_ask_ocsp(out, item->url, item->leaf, item->issuer, &options->ask, why);
}

static void forget_staple(q_staple_item *item) {
  free(item->der);
  item->der = NULL;
  item->size = 0;
  item->this_update = 0;
  item->next_update = 0;
  item->end = 0;
}

static bool failed(q_staple_item *item, const char *words, const qtls_stapler_options *options, int64_t now,
                   char line[800]) {
  char until[32];
  int64_t most = interval_of(options);
  int64_t wait = options->retry_s > 0 ? options->retry_s : RETRY;
  for (unsigned i = 0; i < item->failures && wait < most; i++) {
    wait *= 2;
  }
  wait = wait < most ? wait : most;
  item->failures++;
  item->next_try = now + with_jitter(wait);
  (void)snprintf(item->problem, sizeof item->problem, "%s", words);
  (void)snprintf(line, 800, "staple of %.100s: %.500s; %s%s; asked again in %lld s",
                 qtls_cert_read(item->leaf)->subject, words,
                 item->der != NULL ? "the present one holds until " : "there is none to send",
                 item->der == NULL        ? ""
                 : item->end == INT64_MAX ? "another comes"
                                          : shown(until, item->end),
                 (long long)(item->next_try - now));
  return false;
}

/* In the place of what the folder has of this certificate. */
static void save(const q_staple_item *item, const uint8_t *der, size_t size, const qtls_stapler_options *options,
                 char line[800]) {
  char name[QTLS_STATUS_NAME_MAX];
  qtls_fetch_problem why = {QTLS_OK, ""};
  (void)snprintf(name, sizeof name, "%s.ocsp", item->sha256);
  if (options->ask.folder != NULL && !options->read_only &&
      qtls_status_file_write(options->ask.folder, name, der, size, &why) != QTLS_OK) {
    size_t used = strlen(line);
    (void)snprintf(line + used, 800 - used, "; it could not be kept: %s", why.text);
  }
}

bool q_staple_take(q_staple_item *item, qtls_err err, qtls_status_evidence *got, const qtls_fetch_problem *why,
                   const qtls_stapler_options *options, int64_t now, char line[800]) {
  const char *subject = qtls_cert_read(item->leaf)->subject;
  char until[32];
  item->tried = true;
  if (err != QTLS_OK) {
    return failed(item, why->text, options, now, line);
  }
  if (got->result.verdict == QTLS_ERR_CERT_REVOKED) {
    bool had = item->der != NULL;
    item->revoked = true;
    forget_staple(item);
    (void)failed(item, "the certificate was REVOKED: clients will refuse it; replace it now", options, now, line);
    save(item, got->der, got->size, options, line); /* so that no restart takes up a staple from before */
    return had;
  }
  item->failures = 0;
  item->revoked = false;
  item->problem[0] = '\0';
  if (item->der != NULL && got->result.this_update < item->this_update) {
    item->next_try = next_of(item, options, now); /* an older answer than the one in hand */
    (void)snprintf(line, 800, "staple of %.100s: the responder gave an older one; the present one stays", subject);
    return false;
  }
  forget_staple(item);
  item->der = got->der;
  item->size = got->size;
  got->der = NULL;
  item->this_update = got->result.this_update;
  item->next_update = got->result.next_update;
  set_end(item, options, now);
  item->next_try = next_of(item, options, now);
  (void)snprintf(line, 800, "staple of %.100s: fetched, %s%s", subject,
                 item->end == INT64_MAX ? "it does not say how long it holds" : "holds until ",
                 item->end == INT64_MAX ? "" : shown(until, item->end));
  save(item, item->der, item->size, options, line);
  return true;
}

bool q_staple_expire(q_staple_item *item, int64_t now, char line[800]) {
  if (item->der == NULL || now < item->end) {
    return false;
  }
  forget_staple(item);
  (void)snprintf(line, 800, "staple of %.100s: its time is over, nothing is sent until there is another",
                 qtls_cert_read(item->leaf)->subject);
  return true;
}
