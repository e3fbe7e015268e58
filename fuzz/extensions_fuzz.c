/* The bodies of all extensions: the first byte selects the codec. Where a
 * writer exists, what was read is written back as it came. */
#include "fuzz_extensions.h"
#include "wire/ext/ext_codec.h"
#include "wire/ext/pqc_codec.h"

typedef void writer_of_codes(q_writer *w, const uint16_t *codes, size_t count);

static void codes_back(q_span codes, q_span body, writer_of_codes *write) {
  FUZZ_CHECK(codes.n >= 2 && codes.n % 2 == 0);
  fuzz_inside(codes, body);
  size_t count = q_codes_count(codes);
  uint16_t *list = q_alloc(count * sizeof *list);
  FUZZ_CHECK(list != NULL);
  for (size_t i = 0; i < count; i++) {
    list[i] = q_codes_at(codes, i);
    FUZZ_CHECK(q_codes_has(codes, list[i]) || i > 64); /* short lists only: it is a search */
  }
  q_writer w;
  fuzz_writer_open(&w, body);
  write(&w, list, count);
  fuzz_writer_equal(&w, body);
  q_free(list);
}

static void codes16(q_span body) {
  q_span codes;
  if (q_wire_codes16_read(&codes, body) == QTLS_OK) {
    codes_back(codes, body, q_wire_codes16_write);
  }
}

static void versions(q_span body) {
  q_span codes;
  if (q_wire_versions_read(&codes, body) == QTLS_OK) {
    codes_back(codes, body, q_wire_versions_write);
  }
}

static void version(q_span body) {
  uint16_t v = 0;
  FUZZ_CHECK((q_wire_version_read(&v, body) == QTLS_OK) == (body.n == 2));
}

static void server_name(q_span body) {
  q_span name;
  if (q_wire_server_name_read(&name, body) == QTLS_OK) {
    q_writer w;
    fuzz_inside(name, body);
    FUZZ_CHECK(name.n >= 1 && name.n <= 255 && memchr(name.p, 0, name.n) == NULL);
    fuzz_writer_open(&w, body);
    q_wire_server_name_write(&w, name);
    fuzz_writer_equal(&w, body);
  }
}

static void alpn(q_span body) {
  q_span list, name, one;
  qtls_err single = q_wire_alpn_read_one(&one, body);
  if (q_wire_alpn_read(&list, body) != QTLS_OK) {
    FUZZ_CHECK(single != QTLS_OK);
    return;
  }
  q_writer w;
  fuzz_writer_open(&w, body);
  q_wire_alpn_write(&w, list);
  fuzz_writer_equal(&w, body);
  size_t count = 0;
  while (q_wire_alpn_next(&list, &name)) {
    fuzz_inside(name, body);
    FUZZ_CHECK(name.n > 0);
    count++;
  }
  FUZZ_CHECK(list.n == 0 && count > 0 && (single == QTLS_OK) == (count == 1));
}

static void key_shares(q_span body) {
  q_span entries;
  q_key_share share;
  if (q_wire_key_shares_read(&entries, body) != QTLS_OK) {
    return;
  }
  q_writer w;
  fuzz_writer_open(&w, body);
  q_mark list = q_write_open(&w, 2);
  while (q_wire_key_share_next(&entries, &share)) {
    fuzz_inside(share.data, body);
    FUZZ_CHECK(share.data.n > 0);
    q_wire_key_share_write(&w, &share);
  }
  FUZZ_CHECK(entries.n == 0);
  q_write_close(&w, list);
  fuzz_writer_equal(&w, body);
}

static void key_share_server(q_span body) {
  q_key_share shares[2];
  qtls_err verdicts[3] = {QTLS_ERR_DECODE, QTLS_ERR_DECODE, QTLS_ERR_DECODE};
  for (size_t count = 1; count <= 2; count++) {
    verdicts[count] = q_wire_key_share_server_read(shares, count, body);
    if (verdicts[count] == QTLS_OK) {
      q_writer w;
      fuzz_writer_open(&w, body);
      for (size_t i = 0; i < count; i++) {
        fuzz_inside(shares[i].data, body);
        q_wire_key_share_write(&w, &shares[i]);
      }
      fuzz_writer_equal(&w, body);
    }
  }
  FUZZ_CHECK(verdicts[1] != QTLS_OK || verdicts[2] != QTLS_OK);
}

static void key_share_retry(q_span body) {
  uint16_t groups[2];
  for (size_t count = 1; count <= 2; count++) {
    FUZZ_CHECK((q_wire_key_share_retry_read(groups, count, body) == QTLS_OK) == (body.n == 2 * count));
  }
}

static void cookie(q_span body) {
  q_span bytes;
  if (q_wire_cookie_read(&bytes, body) == QTLS_OK) {
    q_writer w;
    fuzz_inside(bytes, body);
    fuzz_writer_open(&w, body);
    q_wire_cookie_write(&w, bytes);
    fuzz_writer_equal(&w, body);
  }
}

