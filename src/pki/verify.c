/*
 * Owns the verdict on a certificate path: takes the paths that path.c finds,
 * asks rules.c and link.c about each certificate, and sums up.
 */
#include "pki/verify.h"

#include "pki/dual.h"
#include "pki/link.h"
#include "pki/rules.h"

/* Signature checks in one verification. A path of ten hybrid certificates needs
 * twenty; what needs more than this is an attack on our time. */
#define SIGNATURES_MAX 64
/* Paths judged in one verification: rules cost time too. */
#define PATHS_MAX 64
/* More than the signatures of any path. */
#define SCORE_STATUS 1000

typedef struct judge {
  const q_pki_request *req;
  const q_path_node *nodes; /* of the request's chain */
  q_pki_report *report;     /* of the path kept */
  q_pki_report *scratch;
  q_pki_verdict best;
  size_t best_score;
  bool judged; /* at least one path */
  q_links links;
  size_t signatures; /* left, as are the next two */
  size_t paths;
  size_t constraint_work;
} judge;

static bool meets(q_pki_need need, qtls_err primary, qtls_err alternative) {
  switch (need) {
    case Q_PKI_NEED_PRIMARY:
      return primary == QTLS_OK;
    case Q_PKI_NEED_ALTERNATIVE:
      return alternative == QTLS_OK;
    case Q_PKI_NEED_BOTH:
      return primary == QTLS_OK && alternative == QTLS_OK;
    case Q_PKI_NEED_ANY:
      return primary == QTLS_OK || alternative == QTLS_OK;
  }
  return false;
}

/* The error that decided. */
static qtls_err deciding(q_pki_need need, qtls_err primary, qtls_err alternative) {
  if (meets(need, primary, alternative)) {
    return QTLS_OK;
  }
  if (need == Q_PKI_NEED_ALTERNATIVE || (need == Q_PKI_NEED_BOTH && primary == QTLS_OK)) {
    return alternative;
  }
  return primary;
}

/* The primary signature of certificate `at`; the anchor's was judged when it
 * entered the store. */
static qtls_err primary_of(judge *j, const q_path *path, size_t at) {
  const q_path_node *node = path->nodes[at];
  if (at == 0 && node->key == NULL) {
    return node->key_err;
  }
  if (node->anchor != NULL) {
    return node->key == NULL ? node->key_err : node->anchor->self_primary;
  }
  const q_path_node *issuer = path->nodes[at + 1];
  if (issuer->key == NULL) {
    return issuer->key_err;
  }
  if (q_pki_links_know(&j->links, node->cert, issuer->cert, Q_LINK_PRIMARY)) {
    return QTLS_OK;
  }
  if (j->signatures == 0) {
    return QTLS_ERR_CERT_MANY;
  }
  j->signatures--;
  return q_pki_links_learn(&j->links, q_pki_link_primary(node->cert, issuer->key));
}

static qtls_err alternative_of(judge *j, const q_path *path, size_t at) {
  const q_path_node *node = path->nodes[at];
  if (node->alt_key == NULL) { /* Q-TLS §4: anchors of a hybrid path have both keys */
    return node->anchor != NULL && at > 0 ? QTLS_ERR_CERT_ANCHOR_ALT : QTLS_ERR_CERT_ALT_MISSING;
  }
  if (node->anchor != NULL) {
    return node->anchor->self_alternative;
  }
  const q_path_node *issuer = path->nodes[at + 1];
  if (issuer->alt_key == NULL) {
    return issuer->anchor != NULL ? QTLS_ERR_CERT_ANCHOR_ALT : QTLS_ERR_CERT_ALT_MISSING;
  }
  if (q_pki_links_know(&j->links, node->cert, issuer->cert, Q_LINK_ALTERNATIVE)) {
    return QTLS_OK;
  }
  if (j->signatures == 0) {
    return QTLS_ERR_CERT_MANY;
  }
  j->signatures--;
  return q_pki_links_learn(&j->links, q_pki_link_alternative(node->cert, issuer->alt_key));
}

/* Is everything on the primary path ML-DSA, from the leaf's key to the anchor's? */
static bool all_mldsa(const q_path *path) {
  for (size_t i = 0; i < path->count; i++) {
    const q_path_node *node = path->nodes[i];
    if (node->key == NULL || !q_key_is_mldsa(q_crypto_pubkey_type(node->key))) {
      return false;
    }
  }
  return true;
}

/* Steps along one path: failure until the last certificate was found good. */
typedef struct track {
  qtls_err err;
  size_t at;
  size_t good; /* certificates found good */
} track;

static track finish(track t, const q_path *path) {
  if (path->count > 0 && t.good == path->count) {
    t.err = QTLS_OK;
  }
  return t;
}

