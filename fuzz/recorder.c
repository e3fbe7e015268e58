/*
 * Owns what turns the command `qtls` into one that records: linked before the
 * library's own functions (cmake/fuzz.cmake, qtls_recording), it writes what each
 * connection receives into a file of its own in the folder QTLS_RECORD, as lines
 * of a word and hexadecimal digits:
 *
 *   wire     bytes of the transport, as they were taken
 *   message  a handshake message, decrypted, with its header
 *
 * tools/fuzz-seeds makes seeds of them. It changes nothing of the conversation.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "qtls/qtls.h"

enum { CONFIGS = 64, CONNECTIONS = 256 };

typedef struct observer {
  const qtls_config *config;
  qtls_trace_fn fn;
  void *user;
} observer;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static observer observers[CONFIGS];
static size_t observer_count;
static struct {
  const qtls_conn *conn;
  unsigned number;
} connections[CONNECTIONS];
static unsigned made;
static _Thread_local unsigned current; /* the connection that this thread works at; 0: none */

qtls_err __real_qtls_config_set_trace(qtls_config *config, qtls_trace_fn fn, void *user);
qtls_err __real_qtls_config_freeze(qtls_config *config);
qtls_err __real_qtls_conn_new(qtls_conn **out, const qtls_config *config, const qtls_conn_params *params);
qtls_err __real_qtls_conn_recv(qtls_conn *conn, uint8_t *in, size_t len, size_t *used, qtls_event *event);
qtls_err __wrap_qtls_config_set_trace(qtls_config *config, qtls_trace_fn fn, void *user);
qtls_err __wrap_qtls_config_freeze(qtls_config *config);
qtls_err __wrap_qtls_conn_new(qtls_conn **out, const qtls_config *config, const qtls_conn_params *params);
qtls_err __wrap_qtls_conn_recv(qtls_conn *conn, uint8_t *in, size_t len, size_t *used, qtls_event *event);

static void record(const char *word, const uint8_t *bytes, size_t n) {
  const char *folder = getenv("QTLS_RECORD");
  char path[4096];
  if (folder == NULL || current == 0 || n == 0) {
    return;
  }
  (void)snprintf(path, sizeof path, "%s/%ld-%u", folder, (long)getpid(), current);
  FILE *file = fopen(path, "a");
  if (file == NULL) {
    perror(path);
    exit(1);
  }
  (void)fprintf(file, "%s ", word);
  for (size_t i = 0; i < n; i++) {
    (void)fprintf(file, "%02x", bytes[i]);
  }
  (void)fprintf(file, "\n");
  if (fclose(file) != 0) {
    perror(path);
    exit(1);
  }
}

static void observe(void *user, const qtls_trace *event) {
  const observer *next = user;
  if (event->kind == QTLS_TRACE_message && !event->sent && event->bytes != NULL) {
    record("message", event->bytes, event->size);
  }
  if (next->fn != NULL) {
    next->fn(next->user, event);
  }
}

/* The observer of a configuration; the lock is held. */
static observer *observer_of(const qtls_config *config) {
  for (size_t i = 0; i < observer_count; i++) {
    if (observers[i].config == config) {
      return &observers[i];
    }
  }
  if (observer_count == CONFIGS) {
    (void)fprintf(stderr, "recorder: too many configurations\n");
    exit(1);
  }
  observers[observer_count].config = config;
  return &observers[observer_count++];
}

qtls_err __wrap_qtls_config_set_trace(qtls_config *config, qtls_trace_fn fn, void *user) {
  pthread_mutex_lock(&lock);
  *observer_of(config) = (observer){config, fn, user};
  pthread_mutex_unlock(&lock);
  return QTLS_OK;
}

qtls_err __wrap_qtls_config_freeze(qtls_config *config) {
  pthread_mutex_lock(&lock);
  observer *o = observer_of(config);
  pthread_mutex_unlock(&lock);
  qtls_err err = __real_qtls_config_set_trace(config, observe, o);
  return err != QTLS_OK ? err : __real_qtls_config_freeze(config);
}

qtls_err __wrap_qtls_conn_new(qtls_conn **out, const qtls_config *config, const qtls_conn_params *params) {
  qtls_err err = __real_qtls_conn_new(out, config, params);
  if (err == QTLS_OK) {
    pthread_mutex_lock(&lock);
    connections[made % CONNECTIONS].conn = *out;
    connections[made % CONNECTIONS].number = made + 1;
    made++;
    pthread_mutex_unlock(&lock);
  }
  return err;
}

/* The latest connection at that address. */
static unsigned number_of(const qtls_conn *conn) {
  unsigned number = 0;
  pthread_mutex_lock(&lock);
  for (size_t i = 0; i < CONNECTIONS; i++) {
    if (connections[i].conn == conn && connections[i].number > number) {
      number = connections[i].number;
    }
  }
  pthread_mutex_unlock(&lock);
  return number;
}

qtls_err __wrap_qtls_conn_recv(qtls_conn *conn, uint8_t *in, size_t len, size_t *used, qtls_event *event) {
  uint8_t *copy = malloc(len > 0 ? len : 1); /* records are decrypted where they lie */
  if (copy == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  if (len > 0) {
    memcpy(copy, in, len);
  }
  current = number_of(conn);
  qtls_err err = __real_qtls_conn_recv(conn, in, len, used, event);
  record("wire", copy, err == QTLS_OK ? *used : len);
  current = 0;
  free(copy);
  return err;
}
