/* Owns what a client offers. */
#include "policy/offer.h"

static void add(q_codes *list, uint16_t code) {
  if (list->count < Q_LIST_MAX && !q_policy_has(list, code)) {
    list->code[list->count++] = code;
  }
}

/* §1: with floor q-tls only 0x0305 and Q-TLS suites are offered. */
static bool tls13_on(const q_settings *s) {
  return (s->protocols & Q_PROTO_TLS13) != 0 && s->floor != QTLS_FLOOR_q_tls;
}

/* A Q-TLS suite is offered with all that it needs, or not at all. */
static void offer_suites(q_client_offer *out, const q_settings *s) {
  q_workable can = q_policy_workable(s);
  out->qtls = can.qtls_hybrid || can.qtls_pqc;
  for (size_t i = 0; i < s->suites.count; i++) {
    const q_suite *suite = q_suite_find(s->suites.code[i]);
    bool works = suite->code == Q_SUITE_QTLS_HYBRID ? can.qtls_hybrid
                 : suite->code == Q_SUITE_QTLS_PQC  ? can.qtls_pqc
                                                    : tls13_on(s);
    if (works) {
      add(&out->suites, suite->code);
    }
  }
}

/* Classical groups stay in the list under floor pq-kex when Q-TLS needs them as
 * its component, when a TLS 1.3 server may read the hello, which must not find
 * 0x0100-0x0102 without a classical share (§2), or when the first hello is to carry classical shares alone and
 * count on the server to ask for better; a server that then takes one alone is
 * refused (FLOOR). */
static void offer_groups(q_client_offer *out, const q_settings *s) {
  bool hybrid = q_policy_has(&out->suites, Q_SUITE_QTLS_HYBRID);
  bool small_hello = s->shares == QTLS_KEY_SHARES_classical_first;
  for (size_t i = 0; i < s->groups.count; i++) {
    const q_group *g = q_group_find(s->groups.code[i]);
    bool for_tls13 =
        tls13_on(s) && (g->protocols & Q_PROTO_TLS13) != 0 &&
        (q_policy_meets_floor(s->floor, Q_PROTO_TLS13, g, NULL) || (small_hello && q_group_is_classical(g)));
    bool for_qtls =
        out->qtls && (g->protocols & Q_PROTO_QTLS10) != 0 && q_group_is_classical(g) && (hybrid || tls13_on(s));
    if (for_tls13 || for_qtls) {
      add(&out->groups, g->code);
    }
  }
  for (size_t i = 0; out->qtls && i < s->groups.count; i++) {
    if (q_group_is_kyber(s->groups.code[i])) {
      add(&out->groups, s->groups.code[i]);
    }
  }
}

static void offer_schemes(q_client_offer *out, const q_settings *s) {
  for (size_t i = 0; i < s->schemes.count; i++) {
    const q_scheme *scheme = q_scheme_find(s->schemes.code[i]);
    bool for_qtls = out->qtls && (scheme->protocols & Q_PROTO_QTLS10) != 0;
    bool for_tls13 = tls13_on(s) && (scheme->protocols & Q_PROTO_TLS13) != 0 &&
                     (s->floor < QTLS_FLOOR_pq_auth || q_scheme_is_pqc(scheme));
    if (for_qtls || for_tls13) {
      add(&out->schemes, scheme->code);
    }
  }
}

typedef enum q_share_kind { SHARE_PQ, SHARE_CLASSICAL, SHARE_X25519, SHARE_KYBER } q_share_kind;

/* The most preferred group of the offer that is of this kind. */
static void share(q_client_offer *out, q_share_kind kind) {
  for (size_t i = 0; i < out->groups.count; i++) {
    const q_group *g = q_group_find(out->groups.code[i]);
    bool kyber = q_group_is_kyber(g->code);
    bool fits = false;
    switch (kind) {
      case SHARE_PQ:
        fits = q_group_is_pq(g) && !kyber;
        break;
      case SHARE_CLASSICAL:
        fits = q_group_is_classical(g) && (!out->qtls || (g->protocols & Q_PROTO_QTLS10) != 0);
        break;
      case SHARE_X25519:
        fits = g->code == Q_GROUP_X25519;
        break;
      case SHARE_KYBER:
        fits = kyber;
        break;
    }
    if (fits) {
      add(&out->shares, g->code);
      return;
    }
  }
}

/* RFC 8446 §4.2.8: shares come in the order of supported_groups. Botan refuses
 * a hello in which they do not. */
static void order_shares(q_client_offer *out) {
  q_codes ordered = {{0}, 0};
  for (size_t i = 0; i < out->groups.count; i++) {
    if (q_policy_has(&out->shares, out->groups.code[i])) {
      add(&ordered, out->groups.code[i]);
    }
  }
  out->shares = ordered;
}

static void offer_shares(q_client_offer *out, const q_settings *s) {
  if (s->shares == QTLS_KEY_SHARES_classical_first) {
    share(out, SHARE_X25519);
    share(out, SHARE_CLASSICAL);
  } else {
    share(out, SHARE_PQ);
    if (s->shares == QTLS_KEY_SHARES_both) {
      share(out, SHARE_X25519);
    }
    if (out->qtls) {
      share(out, SHARE_CLASSICAL);
      share(out, SHARE_KYBER);
    }
  }
  /* Nothing of the kind the strategy wants: the most preferred one. */
  if (out->shares.count == 0 && out->groups.count > 0) {
    add(&out->shares, out->groups.code[0]);
  }
  order_shares(out);
}

void q_policy_client_offer(q_client_offer *out, const q_settings *s) {
  *out = (q_client_offer){.qtls = false};
  offer_suites(out, s);
  if (out->qtls) {
    add(&out->versions, Q_VERSION_QTLS10);
  }
  if (tls13_on(s)) {
    add(&out->versions, Q_VERSION_TLS13);
  }
  offer_groups(out, s);
  offer_schemes(out, s);
  offer_shares(out, s);
}

void q_policy_scheme_list(q_codes *out, const q_codes *schemes, bool for_certificates) {
  static const uint16_t certificates_only[] = {Q_SCHEME_RSA_PKCS1_SHA256, Q_SCHEME_RSA_PKCS1_SHA384,
                                               Q_SCHEME_RSA_PKCS1_SHA512};
  bool rsa = false;
  *out = *schemes;
  for (size_t i = 0; i < schemes->count; i++) {
    rsa = rsa || q_scheme_find(schemes->code[i])->key == Q_KEY_RSA;
  }
  for (size_t i = 0; rsa && for_certificates && i < Q_COUNT(certificates_only); i++) {
    add(out, certificates_only[i]);
  }
}

void q_policy_request_schemes(q_codes *out, const q_settings *s, q_protocol protocol, bool hybrid) {
  out->count = 0;
  for (size_t i = 0; i < s->schemes.count; i++) {
    const q_scheme *scheme = q_scheme_find(s->schemes.code[i]);
    bool fits = (scheme->protocols & protocol) != 0 && q_scheme_is_hybrid(scheme) == hybrid;
    if (fits && (s->floor < QTLS_FLOOR_pq_auth || q_scheme_is_pqc(scheme))) {
      add(out, scheme->code);
    }
  }
}

void q_policy_retry_shares(q_codes *out, const q_group *group, const q_group *classical) {
  out->count = 0;
  if (classical != NULL) {
    add(out, classical->code);
  }
  add(out, group->code);
}
