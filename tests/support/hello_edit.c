/* Owns hellos taken apart for tests. */
#include "support/hello_edit.h"

#include <string.h>

#include "unit/unit.h"
#include "wire/header.h"

static hello_edit the_hello;

static void read_vec(q_reader *r, uint8_t *out, size_t cap, size_t *n, bool wide) {
  q_span v = {NULL, 0};
  assert_ok(wide ? q_read_vec16(r, &v, 0, 65535) : q_read_vec8(r, &v, 0, 255));
  assert_true(v.n <= cap);
  if (v.n > 0) {
    memcpy(out, v.p, v.n);
  }
  *n = v.n;
}

static void read_head(hello_edit *h, q_reader *r) {
  if (h->message == Q_MSG_CERTIFICATE_REQUEST) {
    read_vec(r, h->context, sizeof h->context, &h->context_n, false);
  }
  if (h->message != Q_MSG_CLIENT_HELLO && h->message != Q_MSG_SERVER_HELLO) {
    return;
  }
  assert_ok(q_read_u16(r, &h->version));
  assert_ok(q_read_copy(r, h->random, 32));
  read_vec(r, h->session_id, sizeof h->session_id, &h->session_id_n, false);
  if (h->message == Q_MSG_SERVER_HELLO) {
    h->suites_n = 2;
    h->compression_n = 1;
    assert_ok(q_read_copy(r, h->suites, 2));
    assert_ok(q_read_copy(r, h->compression, 1));
    return;
  }
  read_vec(r, h->suites, sizeof h->suites, &h->suites_n, true);
  read_vec(r, h->compression, sizeof h->compression, &h->compression_n, false);
}

hello_edit *edit_open(const peer_message *msg) {
  hello_edit *h = &the_hello;
  q_reader r = q_span_of(msg->p, msg->n);
  q_span body = {NULL, 0};
  memset(h, 0, sizeof *h);
  assert_ok(q_read_u8(&r, &h->message));
  assert_ok(q_read_vec24(&r, &body, 0, 0xFFFFFF));
  read_head(h, &body);
  q_reader list = {NULL, 0};
  assert_ok(q_read_vec16(&body, &list, 0, 65535));
  assert_int_equal(body.n, 0);
  while (list.n > 0) {
    edit_extension *e = &h->ext[h->count++];
    assert_ok(q_read_u16(&list, &e->type));
    read_vec(&list, e->body, sizeof e->body, &e->n, true);
  }
  return h;
}

void edit_close(const hello_edit *h, peer_message *msg) {
  static uint8_t buf[PEER_MESSAGE_MAX];
  q_writer w;
  q_writer_init(&w, buf, sizeof buf);
  q_mark message = q_wire_message_open(&w, (q_msg_type)h->message);
  if (h->message == Q_MSG_CERTIFICATE_REQUEST) {
    q_write_vec(&w, 1, q_span_of(h->context, h->context_n));
  }
  if (h->message == Q_MSG_CLIENT_HELLO || h->message == Q_MSG_SERVER_HELLO) {
    bool client = h->message == Q_MSG_CLIENT_HELLO;
    q_write_u16(&w, h->version);
    q_write_bytes(&w, q_span_of(h->random, 32));
    q_write_vec(&w, 1, q_span_of(h->session_id, h->session_id_n));
    if (client) {
      q_write_u16(&w, (uint16_t)h->suites_n);
    }
    q_write_bytes(&w, q_span_of(h->suites, h->suites_n));
    if (client) {
      q_write_u8(&w, (uint8_t)h->compression_n);
    }
    q_write_bytes(&w, q_span_of(h->compression, h->compression_n));
  }
  q_mark list = q_write_open(&w, 2);
  for (size_t i = 0; i < h->count; i++) {
    q_write_u16(&w, h->ext[i].type);
    q_write_vec(&w, 2, q_span_of(h->ext[i].body, h->ext[i].n));
  }
  q_write_close(&w, list);
  q_write_close(&w, message);
  size_t n = 0;
  assert_ok(q_writer_end(&w, &n));
  memcpy(msg->p, buf, n);
  msg->n = n;
}

edit_extension *edit_find(hello_edit *h, uint16_t type) {
  for (size_t i = 0; i < h->count; i++) {
    if (h->ext[i].type == type) {
      return &h->ext[i];
    }
  }
  return NULL;
}

edit_extension *edit_get(hello_edit *h, uint16_t type) {
  edit_extension *e = edit_find(h, type);
  assert_non_null(e);
  return e;
}

void edit_drop(hello_edit *h, uint16_t type) {
  edit_extension *e = edit_get(h, type);
  size_t at = (size_t)(e - h->ext);
  memmove(e, e + 1, (h->count - at - 1) * sizeof *e);
  h->count--;
}

void edit_set(hello_edit *h, uint16_t type, const void *body, size_t n) {
  edit_extension *e = edit_get(h, type);
  assert_true(n <= EDIT_BODY);
  if (n > 0) {
    memcpy(e->body, body, n);
  }
  e->n = n;
}

void edit_add(hello_edit *h, uint16_t type, const void *body, size_t n) {
  assert_true(h->count < EDIT_EXTENSIONS && n <= EDIT_BODY);
  edit_extension *e = &h->ext[h->count++];
  e->type = type;
  if (n > 0) {
    memcpy(e->body, body, n);
  }
  e->n = n;
}

uint8_t *edit_share(hello_edit *h, uint16_t group, size_t *n) {
  edit_extension *e = edit_get(h, Q_EXT_KEY_SHARE);
  size_t at = h->message == Q_MSG_CLIENT_HELLO ? 2 : 0;
  while (at + 4 <= e->n) {
    uint16_t code = (uint16_t)((e->body[at] << 8) | e->body[at + 1]);
    *n = ((size_t)e->body[at + 2] << 8) | e->body[at + 3];
    if (code == group) {
      return e->body + at + 4;
    }
    at += 4 + *n;
  }
  assert_true(false);
  return NULL;
}

void edit_share_resize(hello_edit *h, uint16_t group, int by) {
  size_t n = 0;
  edit_extension *e = edit_get(h, Q_EXT_KEY_SHARE);
  uint8_t *data = edit_share(h, group, &n);
  size_t fresh = (size_t)((int)n + by);
  size_t rest = e->n - (size_t)(data - e->body) - n;
  memmove(data + fresh, data + n, rest);
  if (fresh > n) {
    memset(data + n, 0x5A, fresh - n);
  }
  data[-2] = (uint8_t)(fresh >> 8);
  data[-1] = (uint8_t)fresh;
  e->n = (size_t)((int)e->n + by);
  if (h->message == Q_MSG_CLIENT_HELLO) {
    e->body[0] = (uint8_t)((e->n - 2) >> 8);
    e->body[1] = (uint8_t)(e->n - 2);
  }
}
