/*
 * Owns the thread that keeps staples fresh, and the handing over of configurations with
 * them (qtls/staple.h). Two locks: `lock` for all that changes, never held while somebody
 * is asked or told; `turn` around whatever ends in publish, so that configurations come
 * out one at a time and in order. `turn` is taken before `lock`.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "item.h"

/* LOOK_SECONDS: how long the thread sleeps at most, for clocks that are set. */
enum { FIRST_WAIT_MS = 10000, LOOK_SECONDS = 60 };

struct qtls_stapler {
  qtls_stapler_options options; /* its strings are ours */
  char **allowed;
  pthread_mutex_t turn;
  pthread_mutex_t lock;
  pthread_cond_t wake;     /* something is due, or it is the end */
  pthread_cond_t progress; /* somebody was asked */
  pthread_t thread;
  bool running, stopping;
  unsigned holding; /* start or replace waits, and will publish itself */
  qtls_config *base;
  q_staple_item_list items;
  char problem[600]; /* handed out by qtls_stapler_state */
};

/* ---- options ---- */

static bool copy_text(const char **at) {
  *at = *at != NULL ? strdup(*at) : NULL;
  return *at != NULL;
}

static void free_text(const char *text) { free((void *)(uintptr_t)text); }

static bool copy_options(qtls_stapler *s, const qtls_stapler_options *options) {
  qtls_status_options *ask = &s->options.ask;
  bool good = true;
  s->options = *options;
  good = (options->ask.responder_url == NULL || copy_text(&ask->responder_url)) && good;
  good = (options->ask.folder == NULL || copy_text(&ask->folder)) && good;
  good = (options->ask.rules.proxy == NULL || copy_text(&ask->rules.proxy)) && good;
  ask->rules.allowed = NULL;
  ask->rules.allowed_count = 0;
  s->allowed = calloc(options->ask.rules.allowed_count + 1, sizeof *s->allowed);
  for (size_t i = 0; s->allowed != NULL && i < options->ask.rules.allowed_count; i++) {
    s->allowed[i] = strdup(options->ask.rules.allowed[i]);
    good = s->allowed[i] != NULL && good;
  }
  ask->rules.allowed = (const char *const *)s->allowed;
  ask->rules.allowed_count = options->ask.rules.allowed_count;
  return good && s->allowed != NULL;
}

static void destroy(qtls_stapler *s) {
  free_text(s->options.ask.responder_url);
  free_text(s->options.ask.folder);
  free_text(s->options.ask.rules.proxy);
  for (size_t i = 0; s->allowed != NULL && s->allowed[i] != NULL; i++) {
    free(s->allowed[i]);
  }
  free(s->allowed);
  q_staple_items_free(&s->items);
  qtls_config_free(s->base);
  (void)pthread_cond_destroy(&s->wake);
  (void)pthread_cond_destroy(&s->progress);
  (void)pthread_mutex_destroy(&s->lock);
  (void)pthread_mutex_destroy(&s->turn);
  free(s);
}

static qtls_err fail(qtls_fetch_problem *why, qtls_err err) {
  if (why != NULL) {
    why->err = err;
    (void)snprintf(why->text, sizeof why->text, "%s", qtls_err_text(err));
  }
  return err;
}

static void tell(const qtls_stapler *s, const char *line) {
  if (s->options.tell != NULL && line[0] != '\0') {
    s->options.tell(s->options.user, line);
  }
}

/* ---- handing over ---- */

/* Put item `i`'s staple into a configuration. What the library refuses is told. */
static void put_staple(qtls_stapler *s, qtls_config *config, size_t i, q_staple_item *item, int64_t now) {
  char line[800] = "";
  (void)pthread_mutex_lock(&s->lock);
  if (item->der != NULL && now < item->end) {
    qtls_err err = qtls_config_set_staple(config, i, item->der, item->size, now);
    if (err != QTLS_OK) {
      (void)snprintf(line, sizeof line, "staple of %.100s: it cannot be sent: %s", qtls_cert_read(item->leaf)->subject,
                     qtls_err_text(err));
    }
  } else {
    /* The configuration may have come with one that is no longer wanted. */
    qtls_err err = qtls_config_set_staple(config, i, NULL, 0, now);
    (void)err;
  }
  (void)pthread_mutex_unlock(&s->lock);
  tell(s, line);
}

