/* Owns HTTP/1.1 over a channel: GET and HEAD for files below a folder, many
 * requests a connection. */
#ifndef QTLS_CLI_HTTP_SERVE_H
#define QTLS_CLI_HTTP_SERVE_H

#include "channel.h"
#include "serve_plan.h"

/* Q-TLS §9: requests a connection. */
enum { HTTP_REQUESTS_MOST = 1000 };

/* Paths that `plan` protects are for clients with a certificate. */
void http_serve(channel *c, int root, const serve_plan *plan);

#endif
