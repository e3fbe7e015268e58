/* Owns signature_algorithms (RFC 8446 §4.2.3). It speaks for certificates too,
 * so RSA PKCS#1 stands at its end, where only certificates may use it. */
#include "handshake/ext/ext.h"

static const uint16_t certificates_only[] = {Q_SCHEME_RSA_PKCS1_SHA256, Q_SCHEME_RSA_PKCS1_SHA384,
                                             Q_SCHEME_RSA_PKCS1_SHA512};

qtls_err q_ext_schemes_write_hello(q_machine *m, q_writer *w) {
  uint16_t codes[Q_LIST_MAX + Q_COUNT(certificates_only)];
  size_t n = 0;
  bool rsa = false;
  for (size_t i = 0; i < m->hs->offer.schemes.count; i++) {
    codes[n++] = m->hs->offer.schemes.code[i];
    rsa = rsa || q_scheme_find(codes[n - 1])->key == Q_KEY_RSA;
  }
  for (size_t i = 0; rsa && i < Q_COUNT(certificates_only); i++) {
    codes[n++] = certificates_only[i];
  }
  q_wire_codes16_write(w, codes, n);
  return QTLS_OK;
}

qtls_err q_ext_schemes_read_hello(q_machine *m, q_hello_facts *facts, q_span body) {
  (void)m;
  facts->has_schemes = true;
  return q_wire_codes16_read(&facts->offer.schemes, body);
}
