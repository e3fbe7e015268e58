/* Owns the order in which sources of a certificate's status are asked, and which of
 * their answers is the best (qtls/status_source.h). */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "files.h"

enum { URLS_MOST = 4, URL_MOST = 2048 };

struct qtls_status_source {
  qtls_status_options options; /* its strings are ours */
  char **allowed;
  q_status_cache *cache;
};

/* ---- making ---- */

static bool copy_text(const char **at) {
  *at = *at != NULL ? strdup(*at) : NULL;
  return *at != NULL;
}

static void free_text(const char *text) { free((void *)(uintptr_t)text); }

static bool copy_options(qtls_status_source *s, const qtls_status_options *options) {
  qtls_fetch_rules *rules = &s->options.rules;
  bool good = true;
  s->options = *options;
  good = (options->responder_url == NULL || copy_text(&s->options.responder_url)) && good;
  good = (options->folder == NULL || copy_text(&s->options.folder)) && good;
  good = (options->rules.proxy == NULL || copy_text(&rules->proxy)) && good;
  s->allowed = calloc(options->rules.allowed_count + 1, sizeof *s->allowed);
  rules->allowed = NULL;
  rules->allowed_count = 0;
  for (size_t i = 0; s->allowed != NULL && i < options->rules.allowed_count; i++) {
    s->allowed[i] = strdup(options->rules.allowed[i]);
    good = s->allowed[i] != NULL && good;
    rules->allowed_count = i + 1;
  }
  rules->allowed = (const char *const *)s->allowed;
  return good && s->allowed != NULL;
}

qtls_err qtls_status_source_new(qtls_status_source **out, const qtls_status_options *options, qtls_fetch_problem *why) {
  static const qtls_status_options usual;
  *out = NULL;
  qtls_status_source *made = calloc(1, sizeof *made);
  if (made == NULL || !copy_options(made, options != NULL ? options : &usual)) {
    qtls_status_source_free(made);
    return q_status_tell(why, QTLS_ERR_NO_MEMORY, "%s", qtls_err_text(QTLS_ERR_NO_MEMORY));
  }
  made->cache = q_status_cache_new(made->options.entries);
  if (made->cache == NULL) {
    qtls_status_source_free(made);
    return q_status_tell(why, QTLS_ERR_NO_MEMORY, "%s", qtls_err_text(QTLS_ERR_NO_MEMORY));
  }
  if (made->options.folder != NULL) {
    qtls_err err = q_status_folder(made->options.folder, why);
    if (err != QTLS_OK) {
      qtls_status_source_free(made);
      return err;
    }
    q_status_prune(made->options.folder);
  }
  *out = made;
  return QTLS_OK;
}

void qtls_status_source_free(qtls_status_source *source) {
  if (source == NULL) {
    return;
  }
  q_status_cache_free(source->cache);
  free_text(source->options.responder_url);
  free_text(source->options.folder);
  free_text(source->options.rules.proxy);
  for (size_t i = 0; source->allowed != NULL && source->allowed[i] != NULL; i++) {
    free(source->allowed[i]);
  }
  free(source->allowed);
  free(source);
}

/* ---- finding ---- */

typedef struct search {
  qtls_status_source *source;
  const qtls_cert *cert;
  const qtls_cert *issuer;
  int64_t until_ms;
  qtls_status_evidence best;
  qtls_fetch_problem why; /* of all that failed */
} search;

/* Is there anything better to be had? A revocation is the last word, and so is an ML-DSA
 * signature, where the certificate's own keys make one possible. */
static bool is_final(const search *s) {
  const qtls_cert_info *info = qtls_cert_read(s->cert);
  bool hybrid = info->alt_key_type != NULL || strncmp(info->key_type, "ML-DSA", 6) == 0;
  return s->best.der != NULL && (s->best.result.verdict == QTLS_ERR_CERT_REVOKED || s->best.result.pqc || !hybrid);
}

static void add_words(search *s, const qtls_fetch_problem *why) {
  size_t used = strlen(s->why.text);
  s->why.err = why->err;
  (void)snprintf(s->why.text + used, sizeof s->why.text - used, "%s%s", used > 0 ? "; " : "", why->text);
}

