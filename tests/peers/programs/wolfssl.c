/* A TLS client or server on wolfSSL, told what to do by key=value. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>

static int words;
static char **word;

static const char *said(const char *key) {
  size_t n = strlen(key);
  for (int i = 2; i < words; i++) {
    if (strncmp(word[i], key, n) == 0 && word[i][n] == '=') {
      return word[i] + n + 1;
    }
  }
  return NULL;
}

static void fail(const char *what, WOLFSSL *ssl, int ret) {
  char text[WOLFSSL_MAX_ERROR_SZ] = "";
  if (ssl != NULL) {
    wolfSSL_ERR_error_string_n((unsigned long)wolfSSL_get_error(ssl, ret), text, sizeof text);
  }
  fprintf(stderr, "error: %s %s\n", what, text);
}

static int group_of(const char *name) {
  static const struct {
    const char *name;
    int code;
  } all[] = {{"X25519MLKEM768", 0x11EC},
             {"SecP256r1MLKEM768", 0x11EB},
             {"SecP384r1MLKEM1024", 0x11ED},
             {"x25519", 29},
             {"secp256r1", 23},
             {"secp384r1", 24},
             {"secp521r1", 25},
             {"MLKEM512", 0x0200},
             {"MLKEM768", 0x0201},
             {"MLKEM1024", 0x0202}};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    if (strcmp(all[i].name, name) == 0) {
      return all[i].code;
    }
  }
  return 0;
}

/* Only these groups; a client sends a share of the first. */
static int set_groups(WOLFSSL *ssl, int is_client) {
  int codes[16], n = 0;
  const char *list = said("groups");
  if (list == NULL) {
    return 1;
  }
  char *copy = strdup(list);
  for (char *name = strtok(copy, ","); name != NULL && n < 16; name = strtok(NULL, ",")) {
    codes[n++] = group_of(name);
  }
  free(copy);
  if (wolfSSL_set_groups(ssl, codes, n) != WOLFSSL_SUCCESS) {
    return 0;
  }
  return !is_client || wolfSSL_UseKeyShare(ssl, (word16)codes[0]) == WOLFSSL_SUCCESS;
}

static int set_alpn(WOLFSSL *ssl) {
  char list[256];
  if (said("alpn") == NULL) {
    return 1;
  }
  snprintf(list, sizeof list, "%s", said("alpn"));
  return wolfSSL_UseALPN(ssl, list, (unsigned)strlen(list), WOLFSSL_ALPN_FAILED_ON_MISMATCH) == WOLFSSL_SUCCESS;
}

/* Hands the response of the file over, which is wolfSSL's from then on. */
static int staple(WOLFSSL *ssl, void *context) {
  enum { CAP = 8192 };
  unsigned char *response = wolfSSL_Malloc(CAP);
  FILE *f = fopen(said("staple"), "rb");
  (void)context;
  size_t n = f != NULL && response != NULL ? fread(response, 1, CAP, f) : 0;
  if (f != NULL) {
    fclose(f);
  }
  return n > 0 && wolfSSL_set_tlsext_status_ocsp_resp(ssl, response, (int)n) == WOLFSSL_SUCCESS
             ? WOLFSSL_OCSP_STATUS_CB_OK
             : WOLFSSL_OCSP_STATUS_CB_ALERT_FATAL;
}

/* What a server asks of clients, what it staples, what a client shows and offers. */
static int set_identity(WOLFSSL_CTX *ctx, int is_client) {
  if (said("chain") != NULL &&
      (wolfSSL_CTX_use_certificate_chain_file(ctx, said("chain")) != WOLFSSL_SUCCESS ||
       wolfSSL_CTX_use_PrivateKey_file(ctx, said("key"), WOLFSSL_FILETYPE_PEM) != WOLFSSL_SUCCESS)) {
    return 0;
  }
  if (said("ca") != NULL) {
    if (wolfSSL_CTX_load_verify_locations(ctx, said("ca"), NULL) != WOLFSSL_SUCCESS) {
      return 0;
    }
    wolfSSL_CTX_set_verify(ctx,
                           WOLFSSL_VERIFY_PEER |
                               (!is_client && said("later") == NULL ? WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0) |
                               (!is_client && said("later") != NULL ? WOLFSSL_VERIFY_POST_HANDSHAKE : 0),
                           NULL);
  }
  if (is_client && said("later") != NULL && wolfSSL_CTX_allow_post_handshake_auth(ctx) != 0) {
    return 0;
  }
  if (said("status") != NULL) {
    return wolfSSL_CTX_EnableOCSPStapling(ctx) == WOLFSSL_SUCCESS &&
           wolfSSL_CTX_EnableOCSPMustStaple(ctx) == WOLFSSL_SUCCESS;
  }
  if (said("staple") != NULL) {
    return wolfSSL_CTX_EnableOCSPStapling(ctx) == WOLFSSL_SUCCESS &&
           wolfSSL_CTX_set_tlsext_status_cb(ctx, staple) == WOLFSSL_SUCCESS;
  }
  return 1;
}

/* Asks for a certificate after the handshake, and waits until it is there. The question
 * goes out with the next data, which is the first byte of the answer. */
