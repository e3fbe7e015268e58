/* Owns default settings and the judgement of the floor. */
#include "policy/settings.h"

#include <string.h>

static const uint16_t default_suites[] = {Q_SUITE_QTLS_HYBRID, Q_SUITE_QTLS_PQC, Q_SUITE_AES256_GCM_SHA384,
                                          Q_SUITE_CHACHA20_POLY1305_SHA256, Q_SUITE_AES128_GCM_SHA256};

/* Quantum-safe ones first; secp384r1 first among the classical, because Q-TLS
 * pairs it with kyber1024 (Q-TLS §3); kyber512 only if configured (§2). */
static const uint16_t default_groups[] = {
    Q_GROUP_X25519MLKEM768, Q_GROUP_SECP384R1MLKEM1024, Q_GROUP_SECP256R1MLKEM768, Q_GROUP_MLKEM1024,
    Q_GROUP_MLKEM768,       Q_GROUP_SECP384R1,          Q_GROUP_X25519,            Q_GROUP_SECP256R1,
    Q_GROUP_SECP521R1,      Q_GROUP_KYBER1024,          Q_GROUP_KYBER768};

static void fill(q_codes *out, const uint16_t *codes, size_t count) {
  memcpy(out->code, codes, count * sizeof codes[0]);
  out->count = count;
}

void q_policy_defaults(q_settings *out) {
  memset(out, 0, sizeof *out);
  out->floor = QTLS_FLOOR_pq_kex;
  out->policy = QTLS_POLICY_require_both;
  out->shares = QTLS_KEY_SHARES_pq;
  out->priority = 255;
  out->protocols = Q_PROTO_QTLS10 | Q_PROTO_TLS13;
  fill(&out->suites, default_suites, Q_COUNT(default_suites));
  fill(&out->groups, default_groups, Q_COUNT(default_groups));
  for (size_t i = 0; q_scheme_at(i) != NULL; i++) {
    if ((q_scheme_at(i)->protocols & (Q_PROTO_QTLS10 | Q_PROTO_TLS13)) != 0) {
      out->schemes.code[out->schemes.count++] = q_scheme_at(i)->code;
    }
  }
}

bool q_policy_has(const q_codes *list, uint16_t code) {
  for (size_t i = 0; i < list->count; i++) {
    if (list->code[i] == code) {
      return true;
    }
  }
  return false;
}

bool q_policy_meets_floor(qtls_floor floor, q_protocol protocol, const q_group *group, const q_scheme *scheme) {
  if (protocol == Q_PROTO_QTLS10) {
    return true;
  }
  switch (floor) {
    case QTLS_FLOOR_classical:
      return true;
    case QTLS_FLOOR_pq_kex:
      return q_group_is_pq(group);
    case QTLS_FLOOR_pq_auth:
      return q_group_is_pq(group) && (scheme == NULL || q_scheme_is_pqc(scheme));
    case QTLS_FLOOR_q_tls:
      return false;
  }
  return false;
}

/* Is there a suite, a group and a scheme of this protocol in the lists? */
static bool complete(const q_settings *s, q_protocol protocol) {
  bool suite = false;
  bool group = false;
  bool scheme = false;
  for (size_t i = 0; i < s->suites.count; i++) {
    const q_suite *row = q_suite_find(s->suites.code[i]);
    bool barred = row->code == Q_SUITE_QTLS_PQC && s->policy == QTLS_POLICY_require_both;
    suite = suite || (row->protocol == protocol && !barred);
  }
  for (size_t i = 0; i < s->groups.count; i++) {
    const q_group *row = q_group_find(s->groups.code[i]);
    bool kind = protocol == Q_PROTO_QTLS10 ? q_group_is_kyber(row->code)
                                           : q_policy_meets_floor(s->floor, protocol, row, NULL);
    group = group || ((row->protocols & protocol) != 0 && kind);
  }
  for (size_t i = 0; i < s->schemes.count; i++) {
    scheme = scheme || (q_scheme_find(s->schemes.code[i])->protocols & protocol) != 0;
  }
  return (s->protocols & protocol) != 0 && suite && group && scheme;
}

qtls_err q_policy_check(const q_settings *s, q_text *problem) {
  bool qtls = complete(s, Q_PROTO_QTLS10);
  bool tls13 = s->floor != QTLS_FLOOR_q_tls && complete(s, Q_PROTO_TLS13);
  if (qtls || tls13) {
    return QTLS_OK;
  }
  q_text_add(problem, "versions, suites, groups, schemes, floor and policy together leave nothing to negotiate: ");
  q_text_add(problem, s->floor == QTLS_FLOOR_q_tls
                          ? "the floor q-tls needs a Q-TLS suite, a kyber group and a dilithium scheme"
                          : "give at least one suite, one group at or above the floor and one scheme of one version");
  return QTLS_ERR_CONFIG_CONFLICT;
}
