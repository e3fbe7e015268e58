/* Staples kept fresh: at the start, by the clock, through failures, over restarts and
 * replaced configurations; and a thread that nobody waits for. */
#include <qtls/staple.h>
#include <sys/wait.h>

#include "adapters/responder.h"

static responder r;
static char folder[64];
static qtls_stapler *stapler;
static qtls_fetch_problem why;

/* What was published last. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static qtls_config *published;
static unsigned publications;
static char lines[8192];

static void publish(void *user, qtls_config *config) {
  (void)user;
  (void)pthread_mutex_lock(&lock);
  qtls_config_free(published);
  published = config;
  publications++;
  (void)pthread_mutex_unlock(&lock);
}

static void hear(void *user, const char *line) {
  (void)user;
  (void)pthread_mutex_lock(&lock);
  size_t used = strlen(lines);
  (void)snprintf(lines + used, sizeof lines - used, "%s\n", line);
  (void)pthread_mutex_unlock(&lock);
}

static bool heard(const char *words) {
  (void)pthread_mutex_lock(&lock);
  bool found = strstr(lines, words) != NULL;
  (void)pthread_mutex_unlock(&lock);
  return found;
}

static bool stapled(size_t i) {
  qtls_identity_info info;
  (void)pthread_mutex_lock(&lock);
  bool has = published != NULL && qtls_config_identity(published, i, &info) == QTLS_OK && info.has_staple;
  (void)pthread_mutex_unlock(&lock);
  return has;
}

static int begin(void **state) {
  (void)state;
  responder_make(&r, "hybrid");
  lines[0] = '\0';
  publications = 0;
  (void)snprintf(folder, sizeof folder, "/tmp/qtls-staple-XXXXXX");
  return mkdtemp(folder) == NULL ? 1 : 0;
}

static int end(void **state) {
  (void)state;
  char command[128];
  qtls_stapler_stop(stapler);
  stapler = NULL;
  qtls_config_free(published);
  published = NULL;
  responder_free(&r);
  (void)snprintf(command, sizeof command, "rm -rf %s", folder);
  return WIFEXITED(system(command)) ? 0 : 1;
}

static qtls_config *config_of(size_t chain_size) {
  qtls_config *config = NULL;
  assert_int_equal(qtls_config_new(&config, QTLS_SERVER), QTLS_OK);
  assert_int_equal(qtls_config_add_identity(config, r.chain_pem, chain_size, r.key_pem, r.key_size), QTLS_OK);
  assert_int_equal(qtls_config_freeze(config), QTLS_OK);
  return config;
}

static void start(qtls_stapler_options options) {
  options.ask.clock = responder_clock;
  options.ask.fetch = responder_fetch;
  options.ask.user = &r;
  options.publish = publish;
  options.tell = hear;
  qtls_config *config = config_of(r.chain_size);
  qtls_stapler_stop(stapler);
  stapler = NULL;
  assert_int_equal(qtls_stapler_start(&stapler, config, &options, &why), QTLS_OK);
  qtls_config_free(config);
}

static qtls_staple_state state_of(size_t i) {
  qtls_staple_state state;
  assert_int_equal(qtls_stapler_state(stapler, i, &state), QTLS_OK);
  return state;
}

/* How long until it is asked anew. */
static int64_t wait_of(void) { return state_of(0).next_try - r.now; }

static void at_the_start(void **state) {
  (void)state;
  start((qtls_stapler_options){.no_thread = true});
  assert_true(stapled(0));
  assert_int_equal(publications, 1);
  assert_int_equal(r.asked, 1);
  assert_true(heard("staple of CN=localhost: fetched, holds until"));
  qtls_staple_state now = state_of(0);
  assert_true(now.fresh);
  assert_int_equal(now.failures, 0);
  assert_string_equal(now.url, RESPONDER_OCSP);
  assert_int_equal(now.next_update, r.now + r.life);
  /* An hour, and up to a tenth less. */
  assert_true(wait_of() <= 3600 && wait_of() >= 3240);
  qtls_staple_state none;
  assert_int_equal(qtls_stapler_state(stapler, 1, &none), QTLS_ERR_ARGUMENT);
}

