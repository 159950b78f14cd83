/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory of tables, see memory.h. Called at start and at the end, from any thread.
 *
 * Random places in a table of a gigabyte miss the translation buffer nearly always with pages of 4 KiB: each such miss is a walk through
 * page tables that do not fit the cache either. The advice is only that: without transparent huge pages the table works as well, slower.
 */
#include "dataplane/base/memory.h"

#include <stdint.h>
#include <sys/mman.h>

/* What the kernel is asked for: whole huge pages when there is at least one. */
static size_t whole(size_t size)
{
	return size < MEMORY_HUGE ? size : (size + MEMORY_HUGE - 1) & ~(MEMORY_HUGE - 1);
}

static void *map(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void *memory_take(size_t size)
{
	size_t wanted = whole(size);
	uint8_t *memory;
	size_t before;

	if (size == 0 || wanted < size || wanted > SIZE_MAX - MEMORY_HUGE)
		return NULL;
	if (size < MEMORY_HUGE)
		return map(size);
	/* One huge page more than needed, so that an aligned part lies inside; the rest goes back at once. */
	memory = map(wanted + MEMORY_HUGE);
	if (memory == NULL)
		return NULL;
	before = (size_t)(-(uintptr_t)memory & (MEMORY_HUGE - 1));
	if (before > 0)
		munmap(memory, before);
	munmap(memory + before + wanted, MEMORY_HUGE - before);
	madvise(memory + before, wanted, MADV_HUGEPAGE);
	return memory + before;
}

void memory_give(void *memory, size_t size)
{
	if (memory != NULL)
		munmap(memory, whole(size));
}
