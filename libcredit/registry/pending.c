/* SPDX-License-Identifier: Apache-2.0
 *
 * pending.c - epochs that the head file's tail holds and the journal's store not yet.
 *
 * They are kept in memory as they stand in the tail, so that receipts can be made of them and the store
 * can take them. After a crash they are read back from there, each held against the root that its
 * record says was signed.
 *
 * A payload: length (4) and the header | number of rows (4) | for each row leaf hash (32), length (4)
 * and the row. In the file: never change.
 */
#include "registry/internal.h"

#include <stdlib.h>
#include <string.h>

#define HEADER_ARENA_LIMIT ((size_t)512 << 20)
#define ROW_HEAD (CREDIT_HASH_SIZE + 4)

/* --- the payload --- */

size_t credit__pending_size(const struct credit__epoch *epoch)
{
	size_t size = 4 + epoch->header.size + 4;

	for (size_t i = 0; i < epoch->row_count; i++)
		size += ROW_HEAD + epoch->rows[i].bytes.size;
	return size;
}

static enum credit_error write_payload(
	const struct credit__epoch *epoch, uint8_t *memory, size_t size)
{
	struct credit_buffer buffer;
	struct credit_bytes payload;

	credit_buffer_init(&buffer, memory, size);
	credit_buffer_put_u32(&buffer, (uint32_t)epoch->header.size);
	credit_buffer_put(&buffer, epoch->header.data, epoch->header.size);
	credit_buffer_put_u32(&buffer, (uint32_t)epoch->row_count);
	for (size_t i = 0; i < epoch->row_count; i++) {
		const struct credit__row *row = &epoch->rows[i];

		credit_buffer_put(&buffer, row->leaf.byte, CREDIT_HASH_SIZE);
		credit_buffer_put_u32(&buffer, (uint32_t)row->bytes.size);
		credit_buffer_put(&buffer, row->bytes.data, row->bytes.size);
	}
	return credit_buffer_done(&buffer, &payload);
}

/* A length, and so many bytes after it; false when they are not there. */
static bool take(const struct credit_bytes *payload, size_t *at, struct credit_bytes *ret_bytes)
{
	size_t left = payload->size - *at;

	if (left < 4 || credit_read_u32(payload->data + *at) > left - 4)
		return false;
	ret_bytes->size = credit_read_u32(payload->data + *at);
	ret_bytes->data = payload->data + *at + 4;
	*at += 4 + ret_bytes->size;
	return true;
}

/* Where the parts stand. The item owns `memory` already. */
static enum credit_error find_parts(struct credit__pending_epoch *item)
{
	size_t at = 0;

	if (!take(&item->payload, &at, &item->header) || item->payload.size - at < 4)
		return CREDIT_E_STORE_CORRUPT;
	item->row_count = credit_read_u32(item->payload.data + at);
	at += 4;
	if (item->row_count > (item->payload.size - at) / ROW_HEAD)
		return CREDIT_E_STORE_CORRUPT;
	item->rows = malloc((item->row_count + 1) * sizeof *item->rows);
	if (!item->rows)
		return CREDIT_E_NO_MEMORY;
	for (size_t i = 0; i < item->row_count; i++) {
		if (item->payload.size - at < CREDIT_HASH_SIZE)
			return CREDIT_E_STORE_CORRUPT;
		item->rows[i].leaf = (const struct credit_hash *)(item->payload.data + at);
		at += CREDIT_HASH_SIZE;
		if (!take(&item->payload, &at, &item->rows[i].bytes))
			return CREDIT_E_STORE_CORRUPT;
	}
	return at == item->payload.size ? CREDIT_OK : CREDIT_E_STORE_CORRUPT;
}

/* --- the list --- */

static void item_free(struct credit__pending_epoch *item)
{
	free(item->memory);
	free(item->rows);
}

static enum credit_error reserve(struct credit__pending *pending)
{
	size_t capacity = pending->capacity ? 2 * pending->capacity : 64;
	struct credit__pending_epoch *items;

	if (pending->count < pending->capacity)
		return CREDIT_OK;
	items = realloc(pending->items, capacity * sizeof *items);
	if (!items)
		return CREDIT_E_NO_MEMORY;
	pending->items = items;
	pending->capacity = capacity;
	return CREDIT_OK;
}

/* An item with room for so many bytes; freed by the caller until it is in the list. */
static enum credit_error item_new(
	size_t size, const struct credit__signed_size *head, struct credit__pending_epoch *ret_item)
{
	*ret_item = (struct credit__pending_epoch){.head = *head, .memory = malloc(size)};
	ret_item->payload = (struct credit_bytes){ret_item->memory, size};
	return ret_item->memory ? CREDIT_OK : CREDIT_E_NO_MEMORY;
}

static void put(struct credit__pending *pending, const struct credit__pending_epoch *item)
{
	pending->items[pending->count++] = *item;
	pending->room += item->payload.size + item->row_count * 256;
}

void credit__pending_clear(struct credit__pending *pending)
{
	for (size_t i = 0; i < pending->count; i++)
		item_free(&pending->items[i]);
	free(pending->items);
	*pending = (struct credit__pending){0};
}

enum credit_error credit__pending_add(
	struct credit_registry *registry, const struct credit__epoch *epoch)
{
	struct credit__signed_size head = {
		.size = epoch->head.size, .epoch = epoch->number, .root = epoch->head.root};
	struct credit__pending_epoch item = {0};
	/* All that can fail comes before the record: once it is there, the epoch stands. */
	enum credit_error error = reserve(&registry->pending);

