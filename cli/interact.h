/* Owns the conversation of `qtls connect`: standard input to the peer, the
 * peer's data to a sink, both at once. */
#ifndef QTLS_CLI_INTERACT_H
#define QTLS_CLI_INTERACT_H

#include <qtls/stream.h>

#include "sink.h"

/* Until the peer closes. At the end of standard input our side is closed and
 * the peer has `patience_ms` between two signs of life. QTLS_ERR_FILE: the
 * sink failed. */
QTLS_MUST_USE qtls_err interact(qtls_stream *stream, sink *to, int patience_ms);

#endif
