/* Owns the responder's answers (ca_ocsp_answer.h). */
#include "ca_ocsp_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "disk.h"

enum { CACHE_ROWS = 4096, IDS_MOST = 16, SERIAL_ROOM = QTLS_CA_SERIAL_MAX + 1 };

/* A response that was signed before. What the database says is asked every
 * time; only the signature is saved. */
typedef struct row {
  uint8_t *der;
  size_t size;
  size_t signer;
  const char *hash;
  uint8_t serial[SERIAL_ROOM];
  size_t serial_size;
  qtls_ca_status status;
  int64_t this_update, next_update, refresh_at;
} row;

struct ocsp_cache {
  row rows[CACHE_ROWS];
};

/* ---- signers ---- */

static bool same_text(const char *a, const char *b) { return a != NULL && b != NULL && strcmp(a, b) == 0; }

static bool is_certified_by(const qtls_cert_info *signer, const qtls_cert_info *authority) {
  bool ids = signer->authority_key_id == NULL || authority->key_id == NULL ||
             strcmp(signer->authority_key_id, authority->key_id) == 0;
  return ids && same_text(signer->issuer, authority->subject);
}

/* The authority itself, or else the one that certified it: an intermediate one is both its
 * own and certified by another of them. */
static int place(const cli_args *args, ocsp_responder *r, ocsp_signer *s) {
  const qtls_cert_info *info = qtls_cert_read(s->cert);
  qtls_ca_authority a;
  for (size_t i = 0; qtls_ca_authority_at(r->ca, i, &a); i++) {
    if (same_text(info->sha256, qtls_cert_read(a.cert)->sha256)) {
      s->authority = i;
      return CLI_OK;
    }
  }
  for (size_t i = 0; qtls_ca_authority_at(r->ca, i, &a); i++) {
    if (!is_certified_by(info, qtls_cert_read(a.cert))) {
      continue;
    }
    if (info->ext_key_usage == NULL || strstr(info->ext_key_usage, "OCSPSigning") == NULL) {
      return cli_failure(args,
                         "%s: this certificate may not sign OCSP responses; "
                         "qtls pki issue --ocsp makes one that may",
                         s->file);
    }
    s->authority = i;
    return CLI_OK;
  }
  return cli_failure(args, "%s: this certificate is of no authority in the directory", s->file);
}

/* Do key and certificate belong together? The library says so when it signs. */
static int try_signer(const cli_args *args, const ocsp_signer *s) {
  static const uint8_t one = 1;
  qtls_ocsp_answer answer = {.id = {.hash = "SHA-1", .hash_size = 20, .serial = &one, .serial_size = 1},
                             .state = QTLS_OCSP_unknown};
  int64_t now = (int64_t)time(NULL);
  const qtls_ocsp_response_request request = {
      .answers = &answer, .answer_count = 1, .produced_at = now, .this_update = now, .next_update = now + 60};
  uint8_t *der = NULL;
  size_t size = 0;
  qtls_err err = qtls_ocsp_respond(&der, &size, &request, s->cert_pem, s->cert_size, s->key);
  qtls_pki_free(der);
  return err == QTLS_OK ? CLI_OK : cli_failure(args, "%s and its key: %s", s->file, qtls_err_text(err));
}

static int load_key(const cli_args *args, ocsp_signer *s, const char *file, bool may_ask, passphrase *phrase) {
  char problem[DISK_PROBLEM];
  char *pem = NULL;
  size_t n = 0;
  size_t line = 0;
  int code = CLI_OK;
  if (!disk_read(&pem, &n, file, true, problem)) {
    return cli_failure(args, "%s", problem);
  }
  qtls_err err = qtls_key_load(&s->key, &line, pem, n);
  if (err == QTLS_ERR_KEY_ENCRYPTED && phrase->n == 0 && may_ask) {
    code = passphrase_ask(args, file, false, phrase);
  }
  if (err == QTLS_ERR_KEY_ENCRYPTED && code == CLI_OK && phrase->n > 0) {
    err = qtls_key_load_encrypted(&s->key, &line, pem, n, phrase->text, phrase->n);
  }
  disk_forget(pem, n);
  if (code == CLI_OK && err != QTLS_OK) {
    code = cli_failure(args, "%s: line %zu: %s", file, line, qtls_err_text(err));
  }
  return code;
}

