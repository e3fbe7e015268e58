/*
 * Certificates that are asked for in every way: refused, or issued as they were
 * asked for, readable for us and for AWS-LC, and good where a sound authority
 * issued them.
 *
 *   byte 0      bits 0-1 the subject's keys; bits 2-3 the issuer: itself, the
 *               authority of the same kind, the hybrid one, one that is none
 *   byte 1      bits 0-2 the role; 3 a path length; 4 must-staple; 5 a serial number
 *   byte 2      that length
 *   5 + 5       not before and not after, seconds since 1970, signed
 *   20          the serial number, if there is one
 *   rest        lines: c common name, o organization, n name, p permitted,
 *               x excluded, u, i and l addresses of OCSP, issuer and lists
 */
#include <openssl/err.h>
#include <openssl/x509.h>

#include "fuzz.h"
#include "pki/names.h"
#include "pki/pem.h"
#include "pki/verify.h"
#include "qtls/pki.h"
#include "support/pki_fixture.h"

enum { KINDS = 4, HYBRID = 1, LIST_MAX = 8, SERIAL = 20 };
enum { HAS_LENGTH = 1 << 3, HAS_STAPLE = 1 << 4, HAS_SERIAL = 1 << 5 };

typedef struct party {
  char *pem; /* the certificate */
  size_t pem_n;
  qtls_key *key;
} party;

static struct {
  party authority, nobody; /* the second is no authority */
  q_trust *trust;
} kinds[KINDS];

typedef struct list {
  const char *at[LIST_MAX];
  size_t count;
} list;

static qtls_key *key_of(const pki_node *node) {
  char *pem = NULL;
  size_t n = 0;
  qtls_key *key = NULL;
  FUZZ_CHECK(q_pki_kind_pem(&pem, &n, node->key, node->alt_key) == QTLS_OK);
  FUZZ_CHECK(qtls_key_load(&key, NULL, pem, n) == QTLS_OK);
  q_free(pem);
  return key;
}

static void prepare(void) {
  static const char *const names[KINDS] = {"p256", "hybrid-p384-mldsa65", "mldsa44", "ed25519"};
  for (size_t i = 0; i < KINDS; i++) {
    pki *p = pki_make(names[i], NULL);
    const pki_node *from[] = {&p->node[PKI_ROOT], &p->node[PKI_LEAF]};
    party *to[] = {&kinds[i].authority, &kinds[i].nobody};
    for (size_t k = 0; k < 2; k++) {
      to[k]->pem = pki_to_pem(pki_der(from[k]), &to[k]->pem_n);
      to[k]->key = key_of(from[k]);
    }
    kinds[i].trust = pki_trust(p);
    pki_free(p);
  }
}

static int64_t take_time(q_span *input) {
  uint64_t v = 0;
  for (int i = 0; i < 5; i++) {
    v = v << 8 | fuzz_take_u8(input);
  }
  return (int64_t)(v ^ UINT64_C(1) << 39) - (INT64_C(1) << 39);
}

static void hand_over(const char *const **at, size_t *count, const list *from) {
  *at = from->at;
  *count = from->count;
}

/* Cuts the lines, which then end in zeros, into what they ask for. */
static void take_lines(qtls_cert_request *r, list lists[6], char *text, size_t n) {
  static const char letters[] = "npxuil";
  for (char *line = text; line < text + n;) {
    char *end = memchr(line, '\n', (size_t)(text + n - line));
    end = end != NULL ? end : text + n;
    *end = 0;
    const char *letter = *line != 0 ? strchr(letters, *line) : NULL;
    if (*line == 'c') {
      r->common_name = line + 1;
    } else if (*line == 'o') {
      r->organization = line + 1;
    } else if (letter != NULL && lists[letter - letters].count < LIST_MAX) {
      lists[letter - letters].at[lists[letter - letters].count++] = line + 1;
    }
    line = end + 1;
  }
  hand_over(&r->names, &r->name_count, &lists[0]);
  hand_over(&r->permitted, &r->permitted_count, &lists[1]);
  hand_over(&r->excluded, &r->excluded_count, &lists[2]);
  hand_over(&r->ocsp_urls, &r->ocsp_url_count, &lists[3]);
  hand_over(&r->issuer_urls, &r->issuer_url_count, &lists[4]);
  hand_over(&r->crl_urls, &r->crl_url_count, &lists[5]);
}

/* It says what it was asked to say. */
static void check_said(const q_cert *c, const qtls_cert_request *r, bool self_signed) {
  FUZZ_CHECK(c->not_before == r->not_before);
  FUZZ_CHECK(c->not_after == r->not_after || (!self_signed && c->not_after < r->not_after));
  FUZZ_CHECK(c->is_ca == (r->role == QTLS_CERT_authority));
  FUZZ_CHECK(c->has_path_len == r->limit_path && (!r->limit_path || c->path_len == r->path_length));
  FUZZ_CHECK((c->san.n > 0) == (r->name_count > 0));
  FUZZ_CHECK((c->name_constraints.n > 0) == (r->permitted_count + r->excluded_count > 0));
  FUZZ_CHECK(r->serial == NULL || (c->serial.n == SERIAL && memcmp(c->serial.p, r->serial, SERIAL) == 0));
  FUZZ_CHECK(((c->eku & Q_EKU_SERVER) != 0) == (r->role == QTLS_CERT_server || r->role == QTLS_CERT_both));
  for (size_t i = 0; i < r->name_count; i++) {
    const char *name = r->names[i];
    name += strncmp(name, "DNS:", 4) == 0 ? 4 : 0;
    if (q_pki_dns_valid(q_span_of(name, strlen(name)), false) && strchr(name, ':') == NULL) {
      FUZZ_CHECK(q_pki_name_check(c, name) == QTLS_OK);
    }
  }
}

