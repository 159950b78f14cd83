/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The two listeners over libmicrohttpd, see server.h. Each has one thread of its own that serves all its connections (epoll).
 */
#include "control/api/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/api/access.h"
#include "control/api/answer.h"
#include "control/api/feed.h"
#include "control/api/held.h"
#include "control/api/readers.h"
#include "control/api/seats.h"

#define CONNECTION_TIMEOUT_S 30
#define LOCAL_CONNECTIONS    64
#define FILES_OTHERS         256 /* of ports, outlets, store, captures that are written, commands */
#define SOCKET_FOLDER        "/run/sigcanary"
#define SOCKET_NAME          "sigcanary.sock"
#define SOCKET_MODE          0660
#define SOCKET_FOLDER_MODE   0755
#define SOCKET_BACKLOG       16

struct server {
	struct server_routes routes;
	struct gate *access;
	struct readers *readers;
	struct held *held;
	struct MHD_Daemon *network;
	struct MHD_Daemon *local;
	char *certificate; /* PEM, as MHD wants it; kept until it has stopped */
	char *certificate_key;
	char socket_path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
};

/* What a request has brought so far, and how it waits for its answer. */
struct request {
	char *body;
	size_t length;
	bool is_too_long;
	uint64_t ticket;
	struct held_one held;
};

