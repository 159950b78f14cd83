/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sends notifications with net-snmp: v2c with a community, v3 with authentication (HMAC-192-SHA-256, RFC 7860) and privacy (AES-128, RFC
 * 3826). An inform is acknowledged by its receiver; a trap is gone when it is sent.
 *
 * net-snmp keeps users and engines for the whole program, so one lock is held around its calls, but not while an answer is awaited. Its own
 * files of configuration and state are left alone.
 */
#include "control/outlet/snmp.h"

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/library/large_fd_set.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_S        2
#define TURN_US         100000
#define PASSPHRASE_MIN  8 /* RFC 3414 11.2 */
#define ENGINE_ID_MAX   32
#define PROTOCOL_LENGTH 10 /* parts of an object identifier such as usmAESPrivProtocol */

struct receiver {
	char target[OUTLET_NAME_MAX];
	char community[128];
	char user[SNMP_MAX_CONTEXT_SIZE];
	enum plan_snmp_version version;
	bool is_inform;
	struct timespec began;
	u_char auth_key[USM_AUTH_KU_LEN];
	size_t auth_length;
	u_char privacy_key[USM_PRIV_KU_LEN];
	size_t privacy_length;
	u_char engine_id[ENGINE_ID_MAX]; /* ours, for traps of v3 */
	size_t engine_id_length;
	uint32_t boots;
};

static pthread_mutex_t library = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t started = PTHREAD_ONCE_INIT;

static void start(void)
{
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	/* It makes a folder for indexes of certificates even for those who want no state; below this there can be none. */
	set_persistent_directory("/dev/null");
	snmp_disable_log();
	init_snmp("sigcanary");
}

/* Names of objects are never looked up, so no MIB has to be read; net-snmp takes that from its environment only. */
static void prepare(void)
{
	setenv("MIBS", "", 1);
}

static size_t count(const struct plan *plan)
{
	size_t targets = 0;

	while (plan->snmp.targets != NULL && plan->snmp.targets[targets] != NULL)
		targets++;
	return targets;
}

/* RFC 3414 A.2: from a passphrase, for whatever engine it will be. */
static bool key_make(const char *path, unsigned int line, u_char *key, size_t *length, char error[OUTLET_ERROR_MAX])
{
	char words[256];
	bool is_made;

	if (!secret_read(path, line, words, sizeof(words), error))
		return false;
	is_made = strlen(words) >= PASSPHRASE_MIN && generate_Ku(usmHMAC192SHA256AuthProtocol, PROTOCOL_LENGTH, (u_char *)words,
								 strlen(words), key, length) == SNMPERR_SUCCESS;
	explicit_bzero(words, sizeof(words));
	if (!is_made)
		snprintf(error, OUTLET_ERROR_MAX, "snmp.secrets_file: line %u of %.100s is no passphrase of at least %d characters",
			 line + 1, path, PASSPHRASE_MIN);
	return is_made;
}

/*
 * RFC 3411 5, SnmpEngineID: net-snmp's enterprise number and a text, here this machine's name. The number of boots must never go back: the
 * minutes of the start do not.
 */
static void engine_make(struct receiver *r)
{
	static const u_char start_of_id[] = { 0x80, 0x00, 0x1f, 0x88, 0x04 };
	char host[ENGINE_ID_MAX - sizeof(start_of_id) + 1] = "sigcanary";

	gethostname(host, sizeof(host) - 1);
	memcpy(r->engine_id, start_of_id, sizeof(start_of_id));
	memcpy(r->engine_id + sizeof(start_of_id), host, strlen(host));
	r->engine_id_length = sizeof(start_of_id) + strlen(host);
	r->boots = (uint32_t)(time(NULL) / 60);
}

static bool secrets_read(struct receiver *r, const struct plan *plan, char error[OUTLET_ERROR_MAX])
{
	const char *path = plan->snmp.secrets_file;

	if (plan->snmp.user == NULL || path == NULL) {
		snprintf(error, OUTLET_ERROR_MAX, "snmp.version v3 needs snmp.user and snmp.secrets_file");
		return false;
	}
	snprintf(r->user, sizeof(r->user), "%s", plan->snmp.user);
	r->auth_length = sizeof(r->auth_key);
	r->privacy_length = sizeof(r->privacy_key);
	return key_make(path, 0, r->auth_key, &r->auth_length, error) && key_make(path, 1, r->privacy_key, &r->privacy_length, error);
}

static void *receiver_open(const struct plan *plan, size_t index, char name[OUTLET_NAME_MAX], char error[OUTLET_ERROR_MAX])
{
	struct receiver *r = calloc(1, sizeof(*r));
	bool is_whole = true;

	pthread_once(&started, start);
	snprintf(error, OUTLET_ERROR_MAX, "no memory");
	if (r == NULL)
		return NULL;
	snprintf(r->target, sizeof(r->target), "%s", plan->snmp.targets[index]);
	receiver_name(plan->snmp.targets[index], name);
	snprintf(r->community, sizeof(r->community), "%s", plan->snmp.community);
	r->version = plan->snmp.version;
	r->is_inform = plan->snmp.inform;
	clock_gettime(CLOCK_MONOTONIC, &r->began);
	engine_make(r);
	/* Without the lock: whoever holds it may be waiting for a name server, and this is control. */
	if (r->version == PLAN_SNMP_V3)
		is_whole = secrets_read(r, plan, error);
	if (is_whole)
		return r;
	explicit_bzero(r, sizeof(*r));
	free(r);
	return NULL;
}

