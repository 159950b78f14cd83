/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Answers over libmicrohttpd, see answer.h. What a browser is told to load comes from here only (Content-Security-Policy), so that a label
 * out of the wire can at worst look odd. Called by the listeners' threads.
 */
#include "control/api/answer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE 32768 /* of an exchange_source */

static const struct {
	const char *name, *value;
} safety[] = {
	{ "X-Content-Type-Options", "nosniff" },
	{ "Referrer-Policy", "no-referrer" },
};

/* Nothing from elsewhere, and no script or style inside of a document; reports bring their style sheet with them, and no script. */
static const char policy[] = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
static const char report_policy[] = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'none'";

/* `x` is NULL for what no route has made. */
static void headers_add(struct MHD_Response *response, const struct exchange *x)
{
	bool is_kept = x != NULL && x->etag != NULL;

	for (size_t i = 0; i < sizeof(safety) / sizeof(safety[0]); i++)
		MHD_add_response_header(response, safety[i].name, safety[i].value);
	MHD_add_response_header(response, "Content-Security-Policy", x != NULL && x->has_own_style ? report_policy : policy);
	/* What is kept is asked for again each time: a new program brings a new page. */
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, is_kept ? "no-cache" : "no-store");
	if (is_kept)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ETAG, x->etag);
}

static enum MHD_Result queue_answer(const struct exchange *x, struct MHD_Connection *connection, unsigned int status,
				    struct MHD_Response *response)
{
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	headers_add(response, x);
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

enum MHD_Result answer_queue(struct MHD_Connection *connection, unsigned int status, struct MHD_Response *response)
{
	return queue_answer(NULL, connection, status, response);
}

enum MHD_Result answer_plain(struct MHD_Connection *connection, unsigned int status, const char *words)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(strlen(words), (void *)(uintptr_t)words, MHD_RESPMEM_MUST_COPY);

	if (response != NULL)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain; charset=utf-8");
	return answer_queue(connection, status, response);
}

const char *exchange_query(const struct exchange *x, const char *name)
{
	return MHD_lookup_connection_value((struct MHD_Connection *)(uintptr_t)x->connection, MHD_GET_ARGUMENT_KIND, name);
}

double exchange_number(const struct exchange *x, const char *name, double preset, double minimum, double maximum)
{
	const char *text = exchange_query(x, name);
	char *end = NULL;
	double value = text != NULL ? strtod(text, &end) : preset;

	if (text == NULL || end == text || *end != '\0' || !(value >= minimum && value <= maximum))
		return preset;
	return value;
}

void exchange_refuse(struct exchange *x, unsigned int status, const char *words)
{
	x->status = status;
	x->type = "application/json";
	fputs("{\"error\":\"", x->out);
	for (const char *c = words; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\')
			fputc('\\', x->out);
		if ((unsigned char)*c >= ' ')
			fputc(*c, x->out);
	}
	fputs("\"}\n", x->out);
}

/* Whether who asks has just this content already. */
static bool is_known(const struct exchange *x, struct MHD_Connection *connection)
{
	const char *known = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_NONE_MATCH);

	return x->etag != NULL && x->status == MHD_HTTP_OK && known != NULL && strstr(known, x->etag) != NULL;
}

/* The file as long as it is now: it may grow meanwhile. Closed with the response. */
static struct MHD_Response *response_of_file(const struct exchange *x)
{
	struct stat found;
	struct MHD_Response *response = fstat(x->descriptor, &found) == 0
						? MHD_create_response_from_fd64((uint64_t)found.st_size, x->descriptor)
						: NULL;

	if (response == NULL)
		close(x->descriptor);
	return response;
}

/* MHD's own, as long as the answer. */
static ssize_t source_fill(void *self, uint64_t position, char *ret, size_t size)
{
	struct exchange_source *source = self;
	ssize_t length = source->read(source->self, (uint8_t *)ret, size);

	(void)position;
	if (length > 0)
		return length;
	return length == 0 ? MHD_CONTENT_READER_END_OF_STREAM : MHD_CONTENT_READER_END_WITH_ERROR;
}

static void source_close(void *self)
{
	struct exchange_source *source = self;

	source->close(source->self);
	free(source);
}

static struct MHD_Response *response_of_source(const struct exchange *x)
{
	struct exchange_source *source = malloc(sizeof(*source));
	struct MHD_Response *response = NULL;

	if (source != NULL) {
		*source = x->source;
		response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PIECE, source_fill, source, source_close);
	}
	if (response != NULL)
		return response;
	x->source.close(x->source.self);
	free(source);
	return NULL;
}

/* `text` is the response's from then on, or freed. */
static struct MHD_Response *response_of(const struct exchange *x, char *text, size_t length)
{
	struct MHD_Response *response = NULL;

	if (x->source.read != NULL)
		response = response_of_source(x);
	else if (x->has_descriptor)
		response = response_of_file(x);
	else
		response = MHD_create_response_from_buffer(length, text, MHD_RESPMEM_MUST_FREE);
	if (response == NULL || x->source.read != NULL || x->has_descriptor)
		free(text);
	return response;
}

enum MHD_Result answer_make(const struct route *route, struct exchange *x, struct MHD_Connection *connection)
{
	struct MHD_Response *response;
	char *text = NULL;
	size_t length = 0;

	x->out = open_memstream(&text, &length);
	if (x->out == NULL)
		return MHD_NO;
	route->serve(route->self, x);
	if (fclose(x->out) != 0) {
		if (x->has_descriptor)
			close(x->descriptor);
		if (x->source.read != NULL)
			x->source.close(x->source.self);
		free(text);
		return MHD_NO;
	}
	if (x->waits) {
		free(text);
		return MHD_YES;
	}
	if (is_known(x, connection)) {
		free(text);
		return queue_answer(x, connection, MHD_HTTP_NOT_MODIFIED, MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT));
	}
	response = response_of(x, text, length);
	if (response == NULL)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, x->type);
	if (x->file != NULL) {
		char disposition[256];

		snprintf(disposition, sizeof(disposition), "attachment; filename=\"%s\"", x->file);
		MHD_add_response_header(response, "Content-Disposition", disposition);
	}
	return queue_answer(x, connection, x->status, response);
}

enum MHD_Result answer_unknown(struct MHD_Connection *connection)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	headers_add(response, NULL);
	/* MHD adds the challenge, so the answer is queued by it. */
	result = MHD_queue_basic_auth_fail_response(connection, "sigcanary", response);

	MHD_destroy_response(response);
	return result;
}
