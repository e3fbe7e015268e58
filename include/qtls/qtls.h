/*
 * qtls: TLS that is quantum-safe all the way through. This header includes the
 * whole library but for the adapters (qtls/stream.h is one of them).
 */
#ifndef QTLS_QTLS_H
#define QTLS_QTLS_H

#include "qtls/config.h"
#include "qtls/conn.h"
#include "qtls/error.h"
#include "qtls/pki.h"
#include "qtls/registry.h"
#include "qtls/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0"; constant. */
const char *qtls_version(void);

/* Name and version of the library of primitives inside ("AWS-LC 5.1.0"); constant. */
const char *qtls_crypto_version(void);

#ifdef __cplusplus
}
#endif
#endif
