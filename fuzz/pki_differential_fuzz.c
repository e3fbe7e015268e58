/*
 * Our reader of certificates beside the one of AWS-LC: what ours accepts, the
 * other accepts too, and both see the same serial number, names, validity, key,
 * signature, DNS names, basic constraints, key usages and critical marks.
 *
 * The other direction is not asked for: ours is the stricter of the two. Where it
 * is not, on purpose:
 *
 *   1. The values of a name's attributes. AWS-LC wants a string type whose content
 *      fits it (UTF-8, whole units); ours wants one element. Names are compared
 *      byte for byte, never decoded but for display, and matched with no host.
 *   2. The parameters of an algorithm. AWS-LC decodes what it takes for a value of
 *      a universal type; ours wants one element. Whoever uses the key or verifies
 *      the signature knows its algorithm, and refuses other parameters.
 *   3. The content of an otherName, x400Address, directoryName, ediPartyName or
 *      registeredID in subjectAltName, which no host is matched with.
 */
#include <openssl/asn1.h>
#include <openssl/bytestring.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "fuzz.h"
#include "pki/cert.h"
#include "pki/names.h"

static q_span without_zeros(q_span number) {
  while (number.n > 0 && number.p[0] == 0) {
    number = q_span_of(number.p + 1, number.n - 1);
  }
  return number;
}

static void same(q_span ours, const uint8_t *theirs, size_t n) {
  FUZZ_CHECK(ours.n == n && (n == 0 || memcmp(ours.p, theirs, n) == 0));
}

static void same_string(q_span ours, const ASN1_STRING *theirs) {
  same(ours, ASN1_STRING_get0_data(theirs), (size_t)ASN1_STRING_length(theirs));
}

static void check_name(q_span ours, X509_NAME *theirs) {
  const uint8_t *der = NULL;
  size_t n = 0;
  FUZZ_CHECK(X509_NAME_get0_der(theirs, &der, &n) == 1);
  same(ours, der, n);
}

static void check_time(int64_t ours, const ASN1_TIME *theirs) {
  int64_t seconds = 0;
  FUZZ_CHECK(ASN1_TIME_to_posix(theirs, &seconds) == 1);
  FUZZ_CHECK(seconds == ours);
}

/* Parameters of unusual types AWS-LC writes in a form of its own: then the key's bits
 * alone are compared. */
static void check_key(q_span ours, X509_PUBKEY *theirs) {
  const uint8_t *bits = NULL;
  int bits_n = 0;
  X509_ALGOR *algorithm = NULL;
  int type = V_ASN1_UNDEF;
  FUZZ_CHECK(X509_PUBKEY_get0_param(NULL, &bits, &bits_n, &algorithm, theirs) == 1);
  X509_ALGOR_get0(NULL, &type, NULL, algorithm);
  FUZZ_CHECK(bits_n >= 0 && (size_t)bits_n <= ours.n);
  same(q_span_of(ours.p + ours.n - (size_t)bits_n, (size_t)bits_n), bits, (size_t)bits_n);
  if (type == V_ASN1_UNDEF || type == V_ASN1_NULL || type == V_ASN1_OBJECT || type == V_ASN1_SEQUENCE) {
    uint8_t *spki = NULL;
    int n = i2d_X509_PUBKEY(theirs, &spki);
    FUZZ_CHECK(n > 0);
    same(ours, spki, (size_t)n);
    OPENSSL_free(spki);
  }
}

static void check_fields(const q_cert *c, X509 *x) {
  const ASN1_INTEGER *serial = X509_get0_serialNumber(x);
  FUZZ_CHECK(ASN1_STRING_type(serial) == V_ASN1_INTEGER);
  q_span number = q_span_of(ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial));
  number = without_zeros(number);
  same(without_zeros(c->serial), number.p, number.n);
  check_name(c->issuer, X509_get_issuer_name(x));
  check_name(c->subject, X509_get_subject_name(x));
  check_time(c->not_before, X509_get0_notBefore(x));
  check_time(c->not_after, X509_get0_notAfter(x));

  check_key(c->spki, X509_get_X509_PUBKEY(x));

  const ASN1_BIT_STRING *signature = NULL;
  X509_get0_signature(&signature, NULL, x);
  same_string(c->signature, signature);
}

/* The extension as AWS-LC reads it, which has it exactly when ours has it. */
static void *extension(X509 *x, int nid, bool ours) {
  int critical = -1;
  void *value = X509_get_ext_d2i(x, nid, &critical, NULL);
  FUZZ_CHECK((value != NULL) == ours);
  FUZZ_CHECK(ours || critical == -1); /* -1: none; -2: more than one */
  return value;
}

static void check_basic(const q_cert *c, X509 *x) {
  BASIC_CONSTRAINTS *basic = extension(x, NID_basic_constraints, c->has_basic);
  if (basic != NULL) {
    FUZZ_CHECK((basic->ca != 0) == c->is_ca);
    FUZZ_CHECK((basic->pathlen != NULL) == c->has_path_len);
    if (basic->pathlen != NULL) {
      uint64_t length = 0;
      FUZZ_CHECK(ASN1_INTEGER_get_uint64(&length, basic->pathlen) == 1);
      FUZZ_CHECK(c->path_len == (length > UINT8_MAX ? UINT8_MAX : length));
    }
  }
  BASIC_CONSTRAINTS_free(basic);
}

