/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Users and their hashes, see access.h. Hashes are crypt(3)'s, whatever libcrypt knows (yescrypt, bcrypt, SHA-512). A slow hash for every
 * request would be a lever against the probe: the last passwords that were right are remembered as keyed hashes.
 */
#include "control/api/access.h"

#include <arpa/inet.h>
#include <crypt.h>
#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "dataplane/base/hash.h"

#define USERS_MAX  64
#define HASH_MAX   192
#define REMEMBERED 64

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
	uint64_t right[REMEMBERED]; /* of name and password; 0 none */
	size_t next;
};

static bool line_read(struct users *users, char *line)
{
	char *colon = strchr(line, ':');
	struct user *u = &users->list[users->count];

	line[strcspn(line, "\r\n")] = '\0';
	if (line[0] == '\0' || line[0] == '#')
		return true;
	if (colon == NULL || colon == line || (size_t)(colon - line) >= SERVER_USER_MAX || strlen(colon + 1) >= HASH_MAX ||
	    colon[1] != '$' || users->count == USERS_MAX)
		return false;
	memcpy(u->name, line, (size_t)(colon - line));
	u->name[colon - line] = '\0';
	memcpy(u->hash, colon + 1, strlen(colon + 1) + 1);
	users->count++;
	return true;
}

static bool users_read(struct users *ret, const char *path, char error[SERVER_ERROR_MAX])
{
	char line[SERVER_USER_MAX + HASH_MAX];
	unsigned int number = 0;
	FILE *in;

	memset(ret, 0, sizeof(*ret));
	if (path == NULL)
		return true;
	in = fopen(path, "r");
	if (in == NULL) {
		snprintf(error, SERVER_ERROR_MAX, "cannot read api.users_file %s: %s", path, strerror(errno));
		return false;
	}
	while (fgets(line, sizeof(line), in) != NULL) {
		number++;
		if (line_read(ret, line))
			continue;
		fclose(in);
		snprintf(error, SERVER_ERROR_MAX,
			 "%s:%u: this is no line name:hash; make one with `mkpasswd -m yescrypt` or `htpasswd -nB NAME`", path, number);
		return false;
	}
	fclose(in);
	return true;
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

struct gate *access_new(const struct plan *plan, char error[SERVER_ERROR_MAX])
{
	struct gate *a = calloc(1, sizeof(*a));

	if (a == NULL || getrandom(&a->key, sizeof(a->key), 0) != (ssize_t)sizeof(a->key)) {
		snprintf(error, SERVER_ERROR_MAX, "no memory or no random numbers for the users");
		free(a);
		return NULL;
	}
	pthread_mutex_init(&a->lock, NULL);
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
		memset(a->right, 0, sizeof(a->right));
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

static bool is_remembered(const struct gate *a, uint64_t imprint)
{
	for (size_t i = 0; i < REMEMBERED; i++) {
		if (a->right[i] == imprint)
			return true;
	}
	return false;
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
	if (user == NULL)
		return false;
	if (is_remembered(a, mark))
		return true;
	data = calloc(1, sizeof(*data));
	hash = data != NULL ? crypt_r(password, user->hash, data) : NULL;
	is_right = hash != NULL && hash[0] != '*' && is_equal(hash, user->hash);
	free(data);
	if (is_right)
		a->right[a->next++ % REMEMBERED] = mark;
	return is_right;
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
