/* Owns pairs of connections in memory (speed.h). */
#include "speed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BUFFER = 64 * 1024 };

double speed_now_us(void) {
  struct timespec ts;
  (void)clock_gettime(CLOCK_MONOTONIC, &ts);
  return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

/* ---- setting up ---- */

const speed_row speed_rows[] = {
    {"qtls-hybrid", "hybrid-p384-mldsa65", "q-tls1.0", "qtls-hybrid", "secp384r1:kyber1024", QTLS_FLOOR_q_tls,
     QTLS_POLICY_require_both},
    {"qtls-pqc", "mldsa65", "q-tls1.0", "qtls-pqc", "secp384r1:kyber1024", QTLS_FLOOR_q_tls, QTLS_POLICY_require_pqc},
    {"x25519-p256", "p256", "tls1.3", "aes256-gcm", "x25519", QTLS_FLOOR_classical, QTLS_POLICY_require_both},
    {"x25519mlkem768-p256", "p256", "tls1.3", "aes256-gcm", "X25519MLKEM768", QTLS_FLOOR_pq_kex,
     QTLS_POLICY_require_both},
    {"p384mlkem1024-p384", "p384", "tls1.3", "aes256-gcm", "SecP384r1MLKEM1024", QTLS_FLOOR_pq_kex,
     QTLS_POLICY_require_both},
    {"p384mlkem1024-mldsa65", "mldsa65", "tls1.3", "aes256-gcm", "SecP384r1MLKEM1024", QTLS_FLOOR_pq_kex,
     QTLS_POLICY_require_both}};
const size_t speed_row_count = sizeof speed_rows / sizeof speed_rows[0];

typedef struct part {
  qtls_key *key;
  char *pem;
  size_t size;
} part;

static void part_free(part *p) {
  qtls_key_free(p->key);
  qtls_pki_free(p->pem);
}

static qtls_err make(part *out, const char *kind, qtls_cert_request *request, const part *issuer) {
  request->not_before = (int64_t)time(NULL) - 60;
  request->not_after = request->not_before + 86400;
  qtls_err err = qtls_key_generate(&out->key, kind);
  if (err != QTLS_OK) {
    return err;
  }
  return qtls_cert_issue(&out->pem, &out->size, request, out->key, issuer != NULL ? issuer->pem : NULL,
                         issuer != NULL ? issuer->size : 0, issuer != NULL ? issuer->key : NULL);
}

static qtls_err keep(speed_pem *out, const char *first, size_t first_size, const char *second, size_t second_size) {
  out->text = malloc(first_size + second_size + 1);
  if (out->text == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  memcpy(out->text, first, first_size);
  memcpy(out->text + first_size, second, second_size);
  out->size = first_size + second_size;
  out->text[out->size] = '\0';
  return QTLS_OK;
}

static qtls_err add_identity(speed_setup *setup, const part *leaf, const part *intermediate) {
  char *key = NULL;
  size_t key_size = 0;
  qtls_err err = keep(&setup->chain, leaf->pem, leaf->size, intermediate->pem, intermediate->size);
  if (err == QTLS_OK) {
    err = qtls_key_write(leaf->key, &key, &key_size);
  }
  if (err == QTLS_OK) {
    err = keep(&setup->key, key, key_size, "", 0);
  }
  if (err == QTLS_OK) {
    err = qtls_config_add_identity(setup->server, setup->chain.text, setup->chain.size, key, key_size);
  }
  qtls_pki_free(key);
  return err;
}

static qtls_err certify(speed_setup *setup, const char *kind) {
  static const char *const names[] = {"localhost"};
  part root = {NULL, NULL, 0};
  part intermediate = {NULL, NULL, 0};
  part leaf = {NULL, NULL, 0};
  qtls_cert_request authority = {.role = QTLS_CERT_authority, .common_name = "speed"};
  qtls_cert_request server = {.role = QTLS_CERT_server, .common_name = "localhost", .names = names, .name_count = 1};
  qtls_err err = make(&root, kind, &authority, NULL);
  if (err == QTLS_OK) {
    authority.common_name = "speed intermediate";
    err = make(&intermediate, kind, &authority, &root);
  }
  if (err == QTLS_OK) {
    err = make(&leaf, kind, &server, &intermediate);
  }
  if (err == QTLS_OK) {
    err = add_identity(setup, &leaf, &intermediate);
  }
  if (err == QTLS_OK) {
    err = qtls_config_add_trust(setup->client, root.pem, root.size);
  }
  if (err == QTLS_OK) {
    err = keep(&setup->root, root.pem, root.size, "", 0);
  }
  part_free(&root);
  part_free(&intermediate);
  part_free(&leaf);
  return err;
}

static qtls_err choose(qtls_config *config, const speed_row *row) {
  qtls_err err = qtls_config_set_floor(config, row->floor);
  if (err == QTLS_OK) { /* each handshake is measured as a first one */
    err = qtls_config_set_link_cache(config, 0);
  }
  if (err == QTLS_OK) {
    err = qtls_config_set_policy(config, row->policy);
  }
  if (err == QTLS_OK) {
    err = qtls_config_set_versions(config, row->versions);
  }
  if (err == QTLS_OK) {
    err = qtls_config_set_suites(config, row->suites);
  }
  if (err == QTLS_OK) {
    err = qtls_config_set_groups(config, row->groups);
  }
  return err;
}

static bool note(speed_setup *setup, qtls_err err, const qtls_config *config, const char *what) {
  if (err != QTLS_OK) {
    const char *words = config != NULL ? qtls_config_problem(config) : "";
    (void)snprintf(setup->problem, sizeof setup->problem, "%s: %s", what,
                   words[0] != '\0' ? words : qtls_err_text(err));
  }
  return err == QTLS_OK;
}

bool speed_prepare(speed_setup *setup, const speed_row *row) {
  memset(setup, 0, sizeof *setup);
  return note(setup, qtls_config_new(&setup->client, QTLS_CLIENT), NULL, "client") &&
         note(setup, qtls_config_new(&setup->server, QTLS_SERVER), NULL, "server") &&
         note(setup, choose(setup->client, row), setup->client, "client") &&
         note(setup, choose(setup->server, row), setup->server, "server") &&
         note(setup, certify(setup, row->kind), NULL, "certificates") &&
         note(setup, qtls_config_freeze(setup->client), setup->client, "client") &&
         note(setup, qtls_config_freeze(setup->server), setup->server, "server");
}

void speed_finish(speed_setup *setup) {
  qtls_config_free(setup->client);
  qtls_config_free(setup->server);
  free(setup->chain.text);
  free(setup->key.text);
  free(setup->root.text);
}

/* ---- shaking hands ---- */

/* One side's answers go into `wire`; its time is added to *us. */
static qtls_err send_all(qtls_conn *conn, uint8_t *wire, size_t *n, double *us) {
  double begin = speed_now_us();
  qtls_err err = QTLS_OK;
  size_t taken = 0;
  size_t written = 0;
  do {
    err = qtls_conn_send(conn, NULL, 0, wire + *n, BUFFER - *n, &taken, &written);
    *n += written;
  } while (err == QTLS_OK && written > 0 && qtls_conn_pending(conn) > 0);
  *us += speed_now_us() - begin;
  return err;
}

static qtls_err receive_all(qtls_conn *conn, uint8_t *wire, size_t *n, double *us) {
  double begin = speed_now_us();
  size_t at = 0;
  qtls_err err = QTLS_OK;
  while (at < *n && err == QTLS_OK) {
    size_t used = 0;
    qtls_event event;
    err = qtls_conn_recv(conn, wire + at, *n - at, &used, &event);
    at += used;
    if (err == QTLS_OK && used == 0 && event.kind == QTLS_EVENT_none) {
      err = QTLS_ERR_INTERNAL; /* half a record: the other side sends whole ones */
    }
  }
  *n = 0;
  *us += speed_now_us() - begin;
  return err;
}

static qtls_err exchange(speed_pair *pair, uint8_t *wire) {
  qtls_err err = QTLS_OK;
  for (int round = 0; round < 8 && err == QTLS_OK; round++) {
    size_t n = 0;
    if (qtls_conn_is_connected(pair->client) && qtls_conn_is_connected(pair->server)) {
      return QTLS_OK;
    }
    err = send_all(pair->client, wire, &n, &pair->client_us);
    pair->client_bytes += n;
    if (err == QTLS_OK) {
      err = receive_all(pair->server, wire, &n, &pair->server_us);
    }
    if (err == QTLS_OK) {
      err = send_all(pair->server, wire, &n, &pair->server_us);
      pair->server_bytes += n;
    }
    if (err == QTLS_OK) {
      err = receive_all(pair->client, wire, &n, &pair->client_us);
    }
  }
  return err == QTLS_OK ? QTLS_ERR_INTERNAL : err;
}

bool speed_shake(speed_pair *pair, const speed_setup *setup) {
  static uint8_t wire[BUFFER];
  const qtls_conn_params params = {.server_name = "localhost", .now = (int64_t)time(NULL)};
  memset(pair, 0, sizeof *pair);
  double begin = speed_now_us();
  pair->err = qtls_conn_new(&pair->client, setup->client, &params);
  double middle = speed_now_us();
  if (pair->err == QTLS_OK) {
    pair->err = qtls_conn_new(&pair->server, setup->server, &params);
  }
  pair->client_us = middle - begin;
  pair->server_us = speed_now_us() - middle;
  if (pair->err == QTLS_OK) {
    pair->err = exchange(pair, wire);
  }
  return pair->err == QTLS_OK;
}

void speed_free(speed_pair *pair) {
  qtls_conn_free(pair->client);
  qtls_conn_free(pair->server);
  pair->client = NULL;
  pair->server = NULL;
}

/* ---- data ---- */

bool speed_bulk(const speed_pair *pair, size_t size, double seconds, double *seal, double *open) {
  static uint8_t data[16384];
  static uint8_t wire[BUFFER];
  double seal_us = 0;
  double open_us = 0;
  double total = 0;
  memset(data, 0x5A, sizeof data);
  double stop = speed_now_us() + seconds * 1e6;
  while (speed_now_us() < stop) {
    /* A few records a round, so that reading the clock does not count much. */
    size_t n = 0;
    size_t at = 0;
    double begin = speed_now_us();
    for (int i = 0; i < 3; i++) {
      size_t taken = 0;
      size_t written = 0;
      if (qtls_conn_send(pair->client, data, size, wire + n, sizeof wire - n, &taken, &written) != QTLS_OK ||
          taken != size) {
        return false;
      }
      n += written;
    }
    double middle = speed_now_us();
    while (at < n) {
      size_t used = 0;
      qtls_event event;
      if (qtls_conn_recv(pair->server, wire + at, n - at, &used, &event) != QTLS_OK || used == 0) {
        return false;
      }
      at += used;
    }
    seal_us += middle - begin;
    open_us += speed_now_us() - middle;
    total += 3.0 * (double)size;
  }
  *seal = total / seal_us;
  *open = total / open_us;
  return true;
}
