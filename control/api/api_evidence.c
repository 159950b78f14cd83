/* SPDX-License-Identifier: BSD-3-Clause */
/* /api/v1/incidents/ID/pcap: the capture of an incident, as far as it is written, see api_routes.h. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "control/api/api_routes.h"
#include "control/evidence/copy.h"
#include "control/evidence/evidence.h"

#define ID_MAX 24

static ssize_t copy_piece(void *self, uint8_t *ret, size_t size)
{
	return copy_read(self, ret, size);
}

static void copy_end(void *self)
{
	copy_close(self);
}

void api_pcap(void *self, struct exchange *x)
{
	const struct api_evidence *e = self;
	size_t length = strcspn(x->rest, "/");
	char id[ID_MAX];
	struct copy *copy;
	int file;

	if (e->evidence == NULL) {
		exchange_refuse(x, 404, "no captures of incidents are kept; set evidence.directory and start again");
		return;
	}
	if (length >= sizeof(id)) {
		exchange_refuse(x, 404, "there is no incident of that id; /api/v1/incidents lists them");
		return;
	}
	memcpy(id, x->rest, length);
	id[length] = '\0';
	file = evidence_read(e->evidence, id);
	if (file < 0) {
		bool is_missing = file == -ENOENT || file == -EINVAL;

		exchange_refuse(x, is_missing ? 404 : 500,
				is_missing ? "there is no capture of that incident: it is too old, or began before captures were kept"
					   : "the capture cannot be read; see the probe's health");
		return;
	}
	x->type = "application/x-pcapng";
	snprintf(x->file_name, sizeof(x->file_name), "%s.pcapng", id);
	x->file = x->file_name;
	/* Whoever only asks whether it is there gets no bytes: nothing to overwrite. */
	if (x->is_local || e->shows_identities || strcmp(x->method, "HEAD") == 0) {
		x->descriptor = file;
		x->has_descriptor = true;
		return;
	}
	copy = copy_open(e->copier, file);
	if (copy != NULL) {
		x->source = (struct exchange_source){ .read = copy_piece, .close = copy_end, .self = copy };
		return;
	}
	close(file);
	x->file = NULL;
	exchange_refuse(x, 500, "no memory for a copy of the capture");
}
