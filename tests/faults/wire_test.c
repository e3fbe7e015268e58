/*
 * Faults of the wire: the stream ends at any byte, any bit is flipped, of the
 * handshake in both directions, of data, KeyUpdate and close_notify. Only a named
 * error with its alert may follow, found by the side that reads or, where only
 * the transcript tells, by the other; never a connection. The one byte that may
 * change is the minor version of records in the clear (Q-TLS §1).
 *
 *   faults_wire_test              chosen places; a few seconds
 *   faults_wire_test KIND...      every byte and every bit, and what was found
 *   faults_wire_test list         the kinds, a line for each
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "faults/faults.h"

static size_t wrong;

/* By step: cuts, flips, and which error the reader, or then the other side, found. */
static struct {
  size_t cuts, flips, ignored;
  size_t found[2][QTLS_ERR_COUNT];
} seen[TAPE_STEPS];

/* ---- places ---- */

typedef enum part { PART_TYPE, PART_MAJOR, PART_MINOR, PART_LENGTH, PART_BODY } part;

typedef struct place {
  size_t step, at;
  uint8_t bit;
  uint8_t record; /* its type */
  part part;
  bool first;  /* of its step's records */
  size_t left; /* bytes of the record from here on */
} place;

static place place_of(const tape *t, size_t step, size_t at, uint8_t bit) {
  static const part parts[Q_RECORD_HEADER] = {PART_TYPE, PART_MAJOR, PART_MINOR, PART_LENGTH, PART_LENGTH};
  const uint8_t *bytes = t->step[step].bytes;
  size_t edge = 0;
  while (edge + faults_record_length(bytes + edge) <= at) {
    edge += faults_record_length(bytes + edge);
  }
  size_t in = at - edge;
  return (place){step,
                 at,
                 bit,
                 bytes[edge],
                 in < Q_RECORD_HEADER ? parts[in] : PART_BODY,
                 edge == 0,
                 faults_record_length(bytes + edge) - in};
}

/* The short run takes every byte of headers, the beginning and the end of bodies,
 * and some between: primes, so that bits and bytes of all kinds are met. */
static bool is_chosen(const place *w, size_t stride) {
  size_t number = 8 * w->at + w->bit;
  return faults_every || w->part != PART_BODY || (w->left <= 2 && w->bit == 7) ||
         number % (w->record == Q_RECORD_DATA ? stride * 53 : stride) == 0;
}

static bool is_ignored(const place *w) { return w->part == PART_MINOR && w->record != Q_RECORD_DATA; }

/* ---- verdicts ---- */

static void complain(const tape *t, const place *w, const char *what, qtls_err reader, qtls_err other) {
  if (wrong++ < 20) {
    print_message("%s, byte %zu bit %d: %s (reader: %s, other: %s)\n", t->step[w->step].name, w->at, w->bit, what,
                  qtls_err_name(reader), qtls_err_name(other));
  }
}

/* What a flip there may be found to be. In the clear it may be anything that is named. */
static bool is_expected(const place *w, qtls_err err) {
  if (w->part == PART_MAJOR) {
    return err == QTLS_ERR_RECORD_VERSION;
  }
  if (w->record == Q_RECORD_CCS && w->part == PART_BODY) {
    return err == QTLS_ERR_CCS_BODY;
  }
  if (w->record != Q_RECORD_DATA) {
    return true;
  }
  switch (w->part) {
    case PART_TYPE:
      return err == QTLS_ERR_RECORD_TYPE || err == QTLS_ERR_RECORD_UNPROTECTED || err == QTLS_ERR_ALERT_DECODE;
    case PART_LENGTH:
      return err == QTLS_ERR_RECORD_BAD_MAC || err == QTLS_ERR_RECORD_OVERFLOW || err == QTLS_ERR_RECORD_TOO_SHORT ||
             err == QTLS_ERR_TRUNCATED;
    default:
      return err == QTLS_ERR_RECORD_BAD_MAC;
  }
}

/* What waits for bytes that do not come ends with the stream. */
static qtls_err end_of(flow_side *s) { return s->err != QTLS_OK ? s->err : qtls_conn_recv_end(s->conn); }

static bool data_is_sound(tape *t, bool client, size_t most) {
  const flow_side *s = tape_side(t, client);
  return s->data_n <= most && memcmp(s->data, t->data[client ? 1 : 0], s->data_n) == 0;
}

