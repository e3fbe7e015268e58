/*
 * Owns the search for paths from a leaf to an anchor: by names and key
 * identifiers alone, depth first, anchors before intermediates, with a bound on
 * the steps. Whether a path is good is somebody else's verdict.
 */
#ifndef Q_PKI_PATH_H
#define Q_PKI_PATH_H

#include "pki/anchor.h"
#include "pki/report.h"

/* Candidates looked at in one search: bounds what a hostile chain can cost. */
#define Q_PKI_STEPS_MAX 2000

/* One certificate of a path with its keys. */
typedef struct q_path_node {
  const q_cert *cert;
  q_pubkey *key;     /* NULL: key_err says why */
  q_pubkey *alt_key;
  qtls_err key_err;
  const q_anchor *anchor; /* NULL for one of the chain */
} q_path_node;

typedef struct q_path {
  size_t count;
  const q_path_node *nodes[Q_PKI_PATH_MAX]; /* leaf first, the anchor last */
} q_path;

/* Judges a complete path; true ends the search, whatever the verdict. */
typedef bool (*q_path_judge)(void *context, const q_path *path);

typedef struct q_path_search {
  const q_trust *trust;
  q_path_node *chain; /* leaf first */
  size_t chain_count;
  q_path_judge judge;
  void *context;
  size_t steps;   /* left */
  size_t reached; /* certificates of the longest path tried */
  qtls_err fatal; /* memory ran out: the search ended early */
} q_path_search;

/* True when the judge ended it. */
bool q_pki_path_search(q_path_search *search);

/* Read the keys of a node that has none yet: fails for want of memory only; a
 * key that cannot be used is noted in the node. */
QTLS_MUST_USE qtls_err q_pki_path_keys(q_path_node *node);

#endif
