/* The authority in a directory, by its API: making, issuing, finding, revoking,
 * lists; what is refused and with which words; readers beside a writer. */
#include <qtls/ca.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/identity.h"

enum { SERIAL = 2 * QTLS_CA_SERIAL_MAX + 1 };

static char folder[] = "/tmp/qtls-ca-XXXXXX";
static char dir[64];
static qtls_ca_problem why;

static qtls_cert_request wishes_for(const char *name, long days) {
  const int64_t now = (int64_t)time(NULL);
  return (qtls_cert_request){.common_name = name, .not_before = now - 60, .not_after = now + days * 86400L};
}

static qtls_key *new_key(const char *kind) {
  qtls_key *key = NULL;
  assert_int_equal(qtls_key_generate(&key, kind), QTLS_OK);
  return key;
}

static void make(const char *where, const char *kind, const char *phrase) {
  qtls_ca *ca = NULL;
  qtls_key *root = new_key(kind);
  qtls_key *key = new_key(kind);
  qtls_ca_member member = {.name = "root",
                           .key = root,
                           .phrase = phrase,
                           .phrase_size = phrase != NULL ? strlen(phrase) : 0,
                           .wishes = wishes_for("test root", 100)};
  assert_int_equal(qtls_ca_create(&ca, where, &why), QTLS_OK);
  assert_int_equal(qtls_ca_set(ca, "crl_url", "http://ca.test/{issuer}/{issuer}.crl"), QTLS_OK);
  assert_int_equal(qtls_ca_add(ca, &member), QTLS_OK);
  member.name = "issuing";
  member.key = key;
  member.issuer = "root";
  member.wishes = wishes_for("test issuing", 50);
  assert_int_equal(qtls_ca_add(ca, &member), QTLS_OK);
  /* The same name twice, and one that would leave the folder. */
  assert_int_not_equal(qtls_ca_add(ca, &member), QTLS_OK);
  member.name = "../out";
  assert_int_equal(qtls_ca_add(ca, &member), QTLS_ERR_ARGUMENT);
  member.name = "other";
  member.issuer = "nobody";
  assert_int_equal(qtls_ca_add(ca, &member), QTLS_ERR_ARGUMENT);
  assert_int_equal(qtls_ca_publish(ca), QTLS_OK);
  assert_int_equal(qtls_ca_publish(ca), QTLS_ERR_STATE);
  qtls_ca_close(ca);
  qtls_key_free(root);
  qtls_key_free(key);
}

static int set_up(void **state) {
  (void)state;
  if (mkdtemp(folder) == NULL) {
    return 1;
  }
  (void)snprintf(dir, sizeof dir, "%s/ca", folder);
  make(dir, "p256", NULL);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  static const char *const dirs[] = {"ca", "locked", "foreign", "taken"};
  static const char *const names[] = {"root.pem", "root.key",  "issuing.pem", "issuing.key",   "ca.db",
                                      "ca.lock",  "ca.db-wal", "ca.db-shm",   "authority.pem", "authority.key"};
  char path[128];
  for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
      (void)snprintf(path, sizeof path, "%s/%s/%s", folder, dirs[i], names[k]);
      (void)unlink(path);
    }
    (void)snprintf(path, sizeof path, "%s/%s", folder, dirs[i]);
    (void)rmdir(path);
  }
  return rmdir(folder); /* fails when anything was left behind */
}

static qtls_ca *open_ca(qtls_ca_access access_wanted) {
  qtls_ca *ca = NULL;
  assert_int_equal(qtls_ca_open(&ca, dir, access_wanted, 0, &why), QTLS_OK);
  return ca;
}

