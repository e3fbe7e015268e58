/*
 * Owns the forms of mailboxes (RFC 5280 §4.2.1.6, RFC 5321 §4.1.2) and URIs (RFC
 * 3986) as names of certificates: what is not plainly one of them is none.
 */
#ifndef Q_PKI_NAME_FORMS_H
#define Q_PKI_NAME_FORMS_H

#include "base/try.h"

/* Local part "@" DNS name, ASCII, without quoting. */
bool q_pki_mailbox_split(q_span *local, q_span *host, q_span mailbox);

/* scheme ":" and something after it, of the characters of a URI, 1024 at most. */
bool q_pki_uri_valid(q_span uri);

/* The DNS name after "//". False for one without, for an address, for user
 * information, and where readers do not agree where the host ends: RFC 5280
 * §4.2.1.10 has such URIs refused under a constraint. */
bool q_pki_uri_host(q_span *host, q_span uri);

/* Letters, digits and the marks of a URI. */
bool q_pki_uri_characters(q_span text);

#endif
