/*
 * Keeping the staples of a server's identities fresh: OCSP responses are fetched in a
 * thread of its own, kept in memory and in a folder, and put into a clone of the
 * configuration, which is then handed over. No handshake waits for any of it.
 *
 *   qtls_stapler_start(&stapler, config, &options, &why);   staples from files and, within
 *                                                           first_wait_ms, from the network
 *   ... publish(user, config) was called: serve with that one ...
 *   qtls_stapler_replace(stapler, other);                   after a reload: certificates that are
 *                                                           still there keep their staples until
 *                                                           new ones, asked for then, are there
 *   qtls_stapler_stop(stapler);
 *
 * Library: libqtls_staple, over libqtls_status. Threads: publish and tell are called
 * from the thread of start and replace and from the stapler's own, never two at once.
 */
#ifndef QTLS_STAPLE_H
#define QTLS_STAPLE_H

#include "qtls/status_source.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct qtls_stapler qtls_stapler;

/* All zero but `publish`: the defaults, which each field names. Strings are copied. */
typedef struct qtls_stapler_options {
  /* How to ask: rules, total_ms, responder_url, nonce, post, folder, clock, fetch and
   * user are used. The folder gets a file SHA256.ocsp for each certificate. */
  qtls_status_options ask;
  int interval_s;      /* ask anew after so long, 3600; with a jitter of a tenth, as all times here */
  int before_expiry_s; /* and so long before a staple ends, 7200; but not before half of its life is over */
  int64_t ttl_s;       /* use a staple for at most so long; 0: as long as it says */
  int retry_s;         /* after a failure, twice as long after each further one, up to the interval; 30 */
  int first_wait_ms;   /* so long start and replace wait for staples that are missing; 10000. -1: they do not */
  bool required;       /* qtls_config_set_staple_required on what is published */
  bool read_only;      /* the folder is read, and nothing is written there; it need not exist */
  bool ask_at_once;    /* what the folder has is sent, and asked for anew however young it is */
  bool no_thread;      /* nothing happens but in qtls_stapler_work */
  /* A frozen configuration to serve with from now on; it is the callee's. */
  void (*publish)(void *user, qtls_config *config);
  void (*tell)(void *user, const char *line); /* what happened, for a log; NULL: nobody hears it */
  void *user;                                 /* of both */
} qtls_stapler_options;

/* `config`: frozen, a server's. Publishes once before it comes back, whatever was found.
 * QTLS_ERR_ARGUMENT, QTLS_ERR_NOT_FROZEN, QTLS_ERR_NO_MEMORY; QTLS_ERR_FILE: the folder
 * cannot be made. That no staple could be had is no error. */
QTLS_MUST_USE qtls_err qtls_stapler_start(qtls_stapler **out, const qtls_config *config,
                                          const qtls_stapler_options *options, qtls_fetch_problem *why);
/* Go on with another configuration; publishes before it comes back. Then all staples are asked for anew, by
 * the thread if there is one; those there are sent meanwhile, and if nobody answers. On failure the old
 * configuration stays. */
QTLS_MUST_USE qtls_err qtls_stapler_replace(qtls_stapler *stapler, const qtls_config *config);
void qtls_stapler_stop(qtls_stapler *stapler); /* ends the thread, frees; NULL is fine */

/* Do what is due, in this thread; gives back when the next work is due (seconds since
 * 1970, by the options' clock; INT64_MAX: never). */
int64_t qtls_stapler_work(qtls_stapler *stapler);

typedef struct qtls_staple_state {
  const char *subject;              /* of the leaf; these strings are good until the next call on the stapler */
  const char *url;                  /* who is asked; NULL: nobody is named */
  bool fresh;                       /* there is a staple that holds now */
  bool revoked;                     /* the responder's last answer said so */
  int64_t this_update, next_update; /* of the staple; 0: none, or it does not say */
  int64_t next_try;                 /* when it is asked for anew */
  unsigned failures;                /* in a row */
  const char *problem;              /* of the last failure; "" if there was none since the last success */
} qtls_staple_state;
/* State of identity `i`. QTLS_ERR_ARGUMENT past the end. */
QTLS_MUST_USE qtls_err qtls_stapler_state(qtls_stapler *stapler, size_t i, qtls_staple_state *out);

#ifdef __cplusplus
}
#endif
#endif
