/* Owns how the peer's certificate is told (peer.h). */
#include "peer.h"

#include <qtls/pki.h>
#include <string.h>
#include <time.h>

/* Certificate `i` of the peer's chain, or NULL. */
static qtls_cert *load(const qtls_conn *conn, size_t i) {
  const uint8_t *der = NULL;
  size_t n = 0;
  qtls_cert *cert = NULL;
  if (qtls_conn_peer_certificate(conn, i, &der, &n) != QTLS_OK || qtls_cert_load(&cert, der, n) != QTLS_OK) {
    return NULL;
  }
  return cert;
}

static void join_names(char *out, size_t cap, const qtls_cert_info *info) {
  out[0] = '\0';
  for (size_t i = 0; i < info->name_count; i++) {
    size_t used = strlen(out);
    (void)snprintf(out + used, cap - used, "%s%s", i > 0 ? ", " : "", info->names[i]);
  }
}

void peer_print(const qtls_conn *conn, FILE *to) {
  char until[32];
  char names[512];
  char label[24];
  for (size_t i = 0;; i++) {
    qtls_cert *cert = load(conn, i);
    if (cert == NULL) {
      return;
    }
    const qtls_cert_info *info = qtls_cert_read(cert);
    (void)snprintf(label, sizeof label, "certificate %zu", i);
    out_linef(to, label, "%s, %s%s%s", info->subject, info->key_type, info->alt_key_type != NULL ? " and " : "",
              info->alt_key_type != NULL ? info->alt_key_type : "");
    out_linef(to, "  issued by", "%s, with %s%s%s", info->issuer, info->signature_algorithm,
              info->alt_signature_algorithm != NULL ? " and " : "",
              info->alt_signature_algorithm != NULL ? info->alt_signature_algorithm : "");
    if (i == 0) {
      int64_t days = (info->not_after - (int64_t)time(NULL)) / 86400;
      join_names(names, sizeof names, info);
      out_line(to, "  names", names);
      out_linef(to, "  valid until", "%s (%lld days left)", out_time(until, info->not_after), (long long)days);
    }
    qtls_cert_free(cert);
  }
}

void peer_json(const qtls_conn *conn, json *j) {
  char when[32];
  json_begin(j, "certificates", '[');
  for (size_t i = 0;; i++) {
    qtls_cert *cert = load(conn, i);
    if (cert == NULL) {
      break;
    }
    const qtls_cert_info *info = qtls_cert_read(cert);
    json_begin(j, NULL, '{');
    json_string(j, "subject", info->subject);
    json_string(j, "issuer", info->issuer);
    json_begin(j, "names", '[');
    for (size_t n = 0; n < info->name_count; n++) {
      json_string(j, NULL, info->names[n]);
    }
    json_end(j, ']');
    json_string(j, "not_before", out_time_json(when, info->not_before));
    json_string(j, "not_after", out_time_json(when, info->not_after));
    json_string(j, "key", info->key_type);
    json_string(j, "alt_key", info->alt_key_type);
    json_string(j, "signature", info->signature_algorithm);
    json_string(j, "alt_signature", info->alt_signature_algorithm);
    json_string(j, "sha256", info->sha256);
    json_integer(j, "bytes", (int64_t)info->size);
    json_end(j, '}');
    qtls_cert_free(cert);
  }
  json_end(j, ']');
}
