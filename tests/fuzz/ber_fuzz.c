/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * BER: whatever the bytes, every round over a window consumes or ends, contents lie inside their element, and what ber_peek() says is what
 * ber_read() reads. Goes down into constructed elements with a list of its own.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/base/ber.h"

#define OPEN_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor open[OPEN_MAX] = { cursor_of(data, size) };
	size_t count = 1;

	while (count > 0) {
		struct cursor *c = &open[count - 1];
		size_t left = cursor_left(c);
		uint32_t tag = ber_peek(c);
		struct ber element;
		int32_t number = 0;

		if (left == 0 || ber_read(c, &element) != BER_OK) {
			assert(cursor_left(c) == left);
			count--;
			continue;
		}
		assert(element.tag == tag && tag != 0);
		assert(cursor_left(c) < left);
		assert(cursor_left(&element.value) + 2 <= left - cursor_left(c));
		ber_integer(&element, &number);
		ber_find(&element.value, 0x04, &(struct ber){ 0 });
		if (element.is_constructed && count < OPEN_MAX)
			open[count++] = element.value;
	}
	return 0;
}
