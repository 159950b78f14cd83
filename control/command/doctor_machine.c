/* SPDX-License-Identifier: BSD-3-Clause */
/* What `sigcanary doctor` asks of memory, network devices and cores, see doctor.h: all from files below /proc and /sys. */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/command/doctor.h"

#define HUGE_MIB_WANTED 1024.0
#define PORTS_MAX       32

/* The value of a line "name:   value" of a file such as /proc/meminfo; `preset` when there is none. */
static double line_number(const struct doctor *d, const char *path, const char *name, double preset)
{
	char whole[PATH_MAX];
	char line[8192];
	double number = preset;
	FILE *in;

	snprintf(whole, sizeof(whole), "%s%s", d->root, path);
	in = fopen(whole, "re");
	while (in != NULL && fgets(line, sizeof(line), in) != NULL) {
		size_t length = strlen(name);

		if (strncmp(line, name, length) == 0 && line[length] == ':') {
			number = strtod(line + length + 1, NULL);
			break;
		}
	}
	if (in != NULL)
		fclose(in);
	return number;
}

/* Whether a line of the file has this word. */
static bool has_word(const struct doctor *d, const char *path, const char *word)
{
	char whole[PATH_MAX];
	char line[8192];
	bool is_found = false;
	FILE *in;

	snprintf(whole, sizeof(whole), "%s%s", d->root, path);
	in = fopen(whole, "re");
	while (in != NULL && !is_found && fgets(line, sizeof(line), in) != NULL) {
		char *rest = NULL;

		for (char *w = strtok_r(line, " \t\n", &rest); w != NULL && !is_found; w = strtok_r(NULL, " \t\n", &rest))
			is_found = strcmp(w, word) == 0;
	}
	if (in != NULL)
		fclose(in);
	return is_found;
}

void doctor_memory(struct doctor *d)
{
	double page_mib = line_number(d, "/proc/meminfo", "Hugepagesize", 2048) / 1024;
	double total = line_number(d, "/proc/meminfo", "HugePages_Total", 0);
	double free_pages = line_number(d, "/proc/meminfo", "HugePages_Free", 0);
	double available_mib = line_number(d, "/proc/meminfo", "MemAvailable", 0) / 1024;
	/* Whoever listens by libpcap needs none. */
	bool has_interface = d->plan != NULL && d->plan->interface != NULL;
	struct doctor_finding *f;

	f = doctor_find(d, "huge pages",
			free_pages * page_mib >= HUGE_MIB_WANTED ? DOCTOR_GOOD
			: total > 0 || has_interface             ? DOCTOR_NOTE
								 : DOCTOR_WRONG);
	snprintf(f->words, sizeof(f->words), "%.0f pages of %.0f MiB, %.0f of them free; DPDK ports take about %.0f MiB%s", total, page_mib,
		 free_pages, HUGE_MIB_WANTED, total > 0 ? "" : ", and start without only with --no-huge, slower");
	if (f->state != DOCTOR_GOOD)
		snprintf(f->mend, sizeof(f->mend), "sysctl -w vm.nr_hugepages=%.0f",
			 total - free_pages + HUGE_MIB_WANTED / (page_mib > 0 ? page_mib : 2));
	if (f->state != DOCTOR_GOOD && available_mib < HUGE_MIB_WANTED)
		snprintf(f->words + strlen(f->words), sizeof(f->words) - strlen(f->words), "; only %.0f MiB of memory are available",
			 available_mib);
	f = doctor_find(d, "hugetlbfs",
			has_word(d, "/proc/mounts", "hugetlbfs") ? DOCTOR_GOOD
			: has_interface                          ? DOCTOR_NOTE
								 : DOCTOR_WRONG);
	snprintf(f->words, sizeof(f->words), f->state == DOCTOR_GOOD ? "is mounted" : "is not mounted, so DPDK does not find huge pages");
	if (f->state != DOCTOR_GOOD)
		snprintf(f->mend, sizeof(f->mend), "mkdir -p /dev/hugepages && mount -t hugetlbfs none /dev/hugepages");
}

struct port {
	char address[32]; /* PCI */
	char driver[64];  /* "" without */
	char interface[64];
	int node; /* NUMA; -1 unknown */
};

/* The first entry of a folder whose name begins so, "" when there is none. */
static void entry_find(const struct doctor *d, const char *path, const char *beginning, char ret[64])
{
	char whole[PATH_MAX];
	DIR *folder;

	ret[0] = '\0';
	snprintf(whole, sizeof(whole), "%s%s", d->root, path);
	folder = opendir(whole);
	for (struct dirent *e = folder != NULL ? readdir(folder) : NULL; e != NULL; e = readdir(folder)) {
		if (e->d_name[0] != '.' && strncmp(e->d_name, beginning, strlen(beginning)) == 0)
			snprintf(ret, 64, "%.63s", e->d_name);
	}
	if (folder != NULL)
		closedir(folder);
}

