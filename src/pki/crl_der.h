/* Owns how the two signatures of a revocation list are laid, for those who see DER. */
#ifndef Q_PKI_CRL_DER_H
#define Q_PKI_CRL_DER_H

#include "pki/crl.h"
#include "pki/dual_der.h"

/* What the alternative signature leaves out of TBSCertList: its `signature`. */
#define Q_CRL_ALT_SKIP 1
#define Q_CRL_ALT_TAG (CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 0)

#endif
