/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the network says of itself besides requests and answers: routes, subsystems, application servers, associations, peers and
 * registers that restart. A notice travels as an indication of its own (INDICATION_NOTICE) and arrives at control as an outcome of the
 * event OUTCOME_EVENT_NOTICE with
 *
 *   cause    enum notice_kind
 *   client   who says it, or one end of the association
 *   server   whom it is about: the affected destination, the peer that goes, the register that restarts; or the other end
 *   tries    how bad, where there are degrees (congestion level), else 0; of subsystems their number | level << 8
 *   frames   the frame that said it
 *
 * Of associations the server is the end that others connect to, as far as ports tell. Of peers the client is the address that says it, and
 * the server the Origin-Host, so that both are known together. Of a reset the client is who is told. Of NOTICE_UNSEEN the client is who
 * acknowledges and the server who is not seen.
 */
#ifndef SIGCANARY_NOTICE_H
#define SIGCANARY_NOTICE_H

enum notice_kind {
	NOTICE_NONE,
	NOTICE_ROUTE_UNAVAILABLE,    /* DUNA (RFC 4666 3.4.1), TFP (Q.704 13) */
	NOTICE_ROUTE_AVAILABLE,      /* DAVA, TFA */
	NOTICE_ROUTE_RESTRICTED,     /* DRST, TFR */
	NOTICE_ROUTE_CONGESTED,      /* SCON, TFC; tries: level */
	NOTICE_USER_UNAVAILABLE,     /* DUPU, UPU */
	NOTICE_SUBSYSTEM_PROHIBITED, /* SSP (Q.713 5) */
	NOTICE_SUBSYSTEM_ALLOWED,    /* SSA */
	NOTICE_SUBSYSTEM_CONGESTED,  /* SSC */
	NOTICE_ASP_DOWN,             /* ASPDN, ASPIA: the process says that it stops */
	NOTICE_ASP_UP,               /* ASPAC and its acknowledgement */
	NOTICE_AS_PENDING,           /* NTFY: no process serves it, for a moment */
	NOTICE_AS_INACTIVE,          /* NTFY: none at all */
	NOTICE_AS_ACTIVE,            /* NTFY */
	NOTICE_ASSOCIATION_ABORTED,  /* SCTP ABORT, TCP RST */
	NOTICE_ASSOCIATION_CLOSED,   /* SHUTDOWN COMPLETE, both FIN */
	NOTICE_ASSOCIATION_OPENED,   /* INIT ACK, SYN ACK */
	NOTICE_PEER_CLOSING,         /* DPR; tries: Disconnect-Cause + 1 */
	NOTICE_PEER_CONNECTED,       /* CEA with success */
	NOTICE_PEER_RESTARTED,       /* Origin-State-Id has grown (RFC 6733 8.16) */
	NOTICE_NODE_RESET,           /* MAP Reset (29.002 8.10.3), RSR (29.272 5.2.4.1): a register has lost data */
	NOTICE_UNSEEN,               /* the other direction acknowledges what the tap never showed; tries: how many since the last one */
	NOTICE_KIND_COUNT
};

/* "route-unavailable", ... */
const char *notice_kind_name(enum notice_kind kind);

#endif