static bool method_fits(const struct route *r, const char *method)
{
	return strcmp(r->method, method) == 0 || (strcmp(r->method, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

/* How many octets of the path the route claims; 0 when it is none of its. */
static size_t path_fit(const struct route *r, const char *path)
{
	size_t length = strlen(r->path);
	const char *star = strchr(r->path, '*');

	if (star != NULL) {
		size_t before = (size_t)(star - r->path);

		return strncmp(path, r->path, before) == 0 && strcmp(path + before + strcspn(path + before, "/"), star + 1) == 0 ? length
																 : 0;
	}
	if (r->path[length - 1] == '/' && length > 1)
		return strncmp(path, r->path, length) == 0 && path[length] != '\0' ? length : 0;
	return strcmp(path, r->path) == 0 ? length : 0;
}

/* The route of the longest path that fits; *ret_has_path tells whether one would fit with another method. */
static const struct route *route_find(const struct server *s, const char *method, const char *path, bool *ret_has_path)
{
	const struct route *best = NULL;
	size_t longest = 0;

	*ret_has_path = false;
	for (size_t i = 0; i < s->routes.count; i++) {
		size_t fit = path_fit(&s->routes.list[i], path);

		*ret_has_path = *ret_has_path || fit > 0;
		if (fit > longest && method_fits(&s->routes.list[i], method)) {
			best = &s->routes.list[i];
			longest = fit;
		}
	}
	return best;
}

/*
 * A page of elsewhere can make a browser post forms here with the user's password, but not JSON: that would be asked about first, and is
 * not allowed. On the socket of this machine there are no browsers; there only what has a body must be JSON.
 */
static bool body_is_acceptable(const struct exchange *x, struct MHD_Connection *connection)
{
	const char *type = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE);
	size_t length = strlen("application/json");

	if (strcmp(x->method, "GET") == 0 || strcmp(x->method, "HEAD") == 0 || (x->is_local && x->body_length == 0))
		return true;
	return type != NULL && strncasecmp(type, "application/json", length) == 0 && strchr("; \t", type[length]) != NULL;
}

static enum MHD_Result dispatch(struct server *s, struct exchange *x, struct MHD_Connection *connection)
{
	bool has_path;
	const struct route *route = route_find(s, x->method, x->path, &has_path);
	char user[SERVER_USER_MAX] = "";

	if (route == NULL)
		return answer_plain(connection, has_path ? MHD_HTTP_METHOD_NOT_ALLOWED : MHD_HTTP_NOT_FOUND,
				    has_path ? "not with this method\n" : "nothing is here; see /\n");
	if (!x->is_local && route->access == ROUTE_LOCAL)
		return answer_plain(connection, MHD_HTTP_FORBIDDEN, "only over the socket of the probe's machine\n");
	if (!x->is_local && route->access != ROUTE_OPEN && !access_knows_host(s->access, connection))
		return answer_plain(connection, MHD_HTTP_MISDIRECTED_REQUEST,
				    "ask by an address or as localhost, or set api.url to the name by which people reach the page\n");
	if (!access_allows(s->access, connection, route->access, x->is_local, user))
		return answer_unknown(connection);
	if (!body_is_acceptable(x, connection))
		return answer_plain(connection, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "only with Content-Type: application/json\n");
	x->user = user;
	x->rest = x->path + strcspn(route->path, "*");
	if (route->feed != NULL)
		return readers_serve(s->readers, route->feed, connection, answer_queue);
	return answer_make(route, x, connection);
}

/* Collects the body; MHD calls again for each piece, and at last without one. */
static bool body_take(struct request *r, const char *piece, size_t length)
{
	char *body;

	if (r->is_too_long || r->length + length > SERVER_BODY_MAX) {
		r->is_too_long = true;
		return true;
	}
	body = realloc(r->body, r->length + length + 1);
	if (body == NULL)
		return false;
	memcpy(body + r->length, piece, length);
	r->body = body;
	r->length += length;
	body[r->length] = '\0';
	return true;
}

static enum MHD_Result on_request(struct server *s, bool is_local, struct MHD_Connection *connection, const char *url, const char *method,
				  const char *upload, size_t *upload_size, void **state)
{
	struct request *request = *state;
	struct exchange x = { .method = method, .path = url, .status = MHD_HTTP_OK, .type = "application/json", .user = "" };
	enum MHD_Result result;

	if (request == NULL) {
		*state = calloc(1, sizeof(*request));
		return *state != NULL ? MHD_YES : MHD_NO;
	}
	if (*upload_size > 0) {
		size_t length = *upload_size;

		*upload_size = 0;
		return body_take(request, upload, length) ? MHD_YES : MHD_NO;
	}
	if (request->is_too_long)
		return answer_plain(connection, MHD_HTTP_CONTENT_TOO_LARGE, "the body is too long\n");
	x.body = request->body != NULL ? request->body : "";
	x.body_length = request->length;
	x.is_local = is_local;
	x.connection = connection;
	x.ticket = &request->ticket;
	held_look(s->held, &request->held);
	result = dispatch(s, &x, connection);
	if (!x.waits || held_rest(s->held, &request->held, connection))
		return result;
	return answer_plain(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "the probe ends; ask again when it is back whether this was kept\n");
}

static enum MHD_Result on_network_request(void *self, struct MHD_Connection *connection, const char *url, const char *method,
					  const char *version, const char *upload, size_t *upload_size, void **state)
{
	(void)version;
	return on_request(self, false, connection, url, method, upload, upload_size, state);
}

static enum MHD_Result on_local_request(void *self, struct MHD_Connection *connection, const char *url, const char *method,
					const char *version, const char *upload, size_t *upload_size, void **state)
{
	(void)version;
	return on_request(self, true, connection, url, method, upload, upload_size, state);
}

static void on_completed(void *self, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode code)
{
	struct request *request = *state;

	(void)self;
	(void)connection;
	(void)code;
	if (request != NULL)
		free(request->body);
	free(request);
	*state = NULL;
}

static enum MHD_Result on_arrival(void *self, const struct sockaddr *address, socklen_t length)
{
	struct server *s = self;

	(void)length;
	return seats_allow(s->routes.seats, address) ? MHD_YES : MHD_NO;
}

/* The seat's number stands where MHD keeps a pointer for each connection. */
static void on_connection(void *self, struct MHD_Connection *connection, void **state, enum MHD_ConnectionNotificationCode code)
{
	struct server *s = self;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	if (code == MHD_CONNECTION_NOTIFY_CLOSED)
		seats_leave(s->routes.seats, (size_t)(uintptr_t)*state);
	else if (info != NULL)
		*state = (void *)(uintptr_t)seats_take(s->routes.seats, info->client_addr);
}

/* What MHD has to say is about clients that went away. */
static void on_complaint(void *self, const char *format, va_list arguments)
{
	(void)self;
	(void)format;
	(void)arguments;
}

/* The address of the plan as a socket address; false when it is none. */
static bool address_read(const struct plan *plan, struct sockaddr_storage *ret)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;

	memset(ret, 0, sizeof(*ret));
	if (inet_pton(AF_INET, plan->metrics_address, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(plan->metrics_port);
		return true;
	}
	if (inet_pton(AF_INET6, plan->metrics_address, &v6->sin6_addr) != 1)
		return false;
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(plan->metrics_port);
	return true;
}

/* The whole file as text, NULL and a sentence when it cannot be read. */
static char *file_text(const char *key, const char *path, char error[SERVER_ERROR_MAX])
{
	FILE *in = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;
	ssize_t length = in != NULL ? getdelim(&text, &size, '\0', in) : -1;

	if (in != NULL)
		fclose(in);
	if (length > 0)
		return text;
	snprintf(error, SERVER_ERROR_MAX, "cannot read %s %s: %s; name a PEM file that this user may read", key, path,
		 length == 0 || in != NULL ? "it is empty" : strerror(errno));
	free(text);
	return NULL;
}

static bool certificates_read(struct server *s, const struct plan *plan, char error[SERVER_ERROR_MAX])
{
	if (plan->api.certificate_file == NULL)
		return true;
	if (plan->api.certificate_key_file == NULL) {
		snprintf(error, SERVER_ERROR_MAX, "api.certificate_file needs its private key; set api.certificate_key_file");
		return false;
	}
	s->certificate = file_text("api.certificate_file", plan->api.certificate_file, error);
	s->certificate_key = s->certificate != NULL ? file_text("api.certificate_key_file", plan->api.certificate_key_file, error) : NULL;
	return s->certificate_key != NULL;
}

static bool network_start(struct server *s, const struct plan *plan, char error[SERVER_ERROR_MAX])
{
	struct sockaddr_storage address;
	unsigned int flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
	struct MHD_OptionItem secure[] = { { MHD_OPTION_HTTPS_MEM_CERT, 0, s->certificate },
					   { MHD_OPTION_HTTPS_MEM_KEY, 0, s->certificate_key },
					   { MHD_OPTION_END, 0, NULL } };

	if (!address_read(plan, &address)) {
		snprintf(error, SERVER_ERROR_MAX, "metrics.address '%s' is not an IP address", plan->metrics_address);
		return false;
	}
	if (address.ss_family == AF_INET6)
		flags |= MHD_USE_IPv6;
	if (s->certificate != NULL)
		flags |= MHD_USE_TLS;
	s->network = MHD_start_daemon(flags, plan->metrics_port, on_arrival, s, on_network_request, s, MHD_OPTION_EXTERNAL_LOGGER,
				      on_complaint, NULL, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address, MHD_OPTION_CONNECTION_LIMIT,
				      (unsigned int)plan->api.readers, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)CONNECTION_TIMEOUT_S,
				      MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
				      MHD_OPTION_ARRAY, s->certificate != NULL ? secure : &secure[2], MHD_OPTION_END);
	if (s->network != NULL)
		return true;
	snprintf(error, SERVER_ERROR_MAX, "cannot serve on %s port %u: %s; choose another metrics.port, or 0 for none",
		 plan->metrics_address, plan->metrics_port, strerror(errno));
	return false;
}

const char *server_socket_path(const char *configured, char path[108])
{
	const char *service = getenv("RUNTIME_DIRECTORY");
	const char *user = getenv("XDG_RUNTIME_DIR");
	const char *folder = access(SOCKET_FOLDER, X_OK) == 0 ? SOCKET_FOLDER : user;

	if (service != NULL && strchr(service, ':') == NULL)
		folder = service;
	if (configured != NULL)
		snprintf(path, 108, "%s", configured);
	else if (folder != NULL)
		snprintf(path, 108, "%s/" SOCKET_NAME, folder);
	else
		snprintf(path, 108, "/tmp/sigcanary-%u.sock", (unsigned int)geteuid());
	return path;
}

bool server_socket_is_closed(const char *path)
{
	return (access(path, R_OK | W_OK) != 0 && errno == EACCES) || (access(SOCKET_FOLDER, X_OK) != 0 && errno == EACCES);
}

/* A socket that nobody answers on is left over from a probe that was killed. */
static bool socket_is_alive(const struct sockaddr_un *address)
{
	int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool is_alive = probe >= 0 && connect(probe, (const struct sockaddr *)address, sizeof(*address)) == 0;

	if (probe >= 0)
		close(probe);
	return is_alive;
}

static int socket_listen(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat found;
	int listener;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (socket_is_alive(&address)) {
		errno = EADDRINUSE;
		return -1;
	}
	if (lstat(path, &found) == 0 && S_ISSOCK(found.st_mode))
		unlink(path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener >= 0 && bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0 && chmod(path, SOCKET_MODE) == 0 &&
	    listen(listener, SOCKET_BACKLOG) == 0)
		return listener;
	if (listener >= 0)
		close(listener);
	return -1;
}

/* Without a configured place the socket is a convenience: when it cannot be made, the probe goes on without. */
static bool local_start(struct server *s, const struct plan *plan, char error[SERVER_ERROR_MAX])
{
	char path[108];
	int listener;

	/* What a service manager would have made. */
	if (plan->api.socket == NULL && geteuid() == 0 && getenv("RUNTIME_DIRECTORY") == NULL)
		mkdir(SOCKET_FOLDER, SOCKET_FOLDER_MODE);
	listener = socket_listen(server_socket_path(plan->api.socket, path));
	if (listener >= 0)
		s->local = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL,
					    on_local_request, s, MHD_OPTION_EXTERNAL_LOGGER, on_complaint, NULL, MHD_OPTION_LISTEN_SOCKET,
					    listener, MHD_OPTION_CONNECTION_LIMIT, (unsigned int)LOCAL_CONNECTIONS,
					    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)CONNECTION_TIMEOUT_S, MHD_OPTION_NOTIFY_COMPLETED,
					    on_completed, NULL, MHD_OPTION_END);
	if (s->local != NULL) {
		snprintf(s->socket_path, sizeof(s->socket_path), "%s", path);
		return true;
	}
	if (listener >= 0)
		close(listener);
	if (plan->api.socket == NULL) {
		fprintf(stderr, "sigcanary: no socket for commands at %s: %s; set api.socket\n", path, strerror(errno));
		return true;
	}
	snprintf(error, SERVER_ERROR_MAX, "cannot listen on api.socket %s: %s; %s", path, strerror(errno),
		 errno == EADDRINUSE ? "another probe runs there, give each its own" : "its folder must be there and writable");
	return false;
}

