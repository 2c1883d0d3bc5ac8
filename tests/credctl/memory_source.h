/* SPDX-License-Identifier: Apache-2.0
 *
 * memory_source.h - a text in memory as a source of bytes, a few at a time.
 */
#ifndef TESTS_CREDCTL_MEMORY_SOURCE_H
#define TESTS_CREDCTL_MEMORY_SOURCE_H

#include "credctl/csv.h"

#include <string.h>

struct memory_source {
	const uint8_t *data;
	size_t size, at;
	size_t step; /* bytes of one read; 0: as many as asked for */
};

static inline enum credit_error memory_read(
	void *context, uint8_t *memory, size_t size, size_t *ret_size)
{
	struct memory_source *source = context;
	size_t length = source->size - source->at;

	if (source->step > 0 && length > source->step)
		length = source->step;
	if (length > size)
		length = size;
	if (length > 0)
		memcpy(memory, source->data + source->at, length);
	source->at += length;
	*ret_size = length;
	return CREDIT_OK;
}

static inline enum credit_error memory_rewind(void *context)
{
	((struct memory_source *)context)->at = 0;
	return CREDIT_OK;
}

#endif
