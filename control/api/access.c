/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Users and their hashes, see access.h. Hashes are crypt(3)'s, whatever libcrypt knows (yescrypt, bcrypt, SHA-512). A slow hash for every
 * request would be a lever against the probe: the last passwords that were right or wrong are remembered as keyed hashes, and others are
 * tried at a pace that leaves the listener its time.
 */
#include "control/api/access.h"

#include <arpa/inet.h>
#include <crypt.h>
#include <errno.h>
#include <jansson.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <time.h>

#include "dataplane/base/hash.h"

#define USERS_MAX  64
#define HASH_MAX   192
#define REMEMBERED 64
#define HOST_MAX   256
/* Passwords not met before: so many at once, then one a second. */
#define TRIES_MOST 20

struct user {
	char name[SERVER_USER_MAX];
	char hash[HASH_MAX];
};

struct users {
	struct user list[USERS_MAX];
	size_t count;
};

struct gate {
	pthread_mutex_t lock;
	struct users users;
	struct hash_key key;
	char host[HOST_MAX];        /* of api.url; "" when that is not set */
	uint64_t right[REMEMBERED]; /* of name and password; 0 none */
	uint64_t wrong[REMEMBERED];
	size_t next_right, next_wrong;
	time_t tried; /* when tries were counted last */
	time_t tries; /* that are left */
};

/* Names stand in JSON, which is UTF-8. */
static bool is_text(const char *bytes, size_t length)
{
	json_t *text = json_stringn(bytes, length);
	bool is_made = text != NULL;

	json_decref(text);
	return is_made;
}

static bool line_read(struct users *users, char *line)
{
	char *colon = strchr(line, ':');
	struct user *u = &users->list[users->count];

	line[strcspn(line, "\r\n")] = '\0';
	if (line[0] == '\0' || line[0] == '#')
		return true;
	if (colon == NULL || colon == line || (size_t)(colon - line) >= SERVER_USER_MAX || strlen(colon + 1) >= HASH_MAX ||
	    colon[1] != '$' || !is_text(line, (size_t)(colon - line)) || users->count == USERS_MAX)
		return false;
	memcpy(u->name, line, (size_t)(colon - line));
	u->name[colon - line] = '\0';
	memcpy(u->hash, colon + 1, strlen(colon + 1) + 1);
	users->count++;
	return true;
}

static bool users_read(struct users *ret, const char *path, char error[SERVER_ERROR_MAX])
{
	char *line = NULL;
	size_t room = 0;
	unsigned int number = 0;
	bool is_read = true;
	FILE *in;

	memset(ret, 0, sizeof(*ret));
	if (path == NULL)
		return true;
	in = fopen(path, "r");
	if (in == NULL) {
		snprintf(error, SERVER_ERROR_MAX, "cannot read api.users_file %s: %s", path, strerror(errno));
		return false;
	}
	while (is_read && getline(&line, &room, in) >= 0) {
		number++;
		is_read = line_read(ret, line);
	}
	free(line);
	fclose(in);
	if (!is_read) {
		snprintf(error, SERVER_ERROR_MAX,
			 "%s:%u: this is no line name:hash; make one with `mkpasswd -m yescrypt` or `htpasswd -nB NAME`", path, number);
		return false;
	}
	/* Whoever names a file wants a lock; a file that was emptied by mistake is none. */
	if (ret->count == 0)
		snprintf(error, SERVER_ERROR_MAX, "api.users_file %s names no user; write a line name:hash, or leave the key out", path);
	return ret->count > 0;
}

