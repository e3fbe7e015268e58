/* Owns the vector as text: what went over the wire, what was secret, and every
 * value between the two, computed here step by step and compared with what the
 * engine logged. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden/transcript.h"
#include "keys/fixed.h"
#include "keys/schedule.h"
#include "keys/transcript.h"

#define HASH Q_HASH_SHA384
#define N 48

static void must(bool right, const char *what) {
  if (!right) {
    fprintf(stderr, "golden: %s\n", what);
    abort();
  }
}

static void must_ok(qtls_err err) { must(err == QTLS_OK, qtls_err_name(err)); }

static const char *side(bool client) { return client ? "client" : "server"; }

static bool is_retry(const golden_message *m) {
  /* RFC 8446 §4.1.3: SHA-256("HelloRetryRequest") as the random. */
  static const uint8_t random[] = {0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11};
  return m->p[0] == Q_MSG_SERVER_HELLO && memcmp(m->p + 6, random, sizeof random) == 0;
}

static const char *message_name(const golden_message *m) {
  return is_retry(m) ? "HelloRetryRequest" : q_msg_name(m->p[0]);
}

static const char *alg_name(q_kex_alg alg) {
  switch (alg) {
    case Q_KEX_P256:
      return "secp256r1";
    case Q_KEX_P384:
      return "secp384r1";
    case Q_KEX_X25519:
      return "x25519";
    case Q_KEX_MLKEM768:
      return "ML-KEM-768";
    case Q_KEX_MLKEM1024:
      return "ML-KEM-1024";
    default:
      abort();
  }
}

/* Shares made before the server's encapsulation are the client's; of these, the
 * ones made after HelloRetryRequest belong to the second hello. */
static void write_shares(json *j, const golden_transcript *t) {
  size_t first_hello = t->message[0].calls;
  bool server = false;
  json_open(j, "key_exchange", '[');
  for (size_t i = 0; i < golden_seen.count; i++) {
    const golden_call *c = &golden_seen.call[i];
    server = server || c->kind == GOLDEN_ENCAPSULATE;
    if (c->kind == GOLDEN_SECRET) {
      continue;
    }
    bool mlkem = q_kex_is_mlkem(c->alg);
    json_open(j, NULL, '{');
    json_text(j, "from", side(!server));
    if (!server) {
      json_number(j, "client_hello", i < first_hello ? 1 : 2);
    }
    json_text(j, "algorithm", alg_name(c->alg));
    json_hex(j, !mlkem ? "private_key" : server ? "encapsulation_randomness" : "seed", c->private_key, c->private_n);
    json_hex(j, server && mlkem ? "ciphertext" : "public_key", c->share, c->share_n);
    json_close(j, '}');
  }
  json_close(j, ']');
}

/* Both sides came to the same: the secrets of the last calls on each side. */
static const golden_call *secret_of(bool mlkem) {
  const golden_call *found = NULL;
  for (size_t i = 0; i < golden_seen.count; i++) {
    const golden_call *c = &golden_seen.call[i];
    if (c->secret_n == 0 || q_kex_is_mlkem(c->alg) != mlkem) {
      continue;
    }
    must(found == NULL || (found->secret_n == c->secret_n && memcmp(found->secret, c->secret, c->secret_n) == 0),
         "the two sides have different secrets");
    found = c;
  }
  return found;
}

typedef struct hashes {
  uint8_t server_hello[N], certificate[N], certificate_verify[N], server_finished[N], client_finished[N];
  uint8_t client_certificate[N], client_certificate_verify[N];
} hashes;

static void write_messages(json *j, const golden_transcript *t, hashes *h) {
  q_transcript run;
  uint8_t now[Q_HASH_MAX];
  q_keys_transcript_init(&run, HASH);
  json_open(j, "messages", '[');
  for (size_t i = 0; i < t->message_count; i++) {
    const golden_message *m = &t->message[i];
    if (is_retry(m)) {
      (void)q_keys_transcript_hash(&run, now);
      q_keys_transcript_message_hash(&run, now);
    }
    q_keys_transcript_add(&run, q_span_of(m->p, m->n));
    (void)q_keys_transcript_hash(&run, now);
    uint8_t *kept = m->p[0] == Q_MSG_SERVER_HELLO         ? h->server_hello
                    : m->p[0] == Q_MSG_CERTIFICATE        ? (m->from_client ? h->client_certificate : h->certificate)
                    : m->p[0] == Q_MSG_CERTIFICATE_VERIFY ? (m->from_client ? h->client_certificate_verify
                                                                            : h->certificate_verify)
                    : m->p[0] != Q_MSG_FINISHED           ? NULL
                    : m->from_client                      ? h->client_finished
                                                          : h->server_finished;
    if (kept != NULL) {
      memcpy(kept, now, N);
    }
    json_open(j, NULL, '{');
    json_text(j, "name", message_name(m));
    json_text(j, "from", side(m->from_client));
    json_hex(j, "bytes", m->p, m->n);
    json_hex(j, "transcript_hash", now, N);
    json_close(j, '}');
  }
  json_close(j, ']');
}

