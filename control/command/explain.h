/* SPDX-License-Identifier: BSD-3-Clause */
/* Parts of `sigcanary explain`: what one frame is, gathered as a tree of JSON, and the tree as text. Private to the command. */
#ifndef SIGCANARY_COMMAND_EXPLAIN_H
#define SIGCANARY_COMMAND_EXPLAIN_H

#include <jansson.h>
#include <stdio.h>

#include "control/sink/message.h"
#include "dataplane/worker/walk.h"

/* Where in the frame a layer was refused. */
struct explain_place {
	const uint8_t *bytes; /* NULL: not known */
	size_t length;
	size_t at;
	size_t header;    /* bytes from there on that belong to that layer's header, and to no subscriber */
	const char *what; /* that `at` counts in: "frame", "reassembled datagram", "reassembled message" */
};

struct explain {
	const struct frame *frame;
	const struct pseudonym *pseudonym;
	struct walk *walk;   /* has taken all frames before this one */
	struct walk *pieces; /* the same, to take the chunks of this one by one */
	struct plan plan;    /* of `pieces`: a chunk alone has no checksum */
	json_t *root;
	json_t *messages;
	struct explain_place place; /* of the worst verdict so far */
	enum verdict placed;        /* that verdict */
	bool is_placed_by_message;  /* which knows better than its chunk */
	size_t piece_messages;      /* that the last chunk made complete */
};

/* Takes e->frame and fills in e->root, an empty object. */
void explain_frame(struct explain *e);

/* explain_layers.c: the layers below messages. `place` of the refused one is left in *ret, `bytes` NULL when it is not in them. */
void explain_link_ip(struct explain *e, enum verdict verdict);
void explain_sctp(struct explain *e, const struct packet *packet, const struct packet *piece);
void explain_tcp(struct explain *e, const struct packet *packet, enum verdict verdict, size_t message_count);

/* A place is kept when its verdict is the worst so far. */
void explain_place_keep(struct explain *e, enum verdict verdict, const struct explain_place *place);
/* Where `at` lies: in the frame, or else in `whole`, which is called `what`. */
struct explain_place explain_place_of(const struct explain *e, const uint8_t *at, const struct cursor *whole, const char *what);

/* The verdict that one call of walk_packet() added to an account. */
enum verdict explain_verdict_since(const struct account *before, const struct account *after);

/* explain_text.c: the tree for people. Text of the wire is made harmless for a terminal. */
void explain_write_text(const json_t *root, FILE *out);

#endif
