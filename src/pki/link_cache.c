/*
 * Owns the cache of verified links: sets of a few entries each, the place of an
 * entry given by its digest, the oldest of its set making room. A digest is
 * SHA-256, so that an entry for another child, issuer or signature cannot be
 * found by design of an attacker; it is no secret.
 */
#include "pki/link_cache.h"

#include <pthread.h>
#include <string.h>

#include "base/owners.h"
#include "crypto/hash.h"

/* Entries among which one digest can stand. */
#define SET_SIZE 8

typedef struct entry {
  uint8_t key[Q_LINK_KEY];
  int64_t expires; /* the last second in which it counts */
  uint64_t used;   /* when, in look-ups; 0: free */
} entry;

struct q_link_cache {
  uint32_t owners;      /* atomic */
  pthread_mutex_t lock; /* over all below */
  size_t count;
  uint64_t clock;
  uint64_t hits, misses;
  entry entries[];
};

qtls_err q_pki_link_cache_new(q_link_cache **out, size_t links) {
  *out = NULL;
  if (links == 0 || links > Q_LINK_CACHE_MAX) {
    return QTLS_ERR_ARGUMENT;
  }
  q_link_cache *c = q_alloc(sizeof *c + links * sizeof c->entries[0]);
  if (c == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  if (pthread_mutex_init(&c->lock, NULL) != 0) {
    q_free(c);
    return QTLS_ERR_NO_MEMORY;
  }
  c->owners = 1;
  c->count = links;
  *out = c;
  return QTLS_OK;
}

q_link_cache *q_pki_link_cache_ref(q_link_cache *cache) {
  q_owners_add(&cache->owners);
  return cache;
}

void q_pki_link_cache_free(q_link_cache *cache) {
  if (cache == NULL || !q_owners_drop(&cache->owners)) {
    return;
  }
  (void)pthread_mutex_destroy(&cache->lock);
  q_free(cache);
}

void q_pki_link_cache_count(q_link_cache *cache, q_link_cache_counts *out) {
  *out = (q_link_cache_counts){0, 0, 0};
  (void)pthread_mutex_lock(&cache->lock);
  out->hits = cache->hits;
  out->misses = cache->misses;
  for (size_t i = 0; i < cache->count; i++) {
    out->held += cache->entries[i].used != 0 ? 1 : 0;
  }
  (void)pthread_mutex_unlock(&cache->lock);
}

/* The set in which this digest has its place: `n` entries from the one returned. */
static entry *set_of(q_link_cache *c, const uint8_t *key, size_t *n) {
  size_t sets = (c->count + SET_SIZE - 1) / SET_SIZE;
  uint64_t head = 0;
  for (size_t i = 0; i < sizeof head; i++) {
    head = (head << 8) | key[i];
  }
  size_t from = (size_t)(head % sets) * SET_SIZE;
  *n = c->count - from < SET_SIZE ? c->count - from : SET_SIZE;
  return &c->entries[from];
}

static entry *find(q_link_cache *c, const uint8_t *key) {
  size_t n = 0;
  entry *set = set_of(c, key, &n);
  for (size_t i = 0; i < n; i++) {
    if (set[i].used != 0 && q_base_span_equal(q_span_of(set[i].key, Q_LINK_KEY), q_span_of(key, Q_LINK_KEY))) {
      return &set[i];
    }
  }
  return NULL;
}

static bool look_up(int64_t *expires, q_link_cache *c, const uint8_t *key, int64_t now) {
  (void)pthread_mutex_lock(&c->lock);
  entry *e = find(c, key);
  if (e != NULL && e->expires < now) {
    *e = (entry){.used = 0};
    e = NULL;
  }
  if (e != NULL) {
    e->used = ++c->clock;
    *expires = e->expires;
    c->hits++;
  } else {
    c->misses++;
  }
  (void)pthread_mutex_unlock(&c->lock);
  return e != NULL;
}

static void remember(q_link_cache *c, const q_link_note *note) {
  entry *at = find(c, note->key);
  if (at == NULL) {
    size_t n = 0;
    entry *set = set_of(c, note->key, &n);
    at = set;
    for (size_t i = 1; i < n; i++) {
      at = set[i].used < at->used ? &set[i] : at;
    }
  }
  memcpy(at->key, note->key, Q_LINK_KEY);
  at->expires = note->expires;
  at->used = ++c->clock;
}

static void hash_number(q_hash *h, uint64_t v) {
  uint8_t bytes[8];
  for (size_t i = 0; i < sizeof bytes; i++) {
    bytes[i] = (uint8_t)(v >> (8 * (7 - i)));
  }
  q_crypto_hash_update(h, q_span_of(bytes, sizeof bytes));
}

/* Each certificate of a path is hashed once for its two signatures. */
static q_span digest_of(q_links *links, const q_cert *cert) {
  size_t i = 0;
  while (i < links->hashed && links->digests[i].of != cert->der.p) {
    i++;
  }
  q_link_digest *d = &links->digests[i < Q_LINKS_HASHED_MAX ? i : 0];
  if (i == links->hashed || d->of != cert->der.p) {
    uint8_t digest[Q_HASH_MAX];
    q_crypto_hash_once(Q_HASH_SHA256, digest, cert->der);
    memcpy(d->sha256, digest, Q_LINK_KEY);
    d->of = cert->der.p;
    links->hashed += i == links->hashed && i < Q_LINKS_HASHED_MAX ? 1 : 0;
  }
  return q_span_of(d->sha256, Q_LINK_KEY);
}

void q_pki_link_cache_key(uint8_t out[Q_LINK_KEY], q_link_kind kind, q_span child_digest, q_span issuer) {
  uint8_t digest[Q_HASH_MAX];
  q_hash h;
  q_crypto_hash_init(&h, Q_HASH_SHA256);
  hash_number(&h, (uint64_t)kind);
  q_crypto_hash_update(&h, child_digest);
  hash_number(&h, issuer.n);
  q_crypto_hash_update(&h, issuer);
  q_crypto_hash_peek(&h, digest);
  memcpy(out, digest, Q_LINK_KEY);
}

bool q_pki_link_cache_knows(int64_t *expires, q_link_cache *cache, const uint8_t key[Q_LINK_KEY], int64_t now) {
  return look_up(expires, cache, key, now);
}

void q_pki_link_cache_keep(q_link_cache *cache, const uint8_t key[Q_LINK_KEY], int64_t expires) {
  q_link_note note = {.expires = expires};
  memcpy(note.key, key, Q_LINK_KEY);
  (void)pthread_mutex_lock(&cache->lock);
  remember(cache, &note);
  (void)pthread_mutex_unlock(&cache->lock);
}

bool q_pki_links_know(q_links *links, const q_cert *child, const q_cert *issuer, q_link_kind kind) {
  links->pending = links->cache != NULL && links->noted < Q_LINKS_NOTED_MAX;
  if (!links->pending) {
    return false;
  }
  q_link_note *note = &links->notes[links->noted];
  q_pki_link_cache_key(note->key, kind, digest_of(links, child),
                       kind == Q_LINK_PRIMARY ? issuer->spki : issuer->alt_spki);
  note->expires = child->not_after < issuer->not_after ? child->not_after : issuer->not_after;
  int64_t before = 0; /* another certificate of the same issuer may have a longer life */
  if (!look_up(&before, links->cache, note->key, links->now)) {
    return false;
  }
  (void)q_pki_links_learn(links, QTLS_OK);
  return true;
}

void q_pki_links_keep(q_links *links) {
  q_link_cache *c = links->cache;
  if (c == NULL || links->noted == 0) {
    return;
  }
  (void)pthread_mutex_lock(&c->lock);
  for (size_t i = 0; i < links->noted; i++) {
    if (links->notes[i].expires >= links->now) {
      remember(c, &links->notes[i]);
    }
  }
  (void)pthread_mutex_unlock(&c->lock);
  links->noted = 0;
}
