/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The configuration as the program uses it: immutable once made, swapped as a whole on reload. Everything has a default, so that no file
 * is needed. Sizes are bounds of memory taken at start.
 */
#ifndef SIGCANARY_CONFIG_PLAN_H
#define SIGCANARY_CONFIG_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/base/digits.h"
#include "dataplane/base/hash.h"
#include "dataplane/base/nanos.h"

#define PLAN_SEGMENTS_MAX 64 /* one bit each in an indication */
#define PLAN_PORTS_MAX    64
#define PLAN_AGES_MAX     7 /* TALLY_CHECKPOINTS */

/* What a segment's expression or prefix is matched against. */
enum plan_field {
	PLAN_FIELD_IMSI,         /* prefixes of digits */
	PLAN_FIELD_MSISDN,       /* prefixes of digits */
	PLAN_FIELD_GLOBAL_TITLE, /* prefixes of digits of calling or called title, or expressions */
	PLAN_FIELD_POINT_CODE,   /* numbers */
	PLAN_FIELD_HOST,         /* expressions over Origin-Host and Destination-Host */
	PLAN_FIELD_REALM,        /* expressions over Origin-Realm and Destination-Realm */
	PLAN_FIELD_APN,          /* expressions over Service-Selection */
	PLAN_FIELD_COUNT
};

/* What the same request on two hops of a relay is: one transaction, or one of each hop. */
enum plan_hops { PLAN_HOPS_ONCE, PLAN_HOPS_EACH };

enum plan_segment_kind { PLAN_SEGMENT_NETWORK, PLAN_SEGMENT_BRAND, PLAN_SEGMENT_RANGE, PLAN_SEGMENT_NODES };

struct plan_pattern {
	enum plan_field field;
	const char *expression; /* Hyperscan (PCRE subset), NULL when `prefix` or `number` counts */
	digits prefix;
	uint32_t number;
	int line, column; /* where the operator wrote it */
};

struct plan_segment {
	const char *name;  /* "tesco-mobile": in JSON and labels */
	const char *label; /* "Tesco Mobile": for people */
	enum plan_segment_kind kind;
	uint64_t subscribers;                /* 0 when not said */
	const struct plan_pattern *patterns; /* any one of them makes a member */
	size_t pattern_count;
};

/* The labels of MTP3 where they are packed, and what 24 bits are called elsewhere. In the order of enum mtp3_variant. */
enum plan_mtp3_variant { PLAN_MTP3_ITU, PLAN_MTP3_ANSI, PLAN_MTP3_CHINA, PLAN_MTP3_JAPAN };

/* A node the operator gave a name. */
struct plan_node {
	const char *name;    /* "HLR Slough 1" */
	const char *role;    /* "hlr", "hss", "stp", "dra", "vlr", "sgsn", "mme" */
	digits global_title; /* each 0 or NULL when not said */
	uint32_t point_code;
	const char *host;
};

/* One line of `outcomes:`: a cause that this operator counts differently. */
struct plan_outcome {
	uint8_t cause_layer; /* enum cause_layer */
	uint32_t cause;
	uint8_t class; /* enum outcome_class */
};

/* An announced time of work: what happens there is told one class lower, and never hidden. Without nodes and segments it is everywhere. */
struct plan_maintenance {
	nanos from, until;        /* epoch */
	const char *words;        /* "HSS 2, new software" */
	const char *const *nodes; /* names under `nodes:`, or titles, "pc:N", hosts; NULL-terminated */
	uint64_t segments;        /* bit per configured segment */
};

struct zone;

struct plan_calendar {
	const char *time_zone;   /* of the TZ database, "" is UTC: seasons and holidays follow its clock */
	const struct zone *zone; /* what it means; NULL is UTC */
	const int32_t *holidays; /* days since 1970-01-01 in that zone, ascending: they go as Sundays do */
	size_t holiday_count;
	const struct plan_maintenance *maintenance;
	size_t maintenance_count;
};

struct plan_limits {
	size_t transactions;    /* open at once, per worker */
	size_t associations;    /* SCTP directions */
	size_t streams;         /* TCP directions */
	size_t reassembly;      /* unfinished messages and datagrams of each kind */
	size_t held_bytes;      /* TCP bytes that wait for others */
	size_t names;           /* host names, realms, APNs remembered */
	size_t cells;           /* tally streams per worker */
	size_t known;           /* subscribers known to be good, 8 octets each */
	uint32_t message_bytes; /* longest signalling message */
};

struct plan_detection {
	nanos tick;                      /* default TALLY_TICK_DEFAULT; of a live probe it divides every checkpoint age */
	double page_interval_s;          /* mean time between false pages: 30 days */
	double advisory_interval_s;      /* mean time between false advisories: 1 day */
	double min_fault_share;          /* 0.01: smaller faults do not page */
	uint32_t min_failed;             /* 8: fewer failures beyond expectation do not page */
	nanos warm_up;                   /* 20 s of traffic before the first judgement */
	nanos restored_hold;             /* back to normal for this long before "cleared": 60 s */
	uint64_t minor, major, critical; /* affected subscribers: 1,000, 10,000, 100,000 */
	nanos ages[PLAN_AGES_MAX];       /* checkpoints of open requests in counts of others, 0 behind the last; all 0: the tally's own */
	bool judges_timeouts;            /* counts of others tell no ages: missing answers are judged when they time out */
	const char *baselines_file;      /* where what is usual is kept over a restart; NULL when it is not */
};

