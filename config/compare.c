/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See compare.h. Values are compared as they are written (dump.c), so that every kind of key is compared without knowing it. Called by
 * control when a probe reloads.
 */
#include "config/compare.h"

#include <stdlib.h>
#include <string.h>

#include "config/schema.h"

/* The value as text that is freed; NULL without memory. */
static char *value_text(const struct plan *p, const struct schema_key *k)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	plan_key_write(p, k, out);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* Texts may hold a password or a token in an address. */
static bool is_shown(const struct schema_key *k)
{
	return k->type < VALUE_SCALARS && k->type != VALUE_TEXT && k->type != VALUE_ADDRESS;
}

static void value_show(const struct plan *p, const struct schema_key *k, FILE *out)
{
	const void *member = (const char *)p + k->offset;

	if (value_is_absent(k, member))
		fputs("nothing", out);
	else
		value_write(k, member, out);
}

static bool has_segment(const struct plan *p, const char *name)
{
	for (size_t i = 0; i < p->segment_count; i++) {
		if (strcmp(p->segments[i].name, name) == 0)
			return true;
	}
	return false;
}

/* Those of one plan that another has not. */
static size_t segments_show(const struct plan *of, const struct plan *other, const char *words, FILE *out)
{
	size_t shown = 0;

	for (size_t i = 0; i < of->segment_count; i++) {
		if (!has_segment(other, of->segments[i].name))
			fprintf(out, "%s%s", shown++ ? ", " : words, of->segments[i].name);
	}
	return shown;
}

static void difference_write(const struct plan *before, const struct plan *after, const struct schema_key *k, FILE *out)
{
	fprintf(out, "  %s: ", k->path);
	if (is_shown(k)) {
		value_show(before, k, out);
		fputs(k->is_reloadable ? " became " : " stays, the file says ", out);
		value_show(after, k, out);
	} else if (k->type == VALUE_SEGMENTS) {
		size_t shown = segments_show(after, before, "new ", out);

		shown += segments_show(before, after, shown ? "; gone " : "gone ", out);
		if (!shown)
			fputs("their order or what belongs to them", out);
	} else {
		fputs(k->is_reloadable ? "changed" : "stays, the file says something else", out);
	}
	fputc('\n', out);
}

size_t plan_differences(const struct plan *before, const struct plan *after, bool is_reloadable, FILE *out)
{
	size_t count = 0;

	for (size_t i = 0; i < schema_plan.count; i++) {
		const struct schema_key *k = &schema_plan.keys[i];
		char *was = NULL;
		char *is = NULL;

		if (k->is_reloadable != is_reloadable)
			continue;
		was = value_text(before, k);
		is = value_text(after, k);
		if (was && is && strcmp(was, is) != 0) {
			difference_write(before, after, k, out);
			count++;
		}
		free(was);
		free(is);
	}
	return count;
}

/* How much a member takes; 0 for what is kept otherwise. */
static size_t size_of(enum value_type type)
{
	static const size_t sizes[] = {
		[VALUE_BOOL] = sizeof(bool),
		[VALUE_COUNT] = sizeof(size_t),
		[VALUE_COUNT32] = sizeof(uint32_t),
		[VALUE_COUNT64] = sizeof(uint64_t),
		[VALUE_WORKERS] = sizeof(unsigned int),
		[VALUE_BYTES] = sizeof(size_t),
		[VALUE_BYTES32] = sizeof(uint32_t),
		[VALUE_DURATION] = sizeof(nanos),
		[VALUE_SECONDS] = sizeof(double),
		[VALUE_SHARE] = sizeof(double),
		[VALUE_PORT] = sizeof(uint16_t),
		[VALUE_TEXT] = sizeof(const char *),
		[VALUE_NAME] = sizeof(const char *),
		[VALUE_WORD] = sizeof(const char *),
		[VALUE_ENUM] = sizeof(int),
		[VALUE_CLASS] = sizeof(uint8_t),
		[VALUE_DIGITS] = sizeof(digits),
		[VALUE_NUMBER] = sizeof(uint32_t),
		[VALUE_ADDRESS] = sizeof(const char *),
		[VALUE_IP] = sizeof(const char *),
		[VALUE_TEXTS] = sizeof(const char *const *),
		[VALUE_ADDRESSES] = sizeof(const char *const *),
	};

	return (size_t)type < sizeof(sizes) / sizeof(sizes[0]) ? sizes[type] : 0;
}

void plan_keep(struct plan *to, const struct plan *from)
{
	for (size_t i = 0; i < schema_plan.count; i++) {
		const struct schema_key *k = &schema_plan.keys[i];

		if (!k->is_reloadable)
			memcpy((char *)to + k->offset, (const char *)from + k->offset, size_of(k->type));
	}
	memcpy(to->diameter_ports, from->diameter_ports, sizeof(to->diameter_ports));
	to->diameter_port_count = from->diameter_port_count;
	memcpy(to->m3ua_ports, from->m3ua_ports, sizeof(to->m3ua_ports));
	to->m3ua_port_count = from->m3ua_port_count;
}

bool segment_places_make(const struct plan *before, const struct plan *after, struct segment_places *ret)
{
	bool is_moved = false;

	memset(ret, 0, sizeof(*ret));
	ret->count = before->segment_count;
	for (size_t i = 0; i < before->segment_count; i++) {
		ret->to[i] = -1;
		for (size_t j = 0; j < after->segment_count; j++) {
			if (strcmp(before->segments[i].name, after->segments[j].name) == 0)
				ret->to[i] = (int)j;
		}
		is_moved = is_moved || ret->to[i] != (int)i;
	}
	return is_moved;
}

int64_t segment_places_index(const struct segment_places *p, uint64_t index)
{
	return index < p->count ? p->to[index] : -1;
}

uint64_t segment_places_bits(const struct segment_places *p, uint64_t segments)
{
	uint64_t moved = 0;

	for (size_t i = 0; i < p->count && i < 64; i++) {
		if ((segments >> i & 1) && p->to[i] >= 0)
			moved |= UINT64_C(1) << p->to[i];
	}
	return moved;
}
