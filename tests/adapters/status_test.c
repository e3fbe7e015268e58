/* Where statuses come from: the order of asking, what is kept and for how long, in memory
 * and on disk, what never is, and that many who ask at once ask once. */
#include <qtls/status_source.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "adapters/responder.h"

static responder r;
static char folder[64];
static qtls_status_source *source;
static qtls_status_evidence got;
static qtls_fetch_problem why;

static int begin(void **state) {
  (void)state;
  responder_make(&r, "hybrid");
  (void)snprintf(folder, sizeof folder, "/tmp/qtls-status-XXXXXX");
  return mkdtemp(folder) == NULL ? 1 : 0;
}

static int end(void **state) {
  (void)state;
  char command[128];
  qtls_status_source_free(source);
  source = NULL;
  qtls_status_evidence_free(&got);
  responder_free(&r);
  (void)snprintf(command, sizeof command, "rm -rf %s", folder);
  return WIFEXITED(system(command)) ? 0 : 1;
}

static void make(qtls_status_options options) {
  options.clock = responder_clock;
  options.fetch = responder_fetch;
  options.user = &r;
  qtls_status_source_free(source);
  assert_int_equal(qtls_status_source_new(&source, &options, &why), QTLS_OK);
}

static qtls_err find(void) {
  qtls_status_evidence_free(&got);
  memset(&why, 0, sizeof why);
  return qtls_status_find(&got, source, r.leaf, r.root, &why);
}

static void ocsp_first(void **state) {
  (void)state;
  make((qtls_status_options){0});
  assert_int_equal(find(), QTLS_OK);
  assert_false(got.crl);
  assert_true(got.fetched);
  assert_int_equal(got.result.verdict, QTLS_OK);
  assert_true(got.result.pqc);
  assert_int_equal(r.gets, 1); /* short enough for GET */
  assert_int_equal(r.asked, 1);
  make((qtls_status_options){.post = true});
  assert_int_equal(find(), QTLS_OK);
  assert_int_equal(r.posts, 1);
  make((qtls_status_options){.nonce = true});
  assert_int_equal(find(), QTLS_OK);
  assert_int_equal(r.posts, 2);
  assert_int_equal(r.nonces, 1);
}

static void kept(void **state) {
  (void)state;
  make((qtls_status_options){0});
  for (int i = 0; i < 5; i++) {
    assert_int_equal(find(), QTLS_OK);
    assert_int_equal(got.fetched, i == 0);
  }
  assert_int_equal(r.asked, 1);
  responder_set(&r, r.life - 10);
  assert_int_equal(find(), QTLS_OK);
  assert_int_equal(r.asked, 1);
  responder_set(&r, 11);
  assert_int_equal(find(), QTLS_OK);
  assert_int_equal(r.asked, 2);
  /* Not longer than was said, though it would hold. */
  make((qtls_status_options){.keep_most_s = 100});
  assert_int_equal(find(), QTLS_OK);
  responder_set(&r, 101);
  assert_int_equal(find(), QTLS_OK);
  assert_int_equal(r.asked, 4);
}

static void lists_after(void **state) {
  (void)state;
  r.ocsp_down = true;
  make((qtls_status_options){0});
  assert_int_equal(find(), QTLS_OK);
  assert_true(got.crl);
  assert_int_equal(r.lists, 1);
  assert_int_equal(find(), QTLS_OK); /* the failure is remembered, the list kept */
  assert_int_equal(r.asked, 2);
  responder_set(&r, 61);
  r.ocsp_down = false;
  assert_int_equal(find(), QTLS_OK);
  assert_false(got.crl);
  make((qtls_status_options){.no_ocsp = true});
  assert_int_equal(find(), QTLS_OK);
  assert_true(got.crl);
  make((qtls_status_options){.no_crl = true});
  r.ocsp_down = true;
  assert_int_equal(find(), QTLS_ERR_CONNECT);
  assert_int_equal(r.lists, 2);
}

static void revoked(void **state) {
  (void)state;
  r.state = QTLS_OCSP_revoked;
  make((qtls_status_options){0});
  assert_int_equal(find(), QTLS_OK);
  assert_int_equal(got.result.verdict, QTLS_ERR_CERT_REVOKED);
  assert_int_equal(r.lists, 0); /* the last word */
  assert_int_equal(find(), QTLS_OK);
  assert_int_equal(got.result.verdict, QTLS_ERR_CERT_REVOKED);
  assert_int_equal(r.asked, 1);
  r.ocsp_down = true;
  r.revoked_in_list = true;
  make((qtls_status_options){0});
  assert_int_equal(find(), QTLS_OK);
  assert_true(got.crl);
  assert_int_equal(got.result.verdict, QTLS_ERR_CERT_REVOKED);
}

