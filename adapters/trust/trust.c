/*
 * Owns the finding of trust anchors in folders and in the system's store (qtls/trust.h).
 * In what somebody else has collected there may be things we cannot use: they are
 * passed over, one certificate at a time.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <qtls/trust.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MOST = 8 * 1024 * 1024, FILES_MOST = 20000, ANCHORS_MOST = 20000, PATH_MOST = 4096 };

__attribute__((format(printf, 3, 4))) static qtls_err tell(qtls_stream_problem *why, qtls_err err, const char *format,
                                                           ...) {
  if (why != NULL) {
    va_list args;
    va_start(args, format);
    why->err = err;
    (void)vsnprintf(why->text, sizeof why->text, format, args);
    va_end(args);
  }
  return err;
}

/* Certificates as one growing text of PEM. */
typedef struct gathered_text {
  char *p; /* NULL: empty; else a zero stands behind it */
  size_t n, room;
} gathered_text;

/* False without memory; the text then is as before. */
static bool write_down(gathered_text *text, const uint8_t *der, size_t size) {
  char *pem = NULL;
  size_t n = 0;
  if (qtls_pem_write(&pem, &n, "CERTIFICATE", der, size) != QTLS_OK) {
    return false;
  }
  if (text->n + n + 1 > text->room) {
    const size_t room = 2 * (text->n + n + 1);
    char *grown = realloc(text->p, room);
    if (grown == NULL) {
      qtls_pki_free(pem);
      return false;
    }
    text->p = grown;
    text->room = room;
  }
  memcpy(text->p + text->n, pem, n + 1);
  text->n += n;
  qtls_pki_free(pem);
  return true;
}

/* The same anchor often lies in several files: fingerprints of those taken. */
typedef struct gathering {
  qtls_config *config;
  char (*seen)[65];
  size_t seen_count, seen_room;
  size_t met; /* certificates, good or not, new or not */
  qtls_trust_found found;
  gathered_text *text; /* NULL: not wanted */
} gathering;

static bool is_new(gathering *g, const char *sha256) {
  for (size_t i = 0; i < g->seen_count; i++) {
    if (strcmp(g->seen[i], sha256) == 0) {
      return false;
    }
  }
  if (g->seen_count == g->seen_room) {
    size_t room = g->seen_room == 0 ? 256 : g->seen_room * 2;
    void *grown = room > (size_t)ANCHORS_MOST * 2 ? NULL : realloc(g->seen, room * sizeof *g->seen);
    if (grown == NULL) {
      return false;
    }
    g->seen = grown;
    g->seen_room = room;
  }
  (void)snprintf(g->seen[g->seen_count++], sizeof g->seen[0], "%s", sha256);
  return true;
}

static char *read_file(const char *path, size_t *n) {
  struct stat st;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  *n = 0;
  if (fd < 0) {
    return NULL;
  }
  char *text = NULL;
  if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 && st.st_size <= FILE_MOST) {
    text = malloc((size_t)st.st_size);
  }
  while (text != NULL && *n < (size_t)st.st_size) {
    ssize_t got = read(fd, text + *n, (size_t)st.st_size - *n);
    if (got <= 0 && !(got < 0 && errno == EINTR)) {
      break;
    }
    *n += got > 0 ? (size_t)got : 0;
  }
  (void)close(fd);
  return text;
}

static void take(gathering *g, const qtls_cert *cert) {
  size_t size = 0;
  const uint8_t *der = qtls_cert_der(cert, &size);
  g->met++;
  if (!is_new(g, qtls_cert_read(cert)->sha256)) {
    return;
  }
  if (qtls_config_add_trust(g->config, der, size) == QTLS_OK && (g->text == NULL || write_down(g->text, der, size))) {
    g->found.anchors++;
  } else {
    g->found.skipped++;
  }
}