static void issue(qtls_ca *ca, const char *name, char serial[SERIAL]) {
  static const char *const names[] = {"DNS:a.test", "IP:192.0.2.1"};
  qtls_key *key = new_key("p256");
  qtls_ca_order order = {.key = key, .request = wishes_for(name, 10)};
  char *pem = NULL;
  size_t size = 0;
  order.request.role = QTLS_CERT_server;
  order.request.names = names;
  order.request.name_count = 2;
  assert_int_equal(qtls_ca_issue(ca, &pem, &size, serial, &order), QTLS_OK);
  assert_int_equal(strlen(pem), size);
  qtls_ca_release(pem);
  qtls_key_free(key);
}

static size_t count(qtls_ca *ca, const qtls_ca_filter *filter) {
  qtls_ca_list *list = NULL;
  qtls_ca_record r;
  bool more = true;
  size_t n = 0;
  assert_int_equal(qtls_ca_list_begin(&list, ca, filter), QTLS_OK);
  for (;;) {
    assert_int_equal(qtls_ca_list_next(list, &r, &more), QTLS_OK);
    if (!more) {
      break;
    }
    n++;
  }
  qtls_ca_list_end(list);
  return n;
}

static void authorities(void **state) {
  (void)state;
  qtls_ca *ca = open_ca(QTLS_CA_read);
  qtls_ca_authority a;
  assert_true(qtls_ca_authority_at(ca, 0, &a));
  assert_string_equal(a.name, "root");
  assert_false(a.issues);
  assert_int_equal(a.chain_size, 0);
  assert_true(qtls_ca_authority_find(ca, NULL, &a));
  assert_string_equal(a.name, "issuing");
  assert_true(a.issues && !a.unlocked && a.chain_size == a.cert_size);
  /* The template of the URL, by the name of who signed. */
  const qtls_cert_info *info = qtls_cert_read(a.cert);
  assert_int_equal(info->crl_url_count, 1);
  assert_string_equal(info->crl_urls[0], "http://ca.test/root/root.crl");
  assert_int_equal(info->ocsp_url_count, 0);
  assert_false(qtls_ca_authority_at(ca, 2, &a));
  assert_false(qtls_ca_authority_find(ca, "nobody", &a));
  assert_string_equal(qtls_ca_setting(ca, "crl_url"), "http://ca.test/{issuer}/{issuer}.crl");
  assert_null(qtls_ca_setting(ca, "ocsp_url"));
  qtls_ca_close(ca);
}

static void issued_and_found(void **state) {
  (void)state;
  char serial[SERIAL];
  char upper[3 * SERIAL];
  qtls_ca_list *list = NULL;
  qtls_ca_record r;
  bool more = false;
  qtls_cert *cert = NULL;
  qtls_ca *ca = open_ca(QTLS_CA_write);
  assert_int_equal(qtls_ca_unlock(ca, NULL, NULL, 0), QTLS_OK);
  assert_int_equal(qtls_ca_unlock(ca, NULL, NULL, 0), QTLS_OK);
  issue(ca, "found", serial);
  size_t at = 0;
  for (size_t i = 0; serial[i] != '\0'; i++) {
    char c = serial[i];
    upper[at++] = c >= 'a' ? (char)(c - 'a' + 'A') : c;
    if (i % 2 == 1 && serial[i + 1] != '\0') {
      upper[at++] = ':';
    }
  }
  upper[at] = '\0';
  const qtls_ca_filter one = {.serial = upper};
  assert_int_equal(qtls_ca_list_begin(&list, ca, &one), QTLS_OK);
  assert_int_equal(qtls_ca_list_next(list, &r, &more), QTLS_OK);
  assert_true(more);
  assert_string_equal(r.serial, serial);
  assert_string_equal(r.common_name, "found");
  assert_string_equal(r.names, "DNS:a.test\nIP:192.0.2.1");
  assert_string_equal(r.kind, "ECDSA P-256");
  assert_string_equal(r.authority, "issuing");
  assert_int_equal(r.state, QTLS_CA_valid);
  assert_int_equal(r.role, QTLS_CERT_server);
  assert_null(r.replaced_by);
  assert_int_equal(qtls_cert_load(&cert, r.der, r.der_size), QTLS_OK);
  assert_int_equal(qtls_cert_read(cert)->not_after, r.not_after);
  qtls_cert_free(cert);
  assert_int_equal(qtls_ca_list_next(list, &r, &more), QTLS_OK);
  assert_false(more);
  qtls_ca_list_end(list);
  const qtls_ca_filter bad = {.serial = "12345678901234567890123456789012345678901234"};
  assert_int_equal(qtls_ca_list_begin(&list, ca, &bad), QTLS_ERR_ARGUMENT);
  const qtls_ca_filter words = {.serial = "hello"};
  assert_int_equal(qtls_ca_list_begin(&list, ca, &words), QTLS_ERR_ARGUMENT);
  assert_non_null(strstr(qtls_ca_text(ca), "not a serial number"));
  assert_int_equal(qtls_ca_check(ca), QTLS_OK);
  qtls_ca_close(ca);
}

