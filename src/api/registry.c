/* Owns the public look-ups of names and the version. */
#include "qtls/registry.h"

#include "crypto/version.h"
#include "qtls/qtls.h"
#include "registry/registry.h"

const char *qtls_list_name(qtls_list list, size_t i, uint16_t *code) {
  const q_suite *suite = list == QTLS_LIST_suites ? q_suite_at(i) : NULL;
  const q_group *group = list == QTLS_LIST_groups ? q_group_at(i) : NULL;
  const q_scheme *scheme = list == QTLS_LIST_schemes ? q_scheme_at(i) : NULL;
  const q_ext_row *ext = list == QTLS_LIST_extensions ? q_ext_at(i) : NULL;
  uint16_t found = 0;
  const char *name = NULL;
  if (suite != NULL) {
    found = suite->code;
    name = suite->name;
  } else if (group != NULL) {
    found = group->code;
    name = group->name;
  } else if (scheme != NULL) {
    found = scheme->code;
    name = scheme->name;
  } else if (ext != NULL) {
    found = ext->code;
    name = ext->name;
  }
  if (code != NULL) {
    *code = found;
  }
  return name;
}

const char *qtls_code_name(qtls_list list, uint16_t code) {
  uint16_t at = 0;
  const char *name = NULL;
  for (size_t i = 0; (name = qtls_list_name(list, i, &at)) != NULL; i++) {
    if (at == code) {
      return name;
    }
  }
  return NULL;
}

const char *qtls_message_name(uint8_t type) { return q_msg_name(type); }

const char *qtls_version(void) { return QTLS_VERSION_STRING; }

const char *qtls_crypto_version(void) { return q_crypto_version(); }
