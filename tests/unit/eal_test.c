/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/source/eal.c: which arguments DPDK is started with when the operator leaves them open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/source/eal.h"
#include "dataplane/source/source.h"

#define MIB    (UINT64_C(1024) * 1024)
#define NO_LOG "--log-level=error"

static const struct eal_machine bare = { .cpus = { 2, 5 }, .cpu_count = 2, .process = 77 };
static const struct eal_machine with_hugepages = { .free_hugepage_bytes = 256 * MIB, .cpus = { 0 }, .cpu_count = 1, .process = 77 };

/* The arguments in one line. */
static const char *line_of(const struct eal_machine *m, unsigned int workers, const char *const *words)
{
	static struct eal_arguments arguments;
	static char line[1024];
	char error[SOURCE_ERROR_MAX];
	struct eal_request request = { .command_line = words, .workers = workers, .memory_bytes = 100 * MIB };
	size_t used = 0;

	assert_int_equal(eal_arguments_make(&request, m, &arguments, error), 0);
	assert_null(arguments.words[arguments.count]);
	for (int i = 0; i < arguments.count; i++)
		used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s", i > 0 ? " " : "", arguments.words[i]);
	return line;
}

static void a_bare_machine_starts_without_hugepages_and_without_pci(void **state)
{
	(void)state;
	assert_string_equal(line_of(&bare, 2, (const char *[]){ NO_LOG, "--vdev=net_null0", NULL }),
			    "sigcanary --lcores=0@2,1@5,2@2 --no-huge --no-shconf -m100 --no-pci --file-prefix=sigcanary-77 " NO_LOG
			    " --vdev=net_null0");
}

static void free_hugepages_are_taken_in_memory_when_they_suffice(void **state)
{
	(void)state;
	assert_string_equal(line_of(&with_hugepages, 1, (const char *[]){ NO_LOG, NULL }),
			    "sigcanary --lcores=0@0,1@0 --in-memory --no-pci --file-prefix=sigcanary-77 " NO_LOG);
}

static void a_named_pci_device_keeps_pci_in_each_of_its_forms(void **state)
{
	(void)state;
	assert_null(strstr(line_of(&bare, 1, (const char *[]){ "-a0000:01:00.0", NULL }), "--no-pci"));
	assert_null(strstr(line_of(&bare, 1, (const char *[]){ "-a", "0000:01:00.0", NULL }), "--no-pci"));
	assert_null(strstr(line_of(&bare, 1, (const char *[]){ "--allow=0000:01:00.0", NULL }), "--no-pci"));
	assert_non_null(strstr(line_of(&bare, 1, (const char *[]){ "--allow-nothing-of-the-kind", NULL }), "--no-pci"));
}

static void the_words_of_the_operator_are_not_contradicted(void **state)
{
	(void)state;
	assert_string_equal(line_of(&with_hugepages, 1, (const char *[]){ "-l", "0-3", "--no-huge", "--file-prefix", "x", NO_LOG, NULL }),
			    "sigcanary -m100 --no-pci -l 0-3 --no-huge --file-prefix x " NO_LOG);
	assert_string_equal(
		line_of(&bare, 1,
			(const char *[]){ "--lcores=0@1", "--huge-dir=/h", "-m", "64", "--no-pci", "--file-prefix=y", NO_LOG, NULL }),
		"sigcanary --lcores=0@1 --huge-dir=/h -m 64 --no-pci --file-prefix=y " NO_LOG);
	assert_null(strstr(line_of(&bare, 1, (const char *[]){ "-m64", NULL }), "-m100"));
}

static void queues_and_devices_are_counted_from_their_arguments(void **state)
{
	const char *const configured[] = { "--vdev=net_pcap0,rx_pcap=a.pcap,rx_pcap=b.pcap", "--vdev", "net_af_packet0,iface=eth0,qpairs=4",
					   NULL };
	const char *const command_line[] = { "-a", "0000:01:00.0", "--vdev=net_memif1,role=server", NULL };
	const struct eal_request request = { .configured = configured, .command_line = command_line, .workers = 3 };

	(void)state;
	/* 2 files, 4 pairs, one per worker, 1 */
	assert_int_equal(eal_queues_estimate(&request), 2 + 4 + 3 + 1);
	assert_int_equal(eal_devices_count(&request), 4);
	assert_true(eal_device_says(&request, "net_memif1", "role=server"));
	assert_false(eal_device_says(&request, "net_memif", "role=server"));
	assert_false(eal_device_says(&request, "net_pcap0", "role=server"));
}

static void too_many_words_are_refused(void **state)
{
	static struct eal_arguments arguments;
	const char *words[EAL_WORDS_MAX + 1];
	const struct eal_request request = { .command_line = words, .workers = 1 };
	char error[SOURCE_ERROR_MAX] = "";

	(void)state;
	for (size_t i = 0; i < EAL_WORDS_MAX; i++)
		words[i] = "-v";
	words[EAL_WORDS_MAX] = NULL;
	assert_true(eal_arguments_make(&request, &bare, &arguments, error) < 0);
	assert_non_null(strstr(error, "too many"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bare_machine_starts_without_hugepages_and_without_pci),
		cmocka_unit_test(free_hugepages_are_taken_in_memory_when_they_suffice),
		cmocka_unit_test(a_named_pci_device_keeps_pci_in_each_of_its_forms),
		cmocka_unit_test(the_words_of_the_operator_are_not_contradicted),
		cmocka_unit_test(queues_and_devices_are_counted_from_their_arguments),
		cmocka_unit_test(too_many_words_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