/* A configuration with all the staples there are. The turn is ours, so that base and
 * items stay. */
static qtls_err publish(qtls_stapler *s) {
  qtls_config *config = NULL;
  int64_t now = q_staple_now(&s->options);
  qtls_err err = qtls_config_clone(&config, s->base);
  if (err != QTLS_OK) {
    return err;
  }
  for (size_t i = 0; i < s->items.n; i++) {
    put_staple(s, config, i, s->items.p[i], now);
  }
  err = qtls_config_set_staple_required(config, s->options.required);
  if (err == QTLS_OK) {
    err = qtls_config_freeze(config);
  }
  if (err != QTLS_OK) {
    qtls_config_free(config);
    return err;
  }
  s->options.publish(s->options.user, config);
  return QTLS_OK;
}

/* Unless somebody waits who will. */
static void publish_now(qtls_stapler *s) {
  char line[200];
  (void)pthread_mutex_lock(&s->turn);
  (void)pthread_mutex_lock(&s->lock);
  bool held = s->holding > 0;
  (void)pthread_mutex_unlock(&s->lock);
  qtls_err err = held ? QTLS_OK : publish(s);
  if (err != QTLS_OK) {
    (void)snprintf(line, sizeof line, "new staples could not be put to use: %s", qtls_err_text(err));
    tell(s, line);
  }
  (void)pthread_mutex_unlock(&s->turn);
}

/* ---- working ---- */

static int64_t next_due(const qtls_stapler *s, int64_t now) {
  int64_t next = INT64_MAX;
  for (size_t i = 0; i < s->items.n; i++) {
    const q_staple_item *item = s->items.p[i];
    int64_t at = q_staple_due(item, &s->options, now);
    at = item->der != NULL && item->end < at ? item->end : at;
    next = at < next ? at : next;
  }
  return next;
}

/* An item to ask for, with a reference, or NULL. The lock is held. */
static q_staple_item *pick(qtls_stapler *s, int64_t now) {
  for (size_t i = 0; i < s->items.n; i++) {
    q_staple_item *item = s->items.p[i];
    if (q_staple_due(item, &s->options, now) <= now) {
      item->busy = true;
      item->refs++;
      return item;
    }
  }
  return NULL;
}

static bool expire(qtls_stapler *s, int64_t now) {
  bool changed = false;
  char line[800];
  for (size_t i = 0;; i++) {
    line[0] = '\0';
    (void)pthread_mutex_lock(&s->lock);
    bool more = i < s->items.n;
    changed = (more && q_staple_expire(s->items.p[i], now, line)) || changed;
    (void)pthread_mutex_unlock(&s->lock);
    if (!more) {
      return changed;
    }
    tell(s, line);
  }
}

int64_t qtls_stapler_work(qtls_stapler *s) {
  bool changed = expire(s, q_staple_now(&s->options));
  for (;;) {
    char line[800] = "";
    qtls_status_evidence got = {0};
    qtls_fetch_problem why = {QTLS_OK, ""};
    (void)pthread_mutex_lock(&s->lock);
    q_staple_item *item = s->stopping ? NULL : pick(s, q_staple_now(&s->options));
    (void)pthread_mutex_unlock(&s->lock);
    if (item == NULL) {
      break;
    }
    qtls_err err = q_staple_ask(&got, item, &s->options, &why);
    (void)pthread_mutex_lock(&s->lock);
    item->busy = false;
    changed = q_staple_take(item, err, &got, &why, &s->options, q_staple_now(&s->options), line) || changed;
    if (item->again) {
      q_staple_hurry(item, q_staple_now(&s->options));
    }
    q_staple_item_drop(item);
    (void)pthread_cond_broadcast(&s->progress);
    (void)pthread_mutex_unlock(&s->lock);
    qtls_status_evidence_free(&got);
    tell(s, line);
  }
  if (changed) {
    publish_now(s);
  }
  (void)pthread_mutex_lock(&s->lock);
  int64_t next = next_due(s, q_staple_now(&s->options));
  (void)pthread_mutex_unlock(&s->lock);
  return next;
}