int ocsp_signer_load(const cli_args *args, ocsp_responder *r, const char *cert_file, const char *key_file,
                     const char *path, passphrase *phrase) {
  char problem[DISK_PROBLEM];
  if (r->signer_count == OCSP_SIGNERS_MOST) {
    return cli_usage_error(args, "more than %d signers", OCSP_SIGNERS_MOST);
  }
  ocsp_signer *s = &r->signers[r->signer_count++];
  s->file = cert_file;
  size_t n = strlen(path);
  while (n > 0 && path[n - 1] == '/') {
    n--;
  }
  if (n >= sizeof s->path || (path[0] != '\0' && path[0] != '/')) {
    return cli_usage_error(args, "--path \"%s\" is not a path such as /classic, of up to %d characters", path,
                           OCSP_PATH_MOST - 1);
  }
  memcpy(s->path, path, n);
  s->path[n] = '\0';
  if (!disk_read(&s->cert_pem, &s->cert_size, cert_file, false, problem)) {
    return cli_failure(args, "%s", problem);
  }
  qtls_err err = qtls_cert_load_pem(&s->cert, NULL, s->cert_pem, s->cert_size, 0);
  if (err != QTLS_OK || s->cert == NULL) {
    return cli_failure(args, "%s: this holds no certificate that can be read", cert_file);
  }
  int code = load_key(args, s, key_file, !r->at_work, phrase);
  if (code == CLI_OK) {
    code = place(args, r, s);
  }
  return code == CLI_OK ? try_signer(args, s) : code;
}

int ocsp_responder_start(const cli_args *args, ocsp_responder *r) {
  r->cache = calloc(1, sizeof *r->cache);
  return r->cache != NULL ? CLI_OK : cli_failure(args, "out of memory");
}

void ocsp_responder_free(ocsp_responder *r) {
  for (size_t i = 0; i < r->signer_count; i++) {
    disk_forget(r->signers[i].cert_pem, r->signers[i].cert_size);
    qtls_cert_free(r->signers[i].cert);
    qtls_key_free(r->signers[i].key);
  }
  for (size_t i = 0; r->cache != NULL && i < CACHE_ROWS; i++) {
    free(r->cache->rows[i].der);
  }
  free(r->cache);
  qtls_ca_close(r->ca);
}

/* The one for this path, else one that is for every path, else the first. Never by the
 * algorithms that a request prefers (RFC 6960 §4.4.7): anybody on the way can write those
 * and so would choose the weaker signer; the URL of a path stands in the certificate. */
static const ocsp_signer *choose(const ocsp_responder *r, size_t authority, const char *path) {
  const ocsp_signer *best = NULL;
  int best_rank = -1;
  for (size_t i = 0; i < r->signer_count; i++) {
    const ocsp_signer *s = &r->signers[i];
    size_t n = strlen(s->path);
    bool fits = strncmp(s->path, path, n) == 0 && (path[n] == '\0' || path[n] == '/');
    int rank = fits ? (int)n + 1 : 0;
    if (s->authority == authority && rank > best_rank) {
      best = s;
      best_rank = rank;
    }
  }
  return best;
}

/* ---- answering ---- */

void ocsp_reply_free(ocsp_reply *reply) {
  free(reply->der);
  memset(reply, 0, sizeof *reply);
}

static bool take(ocsp_reply *out, const uint8_t *der, size_t size) {
  out->der = malloc(size);
  if (out->der != NULL) {
    memcpy(out->der, der, size);
    out->size = size;
  }
  return out->der != NULL;
}

static bool refuse(ocsp_reply *out, qtls_ocsp_refusal why) {
  uint8_t *der = NULL;
  size_t size = 0;
  out->word = why == QTLS_OCSP_malformedRequest ? "malformedRequest"
              : why == QTLS_OCSP_unauthorized   ? "unauthorized"
              : why == QTLS_OCSP_tryLater       ? "tryLater"
                                                : "internalError";
  bool good = qtls_ocsp_refuse(&der, &size, why) == QTLS_OK && take(out, der, size);
  qtls_pki_free(der);
  return good;
}

