/* ServerHello: what is read lies inside, and is written back as it came. */
#include "fuzz_extensions.h"
#include "wire/server_hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  q_span body = q_span_of(data, size);
  q_server_hello hello;
  if (q_wire_server_hello_read(&hello, body) != QTLS_OK) {
    return 0;
  }
  fuzz_inside(q_span_of(hello.random, 32), body);
  fuzz_inside(hello.session_id, body);
  fuzz_extensions_check(&hello.extensions, body);
  FUZZ_CHECK(hello.is_hrr == (memcmp(hello.random, q_wire_hrr_random, 32) == 0));
  /* The writer always writes a block, and null compression. */
  bool has_block = size > 2 + 32 + 1 + hello.session_id.n + 3;
  if (hello.legacy_version == Q_VERSION_TLS12 && hello.compression == 0 && has_block) {
    q_writer w;
    fuzz_writer_open(&w, body);
    q_mark block = q_wire_server_hello_open(&w, hello.random, hello.session_id, hello.suite);
    fuzz_extensions_write(&w, &hello.extensions);
    q_write_close(&w, block);
    fuzz_writer_equal(&w, body);
  }
  return 0;
}
