/* Owns the server's choice. Pure: no connection, no allocation. */
#include "policy/negotiate.h"

/* What stood in the way of a candidate, from far to near. */
typedef enum q_obstacle { NO_SUITE, NO_POLICY, NO_GROUP, BELOW_FLOOR, NO_SCHEME, FITS } q_obstacle;

typedef struct q_search {
  const q_settings *own;
  const q_candidate *ids;
  size_t id_count;
  const q_offer *offer;
  qtls_policy policy;
  q_name_fit fit; /* of the identities that are looked at */
} q_search;

static bool both_have(const q_search *s, uint16_t code) {
  return q_policy_has(&s->own->groups, code) && q_codes_has(s->offer->groups, code);
}

/* The server's most preferred scheme of `protocol` that the client takes and
 * some identity can sign. `hybrid` tells 0x13F2 from 0x13F1. */
static bool choose_scheme(q_choice *c, const q_search *s, bool hybrid) {
  for (size_t i = 0; i < s->own->schemes.count; i++) {
    const q_scheme *scheme = q_scheme_find(s->own->schemes.code[i]);
    bool fits = (scheme->protocols & c->protocol) != 0 && q_scheme_is_hybrid(scheme) == hybrid &&
                q_codes_has(s->offer->schemes, scheme->code) &&
                q_policy_meets_floor(s->own->floor, c->protocol, c->group, scheme);
    for (size_t id = 0; fits && id < s->id_count; id++) {
      if (s->ids[id].fit == s->fit && q_policy_has(&s->ids[id].can->schemes, scheme->code)) {
        c->scheme = scheme;
        c->identity = id;
        return true;
      }
    }
  }
  return false;
}

/* Classical groups: one whose share is there saves a round trip and loses
 * nothing; else the most preferred. */
static const q_group *choose_classical(const q_search *s, q_protocol protocol) {
  const q_group *best = NULL;
  for (size_t i = 0; i < s->own->groups.count; i++) {
    const q_group *g = q_group_find(s->own->groups.code[i]);
    if ((g->protocols & protocol) == 0 || !q_group_is_classical(g) || !both_have(s, g->code)) {
      continue;
    }
    if (q_policy_has(&s->offer->shares, g->code)) {
      return g;
    }
    best = best == NULL ? g : best;
  }
  return best;
}

/* Quantum-safe groups: strictly the server's preference, also when it costs a
 * HelloRetryRequest. */
static const q_group *choose_pq(const q_search *s, q_protocol protocol) {
  for (size_t i = 0; i < s->own->groups.count; i++) {
    const q_group *g = q_group_find(s->own->groups.code[i]);
    if ((g->protocols & protocol) != 0 && q_group_is_pq(g) && both_have(s, g->code)) {
      return g;
    }
  }
  return NULL;
}

static bool lacks_share(const q_search *s, const q_group *g) {
  return g != NULL && !q_policy_has(&s->offer->shares, g->code);
}

static q_obstacle try_qtls(q_choice *c, const q_search *s, uint16_t code, qtls_policy policy) {
  bool hybrid = code == Q_SUITE_QTLS_HYBRID;
  if ((s->own->protocols & Q_PROTO_QTLS10) == 0 || !q_policy_has(&s->own->suites, code) ||
      !q_codes_has(s->offer->suites, code)) {
    return NO_SUITE;
  }
  /* §4: require_both never selects 0x13F1. */
  if (!hybrid && policy == QTLS_POLICY_require_both) {
    return NO_POLICY;
  }
  c->protocol = Q_PROTO_QTLS10;
  c->suite = q_suite_find(code);
  c->version = q_codes_has(s->offer->versions, Q_VERSION_QTLS10) ? Q_VERSION_QTLS10 : Q_VERSION_TLS13;
  c->group = choose_pq(s, Q_PROTO_QTLS10);
  c->classical = hybrid ? choose_classical(s, Q_PROTO_QTLS10) : NULL;
  if (c->group == NULL || (hybrid && c->classical == NULL)) {
    return NO_GROUP;
  }
  if (!choose_scheme(c, s, hybrid)) {
    return NO_SCHEME;
  }
  c->retry = lacks_share(s, c->group) || lacks_share(s, c->classical);
  return FITS;
}

