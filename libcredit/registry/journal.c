/* SPDX-License-Identifier: Apache-2.0
 *
 * journal.c - the store that grows at its end: epochs, rows of acts, tiles, the newest head.
 *
 * An epoch is acknowledged when it is in the tail of the head file (tail.c); with the next publication
 * all that wait there go in by one transaction. Keys grow, so pages fill and the B-tree's right edge
 * stays in memory.
 */
#include "registry/load.h"

#include <string.h>

#define HEAD_KEY "head"
#define HEAD_FIXED (8 + 8 + CREDIT_HASH_SIZE)
#define ROW_KEY_SIZE 12
#define TILE_KEY_SIZE 9
#define HEADER_ARENA_LIMIT ((size_t)512 << 20)

const char *const credit__journal_names[JOURNAL_KEYSPACES] = {
	[JOURNAL_EPOCHS] = "epochs",
	[JOURNAL_ROWS] = "rows",
	[JOURNAL_TILES] = "tiles",
	[JOURNAL_HEAD] = "head",
	[JOURNAL_DOCUMENTS] = "documents",
	[JOURNAL_PUBLICATIONS] = "publications",
	[JOURNAL_COSIGNATURES] = "cosignatures",
	[JOURNAL_DOCUMENT_KEYS] = "document_keys",
	[JOURNAL_ERASURES] = "erasures",
	[JOURNAL_LOADS] = "loads",
	[JOURNAL_LOAD_PIECES] = "load_pieces",
};

struct credit_store_options credit__journal_options(const char *path)
{
	return (struct credit_store_options){
		.path = path,
		.keyspaces = credit__journal_names,
		.keyspace_count = JOURNAL_KEYSPACES,
		.format = JOURNAL_FORMAT,
		.format_oldest = FORMAT_OLDEST,
		.purpose = "credit journal",
	};
}

/* Epochs and publications. */
static struct credit_bytes number_key(uint64_t number, uint8_t key[8])
{
	credit_write_u64(key, number);
	return (struct credit_bytes){key, 8};
}

static struct credit_bytes row_key(uint64_t epoch, uint32_t row, uint8_t key[ROW_KEY_SIZE])
{
	credit_write_u64(key, epoch);
	credit_write_u32(key + 8, row);
	return (struct credit_bytes){key, ROW_KEY_SIZE};
}

static struct credit_bytes tile_key(uint32_t level, uint64_t index, uint8_t key[TILE_KEY_SIZE])
{
	key[0] = (uint8_t)level;
	credit_write_u64(key + 1, index);
	return (struct credit_bytes){key, TILE_KEY_SIZE};
}

/* --- writing --- */

static enum credit_error write_tile(void *context, uint32_t level, uint64_t index,
	const struct credit_hash *hashes, uint32_t width)
{
	uint8_t key[TILE_KEY_SIZE];

	return credit_write_put(context, JOURNAL_TILES, tile_key(level, index, key),
		(struct credit_bytes){hashes->byte, (size_t)width * CREDIT_HASH_SIZE});
}

static enum credit_error write_attachment(struct credit_write *write, const struct credit__row *row)
{
	struct credit_hash digest;

	if (row->is_document)
		return credit__document_put(write, &row->document, row->attachment);
	credit_sha256(row->attachment, &digest);
	return credit_write_put(
		write, JOURNAL_DOCUMENTS, credit__hash_bytes(&digest), row->attachment);
}

static enum credit_error write_rows(struct credit_write *write, const struct credit__epoch *epoch)
{
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; i < epoch->row_count && !error; i++) {
		const struct credit__row *row = &epoch->rows[i];
		uint8_t key[ROW_KEY_SIZE];

		error = credit_write_append(
			write, JOURNAL_ROWS, row_key(epoch->number, (uint32_t)i, key), row->bytes);
		if (!error && row->attachment.size)
			error = write_attachment(write, row);
		if (!error && row->files_load)
			error = credit__load_file(write, &row->load, epoch->number);
	}
	return error;
}

enum credit_error credit__journal_put_head(struct credit_write *write, uint64_t epoch,
	const struct credit_tree_head *head, struct credit_bytes checkpoint)
{
	uint8_t memory[HEAD_FIXED + CREDIT_CHECKPOINT_MAX];
	struct credit_buffer buffer;
	struct credit_bytes value;
	enum credit_error error;

	credit_buffer_init(&buffer, memory, sizeof memory);
	credit_buffer_put_u64(&buffer, epoch);
	credit_buffer_put_u64(&buffer, head->size);
	credit_buffer_put(&buffer, head->root.byte, CREDIT_HASH_SIZE);
	credit_buffer_put(&buffer, checkpoint.data, checkpoint.size);
	error = credit_buffer_done(&buffer, &value);
	return error ? error
		     : credit_write_put(write, JOURNAL_HEAD, credit_bytes_of(HEAD_KEY), value);
}

