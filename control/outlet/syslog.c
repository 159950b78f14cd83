/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sends messages of syslog: UDP (RFC 5426), TCP with counted octets (RFC 6587 3.4.1), or a socket of this machine.
 *
 * Syslog has no answer, so this asks the transport. On TCP each announcement has a connection of its own: after the message this end says
 * that nothing follows, and the receiver's closing tells that it has read everything; a reset tells that it died over it. On UDP a host
 * without a receiver says so by ICMP a moment later.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "control/outlet/syslog.h"

#define TURN_MS    100 /* between two looks at whether the thread is to end */
#define CONNECT_MS 5000
#define CLOSING_MS 3000 /* a receiver that leaves the connection open has had its time to refuse */
#define REFUSAL_MS 50

enum transport { OVER_UDP, OVER_TCP, OVER_UNIX };

struct receiver {
	enum plan_facility facility;
	enum transport transport;
	char host[256]; /* or the path */
	char port[16];
};

static size_t count(const struct plan *plan)
{
	return plan->syslog.target != NULL;
}

/* "[::1]:514", "log.noc.example:514"; the port may be left away. */
static bool address_read(struct receiver *r, const char *address)
{
	const char *end = address[0] == '[' ? strchr(address, ']') : strrchr(address, ':');
	const char *port = address[0] == '[' && end != NULL ? end + 1 : end;
	size_t length;

	address += address[0] == '[';
	if (end == NULL)
		end = address + strlen(address);
	length = (size_t)(end - address);
	if (length == 0 || length >= sizeof(r->host))
		return false;
	snprintf(r->host, sizeof(r->host), "%.*s", (int)length, address);
	snprintf(r->port, sizeof(r->port), "%s", port != NULL && *port == ':' ? port + 1 : r->transport == OVER_TCP ? "601" : "514");
	return r->port[0] != '\0';
}

static bool target_read(struct receiver *r, const char *target)
{
	static const char *const starts[] = { [OVER_UDP] = "udp:", [OVER_TCP] = "tcp:", [OVER_UNIX] = "unix:" };

	for (enum transport t = OVER_UDP; t <= OVER_UNIX; t++) {
		size_t length = strlen(starts[t]);

		if (strncmp(target, starts[t], length) != 0)
			continue;
		r->transport = t;
		if (t != OVER_UNIX)
			return address_read(r, target + length);
		snprintf(r->host, sizeof(r->host), "%s", target + length);
		return target[length] == '/' && strlen(target + length) < sizeof(((struct sockaddr_un *)NULL)->sun_path);
	}
	return false;
}

static void *receiver_open(const struct plan *plan, size_t index, char name[OUTLET_NAME_MAX], char error[OUTLET_ERROR_MAX])
{
	struct receiver *r = calloc(1, sizeof(*r));

	(void)index;
	name[0] = '\0';
	snprintf(error, OUTLET_ERROR_MAX, "no memory");
	if (r == NULL)
		return NULL;
	r->facility = plan->syslog.facility;
	if (target_read(r, plan->syslog.target))
		return r;
	snprintf(error, OUTLET_ERROR_MAX, "syslog.target '%.120s' is none of udp:HOST:PORT, tcp:HOST:PORT and unix:/PATH",
		 plan->syslog.target);
	free(r);
	return NULL;
}

/* Waits for `events` on a socket; false with errno when there is an error, the time is over or the thread has to end. */
static bool wait_for(int fd, short events, int most_ms, const struct letter *l)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (int waited = 0; waited < most_ms && !l->ends(l->ends_self); waited += TURN_MS) {
		int ready = poll(&p, 1, TURN_MS);

		if (ready > 0)
			return true;
		if (ready < 0 && errno != EINTR)
			return false;
	}
	errno = ETIMEDOUT;
	return false;
}

/* The error that the socket has met since, as errno; 0: none. */
static int pending_error(int fd)
{
	int error = 0;
	socklen_t length = sizeof(error);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

/* Connected, or -1 with errno. */
static int socket_connect(int family, int type, const struct sockaddr *to, socklen_t length, const struct letter *l)
{
	int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error = 0;

	if (fd < 0)
		return -1;
	if (connect(fd, to, length) != 0) {
		error = errno;
		if (error == EINPROGRESS)
			error = wait_for(fd, POLLOUT, CONNECT_MS, l) ? pending_error(fd) : errno;
	}
	if (error == 0)
		return fd;
	close(fd);
	errno = error;
	return -1;
}

static int local_connect(const struct receiver *r, const struct letter *l)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	snprintf(to.sun_path, sizeof(to.sun_path), "%.*s", (int)sizeof(to.sun_path) - 1, r->host);
	return socket_connect(AF_UNIX, SOCK_DGRAM, (const struct sockaddr *)&to, sizeof(to), l);
}

