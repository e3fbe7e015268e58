/* PEM text (RFC 7468) and base64 (RFC 4648). */
#include "pki/base64.h"
#include "pki/pem.h"
#include "unit/unit.h"

static qtls_err read_one(const char *text, q_pem_block *block, size_t *line) {
  q_pem_reader reader = q_pki_pem_reader(unit_text(text));
  qtls_err err = q_pki_pem_next(block, &reader);
  *line = reader.line;
  return err;
}

static void expect_bytes(const char *text, const char *label, const char *hex) {
  q_pem_block block;
  size_t line = 0;
  uint8_t *der = NULL;
  size_t n = 0;
  assert_ok(read_one(text, &block, &line));
  assert_true(q_pki_pem_is(&block, label));
  assert_ok(q_pki_pem_decode(&der, &n, &line, &block));
  unit_equal(der, n, hex);
  q_free(der);
}

static void sound(void **state) {
  (void)state;
  expect_bytes("-----BEGIN X-----\nAAEC\n-----END X-----\n", "X", "000102");
  expect_bytes("-----BEGIN X-----\r\nAAEC\r\n-----END X-----\r\n", "X", "000102");
  expect_bytes("-----BEGIN X-----\nAAEC\n-----END X-----", "X", "000102");
  expect_bytes("words\n\nmore: words\n-----BEGIN A B-----\nAAE=\n-----END A B-----\n", "A B", "0001");
  expect_bytes("-----BEGIN X-----\nA\nA\nEC\nAw==  \n-----END X-----\n", "X", "00010203");
  expect_bytes("-----BEGIN X-----\n\nAAEC\n\n-----END X-----\n", "X", "000102");
}

static void several(void **state) {
  (void)state;
  const char *text = "one\n-----BEGIN A-----\nAA==\n-----END A-----\nbetween\n-----BEGIN B-----\n/w==\n-----END B-----\n";
  q_pem_reader reader = q_pki_pem_reader(unit_text(text));
  q_pem_block block;
  assert_ok(q_pki_pem_next(&block, &reader));
  assert_true(q_pki_pem_is(&block, "A"));
  assert_int_equal(block.line, 2);
  assert_ok(q_pki_pem_next(&block, &reader));
  assert_true(q_pki_pem_is(&block, "B"));
  assert_int_equal(block.line, 6);
  assert_ok(q_pki_pem_next(&block, &reader));
  assert_int_equal(block.label.n, 0);
  assert_ok(q_pki_pem_next(&block, &reader));
  assert_int_equal(block.label.n, 0);
}

static void nothing(void **state) {
  (void)state;
  static const char *const texts[] = {"", "words", "-----END X-----\n", " -----BEGIN X-----\n"};
  for (size_t i = 0; i < Q_COUNT(texts); i++) {
    q_pem_block block;
    size_t line = 0;
    assert_ok(read_one(texts[i], &block, &line));
    assert_int_equal(block.label.n, 0);
  }
}

/* Errors of the frame, with the line they are told at. */
static void bad_frames(void **state) {
  (void)state;
  static const struct {
    const char *text;
    size_t line;
  } rows[] = {{"-----BEGIN X-----\nAAEC\n", 1},
              {"\n-----BEGIN X-----\nAAEC\n-----END Y-----\n", 4},
              {"-----BEGIN X-----\nAAEC\n-----BEGIN X-----\nAAEC\n-----END X-----\n", 3},
              {"-----BEGIN X\nAAEC\n-----END X-----\n", 1},
              {"-----BEGIN -----\nAAEC\n-----END -----\n", 1},
              {"-----BEGIN -X-----\nAAEC\n-----END -X-----\n", 1},
              {"-----BEGIN X-----\nAAEC\n-----END X----\n", 3}};
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    q_pem_block block;
    size_t line = 0;
    assert_err(read_one(rows[i].text, &block, &line), QTLS_ERR_PEM);
    assert_int_equal(line, rows[i].line);
  }
}

