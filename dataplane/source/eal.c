/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What DPDK's environment is started with, so that `sigcanary run -- --vdev=...` works on a bare machine: no hugepages, no network card,
 * any user. Every word of the operator stands; only what they do not mention is filled in.
 *
 * Called once by dpdk.c on the control thread before EAL starts. Words are recognised in the three forms that getopt_long takes
 * (--name=value, --name value, -xvalue), not in abbreviations: an abbreviated option counts as not mentioned.
 * EAL refuses --in-memory together with --no-huge, so exactly one of the two is added, and none beside a choice of the operator.
 */
#include "dataplane/source/eal.h"

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dataplane/source/source.h"

#define HUGEPAGE_FOLDER "/sys/kernel/mm/hugepages"
#define MIB             (UINT64_C(1024) * 1024)

/* What an option is about, as a set of bits. */
enum topic {
	TOPIC_LCORES = 1 << 0,
	TOPIC_MEMORY_KIND = 1 << 1,
	TOPIC_MEMORY_SIZE = 1 << 2,
	TOPIC_WITHOUT_HUGEPAGES = 1 << 3,
	TOPIC_PCI = 1 << 4,
	TOPIC_PREFIX = 1 << 5,
	TOPIC_LOG = 1 << 6,
	TOPIC_VIRTUAL_DEVICE = 1 << 7,
	TOPIC_PCI_DEVICE = 1 << 8,
};

/* DPDK 22.11, "EAL parameters". */
static const struct option_row {
	const char *name;
	unsigned int topics;
} option_rows[] = {
	{ "-c", TOPIC_LCORES },
	{ "-l", TOPIC_LCORES },
	{ "--lcores", TOPIC_LCORES },
	{ "--in-memory", TOPIC_MEMORY_KIND },
	{ "--no-huge", TOPIC_MEMORY_KIND | TOPIC_WITHOUT_HUGEPAGES },
	{ "--huge-dir", TOPIC_MEMORY_KIND },
	{ "--legacy-mem", TOPIC_MEMORY_KIND },
	{ "--proc-type", TOPIC_MEMORY_KIND },
	{ "--socket-mem", TOPIC_MEMORY_SIZE | TOPIC_MEMORY_KIND },
	{ "-m", TOPIC_MEMORY_SIZE },
	{ "-a", TOPIC_PCI | TOPIC_PCI_DEVICE },
	{ "--allow", TOPIC_PCI | TOPIC_PCI_DEVICE },
	{ "-b", TOPIC_PCI },
	{ "--block", TOPIC_PCI },
	{ "--no-pci", TOPIC_PCI },
	{ "--file-prefix", TOPIC_PREFIX },
	{ "--log-level", TOPIC_LOG },
	{ "--vdev", TOPIC_VIRTUAL_DEVICE },
};

/* Device arguments that give a virtual device more than one receive queue: counted, or with the number of queues. */
static const struct queue_row {
	const char *key;
	bool is_counted;
} queue_rows[] = {
	{ "rx_pcap=", true }, { "rx_iface=", true },     { "rx_iface_in=", true },
	{ "qpairs=", false }, { "queue_count=", false }, { "queues=", false },
};

static unsigned int word_topics(const char *word)
{
	for (size_t i = 0; i < sizeof(option_rows) / sizeof(option_rows[0]); i++) {
		const struct option_row *row = &option_rows[i];
		size_t length = strlen(row->name);
		bool is_long = row->name[1] == '-';

		if (strncmp(word, row->name, length) == 0 && (!is_long || word[length] == '\0' || word[length] == '='))
			return row->topics;
	}
	return 0;
}

static unsigned int list_topics(const char *const *list)
{
	unsigned int topics = 0;

	for (size_t i = 0; list != NULL && list[i] != NULL; i++)
		topics |= word_topics(list[i]);
	return topics;
}

/* Queues of one virtual device by its arguments. */
static size_t device_queues(const char *arguments)
{
	size_t queues = 0;

	for (size_t i = 0; i < sizeof(queue_rows) / sizeof(queue_rows[0]); i++) {
		size_t length = strlen(queue_rows[i].key);

		for (const char *at = strstr(arguments, queue_rows[i].key); at != NULL; at = strstr(at + length, queue_rows[i].key))
			queues += queue_rows[i].is_counted ? 1 : strtoul(at + length, NULL, 10);
	}
	return queues > 0 && queues <= UINT16_MAX ? queues : 1;
}

static size_t list_queues(const char *const *list, unsigned int workers)
{
	size_t queues = 0;

	for (size_t i = 0; list != NULL && list[i] != NULL; i++) {
		unsigned int topics = word_topics(list[i]);
		const char *value = strchr(list[i], '=');

		if ((topics & TOPIC_PCI_DEVICE) != 0)
			queues += workers;
		if ((topics & TOPIC_VIRTUAL_DEVICE) == 0)
			continue;
		/* --vdev value: the arguments are the next word. */
		if (value == NULL)
			value = list[i + 1];
		queues += value != NULL ? device_queues(value) : 0;
	}
	return queues;
}

size_t eal_queues_estimate(const struct eal_request *r)
{
	unsigned int workers = r->workers > 0 ? r->workers : 1;

	return list_queues(r->configured, workers) + list_queues(r->command_line, workers);
}

static size_t list_devices(const char *const *list)
{
	size_t devices = 0;

	for (size_t i = 0; list != NULL && list[i] != NULL; i++)
		devices += (word_topics(list[i]) & (TOPIC_PCI_DEVICE | TOPIC_VIRTUAL_DEVICE)) != 0;
	return devices;
}

