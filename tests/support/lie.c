/* SPDX-License-Identifier: Apache-2.0
 *
 * lie.c - rewrites a row of a stopped registry's journal with the library's own store.
 */
#include "tests/support/lie.h"

#include "registry/internal.h"

#include "credit/v1/status.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_SIZE 12

static void must(enum credit_error error, const char *what)
{
	if (error == CREDIT_OK)
		return;
	fprintf(stderr, "lie: %s: %s\n", what, credit_error_name(error));
	abort();
}

static struct credit_store *open_journal(const char *data)
{
	char path[4096];
	struct credit_store_options options = {
		.path = path,
		.keyspaces = credit__journal_names,
		.keyspace_count = JOURNAL_KEYSPACES,
		.format = JOURNAL_FORMAT,
		.purpose = "credit journal",
	};
	struct credit_store *store;
	struct credit_problem problem;

	snprintf(path, sizeof path, "%s/journal", data);
	must(credit_store_open(&options, &store, &problem), path);
	return store;
}

uint64_t lie_last_epoch(const char *data)
{
	struct credit_store *store = open_journal(data);
	struct credit_reader *reader;
	struct credit_cursor *cursor;
	struct credit_bytes key, value;
	uint64_t epoch;

	must(credit_reader_new(store, &reader), "reader");
	must(credit_read_begin(reader), "read");
	must(credit_cursor_open(reader, NULL, JOURNAL_EPOCHS, &cursor), "cursor");
	must(credit_cursor_last(cursor, &key, &value), "last epoch");
	epoch = credit_read_u64(key.data);
	credit_cursor_close(cursor);
	credit_read_end(reader);
	credit_reader_free(reader);
	credit_store_close(store);
	return epoch;
}

/* opening (32) || length (2) || Status || Detail, with the lists gone. */
static void clear_lists(ProtobufCBinaryData *stored, struct credit_arena *arena)
{
	struct credit_stored_status parts;
	Credit__V1__Status *status;
	uint8_t *made = credit_arena_alloc(arena, stored->len);
	size_t size, head = CREDIT_OPENING_SIZE + 2;

	must(credit_stored_status_parse((struct credit_bytes){stored->data, stored->len}, &parts),
		"status");
	status = credit__v1__status__unpack(NULL, parts.status.size, parts.status.data);
	if (!made || !status || status->n_lists == 0)
		must(CREDIT_E_NOT_FOUND, "a listing");
	for (size_t i = 0; i < status->n_lists; i++)
		credit__v1__list_entry__free_unpacked(status->lists[i], NULL);
	status->n_lists = 0;
	memcpy(made, stored->data, CREDIT_OPENING_SIZE);
	size = credit__v1__status__pack(status, made + head);
	made[CREDIT_OPENING_SIZE] = (uint8_t)(size >> 8);
	made[CREDIT_OPENING_SIZE + 1] = (uint8_t)size;
	memcpy(made + head + size, parts.detail.data, parts.detail.size);
	credit__v1__status__free_unpacked(status, NULL);
	*stored = (ProtobufCBinaryData){.len = head + size + parts.detail.size, .data = made};
}

static void change(Credit__V1__EpochRow *row, struct credit_arena *arena)
{
	for (size_t i = 0; i < row->n_effects; i++)
		if (row->effects[i]->kind == CREDIT__V1__EFFECT_KIND__EFFECT_KIND_STATUS) {
			clear_lists(&row->effects[i]->value, arena);
			return;
		}
	must(CREDIT_E_NOT_FOUND, "a status");
}

uint32_t lie_about_lists(const char *data, uint64_t epoch)
{
	struct credit_store *store = open_journal(data);
	struct credit_reader *reader;
	struct credit_arena arena;
	struct credit_write *write;
	struct credit_bytes bytes;
	Credit__V1__Epoch *header;
	Credit__V1__EpochRow *row;
	uint8_t key[KEY_SIZE];
	uint32_t number;

	credit_arena_init(&arena, NULL, 0, (size_t)64 << 20);
	must(credit_reader_new(store, &reader), "reader");
	must(credit_read_begin(reader), "read");
	must(credit__journal_epoch(reader, epoch, &arena, &header), "epoch");
	number = header->rows - 1;
	must(credit__journal_row(reader, epoch, number, &arena, &row), "row");
	credit_read_end(reader);
	credit_reader_free(reader);
	change(row, &arena);
	must(credit_encode(&row->base, &arena, &bytes), "encode");
	must(credit_write_begin(store, bytes.size, &write), "write");
	credit_write_u64(key, epoch);
	credit_write_u32(key + 8, number);
	must(credit_write_put(write, JOURNAL_ROWS, (struct credit_bytes){key, sizeof key}, bytes),
		"put");
	must(credit_write_commit(write), "commit");
	credit_arena_deinit(&arena);
	credit_store_close(store);
	return number;
}
