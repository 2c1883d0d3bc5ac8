/* SPDX-License-Identifier: Apache-2.0
 *
 * town_load.c - see town_load.h.
 */
#include "tests/support/town_load.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#define AS_OF 20600 /* 2026-05-27 */

static void must(enum credit_error error, const char *what, const struct credit_problem *problem)
{
	if (error != CREDIT_OK)
		errx(1, "%s: %s %s %s", what, credit_error_name(error), problem->field,
			problem->detail);
}

struct credit_bytes town_load_rows(
	const struct town_load *load, uint32_t *nth, uint8_t *memory, size_t size)
{
	static const char name[] = "示例县青禾商贸有限公司";
	struct credit_bytes rows = {0};
	struct credit_buffer buffer;

	credit_buffer_init(&buffer, memory, size);
	while (*nth < load->count && size - buffer.size >= CREDIT_LOAD_ROW_MAX) {
		struct credit_load_row row = {.uscc = town_uscc(load->first + *nth * load->step),
			.name = credit_bytes_of(name)};

		credit_load_row_put(&row, &buffer);
		++*nth;
	}
	must(credit_buffer_done(&buffer, &rows), "rows", &(struct credit_problem){0});
	return rows;
}

static uint8_t *new_memory(size_t size)
{
	uint8_t *memory = malloc(size);

	if (!memory)
		err(1, "rows");
	return memory;
}

void town_load_begin(struct town_load *ret, uint32_t first, uint32_t step, uint32_t count)
{
	static char edition[] = "示例县市场主体登记库 2026-05";
	uint8_t *memory = new_memory(CREDIT_LOAD_PIECE_MAX);
	struct credit_hasher hasher;

	*ret = (struct town_load){.first = first, .step = step, .count = count};
	credit_hasher_init(&hasher);
	credit_hasher_add(&hasher, CREDIT_LOAD_HEAD, CREDIT_LOAD_HEAD_SIZE);
	for (uint32_t nth = 0; nth < count;) {
		struct credit_bytes rows = town_load_rows(ret, &nth, memory, CREDIT_LOAD_PIECE_MAX);

		credit_hasher_add(&hasher, rows.data, rows.size);
	}
	credit_hasher_done(&hasher, &ret->digest);
	free(memory);
	credit__v1__act__init(&ret->act.act);
	credit__v1__base_register_load__init(&ret->body);
	ret->body.edition = edition;
	ret->body.as_of = AS_OF;
	ret->body.entities = count;
	ret->body.digest = (ProtobufCBinaryData){sizeof ret->digest.byte, ret->digest.byte};
	ret->act.act.payload_case = CREDIT__V1__ACT__PAYLOAD_BASE_REGISTER_LOAD;
	ret->act.act.base_register_load = &ret->body;
}

void town_load_stage(struct town *town, const struct town_load *load, size_t piece)
{
	uint8_t *memory = new_memory(piece);
	struct credit_load_stage stage = {0};
	struct credit_problem problem = {0};

	for (uint32_t nth = 0; nth < load->count;) {
		struct credit_bytes rows = town_load_rows(load, &nth, memory, piece);

		must(credit_registry_stage_load(town->registry, &load->digest, stage.size, rows,
			     town->now, &stage, &problem),
			"stage", &problem);
	}
	free(memory);
}

void town_load_all(struct town *town, struct town_load *load)
{
	town_load_stage(town, load, CREDIT_LOAD_PIECE_MAX);
	town_file_one(town, &load->act, NULL);
	town_publish(town);
}
