/*
 * One process, two TLS stacks: OpenSSL 3 from the system and libqtls, which has
 * another library with the same function names inside. Each makes keys, signs
 * and shakes hands in memory, turn by turn; if a symbol of one were taken for
 * the other's, this would crash or fail. Built in several ways by coexist.sh.
 */
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <qtls/qtls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHECK(condition)                                                  \
  do {                                                                    \
    if (!(condition)) {                                                   \
      fprintf(stderr, "coexist.c:%d: not so: %s\n", __LINE__, #condition); \
      exit(1);                                                            \
    }                                                                     \
  } while (0)

#define HOST "coexist.test"

/* ---- OpenSSL: a small hierarchy, a digest and a handshake ---- */

typedef struct identity {
  EVP_PKEY *key;
  X509 *cert;
} identity;

static void add_extension(X509 *cert, X509 *issuer, int nid, const char *value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
  CHECK(extension != NULL);
  CHECK(X509_add_ext(cert, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

/* A certificate for `name`, signed by `issuer`, or by itself when that is NULL. */
static identity make_identity(const char *name, long serial, const identity *issuer) {
  identity made = {EVP_EC_gen("P-384"), X509_new()};
  CHECK(made.key != NULL && made.cert != NULL);
  CHECK(X509_set_version(made.cert, 2) == 1);
  CHECK(ASN1_INTEGER_set(X509_get_serialNumber(made.cert), serial) == 1);
  CHECK(X509_gmtime_adj(X509_getm_notBefore(made.cert), -3600) != NULL);
  CHECK(X509_gmtime_adj(X509_getm_notAfter(made.cert), 86400) != NULL);
  X509_NAME *subject = X509_get_subject_name(made.cert);
  CHECK(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0) == 1);
  X509 *signer = issuer != NULL ? issuer->cert : made.cert;
  CHECK(X509_set_issuer_name(made.cert, X509_get_subject_name(signer)) == 1);
  CHECK(X509_set_pubkey(made.cert, made.key) == 1);
  add_extension(made.cert, signer, NID_subject_key_identifier, "hash");
  if (issuer == NULL) {
    add_extension(made.cert, signer, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(made.cert, signer, NID_key_usage, "critical,keyCertSign,cRLSign");
  } else {
    add_extension(made.cert, signer, NID_authority_key_identifier, "keyid:always");
    add_extension(made.cert, signer, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(made.cert, signer, NID_key_usage, "critical,digitalSignature");
    add_extension(made.cert, signer, NID_ext_key_usage, "serverAuth");
    add_extension(made.cert, signer, NID_subject_alt_name, "DNS:" HOST);
  }
  CHECK(X509_sign(made.cert, issuer != NULL ? issuer->key : made.key, EVP_sha384()) > 0);
  return made;
}

static void free_identity(identity *id) {
  EVP_PKEY_free(id->key);
  X509_free(id->cert);
}

static void openssl_digest(void) {
  static const unsigned char expected[4] = {0xba, 0x78, 0x16, 0xbf}; /* SHA-256("abc") */
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  CHECK(EVP_Digest("abc", 3, digest, &size, EVP_sha256(), NULL) == 1);
  CHECK(size == 32 && memcmp(digest, expected, sizeof expected) == 0);
}

static void openssl_handshake(const identity *ca, const identity *server) {
  SSL_CTX *client_context = SSL_CTX_new(TLS_client_method());
  SSL_CTX *server_context = SSL_CTX_new(TLS_server_method());
  CHECK(client_context != NULL && server_context != NULL);
  CHECK(X509_STORE_add_cert(SSL_CTX_get_cert_store(client_context), ca->cert) == 1);
  SSL_CTX_set_verify(client_context, SSL_VERIFY_PEER, NULL);
  CHECK(SSL_CTX_use_certificate(server_context, server->cert) == 1);
  CHECK(SSL_CTX_use_PrivateKey(server_context, server->key) == 1);
  SSL *client = SSL_new(client_context);
  SSL *accepting = SSL_new(server_context);
  BIO *left = NULL, *right = NULL;
  CHECK(BIO_new_bio_pair(&left, 0, &right, 0) == 1);
  SSL_set_bio(client, left, left);
  SSL_set_bio(accepting, right, right);
  SSL_set_connect_state(client);
  SSL_set_accept_state(accepting);
  CHECK(SSL_set1_host(client, HOST) == 1);
  for (int turn = 0; turn < 10 && !(SSL_is_init_finished(client) && SSL_is_init_finished(accepting)); turn++) {
    SSL_do_handshake(client);
    SSL_do_handshake(accepting);
  }
  CHECK(SSL_is_init_finished(client) && SSL_is_init_finished(accepting));
  CHECK(SSL_get_verify_result(client) == X509_V_OK);
  char answer[8] = "";
  CHECK(SSL_write(client, "hello", 6) == 6);
  CHECK(SSL_read(accepting, answer, sizeof answer) == 6 && strcmp(answer, "hello") == 0);
  SSL_free(client);
  SSL_free(accepting);
  SSL_CTX_free(client_context);
  SSL_CTX_free(server_context);
}

/* ---- qtls: the same identities, a quantum-safe handshake in memory ---- */

typedef struct end {
  qtls_conn *conn;
  uint8_t inbox[65536]; /* bytes on their way to this end */
  size_t inbox_size;
  char received[64];
  size_t received_size;
} end;

static size_t pem_of(BIO *bio, char *out, size_t cap) {
  int size = BIO_read(bio, out, (int)cap);
  CHECK(size > 0);
  BIO_free(bio);
  return (size_t)size;
}

static size_t pem_of_cert(X509 *cert, char *out, size_t cap) {
  BIO *bio = BIO_new(BIO_s_mem());
  CHECK(PEM_write_bio_X509(bio, cert) == 1);
  return pem_of(bio, out, cap);
}

static size_t pem_of_key(EVP_PKEY *key, char *out, size_t cap) {
  BIO *bio = BIO_new(BIO_s_mem());
  CHECK(PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1);
  return pem_of(bio, out, cap);
}

static void freeze(qtls_config *config) {
  qtls_err err = qtls_config_freeze(config);
  if (err != QTLS_OK) {
    fprintf(stderr, "freeze: %s: %s\n", qtls_err_name(err), qtls_config_problem(config));
    exit(1);
  }
}

/* What `from` has to say goes into the inbox of `to`, and is worked off there. */
static void turn(end *from, end *to, const char *data, size_t size) {
  size_t taken = 0, written = 0;
  CHECK(qtls_conn_send(from->conn, (const uint8_t *)data, size, to->inbox + to->inbox_size,
                       sizeof to->inbox - to->inbox_size, &taken, &written) == QTLS_OK);
  CHECK(taken == size);
  to->inbox_size += written;
  qtls_event event;
  do {
    size_t used = 0;
    qtls_err err = qtls_conn_recv(to->conn, to->inbox, to->inbox_size, &used, &event);
    if (err != QTLS_OK) {
      fprintf(stderr, "recv: %s: %s\n", qtls_err_name(err), qtls_err_text(err));
      exit(1);
    }
    if (event.kind == QTLS_EVENT_data) {
      CHECK(to->received_size + event.size <= sizeof to->received);
      memcpy(to->received + to->received_size, event.data, event.size);
      to->received_size += event.size;
    }
    memmove(to->inbox, to->inbox + used, to->inbox_size - used);
    to->inbox_size -= used;
  } while (event.kind != QTLS_EVENT_none);
}

static void qtls_handshake(const identity *ca, const identity *server_identity) {
  static char ca_pem[8192], chain_pem[8192], key_pem[8192];
  size_t ca_size = pem_of_cert(ca->cert, ca_pem, sizeof ca_pem);
  size_t chain_size = pem_of_cert(server_identity->cert, chain_pem, sizeof chain_pem);
  size_t key_size = pem_of_key(server_identity->key, key_pem, sizeof key_pem);
  qtls_config *client_config = NULL, *server_config = NULL;
  CHECK(qtls_config_new(&client_config, QTLS_CLIENT) == QTLS_OK);
  CHECK(qtls_config_add_trust(client_config, ca_pem, ca_size) == QTLS_OK);
  freeze(client_config);
  CHECK(qtls_config_new(&server_config, QTLS_SERVER) == QTLS_OK);
  CHECK(qtls_config_add_identity(server_config, chain_pem, chain_size, key_pem, key_size) == QTLS_OK);
  freeze(server_config);

  static end client, server;
  memset(&client, 0, sizeof client);
  memset(&server, 0, sizeof server);
  qtls_conn_params params = {.server_name = HOST, .now = (int64_t)time(NULL)};
  CHECK(qtls_conn_new(&client.conn, client_config, &params) == QTLS_OK);
  CHECK(qtls_conn_new(&server.conn, server_config, &params) == QTLS_OK);
  for (int i = 0; i < 10 && !(qtls_conn_is_connected(client.conn) && qtls_conn_is_connected(server.conn)); i++) {
    turn(&client, &server, NULL, 0);
    turn(&server, &client, NULL, 0);
  }
  CHECK(qtls_conn_is_connected(client.conn) && qtls_conn_is_connected(server.conn));
  turn(&client, &server, "hello", 6);
  CHECK(server.received_size == 6 && strcmp(server.received, "hello") == 0);
  qtls_info info;
  qtls_conn_get_info(client.conn, &info);
  printf("qtls %s (%s): %s, %s, %s\n", qtls_version(), qtls_crypto_version(), info.protocol, info.group, info.scheme);
  qtls_conn_free(client.conn);
  qtls_conn_free(server.conn);
  qtls_config_free(client_config);
  qtls_config_free(server_config);
}

int main(void) {
  printf("%s\n", OpenSSL_version(OPENSSL_VERSION));
  CHECK(strncmp(OpenSSL_version(OPENSSL_VERSION), "OpenSSL 3", 9) == 0);
  identity ca = make_identity("coexist CA", 1, NULL);
  identity server = make_identity(HOST, 2, &ca);
  for (int round = 0; round < 2; round++) {
    openssl_digest();
    openssl_handshake(&ca, &server);
    qtls_handshake(&ca, &server);
  }
  openssl_digest();
  free_identity(&server);
  free_identity(&ca);
  return 0;
}