/* Bytes that the epoch will add: rows, header, attachments. */
static size_t epoch_room(const struct credit__epoch *epoch)
{
	size_t room = epoch->header.size + epoch->row_count * 256;

	for (size_t i = 0; i < epoch->row_count; i++)
		room += epoch->rows[i].bytes.size + epoch->rows[i].attachment.size;
	return room;
}

static enum credit_error write_pending(
	struct credit_write *write, const struct credit__pending_epoch *item)
{
	uint64_t number = item->head.epoch;
	uint8_t key[ROW_KEY_SIZE];
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; i < item->row_count && !error; i++)
		error = credit_write_append(write, JOURNAL_ROWS, row_key(number, (uint32_t)i, key),
			item->rows[i].bytes);
	return error ? error
		     : credit_write_append(
			       write, JOURNAL_EPOCHS, number_key(number, key), item->header);
}

/* A transaction that begins with what is pending, with room for so much more and for the tiles of the
 * right edge. */
static enum credit_error begin(
	struct credit_registry *registry, size_t room, struct credit_write **ret_write)
{
	const struct credit__pending *pending = &registry->pending;
	enum credit_error error = credit_write_begin(registry->journal,
		2 * (room + pending->room + (size_t)8 * CREDIT_TILE_BYTES), ret_write);

	if (error)
		return error;
	for (size_t i = 0; i < pending->count && !error; i++)
		error = write_pending(*ret_write, &pending->items[i]);
	if (error)
		credit_write_abort(*ret_write);
	return error;
}

/* The log's new tiles and the newest head: then all of it is durable, and nothing is pending. */
static enum credit_error finish(struct credit_registry *registry, struct credit_write *write,
	uint64_t epoch, const struct credit_tree_head *head, struct credit_bytes checkpoint)
{
	enum credit_error error = credit_log_flush(registry->log, write, write_tile);

	if (!error)
		error = credit__journal_put_head(write, epoch, head, checkpoint);
	if (error) {
		credit_write_abort(write);
		return error;
	}
	error = credit__commit(registry, write);
	if (error)
		return error;
	credit__pending_clear(&registry->pending);
	registry->filed = head->size;
	return CREDIT_OK;
}

static enum credit_error commit_to_store(
	struct credit_registry *registry, const struct credit__epoch *epoch)
{
	struct credit_write *write = NULL;
	uint8_t key[8];
	enum credit_error error = begin(registry, epoch_room(epoch), &write);

	if (error)
		return error;
	error = write_rows(write, epoch);
	if (!error)
		error = credit_write_append(
			write, JOURNAL_EPOCHS, number_key(epoch->number, key), epoch->header);
	if (error) {
		credit_write_abort(write);
		return error;
	}
	return finish(registry, write, epoch->number, &epoch->head, epoch->checkpoint);
}

/* The tail holds neither attachments nor, in clear, what is sealed in the store; and that a load file is
 * filed is noted where the file lies. */
static bool is_for_the_store(const struct credit__epoch *epoch)
{
	for (size_t i = 0; i < epoch->row_count; i++)
		if (epoch->rows[i].attachment.size || epoch->rows[i].files_load)
			return true;
	return false;
}

enum credit_error credit__journal_commit(
	struct credit_registry *registry, const struct credit__epoch *epoch)
{
	if (is_for_the_store(epoch) ||
		!credit__tail_has_room(&registry->head_file, credit__pending_size(epoch)))
		return commit_to_store(registry, epoch);
	return credit__pending_add(registry, epoch);
}

enum credit_error credit__journal_settle(struct credit_registry *registry)
{
	const struct credit__pending *pending = &registry->pending;
	struct credit_write *write = NULL;
	struct credit_bytes checkpoint;
	struct credit_tree_head head;
	const Credit__V1__Epoch *epoch;
	struct credit_arena arena;
	enum credit_error error;

	if (pending->count == 0)
		return CREDIT_OK;
	credit_arena_init(&arena, NULL, 0, HEADER_ARENA_LIMIT);
	error = credit__pending_checkpoint(
		registry, &pending->items[pending->count - 1], &arena, &epoch, &checkpoint);
	if (!error)
		error = begin(registry, 0, &write);
	if (!error) {
		credit_log_head(registry->log, &head);
		error = finish(registry, write, epoch->number, &head, checkpoint);
		/* The edge may have forgotten what the store did not take. */
		if (error && credit__reload_log(registry) != CREDIT_OK)
			error = CREDIT_E_STORE_CORRUPT;
	}
	credit_arena_deinit(&arena);
	return error ? error : credit__write_head(registry);
}

