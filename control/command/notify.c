/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The protocol of sd_notify(3): datagrams of VARIABLE=VALUE lines to the socket that the environment names. Its manual page invites
 * programs to speak it themselves, and a probe built without libsystemd is a service all the same. Nothing here can fail a probe: what does
 * not reach the manager is left unsaid, and the watchdog draws the conclusion.
 */
#include "control/command/notify.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* systemd advises half of the watchdog's time; a quarter leaves room for a control that is late once. */
#define FEEDS_PER_WATCHDOG 4
#define TELL_EVERY_S       5.0
#define LINE_BYTES         512

static void say(const struct notify *n, const char *words)
{
	if (n->socket >= 0)
		sendto(n->socket, words, strlen(words), MSG_NOSIGNAL | MSG_DONTWAIT, (const struct sockaddr *)&n->address,
		       n->address_length);
}

/* WATCHDOG_USEC, when it is meant for this process. */
static double watchdog_read(void)
{
	const char *microseconds = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	double watchdog_s = microseconds != NULL ? strtod(microseconds, NULL) / 1e6 : 0;

	if (pid != NULL && strtol(pid, NULL, 10) != (long)getpid())
		return 0;
	return watchdog_s > 0 ? watchdog_s : 0;
}

void notify_open(struct notify *n)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t length = path != NULL ? strlen(path) : 0;

	memset(n, 0, sizeof(*n));
	n->socket = -1;
	/* An absolute path, or an abstract name after '@'. */
	if (length > 1 && length < sizeof(n->address.sun_path) && (path[0] == '/' || path[0] == '@')) {
		n->address.sun_family = AF_UNIX;
		memcpy(n->address.sun_path, path, length);
		if (path[0] == '@')
			n->address.sun_path[0] = '\0';
		n->address_length = (unsigned int)(offsetof(struct sockaddr_un, sun_path) + length);
		n->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		n->watchdog_s = watchdog_read();
	}
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

void notify_close(struct notify *n)
{
	if (n->socket >= 0)
		close(n->socket);
	n->socket = -1;
}

void notify_ready(struct notify *n)
{
	say(n, "READY=1");
}

void notify_reloading(struct notify *n)
{
	struct timespec now;
	char line[64];

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(line, sizeof(line), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
	say(n, line);
}

void notify_stopping(struct notify *n)
{
	say(n, "STOPPING=1\nSTATUS=Ending: what is open is judged and written.");
}

bool notify_is_due(const struct notify *n, double now_s)
{
	return n->socket >= 0 && (n->told_s <= 0 || now_s - n->told_s >= TELL_EVERY_S);
}

void notify_tell(struct notify *n, double now_s, const struct notify_sight *sight, uint64_t frames)
{
	double rate = n->told_s > 0 && now_s > n->told_s ? (double)(frames - n->frames) / (now_s - n->told_s) : 0;
	bool is_many = rate >= 1e5;
	char line[LINE_BYTES];
	size_t length;

	snprintf(line, sizeof(line), "STATUS=%u %s, %.*f %s, %" PRIu64 " dropped; ", sight->worker_count,
		 sight->worker_count == 1 ? "worker" : "workers", is_many ? 2 : 0, is_many ? rate / 1e6 : rate,
		 is_many ? "Mpps" : "packets/s", sight->dropped);
	length = strlen(line);
	if (!sight->has_judged)
		snprintf(line + length, sizeof(line) - length, "nothing is judged yet");
	else if (sight->incidents == 0)
		snprintf(line + length, sizeof(line) - length, "nothing is wrong");
	else
		snprintf(line + length, sizeof(line) - length, "%zu open, the worst %s: %s", sight->incidents, sight->worst,
			 sight->worst_words);
	for (char *c = line; *c != '\0'; c++)
		*c = *c == '\n' ? ' ' : *c;
	say(n, line);
	n->told_s = now_s;
	n->frames = frames;
}

/* The first worker that has not polled since the watchdog was fed; worker_count when all have. */
static unsigned int worker_at_rest(const struct notify *n, const struct live *live, unsigned int worker_count)
{
	unsigned int i = 0;

	while (i < worker_count && live_polls(live, i) != n->polls[i])
		i++;
	return i;
}

void notify_live(struct notify *n, double now_s, const struct live *live, unsigned int worker_count)
{
	unsigned int rests;

	if (n->socket < 0 || n->watchdog_s <= 0 || now_s - n->fed_s < n->watchdog_s / FEEDS_PER_WATCHDOG)
		return;
	rests = worker_at_rest(n, live, worker_count);
	if (rests < worker_count) {
		if (!n->is_hanging && now_s - n->fed_s > n->watchdog_s / 2) {
			fprintf(stderr, "sigcanary run: worker %u has not polled for %.1f s; the watchdog is not fed until it does\n",
				rests, now_s - n->fed_s);
			n->is_hanging = true;
		}
		return;
	}
	for (unsigned int i = 0; i < worker_count; i++)
		n->polls[i] = live_polls(live, i);
	say(n, "WATCHDOG=1");
	n->fed_s = now_s;
	n->is_hanging = false;
}
