/* qtls speed: handshakes, data and memory of this build on this machine. */
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "out.h"
#include "speed.h"

static const cli_option options[] = {
    {"seconds", "N", "Time for each measurement (default 1)."},
    {"only", "NAME", "Measure only what has NAME in its name, such as qtls-hybrid or bulk."},
    {"json", NULL, "Write one line of JSON."},
    {NULL, NULL, NULL}};

enum { PAIRS = 100, RESULTS_MOST = 64 };

typedef struct result {
  char name[64];
  double value;
  const char *unit;
} result;

typedef struct measuring {
  const cli_args *args;
  double seconds;
  result results[RESULTS_MOST];
  size_t count;
} measuring;

static void add(measuring *m, double value, const char *unit, const char *what, const char *row, const char *side) {
  if (m->count < RESULTS_MOST) {
    result *r = &m->results[m->count++];
    (void)snprintf(r->name, sizeof r->name, "%s/%s%s%s", what, row, side != NULL ? "/" : "", side != NULL ? side : "");
    r->value = value;
    r->unit = unit;
  }
}

static bool wanted(const measuring *m, const char *what, const char *row) {
  const char *only = cli_value(m->args, "only", NULL);
  return only == NULL || strstr(what, only) != NULL || strstr(row, only) != NULL;
}

static bool handshakes(measuring *m, const speed_row *row, const speed_setup *setup) {
  double client = 0;
  double server = 0;
  double begin = speed_now_us();
  double spent = 0;
  long count = 0;
  speed_pair pair;
  while (spent < m->seconds * 1e6 || count < 3) {
    if (!speed_shake(&pair, setup)) {
      speed_free(&pair);
      (void)cli_failure(m->args, "%s: the handshake failed: %s", row->name, qtls_err_text(pair.err));
      return false;
    }
    client += pair.client_us;
    server += pair.server_us;
    count++;
    speed_free(&pair);
    spent = speed_now_us() - begin;
  }
  add(m, (double)count / (spent / 1e6), "handshakes/s", "handshake", row->name, NULL);
  add(m, client / (double)count, "us", "handshake", row->name, "client");
  add(m, server / (double)count, "us", "handshake", row->name, "server");
  add(m, (double)pair.client_bytes, "bytes", "handshake", row->name, "client-sends");
  add(m, (double)pair.server_bytes, "bytes", "handshake", row->name, "server-sends");
  return true;
}

static double heap(void) {
  struct mallinfo2 info = mallinfo2();
  return (double)info.uordblks + (double)info.hblkhd;
}

/* What connections hold after their handshake, by making many. */
static bool memory(measuring *m, const speed_row *row, const speed_setup *setup) {
  static speed_pair pairs[PAIRS];
  bool good = true;
  memset(pairs, 0, sizeof pairs);
  double before = heap();
  for (size_t i = 0; i < PAIRS && good; i++) {
    good = speed_shake(&pairs[i], setup);
  }
  double both = heap();
  for (size_t i = 0; i < PAIRS; i++) {
    qtls_conn_free(pairs[i].client);
    pairs[i].client = NULL;
  }
  double servers = heap();
  for (size_t i = 0; i < PAIRS; i++) {
    speed_free(&pairs[i]);
  }
  /* A heap that cannot be asked (a sanitizer's) tells nothing. */
  if (good && both > before) {
    add(m, (both - servers) / PAIRS, "bytes", "memory", row->name, "client-idle");
    add(m, (servers - before) / PAIRS, "bytes", "memory", row->name, "server-idle");
  }
  return good;
}

static bool bulk(measuring *m, const speed_setup *setup) {
  static const struct {
    size_t size;
    const char *name;
  } sizes[] = {{16384, "16384"}, {1024, "1024"}};
  for (size_t i = 0; i < CLI_COUNT(sizes); i++) {
    speed_pair pair;
    double seal = 0;
    double open = 0;
    bool good = speed_shake(&pair, setup) && speed_bulk(&pair, sizes[i].size, m->seconds, &seal, &open);
    speed_free(&pair);
    if (!good) {
      (void)cli_failure(m->args, "bulk/%s failed", sizes[i].name);
      return false;
    }
    add(m, seal, "MB/s", "bulk", sizes[i].name, "seal");
    add(m, open, "MB/s", "bulk", sizes[i].name, "open");
  }
  return true;
}

static bool measure(measuring *m, const speed_row *row) {
  speed_setup setup;
  bool good = speed_prepare(&setup, row);
  if (!good) {
    (void)cli_failure(m->args, "%s: %s", row->name, setup.problem);
  }
  if (good && wanted(m, "handshake", row->name)) {
    good = handshakes(m, row, &setup);
  }
  if (good && wanted(m, "memory", row->name)) {
    good = memory(m, row, &setup);
  }
  if (good && row == &speed_rows[0] && wanted(m, "bulk", "bulk")) {
    good = bulk(m, &setup);
  }
  speed_finish(&setup);
  return good;
}