static void extract(uint8_t out[N], q_hmac *keyed, const uint8_t salt[N], q_span input) {
  uint8_t full[Q_HASH_MAX];
  q_hmac h;
  must_ok(q_crypto_hmac_key(&h, HASH, q_span_of(salt, N)));
  must_ok(q_crypto_hmac(&h, full, &input, 1));
  memcpy(out, full, N);
  must_ok(q_crypto_hmac_key(keyed, HASH, q_span_of(out, N)));
}

static void derive(json *j, const char *key, uint8_t out[N], q_hmac *from, const char *label, const uint8_t hash[N]) {
  must_ok(q_keys_expand_label(from, out, N, label, q_span_of(hash, N)));
  json_hex(j, key, out, N);
}

static void logged(const golden_transcript *t, const char *label, const uint8_t secret[N]) {
  for (size_t i = 0; i < t->log_count; i++) {
    if (strcmp(t->log[i].label, label) == 0) {
      must(memcmp(t->log[i].secret, secret, N) == 0, label);
      return;
    }
  }
  must(false, label);
}

typedef struct secrets {
  uint8_t client_handshake[N], server_handshake[N], client_application[N], server_application[N];
} secrets;

/* RFC 8446 §7.1, from the top to the bottom of its figure. */
static void write_secrets(json *j, const golden_transcript *t, const hashes *h, secrets *s) {
  static const uint8_t zeros[N];
  const golden_call *classical = secret_of(false);
  const golden_call *mlkem = secret_of(true);
  const uint8_t *empty = q_keys_fixed(HASH)->empty;
  uint8_t row[N];
  uint8_t salt[N];
  uint8_t other[N];
  q_hmac keyed;
  q_secret combined = {0};
  q_secret part = {0};
  json_open(j, "secrets", '{');
  if (classical != NULL) {
    json_hex(j, "classical_shared", classical->secret, classical->secret_n);
    must_ok(q_secret_set(&combined, classical->secret, classical->secret_n));
  }
  json_hex(j, "mlkem_shared", mlkem->secret, mlkem->secret_n);
  must_ok(q_secret_set(&part, mlkem->secret, mlkem->secret_n));
  must_ok(q_secret_append(&combined, &part));
  json_hex(j, "combined", combined.b, combined.n);
  extract(row, &keyed, zeros, q_span_of(zeros, N));
  json_hex(j, "early_secret", row, N);
  derive(j, "early_derived", salt, &keyed, "derived", empty);
  extract(row, &keyed, salt, q_secret_span(&combined));
  json_hex(j, "handshake_secret", row, N);
  derive(j, "client_handshake_traffic_secret", s->client_handshake, &keyed, Q_LABEL_CLIENT_HANDSHAKE, h->server_hello);
  derive(j, "server_handshake_traffic_secret", s->server_handshake, &keyed, Q_LABEL_SERVER_HANDSHAKE, h->server_hello);
  derive(j, "handshake_derived", salt, &keyed, "derived", empty);
  extract(row, &keyed, salt, q_span_of(zeros, N));
  json_hex(j, "master_secret", row, N);
  derive(j, "client_application_traffic_secret_0", s->client_application, &keyed, Q_LABEL_CLIENT_TRAFFIC, h->server_finished);
  derive(j, "server_application_traffic_secret_0", s->server_application, &keyed, Q_LABEL_SERVER_TRAFFIC, h->server_finished);
  derive(j, "exporter_master_secret", other, &keyed, Q_LABEL_EXPORTER, h->server_finished);
  logged(t, "EXPORTER_SECRET", other);
  derive(j, "resumption_master_secret", other, &keyed, Q_LABEL_RESUMPTION, h->client_finished);
  json_close(j, '}');
  logged(t, "CLIENT_HANDSHAKE_TRAFFIC_SECRET", s->client_handshake);
  logged(t, "SERVER_HANDSHAKE_TRAFFIC_SECRET", s->server_handshake);
  logged(t, "CLIENT_TRAFFIC_SECRET_0", s->client_application);
  logged(t, "SERVER_TRAFFIC_SECRET_0", s->server_application);
}