static bool port_read(const struct doctor *d, const char *address, struct port *p)
{
	char path[256];
	char class[32];
	char inner[64];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%.31s/class", address);
	if (!doctor_text(d, path, class, sizeof(class)) || strncmp(class, "0x02", 4) != 0)
		return false;
	*p = (struct port){ .node = -1 };
	snprintf(p->address, sizeof(p->address), "%.31s", address);
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%.31s/driver", address);
	doctor_link(d, path, p->driver, sizeof(p->driver));
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%.31s/numa_node", address);
	p->node = (int)doctor_number(d, path, -1);
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%.31s/net", address);
	entry_find(d, path, "", p->interface);
	if (p->interface[0] != '\0')
		return true;
	/* Those of virtio stand one folder deeper. */
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%.31s", address);
	entry_find(d, path, "virtio", inner);
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%.31s/%.63s/net", address, inner);
	if (inner[0] != '\0')
		entry_find(d, path, "", p->interface);
	return true;
}

static int by_address(const void *a, const void *b)
{
	return strcmp(((const struct port *)a)->address, ((const struct port *)b)->address);
}

static size_t ports_read(const struct doctor *d, struct port ports[PORTS_MAX])
{
	char whole[PATH_MAX];
	size_t count = 0;
	DIR *folder;

	snprintf(whole, sizeof(whole), "%s/sys/bus/pci/devices", d->root);
	folder = opendir(whole);
	for (struct dirent *e = folder != NULL ? readdir(folder) : NULL; e != NULL && count < PORTS_MAX; e = readdir(folder))
		count += e->d_name[0] != '.' && port_read(d, e->d_name, &ports[count]);
	if (folder != NULL)
		closedir(folder);
	qsort(ports, count, sizeof(ports[0]), by_address);
	return count;
}

/* Whoever is bound to such a driver is DPDK's. Those of NVIDIA are used by both at once. */
static bool is_for_dpdk(const char *driver)
{
	static const char *const drivers[] = { "vfio-pci", "igb_uio", "uio_pci_generic", "mlx5_core", "mlx4_core" };

	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
		if (strcmp(driver, drivers[i]) == 0)
			return true;
	}
	return false;
}

/* Whether the machine is reached over it: the default route. */
static bool is_the_way_out(const struct doctor *d, const char *interface)
{
	char whole[PATH_MAX];
	char line[512];
	bool is_it = false;
	FILE *in;

	snprintf(whole, sizeof(whole), "%s/proc/net/route", d->root);
	in = fopen(whole, "re");
	while (in != NULL && fgets(line, sizeof(line), in) != NULL) {
		char name[64];
		char destination[16];

		if (sscanf(line, "%63s %15s", name, destination) == 2 && strcmp(name, interface) == 0 &&
		    strcmp(destination, "00000000") == 0)
			is_it = true;
	}
	if (in != NULL)
		fclose(in);
	return is_it;
}

static void port_tell(struct doctor *d, const struct port *p)
{
	bool is_ready = is_for_dpdk(p->driver);
	bool is_out = p->interface[0] != '\0' && is_the_way_out(d, p->interface);
	struct doctor_finding *f = doctor_find(d, "port", is_ready || is_out ? DOCTOR_GOOD : DOCTOR_NOTE);

	snprintf(f->words, sizeof(f->words), "%.31s%s%.63s, driver %.63s%s", p->address, p->interface[0] != '\0' ? " " : "", p->interface,
		 p->driver[0] != '\0' ? p->driver : "none",
		 is_ready ? ": ready for DPDK"
		 : is_out ? ": this machine is reached over it, leave it to the kernel"
			  : ": the kernel's; a tap that comes here is read by DPDK after");
	if (f->state == DOCTOR_NOTE)
		snprintf(f->mend, sizeof(f->mend), "%s%.63s%sdpdk-devbind.py -b vfio-pci %.31s",
			 p->interface[0] != '\0' ? "ip link set " : "", p->interface, p->interface[0] != '\0' ? " down; " : "", p->address);
}

static bool has_iommu(const struct doctor *d)
{
	char whole[PATH_MAX];
	DIR *folder;
	bool has = false;

	snprintf(whole, sizeof(whole), "%s/sys/kernel/iommu_groups", d->root);
	folder = opendir(whole);
	for (struct dirent *e = folder != NULL ? readdir(folder) : NULL; e != NULL; e = readdir(folder))
		has = has || e->d_name[0] != '.';
	if (folder != NULL)
		closedir(folder);
	return has;
}