static bool bytes_send(int fd, const char *bytes, size_t length, const struct letter *l)
{
	while (length > 0) {
		ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);

		if (sent < 0 && errno == EAGAIN) {
			if (!wait_for(fd, POLLOUT, CONNECT_MS, l))
				return false;
			continue;
		}
		if (sent < 0)
			return false;
		bytes += sent;
		length -= (size_t)sent;
	}
	return true;
}

/* After the last byte: true when the receiver closes, or leaves the connection open without a complaint. */
static bool is_read_to_its_end(int fd, const struct letter *l)
{
	char byte;
	ssize_t got;

	if (shutdown(fd, SHUT_WR) != 0)
		return false;
	if (!wait_for(fd, POLLIN, CLOSING_MS, l))
		return errno == ETIMEDOUT && !l->ends(l->ends_self);
	got = recv(fd, &byte, 1, 0);
	return got >= 0;
}

static bool stream_send(int fd, const char *message, size_t length, const struct letter *l)
{
	char count_of_octets[24];
	int digits_written = snprintf(count_of_octets, sizeof(count_of_octets), "%zu ", length);

	return bytes_send(fd, count_of_octets, (size_t)digits_written, l) && bytes_send(fd, message, length, l) &&
	       is_read_to_its_end(fd, l);
}

static bool datagram_send(int fd, const char *message, size_t length, const struct letter *l)
{
	struct pollfd p = { .fd = fd };

	if (!bytes_send(fd, message, length, l))
		return false;
	if (poll(&p, 1, REFUSAL_MS) <= 0)
		return true;
	errno = pending_error(fd);
	return errno == 0;
}

struct message {
	char *text;
	size_t length;
};

/* Closes the socket. False with errno. */
static bool socket_send(const struct receiver *r, int fd, const struct message *m, const struct letter *l)
{
	bool is_sent = r->transport == OVER_TCP ? stream_send(fd, m->text, m->length, l) : datagram_send(fd, m->text, m->length, l);
	int error = errno;

	close(fd);
	errno = error;
	return is_sent;
}

/* To the first address of the host where somebody listens. */
static bool remote_send(const struct receiver *r, const struct message *m, const struct letter *l, char error[OUTLET_ERROR_MAX])
{
	struct addrinfo wish = { .ai_socktype = r->transport == OVER_TCP ? SOCK_STREAM : SOCK_DGRAM, .ai_flags = AI_ADDRCONFIG };
	struct addrinfo *list = NULL;
	int code = getaddrinfo(r->host, r->port, &wish, &list);
	bool is_sent = false;

	if (code != 0) {
		snprintf(error, OUTLET_ERROR_MAX, "%.100s: %s", r->host, gai_strerror(code));
		return false;
	}
	for (const struct addrinfo *a = list; a != NULL && !is_sent; a = a->ai_next) {
		int fd = socket_connect(a->ai_family, a->ai_socktype, a->ai_addr, a->ai_addrlen, l);

		if (fd < 0)
			continue;
		is_sent = socket_send(r, fd, m, l);
		/* What has a connection may have read it before that broke. */
		if (r->transport == OVER_TCP)
			break;
	}
	snprintf(error, OUTLET_ERROR_MAX, "%.100s:%s: %s", r->host, r->port, strerror(errno));
	freeaddrinfo(list);
	return is_sent;
}

static bool local_send(const struct receiver *r, const struct message *m, const struct letter *l, char error[OUTLET_ERROR_MAX])
{
	int fd = local_connect(r, l);
	bool is_sent = fd >= 0 && socket_send(r, fd, m, l);

	snprintf(error, OUTLET_ERROR_MAX, "%.150s: %s", r->host, strerror(errno));
	return is_sent;
}

static enum delivery receiver_send(void *receiver, const struct letter *l, char error[OUTLET_ERROR_MAX])
{
	struct receiver *r = receiver;
	struct message m = { .length = 0 };
	bool is_sent = false;

	snprintf(error, OUTLET_ERROR_MAX, "no memory");
	m.text = syslog_message(l, r->facility, &m.length);
	if (m.text != NULL)
		is_sent = r->transport == OVER_UNIX ? local_send(r, &m, l, error) : remote_send(r, &m, l, error);
	free(m.text);
	return is_sent ? DELIVERY_DONE : DELIVERY_LATER;
}

const struct outlet_driver syslog_driver = {
	.kind = "syslog", .count = count, .open = receiver_open, .close = free, .send = receiver_send
};