static const q_suite *choose_tls13_suite(const q_search *s) {
  for (size_t i = 0; i < s->own->suites.count; i++) {
    const q_suite *suite = q_suite_find(s->own->suites.code[i]);
    if (suite->protocol == Q_PROTO_TLS13 && q_codes_has(s->offer->suites, suite->code)) {
      return suite;
    }
  }
  return NULL;
}

static q_obstacle try_tls13(q_choice *c, const q_search *s, bool pq) {
  bool offered = q_codes_has(s->offer->versions, Q_VERSION_TLS13);
  c->suite = choose_tls13_suite(s);
  if ((s->own->protocols & Q_PROTO_TLS13) == 0 || !offered || c->suite == NULL) {
    return NO_SUITE;
  }
  c->protocol = Q_PROTO_TLS13;
  c->version = Q_VERSION_TLS13;
  c->classical = NULL;
  c->group = pq ? choose_pq(s, Q_PROTO_TLS13) : choose_classical(s, Q_PROTO_TLS13);
  if (c->group == NULL) {
    return NO_GROUP;
  }
  if (!q_policy_meets_floor(s->own->floor, Q_PROTO_TLS13, c->group, NULL)) {
    return BELOW_FLOOR;
  }
  if (!choose_scheme(c, s, false)) {
    return NO_SCHEME;
  }
  c->retry = lacks_share(s, c->group);
  return FITS;
}

static q_obstacle further(q_obstacle a, q_obstacle b) { return a > b ? a : b; }

static bool offers_pq_group(const q_offer *offer) {
  for (size_t i = 0; i < q_codes_count(offer->groups); i++) {
    const q_group *g = q_group_find(q_codes_at(offer->groups, i));
    if (g != NULL && !q_group_is_kyber(g->code) && q_group_is_pq(g)) {
      return true;
    }
  }
  return false;
}

/* Nothing fits: say why, as Q-TLS §6 settles it. */
static qtls_err refuse(q_text *why, const q_search *s, q_obstacle qtls, q_obstacle tls13) {
  const q_offer *o = s->offer;
  bool offered_qtls = q_codes_has(o->suites, Q_SUITE_QTLS_HYBRID) || q_codes_has(o->suites, Q_SUITE_QTLS_PQC) ||
                      o->has_hybrid_mode;
  bool needs = s->own->floor != QTLS_FLOOR_classical;
  q_choice weaker = {0};
  if (qtls == NO_POLICY && try_qtls(&weaker, s, Q_SUITE_QTLS_PQC, QTLS_POLICY_require_any) == FITS) {
    q_text_add(why, "one side demands two signatures (require_both), the client offers only 0x13F1");
    return QTLS_ERR_POLICY_NONE;
  }
  if (needs && offered_qtls) {
    q_text_add(why, qtls == NO_SCHEME ? "no ML-DSA signature scheme that an identity of this server can sign"
                                      : "no ML-KEM group, suite or signature in common");
    return QTLS_ERR_PQC_NONE;
  }
  if (needs && (!offers_pq_group(o) || s->own->floor == QTLS_FLOOR_q_tls || tls13 == BELOW_FLOOR ||
                (s->own->floor == QTLS_FLOOR_pq_auth && tls13 == NO_SCHEME))) {
    q_text_add(why, offers_pq_group(o) ? "the client offers an ML-KEM group, but not what the floor asks beyond it"
                                       : "the client offers no ML-KEM group");
    return QTLS_ERR_FLOOR;
  }
  switch (further(qtls, tls13)) {
    case NO_SCHEME:
      q_text_add(why, "no signature scheme of the client fits an identity of this server");
      return QTLS_ERR_SCHEME_NONE;
    case NO_GROUP:
    case BELOW_FLOOR:
      return QTLS_ERR_GROUP_NONE;
    default:
      return QTLS_ERR_SUITE_NONE;
  }
}

