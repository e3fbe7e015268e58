/* ClientHello: what is read lies inside, and is written back as it came. */
#include "fuzz_extensions.h"
#include "wire/client_hello.h"

static void write_back(const q_client_hello *hello, q_span body) {
  size_t count = q_codes_count(hello->suites);
  uint16_t *suites = q_alloc(count * sizeof *suites);
  FUZZ_CHECK(suites != NULL);
  for (size_t i = 0; i < count; i++) {
    suites[i] = q_codes_at(hello->suites, i);
  }
  q_writer w;
  fuzz_writer_open(&w, body);
  q_mark block = q_wire_client_hello_open(&w, hello->random, hello->session_id, suites, count);
  fuzz_extensions_write(&w, &hello->extensions);
  q_write_close(&w, block);
  fuzz_writer_equal(&w, body);
  q_free(suites);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  q_span body = q_span_of(data, size);
  q_client_hello hello;
  if (q_wire_client_hello_read(&hello, body) != QTLS_OK) {
    return 0;
  }
  fuzz_inside(q_span_of(hello.random, 32), body);
  fuzz_inside(hello.session_id, body);
  fuzz_inside(hello.suites, body);
  fuzz_inside(hello.compression, body);
  fuzz_extensions_check(&hello.extensions, body);
  FUZZ_CHECK(hello.suites.n >= 2 && hello.suites.n % 2 == 0);
  FUZZ_CHECK(hello.session_id.n <= 32);
  /* The writer knows one form only. */
  if (hello.legacy_version == Q_VERSION_TLS12 && hello.compression.n == 1 && hello.compression.p[0] == 0 &&
      hello.has_extensions) {
    write_back(&hello, body);
  }
  return 0;
}
