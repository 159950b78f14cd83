/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The way of a packet, from top to bottom: the only place that knows what follows what.
 *
 * Two steps, because they may happen on different workers: walk_frame() reads link and IP and puts fragments together, walk_packet()
 * does the rest on the worker that owns the association or stream. Indications are left in the walk's buffer for the worker to
 * hand to the owners of their transactions. Owned by one worker.
 */
#ifndef SIGCANARY_WORKER_WALK_H
#define SIGCANARY_WORKER_WALK_H

#include <stddef.h>

#include "config/plan.h"
#include "dataplane/frame.h"
#include "dataplane/indication.h"
#include "dataplane/ip/defragment.h"
#include "dataplane/notice.h"
#include "dataplane/segment/segment.h"
#include "dataplane/ss7/connection_data.h"
#include "dataplane/ss7/segment.h"
#include "dataplane/transport/association.h"
#include "dataplane/transport/stream.h"
#include "dataplane/worker/account.h"
#include "dataplane/worker/message.h"
#include "dataplane/worker/packet.h"
#include "dataplane/worker/party.h"
#include "dataplane/transaction/peer.h"
#include "dataplane/tally.h"
#include "dataplane/worker/stages.h"
#include "dataplane/worker/traffic.h"

/*
 * Indications of one packet at most: it may set free what two directions of a connection hold, 128 KiB each (two of the longest messages),
 * and each stretch of 20-byte Diameter messages makes 6,553. Room for as many is kept free.
 */
#define WALK_INDICATIONS_PER_PACKET 16384
#define WALK_INDICATIONS            (2 * WALK_INDICATIONS_PER_PACKET)
#define WALK_CONNECTIONS            65536 /* TCP connections found by content, as hashes, direct mapped */

/* Looks at each message, for `decode`; never set on a live probe. */
typedef void (*walk_observer)(void *who, const struct message *message);

/*
 * Offered each whole user message that is alone in its packet and needs no memory of this worker to be read: true when it was taken away to
 * be read by another worker (walk_errand() there). Never set in a replay.
 */
typedef bool (*walk_delegate)(void *who, const struct errand *errand);

#define WALK_CLASSES 256 /* causes whose class is remembered while the operator has outcomes of his own, direct mapped */

/* The class of a cause, as the plan or the tables have it. */
struct walk_cause {
	uint64_t cause; /* enum cause_layer << 32 | number; 0: free, as nothing asks for CAUSE_NONE */
	enum outcome_class class;
};

struct hs_scratch;

struct walk {
	const struct plan *plan;
	const struct segments *segments;
	struct defragmenter *defragmenter;
	struct associations *associations;
	struct streams *streams;
	struct sccp_segments *sccp_segments;
	struct connection_data *connection_data;
	struct names *names;
	struct parties parties;
	struct peers peers;
	struct account account;
	struct message message;
	walk_observer observer;
	void *observer_of;
	walk_delegate delegate;
	void *delegate_of;
	bool is_delegated;                 /* the packet that is being walked */
	uint32_t wire_bytes;               /* of that packet */
	struct walk_stages *stages;        /* for `bench`; NULL live */
	const struct watchlist *watchlist; /* NULL: none */
	struct hs_scratch *watch_scratch;
	uint64_t *connections;
	bool has_udp_tunnels; /* fragments of UDP are worth keeping */
	struct walk_cause classes[WALK_CLASSES];
	struct indication *indications;
	size_t indication_count;
	uint16_t order; /* of the next indication in its frame */
	struct traffic traffic;
	uint32_t cumulative; /* TSN that the packet acknowledges, once has_cumulative */
	bool has_cumulative;
	bool has_news;         /* its direction has shown data for the first time in a second */
	uint32_t notice_count; /* in the tick of notice_tick */
	nanos notice_tick;
};

/* Takes all memory of the walk; false when there is not enough. walk_close() also after a failure. */
bool walk_open(struct walk *w, const struct plan *plan, const struct segments *segments);
void walk_close(struct walk *w);

/* After a reload. Tables keep their size. */
void walk_renew(struct walk *w, const struct plan *plan, const struct segments *segments);