enum credit_error credit__journal_publish(struct credit_registry *registry,
	const Credit__V1__Publication *publication, struct credit_bytes bytes)
{
	struct credit_bytes checkpoint = {
		publication->checkpoint.data, publication->checkpoint.len};
	struct credit_write *write = NULL;
	struct credit_tree_head head;
	uint8_t key[8];
	enum credit_error error = begin(registry, bytes.size, &write);

	if (error)
		return error;
	error = credit_write_append(
		write, JOURNAL_PUBLICATIONS, number_key(publication->number, key), bytes);
	if (error) {
		credit_write_abort(write);
		return error;
	}
	credit_log_head(registry->log, &head);
	return finish(registry, write, publication->epoch, &head, checkpoint);
}

/* --- reading --- */

/* A row that must be there: its absence is damage, not an answer. */
static enum credit_error must_read(struct credit_reader *reader, unsigned keyspace,
	struct credit_bytes key, struct credit_bytes *ret_value)
{
	enum credit_error error = credit_read_get(reader, keyspace, key, ret_value);

	return error == CREDIT_E_NOT_FOUND ? CREDIT_E_STORE_CORRUPT : error;
}

enum credit_error credit__decode_stored(const ProtobufCMessageDescriptor *type,
	struct credit_bytes bytes, struct credit_arena *arena, ProtobufCMessage **ret_message)
{
	enum credit_error error = credit_unpack(type, bytes, arena, ret_message);

	/* Our own bytes: what does not decode is damaged. */
	return error == CREDIT_E_MALFORMED ? CREDIT_E_STORE_CORRUPT : error;
}

enum credit_error credit__journal_epoch_bytes(
	struct credit_reader *reader, uint64_t number, struct credit_bytes *ret_bytes)
{
	uint8_t key[8];

	return must_read(reader, JOURNAL_EPOCHS, number_key(number, key), ret_bytes);
}

enum credit_error credit__journal_epoch(struct credit_reader *reader, uint64_t number,
	struct credit_arena *arena, Credit__V1__Epoch **ret_epoch)
{
	struct credit_bytes bytes;
	enum credit_error error = credit__journal_epoch_bytes(reader, number, &bytes);

	return error ? error
		     : credit__decode_stored(&credit__v1__epoch__descriptor, bytes, arena,
			       (ProtobufCMessage **)(void *)ret_epoch);
}

enum credit_error credit__journal_row_bytes(
	struct credit_reader *reader, uint64_t epoch, uint32_t row, struct credit_bytes *ret_bytes)
{
	uint8_t key[ROW_KEY_SIZE];

	return must_read(reader, JOURNAL_ROWS, row_key(epoch, row, key), ret_bytes);
}

enum credit_error credit__journal_row(struct credit_reader *reader, uint64_t epoch, uint32_t row,
	struct credit_arena *arena, Credit__V1__EpochRow **ret_row)
{
	struct credit_bytes bytes;
	enum credit_error error = credit__journal_row_bytes(reader, epoch, row, &bytes);

	return error ? error
		     : credit__decode_stored(&credit__v1__epoch_row__descriptor, bytes, arena,
			       (ProtobufCMessage **)(void *)ret_row);
}

enum credit_error credit__row_entry(const Credit__V1__Epoch *epoch, const Credit__V1__EpochRow *row,
	const struct credit_hash *commitment, struct credit_arena *arena,
	struct credit_bytes *ret_entry)
{
	const Credit__V1__EpochFiling *filing;
	credit_ms_t time = {epoch->time};
	bool erased = credit__row_is_erased(row);
	bool sealed = erased || row->blind.len == CREDIT_OPENING_SIZE;
	size_t room = sealed ? CREDIT_SEALED_LEAF_SIZE : CREDIT_CLEAR_LEAF_MAX;
	uint8_t *memory = credit_arena_alloc(arena, room);
	struct credit_opening blind;
	struct credit_hash digest;
	struct credit_buffer buffer;
	enum credit_error error;