static int ask(WOLFSSL *ssl, const char *first) {
  struct timeval soon = {.tv_usec = 50000};
  struct timeval ever = {0};
  char c;
  int ret = wolfSSL_request_certificate(ssl);
  if (ret != WOLFSSL_SUCCESS || wolfSSL_write(ssl, first, 1) != 1) {
    fail("request", ssl, ret);
    return 0;
  }
  setsockopt(wolfSSL_get_fd(ssl), SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
  for (int i = 0; i < 300; i++) {
    WOLFSSL_X509 *shown = wolfSSL_get_peer_certificate(ssl);
    if (shown != NULL) {
      wolfSSL_X509_free(shown);
      return setsockopt(wolfSSL_get_fd(ssl), SOL_SOCKET, SO_RCVTIMEO, &ever, sizeof ever) == 0;
    }
    ret = wolfSSL_read(ssl, &c, 1);
    if (ret >= 0 || wolfSSL_get_error(ssl, ret) != WOLFSSL_ERROR_WANT_READ) {
      break;
    }
  }
  fail("waiting for it", ssl, ret);
  return 0;
}

static int client(WOLFSSL_CTX *ctx, WOLFSSL *ssl) {
  char line[512];
  char buffer[16384];
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(said("port")))};
  int ret, fd = socket(AF_INET, SOCK_STREAM, 0);
  (void)ctx;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
    fail("connect", NULL, 0);
    return 1;
  }
  wolfSSL_set_fd(ssl, fd);
  wolfSSL_UseSNI(ssl, WOLFSSL_SNI_HOST_NAME, said("name"), (word16)strlen(said("name")));
  wolfSSL_check_domain_name(ssl, said("name"));
  ret = wolfSSL_connect(ssl);
  if (ret != WOLFSSL_SUCCESS) {
    fail("handshake", ssl, ret);
    return 1;
  }
  if (said("update") != NULL && wolfSSL_update_keys(ssl) != WOLFSSL_SUCCESS) {
    fail("update", ssl, 0);
    return 1;
  }
  snprintf(line, sizeof line, "GET %s HTTP/1.0\r\n\r\n", said("path"));
  if (wolfSSL_write(ssl, line, (int)strlen(line)) <= 0) {
    fail("write", ssl, 0);
    return 1;
  }
  while ((ret = wolfSSL_read(ssl, buffer, sizeof buffer)) > 0) {
    fwrite(buffer, 1, (size_t)ret, stdout);
  }
  if (wolfSSL_get_error(ssl, ret) != WOLFSSL_ERROR_ZERO_RETURN) {
    fail("read", ssl, ret);
    return 1;
  }
  wolfSSL_shutdown(ssl);
  return fflush(stdout);
}

static void echo(WOLFSSL *ssl) {
  char buffer[16384];
  int update = said("update") != NULL;
  int later = said("later") != NULL;
  int ret = wolfSSL_accept(ssl);
  if (ret != WOLFSSL_SUCCESS) {
    fail("handshake", ssl, ret);
    return;
  }
  while ((ret = wolfSSL_read(ssl, buffer, sizeof buffer)) > 0) {
    if (update && wolfSSL_update_keys(ssl) != WOLFSSL_SUCCESS) {
      fail("update", ssl, 0);
    }
    update = 0;
    int at = 0;
    if (later) {
      if (!ask(ssl, buffer)) {
        return;
      }
      at = 1;
    }
    later = 0;
    while (at < ret) {
      int n = wolfSSL_write(ssl, buffer + at, ret - at);
      if (n <= 0) {
        fail("write", ssl, n);
        return;
      }
      at += n;
    }
  }
  wolfSSL_shutdown(ssl);
}

static int serve(WOLFSSL_CTX *ctx) {
  struct sockaddr_in at = {.sin_family = AF_INET};
  socklen_t n = sizeof at;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener, 8) != 0 ||
      getsockname(listener, (struct sockaddr *)&at, &n) != 0) {
    fail("listen", NULL, 0);
    return 1;
  }
  printf("port %d\n", ntohs(at.sin_port));
  fflush(stdout);
  for (;;) {
    int fd = accept(listener, NULL, NULL);
    WOLFSSL *ssl = wolfSSL_new(ctx);
    if (fd < 0 || ssl == NULL) {
      return 1;
    }
    wolfSSL_set_fd(ssl, fd);
    if (set_groups(ssl, 0) && set_alpn(ssl)) {
      echo(ssl);
    } else {
      fail("settings", NULL, 0);
    }
    wolfSSL_free(ssl);
    close(fd);
  }
}

int main(int argc, char **argv) {
  words = argc;
  word = argv;
  int is_client = argc > 1 && strcmp(argv[1], "client") == 0;
  wolfSSL_Init();
  WOLFSSL_CTX *ctx = wolfSSL_CTX_new(is_client ? wolfTLSv1_3_client_method() : wolfTLSv1_3_server_method());
  if (ctx == NULL) {
    return 1;
  }
  if (!set_identity(ctx, is_client)) {
    fail("identity", NULL, 0);
    return 1;
  }
  if (!is_client) {
    return serve(ctx);
  }
  WOLFSSL *ssl = wolfSSL_new(ctx);
  if (ssl == NULL || !set_groups(ssl, 1) || !set_alpn(ssl) ||
      (said("status") != NULL && wolfSSL_UseOCSPStapling(ssl, WOLFSSL_CSR_OCSP, 0) != WOLFSSL_SUCCESS)) {
    fail("settings", NULL, 0);
    return 1;
  }
  return client(ctx, ssl);
}
