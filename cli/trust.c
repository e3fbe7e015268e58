/* Owns the options of connect about whom to believe (trust.h). */
#include "trust.h"

#include <stdlib.h>
#include <string.h>

#include "settings.h"

/* "sha256/BASE64" and the like, as other programs show pins; or hexadecimal. */
static bool read_pin(uint8_t out[32], const char *text) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  static const char hex[] = "0123456789abcdefABCDEF";
  uint32_t bits = 0;
  size_t n = 0;
  if (strlen(text) == 64 && strspn(text, hex) == 64) {
    for (size_t i = 0; i < 32; i++) {
      const char two[3] = {text[2 * i], text[2 * i + 1], '\0'};
      out[i] = (uint8_t)strtoul(two, NULL, 16);
    }
    return true;
  }
  if (strncmp(text, "sha256/", 7) == 0) {
    text += text[7] == '/' && strlen(text) == 52 ? 8 : 7;
  }
  if (strlen(text) != 44 || strspn(text, letters) != 43 || text[43] != '=') {
    return false;
  }
  for (size_t i = 0; i < 43; i++) {
    size_t have = (i + 1) * 6;
    bits = bits << 6 | (uint32_t)(strchr(letters, text[i]) - letters);
    if (have >= (n + 1) * 8) {
      out[n] = (uint8_t)(bits >> (have - (n + 1) * 8));
      n++;
    }
  }
  return n == 32;
}

static int add_pins(const cli_args *args, qtls_config *config) {
  const char *text = NULL;
  for (size_t i = 0; (text = cli_value_at(args, "pin", i)) != NULL; i++) {
    uint8_t pin[32];
    if (!read_pin(pin, text)) {
      return cli_usage_error(args,
                             "--pin \"%s\": this is not a SHA-256: 64 hexadecimal digits, or 44 letters of base64; "
                             "qtls inspect shows those of a certificate",
                             text);
    }
    qtls_err err = qtls_config_add_pin(config, pin);
    if (err != QTLS_OK) {
      return settings_failure(args, config, err, "pin");
    }
  }
  return CLI_OK;
}

int trust_load(const cli_args *args, qtls_config *config) {
  const char *place = NULL;
  if (!cli_has(args, "trust")) {
    return cli_failure(args,
                       "no trust anchor is given, so nobody could be believed; name the certification authority's "
                       "certificate: --trust ca/root.pem (qtls pki init makes one), or the system's: --trust system");
  }
  for (size_t i = 0; (place = cli_value_at(args, "trust", i)) != NULL; i++) {
    qtls_stream_problem why;
    if (qtls_config_load_trust_from(config, place, NULL, &why) != QTLS_OK) {
      return cli_failure(args, "--trust %s", why.text);
    }
  }
  return add_pins(args, config);
}