static void check_usages(const q_cert *c, X509 *x) {
  ASN1_BIT_STRING *usage = extension(x, NID_key_usage, c->has_key_usage);
  for (int i = 0; usage != NULL && i < 9; i++) {
    FUZZ_CHECK((ASN1_BIT_STRING_get_bit(usage, i) != 0) == ((c->key_usage >> i & 1) != 0));
  }
  ASN1_BIT_STRING_free(usage);

  EXTENDED_KEY_USAGE *extended = extension(x, NID_ext_key_usage, c->has_eku);
  unsigned theirs = 0;
  for (size_t i = 0; extended != NULL && i < sk_ASN1_OBJECT_num(extended); i++) {
    int nid = OBJ_obj2nid(sk_ASN1_OBJECT_value(extended, i));
    theirs |= nid == NID_server_auth           ? Q_EKU_SERVER
              : nid == NID_client_auth         ? Q_EKU_CLIENT
              : nid == NID_OCSP_sign           ? Q_EKU_OCSP
              : nid == NID_anyExtendedKeyUsage ? Q_EKU_ANY
                                               : Q_EKU_OTHER;
  }
  FUZZ_CHECK(theirs == c->eku);
  EXTENDED_KEY_USAGE_free(extended);
}

/* Does the list hold a name of a kind that no host is matched with? */
static bool has_unmatched_kind(q_span rest) {
  q_general_name name;
  while (q_pki_name_next(&rest, &name)) {
    if (name.type != Q_GENERAL_EMAIL && name.type != Q_GENERAL_DNS && name.type != Q_GENERAL_URI &&
        name.type != Q_GENERAL_IP) {
      return true;
    }
  }
  return false;
}

static void check_names(const q_cert *c, X509 *x) {
  int critical = -1;
  GENERAL_NAMES *theirs = X509_get_ext_d2i(x, NID_subject_alt_name, &critical, NULL);
  FUZZ_CHECK((critical >= 0) == (c->san.n > 0));
  if (theirs == NULL) {
    FUZZ_CHECK(c->san.n == 0 || has_unmatched_kind(c->san));
    return;
  }
  q_span rest = c->san;
  for (size_t i = 0; i < sk_GENERAL_NAME_num(theirs); i++) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(theirs, i);
    q_general_name ours;
    FUZZ_CHECK(q_pki_name_next(&rest, &ours));
    FUZZ_CHECK((int)ours.type == name->type);
    if (name->type == GEN_DNS) {
      same_string(ours.value, name->d.dNSName);
    } else if (name->type == GEN_IPADD) {
      same_string(ours.value, name->d.iPAddress);
    }
  }
  FUZZ_CHECK(rest.n == 0);
  GENERAL_NAMES_free(theirs);
}

/* An AlgorithmIdentifier whose parameters, all that follows the OID, are one value
 * that AWS-LC reads alone, or absent. Whatever else is wrong is not excused. */
static bool parameters_readable(q_span algorithm) {
  CBS in;
  CBS seq;
  CBS_init(&in, algorithm.p, algorithm.n);
  FUZZ_CHECK(CBS_get_asn1(&in, &seq, CBS_ASN1_SEQUENCE) && CBS_get_asn1(&seq, NULL, CBS_ASN1_OBJECT));
  if (CBS_len(&seq) == 0) {
    return true;
  }
  CBS value;
  FUZZ_CHECK(CBS_get_any_asn1_element(&seq, &value, NULL, NULL) && CBS_len(&seq) == 0);
  const uint8_t *p = CBS_data(&value);
  ASN1_TYPE *type = d2i_ASN1_TYPE(NULL, &p, (long)CBS_len(&value));
  ASN1_TYPE_free(type);
  ERR_clear_error();
  return type != NULL;
}

static q_span algorithm_of(q_span spki) {
  CBS in;
  CBS seq;
  CBS algorithm;
  CBS_init(&in, spki.p, spki.n);
  FUZZ_CHECK(CBS_get_asn1(&in, &seq, CBS_ASN1_SEQUENCE) && CBS_get_asn1_element(&seq, &algorithm, CBS_ASN1_SEQUENCE));
  return q_span_of(CBS_data(&algorithm), CBS_len(&algorithm));
}

/* A name that AWS-LC reads when it stands alone. */
static bool name_readable(q_span der) {
  const uint8_t *p = der.p;
  X509_NAME *name = d2i_X509_NAME(NULL, &p, (long)der.n);
  X509_NAME_free(name);
  ERR_clear_error();
  return name != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  q_cert cert;
  if (q_pki_cert_parse(&cert, q_span_of(data, size)) != QTLS_OK) {
    return 0;
  }
  if (!name_readable(cert.issuer) || !name_readable(cert.subject) || !parameters_readable(cert.sig_alg) ||
      !parameters_readable(algorithm_of(cert.spki))) {
    return 0;
  }
  const uint8_t *p = data;
  X509 *x = d2i_X509(NULL, &p, (long)size);
  FUZZ_CHECK(x != NULL && p == data + size);
  check_fields(&cert, x);
  check_basic(&cert, x);
  check_usages(&cert, x);
  check_names(&cert, x);
  X509_free(x);
  ERR_clear_error();
  return 0;
}