/* `hash`: what this side's Finished covers; NULL after the handshake. */
static void write_keys(json *j, const char *key, const uint8_t secret[N], const uint8_t *hash) {
  q_secret traffic = {0};
  q_secret finished = {0};
  q_traffic_keys keys;
  uint8_t verify[Q_HASH_MAX];
  must_ok(q_secret_set(&traffic, secret, N));
  must_ok(q_keys_traffic(&keys, &finished, HASH, Q_AEAD_AES256_GCM, &traffic));
  json_open(j, key, '{');
  json_hex(j, "key", keys.key, keys.key_size);
  json_hex(j, "iv", keys.iv, sizeof keys.iv);
  if (hash != NULL) {
    must_ok(q_keys_finished(verify, HASH, &finished, hash));
    json_hex(j, "finished_key", finished.b, finished.n);
    json_hex(j, "verify_data", verify, N);
  }
  json_close(j, '}');
}

static void write_records(json *j, const golden_transcript *t) {
  json_open(j, "records", '[');
  for (size_t i = 0; i < t->record_count; i++) {
    json_open(j, NULL, '{');
    json_text(j, "from", side(t->record[i].from_client));
    json_hex(j, "bytes", t->record[i].p, t->record[i].n);
    json_close(j, '}');
  }
  json_close(j, ']');
  json_open(j, "application_data", '{');
  json_hex(j, "client", (const uint8_t *)GOLDEN_PING, strlen(GOLDEN_PING));
  json_hex(j, "server", (const uint8_t *)GOLDEN_PONG, strlen(GOLDEN_PONG));
  json_close(j, '}');
}

static const char *policy_name(qtls_policy policy) {
  return policy == QTLS_POLICY_require_pqc ? "require_pqc"
         : policy == QTLS_POLICY_require_any ? "require_any" : "require_both";
}

/* RFC 8446 §4.4.3: what both parts of CertificateVerify sign. */
static void write_signed(json *j, const char *key, bool client, const uint8_t hash[N]) {
  static const char contexts[][34] = {"TLS 1.3, server CertificateVerify", "TLS 1.3, client CertificateVerify"};
  uint8_t content[64 + sizeof contexts[0] + N]; /* the zero byte included */
  memset(content, 0x20, 64);
  memcpy(content + 64, contexts[client ? 1 : 0], sizeof contexts[0]);
  memcpy(content + 64 + sizeof contexts[0], hash, N);
  json_hex(j, key, content, sizeof content);
}

void golden_write(json *j, const golden_transcript *t, const qtls_info *info, const golden_vector *v) {
  hashes h;
  memset(&h, 0, sizeof h);
  secrets s;
  json_open(j, NULL, '{');
  json_text(j, "name", v->name);
  json_text(j, "about", v->about);
  json_number(j, "suite", info->suite_code);
  json_text(j, "group", info->group);
  json_text(j, "classical_group", info->classical_group != NULL ? info->classical_group : "");
  json_text(j, "signature_scheme", info->scheme);
  json_text(j, "client_policy", policy_name(v->client_policy));
  json_text(j, "server_policy", policy_name(v->server_policy));
  json_text(j, "policy", policy_name(info->policy));
  json_text(j, "hello_retry_request", info->hello_retry ? "yes" : "no");
  json_text(j, "cookie", v->cookie ? "yes" : "no");
  write_shares(j, t);
  write_messages(j, t, &h);
  write_secrets(j, t, &h, &s);
  json_open(j, "keys", '{');
  write_keys(j, "server_handshake", s.server_handshake, h.certificate_verify);
  write_keys(j, "client_handshake", s.client_handshake, v->mutual ? h.client_certificate_verify : h.server_finished);
  write_keys(j, "server_application", s.server_application, NULL);
  write_keys(j, "client_application", s.client_application, NULL);
  json_close(j, '}');
  write_signed(j, "certificate_verify_content", false, h.certificate);
  if (v->mutual) {
    write_signed(j, "client_certificate_verify_content", true, h.client_certificate);
  }
  write_records(j, t);
  json_close(j, '}');
}
