/* Owns what the files of the configuration share. */
#ifndef Q_API_CONFIG_PARTS_H
#define Q_API_CONFIG_PARTS_H

#include "handshake/config.h"

/* ARGUMENT for NULL, FROZEN once frozen. */
QTLS_MUST_USE qtls_err q_config_writable(qtls_config *c);
/* The problem text, emptied. */
q_text q_config_problem(qtls_config *c);
qtls_err q_config_refuse(qtls_config *c, qtls_err err, const char *words);

#endif
