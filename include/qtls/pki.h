/*
 * Keys and certificates: making them, reading them, judging chains of them.
 * Everything is bytes in memory; files belong to the caller. A hybrid identity
 * has a classical key and an ML-DSA one, and its certificates carry both keys
 * and both signatures (ITU-T X.509 (10/2019) §9.8, Q-TLS §4).
 *
 * Ownership: a function that gives back bytes or text through `char **` or
 * `uint8_t **` gives memory that the caller returns with qtls_pki_free. Text has
 * a final zero that its size does not count. On error the pointer is NULL, whatever
 * it was before. An object that is only read may be NULL: nothing is in it (NULL,
 * false, 0).
 * Threads: no state is shared; an object may be read by many threads at once
 * and is freed by one. Errors: besides those named, QTLS_ERR_NO_MEMORY,
 * QTLS_ERR_RANDOM and QTLS_ERR_CRYPTO.
 */
#ifndef QTLS_PKI_H
#define QTLS_PKI_H

#include <stdbool.h>

#include "qtls/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Wipes and gives back what this header's functions handed out; NULL is fine. */
void qtls_pki_free(void *block);

/* DER as one block of PEM text (RFC 7468): four letters for three bytes, in lines of 64
 * letters and a line feed, between the two that bear `label`: "CERTIFICATE",
 * "CERTIFICATE REQUEST", "X509 CRL". `size` may be NULL. QTLS_ERR_ARGUMENT: no bytes,
 * or a label that cannot stand in PEM. */
QTLS_MUST_USE qtls_err qtls_pem_write(char **pem, size_t *size, const char *label, const void *der, size_t der_size);

/* ---- private keys ---- */

/* One private key, or two: classical first, then ML-DSA. */
typedef struct qtls_key qtls_key;

/* The kinds that can be generated: name `i` ("hybrid-p384-mldsa65", the default,
 * is the first), or NULL past the end. `about`, which may be NULL, gets a line
 * for people. Constant strings. */
const char *qtls_key_kind_name(size_t i, const char **about);

/* The kind that was meant: case does not matter, and aliases are known
 * ("hybrid", "ecdsa-p256", "dilithium3"). NULL if there is none. */
const char *qtls_key_kind_find(const char *typed);

/* The kind of a key that was loaded; NULL if it is none of those above. */
const char *qtls_key_kind_of(const qtls_key *key);

/* A fresh key of a kind. QTLS_ERR_ARGUMENT: no such kind. */
QTLS_MUST_USE qtls_err qtls_key_generate(qtls_key **out, const char *kind);

/* Read a PEM text of one or two PKCS#8 keys (RFC 5958; ML-DSA in the three forms
 * of RFC 9881 §6), classical first; certificates beside them are passed over.
 * QTLS_ERR_PEM, QTLS_ERR_KEY_FORMAT, QTLS_ERR_KEY_UNSUPPORTED,
 * QTLS_ERR_KEY_SEED_MISMATCH, QTLS_ERR_CERT_WEAK (RSA below 2048 bits). *line,
 * which may be NULL: where the text is wrong, 0 if not known. */
QTLS_MUST_USE qtls_err qtls_key_load(qtls_key **out, size_t *line, const void *pem, size_t size);

/* The same with a pass phrase for the blocks that are encrypted (PKCS#8
 * EncryptedPrivateKeyInfo, RFC 5958 §3: PBES2 with PBKDF2 or scrypt and AES-CBC,
 * RFC 8018, RFC 7914); the phrase is 1 to 1024 bytes, not kept.
 * QTLS_ERR_KEY_PASSPHRASE: it is the wrong one. Without a phrase, and from
 * qtls_key_load, QTLS_ERR_KEY_ENCRYPTED. */
QTLS_MUST_USE qtls_err qtls_key_load_encrypted(qtls_key **out, size_t *line, const void *pem, size_t size,
                                               const void *phrase, size_t phrase_size);

/* PKCS#8 PEM, one block per key; ML-DSA as its seed when the seed is known. */
QTLS_MUST_USE qtls_err qtls_key_write(const qtls_key *key, char **pem, size_t *size);

/* The same, each block encrypted (PBES2: PBKDF2-HMAC-SHA256 of 600,000 rounds,
 * AES-256-CBC). QTLS_ERR_ARGUMENT: the phrase is empty or longer than 1024. */
QTLS_MUST_USE qtls_err qtls_key_write_encrypted(const qtls_key *key, char **pem, size_t *size, const void *phrase,
                                                size_t phrase_size);

/* Type of the key, or of the alternative one: "ECDSA P-384", "ML-DSA-65"; NULL
 * if there is none. Constant. `bits` may be NULL: RSA modulus or curve, 0 for
 * ML-DSA. */
