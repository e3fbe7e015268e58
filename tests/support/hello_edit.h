/*
 * Owns hellos taken apart for tests: ClientHello, ServerHello (and
 * HelloRetryRequest), EncryptedExtensions and CertificateRequest as fields and a
 * list of extensions that can be changed, dropped, added, doubled; put together
 * again with all lengths anew.
 */
#ifndef HELLO_EDIT_H
#define HELLO_EDIT_H

#include "support/peer.h"

#define EDIT_EXTENSIONS 80
#define EDIT_BODY 8192

typedef struct edit_extension {
  uint16_t type;
  uint8_t body[EDIT_BODY];
  size_t n;
} edit_extension;

typedef struct hello_edit {
  uint8_t message;
  uint16_t version;
  uint8_t random[32];
  uint8_t session_id[33];
  size_t session_id_n;
  uint8_t suites[256]; /* ServerHello: one */
  size_t suites_n;
  uint8_t compression[8];
  size_t compression_n;
  uint8_t context[8]; /* CertificateRequest */
  size_t context_n;
  size_t count;
  edit_extension ext[EDIT_EXTENSIONS];
} hello_edit;

/* The one object there is, filled from the message in `msg`. */
hello_edit *edit_open(const peer_message *msg);
/* Written back to `msg`. */
void edit_close(const hello_edit *h, peer_message *msg);

/* NULL if there is none. */
edit_extension *edit_find(hello_edit *h, uint16_t type);
/* Fails the test if there is none. */
edit_extension *edit_get(hello_edit *h, uint16_t type);
void edit_drop(hello_edit *h, uint16_t type);
/* At the end. */
void edit_add(hello_edit *h, uint16_t type, const void *body, size_t n);
void edit_set(hello_edit *h, uint16_t type, const void *body, size_t n);

/* The share of `group` in key_share of a ClientHello or ServerHello: its data,
 * whose length stands in the two bytes before. Fails the test if there is none. */
uint8_t *edit_share(hello_edit *h, uint16_t group, size_t *n);
/* Make that share longer or shorter at its end by `by` bytes. */
void edit_share_resize(hello_edit *h, uint16_t group, int by);

#endif
