/* SPDX-License-Identifier: Apache-2.0
 *
 * message.c - messages between core's byte buffers and plain bytes.
 *
 * A small request lies in one slice and is looked at where it is; a large one comes in many and is
 * copied together once. What is sent is copied once, into core's memory.
 */
#include "rpc/core.h"

#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/slice.h>
#include <string.h>

bool credd__call_take_message(struct credd_call *call)
{
	grpc_byte_buffer *buffer = call->received;
	grpc_byte_buffer_reader reader;

	if (!buffer || buffer->data.raw.compression != GRPC_COMPRESS_NONE)
		return false;
	if (buffer->data.raw.slice_buffer.count == 1) {
		const grpc_slice *slice = &buffer->data.raw.slice_buffer.slices[0];
		/* A short slice is held inside the byte buffer: it stays where it is. */
		call->request.data = GRPC_SLICE_START_PTR(*slice);
		call->request.size = GRPC_SLICE_LENGTH(*slice);
		return true;
	}
	if (!grpc_byte_buffer_reader_init(&reader, buffer))
		return false;
	call->joined = grpc_byte_buffer_reader_readall(&reader);
	grpc_byte_buffer_reader_destroy(&reader);
	call->request.data = GRPC_SLICE_START_PTR(call->joined);
	call->request.size = GRPC_SLICE_LENGTH(call->joined);
	return true;
}

void credd__call_drop_message(struct credd_call *call)
{
	grpc_slice_unref(call->joined);
	call->joined = grpc_empty_slice();
	call->request = (struct credit_bytes){NULL, 0};
	if (call->received)
		grpc_byte_buffer_destroy(call->received);
	call->received = NULL;
}

static grpc_byte_buffer *join(const struct credit_bytes *parts, size_t count)
{
	size_t size = 0;

	for (size_t i = 0; i < count; i++)
		size += parts[i].size;
	grpc_slice slice = grpc_slice_malloc(size);
	uint8_t *at = GRPC_SLICE_START_PTR(slice);
	for (size_t i = 0; i < count; i++) {
		if (parts[i].size)
			memcpy(at, parts[i].data, parts[i].size);
		at += parts[i].size;
	}
	grpc_byte_buffer *buffer = grpc_raw_byte_buffer_create(&slice, 1);
	grpc_slice_unref(slice);
	return buffer;
}

void credd__call_put_answer(struct credd_call *call, const struct credit_bytes *parts, size_t count)
{
	call->sent = join(parts, count);
	call->sent_size = grpc_byte_buffer_length(call->sent);
	atomic_fetch_add(&call->server->answer_bytes, call->sent_size);
}

void credd__call_drop_answer(struct credd_call *call)
{
	if (!call->sent)
		return;
	grpc_byte_buffer_destroy(call->sent);
	call->sent = NULL;
	atomic_fetch_sub(&call->server->answer_bytes, call->sent_size);
}