const char *qtls_key_type(const qtls_key *key, bool alternative, unsigned *bits);

/* Sign `message` as a job of a connection asks for it (qtls/conn.h): `scheme` is
 * the code of a single signature, such as 0x0503 or 0x0900; ECDSA comes out as
 * DER, ML-DSA is pure with the empty context. 4627 bytes of room are always
 * enough. QTLS_ERR_ARGUMENT: the key cannot do this, QTLS_ERR_BUFFER. */
QTLS_MUST_USE qtls_err qtls_key_sign(const qtls_key *key, bool alternative, uint16_t scheme, const void *message,
                                     size_t size, uint8_t *signature, size_t cap, size_t *signature_size);

void qtls_key_free(qtls_key *key); /* wipes; NULL is fine */

/* ---- making certificates ---- */

typedef enum qtls_cert_role {
  QTLS_CERT_authority = 1, /* signs certificates and revocation lists */
  QTLS_CERT_server = 2,    /* digitalSignature, serverAuth */
  QTLS_CERT_client = 3,    /* digitalSignature, clientAuth */
  QTLS_CERT_both = 4,      /* digitalSignature, serverAuth and clientAuth */
  QTLS_CERT_ocsp = 5       /* digitalSignature, OCSPSigning, id-pkix-ocsp-nocheck (RFC 6960 §4.2.2.2) */
} qtls_cert_role;

/* All zero but for what is set; see each field. */
typedef struct qtls_cert_request {
  qtls_cert_role role;
  const char *common_name;  /* UTF-8, 1 to 64 characters */
  const char *organization; /* the same, or NULL */
  /* DNS names ("*." allowed in front) and IP addresses; any kind with its prefix:
   * "DNS:", "IP:", "URI:", "email:" */
  const char *const *names;
  size_t name_count;
  int64_t not_before; /* seconds since 1970; years 1950 to 9999 */
  int64_t not_after;  /* cut to the issuer's own */
  bool limit_path;    /* an authority: at most path_length authorities below it */
  unsigned path_length;
  /* An authority: name constraints (RFC 5280 §4.2.1.10), critical: "DNS:example.com",
   * "IP:192.0.2.0/24", "email:example.com", "URI:.example.com". */
  const char *const *permitted;
  size_t permitted_count;
  const char *const *excluded;
  size_t excluded_count;
  /* Where its status is to be had: http URLs (RFC 5280 §4.2.2.1, §4.2.1.13). */
  const char *const *ocsp_urls;
  size_t ocsp_url_count;
  const char *const *issuer_urls; /* caIssuers */
  size_t issuer_url_count;
  const char *const *crl_urls;
  size_t crl_url_count;
  bool must_staple;      /* status_request in the TLS feature extension (RFC 7633) */
  const uint8_t *serial; /* 20 bytes, the first 0x01-0x7F; NULL: random ones */
} qtls_cert_request;

/*
 * Issue a certificate for `subject` as PEM: signed by the issuer with its key
 * and, when it has one, its alternative key; self-signed when `issuer_pem` is
 * NULL (then `issuer_key` is not looked at). The serial number is 20 random
 * bytes; extensions 72-74 are not critical; key identifiers as RFC 7093.
 * QTLS_ERR_ARGUMENT: a field is missing or cannot stand in a certificate.
 * QTLS_ERR_KEY_MISMATCH: issuer's certificate and keys are not of each other.
 * QTLS_ERR_CERT_NOT_CA, QTLS_ERR_CERT_KEY_USAGE, QTLS_ERR_CERT_PATH_LENGTH,
 * QTLS_ERR_CERT_NAME_CONSTRAINT: the issuer may not issue this. QTLS_ERR_CERT_EXPIRED:
 * the issuer's certificate ends before not_before. QTLS_ERR_CERT_ALT_MISSING: a hybrid
 * subject needs a hybrid issuer. QTLS_ERR_PEM, QTLS_ERR_CERT_PARSE: the issuer's certificate.
 */
QTLS_MUST_USE qtls_err qtls_cert_issue(char **pem, size_t *size, const qtls_cert_request *request,
                                       const qtls_key *subject, const void *issuer_pem, size_t issuer_size,
                                       const qtls_key *issuer_key);

/* ---- certificate signing requests (PKCS #10, RFC 2986) ---- */

/*
 * A request signed by every key of `key`: a hybrid one carries its alternative key
 * and signature as attributes 2.5.29.72, 73 and 74, the alternative signature
 * over the request without its attribute 74. From `wishes` come names, role,
 * must_staple (as an extensionRequest); times and URLs are the issuer's affair.
 */
