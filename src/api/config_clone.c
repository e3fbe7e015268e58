/* Owns the taking over of one configuration by another: what was built is shared,
 * what may still change is copied. */
#include <string.h>

#include "api/config_parts.h"
#include "api/pki_objects.h"
#include "base/owners.h"
#include "pki/sct.h"

static qtls_err copy_bytes(uint8_t **at, size_t n) {
  const uint8_t *from = *at;
  *at = NULL;
  if (from != NULL && n > 0) {
    *at = q_alloc_copy(from, n);
    return *at == NULL ? QTLS_ERR_NO_MEMORY : QTLS_OK;
  }
  return QTLS_OK;
}

static qtls_err share_identities(qtls_config *c, const qtls_config *from) {
  c->ids = from->id_count == 0 ? NULL : q_alloc(from->id_count * sizeof *c->ids);
  c->id_count = 0;
  c->id_cap = from->id_count;
  if (c->ids == NULL) {
    c->id_cap = 0;
    return from->id_count == 0 ? QTLS_OK : QTLS_ERR_NO_MEMORY;
  }
  for (size_t i = 0; i < from->id_count; i++) {
    q_configured_identity *id = &c->ids[i];
    *id = from->ids[i];
    (void)q_pki_identity_ref(id->identity);
    q_owners_add(&id->leaf->owners);
    if (id->staple != NULL) {
      q_owners_add(&id->staple->owners);
    }
    if (id->plain != NULL) {
      q_owners_add(&id->plain->owners);
    }
    if (id->stapled != NULL) {
      q_owners_add(&id->stapled->owners);
    }
    c->id_count++;
  }
  return QTLS_OK;
}

/* Everything that `c`, a copy of `from`, does not own yet. After a failure it
 * owns what it got, and nothing else. */
static qtls_err own_again(qtls_config *c, const qtls_config *from) {
  c->names = (q_server_names){NULL, 0, 0}; /* made anew when it is frozen */
  c->ids = NULL;
  c->id_count = 0;
  c->authorities = NULL;
  c->authorities_n = 0;
  memset(c->request, 0, sizeof c->request);
  c->allow = NULL;
  c->allow_count = 0;
  c->trust = from->trust == NULL ? NULL : q_pki_trust_ref(from->trust);
  c->links = from->links == NULL ? NULL : q_pki_link_cache_ref(from->links);
  c->crls = from->crls == NULL ? NULL : q_config_ref_crls(from->crls);
  c->ct_logs = q_pki_ct_logs_ref(from->ct_logs);
  uint8_t *pins = (uint8_t *)from->pins;
  c->pins = NULL;
  qtls_err alpn = copy_bytes(&c->alpn, from->alpn_n);
  qtls_err pinned = copy_bytes(&pins, from->pin_count * sizeof *from->pins);
  c->pins = (uint8_t(*)[32])(void *)pins;
  qtls_err client_auth = q_config_copy_client_auth(c, from);
  qtls_err identities = share_identities(c, from);
  Q_TRY(alpn);
  Q_TRY(pinned);
  Q_TRY(client_auth);
  return identities;
}

qtls_err qtls_config_clone(qtls_config **out, const qtls_config *config) {
  if (out == NULL || config == NULL) {
    return QTLS_ERR_ARGUMENT;
  }
  *out = NULL;
  qtls_config *c = q_alloc(sizeof *c);
  if (c == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  /* All but the count of owners, which other threads change meanwhile. */
  const size_t from = offsetof(struct qtls_config, owners) + sizeof c->owners;
  memcpy((uint8_t *)c + from, (const uint8_t *)config + from, sizeof *c - from);
  c->owners = 1;
  c->frozen = false;
  c->problem[0] = '\0';
  c->problem_identity = 0;
  qtls_err err = own_again(c, config);
  if (err != QTLS_OK) {
    qtls_config_free(c);
    return err;
  }
  *out = c;
  return QTLS_OK;
}
