/* Owns handshakes by another stack (peer.h). */
#include "peer.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

enum { PAIR_BUFFER = 64 * 1024, ROUNDS_MOST = 8 };

struct peer {
  SSL_CTX *client;
  SSL_CTX *server;
};

const char *peer_version(void) { return OPENSSL_VERSION_TEXT; }

const char *peer_group(const char *config) {
  static const struct {
    const char *config, *group;
  } groups[] = {{"x25519-p256", "X25519"},
                {"x25519mlkem768-p256", "X25519MLKEM768"},
                {"p384mlkem1024-p384", "SecP384r1MLKEM1024"},
                {"p384mlkem1024-mldsa65", "SecP384r1MLKEM1024"}};
  for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
    if (strcmp(groups[i].config, config) == 0) {
      return groups[i].group;
    }
  }
  return NULL;
}

static SSL_CTX *context(const char *group) {
  SSL_CTX *ctx = SSL_CTX_new(TLS_method());
  if (ctx == NULL) {
    return NULL;
  }
  (void)SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
  (void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  if (SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 || SSL_CTX_set_num_tickets(ctx, 0) != 1 ||
      SSL_CTX_set_ciphersuites(ctx, "TLS_AES_256_GCM_SHA384") != 1 || SSL_CTX_set1_groups_list(ctx, group) != 1) {
    SSL_CTX_free(ctx);
    return NULL;
  }
  return ctx;
}

static bool load_identity(SSL_CTX *ctx, const char *chain, const char *key) {
  BIO *bio = BIO_new_mem_buf(chain, -1);
  X509 *leaf = PEM_read_bio_X509(bio, NULL, NULL, NULL);
  X509 *intermediate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
  BIO_free(bio);
  bio = BIO_new_mem_buf(key, -1);
  EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
  BIO_free(bio);
  bool good = leaf != NULL && intermediate != NULL && pkey != NULL && SSL_CTX_use_certificate(ctx, leaf) == 1 &&
              SSL_CTX_add1_chain_cert(ctx, intermediate) == 1 && SSL_CTX_use_PrivateKey(ctx, pkey) == 1;
  X509_free(leaf);
  X509_free(intermediate);
  EVP_PKEY_free(pkey);
  return good;
}

static bool load_trust(SSL_CTX *ctx, const char *root) {
  BIO *bio = BIO_new_mem_buf(root, -1);
  X509 *anchor = PEM_read_bio_X509(bio, NULL, NULL, NULL);
  BIO_free(bio);
  bool good = anchor != NULL && X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), anchor) == 1;
  X509_free(anchor);
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
  return good;
}

/* AWS-LC has to be asked for ML-DSA; OpenSSL offers it by itself. */
static bool allow_mldsa(peer *p) {
#ifdef OPENSSL_IS_AWSLC
  static const uint16_t scheme = SSL_SIGN_MLDSA65;
  return SSL_CTX_set_verify_algorithm_prefs(p->client, &scheme, 1) == 1 &&
         SSL_CTX_set_signing_algorithm_prefs(p->server, &scheme, 1) == 1;
#else
  return p != NULL;
#endif
}

peer *peer_new(const char *group, bool mldsa, const char *chain, const char *key, const char *root) {
  peer *p = calloc(1, sizeof *p);
  if (p == NULL) {
    return NULL;
  }
  p->client = context(group);
  p->server = context(group);
  if (p->client == NULL || p->server == NULL || !load_identity(p->server, chain, key) ||
      !load_trust(p->client, root) || (mldsa && !allow_mldsa(p))) {
    ERR_clear_error();
    peer_free(p);
    return NULL;
  }
  return p;
}

void peer_free(peer *p) {
  if (p != NULL) {
    SSL_CTX_free(p->client);
    SSL_CTX_free(p->server);
    free(p);
  }
}

/* As far as this side can go now. */
static bool step(SSL *ssl, double *us) {
  double begin = bench_now_us();
  int n = SSL_do_handshake(ssl);
  *us += bench_now_us() - begin;
  return n == 1 || SSL_get_error(ssl, n) == SSL_ERROR_WANT_READ;
}

static bool drive(SSL *client, SSL *server, BIO *of_client, BIO *of_server, peer_result *out) {
  for (int i = 0; i < ROUNDS_MOST; i++) {
    if (!step(client, &out->client_us)) {
      return false;
    }
    out->client_bytes += BIO_ctrl_pending(of_server);
    if (!step(server, &out->server_us)) {
      return false;
    }
    out->server_bytes += BIO_ctrl_pending(of_client);
    if (SSL_is_init_finished(client) && SSL_is_init_finished(server)) {
      return SSL_get_verify_result(client) == X509_V_OK;
    }
  }
  return false;
}

bool peer_shake(peer *p, peer_result *out) {
  BIO *of_client = NULL;
  BIO *of_server = NULL;
  *out = (peer_result){0, 0, 0, 0};
  if (BIO_new_bio_pair(&of_client, PAIR_BUFFER, &of_server, PAIR_BUFFER) != 1) {
    return false;
  }
  double begin = bench_now_us();
  SSL *client = SSL_new(p->client);
  if (client != NULL) {
    SSL_set_connect_state(client);
    (void)SSL_set_tlsext_host_name(client, "localhost");
    (void)SSL_set1_host(client, "localhost");
  }
  double middle = bench_now_us();
  SSL *server = SSL_new(p->server);
  if (server != NULL) {
    SSL_set_accept_state(server);
  }
  out->client_us = middle - begin;
  out->server_us = bench_now_us() - middle;
  bool good = false;
  if (client != NULL && server != NULL) {
    SSL_set_bio(client, of_client, of_client);
    SSL_set_bio(server, of_server, of_server);
    good = drive(client, server, of_client, of_server, out);
  }
  SSL_free(client);
  SSL_free(server);
  ERR_clear_error();
  return good;
}
