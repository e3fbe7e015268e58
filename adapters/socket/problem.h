/*
 * Owns the wording of what went wrong with a file, a host or a stream: one
 * line, what and where first, then what to do. Decides nothing.
 */
#ifndef Q_SOCKET_PROBLEM_H
#define Q_SOCKET_PROBLEM_H

#include <qtls/stream.h>

/* Fill `why` (NULL: nobody asks) and give back `err`, so that a caller can
 * return what it tells. */
qtls_err q_socket_tell(qtls_stream_problem *why, qtls_err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Take the words of a configuration's last failure, with `where` before them. */
QTLS_MUST_USE qtls_err q_socket_tell_config(qtls_stream_problem *why, qtls_err err, const char *where,
                                            const qtls_config *config);

/* What ended a connection: the error, its particulars, and who sent which
 * alert. `system` is errno of a failed socket call, or 0. */
void q_socket_describe(char *out, size_t cap, const qtls_stream *s, qtls_err err, int system);

#endif
