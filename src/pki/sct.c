/* Owns certificate transparency as the relying side sees it. */
#include "pki/sct.h"

#include <string.h>

#include "base/owners.h"
#include "base/reader.h"
#include "base/writer.h"
#include "crypto/hash.h"
#include "pki/alt.h"
#include "pki/pem.h"

#define LOG_ID 32

enum { SCT_V1 = 0, CERTIFICATE_TIMESTAMP = 0, X509_ENTRY = 0, PRECERT_ENTRY = 1 };
enum { HASH_SHA256 = 4, SIGNATURE_RSA = 1, SIGNATURE_ECDSA = 3 }; /* RFC 5246 §7.4.1.4.1 */

struct q_ct_logs {
  uint32_t owners;
  q_ct_logs *next;
  uint8_t id[LOG_ID]; /* SHA-256 of its SubjectPublicKeyInfo (§3.2) */
  q_pubkey *key;
  char *name;
};

/* One SignedCertificateTimestamp. */
typedef struct timestamp {
  q_span log;
  uint64_t milliseconds;
  q_span extensions;
  uint8_t hash;
  uint8_t kind;
  q_span signature;
} timestamp;

q_ct_logs *q_pki_ct_logs_ref(q_ct_logs *list) {
  if (list != NULL) {
    q_owners_add(&list->owners);
  }
  return list;
}

void q_pki_ct_logs_free(q_ct_logs *list) {
  while (list != NULL && q_owners_drop(&list->owners)) {
    q_ct_logs *next = list->next;
    q_crypto_pubkey_free(list->key);
    q_free(list->name);
    q_free(list);
    list = next;
  }
}

static bool is_known(const q_ct_logs *list, const uint8_t id[LOG_ID]) {
  for (; list != NULL; list = list->next) {
    if (memcmp(list->id, id, LOG_ID) == 0) {
      return true;
    }
  }
  return false;
}

static qtls_err add_log(q_ct_logs **list, const char *name, q_span spki) {
  uint8_t digest[Q_HASH_MAX];
  q_pubkey *key = NULL;
  qtls_err err = q_crypto_pubkey_from_spki(&key, spki);
  if (err != QTLS_OK) {
    return err == QTLS_ERR_CERT_PARSE ? QTLS_ERR_KEY_FORMAT : err;
  }
  q_key_type type = q_crypto_pubkey_type(key);
  q_crypto_hash_once(Q_HASH_SHA256, digest, spki);
  if ((type != Q_KEY_EC_P256 && type != Q_KEY_RSA) || is_known(*list, digest)) {
    q_crypto_pubkey_free(key);
    return type != Q_KEY_EC_P256 && type != Q_KEY_RSA ? QTLS_ERR_KEY_UNSUPPORTED : QTLS_OK;
  }
  q_ct_logs *fresh = q_alloc(sizeof *fresh);
  char *copy = q_alloc_copy(name, strlen(name) + 1);
  if (fresh == NULL || copy == NULL) {
    q_crypto_pubkey_free(key);
    q_free(fresh);
    q_free(copy);
    return QTLS_ERR_NO_MEMORY;
  }
  *fresh = (q_ct_logs){.owners = 1, .next = *list, .key = key, .name = copy};
  memcpy(fresh->id, digest, LOG_ID);
  *list = fresh;
  return QTLS_OK;
}

qtls_err q_pki_ct_logs_add(q_ct_logs **list, const char *name, q_span key) {
  CBS spki;
  if (q_pki_der_only(&spki, key, CBS_ASN1_SEQUENCE)) {
    return add_log(list, name, key);
  }
  q_pem_reader reader = q_pki_pem_reader(key);
  q_pem_block block;
  size_t line = 0;
  do {
    Q_TRY(q_pki_pem_next(&block, &reader));
    if (block.label.n == 0) {
      return QTLS_ERR_PEM;
    }
  } while (!q_pki_pem_is(&block, "PUBLIC KEY"));
  Q_AUTO_FREE uint8_t *der = NULL;
  size_t n = 0;
  Q_TRY(q_pki_pem_decode(&der, &n, &line, &block));
  return add_log(list, name, q_span_of(der, n));
}

static qtls_err read_timestamp(timestamp *out, q_span sct) {
  uint8_t version = 0;
  Q_TRY(q_read_u8(&sct, &version));
  if (version != SCT_V1) {
    return QTLS_ERR_DECODE;
  }
  Q_TRY(q_read_bytes(&sct, &out->log, LOG_ID));
  Q_TRY(q_read_u64(&sct, &out->milliseconds));
  Q_TRY(q_read_vec16(&sct, &out->extensions, 0, UINT16_MAX));
  Q_TRY(q_read_u8(&sct, &out->hash));
  Q_TRY(q_read_u8(&sct, &out->kind));
  Q_TRY(q_read_vec16(&sct, &out->signature, 0, UINT16_MAX));
  return q_read_end(&sct);
}

/* §3.3: a list that is malformed holds nothing; of its timestamps one that is
 * unreadable or of another version is passed over. Their number. */
