/*
 * Faults inside the protection: any bit of any protected message of the handshake
 * is flipped and sealed under the right keys, as only the peer itself could do it.
 * The reader finds a named error and sends its alert, or waits for what does not
 * come; it is never connected.
 *
 *   faults_inner_test              chosen bits
 *   faults_inner_test KIND...      every bit, and what was found
 *   faults_inner_test list         the kinds, a line for each
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "faults/faults.h"

static size_t wrong;

/* By type of message: which error was found. */
static struct {
  size_t flips;
  size_t found[QTLS_ERR_COUNT];
} seen[256];

/* The protected part of one step: what is before it, its content, how that lay in
 * records, and the keys. */
typedef struct flight {
  size_t step;
  bool client; /* reads it */
  size_t clear;
  uint8_t *content;
  size_t n;
  size_t record[16]; /* content bytes of each */
  size_t records;
  q_record_keys keys;
} flight;

/* The reader before the first protected record, which it can read by then. */
static void wind(tape *t, const flight *f) {
  tape_wind(t, f->client, f->step);
  tape_feed(t, f->client, t->step[f->step].bytes, f->clear);
  assert_ok(tape_side(t, f->client)->err);
}

static void open_flight(tape *t, flight *f, size_t step) {
  const tape_step *s = &t->step[step];
  memset(f, 0, sizeof *f);
  f->step = step;
  f->client = !s->from_client;
  f->content = peer_memory(s->n);
  while (s->bytes[f->clear] != Q_RECORD_DATA) {
    f->clear += faults_record_length(s->bytes + f->clear);
  }
  wind(t, f);
  f->keys = tape_side(t, f->client)->conn->m.read;
  q_record_keys keys = f->keys;
  uint8_t *copy = peer_memory(s->n);
  memcpy(copy, s->bytes, s->n);
  for (size_t at = f->clear; at < s->n;) {
    size_t total = faults_record_length(copy + at);
    q_record r;
    assert_ok(q_record_open(&keys, &r, copy + at, total, Q_RECORD_PLAINTEXT_MAX + 1));
    assert_int_equal(r.type, Q_RECORD_HANDSHAKE);
    assert_true(f->records < Q_COUNT(f->record));
    f->record[f->records++] = r.n;
    memcpy(f->content + f->n, r.body, r.n);
    f->n += r.n;
    at += total;
  }
  free(copy);
}

static void give(tape *t, const flight *f) {
  static uint8_t wire[4 * QTLS_RECORD_MAX];
  q_record_keys keys = f->keys;
  size_t n = 0;
  size_t at = 0;
  for (size_t i = 0; i < f->records; i++) {
    size_t written = 0;
    assert_ok(q_record_seal(&keys, wire + n, &written, sizeof wire - n, Q_RECORD_HANDSHAKE,
                            q_span_of(f->content + at, f->record[i]), 0));
    n += written;
    at += f->record[i];
  }
  tape_feed(t, f->client, wire, n);
}

/* One protected record, which the sender of the flight can read. */
static bool alert_is_right(tape *t, const flight *f, qtls_err err) {
  q_record_keys keys = t->step[f->step].reads;
  uint8_t *out = NULL;
  q_record r = {0, NULL, 0};
  size_t n = tape_take(t, f->client, TAPE_ANSWER, &out);
  bool right = n == Q_RECORD_OVERHEAD + 2 && q_record_open(&keys, &r, out, n, Q_RECORD_PLAINTEXT_MAX + 1) == QTLS_OK &&
               r.type == Q_RECORD_ALERT && r.n == 2 && r.body[0] == 2 && r.body[1] == faults_alert(t, err);
  free(out);
  return right;
}

static void check(tape *t, const flight *f, uint8_t type, size_t at, uint8_t bit) {
  flow_side *s = tape_side(t, f->client);
  bool connected = s->connected || qtls_conn_is_connected(s->conn);
  bool told = s->err == QTLS_OK || alert_is_right(t, f, s->err);
  qtls_err err = s->err != QTLS_OK ? s->err : qtls_conn_recv_end(s->conn);
  seen[type].flips++;
  seen[type].found[err]++;
  /* What stands before Finished is found before it: by its signature at the latest. */
  bool late = err == QTLS_ERR_FINISHED && type != Q_MSG_FINISHED;
  if (connected || !told || late || !faults_is_named(err)) {
    if (wrong++ < 20) {
      print_message("%s, byte %zu of the flight, bit %d: %s%s%s\n", q_msg_name(type), at, bit, qtls_err_name(err),
                    connected ? ", connected"
                    : late    ? ", too late"
                              : "",
                    told ? "" : ", the alert is not right");
    }
  }
}

static bool is_chosen(size_t in_message, size_t left, size_t number) {
  return faults_every || in_message < Q_MSG_HEADER || left == 1 || number % 1009 == 0;
}

/* `only`: one type of message, or 0. */
static void spoil_flight(tape *t, size_t step, uint8_t only) {
  flight f;
  open_flight(t, &f, step);
  size_t begin = 0;
  while (begin < f.n) {
    const uint8_t *m = f.content + begin;
    uint8_t type = m[0];
    size_t total = Q_MSG_HEADER + (((size_t)m[1] << 16) | ((size_t)m[2] << 8) | m[3]);
    for (size_t number = 8 * begin; number < 8 * (begin + total); number++) {
      size_t at = number / 8;
      uint8_t bit = (uint8_t)(number % 8);
      if ((only == 0 || type == only) && is_chosen(at - begin, begin + total - at, number)) {
        wind(t, &f);
        f.content[at] ^= (uint8_t)(1U << bit);
        give(t, &f);
        f.content[at] ^= (uint8_t)(1U << bit);
        check(t, &f, type, at, bit);
      }
    }
    begin += total;
  }
  /* The control: without a flip all is well. */
  wind(t, &f);
  give(t, &f);
  assert_true(tape_side(t, f.client)->connected);
  free(f.content);
}

static size_t tell(const char *name) {
  size_t flips = 0;
  for (size_t type = 0; type < Q_COUNT(seen); type++) {
    flips += seen[type].flips;
    if (seen[type].flips == 0 || !faults_every) {
      continue;
    }
    print_message("%s, %s: %zu flips", name, q_msg_name((uint8_t)type), seen[type].flips);
    for (size_t e = 0; e < QTLS_ERR_COUNT; e++) {
      if (seen[type].found[e] > 0) {
        print_message(", %zu %s", seen[type].found[e], qtls_err_name((qtls_err)e));
      }
    }
    print_message("\n");
  }
  return flips;
}

static void test_kind(void **state) {
  const faults_kind *k = *state;
  tape t;
  clock_t began = clock();
  memset(seen, 0, sizeof seen);
  wrong = 0;
  faults_record(&t, k);
  /* The server's flight differs by its request, if the client has a certificate. */
  spoil_flight(&t, t.handshake - 2, k->mutual ? Q_MSG_CERTIFICATE_REQUEST : 0);
  spoil_flight(&t, t.handshake - 1, 0);
  size_t flips = tell(k->name);
  print_message("%s: %zu flips, %.1f s of CPU, %zu wrong\n", k->name, flips, (double)(clock() - began) / CLOCKS_PER_SEC,
                wrong);
  tape_free(&t);
  assert_int_equal(wrong, 0);
}

int main(int argc, char **argv) { return faults_main(argc, argv, true, test_kind); }