static void by_the_clock(void **state) {
  (void)state;
  start((qtls_stapler_options){.no_thread = true});
  int64_t due = qtls_stapler_work(stapler);
  assert_int_equal(due, state_of(0).next_try);
  assert_int_equal(r.asked, 1);
  responder_set(&r, due - r.now - 1);
  assert_int_equal(qtls_stapler_work(stapler), due);
  assert_int_equal(r.asked, 1);
  responder_set(&r, 1);
  assert_true(qtls_stapler_work(stapler) > due);
  assert_int_equal(r.asked, 2);
  assert_int_equal(publications, 2);
  /* A day of it: an answer an hour. */
  for (int64_t until = r.now + 86400; r.now < until;) {
    responder_set(&r, qtls_stapler_work(stapler) - r.now);
    assert_true(stapled(0));
  }
  assert_true(r.asked >= 25 && r.asked <= 29);
}

static void before_the_end(void **state) {
  (void)state;
  /* Two hours before the end, though the interval is longer. */
  start((qtls_stapler_options){.no_thread = true, .interval_s = 7 * 86400});
  assert_true(wait_of() <= r.life - 7200 && wait_of() >= (r.life - 7200) * 9 / 10);
  /* An answer that holds for three hours: not before half of them is over. */
  r.life = 3 * 3600;
  start((qtls_stapler_options){.no_thread = true, .interval_s = 7 * 86400});
  assert_true(wait_of() <= 5400 && wait_of() >= 4860);
  start((qtls_stapler_options){.no_thread = true, .interval_s = 7 * 86400, .before_expiry_s = 600});
  assert_true(wait_of() <= 3 * 3600 - 600 && wait_of() >= (3 * 3600 - 600) * 9 / 10);
  /* Used for a quarter of an hour, whatever it says. */
  r.life = 86400;
  start((qtls_stapler_options){.no_thread = true, .ttl_s = 900});
  assert_true(wait_of() <= 450);
  r.ocsp_down = true;
  responder_set(&r, 901);
  (void)qtls_stapler_work(stapler);
  assert_false(stapled(0));
  assert_true(heard("its time is over"));
}

static void failures(void **state) {
  (void)state;
  r.ocsp_down = true;
  start((qtls_stapler_options){.no_thread = true});
  assert_int_equal(publications, 1); /* without staple, but it is served */
  assert_false(stapled(0));
  assert_true(heard("no connection could be made"));
  assert_true(heard("there is none to send"));
  int64_t wait = 30;
  for (unsigned i = 1; i < 12; i++) {
    qtls_staple_state now = state_of(0);
    assert_int_equal(now.failures, i);
    assert_true(now.next_try - r.now <= wait && now.next_try - r.now >= wait * 9 / 10);
    assert_non_null(strstr(now.problem, "no connection"));
    responder_set(&r, now.next_try - r.now);
    (void)qtls_stapler_work(stapler);
    wait = wait * 2 < 3600 ? wait * 2 : 3600;
  }
  assert_int_equal(publications, 1);
  r.ocsp_down = false;
  responder_set(&r, 3600);
  (void)qtls_stapler_work(stapler);
  assert_true(stapled(0));
  assert_int_equal(state_of(0).failures, 0);
  assert_string_equal(state_of(0).problem, "");
  /* A staple in hand is sent through failures, to its end and not beyond. */
  r.ocsp_down = true;
  responder_set(&r, r.life - 100);
  (void)qtls_stapler_work(stapler);
  assert_true(stapled(0));
  assert_true(heard("the present one holds until"));
  responder_set(&r, 101);
  (void)qtls_stapler_work(stapler);
  assert_false(stapled(0));
  assert_true(heard("its time is over, nothing is sent"));
}

