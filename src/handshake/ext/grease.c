/* Owns the GREASE values of one ClientHello (RFC 8701): fixed for both hellos. */
#include "handshake/ext/ext.h"

uint16_t q_ext_grease(const q_machine *m, unsigned which) {
  uint16_t high = (uint16_t)(m->hs->shape.grease[which] >> 4);
  /* The two extensions must differ. */
  if (which == Q_GREASE_EXT_LAST && high == m->hs->shape.grease[Q_GREASE_EXT_FIRST] >> 4) {
    high ^= 1;
  }
  uint16_t byte = (uint16_t)((high << 4) | 0x0A);
  return (uint16_t)((byte << 8) | byte);
}
