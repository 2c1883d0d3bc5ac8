/* SPDX-License-Identifier: Apache-2.0
 *
 * load.c - rows of load files: taken off, written, and held to the rules of an enrolment.
 */
#include "model/parts.h"

#include <credit/load.h>
#include <credit/v1/act.pb-c.h>

#include <string.h>

#define LENGTH_SIZE 2
#define ROW_HEAD (CREDIT_USCC_SIZE + LENGTH_SIZE)

_Static_assert(sizeof CREDIT_LOAD_HEAD - 1 == CREDIT_LOAD_HEAD_SIZE, "the first line");

enum credit_error credit_load_row_next(struct credit_bytes *rows, struct credit_load_row *ret_row)
{
	size_t length;

	if (rows->size == 0)
		return CREDIT_E_NOT_FOUND;
	if (rows->size < ROW_HEAD)
		return CREDIT_E_MALFORMED;
	length = credit_read_u16(rows->data + CREDIT_USCC_SIZE);
	if (length > rows->size - ROW_HEAD || length > CREDIT_LOAD_NAME_MAX)
		return CREDIT_E_MALFORMED;
	memcpy(ret_row->uscc.character, rows->data, CREDIT_USCC_SIZE);
	ret_row->name = (struct credit_bytes){rows->data + ROW_HEAD, length};
	rows->data += ROW_HEAD + length;
	rows->size -= ROW_HEAD + length;
	return CREDIT_OK;
}

void credit_load_row_put(const struct credit_load_row *row, struct credit_buffer *buffer)
{
	credit_buffer_put(buffer, row->uscc.character, sizeof row->uscc.character);
	credit_buffer_put_u16(buffer, (uint16_t)row->name.size);
	credit_buffer_put(buffer, row->name.data, row->name.size);
}

/* docs/spec/load.md: "A name obeys the rule of the name in an `EntityEnrolment`." */
static enum credit_error check_name(struct credit_bytes name, struct credit_problem *problem)
{
	Credit__V1__EntityEnrolment enrolment = CREDIT__V1__ENTITY_ENROLMENT__INIT;
	const struct credit__message_rules *rules = credit__rules_find(enrolment.base.descriptor);
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(enrolment.base.descriptor, "name");
	char text[CREDIT_LOAD_NAME_MAX + 1];

	if (name.size > CREDIT_LOAD_NAME_MAX)
		return credit_problem_set(problem, CREDIT_E_FIELD_TOO_LONG, "name", NULL, NULL);
	if (memchr(name.data, '\0', name.size))
		return credit_problem_set(problem, CREDIT_E_CONTROL_CHARACTER, "name", NULL, NULL);
	memcpy(text, name.data, name.size);
	text[name.size] = '\0';
	enrolment.name = text;
	for (size_t i = 0; rules && i < rules->count; i++) {
		if (rules->rules[i].number == field->id)
			return credit__field_check(
				&enrolment.base, &rules->rules[i], field, problem);
	}
	return credit_problem_set(problem, CREDIT_E_INTERNAL, "name", NULL, NULL);
}

enum credit_error credit_load_row_check(
	const struct credit_load_row *row, struct credit_problem *problem)
{
	struct credit_bytes code = {
		(const uint8_t *)row->uscc.character, sizeof row->uscc.character};
	enum credit_error error = credit_uscc_check(row->uscc.character);
	struct credit_uscc folded;

	if (error == CREDIT_OK)
		return check_name(row->name, problem);
	/* The slow way says which character it is. */
	if (credit_uscc_parse(code, CREDIT_USCC_PLAIN, &folded, problem) == CREDIT_OK)
		error = credit_problem_set(problem, CREDIT_E_USCC_CHARACTER, NULL, NULL, NULL);
	credit__path_add(problem, "uscc", false, 0);
	return error;
}

static enum credit_error place(
	enum credit_error error, uint32_t index, struct credit_problem *problem)
{
	credit__path_add(problem, "rows", true, index);
	return error;
}

enum credit_error credit_load_piece_check(struct credit_bytes rows,
	struct credit_load_piece *ret_piece, struct credit_problem *problem)
{
	struct credit_load_piece piece = {0};
	struct credit_load_row row;
	enum credit_error error;

	if (rows.size > CREDIT_LOAD_PIECE_MAX)
		return credit_problem_set(problem, CREDIT_E_TOO_LARGE, "rows", NULL,
			"at most %d bytes", CREDIT_LOAD_PIECE_MAX);
	while ((error = credit_load_row_next(&rows, &row)) == CREDIT_OK) {
		error = credit_load_row_check(&row, problem);
		if (error)
			return place(error, piece.entities, problem);
		if (piece.entities == 0)
			piece.first = row.uscc;
		else if (memcmp(&piece.last, &row.uscc, sizeof row.uscc) >= 0)
			return place(
				credit_problem_set(problem, CREDIT_E_LOAD_ORDER, NULL, NULL, NULL),
				piece.entities, problem);
		piece.last = row.uscc;
		piece.entities++;
	}
	if (error != CREDIT_E_NOT_FOUND)
		return place(credit_problem_set(problem, error, NULL, NULL, NULL), piece.entities,
			problem);
	*ret_piece = piece;
	return CREDIT_OK;
}
