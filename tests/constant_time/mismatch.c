/* Owns handshakes with one wrong byte where a secret is compared. */
#include "constant_time/mismatch.h"

#include "constant_time/ct.h"
#include "support/alert_case.h"

#define MAC_SIZE 32

typedef struct wrong {
  bool from_client;
  uint8_t message;
  size_t nth, at;
  bool done;
} wrong;

static void spoil(peer *p, bool from_client, uint8_t type, size_t nth, peer_message *msg) {
  wrong *w = (wrong *)(uintptr_t)p->context;
  if (from_client != w->from_client || type != w->message || nth != w->nth) {
    return;
  }
  if (type == Q_MSG_FINISHED) {
    msg->p[Q_MSG_HEADER + w->at] ^= 0x10;
  } else {
    hello_edit *h = edit_open(msg);
    edit_extension *cookie = edit_get(h, Q_EXT_COOKIE);
    cookie->body[cookie->n - MAC_SIZE + w->at] ^= 0x10;
    edit_close(h, msg);
  }
  w->done = true;
}

/* Up to the mismatch, its alert, and the end of both sides. */
static bool finds(const peer_options *o, wrong *w, qtls_err expected) {
  peer p;
  qtls_error found;
  qtls_error told;
  peer_start(&p, o);
  ct_secret(p.f.server.config->cookie_secret, sizeof p.f.server.config->cookie_secret);
  p.edit = spoil;
  p.context = w;
  peer_run(&p);
  qtls_conn_error(peer_conn(&p, !w->from_client), &found);
  qtls_conn_error(peer_conn(&p, w->from_client), &told);
  bool right = w->done && found.err == expected && told.err == QTLS_ERR_ALERT_RECEIVED && told.alert == found.alert;
  peer_stop(&p);
  return right;
}

bool ct_mismatch_finished(bool from_client, size_t at) {
  peer_options o = case_options(CASE_QTLS);
  wrong w = {from_client, Q_MSG_FINISHED, 0, at, false};
  return finds(&o, &w, QTLS_ERR_FINISHED);
}

bool ct_mismatch_cookie(size_t at) {
  peer_options o = case_options(CASE_QTLS_RETRY);
  o.server.cookie = QTLS_COOKIE_always;
  wrong w = {true, Q_MSG_CLIENT_HELLO, 1, at, false};
  return finds(&o, &w, QTLS_ERR_COOKIE);
}

void ct_mismatch_free(void) { (void)case_teardown(NULL); }
