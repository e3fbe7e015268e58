/*
 * Owns the memory of signatures of certificates that were found good, so that the
 * next path through the same links need not verify them again (Q-TLS §4, §11). It
 * remembers good results only, of paths that were good as a whole, by the digest
 * of every byte that went into them. What it forgets is verified again; what it
 * holds is never older than the certificates. Shared by threads under a lock: the
 * one thing that connections change in common (docs/adr/0011-link-cache.md).
 */
#ifndef Q_PKI_LINK_CACHE_H
#define Q_PKI_LINK_CACHE_H

#include "pki/cert.h"

#define Q_LINK_CACHE_MAX 65536

typedef struct q_link_cache q_link_cache;

/* Room for `links` signatures, 1 to Q_LINK_CACHE_MAX. */
QTLS_MUST_USE qtls_err q_pki_link_cache_new(q_link_cache **out, size_t links);
/* Count one more owner; each gives it back with q_pki_link_cache_free. Any thread. */
q_link_cache *q_pki_link_cache_ref(q_link_cache *cache);
void q_pki_link_cache_free(q_link_cache *cache); /* NULL is fine */

typedef struct q_link_cache_counts {
  uint64_t hits, misses;
  size_t held;
} q_link_cache_counts;
void q_pki_link_cache_count(q_link_cache *cache, q_link_cache_counts *out);

/* Which signature of the child: its own, by the issuer's own key, or the
 * alternative one, by the issuer's alternative key; or all that ocsp_judge.c asks of
 * an OCSP response's signatures, without and with ML-DSA. */
typedef enum q_link_kind {
  Q_LINK_PRIMARY = 1,
  Q_LINK_ALTERNATIVE = 2,
  Q_LINK_RESPONSE = 3,
  Q_LINK_RESPONSE_PQC = 4
} q_link_kind;

#define Q_LINK_KEY 32

/* One entry: SHA-256 of which signature, the SHA-256 of what is signed, who signed. A
 * certificate's digest covers its signature and algorithm; its issuer is the key as
 * the issuer's certificate has it. */
void q_pki_link_cache_key(uint8_t out[Q_LINK_KEY], q_link_kind kind, q_span child_digest, q_span issuer);
/* *expires is set only when it is known. */
bool q_pki_link_cache_knows(int64_t *expires, q_link_cache *cache, const uint8_t key[Q_LINK_KEY], int64_t now);
/* It counts up to and with the second `expires`. */
void q_pki_link_cache_keep(q_link_cache *cache, const uint8_t key[Q_LINK_KEY], int64_t expires);

/* The two signatures of each certificate of the longest path. */
#define Q_LINKS_NOTED_MAX 24

typedef struct q_link_note {
  uint8_t key[Q_LINK_KEY];
  int64_t expires;
} q_link_note;

/* Certificates of the longest path. */
#define Q_LINKS_HASHED_MAX (Q_LINKS_NOTED_MAX / 2)

typedef struct q_link_digest {
  const uint8_t *of; /* DER of a certificate, which stays as long as the verification */
  uint8_t sha256[Q_LINK_KEY];
} q_link_digest;

/* One verification's dealings with a cache. All zero but for cache and now. */
typedef struct q_links {
  q_link_cache *cache; /* NULL: nothing is known and nothing is remembered */
  int64_t now;
  size_t noted;
  q_link_note notes[Q_LINKS_NOTED_MAX]; /* links of the path that is being judged, found good */
  bool pending;                         /* notes[noted] is of the link asked about last */
  size_t hashed;
  q_link_digest digests[Q_LINKS_HASHED_MAX];
} q_links;

/* Begin with another path: what was noted of the last one is dropped. */
static inline void q_pki_links_begin(q_links *links) {
  links->noted = 0;
  links->pending = false;
}

/* Was this signature found good before? */
bool q_pki_links_know(q_links *links, const q_cert *child, const q_cert *issuer, q_link_kind kind);

/* The link asked about last was verified now: `err` is what came out, and what is returned. */
static inline qtls_err q_pki_links_learn(q_links *links, qtls_err err) {
  links->noted += links->pending && err == QTLS_OK ? 1 : 0;
  links->pending = false;
  return err;
}

/* The whole path is good: remember its links. */
void q_pki_links_keep(q_links *links);

#endif
