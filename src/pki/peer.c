/* Owns who a peer is, put together in one block. */
#include "pki/peer.h"

#include <string.h>

#include "pki/info.h"

static size_t room_of(const qtls_cert_info *info) {
  size_t n = sizeof(q_peer) + info->name_count * sizeof(char *);
  n += strlen(info->subject) + strlen(info->issuer) + strlen(info->serial) + strlen(info->key_sha256) + 4;
  for (size_t i = 0; i < info->name_count; i++) {
    n += strlen(info->names[i]) + 1;
  }
  return n;
}

static const char *put(char **at, const char *s) {
  size_t n = strlen(s) + 1;
  char *here = *at;
  memcpy(here, s, n);
  *at += n;
  return here;
}

static qtls_err pack(q_peer **out, const qtls_cert_info *info) {
  q_peer *p = q_alloc(room_of(info));
  if (p == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  const char **names = (const char **)(void *)(p + 1);
  char *at = (char *)(names + info->name_count);
  p->subject = put(&at, info->subject);
  p->issuer = put(&at, info->issuer);
  p->serial = put(&at, info->serial);
  p->spki_sha256 = put(&at, info->key_sha256);
  for (size_t i = 0; i < info->name_count; i++) {
    names[i] = put(&at, info->names[i]);
  }
  p->names = info->name_count > 0 ? names : NULL;
  p->name_count = info->name_count;
  p->not_after = info->not_after;
  *out = p;
  return QTLS_OK;
}

qtls_err q_pki_peer_make(q_peer **out, const q_cert *leaf) {
  q_arena arena = {NULL};
  qtls_cert_info info;
  *out = NULL;
  qtls_err err = q_pki_info_make(&info, &arena, leaf);
  if (err == QTLS_OK) {
    err = pack(out, &info);
  }
  q_arena_free(&arena);
  return err;
}
