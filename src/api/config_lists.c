/* Owns the settings that are lists of names. */
#include <string.h>

#include "api/config_parts.h"
#include "handshake/cert_compress.h"

static qtls_err set_list(qtls_config *c, size_t at, q_list_kind kind, const char *list) {
  Q_TRY(q_config_writable(c));
  q_settings defaults;
  q_policy_defaults(&defaults);
  q_codes *own = (q_codes *)(void *)((uint8_t *)&c->settings + at);
  if (list == NULL) {
    memcpy(own, (const uint8_t *)&defaults + at, sizeof *own);
    return QTLS_OK;
  }
  q_text problem = q_config_problem(c);
  return q_policy_parse_list(own, &problem, kind, list);
}

qtls_err qtls_config_set_suites(qtls_config *config, const char *list) {
  return set_list(config, offsetof(q_settings, suites), Q_LIST_SUITES, list);
}

qtls_err qtls_config_set_groups(qtls_config *config, const char *list) {
  return set_list(config, offsetof(q_settings, groups), Q_LIST_GROUPS, list);
}

qtls_err qtls_config_set_schemes(qtls_config *config, const char *list) {
  return set_list(config, offsetof(q_settings, schemes), Q_LIST_SCHEMES, list);
}

qtls_err qtls_config_set_versions(qtls_config *config, const char *list) {
  Q_TRY(q_config_writable(config));
  q_text problem = q_config_problem(config);
  return q_policy_parse_versions(&config->settings.protocols, &problem, list == NULL ? "q-tls1.0:tls1.3" : list);
}

/* "h2,http/1.1" -> 02 'h' '2' 08 'h' ...: the commas become lengths. */
qtls_err qtls_config_set_alpn(qtls_config *config, const char *list) {
  Q_TRY(q_config_writable(config));
  size_t n = list == NULL ? 0 : strlen(list);
  if (n > 16384) {
    return q_config_refuse(config, QTLS_ERR_CONFIG_VALUE, "the ALPN list is too long");
  }
  uint8_t *wire = NULL;
  if (n > 0) {
    wire = q_alloc(n + 1);
    if (wire == NULL) {
      return QTLS_ERR_NO_MEMORY;
    }
  }
  size_t start = 0;
  for (size_t i = 0; n > 0 && i <= n; i++) {
    if (i < n && list[i] != ',') {
      wire[i + 1] = (uint8_t)list[i];
      continue;
    }
    if (i == start || i - start > 255) {
      q_free(wire);
      return q_config_refuse(config, QTLS_ERR_CONFIG_VALUE, "each ALPN name has 1 to 255 bytes, joined by ','");
    }
    wire[start] = (uint8_t)(i - start);
    start = i + 1;
  }
  q_free(config->alpn);
  config->alpn = wire;
  config->alpn_n = n > 0 ? n + 1 : 0;
  return QTLS_OK;
}

qtls_err qtls_config_set_cert_compression(qtls_config *config, const char *list) {
  static const struct {
    const char *name;
    uint8_t code;
  } known[] = {{"zlib", Q_COMPRESS_ZLIB}, {"brotli", Q_COMPRESS_BROTLI}, {"zstd", Q_COMPRESS_ZSTD}};
  Q_TRY(q_config_writable(config));
  uint8_t codes[Q_COMPRESSIONS_MAX];
  size_t count = 0;
  const char *at = list == NULL ? "" : list;
  while (*at != '\0') {
    size_t n = strcspn(at, ":,");
    uint8_t code = 0;
    for (size_t i = 0; i < Q_COUNT(known); i++) {
      if (strlen(known[i].name) == n && strncmp(known[i].name, at, n) == 0) {
        code = known[i].code;
      }
    }
    if (code == 0 || (count > 0 && memchr(codes, code, count) != NULL)) {
      return q_config_refuse(config, QTLS_ERR_CONFIG_VALUE,
                             "certificate compression knows zlib, brotli and zstd, each once, joined by ':'");
    }
    codes[count++] = code;
    at += n;
    at += *at != '\0' ? 1 : 0;
  }
  memcpy(config->compressions, codes, count);
  config->compression_count = count;
  return QTLS_OK;
}