	if (!memory)
		return CREDIT_E_NO_MEMORY;
	if (row->filing >= epoch->n_filings)
		return CREDIT_E_STORE_CORRUPT;
	if (erased) {
		struct credit_hash mac;

		memcpy(mac.byte, row->leaf_mac.data, sizeof mac.byte);
		credit_sealed_leaf_of_mac(time, &mac, memory);
		*ret_entry = (struct credit_bytes){memory, CREDIT_SEALED_LEAF_SIZE};
		return CREDIT_OK;
	}
	filing = epoch->filings[row->filing];
	error = credit_dsse_digest(CREDIT_MANIFEST_TYPE,
		(struct credit_bytes){filing->manifest.data, filing->manifest.len}, &digest);
	if (error)
		return error;
	if (sealed) {
		memcpy(blind.byte, row->blind.data, sizeof blind);
		credit_sealed_leaf(time, &blind, &digest, row->index, commitment, memory);
		*ret_entry = (struct credit_bytes){memory, CREDIT_SEALED_LEAF_SIZE};
		return CREDIT_OK;
	}
	credit_buffer_init(&buffer, memory, room);
	credit_clear_leaf(time, &digest, row->index,
		(struct credit_bytes){row->act.data, row->act.len}, &buffer);
	return credit_buffer_done(&buffer, ret_entry);
}

enum credit_error credit__journal_publication_bytes(
	struct credit_reader *reader, uint64_t number, struct credit_bytes *ret_bytes)
{
	uint8_t key[8];

	return credit_read_get(reader, JOURNAL_PUBLICATIONS, number_key(number, key), ret_bytes);
}

enum credit_error credit__journal_publication(struct credit_reader *reader, uint64_t number,
	struct credit_arena *arena, Credit__V1__Publication **ret_publication)
{
	struct credit_bytes bytes;
	enum credit_error error = credit__journal_publication_bytes(reader, number, &bytes);

	return error ? error
		     : credit__decode_stored(&credit__v1__publication__descriptor, bytes, arena,
			       (ProtobufCMessage **)(void *)ret_publication);
}

enum credit_error credit__journal_publication_written(struct credit_write *write, uint64_t number,
	struct credit_arena *arena, Credit__V1__Publication **ret_publication)
{
	struct credit_bytes bytes;
	uint8_t key[8];
	enum credit_error error =
		credit_write_get(write, JOURNAL_PUBLICATIONS, number_key(number, key), &bytes);

	return error ? error
		     : credit__decode_stored(&credit__v1__publication__descriptor, bytes, arena,
			       (ProtobufCMessage **)(void *)ret_publication);
}

enum credit_error credit__journal_last_publication(struct credit_reader *reader,
	struct credit_arena *arena, Credit__V1__Publication **ret_publication)
{
	struct credit_cursor *cursor;
	struct credit_bytes key, bytes;
	enum credit_error error = credit_cursor_open(reader, NULL, JOURNAL_PUBLICATIONS, &cursor);

	if (error)
		return error;
	error = credit_cursor_last(cursor, &key, &bytes);
	if (!error)
		error = credit__decode_stored(&credit__v1__publication__descriptor, bytes, arena,
			(ProtobufCMessage **)(void *)ret_publication);
	credit_cursor_close(cursor);
	return error;
}

enum credit_error credit__journal_head(
	struct credit_reader *reader, struct credit_signed_head *ret_head)
{
	struct credit_bytes value;
	struct credit_signed_head head;
	enum credit_error error =
		credit_read_get(reader, JOURNAL_HEAD, credit_bytes_of(HEAD_KEY), &value);

	if (error)
		return error;
	if (value.size <= HEAD_FIXED)
		return CREDIT_E_STORE_CORRUPT;
	head.epoch = credit_read_u64(value.data);
	head.head.size = credit_read_u64(value.data + 8);
	memcpy(head.head.root.byte, value.data + 16, CREDIT_HASH_SIZE);
	head.checkpoint = (struct credit_bytes){value.data + HEAD_FIXED, value.size - HEAD_FIXED};
	*ret_head = head;
	return CREDIT_OK;
}

/* --- tiles --- */

static enum credit_error read_tile(void *context, uint32_t level, uint64_t index, uint32_t width,
	const struct credit_hash **ret_hashes)
{
	struct credit__tiles *tiles = context;
	struct credit_bytes value;
	uint8_t key[TILE_KEY_SIZE];
	enum credit_error error =
		must_read(tiles->reader, JOURNAL_TILES, tile_key(level, index, key), &value);

	if (error)
		return error;
	if (value.size < (size_t)width * CREDIT_HASH_SIZE || value.size > CREDIT_TILE_BYTES)
		return CREDIT_E_STORE_CORRUPT;
	memcpy(tiles->tile, value.data, value.size);
	*ret_hashes = tiles->tile;
	return CREDIT_OK;
}

struct credit_tile_source credit__tile_source(struct credit__tiles *tiles)
{
	return (struct credit_tile_source){.context = tiles, .read = read_tile};
}
