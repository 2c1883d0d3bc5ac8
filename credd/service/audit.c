/* SPDX-License-Identifier: Apache-2.0
 *
 * audit.c - credit.v1.AuditService: deltas for auditors, and their cosignatures.
 *
 * A stream remembers a cursor and nothing else: each message is made when the one before has gone, from
 * a look of its own, so that an auditor that takes its time pins neither pages nor memory. It ends at
 * the newest publication.
 */
#include "service/service.h"

#include "clock.h"

#include "credit/v1/audit_service.pb-c.h"

/* Of one message: audit_service.proto says at most 160 KiB. */
#define PIECE_BYTES 65536
#define MESSAGE_BYTES 131072 /* no further piece is begun behind it */
#define PIECE_ROOM (PIECE_BYTES + 128)

/* --- one message --- */

static void put_varint_field(struct credit_buffer *buffer, uint8_t field, uint8_t value)
{
	credit_buffer_put_u8(buffer, (uint8_t)(field << 3));
	credit_buffer_put_u8(buffer, value);
}

static void put_bytes_field(struct credit_buffer *buffer, uint32_t field, struct credit_bytes value)
{
	uint8_t header[16];

	credit_buffer_put(buffer, header, credd_field_header(header, field, value.size));
	credit_buffer_put(buffer, value.data, value.size);
}

/* StreamDeltasResponse.pieces: the piece is written behind its header, whose length is known then. */
static void put_piece(struct credit_buffer *message, const struct credit_delta_piece *piece)
{
	uint8_t memory[256], header[16];
	struct credit_buffer head;
	size_t data_header, size;

	credit_buffer_init(&head, memory, sizeof memory);
	put_varint_field(&head, 1, (uint8_t)piece->part);
	if (piece->more)
		put_varint_field(&head, 3, 1);
	else if (piece->part == CREDIT_DELTA_ROW)
		put_bytes_field(&head, 4,
			(struct credit_bytes){piece->leaf.byte, sizeof piece->leaf.byte});
	data_header = credd_field_header(header, 2, piece->bytes.size);
	credit_buffer_put(&head, header, data_header);
	size = head.size + piece->bytes.size;
	credit_buffer_put(message, header, credd_field_header(header, 1, size));
	credit_buffer_put(message, head.data, head.size);
	credit_buffer_put(message, piece->bytes.data, piece->bytes.size);
}

/* Pieces up to the message's size; an empty message when there are no more publications. */
static enum credit_error fill(struct credit_view *view, struct credit_delta_cursor *cursor,
	struct credit_buffer *message)
{
	enum credit_error error = CREDIT_OK;

	while (error == CREDIT_OK && message->size < MESSAGE_BYTES) {
		struct credit_delta_piece piece;

		error = credit_view_delta_next(view, cursor, PIECE_BYTES, &piece);
		if (error == CREDIT_OK)
			put_piece(message, &piece);
	}
	return error == CREDIT_E_NOT_FOUND ? CREDIT_OK : error;
}

/* --- the stream --- */

struct deltas {
	struct credit_delta_cursor cursor;
	uint8_t memory[MESSAGE_BYTES + PIECE_ROOM];
};

static void send_next(struct credd_service *service, struct credd_call *call, struct deltas *deltas)
{
	struct credit_view *view = credd_view(service, call);
	struct credit_buffer message;
	struct credit_bytes bytes = {0};
	enum credit_error error;

	if (!view)
		return;
	credit_buffer_init(&message, deltas->memory, sizeof deltas->memory);
	error = fill(view, &deltas->cursor, &message);
	credit_view_end(view);
	if (error == CREDIT_OK)
		error = credit_buffer_done(&message, &bytes);
	if (error != CREDIT_OK)
		credd_fail(call, error);
	else if (bytes.size == 0)
		credd_call_end(call);
	else
		credd_call_send(call, &bytes, 1);
}

static void begin(struct credd_service *service, struct credd_call *call)
{
	const Credit__V1__StreamDeltasRequest *request =
		credd_decode(call, &credit__v1__stream_deltas_request__descriptor);
	struct credit_problem problem;
	struct credit_view *view;
	struct deltas *deltas;
	enum credit_error error;

	if (!request)
		return;
	deltas = credit_arena_alloc(credd_call_arena(call), sizeof *deltas);
	if (!deltas) {
		credd_fail(call, CREDIT_E_NO_MEMORY);
		return;
	}
	view = credd_view(service, call);
	if (!view)
		return;
	error = credit_view_delta_begin(view, request->first_publication,
		(credit_ms_t){credd_clock_wall().ms - service->deltas_ms}, &deltas->cursor,
		&problem);
	credit_view_end(view);
	if (error != CREDIT_OK) {
		credd_call_fail(call, &problem, 0);
		return;
	}
	*credd_call_state(call) = deltas;
	send_next(service, call, deltas);
}

void credd_stream_deltas(void *service, struct credd_call *call, enum credd_event event)
{
	switch (event) {
	case CREDD_EVENT_REQUEST:
		begin(service, call);
		break;
	case CREDD_EVENT_WRITABLE:
		send_next(service, call, *credd_call_state(call));
		break;
	case CREDD_EVENT_HALF_CLOSED:
	case CREDD_EVENT_CANCELLED:
		credd_call_end(call);
		break;
	}
}
