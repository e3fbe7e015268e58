/*
 * Owns the names of subjectAltName (RFC 5280 §4.2.1.6) and their comparison
 * with a name that is asked for (RFC 9525 §6). Must not look at common names.
 */
#ifndef Q_PKI_NAMES_H
#define Q_PKI_NAMES_H

#include "pki/cert.h"

/* The CHOICE numbers of GeneralName. */
enum {
  Q_GENERAL_OTHER = 0,
  Q_GENERAL_EMAIL = 1,
  Q_GENERAL_DNS = 2,
  Q_GENERAL_X400 = 3,
  Q_GENERAL_DIRECTORY = 4,
  Q_GENERAL_EDI = 5,
  Q_GENERAL_URI = 6,
  Q_GENERAL_IP = 7,
  Q_GENERAL_REGISTERED = 8
};

typedef struct q_general_name {
  unsigned type;
  q_span value; /* content; for a directory name the Name with its header */
} q_general_name;

/* Take one GeneralName off `rest`. Only its form is looked at; the size of an
 * address is left to whoever knows whether a mask belongs to it. */
bool q_pki_name_next(q_span *rest, q_general_name *out);

/* An IPv4 or IPv6 literal (RFC 3986 §3.2.2 without brackets and zones): 4 or 16
 * bytes to `out` and their number; 0 if the text is none. */
size_t q_pki_ip_parse(uint8_t out[16], const char *text);

/* Lower-case ASCII; other bytes stay. */
static inline uint8_t q_pki_lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c; }
bool q_pki_name_equal(q_span a, q_span b);

/* Is this a DNS name as certificates carry it: labels of letters, digits,
 * hyphens and underscores, a wildcard as the whole leftmost one if allowed? */
bool q_pki_dns_valid(q_span name, bool wildcard);

/* No top-level domain is a number: what ends in one is an address, in whatever
 * form ("192.0.2.1.", "127.1"), to somebody else. It fits no certificate's DNS name. */
bool q_pki_dns_ends_in_number(q_span name);

#endif
