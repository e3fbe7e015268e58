/*
 * Owns the memory that the compression libraries are given: q_alloc's blocks,
 * counted. Must not know the libraries.
 */
#include "handshake/compress_parts.h"

/* In front of each block, so that its size is known when it comes back. */
typedef union q_counted_head {
  size_t size;
  _Alignas(16) uint8_t pad[16];
} q_counted_head;

void *q_handshake_compress_take(void *memory, size_t size) {
  q_compress_memory *m = memory;
  size_t total = 0;
  if (!q_base_add(&total, size, sizeof(q_counted_head)) || total > m->left) {
    m->failed = QTLS_ERR_CERT_COMPRESSION;
    return NULL;
  }
  q_counted_head *head = q_alloc(total);
  if (head == NULL) {
    m->failed = QTLS_ERR_NO_MEMORY;
    return NULL;
  }
  m->left -= total;
  head->size = total;
  return head + 1;
}

void q_handshake_compress_give(void *memory, void *block) {
  if (block == NULL) {
    return;
  }
  q_compress_memory *m = memory;
  q_counted_head *head = (q_counted_head *)block - 1;
  m->left += head->size;
  q_free(head);
}
