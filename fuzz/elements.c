/*
 * Tells what our readers make of DER, for a comparison with another reader
 * (tests/interop/openssl_elements.py). Each argument is a file; of each it prints
 *
 *   file PATH
 *   certificate ERROR     the verdict of the reader of certificates, by name
 *   private ERROR         of the reader of private keys
 *   public ERROR          of the reader of public keys
 *   element OFFSET DEPTH HEADER LENGTH cons|prim     in the order of the bytes
 *   unread OFFSET         what is inside a constructed element there is not DER
 */
#include <stdio.h>

#include "crypto/key.h"
#include "pki/cert.h"
#include "pki/der.h"

enum { FILE_MAX = 1 << 20, DEPTH_MAX = 100 };

static void walk(const uint8_t *start, size_t n) {
  CBS open[DEPTH_MAX]; /* what is left of each constructed element around, the file first */
  size_t count = 1;
  CBS_init(&open[0], start, n);
  while (count > 0) {
    CBS *in = &open[count - 1];
    if (CBS_len(in) == 0) {
      count--;
      continue;
    }
    CBS element;
    CBS_ASN1_TAG tag = 0;
    size_t header = 0;
    size_t at = (size_t)(CBS_data(in) - start);
    if (!CBS_get_any_asn1_element(in, &element, &tag, &header)) {
      printf("unread %zu\n", at);
      count--; /* where the next begins nobody knows; the one around it goes on */
      continue;
    }
    bool constructed = (tag & CBS_ASN1_CONSTRUCTED) != 0;
    printf("element %zu %zu %zu %zu %s\n", at, count - 1, header, CBS_len(&element) - header,
           constructed ? "cons" : "prim");
    if (constructed && count < DEPTH_MAX && CBS_skip(&element, header)) {
      open[count++] = element;
    }
  }
}

static void tell(q_span der) {
  q_cert cert;
  q_privkey *private = NULL;
  q_pubkey *public = NULL;
  qtls_err verdicts[] = {q_pki_cert_parse(&cert, der), q_crypto_privkey_from_pkcs8(&private, der),
                         q_crypto_pubkey_from_spki(&public, der)};
  printf("certificate %s\nprivate %s\npublic %s\n", qtls_err_name(verdicts[0]), qtls_err_name(verdicts[1]),
         qtls_err_name(verdicts[2]));
  q_crypto_privkey_free(private);
  q_crypto_pubkey_free(public);
  walk(der.p, der.n);
}

int main(int argc, char **argv) {
  static uint8_t data[FILE_MAX];
  for (int i = 1; i < argc; i++) {
    FILE *file = fopen(argv[i], "rb");
    if (file == NULL) {
      perror(argv[i]);
      return 1;
    }
    size_t n = fread(data, 1, sizeof data, file);
    fclose(file);
    printf("file %s\n", argv[i]);
    tell(q_span_of(data, n));
  }
  return 0;
}