/* What the library refuses to sign leaves no trace among the certificates. */
static void refused(void **state) {
  (void)state;
  const qtls_ca_filter all = {.serial = NULL};
  qtls_ca *ca = open_ca(QTLS_CA_write);
  size_t before = count(ca, &all);
  qtls_key *key = new_key("p256");
  qtls_key *hybrid = new_key("hybrid");
  qtls_ca_order order = {.key = key, .request = wishes_for("refused", 10)};
  char *pem = NULL;
  size_t size = 0;
  order.request.role = QTLS_CERT_client;
  assert_int_equal(qtls_ca_issue(ca, &pem, &size, NULL, &order), QTLS_ERR_STATE); /* locked */
  assert_int_equal(qtls_ca_unlock(ca, NULL, NULL, 0), QTLS_OK);
  order.request.common_name = "";
  assert_int_equal(qtls_ca_issue(ca, &pem, &size, NULL, &order), QTLS_ERR_ARGUMENT);
  order.request.common_name = "refused";
  order.key = hybrid;
  assert_int_equal(qtls_ca_issue(ca, &pem, &size, NULL, &order), QTLS_ERR_CERT_ALT_MISSING);
  order.key = NULL;
  assert_int_equal(qtls_ca_issue(ca, &pem, &size, NULL, &order), QTLS_ERR_ARGUMENT);
  order.key = key;
  order.authority = "nobody";
  assert_int_equal(qtls_ca_issue(ca, &pem, &size, NULL, &order), QTLS_ERR_ARGUMENT);
  order.authority = NULL;
  order.renews = "1234";
  assert_int_equal(qtls_ca_issue(ca, &pem, &size, NULL, &order), QTLS_ERR_ARGUMENT);
  assert_null(pem);
  assert_int_equal(qtls_ca_set(ca, "ocsp_url", "ldap://x"), QTLS_ERR_ARGUMENT);
  assert_int_equal(qtls_ca_set(ca, "colour", "http://x"), QTLS_ERR_ARGUMENT);
  assert_int_equal(count(ca, &all), before);
  qtls_ca_close(ca);
  qtls_key_free(key);
  qtls_key_free(hybrid);
}

static qtls_ca_status status_of(qtls_ca *ca, const char *serial) {
  uint8_t bytes[QTLS_CA_SERIAL_MAX + 1] = {0};
  qtls_ca_status s;
  size_t n = strlen(serial) / 2;
  for (size_t i = 0; i < n; i++) {
    unsigned value = 0;
    assert_int_equal(sscanf(serial + 2 * i, "%2x", &value), 1);
    bytes[1 + i] = (uint8_t)value;
  }
  /* A zero in front, as DER may need one, is the same number. */
  assert_int_equal(qtls_ca_status_of(ca, 1, bytes, n + 1, &s), QTLS_OK);
  return s;
}

