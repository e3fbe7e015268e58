/*
 * Owns what the fault programs share: a random source that repeats itself, and
 * that fails when told; and a conversation on tape, with which one side alone can
 * be brought to any point of it, at the cost of that side's work only.
 *
 * The linker puts RAND_bytes of random.c in the place of AWS-LC's in these
 * programs; nothing of it can be in a shipped library.
 */
#ifndef FAULTS_H
#define FAULTS_H

#include "support/alert_case.h"

/* ---- random.c ---- */

typedef enum faults_stream { FAULTS_SETUP, FAULTS_CLIENT, FAULTS_SERVER, FAULTS_STREAMS } faults_stream;

typedef struct faults_random {
  faults_stream watched; /* the stream whose draws are counted and fail */
  size_t draws;
  size_t fail;  /* the one that fails, from 1; 0: none */
  uint8_t fill; /* what a failing draw of ours leaves behind */
} faults_random;
/* The exit code of a process in which a draw of AWS-LC's own failed: it never
 * returns a failure, but ends the process. */
#define FAULTS_ENDED 77
extern faults_random faults_source;

/* Draws come from this stream from here on; `restart`: from its beginning. */
void faults_random_use(faults_stream stream, bool restart);

/* ---- tape.c ---- */

#define TAPE_STEPS 16

/* What the sender of a step does before its output is taken. */
typedef enum tape_act { TAPE_ANSWER, TAPE_WRITE, TAPE_UPDATE, TAPE_CLOSE } tape_act;

typedef struct tape_step {
  const char *name;
  bool from_client;
  tape_act act;
  uint8_t *bytes;
  size_t n;
  q_record_keys reads; /* with which the sender then reads what the other says */
  bool connected;      /* the receiver is, once it has read this */
  bool closed;         /* and knows that no more will come */
  size_t data_n;       /* application data it has by then */
} tape_step;

typedef struct tape {
  peer p;
  tape_step step[TAPE_STEPS];
  size_t count;
  size_t handshake; /* steps of it */
  bool qtls;        /* and not TLS 1.3 */
  uint8_t *data[2]; /* all application data that the server, and that the client got */
} tape;

/* Plays the whole conversation of this kind once: handshake, data both ways, a
 * change of keys, closing. Fails the test when that does not go well. */
void tape_record(tape *t, const peer_options *o);
void tape_free(tape *t);

static inline flow_side *tape_side(tape *t, bool client) { return client ? &t->p.f.client : &t->p.f.server; }

/* A fresh side that has done and heard all before step `k`, from the tape. Fails
 * the test when it says anything else than it did then. */
void tape_wind(tape *t, bool client, size_t k);
/* It takes bytes; it does what its step says, and its output is taken. */
void tape_feed(tape *t, bool client, const uint8_t *bytes, size_t n);
size_t tape_take(tape *t, bool client, tape_act act, uint8_t **out);
/* Both sides, as they are, until nothing moves. */
void tape_go_on(tape *t);

static inline size_t faults_record_length(const uint8_t *at) {
  return Q_RECORD_HEADER + (((size_t)at[3] << 8) | at[4]);
}

/* ---- kinds.c ---- */

typedef struct faults_kind {
  const char *name;
  case_kind is;
  bool cookie;
  bool mutual;       /* the client has a certificate too */
  size_t begin, end; /* the steps that are spoilt; 0: all */
  bool inner;        /* its protected messages are spoilt too */
} faults_kind;

void faults_record(tape *t, const faults_kind *k);

/* Every byte and every bit, and not chosen ones: kinds were named. */
extern bool faults_every;
/* Runs `test`, whose state is a faults_kind, for the kinds that are named, or for
 * all, or for those that are `inner`; or lists them. The exit code. */
int faults_main(int argc, char **argv, bool inner, void (*test)(void **state));

/* A fault of the peer's, or the stream's end. */
bool faults_is_named(qtls_err err);
/* The alert that the RFC demands for the errors that are met most, and the table
 * for the others. */
uint8_t faults_alert(const tape *t, qtls_err err);

#endif