static void vfio_tell(struct doctor *d)
{
	char text[8] = "";
	bool is_loaded = doctor_is_there(d, "/sys/bus/pci/drivers/vfio-pci");
	struct doctor_finding *f = doctor_find(d, "vfio", is_loaded ? DOCTOR_GOOD : DOCTOR_NOTE);

	snprintf(f->words, sizeof(f->words),
		 is_loaded ? "the driver vfio-pci is there"
			   : "the driver vfio-pci is not loaded; ports of Intel, Broadcom and others need it");
	if (!is_loaded)
		snprintf(f->mend, sizeof(f->mend), "modprobe vfio-pci && echo vfio-pci >/etc/modules-load.d/vfio-pci.conf");
	doctor_text(d, "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode", text, sizeof(text));
	f = doctor_find(d, "IOMMU", has_iommu(d) || text[0] == 'Y' ? DOCTOR_GOOD : DOCTOR_NOTE);
	snprintf(f->words, sizeof(f->words), "%s",
		 has_iommu(d) ? "is on"
		 : text[0] == 'Y'
			 ? "is off, and vfio was told to do without"
			 : "is off: vfio-pci takes no port; switch it on in the firmware and on the kernel's command line, or do without");
	if (f->state != DOCTOR_GOOD)
		snprintf(f->mend, sizeof(f->mend),
			 "add 'intel_iommu=on iommu=pt' to GRUB_CMDLINE_LINUX && update-grub, or: modprobe vfio "
			 "enable_unsafe_noiommu_mode=1");
}

/* Huge pages have to be where the ports are. */
static void numa_tell(struct doctor *d, const struct port *ports, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char path[128];
		struct doctor_finding *f;
		double pages;

		if (ports[i].node < 0 || !is_for_dpdk(ports[i].driver))
			continue;
		snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/hugepages/hugepages-2048kB/nr_hugepages", ports[i].node);
		pages = doctor_number(d, path, -1);
		f = doctor_find(d, "NUMA", pages == 0 ? DOCTOR_NOTE : DOCTOR_GOOD);
		snprintf(f->words, sizeof(f->words), "%.31s is at node %d%s", ports[i].address, ports[i].node,
			 pages == 0 ? ", where there are no huge pages of 2 MiB" : "; give it lcores of that node (lscpu -e)");
		if (pages == 0)
			snprintf(f->mend, sizeof(f->mend), "echo 512 >%.127s", path);
	}
}

void doctor_ports(struct doctor *d)
{
	struct port ports[PORTS_MAX];
	size_t count = ports_read(d, ports);

	for (size_t i = 0; i < count; i++)
		port_tell(d, &ports[i]);
	if (count == 0)
		snprintf(doctor_find(d, "port", DOCTOR_NOTE)->words, DOCTOR_TEXT_MAX,
			 "no network device on PCI: a virtual machine or container without one reads kernel interfaces (run --iface)");
	else
		vfio_tell(d);
	numa_tell(d, ports, count);
}

static void isolation_tell(struct doctor *d)
{
	char isolated[256];
	struct doctor_finding *f;

	doctor_text(d, "/sys/devices/system/cpu/isolated", isolated, sizeof(isolated));
	f = doctor_find(d, "isolation", isolated[0] != '\0' ? DOCTOR_GOOD : DOCTOR_NOTE);
	if (isolated[0] != '\0') {
		snprintf(f->words, sizeof(f->words), "cores %s are the probe's alone", isolated);
		return;
	}
	snprintf(f->words, sizeof(f->words),
		 "no core is kept free of other work: workers are interrupted, and packets are lost at full load");
	snprintf(f->mend, sizeof(f->mend),
		 "add 'isolcpus=LIST nohz_full=LIST rcu_nocbs=LIST', LIST being the workers' lcores such as 2-5, to GRUB_CMDLINE_LINUX && "
		 "update-grub");
}

void doctor_cores(struct doctor *d)
{
	bool has_ssse3 = has_word(d, "/proc/cpuinfo", "ssse3");
	bool has_avx2 = has_word(d, "/proc/cpuinfo", "avx2");
	struct doctor_finding *f = doctor_find(d, "instructions", !has_ssse3 ? DOCTOR_WRONG : has_avx2 ? DOCTOR_GOOD : DOCTOR_NOTE);
	char governor[64];

	snprintf(f->words, sizeof(f->words), "%s",
		 !has_ssse3 ? "no SSSE3, which Hyperscan needs; in a virtual machine pass the host's processor through (-cpu host)"
		 : has_avx2 ? "SSSE3 and AVX2"
			    : "no AVX2: watch lists and expressions are searched slower");
	isolation_tell(d);
	if (!doctor_text(d, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", governor, sizeof(governor)))
		return;
	f = doctor_find(d, "frequency", strcmp(governor, "performance") == 0 ? DOCTOR_GOOD : DOCTOR_NOTE);
	snprintf(f->words, sizeof(f->words), "governor %.60s%s", governor,
		 f->state == DOCTOR_GOOD ? "" : ": cores that poll need no saving of power");
	if (f->state != DOCTOR_GOOD)
		snprintf(f->mend, sizeof(f->mend), "cpupower frequency-set -g performance");
}