static void print_json(const measuring *m) {
  json j = json_to(stdout);
  json_begin(&j, NULL, '{');
  json_string(&j, "qtls", qtls_version());
  json_string(&j, "crypto", qtls_crypto_version());
  json_begin(&j, "results", '[');
  for (size_t i = 0; i < m->count; i++) {
    json_begin(&j, NULL, '{');
    json_string(&j, "name", m->results[i].name);
    json_real(&j, "value", m->results[i].value);
    json_string(&j, "unit", m->results[i].unit);
    json_end(&j, '}');
  }
  json_end(&j, ']');
  json_end(&j, '}');
  json_done(&j);
}

static const result *find(const measuring *m, const char *what, const char *row, const char *side) {
  char name[64];
  (void)snprintf(name, sizeof name, "%s/%s%s%s", what, row, side != NULL ? "/" : "", side != NULL ? side : "");
  for (size_t i = 0; i < m->count; i++) {
    if (strcmp(m->results[i].name, name) == 0) {
      return &m->results[i];
    }
  }
  return NULL;
}

static void cell(const measuring *m, int width, const char *what, const char *row, const char *side) {
  const result *r = find(m, what, row, side);
  char text[32];
  if (r == NULL) {
    (void)printf(" %*s", width, "-");
  } else if (strcmp(r->unit, "bytes") == 0) {
    (void)printf(" %*s", width, out_bytes(text, (uint64_t)(r->value + 0.5)));
  } else {
    (void)printf(" %*.1f", width, r->value);
  }
}

static bool has_row(const measuring *m, const char *row) {
  return find(m, "handshake", row, NULL) != NULL || find(m, "memory", row, "client-idle") != NULL;
}

static bool any_row(const measuring *m) {
  for (size_t i = 0; i < speed_row_count; i++) {
    if (has_row(m, speed_rows[i].name)) {
      return true;
    }
  }
  return false;
}

static void print_rows(const measuring *m) {
  (void)printf("\n%-23s %10s %10s %10s %8s %8s %8s %8s\n", "handshake", "per second", "client", "server", "client",
               "server", "client", "server");
  (void)printf("%-23s %10s %10s %10s %8s %8s %8s %8s\n", "", "", "us", "us", "sends", "sends", "at rest", "at rest");
  for (size_t i = 0; i < speed_row_count; i++) {
    const char *row = speed_rows[i].name;
    if (!has_row(m, row)) {
      continue;
    }
    (void)printf("%-23s", row);
    cell(m, 10, "handshake", row, NULL);
    cell(m, 10, "handshake", row, "client");
    cell(m, 10, "handshake", row, "server");
    cell(m, 8, "handshake", row, "client-sends");
    cell(m, 8, "handshake", row, "server-sends");
    cell(m, 8, "memory", row, "client-idle");
    cell(m, 8, "memory", row, "server-idle");
    (void)printf("\n");
  }
  (void)printf("\nAt rest: bytes of heap of an established connection, buffers of the caller not counted.\n");
}

static void print_text(const measuring *m) {
  (void)printf("qtls %s, %s; one thread, both sides in memory\n", qtls_version(), qtls_crypto_version());
  if (any_row(m)) {
    print_rows(m);
  }
  if (find(m, "bulk", "16384", "seal") != NULL) {
    (void)printf("\n%-23s %10s %10s\n", "data, AES-256-GCM", "seal MB/s", "open MB/s");
    (void)printf("%-23s", "records of 16384 bytes");
    cell(m, 10, "bulk", "16384", "seal");
    cell(m, 10, "bulk", "16384", "open");
    (void)printf("\n%-23s", "records of 1024 bytes");
    cell(m, 10, "bulk", "1024", "seal");
    cell(m, 10, "bulk", "1024", "open");
    (void)printf("\n");
  }
}

static int run(cli_args *args) {
  static measuring m;
  long seconds = 1;
  bool good = true;
  m.args = args;
  if (!cli_number(args, "seconds", 1, 3600, &seconds)) {
    return CLI_USAGE;
  }
  m.seconds = (double)seconds;
  for (size_t i = 0; i < speed_row_count && good; i++) {
    if (wanted(&m, "handshake memory", speed_rows[i].name) || (i == 0 && wanted(&m, "bulk", "bulk"))) {
      good = measure(&m, &speed_rows[i]);
    }
  }
  if (good && m.count == 0) {
    return cli_usage_error(args, "nothing has \"%s\" in its name", cli_value(args, "only", ""));
  }
  if (cli_has(args, "json")) {
    print_json(&m);
  } else {
    print_text(&m);
  }
  return good ? CLI_OK : CLI_FAILED;
}

static const cli_option *const groups[] = {options, NULL};

const cli_command cmd_speed = {
    .name = "speed",
    .summary = "Measure handshakes, data and memory",
    .usage = "[OPTION...]",
    .about =
        "Measures in memory, in one thread: whole handshakes a second, the time that each side spends on one, the\n"
        "bytes that each sends; data sealed and opened; the heap of a connection at rest. Certificates: a leaf,\n"
        "an intermediate sent with it, and a root that is trusted.",
    .options = groups,
    .examples = "  qtls speed\n  qtls speed --only qtls-hybrid --seconds 5\n  qtls speed --json\n",
    .operands_most = 0,
    .run = run};