size_t eal_devices_count(const struct eal_request *r)
{
	return list_devices(r->configured) + list_devices(r->command_line);
}

static bool list_says(const char *const *list, const char *name, const char *what)
{
	for (size_t i = 0; list != NULL && list[i] != NULL; i++) {
		const char *at = strstr(list[i], name);

		/* net_memif1 is not net_memif10. */
		if (at != NULL && (at[strlen(name)] == ',' || at[strlen(name)] == '\0') && strstr(at, what) != NULL)
			return true;
	}
	return false;
}

bool eal_device_says(const struct eal_request *r, const char *name, const char *what)
{
	return list_says(r->configured, name, what) || list_says(r->command_line, name, what);
}

static uint64_t hugepage_bytes(const char *folder)
{
	char path[512];
	uint64_t pages = 0;
	uint64_t size_kb;
	FILE *file;

	if (strncmp(folder, "hugepages-", strlen("hugepages-")) != 0)
		return 0;
	size_kb = strtoull(folder + strlen("hugepages-"), NULL, 10);
	snprintf(path, sizeof(path), HUGEPAGE_FOLDER "/%.255s/free_hugepages", folder);
	file = fopen(path, "re");
	if (file == NULL)
		return 0;
	if (fscanf(file, "%lu", &pages) != 1)
		pages = 0;
	fclose(file);
	return pages * size_kb * 1024;
}

void eal_machine_read(struct eal_machine *ret)
{
	DIR *folder = opendir(HUGEPAGE_FOLDER);
	cpu_set_t allowed;

	*ret = (struct eal_machine){ .process = (unsigned int)getpid() };
	for (const struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;)
		ret->free_hugepage_bytes += hugepage_bytes(entry->d_name);
	if (folder != NULL)
		closedir(folder);
	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		return;
	for (unsigned int cpu = 0; cpu < CPU_SETSIZE && ret->cpu_count < EAL_CPUS_MAX; cpu++)
		if (CPU_ISSET(cpu, &allowed))
			ret->cpus[ret->cpu_count++] = cpu;
}

/* The list at work: bounded in words and in text. */
struct list {
	struct eal_arguments *to;
	size_t used;
	bool is_full;
};

__attribute__((format(printf, 2, 3))) static void word_add(struct list *l, const char *format, ...)
{
	char *at = l->to->text + l->used;
	size_t room = EAL_TEXT_MAX - l->used;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(at, room, format, arguments);
	va_end(arguments);
	if (length < 0 || (size_t)length >= room || l->to->count == EAL_WORDS_MAX) {
		l->is_full = true;
		return;
	}
	l->to->words[l->to->count++] = at;
	l->used += (size_t)length + 1;
}

/* "--lcores=0@2,1@3,2@2": control first, then the workers; with more of them than CPUs they share. */
static void lcores_add(struct list *l, const struct eal_machine *m, unsigned int workers)
{
	char text[EAL_TEXT_MAX] = "";
	size_t used = 0;

	for (unsigned int i = 0; i <= workers && m->cpu_count > 0 && used < sizeof(text); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%u@%u", i > 0 ? "," : "", i, m->cpus[i % m->cpu_count]);
	if (used >= sizeof(text))
		l->is_full = true;
	else if (used > 0)
		word_add(l, "--lcores=%s", text);
}

static void memory_add(struct list *l, const struct eal_request *r, const struct eal_machine *m, unsigned int topics)
{
	bool is_without = (topics & TOPIC_WITHOUT_HUGEPAGES) != 0;

	if ((topics & TOPIC_MEMORY_KIND) == 0) {
		is_without = m->free_hugepage_bytes < r->memory_bytes;
		word_add(l, is_without ? "--no-huge" : "--in-memory");
		/* In memory leaves no files behind; nor shall the other way. */
		if (is_without)
			word_add(l, "--no-shconf");
	}
	if (is_without && (topics & TOPIC_MEMORY_SIZE) == 0)
		word_add(l, "-m%lu", (r->memory_bytes + MIB - 1) / MIB);
	l->to->is_without_hugepages = is_without;
}

int eal_arguments_make(const struct eal_request *r, const struct eal_machine *m, struct eal_arguments *ret, char *error)
{
	unsigned int topics = list_topics(r->configured) | list_topics(r->command_line);
	struct list l = { .to = ret };

	ret->count = 0;
	word_add(&l, "sigcanary");
	if ((topics & TOPIC_LCORES) == 0)
		lcores_add(&l, m, r->workers > 0 ? r->workers : 1);
	memory_add(&l, r, m, topics);
	if ((topics & TOPIC_PCI) == 0)
		word_add(&l, "--no-pci");
	if ((topics & TOPIC_PREFIX) == 0)
		word_add(&l, "--file-prefix=sigcanary-%u", m->process);
	if ((topics & TOPIC_LOG) == 0) {
		word_add(&l, "--log-level=warning");
		word_add(&l, "--log-level=lib.telemetry:error"); /* warns of nothing at every start */
	}
	for (size_t i = 0; r->configured != NULL && r->configured[i] != NULL; i++)
		word_add(&l, "%s", r->configured[i]);
	for (size_t i = 0; r->command_line != NULL && r->command_line[i] != NULL; i++)
		word_add(&l, "%s", r->command_line[i]);
	ret->words[ret->count] = NULL;
	if (!l.is_full)
		return 0;
	snprintf(error, SOURCE_ERROR_MAX, "the DPDK arguments are too many: at most %d words and %d bytes together", EAL_WORDS_MAX,
		 EAL_TEXT_MAX);
	return -E2BIG;
}