/* RFC 7507 §3, Q-TLS §1: the highest version of the two sides. */
static qtls_err check_fallback(const q_search *s) {
  uint16_t best = (s->own->protocols & Q_PROTO_QTLS10) != 0 ? Q_VERSION_QTLS10 : Q_VERSION_TLS13;
  uint16_t theirs = q_codes_has(s->offer->versions, Q_VERSION_QTLS10)  ? Q_VERSION_QTLS10
                    : q_codes_has(s->offer->versions, Q_VERSION_TLS13) ? Q_VERSION_TLS13
                                                                       : Q_VERSION_TLS12;
  bool fell_back = q_codes_has(s->offer->suites, Q_SUITE_FALLBACK_SCSV) && theirs < best;
  return fell_back ? QTLS_ERR_FALLBACK : QTLS_OK;
}

/* How far Q-TLS and TLS 1.3 came with the identities of one fit. */
typedef struct q_attempt {
  q_obstacle qtls, tls13;
} q_attempt;

static bool attempt(q_attempt *a, q_choice *out, const q_search *s) {
  *out = (q_choice){0};
  a->tls13 = NO_SUITE;
  /* §1: a priority below 128 lets hybrid TLS 1.3 come first. */
  if (s->offer->has_hybrid_mode && s->offer->priority < 128) {
    a->tls13 = try_tls13(out, s, true);
  }
  a->qtls = a->tls13 == FITS ? NO_SUITE : try_qtls(out, s, Q_SUITE_QTLS_HYBRID, s->policy);
  if (a->tls13 != FITS && a->qtls != FITS) {
    a->qtls = further(a->qtls, try_qtls(out, s, Q_SUITE_QTLS_PQC, s->policy));
  }
  if (a->tls13 != FITS && a->qtls != FITS) {
    a->tls13 = try_tls13(out, s, true);
  }
  if (a->tls13 != FITS && a->qtls != FITS) {
    a->tls13 = further(a->tls13, try_tls13(out, s, false));
  }
  out->policy = s->policy;
  return a->tls13 == FITS || a->qtls == FITS;
}

static bool has_fit(const q_search *s, q_name_fit fit) {
  for (size_t i = 0; i < s->id_count; i++) {
    if (s->ids[i].fit == fit) {
      return true;
    }
  }
  return false;
}

/* The best fit that there is, then the next; what is told is why the best failed. */
static qtls_err choose(q_choice *out, q_text *why, q_search *s) {
  bool named = has_fit(s, Q_FIT_EXACT) || has_fit(s, Q_FIT_WILDCARD);
  int last = named ? Q_FIT_WILDCARD : Q_FIT_OTHER;
  bool tried = false;
  q_attempt first = {NO_SUITE, NO_SUITE};
  q_name_fit best = Q_FIT_OTHER;
  for (int fit = Q_FIT_EXACT; fit >= last; fit--) {
    q_attempt a;
    s->fit = (q_name_fit)fit;
    if (!has_fit(s, s->fit)) {
      continue;
    }
    if (attempt(&a, out, s)) {
      return QTLS_OK;
    }
    first = tried ? first : a;
    best = tried ? best : s->fit;
    tried = true;
  }
  s->fit = best;
  return refuse(why, s, first.qtls, first.tls13);
}

qtls_err q_policy_choose(q_choice *out, q_text *why, const q_settings *own, const q_candidate *ids, size_t id_count,
                         const q_offer *offer) {
  q_search s = {own, ids, id_count, offer, own->policy, Q_FIT_OTHER};
  *out = (q_choice){0};
  if (offer->has_hybrid_mode) {
    s.policy = q_policy_stricter(s.policy, offer->policy);
  }
  Q_TRY(check_fallback(&s));
  bool qtls_version = (own->protocols & Q_PROTO_QTLS10) != 0 && q_codes_has(offer->versions, Q_VERSION_QTLS10);
  if (!qtls_version && !q_codes_has(offer->versions, Q_VERSION_TLS13)) {
    q_text_add(why, q_codes_has(offer->versions, Q_VERSION_QTLS10) ? "the client offers Q-TLS alone, which is off here"
                                                                   : "the client does not offer TLS 1.3");
    return QTLS_ERR_VERSION_NONE;
  }
  return choose(out, why, &s);
}
