/*
 * Owns the giving out of certificates: the serial number is on the disk before
 * anything is signed with it, the certificate before it leaves this file.
 */
#include <stdlib.h>
#include <string.h>

#include "ca.h"

static qtls_err commit_or(qtls_ca *ca, qtls_err err) {
  if (err == QTLS_OK) {
    return q_ca_db_commit(ca);
  }
  q_ca_db_rollback(ca);
  return err;
}

static qtls_err reserve(qtls_ca *ca, const q_ca_authority *issuer, uint8_t serial[QTLS_CA_SERIAL_MAX], char hex[CA_HEX],
                        const qtls_ca_order *order) {
  qtls_err err = q_ca_db_begin(ca);
  if (err == QTLS_OK) {
    err = q_ca_serial_draw(ca, serial, hex);
    if (err == QTLS_OK) {
      err = q_ca_record_reserve(ca, issuer->id, hex, &order->request, order->csr);
    }
    err = commit_or(ca, err);
  }
  return err;
}

static qtls_err sign(qtls_ca *ca, const q_ca_authority *issuer, char **pem, size_t *size, const qtls_ca_order *order,
                     const uint8_t *serial) {
  qtls_cert_request r = order->request;
  q_ca_urls urls = {{NULL}, {NULL}};
  r.serial = serial;
  qtls_err err = order->no_urls ? QTLS_OK : q_ca_urls_fill(ca, &urls, &r, issuer->name);
  if (err != QTLS_OK) {
    return err;
  }
  err = order->csr != NULL
            ? qtls_cert_sign(pem, size, &r, order->csr, issuer->cert_pem, issuer->cert_size, issuer->key)
            : qtls_cert_issue(pem, size, &r, order->key, issuer->cert_pem, issuer->cert_size, issuer->key);
  q_ca_urls_free(&urls);
  return err == QTLS_OK ? QTLS_OK : q_ca_tell(ca, err, "the certificate was not issued: %s", qtls_err_text(err));
}

/* The certificate that this one follows is there; said before anything is signed. */
static qtls_err find_old(qtls_ca *ca, const char *old, char hex[CA_HEX]) {
  bool there = false;
  if (!q_ca_serial_from_text(hex, old)) {
    return q_ca_tell(ca, QTLS_ERR_ARGUMENT, "\"%s\" is not a serial number", old);
  }
  qtls_err err = q_ca_record_exists(ca, hex, &there);
  if (err == QTLS_OK && !there) {
    err = q_ca_tell(ca, QTLS_ERR_ARGUMENT, "%s/ca.db: there is no certificate %s", ca->dir, hex);
  }
  return err;
}

static qtls_err mark_replaced(qtls_ca *ca, const char *old, const char *serial) {
  sqlite3_stmt *s = NULL;
  char hex[CA_HEX];
  qtls_err err = find_old(ca, old, hex);
  if (err == QTLS_OK) {
    err = q_ca_db_prepare(ca, &s, "UPDATE certificates SET replaced_by = ?2 WHERE serial = ?1");
  }
  if (err == QTLS_OK) {
    err = q_ca_db_finish(ca, s, q_ca_bind_text(s, 1, hex) | q_ca_bind_text(s, 2, serial));
  }
  return err == QTLS_OK ? q_ca_db_event(ca, "renewed", hex, serial) : err;
}

static qtls_err keep(qtls_ca *ca, const char *pem, size_t size, const char *serial, const char *renews) {
  qtls_cert *cert = NULL;
  char made[CA_HEX] = "";
  qtls_err err = qtls_cert_load_pem(&cert, NULL, pem, size, 0);
  if (err != QTLS_OK || cert == NULL) {
    return q_ca_tell(ca, QTLS_ERR_INTERNAL, "%s", qtls_err_text(QTLS_ERR_INTERNAL));
  }
  const char *text = qtls_cert_read(cert)->serial;
  if (text == NULL || !q_ca_serial_from_text(made, text) || strcmp(made, serial) != 0) {
    err = q_ca_tell(ca, QTLS_ERR_INTERNAL, "the certificate has another serial number than was reserved for it");
  } else {
    err = q_ca_db_begin(ca);
    if (err == QTLS_OK) {
      err = q_ca_record_keep(ca, serial, cert);
      if (err == QTLS_OK && renews != NULL) {
        err = mark_replaced(ca, renews, serial);
      }
      err = commit_or(ca, err);
    }
  }
  qtls_cert_free(cert);
  return err;
}

/* The certificate and what stands above it, as servers send it. */
static qtls_err join_chain(qtls_ca *ca, char **out, size_t *size, const char *pem, size_t pem_size,
                           const q_ca_authority *issuer) {
  *out = malloc(pem_size + issuer->chain_size + 1);
  if (*out == NULL) {
    return q_ca_tell(ca, QTLS_ERR_NO_MEMORY, "%s", qtls_err_text(QTLS_ERR_NO_MEMORY));
  }
  memcpy(*out, pem, pem_size);
  if (issuer->chain_size > 0) {
    memcpy(*out + pem_size, issuer->chain_pem, issuer->chain_size);
  }
  *size = pem_size + issuer->chain_size;
  (*out)[*size] = '\0';
  return QTLS_OK;
}

/* Nothing was signed: the number is free again. What fails here leaves it taken, which is safe. */
static void give_back(qtls_ca *ca, const char *serial) {
  const qtls_ca_problem first = ca->why;
  qtls_err err = q_ca_db_begin(ca);
  if (err == QTLS_OK) {
    (void)(commit_or(ca, q_ca_record_drop(ca, serial)) == QTLS_OK);
  }
  ca->why = first;
}

qtls_err qtls_ca_issue(qtls_ca *ca, char **pem, size_t *size, char *serial, const qtls_ca_order *order) {
  uint8_t number[QTLS_CA_SERIAL_MAX];
  char hex[CA_HEX];
  char *leaf = NULL;
  size_t leaf_size = 0;
  *pem = NULL;
  *size = 0;
  const q_ca_authority *issuer = q_ca_signer_of(ca, order->authority);
  if (issuer == NULL) {
    return ca->why.err;
  }
  if ((order->key == NULL) == (order->csr == NULL)) {
    return q_ca_tell(ca, QTLS_ERR_ARGUMENT, "a certificate is for a key or for a request");
  }
  qtls_err err = order->renews != NULL ? find_old(ca, order->renews, hex) : QTLS_OK;
  if (err == QTLS_OK) {
    err = reserve(ca, issuer, number, hex, order);
  }
  if (err != QTLS_OK) {
    return err;
  }
  err = sign(ca, issuer, &leaf, &leaf_size, order, number);
  if (err != QTLS_OK) {
    give_back(ca, hex);
    return err;
  }
  err = join_chain(ca, pem, size, leaf, leaf_size, issuer);
  if (err == QTLS_OK) {
    err = keep(ca, leaf, leaf_size, hex, order->renews);
  }
  qtls_pki_free(leaf);
  if (err != QTLS_OK) {
    free(*pem);
    *pem = NULL;
    *size = 0;
  } else if (serial != NULL) {
    memcpy(serial, hex, sizeof hex);
  }
  return err;
}
