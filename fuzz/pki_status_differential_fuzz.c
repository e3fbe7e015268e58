/*
 * Our readers of revocation lists, OCSP requests and responses beside those of
 * AWS-LC: what ours accepts, the other accepts too, and both see the same issuer,
 * times, serial numbers, reasons and states. The other direction is not asked for:
 * ours is the stricter. The first byte says which of the three the rest is.
 *
 * Where ours is not the stricter, on purpose, as in pki_differential_fuzz.c: the
 * values of a name's attributes, and the parameters of an algorithm. Besides, who
 * asks and with what signature is passed over in requests, certificates in a
 * response are read when one of them is the responder's, and of a distribution
 * point's names other than URIs the form is read.
 */
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509.h>

#include "fuzz.h"
#include "pki/names.h"
#include "pki/ocsp_der.h"

static bool same_integer(q_span ours, const ASN1_INTEGER *theirs) {
  uint8_t *der = NULL;
  int n = i2d_ASN1_INTEGER(theirs, &der);
  FUZZ_CHECK(n > 2);
  bool same = ours.n == (size_t)n - 2 && memcmp(ours.p, der + 2, ours.n) == 0;
  OPENSSL_free(der);
  return same;
}

static void check_time(int64_t ours, const ASN1_TIME *theirs) {
  int64_t seconds = 0;
  FUZZ_CHECK(theirs != NULL && ASN1_TIME_to_posix(theirs, &seconds) == 1);
  FUZZ_CHECK(seconds == ours);
}

static bool name_readable(q_span der) {
  const uint8_t *p = der.p;
  X509_NAME *name = d2i_X509_NAME(NULL, &p, (long)der.n);
  X509_NAME_free(name);
  ERR_clear_error();
  return name != NULL;
}

static bool algorithm_readable(q_span der) {
  const uint8_t *p = der.p;
  X509_ALGOR *algorithm = d2i_X509_ALGOR(NULL, &p, (long)der.n);
  X509_ALGOR_free(algorithm);
  ERR_clear_error();
  return algorithm != NULL;
}

/* Distribution points by URI alone: of other names ours reads the form. */
static bool points_plain(const q_crl *crl) {
  q_span rest = crl->point;
  q_general_name name;
  while (rest.n > 0) {
    FUZZ_CHECK(q_pki_name_next(&rest, &name));
    if (name.type != Q_GENERAL_URI) {
      return false;
    }
  }
  return !crl->has_point || crl->point.n > 0;
}

static void check_list(q_span der) {
  q_crl crl;
  if (q_pki_crl_parse(&crl, der) == QTLS_OK && name_readable(crl.issuer) && algorithm_readable(crl.dual.algorithm) &&
      points_plain(&crl)) {
    const uint8_t *p = der.p;
    X509_CRL *x = d2i_X509_CRL(NULL, &p, (long)der.n);
    FUZZ_CHECK(x != NULL && p == der.p + der.n);
    const uint8_t *name = NULL;
    size_t n = 0;
    FUZZ_CHECK(X509_NAME_get0_der(X509_CRL_get_issuer(x), &name, &n) == 1);
    FUZZ_CHECK(q_base_span_equal(crl.issuer, q_span_of(name, n)));
    check_time(crl.this_update, X509_CRL_get0_lastUpdate(x));
    FUZZ_CHECK((X509_CRL_get0_nextUpdate(x) != NULL) == (crl.next_update != Q_TIME_NONE));
    if (crl.next_update != Q_TIME_NONE) {
      check_time(crl.next_update, X509_CRL_get0_nextUpdate(x));
    }
    STACK_OF(X509_REVOKED) *revoked = X509_CRL_get_REVOKED(x);
    FUZZ_CHECK((revoked == NULL ? 0 : sk_X509_REVOKED_num(revoked)) == crl.count);
    for (size_t i = 0; i < crl.count; i++) {
      const X509_REVOKED *theirs = sk_X509_REVOKED_value(revoked, i);
      FUZZ_CHECK(same_integer(q_span_of(crl.entries[i].serial, crl.entries[i].serial_n),
                              X509_REVOKED_get0_serialNumber(theirs)));
      check_time(crl.entries[i].when, X509_REVOKED_get0_revocationDate(theirs));
    }
    X509_CRL_free(x);
  }
  q_pki_crl_free(&crl);
}

