/* Owns the names and the weight of reasons for revocation (RFC 5280 §5.3.1). */
#include <string.h>

#include "pki/crl.h"
#include "pki/names.h"

/* Numbers are the wire's; 7 is not used (RFC 5280 §5.3.1). */
static const char *const reasons[] = {"unspecified",   "keyCompromise",        "cACompromise",    "affiliationChanged",
                                      "superseded",    "cessationOfOperation", "certificateHold", NULL,
                                      "removeFromCRL", "privilegeWithdrawn",   "aACompromise"};

const char *q_pki_reason_name(int reason) {
  bool known = reason >= 0 && reason < (int)Q_COUNT(reasons) && reasons[reason] != NULL;
  return known ? reasons[reason] : "unknown";
}

bool q_pki_reason_final(int reason) {
  return reason != QTLS_REASON_certificateHold && reason != QTLS_REASON_removeFromCRL;
}

int q_pki_reason_find(const char *name) {
  for (size_t i = 0; name != NULL && i < Q_COUNT(reasons); i++) {
    if (reasons[i] != NULL &&
        q_pki_name_equal(q_span_of(name, strlen(name)), q_span_of(reasons[i], strlen(reasons[i])))) {
      return (int)i;
    }
  }
  return -1;
}
