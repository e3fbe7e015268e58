/*
 * Name constraints against names, ours beside those of AWS-LC: what ours lets
 * pass, the other lets pass too (where it judges that kind of name at all), and
 * ours never passes what it cannot read. The other direction is not asked for:
 * what ours cannot evaluate it refuses.
 *
 *   two bytes of length, then the value of nameConstraints
 *   two bytes of length, then the subject, a Name with its header
 *   rest       the content of the GeneralNames of subjectAltName; none: no extension
 */
#include <openssl/bytestring.h>
#include <openssl/err.h>
#include <openssl/mem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "fuzz.h"
#include "pki/constraints.h"
#include "pki/extensions.h"
#include "pki/names.h"

#define WORK ((size_t)1 << 20)

/* The Extension subjectAltName, in memory of AWS-LC. */
static q_span extension_make(q_span names) {
  static const uint8_t oid[] = {0x55, 0x1D, 0x11};
  CBB cbb, extension, id, value, list;
  uint8_t *out = NULL;
  size_t n = 0;
  FUZZ_CHECK(CBB_init(&cbb, 64) && CBB_add_asn1(&cbb, &extension, CBS_ASN1_SEQUENCE) &&
             CBB_add_asn1(&extension, &id, CBS_ASN1_OBJECT) && CBB_add_bytes(&id, oid, sizeof oid) &&
             CBB_add_asn1(&extension, &value, CBS_ASN1_OCTETSTRING) && CBB_add_asn1(&value, &list, CBS_ASN1_SEQUENCE) &&
             CBB_add_bytes(&list, names.p, names.n) && CBB_finish(&cbb, &out, &n));
  return q_span_of(out, n);
}

/* A certificate with nothing but this subject and these names, as AWS-LC has it;
 * NULL where it does not read them. */
static X509 *other_reader(q_span subject, q_span extension) {
  X509 *x = X509_new();
  FUZZ_CHECK(x != NULL);
  const uint8_t *p = subject.p;
  X509_NAME *name = d2i_X509_NAME(NULL, &p, (long)subject.n);
  bool ok = name != NULL && p == subject.p + subject.n && X509_set_subject_name(x, name) == 1;
  X509_NAME_free(name);
  if (ok && extension.n > 0) {
    p = extension.p;
    X509_EXTENSION *e = d2i_X509_EXTENSION(NULL, &p, (long)extension.n);
    ok = e != NULL && X509_set_version(x, X509_VERSION_3) == 1 && X509_add_ext(x, e, -1) == 1;
    X509_EXTENSION_free(e);
    GENERAL_NAMES *names = ok ? X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL) : NULL;
    ok = names != NULL;
    GENERAL_NAMES_free(names);
  }
  if (!ok) {
    X509_free(x);
    return NULL;
  }
  X509_check_purpose(x, -1, 0); /* fills in what the check below looks at */
  return x;
}

static NAME_CONSTRAINTS *other_constraints(q_span value) {
  const uint8_t *p = value.p;
  const X509V3_EXT_METHOD *method = X509V3_EXT_get_nid(NID_name_constraints);
  FUZZ_CHECK(method != NULL);
  ASN1_VALUE *out = ASN1_item_d2i(NULL, &p, (long)value.n, ASN1_ITEM_ptr(method->it));
  if (out != NULL && p != value.p + value.n) {
    ASN1_item_free(out, ASN1_ITEM_ptr(method->it));
    out = NULL;
  }
  return (NAME_CONSTRAINTS *)out;
}

/* What AWS-LC cannot judge or read is no objection. */
static void beside_the_other(q_span value, q_span subject, q_span extension) {
  X509 *x = other_reader(subject, extension);
  NAME_CONSTRAINTS *nc = other_constraints(value);
  if (x != NULL && nc != NULL) {
    int verdict = NAME_CONSTRAINTS_check(x, nc);
    FUZZ_CHECK(verdict != X509_V_ERR_PERMITTED_VIOLATION && verdict != X509_V_ERR_EXCLUDED_VIOLATION);
  }
  NAME_CONSTRAINTS_free(nc);
  X509_free(x);
  ERR_clear_error();
}

static qtls_err check(size_t work, q_span value, const q_cert *cert) {
  size_t left = work;
  qtls_err err = q_pki_constraints_check(&left, value, cert);
  FUZZ_CHECK(left <= work);
  FUZZ_CHECK(err == QTLS_OK || err == QTLS_ERR_CERT_NAME_CONSTRAINT);
  return err;
}

/* All names pass if and only if each passes alone; with less work no more do. */
static void one_by_one(q_span value, const q_cert *cert, qtls_err verdict) {
  q_span rest = cert->san;
  q_general_name name;
  bool all = true;
  const q_cert subject_alone = {.subject = cert->subject};
  all = check(WORK, value, &subject_alone) == QTLS_OK;
  while (rest.n > 0) {
    const uint8_t *from = rest.p;
    FUZZ_CHECK(q_pki_name_next(&rest, &name));
    const q_cert alone = {.subject = {NULL, 0}, .san = {from, (size_t)(rest.p - from)}};
    all = check(WORK, value, &alone) == QTLS_OK && all;
  }
  FUZZ_CHECK(all == (verdict == QTLS_OK));
  for (size_t work = 0; work < 4; work++) {
    FUZZ_CHECK(verdict == QTLS_OK || check(work, value, cert) != QTLS_OK);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  q_reader in = q_span_of(data, size);
  q_cert cert = {0};
  q_span value;
  if (q_read_vec16(&in, &value, 0, 65535) != QTLS_OK || q_read_vec16(&in, &cert.subject, 0, 65535) != QTLS_OK) {
    return 0;
  }
  q_span extension = {NULL, 0};
  if (in.n > 0) {
    extension = extension_make(in);
  }
  if (extension.n == 0 || q_pki_extensions_read(&cert, extension) == QTLS_OK) {
    bool formed = q_pki_constraints_well_formed(value);
    qtls_err verdict = check(WORK, value, &cert);
    if (formed) {
      one_by_one(value, &cert, verdict);
    }
    if (formed && verdict == QTLS_OK) {
      beside_the_other(value, cert.subject, extension);
    }
  }
  OPENSSL_free((uint8_t *)(uintptr_t)extension.p);
  return 0;
}