	if (!error)
		error = item_new(credit__pending_size(epoch), &head, &item);
	if (!error)
		error = write_payload(epoch, item.memory, item.payload.size);
	if (!error)
		error = find_parts(&item);
	if (!error) {
		credit__synced(registry, false);
		error = credit__tail_append(&registry->head_file, &head, item.payload);
		credit__synced(registry, true);
	}
	if (error) {
		item_free(&item);
		return error;
	}
	put(&registry->pending, &item);
	return CREDIT_OK;
}

/* --- reading --- */

static const struct credit__pending_epoch *find(
	const struct credit_registry *registry, uint64_t number)
{
	const struct credit__pending *pending = &registry->pending;
	uint64_t first = pending->count ? pending->items[0].head.epoch : UINT64_MAX;

	return number >= first && number - first < pending->count ? &pending->items[number - first]
								  : NULL;
}

enum credit_error credit__latest_epoch(struct credit_registry *registry, uint64_t number,
	struct credit_arena *arena, Credit__V1__Epoch **ret_epoch)
{
	const struct credit__pending_epoch *item = find(registry, number);

	if (!item)
		return credit__journal_epoch(registry->tiles.reader, number, arena, ret_epoch);
	return credit__decode_stored(&credit__v1__epoch__descriptor, item->header, arena,
		(ProtobufCMessage **)(void *)ret_epoch);
}

enum credit_error credit__latest_row(struct credit_registry *registry, uint64_t epoch, uint32_t row,
	struct credit_arena *arena, Credit__V1__EpochRow **ret_row)
{
	const struct credit__pending_epoch *item = find(registry, epoch);

	if (!item)
		return credit__journal_row(registry->tiles.reader, epoch, row, arena, ret_row);
	if (row >= item->row_count)
		return CREDIT_E_STORE_CORRUPT;
	return credit__decode_stored(&credit__v1__epoch_row__descriptor, item->rows[row].bytes,
		arena, (ProtobufCMessage **)(void *)ret_row);
}

enum credit_error credit__pending_checkpoint(const struct credit_registry *registry,
	const struct credit__pending_epoch *item, struct credit_arena *arena,
	const Credit__V1__Epoch **ret_epoch, struct credit_bytes *ret_checkpoint)
{
	struct credit_tree_head head;
	ProtobufCMessage *message;
	enum credit_error error = credit__decode_stored(
		&credit__v1__epoch__descriptor, item->header, arena, &message);

	if (error)
		return error;
	*ret_epoch = (const Credit__V1__Epoch *)(const void *)message;
	*ret_checkpoint =
		(struct credit_bytes){(*ret_epoch)->checkpoint.data, (*ret_epoch)->checkpoint.len};
	error = credit_checkpoint_open(*ret_checkpoint, &registry->log_name, &head);
	if (error || head.size != item->head.size ||
		!credit_hash_equal(&head.root, &item->head.root))
		return CREDIT_E_STORE_CORRUPT;
	return CREDIT_OK;
}

/* --- after a crash --- */

enum credit_error credit__pending_append_leaves(
	struct credit_log *log, const struct credit__pending_epoch *item)
{
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; i < item->row_count && !error; i++)
		error = credit_log_append(log, item->rows[i].leaf);
	return error;
}

/* Whether what the record says was signed follows from the journal and the record. */
static enum credit_error judge(
	struct credit_registry *registry, const struct credit__pending_epoch *item)
{
	struct credit_tree_head head;
	struct credit_bytes checkpoint;
	const Credit__V1__Epoch *epoch;
	struct credit_arena arena;
	enum credit_error error = credit__pending_append_leaves(registry->log, item);

	if (error)
		return error;
	credit_log_head(registry->log, &head);
	if (head.size != item->head.size || !credit_hash_equal(&head.root, &item->head.root))
		return CREDIT_E_HEAD_FORK;
	credit_arena_init(&arena, NULL, 0, HEADER_ARENA_LIMIT);
	error = credit__pending_checkpoint(registry, item, &arena, &epoch, &checkpoint);
	if (!error && epoch->number != item->head.epoch)
		error = CREDIT_E_STORE_CORRUPT;
	if (!error) {
		registry->epoch = epoch->number;
		registry->time.ms = epoch->time;
	}
	credit_arena_deinit(&arena);
	return error;
}

static enum credit_error recover(
	void *context, const struct credit__signed_size *head, struct credit_bytes payload)
{
	struct credit_registry *registry = context;
	struct credit__pending_epoch item;
	enum credit_error error;

	/* Before: the store has it. After: the database is behind, and whoever compares the heads says so.
	 */
	if (head->epoch != registry->epoch + 1)
		return CREDIT_OK;
	error = reserve(&registry->pending);
	if (!error)
		error = item_new(payload.size, head, &item);
	if (error)
		return error;
	memcpy(item.memory, payload.data, payload.size);
	error = find_parts(&item);
	if (!error)
		error = judge(registry, &item);
	if (error)
		item_free(&item);
	else
		put(&registry->pending, &item);
	return error;
}

enum credit_error credit__pending_recover(
	struct credit_registry *registry, struct credit__signed_size base)
{
	return credit__tail_scan(&registry->head_file, &base, registry, recover);
}