static void *run(void *user) {
  qtls_stapler *s = user;
  (void)pthread_mutex_lock(&s->lock);
  while (!s->stopping) {
    int64_t now = q_staple_now(&s->options);
    int64_t wait = next_due(s, now) - now;
    if (wait <= 0) {
      (void)pthread_mutex_unlock(&s->lock);
      (void)qtls_stapler_work(s);
      (void)pthread_mutex_lock(&s->lock);
      continue;
    }
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(wait < LOOK_SECONDS ? wait : LOOK_SECONDS);
    (void)pthread_cond_timedwait(&s->wake, &s->lock, &until);
  }
  (void)pthread_mutex_unlock(&s->lock);
  return NULL;
}

/* ---- start, replace, stop ---- */

static bool is_missing(const q_staple_item_list *items) {
  for (size_t i = 0; i < items->n; i++) {
    if (items->p[i]->url != NULL && items->p[i]->der == NULL && !items->p[i]->tried) {
      return true;
    }
  }
  return false;
}

/* Until there is a staple, or a failure, for each certificate; but not for longer than was said. */
static void wait_for_first(qtls_stapler *s) {
  int ms = s->options.first_wait_ms != 0 ? s->options.first_wait_ms : FIRST_WAIT_MS;
  struct timespec until;
  if (ms < 0) {
    return;
  }
  if (!s->running) {
    (void)qtls_stapler_work(s);
    return;
  }
  (void)clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += ms / 1000;
  until.tv_nsec += (long)(ms % 1000) * 1000000L;
  if (until.tv_nsec >= 1000000000L) {
    until.tv_sec++;
    until.tv_nsec -= 1000000000L;
  }
  (void)pthread_mutex_lock(&s->lock);
  (void)pthread_cond_broadcast(&s->wake);
  while (is_missing(&s->items) && pthread_cond_timedwait(&s->progress, &s->lock, &until) != ETIMEDOUT) {
  }
  (void)pthread_mutex_unlock(&s->lock);
}

static void hold(qtls_stapler *s, bool on) {
  (void)pthread_mutex_lock(&s->lock);
  s->holding = on ? s->holding + 1 : s->holding - 1;
  (void)pthread_mutex_unlock(&s->lock);
}

/* The wait is over: hand over what there is. What comes later the thread hands over. */
static qtls_err finish(qtls_stapler *s) {
  (void)pthread_mutex_lock(&s->turn);
  hold(s, false);
  qtls_err err = publish(s);
  (void)pthread_mutex_unlock(&s->turn);
  return err;
}

