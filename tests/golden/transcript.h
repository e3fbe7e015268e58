/*
 * Owns one recorded conversation: messages and records as they went over the
 * wire, and the key log.
 */
#ifndef GOLDEN_TRANSCRIPT_H
#define GOLDEN_TRANSCRIPT_H

#include "golden/golden.h"
#include "support/flow.h"

#define GOLDEN_MESSAGES_MAX 16
#define GOLDEN_RECORDS_MAX 48

typedef struct golden_message {
  bool from_client;
  uint8_t *p;
  size_t n;
  size_t calls; /* key exchange calls made when it was sent or received */
} golden_message;

typedef struct golden_record {
  bool from_client;
  uint8_t *p;
  size_t n;
} golden_record;

typedef struct golden_log {
  char label[40];
  uint8_t secret[48];
} golden_log;

typedef struct golden_transcript {
  golden_message message[GOLDEN_MESSAGES_MAX];
  size_t message_count;
  golden_record record[GOLDEN_RECORDS_MAX];
  size_t record_count;
  golden_log log[8];
  size_t log_count;
} golden_transcript;

/* One row of the table of vectors. */
typedef struct golden_vector {
  const char *name;
  const char *about;
  const char *client_groups, *server_groups, *suites; /* NULL: the default */
  qtls_policy client_policy, server_policy;           /* 0: the default */
  bool cookie;
  bool mutual; /* the client authenticates too, with the same identity */
} golden_vector;

/* Runs the conversation: handshake, a record each way. Fails the program. */
void golden_run(golden_transcript *t, qtls_info *info, const golden_vector *v, const pki *identity);
void golden_transcript_free(golden_transcript *t);

/* The vector as JSON, with all values of the key schedule. Fails the program when
 * they do not lead to what the engine logged. */
void golden_write(json *j, const golden_transcript *t, const qtls_info *info, const golden_vector *v);

#define GOLDEN_PING "from the client"
#define GOLDEN_PONG "from the server, a little longer"

#endif
