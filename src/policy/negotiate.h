/*
 * Owns the server's choice, as a pure function: what the client offers and what
 * the server has go in, the choice or the reason comes out (Q-TLS §1-4, §6).
 */
#ifndef Q_POLICY_NEGOTIATE_H
#define Q_POLICY_NEGOTIATE_H

#include "base/reader.h"
#include "policy/settings.h"

/* What a ClientHello says. Spans hold uint16 codes. */
typedef struct q_offer {
  q_span versions; /* of supported_versions; empty if the extension is absent */
  q_span suites;
  q_span groups;
  q_span schemes;
  q_codes shares;  /* groups of which there is a share */
  bool has_hybrid_mode;
  qtls_policy policy; /* with has_hybrid_mode */
  uint8_t priority;
} q_offer;

/* What one identity can sign, in the order of the settings. */
typedef struct q_capability {
  q_codes schemes;
} q_capability;

/* How well an identity answers the name that the client asks for. Higher ones go
 * first; a name that is known is never answered with one that does not bear it. */
typedef enum q_name_fit {
  Q_FIT_OTHER = 0, /* another name */
  Q_FIT_DEFAULT,   /* the first identity, or one that shares a name with it */
  Q_FIT_WILDCARD,
  Q_FIT_EXACT
} q_name_fit;

/* An identity as the choice sees it. */
typedef struct q_candidate {
  const q_capability *can;
  q_name_fit fit;
} q_candidate;

typedef struct q_choice {
  q_protocol protocol;
  uint16_t version;
  const q_suite *suite;
  const q_group *group;     /* Q-TLS: the ML-KEM one */
  const q_group *classical; /* 0x13F2: beside it; else NULL */
  const q_scheme *scheme;
  size_t identity;
  qtls_policy policy; /* the stricter of both sides */
  bool retry;         /* a share that is needed was not sent */
} q_choice;

/* By name first (exact, wildcard, default), then protocol, floor and the server's
 * order of schemes, then the order of the identities. QTLS_OK and the choice; or VERSION_NONE, FALLBACK, PQC_NONE, FLOOR,
 * POLICY_NONE, SUITE_NONE, GROUP_NONE, SCHEME_NONE. `why` gets the particulars. */
QTLS_MUST_USE qtls_err q_policy_choose(q_choice *out, q_text *why, const q_settings *own, const q_candidate *ids,
                                       size_t id_count, const q_offer *offer);

#endif