QTLS_MUST_USE qtls_err qtls_csr_make(char **pem, size_t *size, const qtls_cert_request *wishes, const qtls_key *key);

typedef struct qtls_csr qtls_csr;

/* What a request asks for; strings live as long as it. NULL: it does not say. */
typedef struct qtls_csr_info {
  const char *subject; /* RFC 4514 */
  const char *common_name;
  const char *organization;
  const char *const *names; /* "DNS:localhost", ... */
  size_t name_count;
  const char *key_type; /* "ECDSA P-384" */
  const char *alt_key_type;
  const char *key_sha256; /* of the SubjectPublicKeyInfo, hexadecimal */
  const char *alt_key_sha256;
  bool must_staple;
  bool is_authority; /* asks for cA */
} qtls_csr_info;

/*
 * Read a request (PEM, or DER) and check the proof of possession by every key in
 * it. QTLS_ERR_CSR_PARSE, QTLS_ERR_CSR_SIGNATURE, QTLS_ERR_CSR_ALT_SIGNATURE
 * (also when only one of the two attributes' halves is there), QTLS_ERR_CERT_WEAK,
 * QTLS_ERR_CERT_ALGORITHM, QTLS_ERR_PEM with *line, which may be NULL.
 */
QTLS_MUST_USE qtls_err qtls_csr_load(qtls_csr **out, size_t *line, const void *pem_or_der, size_t size);
const qtls_csr_info *qtls_csr_read(const qtls_csr *csr);
void qtls_csr_free(qtls_csr *csr); /* NULL is fine */

/* qtls_cert_issue for the keys of a request. What `decided` leaves NULL (common
 * name, organization, names) is taken from the request; role, times and all else
 * are `decided`'s alone. Neither need have a common name when there are names and
 * the role is no authority's: then the subject is empty (RFC 5280 §4.1.2.6). */
QTLS_MUST_USE qtls_err qtls_cert_sign(char **pem, size_t *size, const qtls_cert_request *decided, const qtls_csr *csr,
                                      const void *issuer_pem, size_t issuer_size, const qtls_key *issuer_key);

/* ---- reading certificates ---- */

typedef struct qtls_cert qtls_cert;

/* What a certificate says. Strings live as long as the certificate; bytes of
 * names that would disturb a terminal are escaped. NULL: it does not say. */
typedef struct qtls_cert_info {
  const char *subject; /* RFC 4514 */
  const char *issuer;
  const char *serial; /* hexadecimal, as are the other identifiers */
  int64_t not_before; /* seconds since 1970 */
  int64_t not_after;
  const char *const *names; /* "DNS:localhost", "IP:127.0.0.1", ... */
  size_t name_count;
  const char *key_type; /* "ECDSA P-384" */
  unsigned key_bits;
  const char *signature_algorithm; /* "ECDSA with SHA-384" */
  const char *alt_key_type;        /* "ML-DSA-65" */
  const char *alt_signature_algorithm;
  bool self_issued; /* subject and issuer are the same name */
  bool is_authority;
  bool has_path_length;
  unsigned path_length;
  const char *key_usage;     /* "digitalSignature, keyAgreement" */
  const char *ext_key_usage; /* "serverAuth, clientAuth" */
  const char *key_id;
  const char *authority_key_id;
  const char *name_constraints; /* "permitted DNS:example.com, excluded IP:192.0.2.0/24" */
  const char *const *ocsp_urls;
  size_t ocsp_url_count;
  const char *const *issuer_urls;
  size_t issuer_url_count;
  const char *const *crl_urls;
  size_t crl_url_count;
  bool must_staple;
  bool ocsp_nocheck;
  bool unknown_critical;
  const char *sha256;     /* of the certificate */
  const char *key_sha256; /* of the SubjectPublicKeyInfo */
  const char *alt_key_sha256;
  size_t size; /* bytes: of the certificate and of its parts */
  size_t key_size, signature_size, alt_key_size, alt_signature_size;
} qtls_cert_info;

/* Read one DER certificate (copied). QTLS_ERR_CERT_PARSE,
 * QTLS_ERR_CERT_ALT_MALFORMED. */
QTLS_MUST_USE qtls_err qtls_cert_load(qtls_cert **out, const void *der, size_t size);
/* Read certificate `index` of a PEM text; *out is NULL with QTLS_OK past the
 * last one. *line may be NULL. */
