/* Owns which URLs may be asked (qtls/fetch.h). Asks nobody. */
#ifndef Q_FETCH_RULES_H
#define Q_FETCH_RULES_H

#include <qtls/fetch.h>
#include <sys/socket.h>

qtls_err q_fetch_tell(qtls_fetch_problem *why, qtls_err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A URL from outside as it may be shown: printable, and not without end. */
const char *q_fetch_shown(char out[160], const char *url);

/* May this address be connected to? */
bool q_fetch_address_is_private(const struct sockaddr *at);

#endif
