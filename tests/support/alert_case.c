/* Owns the running of alert rows. */
#include "support/alert_case.h"

#include <string.h>

static struct {
  const char *kind;
  pki *made;
} hierarchies[8];

const pki *case_pki(const char *kind) {
  size_t i = 0;
  while (i < Q_COUNT(hierarchies) && hierarchies[i].made != NULL && strcmp(hierarchies[i].kind, kind) != 0) {
    i++;
  }
  assert_true(i < Q_COUNT(hierarchies));
  if (hierarchies[i].made == NULL) {
    hierarchies[i].kind = kind;
    hierarchies[i].made = pki_make(kind, NULL);
  }
  return hierarchies[i].made;
}

int case_teardown(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(hierarchies); i++) {
    pki_free(hierarchies[i].made);
    hierarchies[i].made = NULL;
  }
  return 0;
}

peer_options case_options(case_kind kind) {
  peer_options o;
  memset(&o, 0, sizeof o);
  switch (kind) {
    case CASE_QTLS:
      o.identity = case_pki("hybrid-p384-mldsa65");
      break;
    case CASE_QTLS_PQC:
      o.identity = case_pki("mldsa65");
      o.client.suites = o.server.suites = "qtls-pqc";
      o.client.policy = o.server.policy = QTLS_POLICY_require_pqc;
      break;
    case CASE_QTLS_RETRY:
      o.identity = case_pki("hybrid-p384-mldsa65");
      o.server.groups = "kyber768:x25519";
      break;
    case CASE_TLS13:
      o.identity = case_pki("p256");
      o.client.versions = o.server.versions = "tls1.3";
      break;
    case CASE_TLS13_MLDSA:
      o.identity = case_pki("mldsa65");
      o.client.versions = o.server.versions = "tls1.3";
      break;
    case CASE_TLS13_RETRY:
      o.identity = case_pki("p256");
      o.client.versions = o.server.versions = "tls1.3";
      o.client.floor = o.server.floor = QTLS_FLOOR_classical;
      o.server.groups = "secp384r1";
      break;
  }
  return o;
}

static void edit(peer *p, bool from_client, uint8_t type, size_t nth, peer_message *msg) {
  const alert_case *row = p->context;
  if (from_client != row->from_client || type != row->message || nth != row->nth) {
    return;
  }
  if (row->hello != NULL) {
    hello_edit *h = edit_open(msg);
    row->hello(h, row);
    edit_close(h, msg);
  }
  if (row->raw != NULL) {
    row->raw(p, msg, row);
  }
}

static void run_one(const alert_case *row) {
  peer p;
  peer_options o = case_options(row->kind);
  if (row->options != NULL) {
    row->options(&o, row);
  }
  if (row->act != NULL) {
    peer_connect(&p, &o);
    row->act(&p, row);
  } else {
    peer_start(&p, &o);
    p.edit = edit;
    p.context = row;
    if (row->before != NULL) {
      row->before(&p, row);
    }
  }
  peer_run(&p);
  peer_check(&p, row->what, row->at_client, row->err, row->alert == 0 ? QTLS_ALERT_none : row->alert, row->name);
  peer_stop(&p);
}

void case_run(const alert_case *rows, size_t count) {
  for (size_t i = 0; i < count; i++) {
    run_one(&rows[i]);
  }
}
