/* Owns how the peer's certificate is told: who it is, until when, by whom. */
#ifndef QTLS_CLI_PEER_H
#define QTLS_CLI_PEER_H

#include <qtls/conn.h>

#include "out.h"

void peer_print(const qtls_conn *conn, FILE *to);
void peer_json(const qtls_conn *conn, json *j);

#endif
