/* Owns time in certificates and the calendar. */
#include "pki/time.h"

static bool leap(int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

static unsigned days_in(int64_t year, unsigned month) {
  static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && leap(year) ? 29U : days[month - 1];
}

/* Days from 1970-01-01. Years begin in March here, so that the leap day is the
 * last one; 146097 days are 400 years. */
static int64_t days_of(int64_t year, unsigned month, unsigned day) {
  int64_t y = month <= 2 ? year - 1 : year;
  int64_t era = (y >= 0 ? y : y - 399) / 400;
  int64_t of_era = y - era * 400;
  int64_t of_year = (153 * (int64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 + (int64_t)day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

int64_t q_pki_time_of(const q_date *d) {
  return days_of(d->year, d->month, d->day) * 86400 + (int64_t)(d->hour * 3600 + d->minute * 60 + d->second);
}

q_date q_pki_date_of(int64_t seconds) {
  int64_t days = seconds / 86400 - (seconds % 86400 < 0 ? 1 : 0);
  unsigned rest = (unsigned)((seconds % 86400 + 86400) % 86400);
  days += 719468;
  int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  int64_t of_era = days - era * 146097;
  int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  int64_t m = (5 * of_year + 2) / 153;
  q_date d = {0};
  d.day = (unsigned)(of_year - (153 * m + 2) / 5 + 1);
  d.month = (unsigned)(m < 10 ? m + 3 : m - 9);
  d.year = year + era * 400 + (d.month <= 2 ? 1 : 0);
  d.hour = rest / 3600;
  d.minute = rest / 60 % 60;
  d.second = rest % 60;
  return d;
}

static bool two_digits(unsigned *out, CBS *in) {
  uint8_t a = 0;
  uint8_t b = 0;
  if (!CBS_get_u8(in, &a) || !CBS_get_u8(in, &b) || a < '0' || a > '9' || b < '0' || b > '9') {
    return false;
  }
  *out = (unsigned)(a - '0') * 10 + (unsigned)(b - '0');
  return true;
}

bool q_pki_time_read(int64_t *out, CBS *in) {
  CBS text;
  CBS_ASN1_TAG tag = 0;
  unsigned century = 0;
  unsigned year = 0;
  uint8_t zulu = 0;
  q_date d = {0};
  if (!CBS_get_any_asn1(in, &text, &tag) || (tag != CBS_ASN1_UTCTIME && tag != CBS_ASN1_GENERALIZEDTIME) ||
      (tag == CBS_ASN1_GENERALIZEDTIME && !two_digits(&century, &text)) || !two_digits(&year, &text) ||
      !two_digits(&d.month, &text) || !two_digits(&d.day, &text) || !two_digits(&d.hour, &text) ||
      !two_digits(&d.minute, &text) || !two_digits(&d.second, &text) || !CBS_get_u8(&text, &zulu) || zulu != 'Z' ||
      CBS_len(&text) != 0) {
    return false;
  }
  if (tag == CBS_ASN1_UTCTIME) {
    d.year = year >= 50 ? 1900 + (int64_t)year : 2000 + (int64_t)year;
  } else {
    /* RFC 5280 wants UTCTime through 2049, but roots in wide use do not hold to
     * it; the meaning is plain either way. */
    d.year = (int64_t)century * 100 + (int64_t)year;
  }
  if (d.month < 1 || d.month > 12 || d.day < 1 || d.day > days_in(d.year, d.month) || d.hour > 23 || d.minute > 59 ||
      d.second > 59) {
    return false;
  }
  *out = q_pki_time_of(&d);
  return true;
}

static bool add_two(CBB *out, unsigned v) {
  return CBB_add_u8(out, (uint8_t)('0' + v / 10 % 10)) && CBB_add_u8(out, (uint8_t)('0' + v % 10));
}

static bool write_time(CBB *out, const q_date *d, bool general) {
  CBB text;
  return CBB_add_asn1(out, &text, general ? CBS_ASN1_GENERALIZEDTIME : CBS_ASN1_UTCTIME) &&
         (!general || add_two(&text, (unsigned)(d->year / 100))) && add_two(&text, (unsigned)(d->year % 100)) &&
         add_two(&text, d->month) && add_two(&text, d->day) && add_two(&text, d->hour) && add_two(&text, d->minute) &&
         add_two(&text, d->second) && CBB_add_u8(&text, 'Z') && CBB_flush(out);
}

bool q_pki_time_write(CBB *out, int64_t seconds) {
  q_date d = q_pki_date_of(seconds);
  return d.year >= 1950 && d.year <= 9999 && write_time(out, &d, d.year >= 2050);
}

bool q_pki_time_write_general(CBB *out, int64_t seconds) {
  q_date d = q_pki_date_of(seconds);
  return d.year >= 1950 && d.year <= 9999 && write_time(out, &d, true);
}