/*
 * Link, IP, fragments. VERDICT_DECODED: `ret` is a whole transport packet, its bytes valid until the next call; it is accounted by
 * walk_packet(). Any other verdict is final and for the caller to account.
 */
enum verdict walk_frame(struct walk *w, const struct frame *frame, struct packet *ret);

/*
 * The same for several frames, up to and with the first that completes a fragmented datagram (reading on would overwrite its bytes).
 * Returns how many were read: at least one of `count`. Each has its verdict, and where that is VERDICT_DECODED its packet.
 */
size_t walk_frames(struct walk *w, const struct frame *frames, size_t count, struct packet *ret_packets, enum verdict *ret_verdicts);

/* A number that is the same for all packets of an association's direction or a TCP connection: decides who owns it. */
uint64_t walk_packet_owner(const struct plan *plan, const struct packet *packet);

/* Whether a packet is one that is always read: anything but a TCP connection of no configured port, which may yet show what it is. */
bool walk_packet_is_expected(const struct plan *plan, const struct packet *packet);

/* Transport and everything above it; accounts the packet, and returns its verdict. `wire_bytes` is the frame's length for the account. */
enum verdict walk_packet(struct walk *w, const struct packet *packet, uint32_t wire_bytes);

/* The rest of the walk for a message that another worker has delegated; accounts its packet. */
void walk_errand(struct walk *w, const struct errand *errand);

/*
 * The end of a capture: what waits behind gaps is read as far as it goes, as if it had come with the `last` frame. False when the room for
 * indications is used up: hand them over and call again.
 */
bool walk_finish(struct walk *w, const struct frame *last);

/* For the files of the walk: a message is complete, good or refused. */
void walk_message_done(struct walk *w);
/*
 * For the files of the walk: room for one more indication with the packet's times and order filled in, and nothing else. In line, so that
 * what the caller fills in is written once; and one by one, since gcc 12 makes `rep stos` of an initializer, slow for so few bytes. Nobody
 * ever writes the padding, which is zero since walk_open().
 */
static inline struct indication *walk_indicate(struct walk *w, enum indication_kind kind)
{
	const struct packet *p = w->message.packet;
	struct indication *i = &w->indications[w->indication_count];

	/* The place behind the last takes what hostile packets add beyond their share, and is never handed on. */
	if (w->indication_count < WALK_INDICATIONS)
		w->indication_count++;
	i->key[0] = 0;
	i->key[1] = 0;
	i->sequence = p->sequence;
	i->time = p->time;
	i->clock = p->clock;
	i->imsi = 0;
	i->msisdn = 0;
	i->client = 0;
	i->server = 0;
	i->route = 0;
	i->segments = 0;
	i->frame = p->number;
	i->cause = 0;
	i->procedure = PROCEDURE_NONE;
	i->order = w->order++;
	i->invoke = -1;
	i->tap = p->tap;
	i->kind = (uint8_t)kind;
	i->cause_layer = 0;
	i->outcome = 0;
	i->rat = 0;
	i->diagnostic = 255;
	i->is_repeat = 0;
	i->link = LINK_NONE;
	i->meeting = 0;
	i->plmn = 0;
	return i;
}

/* For the files of the walk: the class of a cause, as the operator or the tables have it. */
enum outcome_class walk_class(struct walk *w, enum cause_layer layer, uint32_t cause);

/*
 * For the files of the walk: what a whole user message holds (walk_user.c). w->message is empty but for its bytes, packet, ports and PPID.
 * Each of these reads the message, calls walk_message_done() for it, leaves indications, and returns its verdict, which is also
 * message->verdict.
 */
enum verdict walk_user_message(struct walk *w, const struct user_message *user, const struct association_path *path);
/* A frame that begins with a layer of SS7. */
enum verdict walk_bare(struct walk *w, const struct packet *packet);

