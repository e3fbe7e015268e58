/*
 * Owns what the parts of the generator of golden transcripts share: a random
 * source that gives the same bytes each time, a record of all private values
 * that pass between key exchange and engine, and a writer of JSON.
 *
 * None of this can be in a shipped library: RAND_bytes of AWS-LC is replaced by
 * the linker of this one program, and the rest hangs on --wrap.
 */
#ifndef GOLDEN_H
#define GOLDEN_H

#include "base/secret.h"
#include "registry/registry.h"

/* ---- random.c ---- */

/* Every draw of random bytes from here on comes from SHA-256(seed | counter). */
void golden_random_start(const char *seed);
/* The draw made last, if it had `n` bytes; fails the program if not. */
void golden_random_last(uint8_t *out, size_t n);

/* ---- capture.c ---- */

#define GOLDEN_SHARES_MAX 16

typedef enum golden_kind { GOLDEN_GENERATE, GOLDEN_ENCAPSULATE, GOLDEN_SECRET } golden_kind;

/* One call of a key exchange primitive, in the order they are made. */
typedef struct golden_call {
  golden_kind kind;
  q_kex_alg alg;
  uint8_t private_key[64]; /* scalar; ML-KEM: seed d | z, or the randomness m of an encapsulation */
  size_t private_n;
  uint8_t share[1568];
  size_t share_n;
  uint8_t secret[66];
  size_t secret_n;
} golden_call;

typedef struct golden_calls {
  golden_call call[GOLDEN_SHARES_MAX];
  size_t count;
} golden_calls;

extern golden_calls golden_seen;

/* ---- json.c ---- */

typedef struct json {
  char *p;
  size_t n, cap;
  unsigned depth;
  bool first; /* of its object or list */
} json;

/* `key` is NULL inside a list. */
void json_open(json *j, const char *key, char bracket); /* '{' or '[' */
void json_close(json *j, char bracket);                 /* '}' or ']' */
void json_text(json *j, const char *key, const char *text);
void json_number(json *j, const char *key, int64_t number);
void json_hex(json *j, const char *key, const uint8_t *p, size_t n);
void json_free(json *j);

#endif