static void check_id(const q_ocsp_id *ours, OCSP_CERTID *theirs) {
  ASN1_OCTET_STRING *name = NULL;
  ASN1_OCTET_STRING *key = NULL;
  ASN1_INTEGER *serial = NULL;
  FUZZ_CHECK(OCSP_id_get0_info(&name, NULL, &key, &serial, theirs) == 1);
  FUZZ_CHECK(same_integer(ours->serial, serial));
  FUZZ_CHECK(
      q_base_span_equal(ours->issuer_name, q_span_of(ASN1_STRING_get0_data(name), (size_t)ASN1_STRING_length(name))));
  FUZZ_CHECK(
      q_base_span_equal(ours->issuer_key, q_span_of(ASN1_STRING_get0_data(key), (size_t)ASN1_STRING_length(key))));
}

/* Neither requestorName nor a signature, which AWS-LC reads and ours does not. */
static bool is_plain(q_span der) {
  CBS request;
  CBS tbs;
  FUZZ_CHECK(q_pki_der_only(&request, der, CBS_ASN1_SEQUENCE) && CBS_get_asn1(&request, &tbs, CBS_ASN1_SEQUENCE));
  return CBS_len(&request) == 0 && CBS_peek_asn1_tag(&tbs, CBS_ASN1_SEQUENCE);
}

static void check_request(q_span der) {
  q_ocsp_request request;
  if (q_pki_ocsp_request_read(&request, der) != QTLS_OK || !is_plain(der)) {
    return;
  }
  const uint8_t *p = der.p;
  OCSP_REQUEST *theirs = d2i_OCSP_REQUEST(NULL, &p, (long)der.n);
  FUZZ_CHECK(theirs != NULL && p == der.p + der.n);
  FUZZ_CHECK(OCSP_request_onereq_count(theirs) == (int)request.count);
  for (size_t i = 0; i < request.count; i++) {
    q_ocsp_id id;
    FUZZ_CHECK(q_pki_ocsp_request_at(&id, &request, i));
    check_id(&id, OCSP_onereq_get0_id(OCSP_request_onereq_get0(theirs, (int)i)));
  }
  OCSP_REQUEST_free(theirs);
}

static void check_single(const q_ocsp_single *ours, OCSP_SINGLERESP *theirs) {
  int reason = -1;
  ASN1_GENERALIZEDTIME *revoked = NULL;
  ASN1_GENERALIZEDTIME *this_update = NULL;
  ASN1_GENERALIZEDTIME *next_update = NULL;
  int state = OCSP_single_get0_status(theirs, &reason, &revoked, &this_update, &next_update);
  FUZZ_CHECK(state == (ours->state == QTLS_OCSP_good      ? V_OCSP_CERTSTATUS_GOOD
                       : ours->state == QTLS_OCSP_revoked ? V_OCSP_CERTSTATUS_REVOKED
                                                          : V_OCSP_CERTSTATUS_UNKNOWN));
  check_time(ours->this_update, this_update);
  FUZZ_CHECK((next_update != NULL) == (ours->next_update != Q_TIME_NONE));
  if (next_update != NULL) {
    check_time(ours->next_update, next_update);
  }
  if (ours->state == QTLS_OCSP_revoked) {
    check_time(ours->revoked_at, revoked);
    FUZZ_CHECK(reason == (int)ours->reason || (reason == -1 && ours->reason == QTLS_REASON_unspecified));
  }
}

static void check_response(q_span der) {
  q_ocsp_response r;
  if (q_pki_ocsp_response_read(&r, der) != QTLS_OK ||
      (r.status == 0 && (r.cert_count > 0 || !algorithm_readable(r.dual.algorithm))) ||
      (r.by_name.n > 0 && !name_readable(r.by_name))) {
    return;
  }
  const uint8_t *p = der.p;
  OCSP_RESPONSE *theirs = d2i_OCSP_RESPONSE(NULL, &p, (long)der.n);
  FUZZ_CHECK(theirs != NULL && p == der.p + der.n);
  FUZZ_CHECK(OCSP_response_status(theirs) == (int)r.status);
  if (r.status == 0) {
    OCSP_BASICRESP *basic = OCSP_response_get1_basic(theirs);
    CBS answers = q_pki_cbs_of(r.answers);
    FUZZ_CHECK(basic != NULL && OCSP_resp_count(basic) == (int)r.count);
    for (size_t i = 0; i < r.count; i++) {
      q_ocsp_single single;
      FUZZ_CHECK(q_pki_ocsp_single_next(&single, &answers));
      check_single(&single, OCSP_resp_get0(basic, i));
    }
    OCSP_BASICRESP_free(basic);
  }
  OCSP_RESPONSE_free(theirs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  q_span in = q_span_of(data, size);
  switch (fuzz_take_u8(&in) % 3) {
    case 0:
      check_list(in);
      break;
    case 1:
      check_request(in);
      break;
    default:
      check_response(in);
      break;
  }
  ERR_clear_error();
  return 0;
}