/* walk_sigtran.c: the adaptation layers and MTP3. */
enum verdict walk_m3ua(struct walk *w, const struct association_path *path);
enum verdict walk_m2pa(struct walk *w, const struct association_path *path);
enum verdict walk_m2ua(struct walk *w, const struct association_path *path);
enum verdict walk_sua(struct walk *w, const struct association_path *path);
enum verdict walk_iua(struct walk *w, const struct association_path *path);
enum verdict walk_bicc(struct walk *w);
/* The same five by content, for a payload protocol that says nothing: VERDICT_OTHER_PAYLOAD when it is none of them. */
enum verdict walk_sigtran(struct walk *w, uint32_t ppid, const struct association_path *path);
enum verdict walk_mtp2(struct walk *w, uint64_t hop);
enum verdict walk_mtp3(struct walk *w, uint64_t hop);

/* walk_notice.c: what the network says of itself, see notice.h. */
void walk_notice(struct walk *w, enum notice_kind kind, node said_by, node about, uint32_t amount);
void walk_notice_xua(struct walk *w, const struct xua *x);
void walk_notice_mtp3(struct walk *w);
void walk_notice_scmg(struct walk *w);
void walk_notice_association(struct walk *w, enum notice_kind kind);
/*
 * What a direction shows: that it brings data, to be told once a second of it; and what it acknowledges, of one packet in
 * WALK_SAMPLED_PACKETS, since the numbers go on and tell of those between. Looking at all took 5 % of all instructions.
 */
#define WALK_SAMPLED_PACKETS 8
static inline bool walk_is_sampled(const struct packet *p)
{
	return p->sequence % WALK_SAMPLED_PACKETS == 0;
}
void walk_traffic_data(struct walk *w);
void walk_traffic_sctp(struct walk *w, const struct association_path *path);
void walk_traffic_tcp(struct walk *w, const struct stream_path *path, const struct tcp *tcp);

/* walk_ran.c */
enum verdict walk_s1ap(struct walk *w, const struct association_path *path);
enum verdict walk_ngap(struct walk *w, const struct association_path *path);
enum verdict walk_sgsap(struct walk *w, const struct association_path *path);

/*
 * Layers inside: they add to message->layers, set message->verdict and return it, and leave walk_message_done() to who called. `hop` tells
 * the association's direction from others (walk_hop()), HOP_BARE where there is none.
 */
#define HOP_BARE UINT64_C(0)
uint64_t walk_hop(const struct walk *w, const struct association_path *path);
/* walk_sccp.c: an SCCP message under the label of message->mtp3. */
enum verdict walk_sccp(struct walk *w, uint64_t hop, struct cursor bytes);
/* The same for a message that is in message->sccp already, as SUA brings it. */
enum verdict walk_sccp_form(struct walk *w, uint64_t hop);
/* walk_sccp.c: the data of an SCCP message that are BSSAP or RANAP by their content, with lengths that fit exactly; VERDICT_SUBSYSTEM_OTHER
 * if neither. */
enum verdict walk_access_content(struct walk *w, struct cursor user);
/*
 * walk_access.c: what a message of a connection (message->sccp, message->mtp3) means for the requests under it, whether it brings data or
 * not: connections that are confirmed, refused, released. Called before the data are walked.
 */
void walk_connection(struct walk *w);
/* walk_tcap.c: what a connectionless message of SCCP (message->sccp, w->parties) brings to a user of TCAP. */
enum verdict walk_tcap(struct walk *w, struct cursor user);
/* walk_access.c: BSSAP or RANAP, connectionless or in a connection. */
enum verdict walk_bssap(struct walk *w, struct cursor user);
enum verdict walk_ranap(struct walk *w, struct cursor user);

/* Whether the bytes begin like a record of TLS or DTLS (RFC 8446 5.1, RFC 6347 4.1). */
bool walk_is_tls(const struct cursor *c);
/* One Diameter message (walk_diameter.c); message->verdict says how far it came. */
void walk_diameter(struct walk *w, struct cursor bytes);
/* One that is refused because its length is not that of its user message: it is shown as far as it goes and means nothing. */
void walk_diameter_cut(struct walk *w, struct cursor bytes);
/* Diameter in a TCP stream. */
enum verdict walk_tcp(struct walk *w, const struct packet *packet);

#endif
