/*
 * Records behind protection: what an odd peer with the right keys may seal is
 * opened as a plain reading of RFC 8446 §5.2 and §5.4 says, changed bytes and a
 * wrong length are refused, and what we seal opens again.
 *
 *   byte 0     bits 0-1 the AEAD, bit 2 what: a record of a peer, or one of ours;
 *              bit 3 one byte of the record changes, bit 4 its end is cut off
 *   bytes 1-2  the limit that record_size_limit sets, as a share of the most
 *   bytes 3-4  how many zeros of padding follow
 *   bytes 5-6  where the change is, or how much is cut
 *   byte 7     what the byte changes by
 *   rest       content and, in its last byte, the type
 */
#include "fuzz.h"
#include "record/record.h"

enum { HOW_OURS = 1 << 2, HOW_CHANGED = 1 << 3, HOW_CUT = 1 << 4 };
enum { LIMIT_MAX = Q_RECORD_PLAINTEXT_MAX + 1, ROOM = 3 << 15 };

typedef struct record_case {
  uint8_t how;
  size_t limit;
  size_t padding;
  size_t where;
  uint8_t what;
  q_span inner; /* content, type; no padding */
} record_case;

static uint8_t plain[ROOM];
static uint8_t wire[ROOM + Q_RECORD_OVERHEAD];

static size_t take_u16(q_span *input) {
  size_t high = fuzz_take_u8(input);
  return high << 8 | fuzz_take_u8(input);
}

static void keys_make(q_record_keys *k, uint8_t how) {
  static const q_aead_alg algs[] = {Q_AEAD_AES128_GCM, Q_AEAD_AES256_GCM, Q_AEAD_CHACHA20_POLY1305};
  q_aead_alg alg = algs[how % 4 % Q_COUNT(algs)];
  q_traffic_keys keys = {.key_size = (uint8_t)q_crypto_aead_key_size(alg)};
  memset(keys.key, 7, sizeof keys.key);
  memset(keys.iv, 9, sizeof keys.iv);
  FUZZ_CHECK(q_record_keys_set(k, alg, &keys) == QTLS_OK);
}

/* Protects `n` bytes of `plain` as they are; sequence number 0. */
static size_t seal_as_it_is(const q_record_keys *k, size_t n) {
  const uint8_t header[Q_RECORD_HEADER] = {23, 3, 3, (uint8_t)((n + Q_AEAD_TAG) >> 8), (uint8_t)(n + Q_AEAD_TAG)};
  memcpy(wire, header, sizeof header);
  FUZZ_CHECK(q_crypto_aead_seal(&k->aead, wire + sizeof header, k->iv, q_span_of(plain, n), q_span_of(NULL, 0),
                                q_span_of(header, sizeof header)) == QTLS_OK);
  return sizeof header + n + Q_AEAD_TAG;
}

/* What a record with these `n` bytes inside has to be, said simply. */
static qtls_err expected(q_record *out, size_t n, size_t limit) {
  size_t end = n;
  while (end > 0 && plain[end - 1] == 0) {
    end--;
  }
  *out = (q_record){end > 0 ? plain[end - 1] : 0, plain, end > 0 ? end - 1 : 0};
  if (n > limit) {
    return QTLS_ERR_RECORD_OVERFLOW;
  }
  return end == 0 ? QTLS_ERR_RECORD_INNER_EMPTY : QTLS_OK;
}

/* Opens a copy in a block of its own, so that a byte read beyond it shows. */
static void open_check(q_record_keys *k, size_t total, size_t limit, qtls_err verdict, const q_record *want) {
  uint8_t *in = q_alloc_copy(wire, total);
  q_record got;
  FUZZ_CHECK(in != NULL);
  FUZZ_CHECK(q_record_open(k, &got, in, total, limit) == verdict);
  /* A record that is none of the peer's is none in the count either. */
  FUZZ_CHECK(k->sequence == (verdict == QTLS_ERR_RECORD_BAD_MAC ? 0 : 1));
  if (verdict == QTLS_OK) {
    FUZZ_CHECK(got.type == want->type && got.n == want->n && got.body == in + Q_RECORD_HEADER);
    FUZZ_CHECK(got.n == 0 || memcmp(got.body, want->body, got.n) == 0);
  } else {
    FUZZ_CHECK(got.type == 0 && got.body == NULL && got.n == 0);
  }
  q_free(in);
}

static void of_peer(q_record_keys *k, const record_case *c, size_t n) {
  q_record want;
  qtls_err verdict = expected(&want, n, c->limit);
  size_t total = seal_as_it_is(k, n);
  if ((c->how & HOW_CHANGED) != 0 && c->what != 0) {
    wire[c->where % total] ^= c->what;
    verdict = QTLS_ERR_RECORD_BAD_MAC;
  }
  if ((c->how & HOW_CUT) != 0) {
    total -= 1 + c->where % (total - Q_RECORD_HEADER);
    verdict = QTLS_ERR_RECORD_BAD_MAC;
  }
  open_check(k, total, c->limit, verdict, &want);
}

/* Ours carries a type, which is not zero, and pads it as it is told. */
static void of_ours(q_record_keys *k, const record_case *c) {
  q_record_keys sealing = *k;
  size_t content = c->inner.n > 0 ? c->inner.n - 1 : 0;
  uint8_t type = (uint8_t)(c->inner.n > 0 && plain[content] != 0 ? plain[content] : 23);
  size_t written = 1;
  qtls_err err = q_record_seal(&sealing, wire, &written, sizeof wire, type, q_span_of(plain, content), c->padding);
  if (content + c->padding > Q_RECORD_PLAINTEXT_MAX) {
    FUZZ_CHECK(err == QTLS_ERR_ARGUMENT && written == 0 && sealing.sequence == 0);
    return;
  }
  FUZZ_CHECK(err == QTLS_OK && written == content + c->padding + Q_RECORD_OVERHEAD && sealing.sequence == 1);
  plain[content] = type;
  q_record want;
  qtls_err verdict = expected(&want, content + 1 + c->padding, c->limit);
  open_check(k, written, c->limit, verdict, &want);
  q_record_keys_wipe(&sealing);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  q_span input = q_span_of(data, size);
  record_case c = {.how = fuzz_take_u8(&input)};
  c.limit = LIMIT_MAX - take_u16(&input) % LIMIT_MAX;
  c.padding = take_u16(&input);
  c.where = take_u16(&input);
  c.what = fuzz_take_u8(&input);
  c.inner = q_span_of(input.p, input.n < Q_RECORD_PLAINTEXT_MAX ? input.n : Q_RECORD_PLAINTEXT_MAX);
  size_t n = c.inner.n + c.padding;
  if (n + Q_AEAD_TAG > 0xFFFF) {
    return 0;
  }
  if (c.inner.n > 0) {
    memcpy(plain, c.inner.p, c.inner.n);
  }
  memset(plain + c.inner.n, 0, c.padding + 1);
  q_record_keys k;
  keys_make(&k, c.how);
  if ((c.how & HOW_OURS) != 0) {
    of_ours(&k, &c);
  } else {
    of_peer(&k, &c, n);
  }
  q_record_keys_wipe(&k);
  return 0;
}
