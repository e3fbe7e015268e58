/*
 * Where the status of certificates comes from: OCSP responders and revocation lists
 * are asked over HTTP, and what counts is kept, in memory and in a folder, for as long
 * as it says it holds. It answers the status jobs of connections
 * (QTLS_JOB_status, qtls/conn.h).
 *
 * OCSP is asked first, then the lists. Evidence that the library does not accept
 * (qtls_ocsp_judge, qtls_crl_judge) is not kept, neither from the network nor from
 * the folder. Many who ask for one status at once cause one question, and a
 * failure is remembered for a short while.
 *
 * Library: libqtls_status, over libqtls_fetch. Threads: any number at once may use
 * one source; it is freed by one.
 */
#ifndef QTLS_STATUS_SOURCE_H
#define QTLS_STATUS_SOURCE_H

#include "qtls/conn.h"
#include "qtls/fetch.h"
#include "qtls/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How something is fetched: qtls_fetch, or what a test puts in its place. *body
 * goes back with qtls_fetch_free. */
typedef qtls_err (*qtls_fetch_fn)(void *user, uint8_t **body, size_t *size, const qtls_fetch_request *request,
                                  const qtls_fetch_rules *rules, qtls_fetch_problem *why);

/* All zero: the defaults, which each field names. Strings are copied by
 * qtls_status_source_new. */
typedef struct qtls_status_options {
  qtls_fetch_rules rules;       /* one fetch; size_most: 16 MiB for lists, 64 KiB for responses */
  int total_ms;                 /* for all that is fetched about one certificate; 10000 */
  const char *responder_url;    /* ask here; NULL: where the certificate says */
  bool no_ocsp;                 /* ask for lists only */
  bool no_crl;                  /* ask for OCSP only */
  bool nonce;                   /* put one into requests; then nothing that a responder has cached comes back */
  bool post;                    /* never GET, which short requests without nonce else are (RFC 5019 §5) */
  bool whole_urls;              /* problems name URLs with the question that a GET has in them */
  const char *folder;           /* keep evidence in files here too (mode 0700); NULL: in memory only */
  size_t entries;               /* kept in memory; 256 */
  int64_t keep_most_s;          /* evidence is asked for anew after so long, even if it holds longer; 7 days */
  int failure_s;                /* for so long a failure is not tried again; 60. -1: it always is */
  int64_t (*clock)(void *user); /* seconds since 1970; NULL: the system's */
  qtls_fetch_fn fetch;          /* NULL: qtls_fetch */
  /* Hears in one line why a status job got no answer; from any thread. NULL: nobody. */
  void (*tell)(void *user, const char *line);
  void *user; /* of all three */
} qtls_status_options;

typedef struct qtls_status_source qtls_status_source;

/* QTLS_ERR_NO_MEMORY; QTLS_ERR_FILE: the folder cannot be made. */
QTLS_MUST_USE qtls_err qtls_status_source_new(qtls_status_source **out, const qtls_status_options *options,
                                              qtls_fetch_problem *why);
void qtls_status_source_free(qtls_status_source *source); /* NULL is fine */

typedef struct qtls_status_evidence {
  uint8_t *der; /* NULL: none that counts */
  size_t size;
  bool crl;     /* a list; else an OCSP response */
  bool fetched; /* just now, not kept */
  qtls_status_result result;
} qtls_status_evidence;

/*
 * Evidence about `cert`, which `issuer` issued. QTLS_OK when there is some that counts:
 * result.verdict is then QTLS_OK or QTLS_ERR_CERT_REVOKED. Evidence with a right
 * ML-DSA signature goes before one without, which is given when there is no better. What
 * was kept and is out of date is given when nobody answers and it tells of a revocation
 * that is final (qtls/status.h).
 * Else the error of what was tried last, with words about all of it;
 * QTLS_ERR_CERT_STATUS_UNKNOWN: the certificate names nobody to ask.
 */
QTLS_MUST_USE qtls_err qtls_status_find(qtls_status_evidence *out, qtls_status_source *source, const qtls_cert *cert,
                                        const qtls_cert *issuer, qtls_fetch_problem *why);
void qtls_status_evidence_free(qtls_status_evidence *evidence);

/* For qtls_stream_options.on_job with a source as job_user: answers every status
 * job that waits. Jobs of another kind are refused with QTLS_ERR_SIGNER. */
qtls_err qtls_status_answer_jobs(void *source, qtls_conn *conn);
/* The same for a caller whose own time ends sooner: all of it is over in `total_ms`, and what is
 * not had by then could not be had. */
qtls_err qtls_status_answer_jobs_within(qtls_status_source *source, qtls_conn *conn, int total_ms);

/* ---- the parts, for who keeps evidence by himself ---- */

/*
 * Ask `url` about one certificate and judge what comes: QTLS_OK when it counts,
 * with its verdict in out->result. Nothing is kept.
 */
QTLS_MUST_USE qtls_err qtls_status_ask_ocsp(qtls_status_evidence *out, const char *url, const qtls_cert *cert,
                                            const qtls_cert *issuer, const qtls_status_options *options,
                                            qtls_fetch_problem *why);

#define QTLS_STATUS_NAME_MAX 160
/* A file of a folder, at most `most` bytes; the folder is made (mode 0700) when it is not
 * there, and the file appears whole or not at all. *der goes back with
 * qtls_fetch_free. QTLS_ERR_FILE. */
QTLS_MUST_USE qtls_err qtls_status_file_read(uint8_t **der, size_t *size, const char *folder, const char *name,
                                             size_t most);
QTLS_MUST_USE qtls_err qtls_status_file_write(const char *folder, const char *name, const uint8_t *der, size_t size,
                                              qtls_fetch_problem *why);

#ifdef __cplusplus
}
#endif
#endif