static size_t read_list(timestamp out[Q_PKI_SCT_MAX], q_span list) {
  q_span all;
  size_t count = 0;
  if (q_read_vec16(&list, &all, 1, UINT16_MAX) != QTLS_OK || q_read_end(&list) != QTLS_OK) {
    return 0;
  }
  while (all.n > 0) {
    q_span one;
    if (q_read_vec16(&all, &one, 1, UINT16_MAX) != QTLS_OK) {
      return 0;
    }
    if (count < Q_PKI_SCT_MAX && read_timestamp(&out[count], one) == QTLS_OK) {
      count++;
    }
  }
  return count;
}

/* §3.2: PreCert, the hash of the issuer's key and the TBSCertificate as it was
 * before the timestamps stood in it. */
static qtls_err write_precert(q_writer *w, const q_cert *leaf, const q_cert *issuer) {
  const CBS_ASN1_TAG extensions = CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 3;
  uint8_t digest[Q_HASH_MAX];
  Q_AUTO_FREE uint8_t *tbs = NULL;
  size_t n = 0;
  Q_TRY(q_pki_without_extension(&tbs, &n, leaf->tbs, SIZE_MAX, extensions, Q_OID_SCT_LIST));
  q_crypto_hash_once(Q_HASH_SHA256, digest, issuer->spki);
  q_write_bytes(w, q_span_of(digest, 32));
  q_write_vec(w, 3, q_span_of(tbs, n));
  return QTLS_OK;
}

qtls_err q_pki_sct_signed(uint8_t **out, size_t *n, const q_cert *leaf, const q_cert *issuer, bool precert,
                          uint64_t milliseconds, q_span extensions) {
  size_t cap = leaf->der.n + extensions.n + 64;
  q_writer w;
  *out = NULL;
  *n = 0;
  uint8_t *block = q_alloc(cap);
  if (block == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  q_writer_init(&w, block, cap);
  q_write_u8(&w, SCT_V1);
  q_write_u8(&w, CERTIFICATE_TIMESTAMP);
  q_write_u64(&w, milliseconds);
  q_write_u16(&w, precert ? PRECERT_ENTRY : X509_ENTRY);
  qtls_err err = QTLS_OK;
  if (precert) {
    err = write_precert(&w, leaf, issuer);
  } else {
    q_write_vec(&w, 3, leaf->der);
  }
  q_write_vec(&w, 2, extensions);
  err = err == QTLS_OK ? q_writer_end(&w, n) : err;
  if (err != QTLS_OK) {
    q_free(block);
    return err;
  }
  *out = block;
  return QTLS_OK;
}

/* What is asked about: a leaf, and where the timestamps stood. */
typedef struct question {
  const q_cert *leaf;
  const q_cert *issuer;
  bool precert;
  int64_t now;
} question;

static qtls_err vouches(bool *out, const q_ct_logs *log, const timestamp *t, const question *q) {
  bool rsa = q_crypto_pubkey_type(log->key) == Q_KEY_RSA;
  *out = false;
  if (memcmp(log->id, t->log.p, LOG_ID) != 0 || t->hash != HASH_SHA256 ||
      t->kind != (rsa ? SIGNATURE_RSA : SIGNATURE_ECDSA) || q->now < 0 ||
      t->milliseconds / 1000 > (uint64_t)q->now) { /* §5.2: not of the future */
    return QTLS_OK;
  }
  Q_AUTO_FREE uint8_t *message = NULL;
  size_t n = 0;
  qtls_err err = q_pki_sct_signed(&message, &n, q->leaf, q->issuer, q->precert, t->milliseconds, t->extensions);
  if (err != QTLS_OK) {
    return err == QTLS_ERR_NO_MEMORY ? err : QTLS_OK;
  }
  q_sig_alg alg = rsa ? Q_SIG_RSA_PKCS1_SHA256 : Q_SIG_ECDSA_SHA256;
  err = q_crypto_verify(log->key, alg, q_span_of(message, n), t->signature);
  *out = err == QTLS_OK;
  return err == QTLS_ERR_NO_MEMORY ? err : QTLS_OK;
}

static qtls_err log_vouches(bool *out, const q_ct_logs *log, const timestamp *list, size_t count, const question *q) {
  *out = false;
  for (size_t i = 0; i < count && !*out; i++) {
    Q_TRY(vouches(out, log, &list[i], q));
  }
  return QTLS_OK;
}

qtls_err q_pki_sct_check(q_sct_found *found, const q_ct_logs *logs, unsigned least, const q_cert *leaf,
                         const q_cert *issuer, q_span entry_list, int64_t now) {
  timestamp embedded[Q_PKI_SCT_MAX];
  timestamp beside[Q_PKI_SCT_MAX];
  size_t embedded_n = read_list(embedded, leaf->sct_list);
  size_t beside_n = read_list(beside, entry_list);
  const question inside = {leaf, issuer, true, now};
  const question outside = {leaf, issuer, false, now};
  *found = (q_sct_found){0};
  for (const q_ct_logs *log = logs; log != NULL && found->count < least; log = log->next) {
    bool good = false;
    Q_TRY(log_vouches(&good, log, embedded, embedded_n, &inside));
    if (!good) {
      Q_TRY(log_vouches(&good, log, beside, beside_n, &outside));
    }
    if (good) {
      if (found->count < Q_PKI_SCT_MAX) {
        found->names[found->count] = log->name;
      }
      found->count++;
    }
  }
  return found->count >= least ? QTLS_OK : QTLS_ERR_CERT_SCT;
}