/* What is kept and out of date tells of nothing but a revocation that nobody takes back;
 * and of that as long as there is no newer answer. */
static void revoked_for_good(void **state) {
  (void)state;
  for (int way = 0; way < 8; way++) {
    const bool by_list = (way & 1) != 0;
    const bool by_file = (way & 2) != 0;
    const bool hold = (way & 4) != 0;
    const qtls_status_options options = {.folder = by_file ? folder : NULL, .no_ocsp = by_list, .no_crl = !by_list};
    responder_issue(&r, "hybrid", "localhost");
    r.state = QTLS_OCSP_revoked;
    r.revoked_in_list = true;
    r.on_hold = hold;
    r.ocsp_down = r.crl_down = false;
    make(options);
    assert_int_equal(find(), QTLS_OK);
    assert_int_equal(got.result.verdict, QTLS_ERR_CERT_REVOKED);
    if (by_file) { /* another process, as it were */
      make(options);
    }
    responder_set(&r, r.life + 1);
    r.ocsp_down = r.crl_down = true;
    for (int i = 0; i < 3; i++) { /* the second finds that the failure is remembered, the third asks again */
      assert_int_equal(find(), hold ? QTLS_ERR_CONNECT : QTLS_OK);
      assert_int_equal(got.result.verdict, hold ? QTLS_OK : QTLS_ERR_CERT_REVOKED);
      assert_true(got.der != NULL || hold);
      assert_false(got.fetched);
      responder_set(&r, i == 1 ? 61 : 0);
    }
    r.ocsp_down = r.crl_down = false;
    r.state = QTLS_OCSP_good; /* the authority has the last word */
    r.revoked_in_list = false;
    responder_set(&r, 61);
    assert_int_equal(find(), QTLS_OK);
    assert_int_equal(got.result.verdict, QTLS_OK);
    assert_true(got.fetched);
  }
}

/* What does not count is neither given nor kept; and the words tell of both sources. */
static void what_does_not_count(void **state) {
  (void)state;
  bool *const faults[] = {&r.stale, &r.foreign, &r.corrupt};
  for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
    *faults[i] = true;
    r.crl_down = true;
    make((qtls_status_options){.folder = folder, .failure_s = -1});
    assert_int_not_equal(find(), QTLS_OK);
    assert_null(got.der);
    assert_non_null(strstr(why.text, RESPONDER_OCSP));
    assert_non_null(strstr(why.text, RESPONDER_CRL));
    unsigned before = r.asked;
    *faults[i] = false;
    assert_int_equal(find(), QTLS_OK);
    assert_true(got.fetched);
    assert_int_equal(r.asked, before + 1);
    responder_set(&r, 2 * r.life);
  }
  r.state = QTLS_OCSP_unknown;
  assert_int_not_equal(find(), QTLS_OK);
  assert_null(got.der);
}

static void failures_for_a_moment(void **state) {
  (void)state;
  r.ocsp_down = r.crl_down = true;
  make((qtls_status_options){0});
  assert_int_equal(find(), QTLS_ERR_CONNECT);
  assert_int_equal(r.asked, 2);
  assert_int_equal(find(), QTLS_ERR_CONNECT);
  assert_non_null(strstr(why.text, "no connection"));
  assert_int_equal(r.asked, 2);
  responder_set(&r, 61);
  assert_int_equal(find(), QTLS_ERR_CONNECT);
  assert_int_equal(r.asked, 4);
}

static void clock_set_back(void **state) {
  (void)state;
  r.ocsp_down = r.crl_down = true;
  make((qtls_status_options){0});
  assert_int_equal(find(), QTLS_ERR_CONNECT);
  assert_int_equal(r.asked, 2);
  responder_set(&r, -3600);
  r.ocsp_down = false;
  assert_int_equal(find(), QTLS_OK); /* that failure is over */
  assert_int_equal(r.asked, 3);
  /* And what was kept by that clock is asked for anew. */
  responder_set(&r, -3600);
  assert_int_equal(find(), QTLS_OK);
  assert_true(got.fetched);
  assert_int_equal(r.asked, 4);
}