/* The rules of every certificate; they count for both kinds of signature. */
static track judge_rules(judge *j, const q_path *path) {
  track t = {QTLS_ERR_CERT_UNKNOWN_CA, 0, 0};
  bool failed = false;
  for (size_t i = 0; i < path->count; i++) {
    qtls_err err = q_pki_rules_check(path, i, j->req, &j->constraint_work);
    j->scratch->rows[i].rules = err;
    if (err == QTLS_OK) {
      t.good++;
    } else if (!failed) {
      failed = true;
      t.err = err;
      t.at = i;
    }
  }
  return finish(t, path);
}

/* The signatures of one kind, leaf to anchor, up to the first failure. */
static track judge_signatures(judge *j, const q_path *path, bool alternative) {
  track t = {QTLS_ERR_CERT_UNKNOWN_CA, 0, 0};
  for (size_t i = 0; i < path->count; i++) {
    q_pki_report_row *row = &j->scratch->rows[i];
    qtls_err err = alternative ? alternative_of(j, path, i) : primary_of(j, path, i);
    if (alternative) {
      row->alternative = err;
      row->alternative_judged = true;
    } else {
      row->primary = err;
      row->primary_judged = true;
    }
    if (err != QTLS_OK) {
      t.err = err;
      t.at = i;
      return t;
    }
    t.good++;
  }
  return finish(t, path);
}

/* Where a certificate of the path stands in the request's chain. */
static size_t index_of(const judge *j, const q_path_node *node) {
  for (size_t i = 0; i < j->req->chain_count; i++) {
    if (node == &j->nodes[i]) {
      return i;
    }
  }
  return SIZE_MAX;
}

/* Was a certificate of this path, good but for that, revoked? */
static track judge_status(q_pki_verdict *v, const judge *j, const q_path *path) {
  q_status_link links[Q_PKI_CHAIN_MAX];
  q_dual_signer issuers[Q_PKI_CHAIN_MAX];
  track t = {QTLS_ERR_CERT_STATUS_UNKNOWN, 0, 0};
  bool own_anchor = path->nodes[0]->anchor != NULL; /* a leaf that is in the store */
  size_t count = own_anchor ? 1 : path->count - 1;
  if (count == 0 || count > Q_PKI_CHAIN_MAX) {
    t.err = QTLS_ERR_INTERNAL;
    return t;
  }
  for (size_t i = 0; i < count; i++) {
    const q_path_node *issuer = own_anchor ? NULL : path->nodes[i + 1];
    if (issuer != NULL) {
      issuers[i] = (q_dual_signer){issuer->cert, issuer->key, issuer->alt_key};
    }
    links[i] = (q_status_link){path->nodes[i]->cert, issuer != NULL ? &issuers[i] : NULL, index_of(j, path->nodes[i])};
  }
  q_status_question question = {.asked = j->req->revocation,
                                .chain = j->req->chain,
                                .chain_count = j->req->chain_count,
                                .pqc_needed = j->req->revocation->pqc_needed || j->req->need == Q_PKI_NEED_BOTH ||
                                              j->req->need == Q_PKI_NEED_ALTERNATIVE,
                                .now = j->req->now,
                                .memory = j->req->links};
  t.err = q_pki_revocation_judge(v->status, &t.at, &question, links, count);
  v->status_count = count;
  return t;
}

/* The status enters the verdict as what is true of both kinds of signature.
 * True when no other path can help: the leaf's status is the same on all. */
static bool apply_status(q_pki_verdict *v, const judge *j, const q_path *path) {
  track status = judge_status(v, j, path);
  if (status.err == QTLS_OK) {
    return true;
  }
  v->primary = status.err;
  v->alternative = path->nodes[0]->alt_key != NULL ? status.err : v->alternative;
  v->at = status.at;
  return status.at == 0;
}

static bool judge_path(void *context, const q_path *path) {
  judge *j = context;
  if (j->paths == 0 || j->signatures == 0) {
    return true;
  }
  j->paths--;
  *j->scratch = (q_pki_report){0};
  q_pki_links_begin(&j->links);
  j->scratch->count = path->count;
  for (size_t i = 0; i < path->count; i++) {
    q_pki_report_row *row = &j->scratch->rows[i];
    row->cert = *path->nodes[i]->cert;
    row->anchor = path->nodes[i]->anchor != NULL;
    row->rules = row->primary = row->alternative = QTLS_ERR_CERT_UNKNOWN_CA;
  }
  track rules = judge_rules(j, path);
  const track unasked = {QTLS_ERR_CERT_UNKNOWN_CA, 0, 0};
  bool all = !j->req->only_needed;
  track primary = all || j->req->need != Q_PKI_NEED_ALTERNATIVE ? judge_signatures(j, path, false) : unasked;
  track alternative = all || j->req->need != Q_PKI_NEED_PRIMARY ? judge_signatures(j, path, true) : unasked;
  size_t score = primary.good + alternative.good + (rules.err == QTLS_OK ? 1 : 0);
  q_pki_verdict v = {
      .primary = rules.err != QTLS_OK ? rules.err : primary.err,
      .alternative = rules.err != QTLS_OK && path->nodes[0]->alt_key != NULL ? rules.err : alternative.err,
      .alternative_present = path->nodes[0]->cert->alt_spki.n > 0,
      .primary_pqc = all_mldsa(path),
      .path_length = path->count};
  qtls_err decided = deciding(j->req->need, v.primary, v.alternative);
  v.at = rules.err != QTLS_OK ? rules.at : decided == v.primary && decided != QTLS_OK ? primary.at : alternative.at;
  bool done = decided == QTLS_OK;
  if (done) {
    q_pki_links_keep(&j->links);
  }
  if (done && j->req->revocation != NULL) {
    score = SCORE_STATUS; /* nothing but its status is against this path */
    done = apply_status(&v, j, path);
  }
  if (done || !j->judged || score > j->best_score) {
    j->best = v;
    j->best_score = score;
    if (j->report != NULL) {
      *j->report = *j->scratch;
    }
  }
  j->judged = true;
  return done;
}

