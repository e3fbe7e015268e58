/* Owns the further demands on a peer's path: pinned keys, and the memory of links
 * that were found good. */
#include <string.h>

#include "api/config_parts.h"

qtls_err qtls_config_add_pin(qtls_config *config, const uint8_t sha256[32]) {
  Q_TRY(q_config_writable(config));
  if (sha256 == NULL) {
    return QTLS_ERR_ARGUMENT;
  }
  for (size_t i = 0; i < config->pin_count; i++) {
    if (memcmp(config->pins[i], sha256, sizeof config->pins[i]) == 0) {
      return QTLS_OK;
    }
  }
  if (config->pin_count == Q_PINS_MAX) {
    return q_config_refuse(config, QTLS_ERR_CONFIG_VALUE, "no more than 64 pins");
  }
  uint8_t(*pins)[32] = q_alloc((config->pin_count + 1) * sizeof *pins);
  if (pins == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  if (config->pin_count > 0) {
    memcpy(pins, config->pins, config->pin_count * sizeof *pins);
  }
  memcpy(pins[config->pin_count], sha256, sizeof *pins);
  q_free(config->pins);
  config->pins = pins;
  config->pin_count++;
  return QTLS_OK;
}

qtls_err qtls_config_set_link_cache(qtls_config *config, unsigned links) {
  Q_TRY(q_config_writable(config));
  if (links > Q_LINK_CACHE_MAX) {
    return q_config_refuse(config, QTLS_ERR_CONFIG_VALUE, "the link cache has room for 0 to 65536 links");
  }
  q_link_cache *fresh = NULL;
  if (links > 0) {
    Q_TRY(q_pki_link_cache_new(&fresh, links));
  }
  q_pki_link_cache_free(config->links);
  config->links = fresh;
  return QTLS_OK;
}

qtls_err qtls_config_set_strict_sni(qtls_config *config, bool on) {
  Q_TRY(q_config_writable(config));
  config->strict_sni = on;
  return QTLS_OK;
}