static void bad_bodies(void **state) {
  (void)state;
  static const struct {
    const char *body;
    size_t line;
  } rows[] = {{"", 1},          {"\n", 2},         {"AAE\n", 2},      {"AAE*\n", 2},     {"AAEC\nA A=\n", 3},
              {"AA==\nAA==\n", 3}, {"A===\n", 2},  {"====\n", 2},     {"AB==\n", 2},     {"AAF=\n", 2},
              {"Proc-Type: 4,ENCRYPTED\n\nAAEC\n", 2},                {"AAEC\n\x01\n", 3}, {"AA-_\n", 2}};
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    char text[200] = "-----BEGIN X-----\n";
    size_t n = strlen(text);
    memcpy(text + n, rows[i].body, strlen(rows[i].body));
    memcpy(text + n + strlen(rows[i].body), "-----END X-----\n", 17);
    q_pem_block block;
    size_t line = 0;
    uint8_t *der = NULL;
    assert_ok(read_one(text, &block, &line));
    assert_err(q_pki_pem_decode(&der, &n, &line, &block), QTLS_ERR_PEM);
    assert_null(der);
    assert_int_equal(line, rows[i].line);
  }
}

static void base64_vectors(void **state) { /* RFC 4648 §10 */
  (void)state;
  static const char *const rows[][2] = {{"f", "Zg=="},      {"fo", "Zm8="},        {"foo", "Zm9v"},
                                        {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    char out[16];
    uint8_t back[16];
    size_t n = 0;
    size_t length = q_pki_base64_length(strlen(rows[i][0]));
    assert_int_equal(length, strlen(rows[i][1]));
    q_pki_base64_encode(out, unit_text(rows[i][0]));
    assert_memory_equal(out, rows[i][1], length);
    assert_true(q_pki_base64_decode(back, &n, unit_text(rows[i][1])));
    assert_int_equal(n, strlen(rows[i][0]));
    assert_memory_equal(back, rows[i][0], n);
  }
}

/* Every byte is either a letter with one value, or refused. */
static void base64_alphabet(void **state) {
  (void)state;
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (unsigned c = 0; c < 256; c++) {
    uint8_t text[4] = {(uint8_t)c, 'A', 'A', 'A'};
    uint8_t back[3];
    size_t n = 0;
    const char *at = c != 0 ? strchr(letters, (int)c) : NULL;
    assert_int_equal(q_pki_base64_decode(back, &n, q_span_of(text, 4)), at != NULL);
    if (at != NULL) {
      assert_int_equal(back[0] >> 2, at - letters);
    }
  }
}

static void written_and_read(void **state) {
  (void)state;
  uint8_t bytes[200];
  for (size_t i = 0; i < sizeof bytes; i++) {
    bytes[i] = (uint8_t)(7 * i);
  }
  for (size_t n = 1; n <= sizeof bytes; n++) {
    char text[400];
    size_t length = q_pki_pem_length("CERTIFICATE", n);
    text[length] = 'x';
    q_pki_pem_write(text, "CERTIFICATE", q_span_of(bytes, n));
    assert_int_equal(text[length], 'x');
    assert_int_equal(text[length - 1], '\n');
    q_pem_reader reader = q_pki_pem_reader(q_span_of(text, length));
    q_pem_block block;
    uint8_t *der = NULL;
    size_t back = 0;
    size_t line = 0;
    assert_ok(q_pki_pem_next(&block, &reader));
    assert_ok(q_pki_pem_decode(&der, &back, &line, &block));
    assert_int_equal(back, n);
    assert_memory_equal(der, bytes, n);
    q_free(der);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sound),      cmocka_unit_test(several),    cmocka_unit_test(nothing),
      cmocka_unit_test(bad_frames), cmocka_unit_test(bad_bodies), cmocka_unit_test(base64_vectors),
      cmocka_unit_test(base64_alphabet), cmocka_unit_test(written_and_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