static void receiver_close(void *receiver)
{
	if (receiver == NULL)
		return;
	explicit_bzero(receiver, sizeof(struct receiver));
	free(receiver);
}

static uint32_t uptime_s(const struct receiver *r)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint32_t)(now.tv_sec - r->began.tv_sec);
}

static void session_protect(const struct receiver *r, netsnmp_session *s)
{
	s->securityName = (char *)r->user;
	s->securityNameLen = strlen(r->user);
	s->securityModel = SNMP_SEC_MODEL_USM;
	s->securityLevel = SNMP_SEC_LEVEL_AUTHPRIV;
	s->securityAuthProto = usmHMAC192SHA256AuthProtocol;
	s->securityAuthProtoLen = PROTOCOL_LENGTH;
	memcpy(s->securityAuthKey, r->auth_key, r->auth_length);
	s->securityAuthKeyLen = r->auth_length;
	s->securityPrivProto = usmAESPrivProtocol;
	s->securityPrivProtoLen = PROTOCOL_LENGTH;
	memcpy(s->securityPrivKey, r->privacy_key, r->privacy_length);
	s->securityPrivKeyLen = r->privacy_length;
	if (r->is_inform)
		return;
	/* Of a trap the sender is the authority (RFC 3414 1.5.1). */
	s->securityEngineID = (u_char *)r->engine_id;
	s->securityEngineIDLen = r->engine_id_length;
	s->contextEngineID = s->securityEngineID;
	s->contextEngineIDLen = s->securityEngineIDLen;
	s->engineBoots = r->boots;
	s->engineTime = uptime_s(r);
	set_enginetime(s->securityEngineID, (u_int)s->securityEngineIDLen, s->engineBoots, s->engineTime, TRUE);
}

/* Under the lock; NULL and a sentence. */
static void *session_open(const struct receiver *r, char error[OUTLET_ERROR_MAX])
{
	netsnmp_session s;
	netsnmp_transport *transport;
	void *handle = NULL;

	snmp_sess_init(&s);
	s.version = r->version == PLAN_SNMP_V3 ? SNMP_VERSION_3 : SNMP_VERSION_2c;
	s.timeout = 1000000L;
	s.retries = 1;
	if (r->version == PLAN_SNMP_V3) {
		session_protect(r, &s);
	} else {
		s.community = (u_char *)r->community;
		s.community_len = strlen(r->community);
	}
	transport = netsnmp_transport_open_client("snmptrap", r->target);
	if (transport != NULL)
		handle = snmp_sess_add(&s, transport, NULL, NULL);
	if (handle == NULL)
		snprintf(error, OUTLET_ERROR_MAX, "%.90s: %s", r->target,
			 transport == NULL ? "no such address" : snmp_api_errstring(s.s_snmp_errno));
	return handle;
}

static void oid_copy(const struct snmp_oid *from, oid to[SNMP_OID_MAX])
{
	for (size_t i = 0; i < from->length; i++)
		to[i] = from->parts[i];
}

static void variable_put(netsnmp_pdu *pdu, const struct snmp_variable *v)
{
	oid name[SNMP_OID_MAX];
	oid value[SNMP_OID_MAX];
	long number = (long)v->number;

	oid_copy(&v->name, name);
	switch (v->type) {
	case SNMP_IS_INTEGER:
		snmp_pdu_add_variable(pdu, name, v->name.length, ASN_INTEGER, &number, sizeof(number));
		break;
	case SNMP_IS_UNSIGNED:
		snmp_pdu_add_variable(pdu, name, v->name.length, ASN_UNSIGNED, &number, sizeof(number));
		break;
	case SNMP_IS_OID:
		oid_copy(&v->oid, value);
		snmp_pdu_add_variable(pdu, name, v->name.length, ASN_OBJECT_ID, value, v->oid.length * sizeof(oid));
		break;
	case SNMP_IS_OCTETS:
		snmp_pdu_add_variable(pdu, name, v->name.length, ASN_OCTET_STR, v->octets, v->octet_count);
		break;
	}
}

