/* Owns what is remembered (cache.h). Whatever is taken out, of memory or of a file, is
 * judged again for the moment at which it is used. */
#include "cache.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "files.h"

/* UNSAID: evidence that does not say until when it holds is old at once by its own
 * words (RFC 6960 §4.2.2.1); a minute keeps a busy server from asking for each connection. */
enum { ENTRIES = 256, KEEP_SECONDS = 7 * 86400, FAILURE_SECONDS = 60, UNSAID_SECONDS = 60 };

typedef struct entry {
  struct entry *next; /* those used last come first */
  char *key;
  uint8_t *der;
  size_t size;
  int64_t since; /* when it was asked; if that is yet to come, the clock was set back and nothing of this counts */
  int64_t until; /* when `der` is to be asked for anew */
  int64_t failed_until;
  qtls_fetch_problem problem;
  bool busy;      /* somebody asks just now */
  bool file_seen; /* the folder was looked into */
} entry;

struct q_status_cache {
  pthread_mutex_t lock;
  pthread_cond_t answered;
  entry *first;
  size_t count, most;
};

q_status_cache *q_status_cache_new(size_t entries) {
  pthread_condattr_t attributes;
  q_status_cache *made = calloc(1, sizeof *made);
  if (made != NULL) {
    made->most = entries > 0 ? entries : (size_t)ENTRIES;
    (void)pthread_mutex_init(&made->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&made->answered, &attributes);
    (void)pthread_condattr_destroy(&attributes);
  }
  return made;
}

static void drop(entry *e) {
  free(e->key);
  free(e->der);
  free(e);
}

void q_status_cache_free(q_status_cache *cache) {
  if (cache == NULL) {
    return;
  }
  while (cache->first != NULL) {
    entry *e = cache->first;
    cache->first = e->next;
    drop(e);
  }
  (void)pthread_cond_destroy(&cache->answered);
  (void)pthread_mutex_destroy(&cache->lock);
  free(cache);
}

/* ---- entries; the lock is held ---- */

/* Make room by forgetting what was not used for longest. */
static void shrink(q_status_cache *cache) {
  while (cache->count >= cache->most) {
    entry **last = NULL;
    for (entry **at = &cache->first; *at != NULL; at = &(*at)->next) {
      last = (*at)->busy ? last : at;
    }
    if (last == NULL) {
      return; /* all are being asked for: their number is that of the threads */
    }
    entry *e = *last;
    *last = e->next;
    cache->count--;
    drop(e);
  }
}

static entry *find(q_status_cache *cache, const char *key) {
  for (entry **at = &cache->first; *at != NULL; at = &(*at)->next) {
    if (strcmp((*at)->key, key) == 0) {
      entry *e = *at;
      *at = e->next;
      e->next = cache->first;
      cache->first = e;
      return e;
    }
  }
  shrink(cache);
  entry *made = calloc(1, sizeof *made);
  char *copy = strdup(key);
  if (made == NULL || copy == NULL) {
    free(made);
    free(copy);
    return NULL;
  }
  made->key = copy;
  made->next = cache->first;
  cache->first = made;
  cache->count++;
  return made;
}

/* ---- questions ---- */

static void key_of(char out[Q_STATUS_KEY_MOST], const q_status_question *q) {
  /* A list is the same for all certificates of its issuer; a response is for one. */
  (void)snprintf(out, Q_STATUS_KEY_MOST, "%s %s %s", q->crl ? "crl" : qtls_cert_read(q->cert)->sha256,
                 qtls_cert_read(q->issuer)->sha256, q->url);
}

static int64_t keep_until(const qtls_status_result *result, const qtls_status_options *options, int64_t now) {
  int64_t most = options->keep_most_s > 0 ? options->keep_most_s : KEEP_SECONDS;
  int64_t until = result->next_update > 0 ? result->next_update : now + UNSAID_SECONDS;
  return until < now + most ? until : now + most;
}

