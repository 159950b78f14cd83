/* SPDX-License-Identifier: BSD-3-Clause */
/* NAS of EPS and 5GS: what stands inside a message is shorter than it and lies in its window; what is ciphered has no type; a refusal
 * leaves the outputs. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/ran/nas_5gs.h"
#include "dataplane/ran/nas_eps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void message_check(bool is_read, const struct nas *nas, const struct nas_content *content, struct cursor whole)
{
	if (!is_read) {
		assert(nas->tmsi == 4711 && content->inner_count == 77);
		return;
	}
	assert(content->inner_count <= NAS_INNER_MAX);
	assert(nas->is_readable || !nas->has_type);
	assert(digits_count(nas->imsi) <= DIGITS_MAX);
	for (uint8_t i = 0; i < content->inner_count; i++) {
		struct cursor inner = content->inner[i].bytes;

		assert(inner.at > whole.at && inner.end <= whole.end && inner.at <= inner.end);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size);

	for (int direction = NAS_DIRECTION_UNKNOWN; direction <= NAS_DOWNLINK; direction++) {
		struct nas nas = { .tmsi = 4711 };
		struct nas_content content = { .inner_count = 77 };

		message_check(nas_eps_read(c, (enum nas_direction)direction, &nas, &content), &nas, &content, c);
	}
	{
		struct nas nas = { .tmsi = 4711 };
		struct nas_content content = { .inner_count = 77 };

		message_check(nas_5gs_read(c, &nas, &content), &nas, &content, c);
	}
	{
		struct nas nas = { .tmsi = 4711 };
		bool is_read = nas_esm_read(c, &nas);

		assert(is_read == (size >= 3) && (is_read || nas.tmsi == 4711));
	}
	return 0;
}