static void revoked(void **state) {
  (void)state;
  char serial[SERIAL];
  qtls_ca *ca = open_ca(QTLS_CA_write);
  qtls_ca *reader = open_ca(QTLS_CA_read);
  assert_int_equal(qtls_ca_unlock(ca, NULL, NULL, 0), QTLS_OK);
  issue(ca, "revoked", serial);
  assert_int_equal(qtls_ca_revoke(reader, serial, QTLS_REASON_superseded, 5), QTLS_ERR_STATE);
  assert_int_equal(qtls_ca_revoke(ca, "77", QTLS_REASON_superseded, 5), QTLS_ERR_ARGUMENT);
  assert_int_equal(qtls_ca_revoke(ca, serial, (qtls_reason)7, 5), QTLS_ERR_ARGUMENT);
  assert_int_equal(qtls_ca_revoke(ca, serial, QTLS_REASON_removeFromCRL, 5), QTLS_ERR_STATE);
  assert_int_equal(status_of(reader, serial).state, QTLS_CA_valid);
  assert_int_equal(qtls_ca_revoke(ca, serial, QTLS_REASON_certificateHold, 5), QTLS_OK);
  assert_int_equal(status_of(reader, serial).state, QTLS_CA_revoked); /* at once */
  assert_int_equal(qtls_ca_revoke(ca, serial, QTLS_REASON_removeFromCRL, 6), QTLS_OK);
  assert_int_equal(status_of(reader, serial).state, QTLS_CA_valid);
  assert_int_equal(qtls_ca_revoke(ca, serial, QTLS_REASON_certificateHold, 7), QTLS_OK);
  assert_int_equal(qtls_ca_revoke(ca, serial, QTLS_REASON_keyCompromise, 8), QTLS_OK);
  assert_int_equal(qtls_ca_revoke(ca, serial, QTLS_REASON_superseded, 9), QTLS_ERR_STATE);
  qtls_ca_status s = status_of(reader, serial);
  assert_true(s.known);
  assert_int_equal(s.revoked_at, 8);
  assert_int_equal(s.reason, QTLS_REASON_keyCompromise);
  assert_false(status_of(reader, "1234").known);
  qtls_ca_close(reader);
  qtls_ca_close(ca);
}

static void lists(void **state) {
  (void)state;
  uint8_t *der = NULL;
  size_t size = 0;
  uint64_t number = 0;
  int64_t next = 0;
  int64_t now = (int64_t)time(NULL);
  qtls_crl *crl = NULL;
  qtls_ca *ca = open_ca(QTLS_CA_write);
  assert_int_equal(qtls_ca_crl_last(ca, 1, &der, &size, &next), QTLS_OK);
  assert_null(der);
  assert_int_equal(qtls_ca_crl_make(ca, NULL, now, now + 60, &der, &size, &number), QTLS_ERR_STATE);
  assert_int_equal(qtls_ca_unlock(ca, NULL, NULL, 0), QTLS_OK);
  assert_int_equal(qtls_ca_crl_make(ca, NULL, now, now, &der, &size, &number), QTLS_ERR_ARGUMENT);
  for (uint64_t i = 1; i <= 3; i++) {
    assert_int_equal(qtls_ca_crl_make(ca, NULL, now, now + 60, &der, &size, &number), QTLS_OK);
    assert_int_equal(number, i);
    qtls_ca_release(der);
  }
  assert_int_equal(qtls_ca_crl_last(ca, 1, &der, &size, &next), QTLS_OK);
  assert_int_equal(next, now + 60);
  assert_int_equal(qtls_crl_load(&crl, der, size), QTLS_OK);
  assert_int_equal(qtls_crl_read(crl)->number, 3);
  assert_int_equal(qtls_crl_read(crl)->revoked_count, 1); /* by the test before */
  qtls_crl_free(crl);
  qtls_ca_release(der);
  qtls_ca_close(ca);
}

