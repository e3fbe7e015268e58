/*
 * Owns the clock and the waiting on sockets: deadlines that are totals, polls
 * that outlive signals. Knows nothing of TLS.
 */
#ifndef Q_SOCKET_WAIT_H
#define Q_SOCKET_WAIT_H

#include <qtls/error.h>
#include <stdbool.h>

/* A moment of the monotonic clock in milliseconds; 0: never. */
typedef int64_t q_deadline;
#define Q_NO_WAIT ((q_deadline)-1) /* give up at once */

q_deadline q_socket_deadline(int ms); /* ms <= 0: never */
int64_t q_socket_now_ms(void);

/* Wait until `fd` is ready for `events` (poll's), or the deadline. QTLS_OK,
 * QTLS_ERR_TIMEOUT, or QTLS_ERR_IO with errno. */
QTLS_MUST_USE qtls_err q_socket_wait(int fd, short events, q_deadline until);

#endif
