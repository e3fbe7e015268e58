/*
 * Owns a served connection as the protocols above it see it: reads that end
 * early when the server is told to stop, and counts of what went through.
 */
#ifndef QTLS_CLI_CHANNEL_H
#define QTLS_CLI_CHANNEL_H

#include <qtls/stream.h>

typedef enum channel_end {
  CHANNEL_open = 0,
  CHANNEL_closed,  /* the peer closed properly */
  CHANNEL_stopped, /* the server stops */
  CHANNEL_silent,  /* nothing came for too long */
  CHANNEL_failed   /* the stream knows why */
} channel_end;

typedef struct channel {
  qtls_stream *stream;
  int stop_fd; /* hangs up when the server stops */
  int idle_ms;
  int head_ms;      /* within which a request's head has to come whole */
  int64_t until_ms; /* a moment of channel_now_ms when reading ends; 0: never */
  uint64_t bytes_in, bytes_out;
  uint64_t requests;
} channel;

int64_t channel_now_ms(void);

/* At least one byte, or the reason why none will come. */
channel_end channel_read(channel *c, void *buf, size_t size, size_t *n);
/* The same, but comes back without a byte once the client has answered a request for
 * authentication, of which `answers` were answered before. */
channel_end channel_read_until(channel *c, void *buf, size_t size, size_t *n, unsigned answers);
bool channel_write(channel *c, const void *data, size_t size);

/* echo: give back what comes until the peer closes its side. */
void channel_echo(channel *c);

#endif
