/*
 * Owns rules about who is let in: KIND:PATTERN over what a certificate says, where
 * '*' stands for any run of characters. Names are compared as the certificate's
 * bytes, never as shown to people. Must not look at signatures or paths.
 */
#ifndef Q_PKI_ALLOW_H
#define Q_PKI_ALLOW_H

#include "pki/peer.h"

typedef enum q_allow_kind {
  Q_ALLOW_SUBJECT = 1,
  Q_ALLOW_ISSUER,
  Q_ALLOW_DNS,
  Q_ALLOW_IP,
  Q_ALLOW_URI,
  Q_ALLOW_EMAIL,
  Q_ALLOW_SERIAL,
  Q_ALLOW_SPKI
} q_allow_kind;

typedef struct q_allow_rule {
  q_allow_kind kind;
  char *pattern;       /* q_alloc, NUL-terminated; hexadecimal in lower case without colons */
  uint8_t address[16]; /* of an IP pattern without '*' */
  size_t address_n;
} q_allow_rule;

/* CONFIG_VALUE with *why, a constant string; else the rule, whose pattern the
 * caller frees. */
QTLS_MUST_USE qtls_err q_pki_allow_parse(q_allow_rule *out, const char **why, const char *rule);

/* Is this one of those the rule lets in? `who` was made of `leaf`. */
bool q_pki_allow_fits(const q_allow_rule *rule, const q_cert *leaf, const q_peer *who);

#endif