/* Had the reader said close_notify itself before this step? Then it says no more. */
static bool has_closed(const tape *t, size_t step) {
  for (size_t i = 0; i < step; i++) {
    if (t->step[i].act == TAPE_CLOSE && t->step[i].from_client != t->step[step].from_client) {
      return true;
    }
  }
  return false;
}

/* The other side itself hears this alert, behind an answer to its KeyUpdate. */
static bool is_heard(tape *t, const place *w, bool client, const uint8_t *out, size_t n, uint8_t alert) {
  qtls_error e;
  tape_wind(t, !client, w->step + 1);
  tape_feed(t, !client, out, n);
  qtls_conn_error(tape_side(t, !client)->conn, &e);
  return e.err == QTLS_ERR_ALERT_RECEIVED && e.alert == alert;
}

/* One record with this alert, which the other side can read with the keys it has
 * at this point, or in the clear where there are none yet. Behind a ServerHello
 * that was changed the keys of both may differ. */
static bool is_alert(const tape *t, const place *w, uint8_t *out, size_t n, uint8_t alert) {
  q_record_keys keys = t->step[w->step].reads;
  bool hello = w->first && w->record == Q_RECORD_HANDSHAKE;
  q_record r = {0, NULL, 0};
  if (n == Q_RECORD_HEADER + 2 && out[0] == Q_RECORD_ALERT) {
    return (!keys.on || hello) && out[5] == 2 && out[6] == alert;
  }
  if (n != Q_RECORD_OVERHEAD + 2 || out[0] != Q_RECORD_DATA) {
    return false;
  }
  if (!keys.on || q_record_open(&keys, &r, out, n, Q_RECORD_PLAINTEXT_MAX + 1) != QTLS_OK) {
    return hello;
  }
  return r.type == Q_RECORD_ALERT && r.n == 2 && r.body[0] == 2 && r.body[1] == alert;
}

/* The alert that the reader sent is the one of its error. */
static bool alert_is_right(tape *t, const place *w, bool client) {
  qtls_error e;
  uint8_t *out = NULL;
  qtls_conn_error(tape_side(t, client)->conn, &e);
  if (e.err == QTLS_ERR_TRUNCATED || has_closed(t, w->step)) {
    return true;
  }
  size_t n = tape_take(t, client, TAPE_ANSWER, &out);
  bool right =
      n >= Q_RECORD_HEADER && e.alert == faults_alert(t, e.err) &&
      (faults_record_length(out) == n ? is_alert(t, w, out, n, e.alert) : is_heard(t, w, client, out, n, e.alert));
  free(out);
  return right;
}

static void count(const place *w, bool other, qtls_err err) { seen[w->step].found[other ? 1 : 0][err]++; }

/* The reader found it at once. */
static void check_refused(tape *t, const place *w, bool client) {
  flow_side *s = tape_side(t, client);
  const tape_step *step = &t->step[w->step];
  bool fine =
      !is_ignored(w) && faults_is_named(s->err) && is_expected(w, s->err) && data_is_sound(t, client, step->data_n);
  if (!fine || qtls_conn_is_connected(s->conn) || (s->connected && w->step < t->handshake)) {
    complain(t, w, "refused, but not as it should be", s->err, QTLS_OK);
  } else if (!alert_is_right(t, w, client)) {
    complain(t, w, "the alert is not right", s->err, QTLS_OK);
  }
  count(w, false, s->err);
}

/* The reader takes it: then the other side, as it is at this point, has to
 * find it, or the end of the stream; unless it is of no account. */
static void check_taken(tape *t, const place *w, bool client) {
  flow_side *s = tape_side(t, client);
  const tape_step *step = &t->step[w->step];
  flow_side *other = tape_side(t, !client);
  tape_wind(t, !client, w->step + 1);
  tape_go_on(t);
  bool well = flow_connected(&t->p.f) && s->err == QTLS_OK && other->err == QTLS_OK && s->data_n == step->data_n &&
              w->step < t->handshake;
  if (well != is_ignored(w)) {
    complain(t, w, well ? "taken as if nothing were wrong" : "of no account, but refused", s->err, other->err);
  }
  if (well) {
    seen[w->step].ignored++;
    return;
  }
  bool by_other = other->err != QTLS_OK && other->err != QTLS_ERR_ALERT_RECEIVED;
  qtls_err read = end_of(s);
  qtls_err told = end_of(other);
  bool early = w->step < t->handshake &&
               (tape_side(t, false)->connected || (tape_side(t, true)->connected && w->step + 1 < t->handshake));
  if (!faults_is_named(read) || (!faults_is_named(told) && told != QTLS_OK) || early ||
      !data_is_sound(t, client, step->data_n)) {
    complain(t, w, "it ends without a name, or too late", read, told);
  }
  if (!by_other && !is_expected(w, read)) {
    complain(t, w, "not what was expected", read, told);
  }
  count(w, by_other, by_other ? told : read);
}

