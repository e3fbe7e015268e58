/* Owns files of keys and certificates: read whole, written whole or not at all,
 * never over what is there. */
#ifndef QTLS_CLI_DISK_H
#define QTLS_CLI_DISK_H

#include <stdbool.h>
#include <stddef.h>

enum { DISK_PROBLEM = 512, DISK_PATH = 4096 };

/* A file as a block with a zero behind it, for disk_forget. A `secret` one that
 * others may read is refused. False with words in `problem`. */
bool disk_read(char **out, size_t *n, const char *path, bool secret, char problem[DISK_PROBLEM]);
void disk_forget(char *p, size_t n); /* wipes; NULL is fine */

typedef struct disk_file {
  const char *path;
  const char *data;
  size_t n;
  bool secret; /* mode 0600; else what the umask leaves of 0644 */
} disk_file;

/* A new file beside `path` to write, which may get its name later: PATH.1f0e2d3c.new,
 * with `mode` as the umask leaves it. -1 with errno. */
int disk_temporary(char name[DISK_PATH], const char *path, unsigned mode);

/* All of them under their names, or none. None may be there already. */
bool disk_write_new(const disk_file *files, size_t count, char problem[DISK_PROBLEM]);

/* A file in place of the one that is there: readers see either, whole, and what
 * is there after a crash is one of the two. */
bool disk_replace(const char *path, const char *data, size_t n, char problem[DISK_PROBLEM]);

/* Could this file be written, or this folder and those above it be made? Nothing is: for who only asks. */
bool disk_may_write(const char *path, bool is_folder, char problem[DISK_PROBLEM]);

#endif
