/* Owns how an established session is told (session.h). */
#include "session.h"

#include <string.h>

const char *session_policy_name(qtls_policy policy) {
  switch (policy) {
    case QTLS_POLICY_require_both:
      return "require_both";
    case QTLS_POLICY_require_pqc:
      return "require_pqc";
    case QTLS_POLICY_require_any:
      return "require_any";
  }
  return "unknown";
}

const char *session_verdict_name(qtls_signature_verdict verdict) {
  switch (verdict) {
    case QTLS_SIGNATURE_absent:
      return "absent";
    case QTLS_SIGNATURE_verified:
      return "verified";
    case QTLS_SIGNATURE_refused:
      return "refused";
  }
  return "unknown";
}

static const char *verdict_text(qtls_signature_verdict verdict, bool client) {
  if (!client) {
    return verdict == QTLS_SIGNATURE_absent ? "none" : "sent";
  }
  switch (verdict) {
    case QTLS_SIGNATURE_absent:
      return "none";
    case QTLS_SIGNATURE_verified:
      return "verified: the handshake and every certificate of the path";
    case QTLS_SIGNATURE_refused:
      return "REFUSED: there, and wrong or not trusted";
  }
  return "unknown";
}

static bool is_qtls(const qtls_info *info) {
  return info->protocol != NULL && strncmp(info->protocol, "Q-TLS", 5) == 0;
}

static bool is_quantum_safe(const char *group) {
  return group != NULL && (strstr(group, "MLKEM") != NULL || strstr(group, "kyber") != NULL);
}

static const char *authentication_text(const qtls_info *info) {
  if (info->authentication == NULL || strcmp(info->authentication, "classical") != 0) {
    return info->authentication;
  }
  return is_quantum_safe(info->group) ? "classical (only the key exchange is quantum-safe)"
                                      : "classical (and nothing else here is quantum-safe)";
}

/* What is known of the peer's leaf; of a server, whether it sent a staple. */
static void print_status(const qtls_info *info, bool client, FILE *to) {
  char until[32];
  if (!client) {
    out_line(to, "stapled", info->stapled ? "yes" : NULL);
    return;
  }
  if (info->status == NULL || strcmp(info->status, "not asked") == 0) {
    return;
  }
  bool known = strcmp(info->status, "good") == 0;
  out_linef(to, "revocation", "%s%s%s%s", known ? "not revoked" : "not known",
            info->stapled ? ", by the staple"
            : known       ? ", by an answer fetched or a list"
                          : "",
            info->status_next_update > 0 ? ", which holds until " : "",
            info->status_next_update > 0 ? out_time(until, info->status_next_update) : "");
}

void session_print(const qtls_conn *conn, bool client, FILE *to) {
  qtls_info info;
  qtls_conn_get_info(conn, &info);
  out_line(to, "protocol", info.protocol);
  out_linef(to, "suite", "%s (0x%04X)", info.suite != NULL ? info.suite : "none", info.suite_code);
  if (info.classical_group != NULL) {
    out_linef(to, "key exchange", "%s + %s", info.group, info.classical_group);
  } else {
    out_line(to, "key exchange", info.group);
  }
  out_line(to, "signed with", info.scheme);
  out_line(to, "ML-DSA", verdict_text(info.pqc_signature, client));
  out_line(to, "classical", verdict_text(info.classical_signature, client));
  out_line(to, "authentication", authentication_text(&info));
  if (is_qtls(&info)) {
    out_line(to, "policy", session_policy_name(info.policy));
  }
  print_status(&info, client, to);
  out_line(to, "name", info.server_name);
  out_line(to, "ALPN", info.alpn);
  if (info.hello_retry) {
    out_line(to, "hello retry", info.cookie_used ? "yes, with a cookie" : "yes");
  }
  out_line(to, "compressed", info.cert_compression);
  if (info.peer_hsm_known) {
    out_linef(to, "peer's token", "random %s, ML-DSA and ML-KEM %s, FIPS %s, %u operations/s",
              info.peer_hsm_rng ? "yes" : "no", info.peer_hsm_accel ? "yes" : "no", info.peer_hsm_fips ? "yes" : "no",
              (unsigned)info.peer_hsm_operations);
  }
}

void session_json(const qtls_conn *conn, json *j) {
  qtls_info info;
  qtls_conn_get_info(conn, &info);
  json_string(j, "protocol", info.protocol);
  json_string(j, "suite", info.suite);
  json_integer(j, "suite_code", info.suite_code);
  json_string(j, "group", info.group);
  json_string(j, "classical_group", info.classical_group);
  json_string(j, "scheme", info.scheme);
  json_integer(j, "scheme_code", info.scheme_code);
  json_string(j, "pqc_signature", session_verdict_name(info.pqc_signature));
  json_string(j, "classical_signature", session_verdict_name(info.classical_signature));
  json_string(j, "authentication", info.authentication);
  json_string(j, "policy", is_qtls(&info) ? session_policy_name(info.policy) : NULL);
  json_string(j, "alpn", info.alpn);
  json_string(j, "server_name", info.server_name);
  json_bool(j, "client_certificate_asked", info.client_identity_asked);
  json_bool(j, "client_certificate_sent", info.client_identity_sent);
  json_string(j, "client_authentication", info.client_authentication);
  json_bool(j, "hello_retry", info.hello_retry);
  json_bool(j, "cookie", info.cookie_used);
  json_string(j, "cert_compression", info.cert_compression);
  char until[32];
  json_string(j, "status", info.status);
  json_bool(j, "stapled", info.stapled);
  json_string(j, "status_next_update",
              info.status_next_update > 0 ? out_time_json(until, info.status_next_update) : NULL);
  json_integer(j, "key_updates_sent", (int64_t)info.key_updates_sent);
  json_integer(j, "key_updates_received", (int64_t)info.key_updates_received);
}
