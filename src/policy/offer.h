/* Owns what a client offers, as pure functions of its settings (Q-TLS §1-3). */
#ifndef Q_POLICY_OFFER_H
#define Q_POLICY_OFFER_H

#include "policy/settings.h"

typedef struct q_client_offer {
  q_codes versions;
  q_codes suites;
  q_codes groups; /* 0x0100-0x0102 last (§2) */
  q_codes schemes;
  q_codes shares; /* in the order they are sent, 0x0100-0x0102 last */
  bool qtls;      /* a Q-TLS suite is among the suites */
} q_client_offer;

void q_policy_client_offer(q_client_offer *out, const q_settings *s);

/* What signature_algorithms says (RFC 8446 §4.2.3): the schemes and, where it speaks
 * for certificates too and one of them is RSA, RSA PKCS#1 at the end, which only
 * certificates may use. */
void q_policy_scheme_list(q_codes *out, const q_codes *schemes, bool for_certificates);

/* What a server takes from a client that signs, in the order of its settings: of
 * this protocol, hybrid schemes alone or none (0x13F2: hybrid), not below the floor. */
void q_policy_request_schemes(q_codes *out, const q_settings *s, q_protocol protocol, bool hybrid);

/* The shares of a second ClientHello: exactly what HelloRetryRequest named,
 * ML-KEM of Q-TLS last (§3). `classical` may be NULL. */
void q_policy_retry_shares(q_codes *out, const q_group *group, const q_group *classical);

#endif
