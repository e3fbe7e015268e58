/* Owns where received data goes: standard output, a file that appears whole or
 * not at all, or nowhere. */
#ifndef QTLS_CLI_SINK_H
#define QTLS_CLI_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct sink {
  int fd;           /* -1: data is counted only */
  const char *path; /* NULL: not a file */
  char *target;     /* the file's own name, where `path` is a link to it; else a copy of it */
  char *temporary;
  uint64_t bytes;
  char problem[512]; /* "" while all is well */
} sink;

void sink_nowhere(sink *s);
void sink_stdout(sink *s);
/* A temporary file beside `path`, or beside the file that `path` is a link to; `path`
 * itself if that is a device, a pipe or an open descriptor ("/dev/stdout"). Until the
 * file has its name or is dropped, signals that end the process remove it first. One
 * at a time. False with s->problem set. */
bool sink_file(sink *s, const char *path);
bool sink_put(sink *s, const void *data, size_t n);
/* The data is whole: give the file its name. */
bool sink_keep(sink *s);
/* It is not, or it was kept already: remove what is left. */
void sink_drop(sink *s);

#endif