QTLS_MUST_USE qtls_err qtls_cert_load_pem(qtls_cert **out, size_t *line, const void *pem, size_t size, size_t index);
const qtls_cert_info *qtls_cert_read(const qtls_cert *cert);
/* The DER; belongs to the certificate. */
const uint8_t *qtls_cert_der(const qtls_cert *cert, size_t *size);
/* Does the certificate carry this DNS name or IP address (RFC 9525 §6)? */
bool qtls_cert_has_name(const qtls_cert *cert, const char *name);
void qtls_cert_free(qtls_cert *cert); /* NULL is fine */

/* Text has a field a line; JSON is one line. Both end with a line feed. */
typedef enum qtls_format { QTLS_FORMAT_text = 1, QTLS_FORMAT_json = 2 } qtls_format;

/* One certificate for people, or as a JSON object. */
QTLS_MUST_USE qtls_err qtls_cert_describe(char **out, size_t *size, const qtls_cert *cert, qtls_format format);

/* Everything in a PEM text (certificates, and of private keys their kinds and
 * forms, never a secret), or one DER certificate; as JSON an array. QTLS_ERR_PEM
 * with *line, which may be NULL. What cannot be read is described by its error. */
QTLS_MUST_USE qtls_err qtls_pki_describe(char **out, size_t *size, size_t *line, const void *pem_or_der,
                                         size_t input_size, qtls_format format);

/* ---- judging chains ---- */

typedef enum qtls_need {
  QTLS_NEED_auto = 0,    /* both when the leaf is hybrid, else its own signatures */
  QTLS_NEED_primary = 1, /* the certificates' own keys and signatures */
  QTLS_NEED_alternative = 2,
  QTLS_NEED_both = 3,
  QTLS_NEED_any = 4
} qtls_need;

/* A certificate transparency log (RFC 6962). */
typedef struct qtls_ct_log {
  const char *name; /* for the account */
  const void *key;  /* its SubjectPublicKeyInfo, PEM or DER: ECDSA P-256 or RSA */
  size_t key_size;
} qtls_ct_log;

typedef struct qtls_verify_request {
  const void *chain_pem; /* leaf first; further certificates in any order */
  size_t chain_size;
  const void *trust_pem; /* the anchors */
  size_t trust_size;
  const char *name; /* DNS name or IP address; NULL: not asked */
  int64_t now;      /* seconds since 1970 */
  bool client;      /* the leaf is a client's; else a server's */
  qtls_need need;
  /* Certificate status (qtls/status.h); all zero: not asked. */
  const void *crls; /* revocation lists, PEM or one DER */
  size_t crls_size;
  const void *ocsp; /* an OCSP response about the leaf, judged as a stapled one */
  size_t ocsp_size;
  bool status_required; /* the leaf's status must be known to be good */
  bool status_of_all;   /* with status_required: the intermediates' too */
  bool staple_required; /* must-staple of the leaf holds, as for a client that asked */
  /* So many of these logs must vouch for the leaf by timestamps in it; 0: not asked. Of a
   * chain that is good in all else, and not of a client's. */
  const qtls_ct_log *ct_logs;
  size_t ct_log_count;
  unsigned ct_required;
} qtls_verify_request;

typedef struct qtls_verify_result {
  qtls_err verdict;     /* QTLS_OK when what is needed is good */
  qtls_err primary;     /* the path by the certificates' own signatures */
  qtls_err alternative; /* by the alternative ones; QTLS_ERR_CERT_ALT_MISSING if there are none */
  bool alternative_present;
  bool primary_pqc;   /* every key on the primary path is ML-DSA */
  size_t at;          /* the certificate where it failed, 0 the leaf */
  size_t path_length; /* leaf and anchor included; 0: no path was found */
  /* The leaf's status: QTLS_OK good, QTLS_ERR_CERT_REVOKED, QTLS_ERR_CERT_STATUS_UNKNOWN
   * when it was not asked or nothing that counts was there. */
  qtls_err status;
} qtls_verify_result;

/*
 * Judge a chain (RFC 5280 §6, Q-TLS §4). The result is QTLS_OK when a verdict
 * was reached, whatever it is; QTLS_ERR_PEM, QTLS_ERR_CERT_PARSE and the like
 * when the inputs cannot be read, QTLS_ERR_CRL_PARSE for the lists, for a log's key also
 * QTLS_ERR_KEY_FORMAT, QTLS_ERR_KEY_UNSUPPORTED and QTLS_ERR_CERT_WEAK. `account`,
 * which may be NULL, gets link by link, algorithm by algorithm what was found.
 */
QTLS_MUST_USE qtls_err qtls_pki_verify(qtls_verify_result *out, char **account, size_t *account_size,
                                       qtls_format format, const qtls_verify_request *request);

#ifdef __cplusplus
}
#endif
#endif
