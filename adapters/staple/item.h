/*
 * Owns one certificate whose staple is kept fresh: whom to ask, what is in hand, and when
 * to ask again. No threads: whoever calls holds the stapler's lock, but for
 * q_staple_ask, which only reads what never changes.
 */
#ifndef Q_STAPLE_ITEM_H
#define Q_STAPLE_ITEM_H

#include <qtls/staple.h>

enum { Q_STAPLE_MOST = 64 * 1024 };

typedef struct q_staple_item {
  unsigned refs;
  /* These never change. */
  char sha256[65]; /* of the certificate */
  qtls_cert *leaf;
  qtls_cert *issuer; /* NULL: not in the chain */
  char *url;         /* NULL: nobody to ask */
  /* These do. */
  uint8_t *der; /* NULL: no staple */
  size_t size;
  int64_t this_update, next_update;
  int64_t end; /* when it may no longer be sent */
  int64_t next_try;
  unsigned failures;
  bool tried; /* asked at least once, well or not */
  bool busy;  /* being asked for */
  bool again; /* and to be asked for once more: what comes may be older than the wish for it */
  bool revoked;
  char problem[600];
} q_staple_item;

typedef struct q_staple_item_list {
  q_staple_item **p;
  size_t n;
} q_staple_item_list;

/* The items of a configuration's identities, in their order; those that `old` has
 * too are shared with it. */
qtls_err q_staple_items_make(q_staple_item_list *out, const qtls_config *config, const q_staple_item_list *old,
                             const qtls_stapler_options *options, int64_t now);
void q_staple_items_free(q_staple_item_list *list);
void q_staple_item_drop(q_staple_item *item);

/* It is to be asked for at once. */
void q_staple_hurry(q_staple_item *item, int64_t now);
/* Ask for the item's staple. The lock is not held. */
qtls_err q_staple_ask(qtls_status_evidence *out, const q_staple_item *item, const qtls_stapler_options *options,
                      qtls_fetch_problem *why);
/* Take in how asking went. True when what is to be sent has changed. `line`: for the log. */
bool q_staple_take(q_staple_item *item, qtls_err err, qtls_status_evidence *got, const qtls_fetch_problem *why,
                   const qtls_stapler_options *options, int64_t now, char line[800]);
/* When it is to be asked for; INT64_MAX: nobody is to be asked, or somebody is just now. */
int64_t q_staple_due(const q_staple_item *item, const qtls_stapler_options *options, int64_t now);
/* Drop a staple whose time is over. True when there was one. */
bool q_staple_expire(q_staple_item *item, int64_t now, char line[800]);

int64_t q_staple_now(const qtls_stapler_options *options);

#endif