static void try_url(search *s, const char *url, bool crl) {
  const q_status_question q = {.url = url, .cert = s->cert, .issuer = s->issuer, .crl = crl};
  qtls_status_evidence got;
  qtls_fetch_problem why = {QTLS_OK, ""};
  if (url[0] == '\0' || strlen(url) > URL_MOST) {
    return;
  }
  qtls_err err = q_status_cache_answer(s->source->cache, &got, &q, &s->source->options, s->until_ms, &why);
  if (err != QTLS_OK) {
    add_words(s, &why);
    return;
  }
  bool better =
      s->best.der == NULL || got.result.verdict == QTLS_ERR_CERT_REVOKED || (got.result.pqc && !s->best.result.pqc);
  if (better) {
    qtls_status_evidence_free(&s->best);
    s->best = got;
  } else {
    qtls_status_evidence_free(&got);
  }
}

static void try_all(search *s, const char *const *urls, size_t count, bool crl) {
  for (size_t i = 0; i < count && i < (size_t)URLS_MOST && !is_final(s); i++) {
    try_url(s, urls[i], crl);
  }
}

/* At most until `end_ms` of the monotonic clock. */
static qtls_err find(qtls_status_evidence *out, qtls_status_source *source, const qtls_cert *cert,
                     const qtls_cert *issuer, int64_t end_ms, qtls_fetch_problem *why) {
  const qtls_status_options *options = &source->options;
  const qtls_cert_info *info = qtls_cert_read(cert);
  int64_t own_ms = q_status_now_ms() + (options->total_ms > 0 ? options->total_ms : Q_STATUS_TOTAL_MS);
  search s = {.source = source, .cert = cert, .issuer = issuer, .until_ms = own_ms < end_ms ? own_ms : end_ms};
  if (!options->no_ocsp && options->responder_url != NULL) {
    try_all(&s, &options->responder_url, 1, false);
  } else if (!options->no_ocsp) {
    try_all(&s, info->ocsp_urls, info->ocsp_url_count, false);
  }
  if (!options->no_crl) {
    try_all(&s, info->crl_urls, info->crl_url_count, true);
  }
  *out = s.best;
  if (out->der != NULL) {
    return QTLS_OK;
  }
  if (s.why.err == QTLS_OK) {
    return q_status_tell(why, QTLS_ERR_CERT_STATUS_UNKNOWN,
                         "%.200s: the certificate names no place where its status is to be had", info->subject);
  }
  return q_status_tell(why, s.why.err, "%s", s.why.text);
}

qtls_err qtls_status_find(qtls_status_evidence *out, qtls_status_source *source, const qtls_cert *cert,
                          const qtls_cert *issuer, qtls_fetch_problem *why) {
  return find(out, source, cert, issuer, INT64_MAX, why);
}

/* ---- jobs ---- */

static void tell(const qtls_status_source *source, const char *line) {
  if (source->options.tell != NULL) {
    source->options.tell(source->options.user, line);
  }
}

static qtls_err answer(qtls_status_source *source, qtls_conn *conn, const qtls_job *job, int64_t end_ms) {
  qtls_status_evidence found = {0};
  qtls_fetch_problem why = {QTLS_OK, ""};
  qtls_cert *cert = NULL;
  qtls_cert *issuer = NULL;
  qtls_err err = qtls_cert_load(&cert, job->certificate, job->certificate_size);
  if (err == QTLS_OK) {
    err = qtls_cert_load(&issuer, job->issuer, job->issuer_size);
  }
  if (err == QTLS_OK) {
    err = find(&found, source, cert, issuer, end_ms, &why);
  } else {
    (void)q_status_tell(&why, err, "%s", qtls_err_text(err));
  }
  if (err != QTLS_OK) {
    char line[640];
    (void)snprintf(line, sizeof line, "the status of a certificate could not be had: %s", why.text);
    tell(source, line);
  }
  err = qtls_conn_job_status(conn, job->id, found.crl, found.der, found.size);
  qtls_status_evidence_free(&found);
  qtls_cert_free(cert);
  qtls_cert_free(issuer);
  return err;
}

static qtls_err answer_all(qtls_status_source *source, qtls_conn *conn, int64_t end_ms) {
  const qtls_job *job = NULL;
  while ((job = qtls_conn_job(conn, 0)) != NULL) {
    if (job->kind != QTLS_JOB_status) {
      return QTLS_ERR_SIGNER;
    }
    qtls_err err = answer(source, conn, job, end_ms);
    if (err != QTLS_OK) {
      return err;
    }
  }
  return QTLS_OK;
}

qtls_err qtls_status_answer_jobs(void *source, qtls_conn *conn) { return answer_all(source, conn, INT64_MAX); }

qtls_err qtls_status_answer_jobs_within(qtls_status_source *source, qtls_conn *conn, int total_ms) {
  return answer_all(source, conn, q_status_now_ms() + total_ms);
}
