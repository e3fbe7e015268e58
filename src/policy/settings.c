/* Owns default settings and the judgement of the floor. */
#include "policy/settings.h"

#include <string.h>

static const uint16_t default_suites[] = {Q_SUITE_QTLS_HYBRID, Q_SUITE_QTLS_PQC, Q_SUITE_AES256_GCM_SHA384,
                                          Q_SUITE_CHACHA20_POLY1305_SHA256, Q_SUITE_AES128_GCM_SHA256};

/* Quantum-safe ones first; secp384r1 first among the classical, because Q-TLS
 * pairs it with kyber1024 (Q-TLS §3); kyber512 only if configured (§2). */
static const uint16_t default_groups[] = {Q_GROUP_X25519MLKEM768,
                                          Q_GROUP_SECP384R1MLKEM1024,
                                          Q_GROUP_SECP256R1MLKEM768,
                                          Q_GROUP_MLKEM1024,
                                          Q_GROUP_MLKEM768,
                                          Q_GROUP_SECP384R1,
                                          Q_GROUP_X25519,
                                          Q_GROUP_SECP256R1,
                                          Q_GROUP_SECP521R1,
                                          Q_GROUP_KYBER1024,
                                          Q_GROUP_KYBER768};

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

/* What the lists hold, sorted by what it serves. */
typedef struct q_stock {
  bool tls13_suite, tls13_group, tls13_scheme;
  bool hybrid_suite, hybrid_scheme; /* 0x13F2, and 0x13F0 and its kind */
  bool pqc_suite, pqc_scheme;       /* 0x13F1, and 0x0900 and its kind */
  bool kyber, classical;            /* groups of Q-TLS */
} q_stock;

static void count_groups(q_stock *out, const q_settings *s) {
  for (size_t i = 0; i < s->groups.count; i++) {
    const q_group *row = q_group_find(s->groups.code[i]);
    bool qtls = (row->protocols & Q_PROTO_QTLS10) != 0;
    out->kyber = out->kyber || q_group_is_kyber(row->code);
    out->classical = out->classical || (qtls && q_group_is_classical(row));
    out->tls13_group = out->tls13_group || ((row->protocols & Q_PROTO_TLS13) != 0 &&
                                            q_policy_meets_floor(s->floor, Q_PROTO_TLS13, row, NULL));
  }
}

static void count_schemes(q_stock *out, const q_settings *s) {
  for (size_t i = 0; i < s->schemes.count; i++) {
    const q_scheme *row = q_scheme_find(s->schemes.code[i]);
    bool qtls = (row->protocols & Q_PROTO_QTLS10) != 0;
    out->hybrid_scheme = out->hybrid_scheme || (qtls && q_scheme_is_hybrid(row));
    out->pqc_scheme = out->pqc_scheme || (qtls && !q_scheme_is_hybrid(row));
    out->tls13_scheme = out->tls13_scheme || ((row->protocols & Q_PROTO_TLS13) != 0 &&
                                              (s->floor < QTLS_FLOOR_pq_auth || q_scheme_is_pqc(row)));
  }
}

static q_stock stock_of(const q_settings *s) {
  q_stock out = {.hybrid_suite = q_policy_has(&s->suites, Q_SUITE_QTLS_HYBRID),
                 /* §4: require_both neither offers nor selects it */
                 .pqc_suite = q_policy_has(&s->suites, Q_SUITE_QTLS_PQC) && s->policy != QTLS_POLICY_require_both};
  for (size_t i = 0; i < s->suites.count; i++) {
    out.tls13_suite = out.tls13_suite || q_suite_find(s->suites.code[i])->protocol == Q_PROTO_TLS13;
  }
  count_groups(&out, s);
  count_schemes(&out, s);
  return out;
}

q_workable q_policy_workable(const q_settings *s) {
  q_stock has = stock_of(s);
  bool qtls = (s->protocols & Q_PROTO_QTLS10) != 0 && has.kyber;
  bool tls13 = (s->protocols & Q_PROTO_TLS13) != 0 && s->floor != QTLS_FLOOR_q_tls;
  return (q_workable){.qtls_hybrid = qtls && has.hybrid_suite && has.hybrid_scheme && has.classical,
                      .qtls_pqc = qtls && has.pqc_suite && has.pqc_scheme,
                      .tls13 = tls13 && has.tls13_suite && has.tls13_group && has.tls13_scheme};
}

qtls_err q_policy_check(const q_settings *s, q_text *problem) {
  q_workable can = q_policy_workable(s);
  if (can.qtls_hybrid || can.qtls_pqc || can.tls13) {
    return QTLS_OK;
  }
  q_text_add(problem, "versions, suites, groups, schemes, floor and policy together leave nothing to negotiate: ");
  q_text_add(
      problem,
      s->floor == QTLS_FLOOR_q_tls
          ? "the floor q-tls needs a Q-TLS suite, its kyber and, for 0x13f2, classical group, and a scheme of its kind"
          : "give at least one suite, one group at or above the floor and one scheme of one version");
  return QTLS_ERR_CONFIG_CONFLICT;
}