static void what_is_not_stapled(void **state) {
  (void)state;
  bool *const faults[] = {&r.stale, &r.foreign, &r.corrupt};
  for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
    *faults[i] = true;
    start((qtls_stapler_options){.no_thread = true, .ask.folder = folder});
    assert_false(stapled(0));
    *faults[i] = false;
  }
  r.ocsp_down = true; /* and nothing of it was kept */
  start((qtls_stapler_options){.no_thread = true, .ask.folder = folder});
  assert_false(stapled(0));
}

static void revoked(void **state) {
  (void)state;
  start((qtls_stapler_options){.no_thread = true});
  assert_true(stapled(0));
  r.state = QTLS_OCSP_revoked;
  responder_set(&r, 3600);
  (void)qtls_stapler_work(stapler);
  assert_false(stapled(0));
  assert_true(heard("the certificate was REVOKED"));
}

/* What is known to be revoked is not sent again after a restart, be the responder there or not. */
static void revoked_on_disk(void **state) {
  (void)state;
  const qtls_stapler_options options = {.no_thread = true, .ask.folder = folder};
  start(options);
  assert_true(stapled(0));
  r.state = QTLS_OCSP_revoked;
  responder_set(&r, 3600);
  (void)qtls_stapler_work(stapler);
  assert_false(stapled(0));
  r.ocsp_down = true;
  start(options);
  assert_false(stapled(0));
  r.ocsp_down = false;
  start(options);
  assert_false(stapled(0));
  /* On hold no more: asked at once, and what comes takes the file's place. */
  r.state = QTLS_OCSP_good;
  start(options);
  assert_true(stapled(0));
  r.ocsp_down = true;
  start(options);
  assert_true(stapled(0));
}

/* Neither a staple in hand nor a failure waits for the moment that a wrong clock has named. */
static void clock_set_back(void **state) {
  (void)state;
  start((qtls_stapler_options){.no_thread = true});
  assert_int_equal(r.asked, 1);
  responder_set(&r, -30); /* within the interval: no hurry */
  (void)qtls_stapler_work(stapler);
  assert_int_equal(r.asked, 1);
  responder_set(&r, -30 * 86400);
  int64_t due = qtls_stapler_work(stapler);
  assert_int_equal(r.asked, 2);
  assert_true(due <= r.now + 3600 && due > r.now);
  r.ocsp_down = true;
  responder_set(&r, due - r.now);
  (void)qtls_stapler_work(stapler);
  assert_int_equal(r.asked, 3);
  responder_set(&r, -7200);
  due = qtls_stapler_work(stapler);
  assert_int_equal(r.asked, 4);
  assert_true(due <= r.now + 60 && due > r.now);
}

static void older_answers(void **state) {
  (void)state;
  start((qtls_stapler_options){.no_thread = true});
  int64_t ends = state_of(0).next_update;
  r.since = 7200; /* from a cache on the way */
  responder_set(&r, 3600);
  (void)qtls_stapler_work(stapler);
  assert_int_equal(state_of(0).next_update, ends);
  assert_true(stapled(0));
  assert_int_equal(publications, 1);
}

static void from_disk(void **state) {
  (void)state;
  const qtls_stapler_options options = {.no_thread = true, .ask.folder = folder};
  start(options);
  assert_int_equal(r.asked, 1);
  r.ocsp_down = true;
  start(options);
  assert_true(stapled(0));
  assert_int_equal(r.asked, 1); /* it is young: not even asked */
  responder_set(&r, 3600);
  start(options);
  assert_true(stapled(0));
  assert_int_equal(r.asked, 2);
  responder_set(&r, r.life);
  start(options);
  assert_false(stapled(0));
  /* The clock went back: an answer of the future is none. */
  r.ocsp_down = false;
  start(options);
  assert_true(stapled(0));
  r.ocsp_down = true;
  responder_set(&r, -3 * 86400);
  start(options);
  assert_false(stapled(0));
}