/* Where `word` begins in the text, or NULL. */
static const char *search(const char *text, size_t n, const char *word) {
  size_t length = strlen(word);
  const char *end = text + n;
  while (text < end && (text = memchr(text, word[0], (size_t)(end - text))) != NULL) {
    if ((size_t)(end - text) >= length && memcmp(text, word, length) == 0) {
      return text;
    }
    text++;
  }
  return NULL;
}

/* The next block of a PEM text, or NULL. */
static const char *next_block(const char *text, size_t n, size_t *size) {
  const char *at = search(text, n, "-----BEGIN ");
  if (at == NULL) {
    return NULL;
  }
  size_t left = n - (size_t)(at - text);
  const char *last = search(at, left, "-----END ");
  const char *line = last != NULL ? memchr(last, '\n', left - (size_t)(last - at)) : NULL;
  *size = line != NULL ? (size_t)(line + 1 - at) : left;
  return at;
}

/* Every certificate of a file. False when it holds none. */
static bool take_file(gathering *g, const char *path) {
  size_t n = 0;
  size_t before = g->met;
  char *text = read_file(path, &n);
  qtls_cert *cert = NULL;
  if (text == NULL) {
    return false;
  }
  if (qtls_cert_load(&cert, text, n) == QTLS_OK) {
    take(g, cert);
    qtls_cert_free(cert);
    free(text);
    return true;
  }
  size_t size = 0;
  const char *at = text;
  while ((at = next_block(at, n - (size_t)(at - text), &size)) != NULL) {
    qtls_err err = qtls_cert_load_pem(&cert, NULL, at, size, 0);
    if (err == QTLS_OK && cert != NULL) {
      take(g, cert);
      qtls_cert_free(cert);
    } else if (err != QTLS_OK) {
      g->met++;
      g->found.skipped++;
    }
    at += size;
  }
  free(text);
  return g->met > before;
}

/* Names that say that a certificate is inside: by their ending, or a hash and a number. */
static bool is_for_us(const char *name) {
  static const char *const endings[] = {".pem", ".crt", ".cer"};
  size_t n = strlen(name);
  if (name[0] == '.') {
    return false;
  }
  for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
    if (n > 4 && strcasecmp(name + n - 4, endings[i]) == 0) {
      return true;
    }
  }
  return strspn(name, "0123456789abcdef") == 8 && name[8] == '.' && name[9] != '\0' &&
         strspn(name + 9, "0123456789") == n - 9;
}