/* An entry stays on one list made after its certificate's end, and leaves with the next. */
static void entries_leave(void **state) {
  (void)state;
  uint8_t *der = NULL;
  size_t size = 0;
  uint64_t number = 0;
  int64_t now = (int64_t)time(NULL);
  const int64_t over = now + 40 * 86400L; /* the certificate had 10 days */
  static const size_t wanted[] = {1, 0};
  qtls_ca *ca = open_ca(QTLS_CA_write);
  assert_int_equal(qtls_ca_unlock(ca, NULL, NULL, 0), QTLS_OK);
  for (int64_t i = 0; i < 2; i++) {
    qtls_crl *crl = NULL;
    assert_int_equal(qtls_ca_crl_make(ca, NULL, over + i, over + 60, &der, &size, &number), QTLS_OK);
    assert_int_equal(qtls_crl_load(&crl, der, size), QTLS_OK);
    assert_int_equal(qtls_crl_read(crl)->revoked_count, wanted[i]);
    qtls_crl_free(crl);
    qtls_ca_release(der);
  }
  qtls_ca_close(ca);
}

static void locks(void **state) {
  (void)state;
  qtls_ca *second = NULL;
  const qtls_ca_filter all = {.serial = NULL};
  qtls_ca *ca = open_ca(QTLS_CA_write);
  assert_int_equal(qtls_ca_open(&second, dir, QTLS_CA_write, 50, &why), QTLS_ERR_STATE);
  assert_null(second);
  assert_non_null(strstr(why.text, "another qtls pki works on this directory"));
  second = open_ca(QTLS_CA_read);
  assert_true(count(second, &all) > 0);
  qtls_ca_close(second);
  qtls_ca_close(ca);
  qtls_ca_close(open_ca(QTLS_CA_write));
}

static void phrases(void **state) {
  (void)state;
  char locked[64];
  qtls_ca *ca = NULL;
  (void)snprintf(locked, sizeof locked, "%s/locked", folder);
  make(locked, "p256", "open sesame");
  assert_int_equal(qtls_ca_open(&ca, locked, QTLS_CA_write, 0, &why), QTLS_OK);
  assert_int_equal(qtls_ca_unlock(ca, NULL, NULL, 0), QTLS_ERR_KEY_ENCRYPTED);
  assert_int_equal(qtls_ca_unlock(ca, NULL, "open barley", 11), QTLS_ERR_KEY_PASSPHRASE);
  assert_non_null(strstr(qtls_ca_text(ca), "issuing.key"));
  assert_int_equal(qtls_ca_unlock(ca, "root", "open sesame", 11), QTLS_OK);
  assert_int_equal(qtls_ca_unlock(ca, NULL, "open sesame", 11), QTLS_OK);
  qtls_ca_close(ca);
}

