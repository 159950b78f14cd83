/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory of tables: taken at start in the size of their limit, zero, and backed by the kernel only where it is touched. So a large limit
 * costs nothing until it is used, and a table that is used gets pages of 2 MiB where the kernel has them to give.
 */
#ifndef SIGCANARY_BASE_MEMORY_H
#define SIGCANARY_BASE_MEMORY_H

#include <stddef.h>

/* `size` zero bytes, aligned to a page, from MEMORY_HUGE on to MEMORY_HUGE; NULL when there are none. memory_give() with the same size. */
#define MEMORY_HUGE ((size_t)2 << 20)
void *memory_take(size_t size);
/* NULL is allowed. */
void memory_give(void *memory, size_t size);

#endif
