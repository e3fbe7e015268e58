/* Owns the files that are served: found below one folder and nowhere else. */
#ifndef QTLS_CLI_HTTP_FILES_H
#define QTLS_CLI_HTTP_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* What is served for a folder. */
#define HTTP_INDEX "index.html"

typedef struct http_file {
  int fd;
  struct stat st;
  const char *type; /* its Content-Type */
} http_file;

/* `path` as http_path_decode makes it, below the folder `root`. 0 with a file
 * that is open, or 301 (a folder without its slash), 404, 500. Symbolic links
 * are not followed, whatever they point at. */
int http_file_open(http_file *out, int root, const char *path, bool folder);

#endif
