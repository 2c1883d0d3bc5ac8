/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_load.c - pieces of load files.
 *
 * Beside not crashing: what is accepted is read again as so many rows, each good by itself, in ascending
 * order, and written it is the same bytes; what is refused says where.
 *
 * Decoder: libcredit/model/load.c
 */
#include <credit/load.h>

#include <stdlib.h>
#include <string.h>

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void read_again(struct credit_bytes rows, const struct credit_load_piece *piece)
{
	uint8_t memory[CREDIT_LOAD_ROW_MAX];
	struct credit_problem problem;
	struct credit_load_row row, last = {0};
	uint32_t count = 0;

	for (struct credit_bytes before = rows; credit_load_row_next(&rows, &row) == CREDIT_OK;
		before = rows, last = row, count++) {
		struct credit_bytes bytes = {before.data, before.size - rows.size}, made;
		struct credit_buffer buffer;

		require(credit_load_row_check(&row, &problem) == CREDIT_OK);
		require(count == 0 || memcmp(&last.uscc, &row.uscc, sizeof row.uscc) < 0);
		credit_buffer_init(&buffer, memory, sizeof memory);
		credit_load_row_put(&row, &buffer);
		require(credit_buffer_done(&buffer, &made) == CREDIT_OK &&
			credit_bytes_equal(made, bytes));
	}
	require(rows.size == 0 && count == piece->entities);
	require(count == 0 || memcmp(&piece->last, &last.uscc, sizeof last.uscc) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct credit_bytes rows = {data, size};
	struct credit_problem problem = {0};
	struct credit_load_piece piece;

	if (credit_load_piece_check(rows, &piece, &problem) == CREDIT_OK)
		read_again(rows, &piece);
	else
		require(problem.error != CREDIT_OK && problem.field[0] != '\0');
	return 0;
}
