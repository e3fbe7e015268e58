/*
 * Owns the layout of a configuration: filled by src/api/config*.c, read by the
 * handshake and the connection, never changed once frozen.
 */
#ifndef Q_HANDSHAKE_CONFIG_H
#define Q_HANDSHAKE_CONFIG_H

#include "pki/allow.h"
#include "pki/identity.h"
#include "pki/link_cache.h"
#include "pki/revocation.h"
#include "policy/server_names.h"
#include "qtls/config.h"
#include "wire/ext/pqc_codec.h"

#define Q_IDENTITIES_MAX 64
#define Q_COMPRESSIONS_MAX 3
#define Q_PINS_MAX 64
#define Q_STAPLE_MAX 65527 /* bytes of one OCSP response sent: what the extensions of an entry have room for */

/* A handshake message encoded once when the configuration is frozen. */
typedef struct q_encoded {
  uint8_t *p;
  size_t n;
} q_encoded;

/* Certificate of one identity, with or without its staple. Clones share it. */
typedef struct q_messages {
  uint32_t owners; /* atomic */
  uint8_t tried;   /* bit set of the algorithms that compression was tried with */
  q_encoded certificate;                        /* with its header */
  q_encoded compressed[Q_COMPRESSIONS_MAX + 1]; /* CompressedCertificate, by algorithm; empty: no gain */
} q_messages;

/* An OCSP response that was found good. Clones share it. */
typedef struct q_staple {
  uint32_t owners; /* atomic */
  uint8_t *p;
  size_t n;
  int64_t this_update, next_update; /* next_update 0: not said */
} q_staple;

typedef struct q_configured_identity {
  q_identity *identity;   /* shared by clones, as is all that is pointed at here */
  struct qtls_cert *leaf; /* what the leaf says */
  q_capability capability;
  q_staple *staple;    /* NULL: none */
  q_messages *plain;   /* NULL until frozen */
  q_messages *stapled; /* NULL without a staple */
} q_configured_identity;

/* Which request a connection's client is asked with. */
typedef enum q_request_kind { Q_REQUEST_TLS13, Q_REQUEST_PQC, Q_REQUEST_HYBRID, Q_REQUEST_KINDS } q_request_kind;

struct qtls_config {
  uint32_t owners; /* atomic */
  bool frozen;
  qtls_role role;
  q_settings settings;
  q_configured_identity *ids;
  size_t id_count, id_cap;
  q_server_names names; /* of the identities; views their certificates */
  bool strict_sni;
  bool staple_required;
  q_trust *trust;
  qtls_client_auth client_auth; /* server */
  bool authorities_given;       /* by the application; else those of the trust anchors */
  uint8_t *authorities;         /* DistinguishedNames with their lengths */
  size_t authorities_n;
  q_encoded request[Q_REQUEST_KINDS]; /* extensions of CertificateRequest, with their length; empty: none can be sent */
  bool post_handshake_auth;           /* client */
  q_allow_rule *allow;
  size_t allow_count;
  uint8_t *alpn; /* names with their 1-byte lengths */
  size_t alpn_n;
  uint8_t compressions[Q_COMPRESSIONS_MAX]; /* in order of preference */
  size_t compression_count;
  uint16_t record_size_limit; /* content bytes; 0: not said */
  qtls_record_mode record_mode;
  qtls_padding padding;
  uint16_t padding_block;
  uint32_t update_records;  /* a sending key is changed after so many records, */
  uint64_t update_bytes;    /* bytes of application data (0: any number), */
  uint32_t update_seconds;  /* or seconds (0: any) */
  size_t message_limit;
  qtls_cookie cookie;
  bool grease, middlebox, fallback_scsv, keep_chain;
  bool has_hsm;
  q_hsm_capabilities hsm;
  qtls_keylog_fn keylog;
  void *keylog_user;
  qtls_trace_fn trace;
  void *trace_user;
  q_revocation_mode revocation;
  bool whole_chain, status_jobs;
  struct q_shared_crls *crls; /* what `lists` is made of; NULL: none */
  const q_crl_store *lists;   /* or NULL */
  uint8_t (*pins)[32];        /* NULL: none */
  size_t pin_count;
  struct q_ct_logs *ct_logs; /* or NULL */
  unsigned ct_least;         /* logs that must vouch for a server */
  q_link_cache *links; /* shared by clones; NULL: off */
  bool has_cookie_secret; /* a clone keeps it, so that cookies outlive a reload */
  uint8_t cookie_secret[32]; /* cookie keys of all epochs derive from it */
  char problem[320];
  size_t problem_identity; /* counted from 1; 0: it is about none */
};

#endif