static qtls_err take_folder(gathering *g, const char *folder, qtls_stream_problem *why) {
  char path[PATH_MOST];
  struct dirent *entry = NULL;
  DIR *dir = opendir(folder);
  if (dir == NULL) {
    return tell(why, QTLS_ERR_FILE, "%s: this folder cannot be opened: %s", folder, strerror(errno));
  }
  for (size_t files = 0; files < (size_t)FILES_MOST && (entry = readdir(dir)) != NULL;) {
    if (!is_for_us(entry->d_name)) {
      continue;
    }
    files++;
    (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    if (!take_file(g, path)) {
      g->found.skipped++;
    }
  }
  (void)closedir(dir);
  return QTLS_OK;
}

static qtls_err finish(gathering *g, qtls_err err, const char *place, qtls_trust_found *found,
                       qtls_stream_problem *why) {
  free(g->seen);
  if (found != NULL) {
    *found = g->found;
  }
  if (err != QTLS_OK || g->found.anchors > 0) {
    return err;
  }
  if (g->found.skipped > 0) {
    return tell(why, QTLS_ERR_CONFIG_TRUST,
                "%s: none of the %zu certificates and files in it can be used as a trust anchor", place,
                g->found.skipped);
  }
  return tell(why, QTLS_ERR_CONFIG_TRUST,
              "%s: there is no certificate in it; wanted are files that end in .pem, .crt or .cer", place);
}

static qtls_err load_folder(qtls_config *config, const char *folder, gathered_text *text, qtls_trust_found *found,
                            qtls_stream_problem *why) {
  gathering g = {.config = config, .text = text};
  return finish(&g, take_folder(&g, folder, why), folder, found, why);
}

static qtls_err load_bundle(qtls_config *config, const char *file, gathered_text *text, qtls_trust_found *found,
                            qtls_stream_problem *why) {
  gathering g = {.config = config, .text = text};
  (void)take_file(&g, file);
  return finish(&g, QTLS_OK, file, found, why);
}

static bool is_folder(const char *path) {
  struct stat st;
  return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static const char *named(const char *variable) {
  const char *value = getenv(variable);
  return value != NULL && value[0] != '\0' ? value : NULL;
}

/* Whoever names a place means it: no other is taken when it cannot be read. */
static qtls_err load_system(qtls_config *config, gathered_text *text, qtls_trust_found *found,
                            qtls_stream_problem *why) {
  static const char *const files[] = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                                      "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};
  static const char usual[] = "/etc/ssl/certs";
  const char *file = named("SSL_CERT_FILE");
  const char *folder = named("SSL_CERT_DIR");
  if (file != NULL && access(file, R_OK) != 0) {
    return tell(why, QTLS_ERR_FILE, "%s, which SSL_CERT_FILE names, cannot be read: %s", file, strerror(errno));
  }
  if (file != NULL) {
    return load_bundle(config, file, text, found, why);
  }
  if (folder != NULL) {
    return load_folder(config, folder, text, found, why);
  }
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    if (access(files[i], R_OK) == 0) {
      return load_bundle(config, files[i], text, found, why);
    }
  }
  if (is_folder(usual)) {
    return load_folder(config, usual, text, found, why);
  }
  return tell(why, QTLS_ERR_FILE,
              "the system's trust anchors are not where they usually are; install ca-certificates, or name a file");
}

/* Of a file that is named every certificate must be good; the words are the socket adapter's. */
static qtls_err load_named(qtls_config *config, const char *file, gathered_text *text, qtls_trust_found *found,
                           qtls_stream_problem *why) {
  qtls_config *again = NULL;
  qtls_err err = qtls_config_load_trust(config, file, why);
  if (err != QTLS_OK || text == NULL) {
    return err;
  }
  err = qtls_config_new(&again, QTLS_CLIENT);
  err = err == QTLS_OK ? load_bundle(again, file, text, found, why) : tell(why, err, "%s", qtls_err_text(err));
  qtls_config_free(again);
  return err;
}

static qtls_err load_from(qtls_config *config, const char *place, gathered_text *text, qtls_trust_found *found,
                          qtls_stream_problem *why) {
  if (found != NULL) {
    memset(found, 0, sizeof *found);
  }
  if (strcmp(place, "system") == 0) {
    return load_system(config, text, found, why);
  }
  return is_folder(place) ? load_folder(config, place, text, found, why) : load_named(config, place, text, found, why);
}

qtls_err qtls_config_load_trust_folder(qtls_config *config, const char *folder, qtls_trust_found *found,
                                       qtls_stream_problem *why) {
  return load_folder(config, folder, NULL, found, why);
}

qtls_err qtls_config_load_trust_system(qtls_config *config, qtls_trust_found *found, qtls_stream_problem *why) {
  return load_system(config, NULL, found, why);
}

qtls_err qtls_config_load_trust_from(qtls_config *config, const char *place, qtls_trust_found *found,
                                     qtls_stream_problem *why) {
  return load_from(config, place, NULL, found, why);
}

qtls_err qtls_trust_read(char **pem, size_t *size, const char *place, qtls_trust_found *found,
                         qtls_stream_problem *why) {
  gathered_text text = {NULL, 0, 0};
  qtls_config *config = NULL;
  *pem = NULL;
  *size = 0;
  qtls_err err = qtls_config_new(&config, QTLS_CLIENT);
  err = err == QTLS_OK ? load_from(config, place, &text, found, why) : tell(why, err, "%s", qtls_err_text(err));
  qtls_config_free(config);
  if (err != QTLS_OK) {
    free(text.p);
    return err;
  }
  *pem = text.p;
  *size = text.n;
  return QTLS_OK;
}

void qtls_trust_release(char *pem) { free(pem); }