static void replaced(void **state) {
  (void)state;
  start((qtls_stapler_options){.no_thread = true});
  assert_int_equal(r.asked, 1);
  qtls_config *same = config_of(r.chain_size);
  r.ocsp_down = true;
  assert_int_equal(qtls_stapler_replace(stapler, same), QTLS_OK);
  assert_true(stapled(0)); /* the certificate is the same: its staple stays, also when nobody answers */
  assert_int_equal(r.asked, 2);
  assert_int_equal(publications, 2);
  qtls_config_free(same);
  /* Another certificate: asked for at once, and no other's staple is sent. */
  r.ocsp_down = false;
  responder_issue(&r, "hybrid", "localhost");
  qtls_config *other = config_of(r.chain_size);
  assert_int_equal(qtls_stapler_replace(stapler, other), QTLS_OK);
  assert_int_equal(r.asked, 3);
  assert_true(stapled(0));
  qtls_config_free(other);
  /* Two of them, one staple each. */
  qtls_config *both = NULL;
  assert_int_equal(qtls_config_new(&both, QTLS_SERVER), QTLS_OK);
  assert_int_equal(qtls_config_add_identity(both, r.chain_pem, r.chain_size, r.key_pem, r.key_size), QTLS_OK);
  responder_issue(&r, "ecdsa-p256", "other.test");
  assert_int_equal(qtls_config_add_identity(both, r.chain_pem, r.chain_size, r.key_pem, r.key_size), QTLS_OK);
  assert_int_equal(qtls_config_freeze(both), QTLS_OK);
  assert_int_equal(qtls_stapler_replace(stapler, both), QTLS_OK);
  assert_true(stapled(0) && stapled(1));
  assert_int_equal(r.asked, 5);
  qtls_config_free(both);
  assert_int_equal(qtls_stapler_replace(stapler, NULL), QTLS_ERR_ARGUMENT);
}

/* A reload asks anew, and what has been revoked since is not sent any more. */
static void revoked_by_a_reload(void **state) {
  (void)state;
  start((qtls_stapler_options){.no_thread = true, .ask.folder = folder});
  qtls_config *same = config_of(r.chain_size);
  r.state = QTLS_OCSP_revoked;
  assert_int_equal(qtls_stapler_replace(stapler, same), QTLS_OK);
  assert_false(stapled(0));
  assert_int_equal(publications, 3); /* the reload waited for nobody */
  assert_true(state_of(0).revoked);
  r.state = QTLS_OCSP_good;
  assert_int_equal(qtls_stapler_replace(stapler, same), QTLS_OK);
  assert_true(stapled(0));
  qtls_config_free(same);
  /* With other options it is a new stapler, which takes up what the folder has. */
  r.state = QTLS_OCSP_revoked;
  start((qtls_stapler_options){.no_thread = true, .ask.folder = folder, .ask_at_once = true});
  assert_false(stapled(0));
}

static unsigned count_fetched(void) {
  unsigned n = 0;
  (void)pthread_mutex_lock(&lock);
  for (const char *at = lines; (at = strstr(at, "fetched")) != NULL; at++) {
    n++;
  }
  (void)pthread_mutex_unlock(&lock);
  return n;
}

/* How often something was fetched, once it was `wanted` times or five seconds are over. */
static unsigned fetched(unsigned wanted) {
  for (int i = 0; i < 500 && count_fetched() < wanted; i++) {
    (void)usleep(10000);
  }
  return count_fetched();
}

