/* Owns the measuring of memory and time. */
#include "support/meter.h"

#include <openssl/crypto.h>
#include <openssl/mem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

meter meter_now;

typedef union head {
  size_t size;
  _Alignas(16) uint8_t pad[16];
} head;

static void *get(size_t size) {
  head *h = malloc(size + sizeof *h);
  if (h == NULL) {
    return NULL;
  }
  h->size = size;
  meter_now.live += size;
  meter_now.peak = meter_now.live > meter_now.peak ? meter_now.live : meter_now.peak;
  return h + 1;
}

static void put(void *block) {
  if (block != NULL) {
    head *h = (head *)block - 1;
    meter_now.live -= h->size;
    free(h);
  }
}

/* AWS-LC passes a file and a line beside. */
static void *get_below(size_t size, const char *file, int line) {
  (void)file;
  (void)line;
  return get(size);
}

static void put_below(void *block, const char *file, int line) {
  (void)file;
  (void)line;
  put(block);
}

static void *resize_below(void *block, size_t size, const char *file, int line) {
  void *fresh = get_below(size, file, line);
  if (fresh != NULL && block != NULL) {
    size_t old = ((head *)block - 1)->size;
    memcpy(fresh, block, old < size ? old : size);
    put(block);
  }
  return fresh;
}

void meter_install(void) {
  q_mem_source counted = {get, put};
  q_mem_set_source(counted);
  if (CRYPTO_set_mem_functions(get_below, resize_below, put_below) != 1) {
    abort();
  }
}

void meter_begin(void) {
  meter_now.start = meter_now.peak = meter_now.live;
  meter_now.fed = 0;
  meter_now.ns = 0;
}

double meter_cpu(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

void meter_feed(flow *f, bool to_client, const uint8_t *bytes, size_t n) {
  double began = meter_cpu();
  flow_feed(f, to_client, bytes, n);
  meter_now.ns += meter_cpu() - began;
  meter_now.fed += n;
}

void meter_deliver(flow *f, bool from_client) {
  flow_side *s = from_client ? &f->client : &f->server;
  size_t n = qtls_conn_pending(s->conn);
  uint8_t *bytes = malloc(n > 0 ? n : 1);
  size_t taken = 0;
  size_t written = 0;
  if (bytes == NULL || qtls_conn_send(s->conn, NULL, 0, bytes, n, &taken, &written) != QTLS_OK) {
    abort();
  }
  meter_feed(f, !from_client, bytes, written);
  free(bytes);
}

void meter_tell(const char *what) {
  printf("%-46s %9zu bytes in, at most %7zu bytes held, %9.1f us, %8.1f ns a byte\n", what, meter_now.fed, meter_peak(),
         meter_now.ns / 1e3, meter_ns_per_byte());
}
