/*
 * Owns time in certificates (RFC 5280 §4.1.2.5) and the calendar. Must not read
 * a clock: whoever asks brings the time.
 */
#ifndef Q_PKI_TIME_H
#define Q_PKI_TIME_H

#include "pki/der.h"

typedef struct q_date {
  int64_t year;
  unsigned month, day, hour, minute, second; /* month and day from 1 */
} q_date;

/* Proleptic Gregorian calendar, UTC, seconds since 1970-01-01. */
int64_t q_pki_time_of(const q_date *d);
q_date q_pki_date_of(int64_t seconds);

/* Take a Time off `in`: UTCTime, which means 1950 to 2049, or GeneralizedTime;
 * seconds always, Z always. */
bool q_pki_time_read(int64_t *out, CBS *in);

/* Write a Time; years 1950 to 9999. */
bool q_pki_time_write(CBB *out, int64_t seconds);
/* Write a GeneralizedTime, whatever the year (RFC 6960 §4.2.2.1). */
bool q_pki_time_write_general(CBB *out, int64_t seconds);

/* 9999-12-31 23:59:59: RFC 5280's "no well-defined expiration". */
#define Q_TIME_END INT64_C(253402300799)

#endif
