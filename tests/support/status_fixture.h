/*
 * Owns revocation lists and OCSP responses for tests: put together from parts, of
 * which each may be replaced by any bytes, and signed by whoever is asked. What
 * comes out need not be well-formed.
 */
#ifndef STATUS_FIXTURE_H
#define STATUS_FIXTURE_H

#include "pki/dual_der.h"
#include "pki/ocsp.h"
#include "support/pki_fixture.h"

typedef struct status_bytes {
  uint8_t *der; /* q_free */
  size_t n;
} status_bytes;

static inline q_span status_span(status_bytes b) { return q_span_of(b.der, b.n); }

/* Who signs: nodes may differ, so that a signature is another's. */
typedef struct status_signer {
  const pki_node *node;     /* whose name and key identifiers stand in it */
  const q_privkey *key;     /* NULL: the node's */
  const q_privkey *alt_key; /* NULL: the node's */
  bool no_alternative;      /* neither 73 nor 74 */
  /* 74's signature covers this instead of what it ought to. */
  bool alternative_of_nothing;
  bool cut_alternative; /* a byte short */
  q_span alt_algorithm; /* 73 in place of the right one; .p NULL: the right one */
} status_signer;

/* A part that is left out. A part whose .p is NULL is the sound one. */
extern const q_span status_absent;

typedef struct status_crl_parts {
  q_span version, algorithm, issuer, this_update, next_update;
  q_span revoked;    /* whole, with its header; default: none */
  q_span extensions; /* content, before 73 and 74; default: key identifier and number */
  q_span trailing;   /* after the extensions */
} status_crl_parts;

status_bytes status_crl(const status_signer *by, const status_crl_parts *parts);

typedef struct status_ocsp_parts {
  q_span responder; /* [1] or [2], whole */
  q_span produced_at;
  q_span answers;    /* content of the SEQUENCE */
  q_span extensions; /* content, before 73 and 74; default: none */
  q_span certs;      /* content of the SEQUENCE; default: none */
  q_span version;    /* before the responder; default: none */
} status_ocsp_parts;

status_bytes status_ocsp(const status_signer *by, const status_ocsp_parts *parts);

/* Elements for the parts, into `out`; how many bytes. */
#define STATUS_ROOM 8192
size_t status_time(uint8_t *out, int64_t when, bool general);
size_t status_extension(uint8_t *out, q_oid oid, bool critical, q_span value);
/* One entry of a list; `reason` below 0: none. */
size_t status_entry(uint8_t *out, q_span serial, int64_t when, int reason);
size_t status_sequence(uint8_t *out, q_span content);
/* ResponderID by the SHA-1 of a node's key, or by its name. */
size_t status_by_key(uint8_t *out, const q_cert *cert);
size_t status_by_name(uint8_t *out, const q_cert *cert);
/* One answer; `state` as on the wire (0 good, 1 revoked, 2 unknown); next_update 0: none. */
typedef struct status_answer {
  const q_cert *cert, *issuer;
  q_oid hash; /* 0: SHA-1 */
  int state;
  int reason; /* below 0: none */
  int64_t this_update, next_update;
} status_answer;
size_t status_single(uint8_t *out, const status_answer *a);

/* A certificate for `subject`'s keys, which are `key` and `alt_key`, issued by
 * `issuer` to answer OCSP; `adjust` may be NULL. The keys stay the caller's. */
pki_node status_responder(const pki_node *issuer, q_privkey *key, q_privkey *alt_key,
                          void (*adjust)(q_issue *what, const pki_node *issuer));

/* The leaf is good from a minute ago for a day, says its issuer. */
status_answer status_answer_of(const pki *p);
/* A response with this one answer; `parts` may be NULL. */
status_bytes status_response(const status_signer *by, const status_answer *a, const status_ocsp_parts *parts);
/* A response about the leaf, judged with its issuer. */
qtls_status_result status_judge(q_span der, const pki *p, const q_ocsp_terms *terms);

#endif
