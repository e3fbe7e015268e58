/* Owns evidence in a folder: file names, pruning. What it says is never believed
 * unjudged. Reading and writing are public (qtls/status_source.h). */
#ifndef Q_STATUS_FILES_H
#define Q_STATUS_FILES_H

#include <qtls/status_source.h>

/* The folder, made if it is not there. */
qtls_err q_status_folder(const char *folder, qtls_fetch_problem *why);
/* The name of the file for a key of the cache. */
void q_status_file_name(char out[QTLS_STATUS_NAME_MAX], const char *key, bool crl);
/* Remove files of ours that nobody has written for a month. */
void q_status_prune(const char *folder);

qtls_err q_status_tell(qtls_fetch_problem *why, qtls_err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
