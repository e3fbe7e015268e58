/* Owns which URLs may be asked (qtls/fetch.h). Asks nobody. */
#ifndef Q_FETCH_RULES_H
#define Q_FETCH_RULES_H

#include <qtls/fetch.h>
#include <sys/socket.h>

qtls_err q_fetch_tell(qtls_fetch_problem *why, qtls_err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A URL from outside as it may be shown: printable, and not without end. */
enum { Q_FETCH_SHOWN = 288 };
const char *q_fetch_shown(char out[Q_FETCH_SHOWN], const char *url);

/* qtls_fetch_check of a URL that problems call `shown`, which is printable. */
qtls_err q_fetch_check(const char *url, const char *shown, const qtls_fetch_rules *rules, qtls_fetch_problem *why);

/* May this address be connected to? */
bool q_fetch_address_is_private(const struct sockaddr *at);

#endif