static netsnmp_pdu *pdu_make(const struct receiver *r, const struct snmp_notification *n)
{
	static const oid up_time[] = { 1, 3, 6, 1, 2, 1, 1, 3, 0 };
	static const oid trap_oid[] = { 1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0 };
	netsnmp_pdu *pdu = snmp_pdu_create(r->is_inform ? SNMP_MSG_INFORM : SNMP_MSG_TRAP2);
	long hundredths = (long)uptime_s(r) * 100;
	oid name[SNMP_OID_MAX];

	if (pdu == NULL)
		return NULL;
	oid_copy(&n->name, name);
	snmp_pdu_add_variable(pdu, up_time, OID_LENGTH(up_time), ASN_TIMETICKS, &hundredths, sizeof(hundredths));
	snmp_pdu_add_variable(pdu, trap_oid, OID_LENGTH(trap_oid), ASN_OBJECT_ID, name, n->name.length * sizeof(oid));
	for (size_t i = 0; i < n->count; i++)
		variable_put(pdu, &n->variables[i]);
	return pdu;
}

struct answer {
	bool has_come, is_good;
	long status; /* of a response (RFC 3416 3); below 0: a report or a timeout */
};

static int on_answer(int operation, netsnmp_session *session, int request, netsnmp_pdu *pdu, void *self)
{
	struct answer *a = self;

	(void)session;
	(void)request;
	a->has_come = true;
	a->status = -1;
	if (operation == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE && pdu->command == SNMP_MSG_RESPONSE) {
		a->status = pdu->errstat;
		a->is_good = a->status == SNMP_ERR_NOERROR;
	}
	return 1;
}

/* Waits for the answer to an inform without the lock; one look each turn. */
static void answer_await(void *handle, struct answer *a, const struct letter *l)
{
	struct timespec began;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &began);
	now = began;
	while (!a->has_come && !l->ends(l->ends_self) && now.tv_sec - began.tv_sec <= 2 * ANSWER_S) {
		struct timeval turn = { .tv_usec = TURN_US };
		struct timeval due = { .tv_sec = 1 };
		netsnmp_large_fd_set fds;
		int blocks = 1;
		int highest = 0;
		int ready;

		netsnmp_large_fd_set_init(&fds, FD_SETSIZE);
		pthread_mutex_lock(&library);
		snmp_sess_select_info2(handle, &highest, &fds, &due, &blocks);
		pthread_mutex_unlock(&library);
		ready = netsnmp_large_fd_set_select(highest, &fds, NULL, NULL, &turn);
		pthread_mutex_lock(&library);
		if (ready > 0)
			snmp_sess_read2(handle, &fds);
		else
			snmp_sess_timeout(handle);
		pthread_mutex_unlock(&library);
		netsnmp_large_fd_set_cleanup(&fds);
		clock_gettime(CLOCK_MONOTONIC, &now);
	}
}

/* What the session says went wrong. */
static void session_complain(const struct receiver *r, void *handle, char error[OUTLET_ERROR_MAX])
{
	char *words = NULL;
	int library_error = 0;
	int system_error = 0;

	snmp_sess_error(handle, &system_error, &library_error, &words);
	snprintf(error, OUTLET_ERROR_MAX, "%.90s: %.150s", r->target, words != NULL ? words : "not sent");
	free(words);
}

/* Under the lock: the request's number, 0 and a sentence when it was not sent. */
static int notification_send(const struct receiver *r, void *handle, const struct letter *l, struct answer *a, char error[OUTLET_ERROR_MAX])
{
	struct snmp_notification *n = malloc(sizeof(*n));
	netsnmp_pdu *pdu = NULL;
	int number = 0;

	snprintf(error, OUTLET_ERROR_MAX, "no memory");
	if (n != NULL) {
		snmp_notification_make(l, n);
		pdu = pdu_make(r, n);
	}
	free(n);
	if (pdu == NULL)
		return 0;
	if (r->is_inform)
		number = snmp_sess_async_send(handle, pdu, on_answer, a);
	else
		number = snmp_sess_send(handle, pdu);
	if (number == 0) {
		session_complain(r, handle, error);
		snmp_free_pdu(pdu);
	}
	return number;
}

static enum delivery receiver_send(void *receiver, const struct letter *l, char error[OUTLET_ERROR_MAX])
{
	struct receiver *r = receiver;
	struct answer answer = { .status = -1 };
	enum delivery outcome = DELIVERY_LATER;
	void *handle;

	pthread_mutex_lock(&library);
	handle = session_open(r, error);
	if (handle != NULL && notification_send(r, handle, l, &answer, error) != 0)
		outcome = DELIVERY_DONE;
	pthread_mutex_unlock(&library);
	if (outcome == DELIVERY_DONE && r->is_inform) {
		answer_await(handle, &answer, l);
		if (!answer.is_good) {
			outcome = DELIVERY_LATER;
			snprintf(error, OUTLET_ERROR_MAX, "%.90s: %s", r->target,
				 answer.status > 0 ? snmp_errstring((int)answer.status) : "the inform is not acknowledged");
		}
	}
	pthread_mutex_lock(&library);
	if (handle != NULL)
		snmp_sess_close(handle);
	pthread_mutex_unlock(&library);
	return outcome;
}

const struct outlet_driver snmp_driver = {
	.kind = "snmp", .prepare = prepare, .count = count, .open = receiver_open, .close = receiver_close, .send = receiver_send
};
