/*
 * Owns memory that runs out on demand, for tests: the first, the second, ... request
 * is denied until a call gets by, and what is handed out has to come back.
 */
#ifndef SCARCE_H
#define SCARCE_H

#include "qtls/error.h"

extern size_t scarce_left;  /* requests until one is denied; 0: none is */
extern size_t scarce_held;  /* blocks handed out and not given back */
extern size_t scarce_asked; /* bytes asked for */

/* Before anything is allocated. */
void scarce_begin(void);
/* All must have come back. */
void scarce_end(void);
/* Calls `what` with the first, second, ... request denied until it gets by, which has
 * to be QTLS_OK; before it has to be NO_MEMORY, and each time to leave nothing behind. */
void scarce_exhaust(qtls_err (*what)(void));

#endif