static bool find_authority(const ocsp_responder *r, const qtls_ocsp_id *id, size_t *out) {
  qtls_ca_authority a;
  for (size_t i = 0; qtls_ca_authority_at(r->ca, i, &a); i++) {
    if (qtls_ocsp_id_is_of(id, a.cert)) {
      *out = i;
      return true;
    }
  }
  return false;
}

typedef struct asked {
  qtls_ocsp_answer answers[IDS_MOST];
  qtls_ca_status status[IDS_MOST];
  size_t count;
  size_t authority;
} asked;

static const char *const words[] = {"good", "revoked", "unknown"};

static qtls_ocsp_state state_of(const qtls_ca_status *s) {
  if (!s->known) {
    return QTLS_OCSP_unknown;
  }
  return s->state == QTLS_CA_revoked ? QTLS_OCSP_revoked : QTLS_OCSP_good;
}

/* All of one authority of ours; else no answer at all (RFC 5019 §2.2.3). */
static bool same_authority(const ocsp_responder *r, const qtls_ocsp_request *request, asked *out) {
  qtls_ocsp_id id;
  for (size_t i = 0; i < IDS_MOST && qtls_ocsp_request_id(request, i, &id); i++) {
    size_t authority = 0;
    if (!find_authority(r, &id, &authority) || (i > 0 && authority != out->authority)) {
      return false;
    }
    out->authority = authority;
    out->answers[i].id = id;
    out->count = i + 1;
  }
  return out->count > 0;
}

static bool look_up(ocsp_responder *r, asked *a) {
  for (size_t i = 0; i < a->count; i++) {
    qtls_ocsp_answer *answer = &a->answers[i];
    if (qtls_ca_status_of(r->ca, a->authority, answer->id.serial, answer->id.serial_size, &a->status[i]) != QTLS_OK) {
      return false;
    }
    answer->state = state_of(&a->status[i]);
    answer->revoked_at = a->status[i].revoked_at;
    answer->reason = a->status[i].reason;
  }
  return true;
}

static row *row_of(const ocsp_responder *r, const asked *a, size_t signer) {
  const qtls_ocsp_id *id = &a->answers[0].id;
  if (a->count != 1 || !a->status[0].known || id->serial_size > SERIAL_ROOM) {
    return NULL; /* of numbers that nobody gave out there is no end */
  }
  uint32_t h = (uint32_t)signer * 31 + (uint32_t)id->hash_size;
  for (size_t i = 0; i < id->serial_size; i++) {
    h = (h ^ id->serial[i]) * 16777619U;
  }
  return &r->cache->rows[h % CACHE_ROWS];
}

static bool same_status(const qtls_ca_status *a, const qtls_ca_status *b) {
  return a->known == b->known && a->state == b->state && a->revoked_at == b->revoked_at && a->reason == b->reason;
}

static bool serves(const row *c, const asked *a, size_t signer, int64_t now) {
  const qtls_ocsp_id *id = &a->answers[0].id;
  return c->der != NULL && c->signer == signer && same_text(c->hash, id->hash) && c->serial_size == id->serial_size &&
         memcmp(c->serial, id->serial, id->serial_size) == 0 && same_status(&c->status, &a->status[0]) &&
         now < c->refresh_at && now >= c->this_update;
}

static void tag(ocsp_reply *out, const qtls_ca_status *status) {
  (void)snprintf(out->tag, sizeof out->tag, "\"%llx-%d-%llx\"", (unsigned long long)out->this_update,
                 (int)status->state, (unsigned long long)status->revoked_at);
}

static bool from_cache(const row *c, const asked *a, ocsp_reply *out) {
  out->this_update = c->this_update;
  out->next_update = c->next_update;
  out->fresh_until = c->refresh_at;
  out->cached = true;
  tag(out, &a->status[0]);
  return take(out, c->der, c->size);
}

static void into_cache(row *c, const asked *a, size_t signer, const ocsp_reply *reply) {
  const qtls_ocsp_id *id = &a->answers[0].id;
  uint8_t *copy = malloc(reply->size);
  if (copy == NULL) {
    return;
  }
  free(c->der);
  memcpy(copy, reply->der, reply->size);
  memcpy(c->serial, id->serial, id->serial_size);
  c->der = copy;
  c->size = reply->size;
  c->signer = signer;
  c->hash = id->hash;
  c->serial_size = id->serial_size;
  c->status = a->status[0];
  c->this_update = reply->this_update;
  c->next_update = reply->next_update;
  c->refresh_at = reply->fresh_until;
}