static qtls_err create(qtls_stapler **out, const qtls_config *config, const qtls_stapler_options *options) {
  pthread_condattr_t attributes;
  qtls_stapler *s = calloc(1, sizeof *s);
  if (s == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  (void)pthread_mutex_init(&s->turn, NULL);
  (void)pthread_mutex_init(&s->lock, NULL);
  (void)pthread_condattr_init(&attributes);
  (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  (void)pthread_cond_init(&s->wake, &attributes);
  (void)pthread_cond_init(&s->progress, &attributes);
  (void)pthread_condattr_destroy(&attributes);
  qtls_err err = copy_options(s, options) ? QTLS_OK : QTLS_ERR_NO_MEMORY;
  if (err == QTLS_OK) {
    s->base = qtls_config_ref(config);
    err = q_staple_items_make(&s->items, config, NULL, &s->options, q_staple_now(&s->options));
  }
  if (err != QTLS_OK) {
    destroy(s);
    return err;
  }
  *out = s;
  return QTLS_OK;
}

/* Try the folder by a file, so that a wrong one shows at the start. */
static qtls_err check_folder(const qtls_stapler_options *options, qtls_fetch_problem *why) {
  static const uint8_t mark[] = "staples are kept here\n";
  return options->ask.folder == NULL || options->read_only
             ? QTLS_OK
             : qtls_status_file_write(options->ask.folder, "README", mark, sizeof mark - 1, why);
}

qtls_err qtls_stapler_start(qtls_stapler **out, const qtls_config *config, const qtls_stapler_options *options,
                            qtls_fetch_problem *why) {
  qtls_stapler *s = NULL;
  *out = NULL;
  if (config == NULL || options == NULL || options->publish == NULL) {
    return fail(why, QTLS_ERR_ARGUMENT);
  }
  qtls_err err = check_folder(options, why);
  if (err != QTLS_OK) {
    return err;
  }
  err = create(&s, config, options);
  if (err != QTLS_OK) {
    return fail(why, err);
  }
  s->holding = 1;
  if (!s->options.no_thread) {
    if (pthread_create(&s->thread, NULL, run, s) != 0) {
      destroy(s);
      return fail(why, QTLS_ERR_NO_MEMORY);
    }
    s->running = true;
  }
  wait_for_first(s);
  err = finish(s);
  if (err != QTLS_OK) {
    qtls_stapler_stop(s);
    return fail(why, err);
  }
  *out = s;
  return QTLS_OK;
}

/* Put other items and another base in the place of those there, which come back. */
static void swap(qtls_stapler *s, qtls_config **base, q_staple_item_list *items) {
  (void)pthread_mutex_lock(&s->turn);
  (void)pthread_mutex_lock(&s->lock);
  qtls_config *old_base = s->base;
  q_staple_item_list old_items = s->items;
  s->base = *base;
  s->items = *items;
  *base = old_base;
  *items = old_items;
  (void)pthread_mutex_unlock(&s->lock);
  (void)pthread_mutex_unlock(&s->turn);
}

/* Somebody who reloads may know that a certificate was revoked, or that the responder is there again. `old` were there
 * before; what is new was asked for just now, unless the folder had it. */
static void ask_anew(qtls_stapler *s, const q_staple_item_list *old) {
  (void)pthread_mutex_lock(&s->lock);
  int64_t now = q_staple_now(&s->options);
  for (size_t i = 0; i < old->n; i++) {
    q_staple_hurry(old->p[i], now);
  }
  for (size_t i = 0; i < s->items.n; i++) {
    if (!s->items.p[i]->tried && !s->items.p[i]->busy) {
      q_staple_hurry(s->items.p[i], now);
    }
  }
  (void)pthread_cond_broadcast(&s->wake);
  (void)pthread_mutex_unlock(&s->lock);
  if (!s->running) {
    (void)qtls_stapler_work(s);
  }
}

qtls_err qtls_stapler_replace(qtls_stapler *s, const qtls_config *config) {
  q_staple_item_list items = {NULL, 0};
  if (config == NULL) {
    return QTLS_ERR_ARGUMENT;
  }
  (void)pthread_mutex_lock(&s->lock);
  qtls_err err = q_staple_items_make(&items, config, &s->items, &s->options, q_staple_now(&s->options));
  (void)pthread_mutex_unlock(&s->lock);
  if (err != QTLS_OK) {
    return err;
  }
  qtls_config *base = qtls_config_ref(config);
  hold(s, true);
  swap(s, &base, &items);
  wait_for_first(s);
  err = finish(s);
  if (err == QTLS_OK) {
    ask_anew(s, &items);
  } else {
    swap(s, &base, &items);
  }
  (void)pthread_mutex_lock(&s->lock);
  q_staple_items_free(&items);
  (void)pthread_mutex_unlock(&s->lock);
  qtls_config_free(base);
  return err;
}

void qtls_stapler_stop(qtls_stapler *s) {
  if (s == NULL) {
    return;
  }
  (void)pthread_mutex_lock(&s->lock);
  s->stopping = true;
  (void)pthread_cond_broadcast(&s->wake);
  (void)pthread_mutex_unlock(&s->lock);
  if (s->running) {
    (void)pthread_join(s->thread, NULL);
  }
  destroy(s);
}

qtls_err qtls_stapler_state(qtls_stapler *s, size_t i, qtls_staple_state *out) {
  memset(out, 0, sizeof *out);
  (void)pthread_mutex_lock(&s->lock);
  if (i >= s->items.n) {
    (void)pthread_mutex_unlock(&s->lock);
    return QTLS_ERR_ARGUMENT;
  }
  const q_staple_item *item = s->items.p[i];
  memcpy(s->problem, item->problem, sizeof s->problem);
  out->subject = qtls_cert_read(item->leaf)->subject;
  out->url = item->url;
  out->fresh = item->der != NULL && q_staple_now(&s->options) < item->end;
  out->revoked = item->revoked;
  out->this_update = item->this_update;
  out->next_update = item->next_update;
  out->next_try = item->next_try;
  out->failures = item->failures;
  out->problem = s->problem;
  (void)pthread_mutex_unlock(&s->lock);
  return QTLS_OK;
}
