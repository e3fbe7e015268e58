/* The table of errors and alerts: complete, and without doubles. */
#include "qtls/error.h"
#include "unit/unit.h"

static void every_error_has_a_row(void **state) {
  (void)state;
  for (int i = 0; i < QTLS_ERR_COUNT; i++) {
    qtls_err err = (qtls_err)i;
    assert_true(strlen(qtls_err_name(err)) > 0);
    assert_true(strlen(qtls_err_text(err)) > 0);
    assert_non_null(qtls_err_section(err));
    for (int k = 0; k < i; k++) {
      assert_string_not_equal(qtls_err_name((qtls_err)k), qtls_err_name(err));
      assert_string_not_equal(qtls_err_text((qtls_err)k), qtls_err_text(err));
    }
    switch (qtls_err_category(err)) {
      case QTLS_CATEGORY_peer:
      case QTLS_CATEGORY_cert:
      case QTLS_CATEGORY_policy: /* the peer is told, and the rule can be read */
        if (err != QTLS_ERR_ALERT_RECEIVED) {
          assert_int_not_equal(qtls_err_alert(err), QTLS_ALERT_none);
        }
        assert_true(strlen(qtls_err_section(err)) > 0);
        break;
      case QTLS_CATEGORY_caller:
      case QTLS_CATEGORY_config:
        assert_int_equal(qtls_err_alert(err), QTLS_ALERT_none);
        break;
      default:
        break;
    }
  }
}

static void numbers_that_are_none(void **state) {
  (void)state;
  assert_string_equal(qtls_err_name(QTLS_OK), "OK");
  assert_string_equal(qtls_err_name(QTLS_ERR_COUNT), "UNKNOWN");
  assert_string_equal(qtls_err_name((qtls_err)-1), "UNKNOWN");
  assert_int_equal(qtls_err_alert((qtls_err)-1), QTLS_ALERT_internal_error);
}

/* Q-TLS §6: what a failed record tells is one thing, 20; 21 is never sent. */
static void alerts_as_settled(void **state) {
  (void)state;
  assert_int_equal(qtls_err_alert(QTLS_ERR_RECORD_BAD_MAC), 20);
  assert_int_equal(qtls_err_alert(QTLS_ERR_RECORD_TOO_SHORT), 20);
  assert_int_equal(qtls_err_alert(QTLS_ERR_RECORD_OVERFLOW), 22);
  assert_int_equal(qtls_err_alert(QTLS_ERR_RECORD_INNER_EMPTY), 10);
  assert_int_equal(qtls_err_alert(QTLS_ERR_SHARE_MALFORMED), 47);
  assert_int_equal(qtls_err_alert(QTLS_ERR_PQC_NONE), 90);
  assert_int_equal(qtls_err_alert(QTLS_ERR_SIG_PQC), 90);
  assert_int_equal(qtls_err_alert(QTLS_ERR_PQC_KEM), 91);
  assert_int_equal(qtls_err_alert(QTLS_ERR_SIG_CLASSICAL), 51);
  assert_int_equal(qtls_err_alert(QTLS_ERR_FLOOR), 71);
  for (int i = 0; i < QTLS_ERR_COUNT; i++) {
    assert_int_not_equal(qtls_err_alert((qtls_err)i), QTLS_ALERT_decryption_failed);
    assert_int_not_equal(qtls_err_alert((qtls_err)i), QTLS_ALERT_no_certificate);
  }
}

static void names_of_alerts(void **state) {
  (void)state;
  assert_string_equal(qtls_alert_name(0, 0), "close_notify");
  assert_string_equal(qtls_alert_name(20, 1), "bad_record_mac");
  assert_string_equal(qtls_alert_name(90, 0), "user_canceled");
  assert_string_equal(qtls_alert_name(90, 1), "pqc_negotiation_failure");
  assert_string_equal(qtls_alert_name(90, 2), "pqc_signature_failure");
  assert_string_equal(qtls_alert_name(99, 0), "unknown_alert");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_error_has_a_row),
      cmocka_unit_test(numbers_that_are_none),
      cmocka_unit_test(alerts_as_settled),
      cmocka_unit_test(names_of_alerts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