/* Whom the probe answers. Texts are NULL when not said, here and below. */
struct plan_api {
	const char *socket;
	const char *users_file;
	const char *certificate_file, *certificate_key_file;
	const char *url;
	uint32_t readers;
};

/* Outlets of alarms: each is on when its target is said. */
struct plan_outbox {
	uint32_t entries; /* that wait for one outlet */
	nanos retry_most;
};

/* In the order of RFC 5424 table 1. */
enum plan_facility { PLAN_FACILITY_KERN, PLAN_FACILITY_DAEMON = 3, PLAN_FACILITY_LOCAL0 = 16, PLAN_FACILITY_LOCAL7 = 23 };
struct plan_syslog {
	const char *target;
	enum plan_facility facility;
};

struct plan_journal {
	bool enabled;
};

struct plan_webhook {
	const char *url, *token_file;
};

struct plan_alertmanager {
	const char *const *urls; /* NULL-terminated; NULL: none */
	nanos resend;
};

enum plan_snmp_version { PLAN_SNMP_V2C, PLAN_SNMP_V3 };
struct plan_snmp {
	const char *const *targets;
	enum plan_snmp_version version;
	const char *community, *user, *secrets_file;
	bool inform;
};

struct plan_ves {
	const char *url, *user, *password_file;
};

/* In the order of enum incident_severity. */
enum plan_severity { PLAN_SEVERITY_CLEARED, PLAN_SEVERITY_WARNING, PLAN_SEVERITY_MINOR, PLAN_SEVERITY_MAJOR, PLAN_SEVERITY_CRITICAL };
struct plan_mail {
	const char *server, *from;
	const char *const *to;
	const char *user, *password_file;
	enum plan_severity severity;
};

struct plan_http {
	const char *ca_file;
};

struct plan_hep {
	const char *target, *password_file;
	uint32_t capture_id;
};

/* A capture of the packets around each incident. */
struct plan_evidence {
	const char *directory;
	size_t ring;         /* bytes per worker */
	nanos before, after; /* the onset; the first announcement */
	nanos keep;
	size_t most; /* bytes of all captures */
	bool redact;
};

struct plan {
	struct hash_key hash_key; /* of every table; fixed for replay, random live */
	uint16_t diameter_ports[PLAN_PORTS_MAX];
	size_t diameter_port_count;
	uint16_t m3ua_ports[PLAN_PORTS_MAX];
	size_t m3ua_port_count;
	bool finds_diameter_anywhere; /* also look at the content of TCP connections on other ports: true */
	bool verifies_sctp_checksum;  /* refuse packets with a wrong CRC32c: false, taps on offloading senders see wrong ones */
	enum plan_mtp3_variant mtp3_variant;
	nanos unmatched_window; /* how long an answer waits for its request: 2 s */
	nanos late_window;      /* how long a timed-out request waits for its answer: 60 s */
	enum plan_hops hops;
	nanos timeouts[512]; /* by procedure; 0: the table's own */
	struct plan_limits limits;
	struct plan_detection detection;
	struct plan_calendar calendar;
	const struct plan_segment *segments;
	size_t segment_count;
	const struct plan_node *nodes;
	size_t node_count;
	const struct plan_outcome *outcomes;
	size_t outcome_count;
	const char *network_name; /* "O2 UK", "" when not said */
	/* live */
	const char *interface;             /* kernel interface, NULL when DPDK */
	const char *const *dpdk_arguments; /* EAL arguments of the file, NULL-terminated */
	unsigned int workers;
	const char *metrics_address; /* "127.0.0.1" */
	uint16_t metrics_port;       /* 9464; 0 off */
	uint32_t metrics_series;     /* 20,000 */
	struct plan_api api;
	struct plan_outbox outbox;
	struct plan_syslog syslog;
	struct plan_journal journal;
	struct plan_webhook webhook;
	struct plan_alertmanager alertmanager;
	struct plan_snmp snmp;
	struct plan_ves ves;
	struct plan_mail mail;
	struct plan_http http;
	struct plan_hep hep;
	struct plan_evidence evidence;
	const char *alarms_file;    /* JSON lines, NULL when not asked for */
	const char *store_file;     /* SQLite, NULL when not asked for */
	uint32_t store_incidents;   /* ended ones that it keeps */
	const char *watch_file;     /* watch list of subscribers and strings, NULL when there is none */
	const char *sightings_file; /* where what is seen of it goes, JSON lines; NULL: it is only counted */
	const char *key_file;       /* pseudonym key; NULL: the default place */
	bool clear_identities;
	const void *memory; /* owner of all strings and arrays above */
};

#endif
