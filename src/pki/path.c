/* Owns the search for paths. */
#include "pki/path.h"

#include "pki/link.h"

qtls_err q_pki_path_keys(q_path_node *node) {
  if (node->key == NULL && node->key_err == QTLS_OK) {
    node->key_err = q_pki_link_key(&node->key, node->cert->spki);
  }
  qtls_err alt = QTLS_OK;
  if (node->alt_key == NULL && node->cert->alt_spki.n > 0) {
    alt = q_pki_link_key(&node->alt_key, node->cert->alt_spki);
  }
  return node->key_err == QTLS_ERR_NO_MEMORY || alt == QTLS_ERR_NO_MEMORY ? QTLS_ERR_NO_MEMORY : QTLS_OK;
}

/* A self-issued certificate that names no key identifier is self-signed, so that
 * nobody else issued it. */
static bool may_issue(const q_cert *issuer, const q_cert *child) {
  return q_pki_cert_may_issue(issuer, child) && (child->aki.n > 0 || !q_base_span_equal(child->issuer, child->subject));
}

static bool on_path(const q_path *path, q_span der) {
  for (size_t i = 0; i < path->count; i++) {
    if (q_base_span_equal(path->nodes[i]->cert->der, der)) {
      return true;
    }
  }
  return false;
}

static bool step(q_path_search *s) {
  if (s->steps == 0) {
    return false;
  }
  s->steps--;
  return true;
}

static bool try_anchors(q_path_search *s, q_path *path, const q_cert *last) {
  for (size_t i = 0; i < s->trust->count; i++) {
    const q_anchor *a = &s->trust->list[i];
    if (!may_issue(&a->cert, last) || on_path(path, a->cert.der)) {
      continue;
    }
    if (!step(s)) {
      return false;
    }
    q_path_node node = {&a->cert, a->key, a->alt_key, a->key_err, a};
    path->nodes[path->count++] = &node;
    bool done = s->judge(s->context, path);
    path->nodes[--path->count] = NULL;
    if (done) {
      return true;
    }
  }
  return false;
}

/* Recursion is at most Q_PKI_CHAIN_MAX deep: a certificate is on a path once. */
static bool extend(q_path_search *s, q_path *path) {
  const q_cert *last = path->nodes[path->count - 1]->cert;
  if (path->count > s->reached) {
    s->reached = path->count;
  }
  if (path->count == Q_PKI_PATH_MAX) {
    return false;
  }
  if (try_anchors(s, path, last)) {
    return true;
  }
  for (size_t i = 1; i < s->chain_count; i++) {
    q_path_node *node = &s->chain[i];
    if (!may_issue(node->cert, last) || on_path(path, node->cert->der)) {
      continue;
    }
    if (!step(s)) {
      return false;
    }
    s->fatal = q_pki_path_keys(node);
    if (s->fatal != QTLS_OK) {
      return true;
    }
    path->nodes[path->count++] = node;
    bool done = extend(s, path);
    path->nodes[--path->count] = NULL;
    if (done) {
      return true;
    }
  }
  return false;
}

bool q_pki_path_search(q_path_search *s) {
  q_path path = {0};
  q_path_node *leaf = &s->chain[0];
  path.nodes[path.count++] = leaf;
  s->steps = Q_PKI_STEPS_MAX;
  s->reached = 1;
  /* A leaf that is in the store is its own anchor: a self-signed certificate
   * that was pinned, or any other put there on purpose. */
  for (size_t i = 0; i < s->trust->count; i++) {
    const q_anchor *a = &s->trust->list[i];
    if (q_base_span_equal(a->cert.der, leaf->cert->der)) {
      leaf->anchor = a;
      bool done = s->judge(s->context, &path);
      leaf->anchor = NULL;
      if (done) {
        return true;
      }
    }
  }
  return extend(s, &path);
}
