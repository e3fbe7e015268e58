/* Owns the reading of trust anchors (ca_trust.h). */
#include "ca_trust.h"

#include <ctype.h>
#include <dirent.h>
#include <qtls/ca.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "disk.h"

enum { ANCHORS_MOST = 4096 };

typedef struct gathering {
  char *pem;
  size_t n;
  size_t room;
  char (*seen)[65]; /* SHA-256 of those taken, in hexadecimal */
  size_t count;
} gathering;

static bool append(gathering *g, const char *text, size_t n) {
  if (g->n + n + 1 > g->room) {
    size_t room = (g->n + n + 1) * 2;
    char *more = realloc(g->pem, room);
    if (more == NULL) {
      return false;
    }
    g->pem = more;
    g->room = room;
  }
  memcpy(g->pem + g->n, text, n);
  g->n += n;
  g->pem[g->n] = '\0';
  return true;
}

static bool is_new(gathering *g, const char *sha256) {
  for (size_t i = 0; i < g->count; i++) {
    if (strcmp(g->seen[i], sha256) == 0) {
      return false;
    }
  }
  (void)snprintf(g->seen[g->count++], sizeof g->seen[0], "%s", sha256);
  return true;
}

/* The certificates of a file that can be read, each once. */
static bool take(gathering *g, const char *path) {
  char problem[DISK_PROBLEM];
  char *text = NULL;
  size_t n = 0;
  bool good = true;
  if (!disk_read(&text, &n, path, false, problem)) {
    return true;
  }
  for (size_t i = 0; good && g->count < ANCHORS_MOST; i++) {
    qtls_cert *cert = NULL;
    char *pem = NULL;
    size_t pem_size = 0;
    size_t der_size = 0;
    qtls_err err = qtls_cert_load_pem(&cert, NULL, text, n, i);
    if (err == QTLS_OK && cert == NULL) {
      break;
    }
    if (err == QTLS_ERR_PEM) {
      break;
    }
    if (err == QTLS_OK && is_new(g, qtls_cert_read(cert)->sha256)) {
      const uint8_t *der = qtls_cert_der(cert, &der_size);
      good = qtls_ca_pem(&pem, &pem_size, "CERTIFICATE", der, der_size) == QTLS_OK && append(g, pem, pem_size);
    }
    qtls_ca_release(pem);
    qtls_cert_free(cert);
  }
  disk_forget(text, n);
  return good;
}

/* "ca.pem", "ca.crt", "ca.cer", "5ed36f99.0" */
static bool is_anchor_file(const char *name) {
  static const char *const endings[] = {".pem", ".crt", ".cer"};
  size_t n = strlen(name);
  for (size_t i = 0; i < CLI_COUNT(endings); i++) {
    if (n > 4 && strcmp(name + n - 4, endings[i]) == 0) {
      return true;
    }
  }
  return n >= 10 && name[8] == '.' && strspn(name, "0123456789abcdef") == 8 && isdigit((unsigned char)name[9]);
}

static bool take_folder(gathering *g, const char *folder) {
  char path[4096];
  DIR *dir = opendir(folder);
  const struct dirent *entry = NULL;
  bool good = true;
  while (dir != NULL && good && (entry = readdir(dir)) != NULL) {
    if (is_anchor_file(entry->d_name)) {
      (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
      good = take(g, path);
    }
  }
  if (dir != NULL) {
    (void)closedir(dir);
  }
  return good;
}

static bool take_system(gathering *g) {
  static const char *const files[] = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                                      "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};
  const char *chosen = getenv("SSL_CERT_FILE");
  const char *folder = getenv("SSL_CERT_DIR");
  bool good = chosen == NULL || take(g, chosen);
  for (size_t i = 0; good && chosen == NULL && g->count == 0 && i < CLI_COUNT(files); i++) {
    good = take(g, files[i]);
  }
  if (good && g->count == 0) {
    good = take_folder(g, folder != NULL ? folder : "/etc/ssl/certs");
  }
  return good;
}

static int read_file(const cli_args *args, const char *path, char **pem, size_t *size) {
  char problem[DISK_PROBLEM];
  return disk_read(pem, size, path, false, problem) ? CLI_OK : cli_failure(args, "%s", problem);
}

int ca_trust_read(const cli_args *args, const char *place, char **pem, size_t *size) {
  gathering g = {NULL, 0, 0, NULL, 0};
  struct stat st;
  bool system_store = strcmp(place, "system") == 0;
  bool folder = !system_store && stat(place, &st) == 0 && S_ISDIR(st.st_mode);
  *pem = NULL;
  *size = 0;
  if (!system_store && !folder) {
    return read_file(args, place, pem, size);
  }
  g.seen = calloc(ANCHORS_MOST, sizeof *g.seen);
  bool good = g.seen != NULL && (folder ? take_folder(&g, place) : take_system(&g));
  free(g.seen);
  if (!good || g.count == 0) {
    free(g.pem);
    return cli_failure(args, good ? "%s: there are no trust anchors in it" : "%s: out of memory", place);
  }
  *pem = g.pem;
  *size = g.n;
  return CLI_OK;
}