static void not_there(void **state) {
  (void)state;
  char path[96];
  qtls_ca *ca = NULL;
  FILE *file = NULL;
  assert_int_equal(qtls_ca_open(&ca, "/nowhere", QTLS_CA_write, 0, &why), QTLS_ERR_FILE);
  assert_non_null(strstr(why.text, "qtls pki init"));
  assert_int_equal(qtls_ca_open(&ca, "", QTLS_CA_read, 0, NULL), QTLS_ERR_FILE);
  (void)snprintf(path, sizeof path, "%s/foreign", folder);
  assert_int_equal(mkdir(path, 0700), 0);
  /* Nothing is made where there is nothing. */
  assert_int_equal(qtls_ca_open(&ca, path, QTLS_CA_write, 0, &why), QTLS_ERR_FILE);
  assert_int_equal(rmdir(path), 0);
  assert_int_equal(mkdir(path, 0700), 0);
  (void)snprintf(path, sizeof path, "%s/foreign/ca.db", folder);
  file = fopen(path, "wb");
  assert_non_null(file);
  assert_true(fputs("this is somebody's diary, and no database at all; it has to stay as it is", file) >= 0);
  assert_int_equal(fclose(file), 0);
  (void)snprintf(path, sizeof path, "%s/foreign", folder);
  assert_int_equal(qtls_ca_open(&ca, path, QTLS_CA_write, 0, &why), QTLS_ERR_FILE);
  assert_non_null(strstr(why.text, "not a database"));
  assert_int_equal(qtls_ca_create(&ca, path, &why), QTLS_ERR_FILE);
  assert_non_null(strstr(why.text, "nothing is overwritten"));
  (void)snprintf(path, sizeof path, "%s/.", folder);
  assert_int_equal(qtls_ca_create(&ca, path, &why), QTLS_ERR_FILE);
  assert_non_null(strstr(why.text, "give it a name"));
  /* Taken by somebody after the beginning: found out when it is published. */
  (void)snprintf(path, sizeof path, "%s/late", folder);
  assert_int_equal(qtls_ca_create(&ca, path, &why), QTLS_OK);
  assert_int_equal(mkdir(path, 0700), 0);
  (void)snprintf(path, sizeof path, "%s/late/x", folder);
  file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fclose(file), 0);
  qtls_key *key = new_key("p256");
  const qtls_ca_member member = {.name = "root", .key = key, .wishes = wishes_for("x", 10)};
  assert_int_equal(qtls_ca_publish(ca), QTLS_ERR_STATE); /* without an authority */
  assert_int_equal(qtls_ca_add(ca, &member), QTLS_OK);
  assert_int_equal(qtls_ca_publish(ca), QTLS_ERR_FILE);
  assert_non_null(strstr(qtls_ca_text(ca), "nothing is overwritten"));
  qtls_ca_close(ca);
  assert_int_equal(unlink(path), 0);
  (void)snprintf(path, sizeof path, "%s/late", folder);
  assert_int_equal(rmdir(path), 0);
  qtls_key_free(key);
}

/* An authority made elsewhere is taken up with its own key and no other. */
static void taken_up(void **state) {
  (void)state;
  test_identity id;
  char path[64];
  qtls_ca *ca = NULL;
  qtls_key *key = new_key("p256");
  qtls_key *own = new_key("p256");
  char *pem = NULL;
  size_t size = 0;
  test_identity_make(&id, "p256");
  (void)snprintf(path, sizeof path, "%s/taken", folder);
  qtls_cert_request r = wishes_for("elsewhere", 30);
  r.role = QTLS_CERT_authority;
  assert_int_equal(qtls_cert_issue(&pem, &size, &r, own, NULL, 0, NULL), QTLS_OK);
  assert_int_equal(qtls_ca_create(&ca, path, &why), QTLS_OK);
  qtls_ca_member member = {.name = "authority", .key = key, .chain_pem = pem, .chain_size = size};
  assert_int_equal(qtls_ca_add(ca, &member), QTLS_ERR_KEY_MISMATCH);
  member.chain_pem = id.cert_pem; /* no authority */
  member.chain_size = id.cert_size;
  assert_int_not_equal(qtls_ca_add(ca, &member), QTLS_OK);
  member.chain_pem = pem;
  member.chain_size = size;
  member.key = own;
  assert_int_equal(qtls_ca_add(ca, &member), QTLS_OK);
  assert_int_equal(qtls_ca_publish(ca), QTLS_OK);
  qtls_ca_close(ca);
  assert_int_equal(qtls_ca_open(&ca, path, QTLS_CA_write, 0, &why), QTLS_OK);
  assert_int_equal(qtls_ca_check(ca), QTLS_OK);
  qtls_ca_close(ca);
  qtls_pki_free(pem);
  qtls_key_free(key);
  qtls_key_free(own);
  test_identity_free(&id);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(authorities), cmocka_unit_test(issued_and_found),
                                     cmocka_unit_test(refused),     cmocka_unit_test(revoked),
                                     cmocka_unit_test(lists),       cmocka_unit_test(entries_leave),
                                     cmocka_unit_test(locks),       cmocka_unit_test(phrases),
                                     cmocka_unit_test(not_there),   cmocka_unit_test(taken_up)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
