/* Owns the bodies of the Q-TLS extensions (Q-TLS §5), one file each. Unknown
 * values inside lists are passed on; malformed bodies are DECODE or TRAILING. */
#ifndef Q_WIRE_PQC_CODEC_H
#define Q_WIRE_PQC_CODEC_H

#include "wire/extensions.h"

/* pqc_supported_algorithms.c, 0xFF11: two lists of uint16, each at least one. */
typedef struct q_pqc_algorithms {
  q_span kems;
  q_span signatures;
} q_pqc_algorithms;
QTLS_MUST_USE qtls_err q_wire_pqc_algorithms_read(q_pqc_algorithms *out, q_span body);
void q_wire_pqc_algorithms_write(q_writer *w, const uint16_t *kems, size_t kem_count, const uint16_t *signatures,
                                 size_t signature_count);

/* pqc_hybrid_mode.c, 0xFF02: POLICY_VALUE for a policy other than 1-3. */
typedef struct q_hybrid_mode {
  uint8_t policy;
  uint8_t priority;
} q_hybrid_mode;
QTLS_MUST_USE qtls_err q_wire_hybrid_mode_read(q_hybrid_mode *out, q_span body);
void q_wire_hybrid_mode_write(q_writer *w, const q_hybrid_mode *in);

/* hsm_capabilities.c, 0xFF03, five bytes: a flag other than 0 and 1 is DECODE. */
typedef struct q_hsm_capabilities {
  bool hardware_rng, hardware_pqc_accel, fips_certified;
  uint16_t max_operations_per_second;
} q_hsm_capabilities;
QTLS_MUST_USE qtls_err q_wire_hsm_capabilities_read(q_hsm_capabilities *out, q_span body);
void q_wire_hsm_capabilities_write(q_writer *w, const q_hsm_capabilities *in);

/* session_cache_info.c, 0xFF04, six bytes; flags as above. */
typedef struct q_session_cache_info {
  uint32_t max_age_seconds;
  bool supports_0rtt, supports_tickets;
} q_session_cache_info;
QTLS_MUST_USE qtls_err q_wire_session_cache_info_read(q_session_cache_info *out, q_span body);
void q_wire_session_cache_info_write(q_writer *w, const q_session_cache_info *in);

#endif
