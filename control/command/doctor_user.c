/* SPDX-License-Identifier: BSD-3-Clause */
/* What `sigcanary doctor` asks of the clock, and of what this user may do, see doctor.h. Not of a copy of another machine. */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/timex.h>
#include <unistd.h>

#include "control/api/server.h"
#include "control/command/doctor.h"

#define CAPABILITY_NET_RAW 13 /* linux/capability.h */
#define LOCKED_MIB_WANTED  64

void doctor_clock(struct doctor *d)
{
	char source[64];
	struct timex t = { .modes = 0 };
	struct doctor_finding *f;

	if (doctor_text(d, "/sys/devices/system/clocksource/clocksource0/current_clocksource", source, sizeof(source))) {
		bool is_fast = strcmp(source, "tsc") == 0 || strcmp(source, "kvm-clock") == 0 || strcmp(source, "arch_sys_counter") == 0;

		f = doctor_find(d, "clock source", is_fast ? DOCTOR_GOOD : DOCTOR_NOTE);
		snprintf(f->words, sizeof(f->words), "%.60s%s", source,
			 is_fast ? "" : ": reading it is slow; the kernel did not trust the TSC (dmesg says why)");
		if (!is_fast)
			snprintf(f->mend, sizeof(f->mend), "echo tsc >/sys/devices/system/clocksource/clocksource0/current_clocksource");
	}
	if (d->root[0] != '\0')
		return;
	f = doctor_find(d, "time", adjtimex(&t) != -1 && (t.status & STA_UNSYNC) == 0 ? DOCTOR_GOOD : DOCTOR_NOTE);
	snprintf(f->words, sizeof(f->words),
		 f->state == DOCTOR_GOOD ? "is set by a time service"
					 : "nobody sets the clock: times in alarms drift from those of other systems");
	if (f->state != DOCTOR_GOOD)
		snprintf(f->mend, sizeof(f->mend), "apt-get install chrony");
}

static bool has_capability(const struct doctor *d, int which)
{
	char whole[PATH_MAX];
	char line[256];
	unsigned long long set = 0;
	FILE *in;

	snprintf(whole, sizeof(whole), "%s/proc/self/status", d->root);
	in = fopen(whole, "re");
	while (in != NULL && fgets(line, sizeof(line), in) != NULL) {
		if (strncmp(line, "CapEff:", 7) == 0)
			set = strtoull(line + 7, NULL, 16);
	}
	if (in != NULL)
		fclose(in);
	return (set >> which & 1) != 0;
}

static void limits_tell(struct doctor *d)
{
	struct rlimit limit;
	struct doctor_finding *f;
	bool is_enough = getrlimit(RLIMIT_MEMLOCK, &limit) == 0 &&
			 (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >> 20 >= LOCKED_MIB_WANTED || geteuid() == 0);

	f = doctor_find(d, "locked memory", is_enough ? DOCTOR_GOOD : DOCTOR_WRONG);
	snprintf(f->words, sizeof(f->words),
		 is_enough ? "enough may be locked" : "less than %d MiB may be locked, so vfio cannot map what ports write to",
		 LOCKED_MIB_WANTED);
	if (!is_enough)
		snprintf(f->mend, sizeof(f->mend), "ulimit -l unlimited, or LimitMEMLOCK=infinity in the unit");
	is_enough = getrlimit(RLIMIT_NOFILE, &limit) == 0 && (d->plan == NULL || limit.rlim_max >= server_files(d->plan));
	f = doctor_find(d, "open files", is_enough ? DOCTOR_GOOD : DOCTOR_NOTE);
	snprintf(f->words, sizeof(f->words), "%llu%s", (unsigned long long)limit.rlim_max, is_enough ? "" : ": too few for api.readers");
	if (!is_enough)
		snprintf(f->mend, sizeof(f->mend), "ulimit -n %lu, or LimitNOFILE= in the unit", server_files(d->plan));
}

/* Whether a file may be made or written there. */
static void place_tell(struct doctor *d, const char *key, const char *path)
{
	char copy[PATH_MAX];
	struct doctor_finding *f;
	bool is_good;

	if (path == NULL)
		return;
	snprintf(copy, sizeof(copy), "%s", path);
	is_good = access(path, W_OK) == 0 || (errno == ENOENT && access(dirname(copy), W_OK | X_OK) == 0);
	f = doctor_find(d, key, is_good ? DOCTOR_GOOD : DOCTOR_WRONG);
	snprintf(f->words, sizeof(f->words), "%.300s %s", path, is_good ? "can be written" : "cannot be written by this user");
	snprintf(copy, sizeof(copy), "%s", path);
	if (!is_good)
		snprintf(f->mend, sizeof(f->mend), "install -d -o \"$(id -un)\" %.400s", dirname(copy));
}

static void interface_tell(struct doctor *d, const char *interface)
{
	char path[128];
	struct doctor_finding *f;
	bool is_there;

	snprintf(path, sizeof(path), "/sys/class/net/%.60s", interface);
	is_there = doctor_is_there(d, path);
	f = doctor_find(d, "interface", is_there ? DOCTOR_GOOD : DOCTOR_WRONG);
	snprintf(f->words, sizeof(f->words), "live.interface %.60s %s", interface, is_there ? "is there" : "is not there");
	if (!is_there)
		snprintf(f->mend, sizeof(f->mend), "ip -brief link shows which there are; set live.interface");
}

void doctor_user(struct doctor *d)
{
	char socket[108];
	struct doctor_finding *f;
	bool may_listen;

	if (d->plan != NULL && d->plan->interface != NULL)
		interface_tell(d, d->plan->interface);
	if (d->root[0] != '\0')
		return;
	may_listen = has_capability(d, CAPABILITY_NET_RAW);
	f = doctor_find(d, "permissions", may_listen ? DOCTOR_GOOD : DOCTOR_WRONG);
	snprintf(f->words, sizeof(f->words),
		 may_listen ? "this user may listen on interfaces" : "this user may not listen on interfaces (CAP_NET_RAW)");
	if (!may_listen)
		snprintf(f->mend, sizeof(f->mend),
			 "run it by its systemd unit, as root, or: setcap cap_net_raw,cap_net_admin,cap_ipc_lock+ep \"$(command -v "
			 "sigcanary)\"");
	limits_tell(d);
	place_tell(d, "socket", server_socket_path(d->plan != NULL ? d->plan->api.socket : NULL, socket));
	if (d->plan == NULL)
		return;
	place_tell(d, "alarms.file", d->plan->alarms_file);
	place_tell(d, "store.file", d->plan->store_file);
	place_tell(d, "baselines", d->plan->detection.baselines_file);
	place_tell(d, "evidence", d->plan->evidence.directory);
}
