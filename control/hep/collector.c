/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sockets to a HEP collector, see collector.h. On TCP packets wait in a buffer until the socket takes them; a connection that breaks loses
 * the packet that was under way, whose rest would make no sense on the next. Names are looked up at each attempt to connect, which are five
 * seconds apart; the addresses of one host are tried one after the other.
 */
#include "control/hep/collector.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WAITING_MOST ((size_t)4 << 20)
#define RETRY_S      5

struct collector {
	bool is_stream;
	bool is_connected;
	int socket; /* -1: none */
	time_t tried;
	unsigned int address;   /* of those of the host, which is tried; modulo their number */
	unsigned int addresses; /* that it had at the last attempt */
	size_t used;            /* bytes that wait */
	size_t sent;            /* of the first packet that waits */
	char host[256];
	char port[16];
	char error[COLLECTOR_ERROR_MAX];
	uint8_t waiting[WAITING_MOST];
};

static time_t now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static bool target_read(struct collector *c, const char *target)
{
	const char *host = target + 4;
	const char *end = host[0] == '[' ? strchr(host, ']') : strrchr(host, ':');
	const char *port = end != NULL && host[0] == '[' ? end + 1 : end;

	host += host[0] == '[';
	if (end == NULL || end == host || *port != ':' || port[1] == '\0' || (size_t)(end - host) >= sizeof(c->host) ||
	    strlen(port + 1) >= sizeof(c->port))
		return false;
	snprintf(c->host, sizeof(c->host), "%.*s", (int)(end - host), host);
	snprintf(c->port, sizeof(c->port), "%s", port + 1);
	return strspn(c->port, "0123456789") == strlen(c->port);
}

struct collector *collector_open(const char *target)
{
	struct collector *c;

	if (strncmp(target, "udp:", 4) != 0 && strncmp(target, "tcp:", 4) != 0)
		return NULL;
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return NULL;
	c->socket = -1;
	c->is_stream = target[0] == 't';
	c->tried = now_s() - RETRY_S;
	if (target_read(c, target))
		return c;
	free(c);
	return NULL;
}

/* The next attempt takes the next address, and waits when all have been tried. */
static void hang_up(struct collector *c, const char *why)
{
	c->address++;
	if (c->addresses > 1 && c->address % c->addresses != 0)
		c->tried -= RETRY_S;
	snprintf(c->error, sizeof(c->error), "%.200s", why);
	if (c->socket >= 0)
		close(c->socket);
	c->socket = -1;
	c->is_connected = false;
}

/* The length that stands in a packet of HEP3. */
static size_t packet_length(const uint8_t *packet)
{
	return (size_t)packet[4] << 8 | packet[5];
}

static void waiting_remove(struct collector *c, size_t length)
{
	memmove(c->waiting, c->waiting + length, c->used - length);
	c->used -= length;
}

/* A packet of which a part is gone with the connection. */
static void broken_remove(struct collector *c)
{
	if (c->sent > 0)
		waiting_remove(c, packet_length(c->waiting));
	c->sent = 0;
}

static const struct addrinfo *address_choose(struct collector *c, const struct addrinfo *found)
{
	const struct addrinfo *chosen = found;

	c->addresses = 0;
	for (const struct addrinfo *a = found; a != NULL; a = a->ai_next)
		c->addresses++;
	for (unsigned int i = c->address % c->addresses; i > 0; i--)
		chosen = chosen->ai_next;
	return chosen;
}

static void connect_begin(struct collector *c)
{
	const struct addrinfo wanted = { .ai_socktype = c->is_stream ? SOCK_STREAM : SOCK_DGRAM };
	const struct addrinfo *to;
	struct addrinfo *found = NULL;
	int error;

	if (now_s() - c->tried < RETRY_S)
		return;
	c->tried = now_s();
	error = getaddrinfo(c->host, c->port, &wanted, &found);
	if (error != 0) {
		hang_up(c, gai_strerror(error));
		return;
	}
	to = address_choose(c, found);
	c->socket = socket(to->ai_family, to->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->socket < 0 || (connect(c->socket, to->ai_addr, to->ai_addrlen) != 0 && errno != EINPROGRESS))
		hang_up(c, strerror(errno));
	else
		c->is_connected = !c->is_stream;
	freeaddrinfo(found);
}

/* Whether an attempt to connect has come to its end. */
static void connect_look(struct collector *c)
{
	struct pollfd look = { .fd = c->socket, .events = POLLOUT };
	int error = 0;
	socklen_t size = sizeof(error);

	if (poll(&look, 1, 0) <= 0)
		return;
	if (getsockopt(c->socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) {
		hang_up(c, strerror(error));
		return;
	}
	c->is_connected = true;
	c->error[0] = '\0';
}

/* Whole packets that are gone leave the buffer; what is left of `sent` is that of the first one. */
static void sent_forget(struct collector *c)
{
	size_t gone = 0;

	while (c->used > gone && c->sent >= packet_length(c->waiting + gone)) {
		c->sent -= packet_length(c->waiting + gone);
		gone += packet_length(c->waiting + gone);
	}
	waiting_remove(c, gone);
}

void collector_push(struct collector *c)
{
	if (c->socket < 0)
		connect_begin(c);
	if (c->socket >= 0 && !c->is_connected)
		connect_look(c);
	while (c->is_connected && c->used > c->sent) {
		ssize_t sent = send(c->socket, c->waiting + c->sent, c->used - c->sent, MSG_NOSIGNAL);

		if (sent > 0) {
			c->sent += (size_t)sent;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			break;
		} else if (errno != EINTR) {
			hang_up(c, strerror(errno));
			sent_forget(c);
			broken_remove(c);
			return;
		}
	}
	sent_forget(c);
}

bool collector_send(struct collector *c, const uint8_t *packet, size_t length)
{
	if (!c->is_stream) {
		if (c->socket < 0)
			connect_begin(c);
		if (c->socket >= 0 && send(c->socket, packet, length, 0) == (ssize_t)length) {
			c->error[0] = '\0';
			return true;
		}
		/* A host without a collector says so by ICMP; the socket is good for the next packet, unless there is another address. */
		if (c->socket >= 0 && c->addresses > 1)
			hang_up(c, strerror(errno));
		else if (c->socket >= 0)
			snprintf(c->error, sizeof(c->error), "%.200s", strerror(errno));
		return false;
	}
	if (length > WAITING_MOST - c->used)
		collector_push(c);
	if (length > WAITING_MOST - c->used)
		return false;
	memcpy(c->waiting + c->used, packet, length);
	c->used += length;
	return true;
}

void collector_close(struct collector *c, int wait_ms)
{
	if (c == NULL)
		return;
	for (; c->used > 0 && wait_ms > 0 && c->socket >= 0; wait_ms -= 10) {
		struct pollfd look = { .fd = c->socket, .events = POLLOUT };

		(void)poll(&look, 1, 10);
		collector_push(c);
	}
	if (c->socket >= 0)
		close(c->socket);
	free(c);
}

const char *collector_error(const struct collector *c)
{
	return c->error;
}