/* ---- flips and cuts ---- */

static void flip(tape *t, const place *w) {
  const tape_step *step = &t->step[w->step];
  bool client = !step->from_client;
  uint8_t *bytes = peer_memory(step->n);
  memcpy(bytes, step->bytes, step->n);
  bytes[w->at] ^= (uint8_t)(1U << w->bit);
  tape_wind(t, client, w->step);
  tape_feed(t, client, bytes, step->n);
  free(bytes);
  seen[w->step].flips++;
  if (tape_side(t, client)->err != QTLS_OK) {
    check_refused(t, w, client);
  } else {
    check_taken(t, w, client);
  }
}

static void cut(tape *t, const place *w) {
  const tape_step *step = &t->step[w->step];
  bool client = !step->from_client;
  flow_side *s = tape_side(t, client);
  tape_wind(t, client, w->step);
  tape_feed(t, client, step->bytes, w->at);
  bool waits = s->err == QTLS_OK && !s->closed && (w->step >= t->handshake || !s->connected) &&
               data_is_sound(t, client, step->data_n);
  qtls_err end = qtls_conn_recv_end(s->conn);
  if (!waits || end != QTLS_ERR_TRUNCATED || qtls_conn_is_connected(s->conn)) {
    complain(t, w, "the end of the stream is not found", s->err == QTLS_OK ? end : s->err, QTLS_OK);
  }
  seen[w->step].cuts++;
}

static void spoil_step(tape *t, size_t step) {
  for (size_t at = 0; at < t->step[step].n; at++) {
    place w = place_of(t, step, at, 0);
    if (is_chosen(&w, 8 * 41)) {
      cut(t, &w);
    }
    for (uint8_t bit = 0; bit < 8; bit++) {
      w.bit = bit;
      if (is_chosen(&w, 617)) {
        flip(t, &w);
      }
    }
  }
}

static void tell(const tape *t, const char *name) {
  for (size_t i = 0; i < t->count; i++) {
    if (seen[i].flips == 0) {
      continue;
    }
    print_message("%s, %s: %zu bytes, %zu cuts, %zu flips: %zu of no account", name, t->step[i].name, t->step[i].n,
                  seen[i].cuts, seen[i].flips, seen[i].ignored);
    for (size_t other = 0; other < 2; other++) {
      for (size_t e = 0; e < QTLS_ERR_COUNT; e++) {
        if (seen[i].found[other][e] > 0) {
          print_message(", %zu %s%s", seen[i].found[other][e], qtls_err_name((qtls_err)e),
                        other == 1 ? " (the other side)" : "");
        }
      }
    }
    print_message("\n");
  }
}

/* ---- the run ---- */

static void test_kind(void **state) {
  const faults_kind *k = *state;
  tape t;
  clock_t began = clock();
  memset(seen, 0, sizeof seen);
  wrong = 0;
  faults_record(&t, k);
  for (size_t i = k->begin; i < (k->end != 0 ? k->end : t.count); i++) {
    spoil_step(&t, i);
  }
  size_t cuts = 0;
  size_t flips = 0;
  for (size_t i = 0; i < t.count; i++) {
    cuts += seen[i].cuts;
    flips += seen[i].flips;
  }
  if (faults_every) {
    tell(&t, k->name);
  }
  print_message("%s: %zu cuts, %zu flips, %.1f s of CPU, %zu wrong\n", k->name, cuts, flips,
                (double)(clock() - began) / CLOCKS_PER_SEC, wrong);
  tape_free(&t);
  assert_int_equal(wrong, 0);
}

int main(int argc, char **argv) { return faults_main(argc, argv, false, test_kind); }
