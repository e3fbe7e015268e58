/* Owns what the files of the configuration share. */
#ifndef Q_API_CONFIG_PARTS_H
#define Q_API_CONFIG_PARTS_H

#include "handshake/config.h"

/* ARGUMENT for NULL, FROZEN once frozen. */
QTLS_MUST_USE qtls_err q_config_writable(qtls_config *c);
/* The problem text, emptied. */
q_text q_config_problem(qtls_config *c);
qtls_err q_config_refuse(qtls_config *c, qtls_err err, const char *words);
/* "WHAT, line N: the error's text". */
qtls_err q_config_refuse_pem(qtls_config *c, qtls_err err, const char *what, size_t line);

/* config_messages.c: what clones share of an identity, and its encoding. */
void q_config_free_identity(q_configured_identity *id);
void q_config_free_staple(q_staple *staple);
void q_config_free_messages(q_messages *messages);
QTLS_MUST_USE qtls_err q_config_encode(qtls_config *c, q_configured_identity *id);

/* config_status.c: revocation lists, shared by clones. */
struct q_shared_crls;
struct q_shared_crls *q_config_ref_crls(struct q_shared_crls *crls);
void q_config_free_crls(struct q_shared_crls *crls);

/* config_client.c: the parts of client authentication */
/* At freezing, server: the extensions of CertificateRequest for each protocol. */
QTLS_MUST_USE qtls_err q_config_prepare_requests(qtls_config *c);
/* Into a fresh configuration, which q_config_free_client_auth then gives back. */
QTLS_MUST_USE qtls_err q_config_copy_client_auth(qtls_config *to, const qtls_config *from);
void q_config_free_client_auth(qtls_config *c);

#endif