static size_t most_of(const q_status_question *q) {
  return q->crl ? (size_t)Q_STATUS_CRL_MOST : (size_t)Q_STATUS_OCSP_MOST;
}

/* Evidence from a file, when it counts and is not to be asked for anew. */
static bool from_file(qtls_status_evidence *out, const q_status_question *q, const char *key,
                      const qtls_status_options *options, int64_t now) {
  char name[QTLS_STATUS_NAME_MAX];
  memset(out, 0, sizeof *out);
  out->crl = q->crl;
  q_status_file_name(name, key, q->crl);
  if (options->folder == NULL ||
      qtls_status_file_read(&out->der, &out->size, options->folder, name, most_of(q)) != QTLS_OK) {
    return false;
  }
  int64_t most = options->keep_most_s > 0 ? options->keep_most_s : KEEP_SECONDS;
  if (q_status_judge(out, q->cert, q->issuer, now, NULL, 0) == QTLS_OK && out->result.next_update > now &&
      out->result.this_update + most > now) {
    return true;
  }
  qtls_status_evidence_free(out);
  return false;
}

static qtls_err ask(qtls_status_evidence *out, const q_status_question *q, const char *key, bool look_into_file,
                    const qtls_status_options *options, int64_t until_ms, qtls_fetch_problem *why) {
  char name[QTLS_STATUS_NAME_MAX];
  if (look_into_file && from_file(out, q, key, options, q_status_now(options))) {
    return QTLS_OK;
  }
  qtls_err err = q_status_ask(out, q, options, until_ms, why);
  if (err == QTLS_OK && options->folder != NULL) {
    q_status_file_name(name, key, q->crl);
    /* A folder that is full is no reason to have no answer. */
    qtls_err kept = qtls_status_file_write(options->folder, name, out->der, out->size, NULL);
    (void)kept;
  }
  return err;
}

/* Remember how it went. The lock is held. */
static void keep(entry *e, qtls_err err, const qtls_status_evidence *got, const qtls_status_options *options,
                 const qtls_fetch_problem *why) {
  int64_t now = q_status_now(options);
  e->since = now;
  e->until = INT64_MIN; /* what was kept serves for a last word alone */
  e->failed_until = 0;
  if (err != QTLS_OK) {
    int seconds = options->failure_s != 0 ? options->failure_s : FAILURE_SECONDS;
    e->failed_until = seconds > 0 ? now + seconds : 0;
    e->problem = *why;
    return;
  }
  free(e->der);
  e->der = malloc(got->size);
  if (e->der != NULL) {
    memcpy(e->der, got->der, got->size);
    e->size = got->size;
    e->until = keep_until(&got->result, options, now);
  }
}

/* What is kept, judged for this certificate and moment. The lock is held. */
static bool take(entry *e, qtls_status_evidence *out, const q_status_question *q, int64_t now) {
  if (e->der == NULL || now >= e->until || now < e->since) {
    return false;
  }
  memset(out, 0, sizeof *out);
  out->crl = q->crl;
  out->der = malloc(e->size);
  if (out->der == NULL) {
    return false;
  }
  memcpy(out->der, e->der, e->size);
  out->size = e->size;
  return true;
}

/* Wait for another's answer. False when the time is over. The lock is held. */
static bool wait_for_answer(q_status_cache *cache, int64_t until_ms) {
  const struct timespec until = {.tv_sec = (time_t)(until_ms / 1000), .tv_nsec = (long)(until_ms % 1000) * 1000000L};
  return pthread_cond_timedwait(&cache->answered, &cache->lock, &until) != ETIMEDOUT;
}

typedef enum step { STEP_kept, STEP_failed, STEP_ask } step;

