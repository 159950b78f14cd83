/* SPDX-License-Identifier: BSD-3-Clause */
/* SUA: a message of SCCP has a type and its data inside the message; a refusal leaves both outputs. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/sigtran/sua.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void form_check(const struct sccp *s, const uint8_t *data, size_t size)
{
	assert(s->type >= SCCP_CR && s->type <= SCCP_LUDTS);
	assert(s->user.at >= data && s->user.end <= data + size && s->user.at <= s->user.end);
	assert(s->protocol_class < 16 && s->segments_left < 128 && s->segment_reference <= 0xffffff);
	assert(s->called.point_code <= 0xffffff && s->calling.point_code <= 0xffffff);
	assert(digits_count(s->called.global_title) <= DIGITS_MAX && digits_count(s->calling.global_title) <= DIGITS_MAX);
	assert(s->is_connectionless || !s->is_return);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size);
	struct sua m = { .xua = { .error_code = 4711 } };
	struct sccp s = { .cause = 47 };
	bool is_plausible = sua_is_plausible(&c);
	enum verdict verdict = sua_read(&c, &m, &s);

	assert(!is_plausible || verdict != VERDICT_SUA_HEADER);
	if (verdict != VERDICT_DECODED) {
		assert(m.xua.error_code == 4711 && s.cause == 47 && cursor_left(&c) == size);
		return 0;
	}
	assert(m.has_form || (s.cause == 47 && !m.has_data));
	if (m.has_form)
		form_check(&s, data, size);
	if ((m.xua.facts & XUA_AFFECTED) != 0)
		assert(m.xua.affected.at >= data && m.xua.affected.end <= data + size);
	return 0;
}
