/* Owns the look-ups over the error and alert tables of qtls/error.h. */
#include "qtls/error.h"

typedef struct q_error_row {
  const char *name;
  const char *text;
  const char *section;
  qtls_alert alert;
  qtls_category category;
} q_error_row;

static const q_error_row rows[QTLS_ERR_COUNT] = {
    [QTLS_OK] = {"OK", "no error", "", QTLS_ALERT_none, QTLS_CATEGORY_none},
#define ROW(name, alert, category, text, section) \
  [QTLS_ERR_##name] = {#name, text, section, QTLS_ALERT_##alert, QTLS_CATEGORY_##category},
    QTLS_ERROR_TABLE(ROW)
#undef ROW
};

static const q_error_row unknown = {"UNKNOWN", "unknown error", "", QTLS_ALERT_internal_error,
                                    QTLS_CATEGORY_system};

static const q_error_row *row_of(qtls_err err) {
  unsigned i = (unsigned)err;
  return i < QTLS_ERR_COUNT ? &rows[i] : &unknown;
}

const char *qtls_err_name(qtls_err err) { return row_of(err)->name; }
const char *qtls_err_text(qtls_err err) { return row_of(err)->text; }
const char *qtls_err_section(qtls_err err) { return row_of(err)->section; }
qtls_alert qtls_err_alert(qtls_err err) { return row_of(err)->alert; }
qtls_category qtls_err_category(qtls_err err) { return row_of(err)->category; }

const char *qtls_alert_name(uint8_t alert, int pqc) {
  if (alert == 90 && pqc != 0) {
    return pqc == 1 ? "pqc_negotiation_failure" : "pqc_signature_failure";
  }
  switch (alert) {
#define NAME(name, number) \
  case number:             \
    return #name;
    QTLS_ALERT_TABLE(NAME)
#undef NAME
    default:
      return "unknown_alert";
  }
}