/* What there is to do; with STEP_ask the entry is marked as being asked for. */
static step look(q_status_cache *cache, entry **at, qtls_status_evidence *out, const q_status_question *q,
                 const char *key, const qtls_status_options *options, int64_t until_ms, qtls_fetch_problem *why) {
  for (;;) {
    entry *e = find(cache, key);
    if (e == NULL) {
      (void)q_status_tell(why, QTLS_ERR_NO_MEMORY, "%s", qtls_err_text(QTLS_ERR_NO_MEMORY));
      return STEP_failed;
    }
    int64_t now = q_status_now(options);
    if (!e->busy && take(e, out, q, now)) {
      return STEP_kept;
    }
    if (!e->busy && e->failed_until > now && e->since <= now) {
      *why = e->problem;
      return STEP_failed;
    }
    if (!e->busy) {
      e->busy = true;
      *at = e;
      return STEP_ask;
    }
    if (!wait_for_answer(cache, until_ms)) {
      (void)q_status_tell(why, QTLS_ERR_TIMEOUT, "%.200s: no answer in time", q->url);
      return STEP_failed;
    }
  }
}

/* Nobody answers. What was kept is too old to say that all is well, and may still tell of
 * a revocation that nobody takes back (qtls_ocsp_judge): better than to know nothing. */
static bool last_word(q_status_cache *cache, qtls_status_evidence *out, const q_status_question *q, const char *key,
                      const qtls_status_options *options) {
  char name[QTLS_STATUS_NAME_MAX];
  memset(out, 0, sizeof *out);
  out->crl = q->crl;
  (void)pthread_mutex_lock(&cache->lock);
  const entry *e = find(cache, key);
  if (e != NULL && e->der != NULL && (out->der = malloc(e->size)) != NULL) {
    memcpy(out->der, e->der, e->size);
    out->size = e->size;
  }
  (void)pthread_mutex_unlock(&cache->lock);
  if (out->der == NULL && options->folder != NULL) {
    q_status_file_name(name, key, q->crl);
    (void)(qtls_status_file_read(&out->der, &out->size, options->folder, name, most_of(q)) == QTLS_OK);
  }
  if (out->der != NULL && q_status_judge(out, q->cert, q->issuer, q_status_now(options), NULL, 0) == QTLS_OK &&
      out->result.verdict == QTLS_ERR_CERT_REVOKED) {
    return true;
  }
  qtls_status_evidence_free(out);
  return false;
}

qtls_err q_status_cache_answer(q_status_cache *cache, qtls_status_evidence *out, const q_status_question *q,
                               const qtls_status_options *options, int64_t until_ms, qtls_fetch_problem *why) {
  char key[Q_STATUS_KEY_MOST];
  entry *e = NULL;
  memset(out, 0, sizeof *out);
  key_of(key, q);
  (void)pthread_mutex_lock(&cache->lock);
  step next = look(cache, &e, out, q, key, options, until_ms, why);
  (void)pthread_mutex_unlock(&cache->lock);
  if (next == STEP_failed) {
    return last_word(cache, out, q, key, options) ? QTLS_OK : why->err;
  }
  if (next == STEP_kept) {
    qtls_err err = q_status_judge(out, q->cert, q->issuer, q_status_now(options), NULL, 0);
    if (err == QTLS_OK) {
      return QTLS_OK;
    }
    /* A list that another certificate's question brought, and that is no good for this one. */
    qtls_status_evidence_free(out);
    return q_status_tell(why, err, "%.200s: what was kept does not count: %s", q->url, qtls_err_text(err));
  }
  /* A busy entry is neither forgotten nor changed by others. */
  int own_ms = options->rules.total_ms > 0 ? options->rules.total_ms : Q_STATUS_TOTAL_MS;
  bool hurried = until_ms - q_status_now_ms() < own_ms;
  qtls_err err = ask(out, q, key, !e->file_seen, options, until_ms, why);
  (void)pthread_mutex_lock(&cache->lock);
  keep(e, err, out, options, why);
  if (hurried && err == QTLS_ERR_TIMEOUT) {
    e->failed_until = 0; /* whoever asks next may have more time */
  }
  e->file_seen = true;
  e->busy = false;
  (void)pthread_cond_broadcast(&cache->answered);
  (void)pthread_mutex_unlock(&cache->lock);
  return err != QTLS_OK && last_word(cache, out, q, key, options) ? QTLS_OK : err;
}