static void check_beside(q_span der) {
  const uint8_t *p = der.p;
  X509 *x = d2i_X509(NULL, &p, (long)der.n);
  FUZZ_CHECK(x != NULL && p == der.p + der.n);
  int critical = 0;
  for (int i = 0; i < X509_get_ext_count(x); i++) {
    X509_EXTENSION *e = X509_get_ext(x, i);
    int nid = OBJ_obj2nid(X509_EXTENSION_get_object(e));
    const X509V3_EXT_METHOD *known = X509V3_EXT_get_nid(nid);
    void *value = known != NULL ? X509V3_EXT_d2i(e) : NULL;
    FUZZ_CHECK(known == NULL || value != NULL);
    critical += X509_EXTENSION_get_critical(e);
    if (value != NULL) {
      X509_EXTENSION_free(X509V3_EXT_i2d(nid, 0, value));
      ASN1_item_free(value, ASN1_ITEM_ptr(known->it));
    }
  }
  FUZZ_CHECK(critical <= 4);
  X509_free(x);
  ERR_clear_error();
}

static void check_good(q_span der, const q_cert *c, const qtls_cert_request *r, size_t kind) {
  if (r->role == QTLS_CERT_authority || c->not_before > PKI_NOW || c->not_after < PKI_NOW) {
    return;
  }
  const q_pki_request req = {.trust = kinds[kind].trust,
                             .chain = &der,
                             .chain_count = 1,
                             .now = PKI_NOW,
                             .purpose = r->role == QTLS_CERT_ocsp     ? Q_PKI_OCSP
                                        : r->role == QTLS_CERT_client ? Q_PKI_CLIENT
                                                                      : Q_PKI_SERVER,
                             .need = c->alt_spki.n > 0 ? Q_PKI_NEED_BOTH : Q_PKI_NEED_PRIMARY};
  q_pki_verdict v;
  FUZZ_CHECK(q_pki_verify(&v, &req) == QTLS_OK);
  q_pki_verdict_free(&v);
}

static void issue(const qtls_cert_request *r, size_t subject, uint8_t how) {
  size_t kind = (how >> 2 & 3) == 2 ? HYBRID : subject;
  bool self_signed = (how >> 2 & 3) == 0, no_authority = (how >> 2 & 3) == 3;
  const party *issuer = no_authority ? &kinds[kind].nobody : &kinds[kind].authority;
  char *pem = NULL;
  size_t n = 0;
  qtls_err err = qtls_cert_issue(&pem, &n, r, kinds[subject].nobody.key, self_signed ? NULL : issuer->pem,
                                 issuer->pem_n, issuer->key);
  FUZZ_CHECK((err == QTLS_OK) == (pem != NULL) && (err != QTLS_OK || !no_authority));
  if (err == QTLS_OK) {
    q_pem_reader reader = q_pki_pem_reader(q_span_of(pem, n));
    q_pem_block block;
    uint8_t *der = NULL;
    size_t der_n = 0, line = 0;
    q_cert cert;
    FUZZ_CHECK(q_pki_pem_next(&block, &reader) == QTLS_OK && q_pki_pem_decode(&der, &der_n, &line, &block) == QTLS_OK);
    q_span whole = q_span_of(der, der_n);
    FUZZ_CHECK(q_pki_cert_parse(&cert, whole) == QTLS_OK);
    check_said(&cert, r, self_signed);
    check_beside(whole);
    if (!self_signed) {
      check_good(whole, &cert, r, kind);
    }
    q_free(der);
  }
  qtls_pki_free(pem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  q_span input = q_span_of(data, size);
  uint8_t how = fuzz_take_u8(&input);
  uint8_t what = fuzz_take_u8(&input);
  uint8_t serial[SERIAL];
  qtls_cert_request r = {.role = (qtls_cert_role)(what & 7),
                         .limit_path = (what & HAS_LENGTH) != 0,
                         .must_staple = (what & HAS_STAPLE) != 0};
  list lists[6] = {{{NULL}, 0}};
  r.path_length = fuzz_take_u8(&input);
  r.not_before = take_time(&input);
  r.not_after = take_time(&input);
  if (kinds[0].trust == NULL) {
    prepare();
  }
  if ((what & HAS_SERIAL) != 0) {
    for (size_t i = 0; i < SERIAL; i++) {
      serial[i] = fuzz_take_u8(&input);
    }
    r.serial = serial;
  }
  char *text = malloc(input.n + 1);
  FUZZ_CHECK(text != NULL);
  if (input.n > 0) {
    memcpy(text, input.p, input.n);
  }
  take_lines(&r, lists, text, input.n);
  issue(&r, how & 3, how);
  free(text);
  return 0;
}