static void on_disk(void **state) {
  (void)state;
  char path[160];
  char command[512];
  struct stat st;
  (void)snprintf(path, sizeof path, "%s/deep/er", folder);
  const qtls_status_options options = {.folder = path};
  make(options);
  assert_int_equal(find(), QTLS_OK);
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0700);
  make(options); /* another process, as it were */
  r.ocsp_down = r.crl_down = true;
  assert_int_equal(find(), QTLS_OK);
  assert_false(got.fetched);
  assert_int_equal(r.asked, 1);
  /* A file with one bit changed, or of another certificate, or too old, is none. */
  make(options);
  responder_set(&r, r.life + 1);
  assert_int_equal(find(), QTLS_ERR_CONNECT);
  responder_set(&r, -r.life - 1);
  (void)snprintf(command, sizeof command,
                 "for f in %s/*.ocsp; do printf X | dd of=$f bs=1 seek=300 conv=notrunc; done 2>/dev/null", path);
  assert_int_equal(system(command), 0);
  make(options);
  assert_int_equal(find(), QTLS_ERR_CONNECT);
  responder_issue(&r, "hybrid", "localhost");
  make(options);
  assert_int_equal(find(), QTLS_ERR_CONNECT);
  /* A folder that cannot be. */
  const qtls_status_options bad = {.folder = "/proc/nothing/here"};
  qtls_status_source *none = NULL;
  assert_int_equal(qtls_status_source_new(&none, &bad, &why), QTLS_ERR_FILE);
  assert_non_null(strstr(why.text, "/proc/nothing"));
}

static void files_by_name(void **state) {
  (void)state;
  uint8_t *der = NULL;
  size_t size = 0;
  static const uint8_t data[] = "bytes";
  assert_int_equal(qtls_status_file_write(folder, "x.ocsp", data, 5, &why), QTLS_OK);
  assert_int_equal(qtls_status_file_read(&der, &size, folder, "x.ocsp", 5), QTLS_OK);
  assert_int_equal(size, 5);
  qtls_fetch_free(der);
  assert_int_equal(qtls_status_file_read(&der, &size, folder, "x.ocsp", 4), QTLS_ERR_FILE);
  static const char *const bad[] = {"../x.ocsp", "a/b", "", ".x", "nowhere"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_int_equal(qtls_status_file_read(&der, &size, folder, bad[i], 100), QTLS_ERR_FILE);
    assert_null(der);
    assert_int_equal(i < 4 ? qtls_status_file_write(folder, bad[i], data, 5, NULL) : QTLS_ERR_FILE, QTLS_ERR_FILE);
  }
}

static void bounded(void **state) {
  (void)state;
  make((qtls_status_options){.entries = 2, .no_crl = true});
  assert_int_equal(find(), QTLS_OK);
  for (int i = 0; i < 4; i++) {
    responder_issue(&r, "ecdsa-p256", "localhost");
    assert_int_equal(find(), QTLS_OK);
    assert_true(got.fetched);
    assert_int_equal(find(), QTLS_OK);
    assert_false(got.fetched);
  }
  assert_int_equal(r.asked, 5);
}

static void *ask_in_thread(void *user) {
  qtls_status_evidence mine;
  qtls_fetch_problem problem;
  (void)user;
  qtls_err err = qtls_status_find(&mine, source, r.leaf, r.root, &problem);
  qtls_status_evidence_free(&mine);
  return err == QTLS_OK ? &r : NULL;
}

static void many_at_once(void **state) {
  (void)state;
  pthread_t threads[16];
  void *result = NULL;
  make((qtls_status_options){0});
  r.sleep_ms = 200;
  for (size_t i = 0; i < 16; i++) {
    assert_int_equal(pthread_create(&threads[i], NULL, ask_in_thread, NULL), 0);
  }
  for (size_t i = 0; i < 16; i++) {
    assert_int_equal(pthread_join(threads[i], &result), 0);
    assert_non_null(result);
  }
  assert_int_equal(r.asked, 1);
}

static void nobody_to_ask(void **state) {
  (void)state;
  test_identity id;
  qtls_cert *cert = NULL;
  test_identity_make(&id, "ecdsa-p256");
  assert_int_equal(qtls_cert_load_pem(&cert, NULL, id.cert_pem, id.cert_size, 0), QTLS_OK);
  make((qtls_status_options){0});
  assert_int_equal(qtls_status_find(&got, source, cert, r.root, &why), QTLS_ERR_CERT_STATUS_UNKNOWN);
  assert_non_null(strstr(why.text, "names no place"));
  assert_int_equal(r.asked, 0);
  qtls_cert_free(cert);
  test_identity_free(&id);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {CASE(ocsp_first),          CASE(kept),
                                     CASE(lists_after),         CASE(revoked),
                                     CASE(what_does_not_count), CASE(failures_for_a_moment),
                                     CASE(clock_set_back),      CASE(on_disk),
                                     CASE(files_by_name),       CASE(bounded),
                                     CASE(many_at_once),        CASE(revoked_for_good),
                                     CASE(nobody_to_ask)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