/* A reload while somebody is being asked: the answer may be from before it. */
static void asked_again_when_busy(void **state) {
  (void)state;
  r.sleep_ms = 300;
  start((qtls_stapler_options){.first_wait_ms = 5000});
  assert_int_equal(fetched(1), 1);
  qtls_config *same = config_of(r.chain_size);
  assert_int_equal(qtls_stapler_replace(stapler, same), QTLS_OK);
  (void)usleep(100000);
  assert_int_equal(qtls_stapler_replace(stapler, same), QTLS_OK);
  assert_int_equal(fetched(3), 3);
  qtls_config_free(same);
}

static void nobody_to_ask(void **state) {
  (void)state;
  test_identity id;
  test_identity_make(&id, "ecdsa-p256");
  qtls_config *config = test_server_config(&id);
  const qtls_stapler_options options = {.publish = publish, .no_thread = true};
  assert_int_equal(qtls_stapler_start(&stapler, config, &options, &why), QTLS_OK);
  assert_null(state_of(0).url);
  assert_non_null(strstr(state_of(0).problem, "names no OCSP responder"));
  assert_int_equal(qtls_stapler_work(stapler), INT64_MAX);
  qtls_config_free(config);
  test_identity_free(&id);
  /* Without the issuer there is nothing to ask with. */
  r.chain_size = r.leaf_size;
  start((qtls_stapler_options){.no_thread = true});
  assert_non_null(strstr(state_of(0).problem, "add it"));
  assert_int_equal(r.asked, 0);
}

static void arguments(void **state) {
  (void)state;
  qtls_stapler *none = NULL;
  qtls_config *config = config_of(r.chain_size);
  qtls_stapler_options options = {.no_thread = true};
  assert_int_equal(qtls_stapler_start(&none, config, &options, &why), QTLS_ERR_ARGUMENT);
  options.publish = publish;
  assert_int_equal(qtls_stapler_start(&none, NULL, &options, NULL), QTLS_ERR_ARGUMENT);
  options.ask.folder = "/proc/nothing";
  assert_int_equal(qtls_stapler_start(&none, config, &options, &why), QTLS_ERR_FILE);
  assert_non_null(strstr(why.text, "/proc/nothing"));
  assert_null(none);
  qtls_stapler_stop(NULL);
  qtls_config_free(config);
}

static double seconds(void) {
  struct timespec ts;
  (void)clock_gettime(CLOCK_MONOTONIC, &ts);
  return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* With its thread: the start waits no longer than was said, the staple comes afterwards,
 * configurations are replaced meanwhile, and the end is clean. */
static void with_a_thread(void **state) {
  (void)state;
  r.sleep_ms = 1500;
  double before = seconds();
  start((qtls_stapler_options){.first_wait_ms = 200, .ask.folder = folder});
  assert_true(seconds() - before < 1.4);
  assert_false(stapled(0));
  for (int i = 0; i < 500 && !stapled(0); i++) {
    (void)usleep(10000);
  }
  assert_true(stapled(0));
  r.sleep_ms = 0;
  for (int i = 0; i < 20; i++) {
    qtls_config *config = config_of(r.chain_size);
    assert_int_equal(qtls_stapler_replace(stapler, config), QTLS_OK);
    assert_true(stapled(0));
    qtls_config_free(config);
    if (i % 4 == 0) {
      responder_set(&r, 3600);
    }
  }
  /* The clock is moved while it sleeps: it looks again by and by; a second one is woken at once. */
  start((qtls_stapler_options){.ask.folder = folder});
  assert_true(stapled(0));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {CASE(at_the_start),
                                     CASE(by_the_clock),
                                     CASE(before_the_end),
                                     CASE(failures),
                                     CASE(what_is_not_stapled),
                                     CASE(revoked),
                                     CASE(older_answers),
                                     CASE(from_disk),
                                     CASE(replaced),
                                     CASE(revoked_on_disk),
                                     CASE(clock_set_back),
                                     CASE(nobody_to_ask),
                                     CASE(arguments),
                                     CASE(with_a_thread),
                                     CASE(revoked_by_a_reload),
                                     CASE(asked_again_when_busy)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