/* Whether the address is one of this machine only. */
static bool is_loopback(const char *address)
{
	struct in_addr v4;

	if (inet_pton(AF_INET, address, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	return strcmp(address, "::1") == 0;
}

static bool plan_read(struct users *ret, const struct plan *plan, char error[SERVER_ERROR_MAX])
{
	if (!users_read(ret, plan->api.users_file, error))
		return false;
	if (plan->metrics_port == 0 || is_loopback(plan->metrics_address) || ret->count > 0)
		return true;
	snprintf(error, SERVER_ERROR_MAX,
		 "metrics.address %s can be reached from elsewhere, and there are no users; set api.users_file (and "
		 "api.certificate_file), or serve on 127.0.0.1",
		 plan->metrics_address);
	return false;
}

/* The name or address in "https://NAME:PORT/..." behind the slashes, or in a Host header. */
static void host_read(const char *text, char ret[HOST_MAX])
{
	size_t length = text[0] == '[' ? strcspn(text, "]") + 1 : strcspn(text, ":/?#");

	snprintf(ret, HOST_MAX, "%.*s", length < HOST_MAX ? (int)length : 0, text);
}

/* Under the lock, or before there is anybody to ask. */
static void host_plan(struct gate *a, const struct plan *plan)
{
	const char *slashes = plan->api.url != NULL ? strstr(plan->api.url, "://") : NULL;

	host_read(slashes != NULL ? slashes + 3 : "", a->host);
}

struct gate *access_new(const struct plan *plan, char error[SERVER_ERROR_MAX])
{
	struct gate *a = calloc(1, sizeof(*a));

	if (a == NULL || getrandom(&a->key, sizeof(a->key), 0) != (ssize_t)sizeof(a->key)) {
		snprintf(error, SERVER_ERROR_MAX, "no memory or no random numbers for the users");
		free(a);
		return NULL;
	}
	pthread_mutex_init(&a->lock, NULL);
	host_plan(a, plan);
	if (plan_read(&a->users, plan, error))
		return a;
	access_free(a);
	return NULL;
}

void access_free(struct gate *a)
{
	if (a == NULL)
		return;
	pthread_mutex_destroy(&a->lock);
	free(a);
}

bool access_plan(struct gate *a, const struct plan *plan, char error[SERVER_ERROR_MAX])
{
	struct users *users = malloc(sizeof(*users));
	bool is_read = users != NULL && plan_read(users, plan, error);

	if (is_read) {
		pthread_mutex_lock(&a->lock);
		a->users = *users;
		host_plan(a, plan);
		memset(a->right, 0, sizeof(a->right));
		memset(a->wrong, 0, sizeof(a->wrong));
		pthread_mutex_unlock(&a->lock);
	}
	free(users);
	return is_read;
}

static bool is_equal(const char *a, const char *b)
{
	unsigned char difference = strlen(a) != strlen(b);

	for (size_t i = 0; a[i] != '\0' && b[i] != '\0'; i++)
		difference |= (unsigned char)(a[i] ^ b[i]);
	return difference == 0;
}

static uint64_t imprint(const struct gate *a, const char *name, const char *password)
{
	return (hash_bytes(&a->key, name, strlen(name)) ^ hash_bytes(&a->key, password, strlen(password) + 1)) | 1;
}

static bool is_remembered(const uint64_t marks[REMEMBERED], uint64_t mark)
{
	for (size_t i = 0; i < REMEMBERED; i++) {
		if (marks[i] == mark)
			return true;
	}
	return false;
}

/* Somebody who guesses keeps those out who come new meanwhile, and nobody who is in. Under the lock. */
static bool try_take(struct gate *a)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	a->tries += now.tv_sec - a->tried;
	if (a->tried == 0 || a->tries > TRIES_MOST)
		a->tries = TRIES_MOST;
	a->tried = now.tv_sec;
	if (a->tries == 0)
		return false;
	a->tries--;
	return true;
}

/* Under the lock. */
static bool password_is_right(struct gate *a, const char *name, const char *password)
{
	uint64_t mark = imprint(a, name, password);
	struct crypt_data *data;
	const struct user *user = NULL;
	const char *hash;
	bool is_right;

	for (size_t i = 0; i < a->users.count; i++)
		user = strcmp(a->users.list[i].name, name) == 0 ? &a->users.list[i] : user;
	if (user != NULL && is_remembered(a->right, mark))
		return true;
	if (a->users.count == 0 || is_remembered(a->wrong, mark) || !try_take(a))
		return false;
	/* A name that nobody has takes as long as one that somebody has. */
	data = calloc(1, sizeof(*data));
	hash = data != NULL ? crypt_r(password, user != NULL ? user->hash : a->users.list[0].hash, data) : NULL;
	is_right = user != NULL && hash != NULL && hash[0] != '*' && is_equal(hash, user->hash);
	free(data);
	if (is_right)
		a->right[a->next_right++ % REMEMBERED] = mark;
	else if (hash != NULL)
		a->wrong[a->next_wrong++ % REMEMBERED] = mark;
	return is_right;
}

/* What nobody elsewhere can make point here: an address, and the name that always means this machine (RFC 6761 6.3). */
static bool host_is_own(const char *host)
{
	size_t length = strlen(host), suffix = strlen(".localhost");
	struct in_addr v4;

	return host[0] == '[' || inet_pton(AF_INET, host, &v4) == 1 || strcasecmp(host, "localhost") == 0 ||
	       (length > suffix && strcasecmp(host + length - suffix, ".localhost") == 0);
}

bool access_knows_host(struct gate *a, struct MHD_Connection *connection)
{
	const char *said = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
	char host[HOST_MAX];
	bool is_known;

	host_read(said != NULL ? said : "", host);
	pthread_mutex_lock(&a->lock);
	is_known = a->users.count > 0 || said == NULL || host_is_own(host) || (a->host[0] != '\0' && strcasecmp(host, a->host) == 0);
	pthread_mutex_unlock(&a->lock);
	return is_known;
}

bool access_allows(struct gate *a, struct MHD_Connection *connection, enum route_access wanted, bool is_local, char user[SERVER_USER_MAX])
{
	char *password = NULL;
	char *name;
	bool is_known, has_users;

	if (is_local) {
		snprintf(user, SERVER_USER_MAX, "local");
		return true;
	}
	if (wanted == ROUTE_OPEN)
		return true;
	name = MHD_basic_auth_get_username_password(connection, &password);
	pthread_mutex_lock(&a->lock);
	has_users = a->users.count > 0;
	is_known = name != NULL && password != NULL && password_is_right(a, name, password);
	pthread_mutex_unlock(&a->lock);
	if (is_known)
		snprintf(user, SERVER_USER_MAX, "%s", name);
	MHD_free(name);
	MHD_free(password);
	return is_known || (wanted == ROUTE_READER && !has_users);
}
