/* Owns what a server says about itself when it starts, reloads or is checked: what a
 * handshake costs, what expires when, which staples there are, and what to change. */
#ifndef QTLS_CLI_SERVE_REPORT_H
#define QTLS_CLI_SERVE_REPORT_H

#include "out.h"
#include "site.h"

void report_print(site *s, FILE *to);
/* Is there anything for which every client would refuse a certificate? `tell` hears of it, and of what some may
 * refuse or soon will, with the certificate's file; NULL: nobody does. */
bool report_problems(site *s, void (*tell)(const site *s, const char *file, const char *problem));
/* The member "identities" of the object that is open in `j`, and "first_flight_bytes". */
void report_json(site *s, json *j);

#endif
