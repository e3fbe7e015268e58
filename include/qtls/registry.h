/*
 * Names of code points and the lists of what this build knows, for tools and
 * logs. Constant data; any thread.
 */
#ifndef QTLS_REGISTRY_H
#define QTLS_REGISTRY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum qtls_list { QTLS_LIST_suites, QTLS_LIST_groups, QTLS_LIST_schemes, QTLS_LIST_extensions } qtls_list;

/* Name and code of entry `i` of a list; NULL past its end. `code` may be NULL. */
const char *qtls_list_name(qtls_list list, size_t i, uint16_t *code);

/* Name of a code, or NULL. */
const char *qtls_code_name(qtls_list list, uint16_t code);

/* Name of a handshake message type; "unknown" if none. */
const char *qtls_message_name(uint8_t type);

#ifdef __cplusplus
}
#endif
#endif
