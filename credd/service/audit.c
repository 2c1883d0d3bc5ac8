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
#include "writer.h"

#include "credit/v1/act.pb-c.h"
#include "credit/v1/audit_service.pb-c.h"

#include <credit/proof.h>

#include <string.h>

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
		put_bytes_field(
			&head, 4, (struct credit_bytes){piece->leaf.byte, sizeof piece->leaf.byte});
	data_header = credd_field_header(header, 2, piece->bytes.size);
	credit_buffer_put(&head, header, data_header);
	size = head.size + piece->bytes.size;
	credit_buffer_put(message, header, credd_field_header(header, 1, size));
	credit_buffer_put(message, head.data, head.size);
	credit_buffer_put(message, piece->bytes.data, piece->bytes.size);
}

/* Pieces up to the message's size; an empty message when there are no more publications. */
static enum credit_error fill(
	struct credit_view *view, struct credit_delta_cursor *cursor, struct credit_buffer *message)
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

/* --- cosignatures ------------------------------------------------------------------------------ */

/* Whose key it is, by its name: the caller's own, or for the operator any auditor's. */
static enum credit_error check_auditor(struct credd_service *service, struct credd_call *call,
	const struct credit_cosigner *cosigner, struct credit_problem *problem)
{
	const struct credd_peer *peer = credd_call_peer(call);
	struct credit_view *view = service->views[credd_call_worker(call)];
	struct credit_uscc authority;
	bool granted = false;
	enum credit_error error;

	if (!credit_auditor_is(cosigner, &authority) ||
		(peer->kind == CREDD_PEER_AUTHORITY &&
			memcmp(&authority, &peer->uscc, sizeof authority) != 0))
		return credit_problem_set(problem, CREDIT_E_AUDITOR_KEY, "vkey", NULL, NULL);
	error = credit_view_begin(view);
	if (error == CREDIT_OK) {
		error = credit_view_grant(view, &authority, CREDIT__V1__ROLE__ROLE_AUDITOR,
			credit_day_of(credd_clock_wall()), &granted);
		credit_view_end(view);
	}
	if (error == CREDIT_OK && !granted)
		error = CREDIT_E_AUDITOR_KEY;
	return error ? credit_problem_set(problem, error, "vkey", NULL, NULL) : error;
}

/* Exactly one line, of this key. */
static enum credit_error read_line(
	ProtobufCBinaryData data, struct credit_cosigned *cosigned, struct credit_problem *problem)
{
	struct credit_bytes lines = {data.data, data.len}, name;
	bool is = false;
	enum credit_error error =
		credit_cosignature_next(&lines, &name, &cosigned->cosignature, &is);

	if (!error &&
		(!is || lines.size > 0 ||
			!credit_bytes_equal(name, credit_bytes_of(cosigned->cosigner->key.name)) ||
			cosigned->cosignature.key_hash != credit_cosigner_hash(cosigned->cosigner)))
		error = CREDIT_E_COSIGNATURE;
	return error ? credit_problem_set(problem, error, "cosignature", NULL, NULL) : error;
}

/* Keeping it is one small synced commit; auditors come once a publication at most. */
static enum credit_error keep(struct credd_service *service, struct credd_call *call,
	const Credit__V1__SubmitCosignatureRequest *request, struct credit_problem *problem)
{
	struct credit_cosigner cosigner;
	struct credit_cosigned cosigned = {.cosigner = &cosigner};
	enum credit_error error = credit_cosigner_parse(credit_bytes_of(request->vkey), &cosigner);

	if (error != CREDIT_OK)
		return credit_problem_set(problem, error, "vkey", NULL, NULL);
	error = check_auditor(service, call, &cosigner, problem);
	if (error == CREDIT_OK)
		error = read_line(request->cosignature, &cosigned, problem);
	if (error != CREDIT_OK)
		return error;
	error = credit_registry_cosign(
		credd_writer_registry(service->writer), request->publication, &cosigned, 1);
	return error ? credit_problem_set(problem, error, "cosignature", NULL, NULL) : error;
}

void credd_submit_cosignature(void *service, struct credd_call *call, enum credd_event event)
{
	const Credit__V1__SubmitCosignatureRequest *request;
	struct credit_problem problem;

	if (event != CREDD_EVENT_REQUEST)
		return;
	request = credd_decode(call, &credit__v1__submit_cosignature_request__descriptor);
	if (!request)
		return;
	if (keep(service, call, request, &problem) == CREDIT_OK)
		credd_call_reply(call, NULL, 0);
	else
		credd_call_fail(call, &problem, 0);
}
