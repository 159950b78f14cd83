/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See seats.h. A list of at most 10,000 keys, gone through once for each new connection: that takes microseconds, and the handshake before
 * it took longer. Called by the network listener's thread; the lock is for whoever reads the count.
 */
#include "control/api/seats.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Who holds it: the family in front, so that none is 0, which is free. */
struct seat {
	uint64_t family, network;
};

struct seats {
	pthread_mutex_t lock;
	struct seat *list;
	size_t most;
	size_t of_one;
	uint64_t refused;
};

struct seats *seats_new(size_t most)
{
	struct seats *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->list = calloc(most, sizeof(s->list[0]));
	if (s->list == NULL) {
		free(s);
		return NULL;
	}
	pthread_mutex_init(&s->lock, NULL);
	s->most = most;
	s->of_one = most / SEATS_SHARE_OF_ONE > SEATS_LEAST_OF_ONE ? most / SEATS_SHARE_OF_ONE : SEATS_LEAST_OF_ONE;
	return s;
}

void seats_free(struct seats *s)
{
	if (s == NULL)
		return;
	pthread_mutex_destroy(&s->lock);
	free(s->list);
	free(s);
}

static struct seat seat_of_v4(const uint8_t octets[4])
{
	uint32_t address;

	memcpy(&address, octets, sizeof(address));
	return (struct seat){ .family = AF_INET, .network = address };
}

static struct seat seat_of(const struct sockaddr *address)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct seat seat = { .family = AF_UNSPEC + 1 };

	if (address->sa_family == AF_INET) {
		memcpy(&v4, address, sizeof(v4));
		return seat_of_v4((const uint8_t *)&v4.sin_addr);
	}
	if (address->sa_family != AF_INET6)
		return seat;
	memcpy(&v6, address, sizeof(v6));
	/* An address of IPv4 as one of IPv6 (RFC 4291 2.5.5.2) is what it was. */
	if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
		return seat_of_v4(v6.sin6_addr.s6_addr + 12);
	seat.family = AF_INET6;
	memcpy(&seat.network, &v6.sin6_addr, sizeof(seat.network));
	return seat;
}

static bool is_loopback(const struct sockaddr *address)
{
	const struct in6_addr loopback = IN6ADDR_LOOPBACK_INIT;
	struct seat seat = seat_of(address);
	struct sockaddr_in6 v6;
	uint8_t octets[sizeof(seat.network)];

	memcpy(octets, &seat.network, sizeof(octets));
	if (seat.family == AF_INET)
		return octets[0] == 127;
	if (seat.family != AF_INET6)
		return false;
	memcpy(&v6, address, sizeof(v6));
	return memcmp(&v6.sin6_addr, &loopback, sizeof(loopback)) == 0;
}

bool seats_allow(struct seats *s, const struct sockaddr *address)
{
	struct seat wanted = seat_of(address);
	size_t held = 0;
	bool is_allowed;

	if (is_loopback(address))
		return true;
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->most; i++)
		held += s->list[i].family == wanted.family && s->list[i].network == wanted.network;
	is_allowed = held < s->of_one;
	s->refused += !is_allowed;
	pthread_mutex_unlock(&s->lock);
	return is_allowed;
}

size_t seats_take(struct seats *s, const struct sockaddr *address)
{
	size_t seat = SEAT_NONE;

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->most && seat == SEAT_NONE; i++)
		seat = s->list[i].family == 0 ? i + 1 : SEAT_NONE;
	if (seat != SEAT_NONE)
		s->list[seat - 1] = seat_of(address);
	pthread_mutex_unlock(&s->lock);
	return seat;
}

void seats_leave(struct seats *s, size_t seat)
{
	if (seat == SEAT_NONE)
		return;
	pthread_mutex_lock(&s->lock);
	s->list[seat - 1] = (struct seat){ 0 };
	pthread_mutex_unlock(&s->lock);
}

void seats_write_metrics(void *seats, FILE *out)
{
	static const struct {
		const char *name, *type, *help;
	} family = { "sigcanary_http_refused_total", "counter", "Connections refused because their address has its share of api.readers." };
	struct seats *s = seats;
	uint64_t refused;

	pthread_mutex_lock(&s->lock);
	refused = s->refused;
	pthread_mutex_unlock(&s->lock);
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n%s %" PRIu64 "\n", family.name, family.help, family.name, family.type, family.name,
		refused);
}
