/* Owns memory. Each block carries its size in front, so that it can be wiped
 * on release without the caller naming it. */
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* In front of each block; 16 bytes keep the block aligned for any type. */
typedef union q_block_head {
  size_t size;
  _Alignas(16) uint8_t pad[16];
} q_block_head;

static q_mem_source mem_source = {malloc, free};

void q_mem_set_source(q_mem_source source) {
  mem_source.get = source.get != NULL ? source.get : malloc;
  mem_source.put = source.put != NULL ? source.put : free;
}

void q_wipe(void *p, size_t n) {
  if (p != NULL && n > 0) {
    memset(p, 0, n);
    __asm__ __volatile__("" : : "r"(p) : "memory");
  }
}

void *q_alloc(size_t size) {
  size_t total = 0;
  if (size == 0 || !q_base_add(&total, size, sizeof(q_block_head))) {
    return NULL;
  }
  q_block_head *head = (q_block_head *)mem_source.get(total);
  if (head == NULL) {
    return NULL;
  }
  memset(head, 0, total);
  head->size = size;
  return head + 1;
}

void *q_alloc_copy(const void *src, size_t n) {
  void *block = q_alloc(n);
  if (block != NULL) {
    memcpy(block, src, n);
  }
  return block;
}

void q_free(void *block) {
  if (block == NULL) {
    return;
  }
  q_block_head *head = (q_block_head *)block - 1;
  q_wipe(block, head->size);
  mem_source.put(head);
}
