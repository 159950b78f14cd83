/* SPDX-License-Identifier: BSD-3-Clause */
/* TCAP messages (Q.773) with their dialogue portion, around components that the caller writes in between. */
#ifndef SIGCANARY_LAB_ENCODE_TCAP_H
#define SIGCANARY_LAB_ENCODE_TCAP_H

#include "lab/pen.h"

#define TCAP_BEGIN    0x62
#define TCAP_END      0x64
#define TCAP_CONTINUE 0x65
#define TCAP_ABORT    0x67
#define TCAP_INVOKE   0xa1
#define TCAP_RESULT   0xa2
#define TCAP_ERROR    0xa3

enum tcap_dialogue { TCAP_DIALOGUE_NONE, TCAP_DIALOGUE_REQUEST, TCAP_DIALOGUE_RESPONSE };

struct tcap_message {
	uint8_t type;
	uint32_t originating, destination; /* transaction ids; which are written follows from the type */
	enum tcap_dialogue dialogue;
	uint8_t context, version; /* 0.4.0.0.1.0.context.version */
};

struct tcap_marks {
	size_t message, components;
};

/* Everything up to the components, and what follows them. */
void encode_tcap_open(struct pen *p, const struct tcap_message *m, struct tcap_marks *ret);
void encode_tcap_close(struct pen *p, const struct tcap_marks *marks);

/* A provider's abort: no components (Q.773 Table 8). */
void encode_tcap_abort(struct pen *p, uint32_t destination, uint8_t cause);

/* A component up to its parameter, and its end. `code` is an operation or an error; results carry theirs in a sequence. */
void encode_component_open(struct pen *p, uint8_t kind, uint8_t invoke, uint8_t code, struct tcap_marks *ret);
void encode_component_close(struct pen *p, uint8_t kind, const struct tcap_marks *marks);

#endif