unsigned long server_files(const struct plan *plan)
{
	return 2ul * plan->api.readers + FILES_OTHERS;
}

/* When files ran out, outlets could not be reached either. */
static void files_allow(const struct plan *plan)
{
	struct rlimit limit;
	rlim_t wanted = server_files(plan);

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

struct server *server_open(const struct plan *plan, const struct server_routes *routes, char error[SERVER_ERROR_MAX])
{
	struct server *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		snprintf(error, SERVER_ERROR_MAX, "no memory for the HTTP server");
		return NULL;
	}
	files_allow(plan);
	s->routes = *routes;
	s->readers = readers_new();
	s->held = held_new();
	s->access = access_new(plan, error);
	for (size_t i = 0; i < routes->count && s->readers != NULL; i++) {
		if (routes->list[i].feed != NULL)
			readers_follow(s->readers, routes->list[i].feed);
	}
	if (s->readers != NULL && s->held != NULL && s->access != NULL && certificates_read(s, plan, error) &&
	    (plan->metrics_port == 0 || network_start(s, plan, error)) && local_start(s, plan, error))
		return s;
	server_close(s);
	return NULL;
}

void server_close(struct server *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->routes.count; i++) {
		if (s->routes.list[i].feed != NULL)
			feed_wake_by(s->routes.list[i].feed, NULL, NULL);
	}
	readers_end(s->readers);
	held_end(s->held);
	if (s->network != NULL)
		MHD_stop_daemon(s->network);
	if (s->local != NULL)
		MHD_stop_daemon(s->local);
	if (s->socket_path[0] != '\0')
		unlink(s->socket_path);
	readers_free(s->readers);
	held_free(s->held);
	access_free(s->access);
	free(s->certificate);
	free(s->certificate_key);
	free(s);
}

void server_wake(struct server *s)
{
	held_wake(s->held);
}

bool server_plan(struct server *s, const struct plan *plan, char error[SERVER_ERROR_MAX])
{
	return access_plan(s->access, plan, error);
}