static bool sign(const ocsp_responder *r, const ocsp_signer *s, const asked *a, const qtls_ocsp_request *request,
                 int64_t now, ocsp_reply *out) {
  const qtls_cert_info *info = qtls_cert_read(s->cert);
  qtls_ocsp_response_request made = {.answers = a->answers,
                                     .answer_count = a->count,
                                     .produced_at = now,
                                     .this_update = now,
                                     .next_update = now + r->validity};
  uint8_t *der = NULL;
  size_t size = 0;
  /* An answer is good no longer than who signed it. */
  made.next_update = made.next_update > info->not_after ? info->not_after : made.next_update;
  if (made.next_update <= now) {
    (void)fprintf(stderr, "qtls ocspd: %s has expired: renew it, then send SIGHUP\n", s->file);
    return refuse(out, QTLS_OCSP_internalError);
  }
  if (out->nonce) {
    made.nonce = qtls_ocsp_request_nonce(request, &made.nonce_size);
  }
  if (qtls_ocsp_respond(&der, &size, &made, s->cert_pem, s->cert_size, s->key) != QTLS_OK) {
    return refuse(out, QTLS_OCSP_internalError);
  }
  out->this_update = now;
  out->next_update = made.next_update;
  out->fresh_until = out->nonce ? 0 : now + (made.next_update - now) / 2;
  out->answered = true;
  tag(out, &a->status[0]);
  bool good = take(out, der, size);
  qtls_pki_free(der);
  return good;
}

static void note(const asked *a, ocsp_reply *out) {
  const qtls_ocsp_id *id = &a->answers[0].id;
  out->word = words[a->answers[0].state];
  for (size_t i = 1; i < a->count; i++) {
    out->word = a->answers[i].state == a->answers[0].state ? out->word : "mixed";
  }
  for (size_t i = 0; i < id->serial_size && i <= QTLS_CA_SERIAL_MAX; i++) {
    (void)snprintf(out->serial + 2 * i, 3, "%02x", id->serial[i]);
  }
}

static bool answer(ocsp_responder *r, const char *path, const qtls_ocsp_request *request, int64_t now,
                   ocsp_reply *out) {
  asked a;
  size_t nonce = 0;
  memset(&a, 0, sizeof a);
  if (!same_authority(r, request, &a)) {
    return refuse(out, QTLS_OCSP_unauthorized);
  }
  const ocsp_signer *s = choose(r, a.authority, path);
  if (s == NULL) {
    return refuse(out, QTLS_OCSP_unauthorized);
  }
  if (!look_up(r, &a)) {
    (void)fprintf(stderr, "qtls ocspd: %s\n", qtls_ca_text(r->ca));
    return refuse(out, QTLS_OCSP_tryLater);
  }
  size_t signer = (size_t)(s - r->signers);
  note(&a, out);
  out->signer = s->file;
  out->nonce = !r->ignore_nonce && qtls_ocsp_request_nonce(request, &nonce) != NULL;
  row *c = out->nonce ? NULL : row_of(r, &a, signer);
  if (c != NULL && serves(c, &a, signer, now)) {
    out->answered = true;
    return from_cache(c, &a, out);
  }
  bool good = sign(r, s, &a, request, now, out);
  if (good && out->answered && c != NULL) {
    into_cache(c, &a, signer, out);
  }
  return good;
}

bool ocsp_respond(ocsp_responder *r, const char *path, const uint8_t *der, size_t size, int64_t now, ocsp_reply *out) {
  qtls_ocsp_request *request = NULL;
  memset(out, 0, sizeof *out);
  if (size > QTLS_OCSP_REQUEST_MAX || qtls_ocsp_request_load(&request, der, size) != QTLS_OK) {
    return refuse(out, QTLS_OCSP_malformedRequest);
  }
  bool good = answer(r, path, request, now, out);
  qtls_ocsp_request_free(request);
  return good;
}
