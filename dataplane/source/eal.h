/* SPDX-License-Identifier: BSD-3-Clause */
/* The arguments that DPDK's environment (EAL) is started with: the operator's, and what they leave open. Knows no DPDK itself. */
#ifndef SIGCANARY_SOURCE_EAL_H
#define SIGCANARY_SOURCE_EAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EAL_WORDS_MAX 128
#define EAL_TEXT_MAX  4096
#define EAL_CPUS_MAX  256

/* What the machine offers. */
struct eal_machine {
	uint64_t free_hugepage_bytes;
	unsigned int cpus[EAL_CPUS_MAX]; /* that this process may run on */
	size_t cpu_count;
	unsigned int process; /* for a name of our own */
};

/* What is wanted. Both lists end with NULL; NULL is an empty list. */
struct eal_request {
	const char *const *configured;   /* from the configuration */
	const char *const *command_line; /* behind "--", after those of the configuration */
	unsigned int workers;
	uint64_t memory_bytes; /* all pools together */
};

struct eal_arguments {
	bool is_without_hugepages;
	int count;
	char *words[EAL_WORDS_MAX + 1]; /* into `text`; the list ends with NULL */
	char text[EAL_TEXT_MAX];
};

void eal_machine_read(struct eal_machine *ret);

/* How many receive queues the named devices will have, as far as their arguments tell; `workers` for a PCI device. */
size_t eal_queues_estimate(const struct eal_request *r);

/* How many devices are named. */
size_t eal_devices_count(const struct eal_request *r);

/* Whether the word that names the device `name` has `what` in its arguments. */
bool eal_device_says(const struct eal_request *r, const char *name, const char *what);

/*
 * The operator's words, and for what they leave open: lcore 0 for control and one per worker, hugepages in memory when the free ones
 * suffice and none otherwise, PCI only when a PCI device is named, a file prefix of our own, warnings and worse. Negative errno and a
 * sentence.
 */
int eal_arguments_make(const struct eal_request *r, const struct eal_machine *m, struct eal_arguments *ret, char *error);

#endif