static void psk(q_span body) {
  q_span modes;
  if (q_wire_psk_modes_read(&modes, body) == QTLS_OK) {
    FUZZ_CHECK(modes.n == body.n - 1 && modes.n > 0);
  }
  (void)!q_wire_pre_shared_key_check(body);
}

static void authorities(q_span body) {
  q_span names;
  if (q_wire_authorities_read(&names, body) == QTLS_OK) {
    fuzz_inside(names, body);
    FUZZ_CHECK(names.n == body.n - 2 && names.n >= 3);
  }
}

static void small_ones(q_span body) {
  uint16_t limit = 0;
  if (q_wire_record_size_limit_read(&limit, body) == QTLS_OK) {
    FUZZ_CHECK(limit >= 64 && body.n == 2);
  }
  bool ocsp = false;
  q_span response = {NULL, 0};
  (void)!q_wire_status_request_read(&ocsp, body);
  (void)!q_wire_certificate_status_read(&response, body);
  FUZZ_CHECK((q_wire_empty_check(body) == QTLS_OK) == (body.n == 0));
}

static void compress_certificate(q_span body) {
  q_span codes;
  uint8_t bytes[128];
  if (q_wire_compress_certificate_read(&codes, body) != QTLS_OK) {
    return;
  }
  bool known = true;
  size_t count = q_codes_count(codes);
  FUZZ_CHECK(count > 0 && count < sizeof bytes);
  for (size_t i = 0; i < count; i++) {
    known = known && q_codes_at(codes, i) <= 0xFF;
    bytes[i] = (uint8_t)q_codes_at(codes, i);
  }
  if (known) { /* the writer has a byte for each */
    q_writer w;
    fuzz_writer_open(&w, body);
    q_wire_compress_certificate_write(&w, bytes, count);
    fuzz_writer_equal(&w, body);
  }
}

static void cert_compression(q_span body) {
  q_span bytes;
  if (q_wire_cert_compression_read(&bytes, body) == QTLS_OK) {
    q_writer w;
    fuzz_writer_open(&w, body);
    q_wire_cert_compression_write(&w, bytes.p, bytes.n);
    fuzz_writer_equal(&w, body);
  }
}

static void pqc_algorithms(q_span body) {
  q_pqc_algorithms in;
  if (q_wire_pqc_algorithms_read(&in, body) != QTLS_OK) {
    return;
  }
  fuzz_inside(in.kems, body);
  fuzz_inside(in.signatures, body);
  uint16_t lists[2][64];
  size_t kems = q_codes_count(in.kems), signatures = q_codes_count(in.signatures);
  if (kems > Q_COUNT(lists[0]) || signatures > Q_COUNT(lists[1])) {
    return;
  }
  for (size_t i = 0; i < kems; i++) {
    lists[0][i] = q_codes_at(in.kems, i);
  }
  for (size_t i = 0; i < signatures; i++) {
    lists[1][i] = q_codes_at(in.signatures, i);
  }
  q_writer w;
  fuzz_writer_open(&w, body);
  q_wire_pqc_algorithms_write(&w, lists[0], kems, lists[1], signatures);
  fuzz_writer_equal(&w, body);
}

static void hybrid_mode(q_span body) {
  q_hybrid_mode in;
  if (q_wire_hybrid_mode_read(&in, body) == QTLS_OK) {
    q_writer w;
    FUZZ_CHECK(in.policy >= 1 && in.policy <= 3);
    fuzz_writer_open(&w, body);
    q_wire_hybrid_mode_write(&w, &in);
    fuzz_writer_equal(&w, body);
  }
}

static void hsm_capabilities(q_span body) {
  q_hsm_capabilities in;
  if (q_wire_hsm_capabilities_read(&in, body) == QTLS_OK) {
    q_writer w;
    fuzz_writer_open(&w, body);
    q_wire_hsm_capabilities_write(&w, &in);
    fuzz_writer_equal(&w, body);
  }
}

static void session_cache_info(q_span body) {
  q_session_cache_info in;
  if (q_wire_session_cache_info_read(&in, body) == QTLS_OK) {
    q_writer w;
    fuzz_writer_open(&w, body);
    q_wire_session_cache_info_write(&w, &in);
    fuzz_writer_equal(&w, body);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static void (*const targets[])(q_span) = {
      codes16,        versions,    version,          server_name,      alpn,       key_shares,
      key_share_server, key_share_retry, cookie,     psk,              authorities, small_ones,
      compress_certificate, cert_compression, pqc_algorithms, hybrid_mode, hsm_capabilities, session_cache_info,
  };
  q_span body = q_span_of(data, size);
  targets[fuzz_take_u8(&body) % Q_COUNT(targets)](body);
  return 0;
}