/* The certificates as they came: each must parse, used or not. */
static qtls_err parse_chain(q_path_node *nodes, q_cert *certs, q_pki_verdict *out, const q_pki_request *req) {
  for (size_t i = 0; i < req->chain_count; i++) {
    out->at = i;
    Q_TRY(q_pki_cert_parse(&certs[i], req->chain[i]));
    nodes[i].cert = &certs[i];
  }
  out->at = 0;
  return q_pki_path_keys(&nodes[0]);
}

/* Hand over what the search decided; the keys stay with the caller. */
static qtls_err conclude(q_pki_verdict *out, const judge *j, const q_path_search *search) {
  if (search->fatal != QTLS_OK || !j->judged) {
    qtls_err err = search->fatal != QTLS_OK ? search->fatal
                   : search->steps == 0     ? QTLS_ERR_CERT_MANY
                                            : QTLS_ERR_CERT_UNKNOWN_CA;
    out->primary = err;
    out->alternative = out->alternative_present ? err : QTLS_ERR_CERT_ALT_MISSING;
    out->at = search->reached - 1;
    return deciding(j->req->need, out->primary, out->alternative);
  }
  *out = j->best;
  return deciding(j->req->need, out->primary, out->alternative);
}

static qtls_err search_and_judge(q_pki_verdict *out, q_pki_report *report, const q_pki_request *req,
                                 q_path_node *nodes) {
  q_pki_report scratch = {0};
  judge j = {.req = req,
             .nodes = nodes,
             .links = {.cache = req->links, .now = req->now},
             .report = report,
             .scratch = &scratch,
             .signatures = SIGNATURES_MAX,
             .paths = PATHS_MAX,
             .constraint_work = Q_PKI_CONSTRAINT_WORK};
  q_path_search search = {
      .trust = req->trust, .chain = nodes, .chain_count = req->chain_count, .judge = judge_path, .context = &j};
  (void)q_pki_path_search(&search); /* the verdict is the judge's, not this */
  if (report != NULL) {
    report->signatures = SIGNATURES_MAX - j.signatures;
  }
  return conclude(out, &j, &search);
}

qtls_err q_pki_verify_report(q_pki_verdict *out, q_pki_report *report, const q_pki_request *req) {
  *out = (q_pki_verdict){.primary = QTLS_ERR_CERT_UNKNOWN_CA, .alternative = QTLS_ERR_CERT_ALT_MISSING};
  if (report != NULL) {
    *report = (q_pki_report){.name = QTLS_ERR_CERT_NAME};
  }
  if (req->trust == NULL || req->chain == NULL || req->chain_count == 0) {
    out->primary = QTLS_ERR_ARGUMENT;
    return QTLS_ERR_ARGUMENT;
  }
  if (req->chain_count > Q_PKI_CHAIN_MAX) { /* Q-TLS §11 */
    out->primary = QTLS_ERR_CERT_MANY;
    return QTLS_ERR_CERT_MANY;
  }
  q_cert certs[Q_PKI_CHAIN_MAX];
  q_path_node nodes[Q_PKI_CHAIN_MAX] = {{0}};
  qtls_err err = parse_chain(nodes, certs, out, req);
  out->alternative_present = nodes[0].cert != NULL && certs[0].alt_spki.n > 0;
  if (err != QTLS_OK) {
    out->primary = err;
    out->alternative = err;
  } else {
    err = search_and_judge(out, report, req, nodes);
    if (report != NULL) {
      report->name = req->name == NULL ? QTLS_OK : q_pki_name_check(&certs[0], req->name);
    }
  }
  out->key = nodes[0].key;
  out->alt_key = nodes[0].alt_key;
  for (size_t i = 1; i < req->chain_count; i++) {
    q_crypto_pubkey_free(nodes[i].key);
    q_crypto_pubkey_free(nodes[i].alt_key);
  }
  return err;
}

qtls_err q_pki_verify(q_pki_verdict *out, const q_pki_request *req) { return q_pki_verify_report(out, NULL, req); }

void q_pki_verdict_free(q_pki_verdict *v) {
  q_crypto_pubkey_free(v->key);
  q_crypto_pubkey_free(v->alt_key);
  v->key = NULL;
  v->alt_key = NULL;
}
