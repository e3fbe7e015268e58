/*
 * Owns what a side may negotiate, as plain data: floor, policy, and the lists
 * in order of preference (Q-TLS §1, §2, §9). Parses the lists that users write.
 */
#ifndef Q_POLICY_SETTINGS_H
#define Q_POLICY_SETTINGS_H

#include "base/text.h"
#include "qtls/config.h"
#include "registry/registry.h"

#define Q_LIST_MAX 32

typedef struct q_codes {
  uint16_t code[Q_LIST_MAX];
  size_t count;
} q_codes;

typedef struct q_settings {
  qtls_floor floor;
  qtls_policy policy;
  qtls_key_shares shares;
  uint8_t priority;
  uint8_t protocols; /* bits of q_protocol */
  q_codes suites;
  q_codes groups;
  q_codes schemes; /* for CertificateVerify, in order of preference */
} q_settings;

void q_policy_defaults(q_settings *out);

bool q_policy_has(const q_codes *list, uint16_t code);

typedef enum q_list_kind { Q_LIST_SUITES, Q_LIST_GROUPS, Q_LIST_SCHEMES } q_list_kind;

/* Parse "a:b:?c". On QTLS_ERR_CONFIG_VALUE `out` is as it was and `problem`
 * says which name at which place was wrong. */
QTLS_MUST_USE qtls_err q_policy_parse_list(q_codes *out, q_text *problem, q_list_kind kind, const char *list);
QTLS_MUST_USE qtls_err q_policy_parse_versions(uint8_t *protocols, q_text *problem, const char *list);

/* What these settings have all that is needed for. */
typedef struct q_workable {
  bool qtls_hybrid, qtls_pqc; /* 0x13F2, 0x13F1 */
  bool tls13;
} q_workable;
q_workable q_policy_workable(const q_settings *s);

/* Can these settings negotiate anything at all? QTLS_ERR_CONFIG_CONFLICT. */
QTLS_MUST_USE qtls_err q_policy_check(const q_settings *s, q_text *problem);

/* Does a TLS 1.3 connection with this group (and, once known, this scheme) meet
 * the floor? Q-TLS always does. `scheme` may be NULL: not known yet. */
bool q_policy_meets_floor(qtls_floor floor, q_protocol protocol, const q_group *group, const q_scheme *scheme);

/* The stricter of two policies: the smaller number (Q-TLS §4). */
static inline qtls_policy q_policy_stricter(qtls_policy a, qtls_policy b) { return a < b ? a : b; }

#endif
