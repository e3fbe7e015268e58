/*
 * The key log file: the secrets of connections in the format of RFC 9850, which
 * Wireshark and others read. For debugging only: who holds the file can decrypt
 * the connections.
 *
 *   qtls_keylog *log;
 *   qtls_keylog_open(&log, "keys.log", problem, sizeof problem);
 *   qtls_config_set_keylog(config, qtls_keylog_write, log);
 *
 * Library: libqtls_keylog. Thread rule: any number of threads may write.
 */
#ifndef QTLS_KEYLOG_H
#define QTLS_KEYLOG_H

#include "qtls/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct qtls_keylog qtls_keylog;

/* Open for appending; created readable by the owner only (0600), and a file that
 * others may read is refused. QTLS_ERR_FILE with one line in `problem` (cap
 * bytes, may be NULL). Must outlive every configuration that it is given to. */
QTLS_MUST_USE qtls_err qtls_keylog_open(qtls_keylog **out, const char *path, char *problem, size_t cap);

/* For qtls_config_set_keylog, with the qtls_keylog as `user`. A line that cannot
 * be written is lost. */
void qtls_keylog_write(void *keylog, const char *line);

void qtls_keylog_close(qtls_keylog *keylog); /* NULL is fine */

#ifdef __cplusplus
}
#endif
#endif
