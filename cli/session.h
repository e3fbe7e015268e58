/* Owns how an established session is told: what was negotiated, who signed,
 * and what each signature was worth. */
#ifndef QTLS_CLI_SESSION_H
#define QTLS_CLI_SESSION_H

#include <qtls/conn.h>

#include "out.h"

const char *session_policy_name(qtls_policy policy);
const char *session_verdict_name(qtls_signature_verdict verdict);
/* Lines for people; `client`: the verdicts are judgements, not claims. */
void session_print(const qtls_conn *conn, bool client, FILE *to);
/* Members of the object that is open in `j`. */
void session_json(const qtls_conn *conn, json *j);

#endif
