/*
 * Owns what is remembered: evidence until it is too old, failures for a moment, and
 * which questions are being asked just now, so that nobody asks them twice.
 */
#ifndef Q_STATUS_CACHE_H
#define Q_STATUS_CACHE_H

#include "ask.h"

typedef struct q_status_cache q_status_cache;
q_status_cache *q_status_cache_new(size_t entries); /* NULL: no memory */
void q_status_cache_free(q_status_cache *cache);

/* The answer to a question, kept, or got by asking. `until_ms` as q_status_ask. */
qtls_err q_status_cache_answer(q_status_cache *cache, qtls_status_evidence *out, const q_status_question *q,
                               const qtls_status_options *options, int64_t until_ms, qtls_fetch_problem *why);

#endif
