/* SPDX-License-Identifier: Apache-2.0
 *
 * apply.c - executing effects from bytes alone.
 *
 * This file never rules, draws or reads a clock: given the same journal it makes the same state, on
 * this machine after a crash and on any other that replays it.
 */
#include "registry/load.h"

#include <string.h>

#define PLACE_SIZE 12 /* epoch (8), row or filing (4) */

static struct credit_bytes place_value(uint64_t epoch, uint32_t number, uint8_t value[PLACE_SIZE])
{
	credit_write_u64(value, epoch);
	credit_write_u32(value + 8, number);
	return (struct credit_bytes){value, PLACE_SIZE};
}

enum credit_error credit__apply_effect(struct credit_write *write, const Credit__V1__Effect *effect)
{
	int keyspace = credit__effect_keyspace(effect->kind);
	struct credit_bytes key = {effect->key.data, effect->key.len};
	struct credit_bytes value = {effect->value.data, effect->value.len};

	if (keyspace < 0 || (credit__state_clustered[keyspace] && key.size < CREDIT_USCC_SIZE))
		return CREDIT_E_STATE_DIVERGED;
	if (keyspace == STATE_STATUS) {
		enum credit_error error = credit__status_map_note(
			write, key, effect->delete_ ? (struct credit_bytes){0} : value);

		if (error)
			return error;
	}
	if (effect->delete_)
		return credit_write_delete(write, (unsigned)keyspace, key);
	return credit_write_put(write, (unsigned)keyspace, key, value);
}

/* A row with a rule book in its effects is the largest there is. */
#define ROW_ARENA_LIMIT ((size_t)4 * CREDIT_RULE_BOOK_MAX)
#define MANIFEST_ARENA_LIMIT 65536

enum credit_error credit__apply_row(
	struct credit_write *write, uint64_t epoch, uint32_t row, struct credit_bytes bytes)
{
	uint8_t memory[16384];
	struct credit_arena arena;
	ProtobufCMessage *decoded;
	Credit__V1__EpochRow *message;
	uint8_t place[PLACE_SIZE];
	enum credit_error error;

	credit_arena_init(&arena, memory, sizeof memory, ROW_ARENA_LIMIT);
	error = credit__decode_stored(&credit__v1__epoch_row__descriptor, bytes, &arena, &decoded);
	if (error)
		goto done;
	message = (Credit__V1__EpochRow *)(void *)decoded;
	error = credit_write_put(write, STATE_COMMITMENT,
		(struct credit_bytes){message->commitment.data, message->commitment.len},
		place_value(epoch, row, place));
	for (size_t i = 0; i < message->n_effects && !error; i++)
		error = credit__apply_effect(write, message->effects[i]);
	/* A delete that finds nothing means that this is not the state the effects were made for.
	 */
	if (error == CREDIT_E_NOT_FOUND)
		error = CREDIT_E_STATE_DIVERGED;
done:
	credit_arena_deinit(&arena);
	return error;
}

enum credit_error credit__request_key(const Credit__V1__EpochFiling *filing,
	uint8_t memory[CREDIT_REQUEST_KEY_SIZE], struct credit_bytes *ret_key)
{
	const Credit__V1__Manifest *manifest;
	ProtobufCMessage *message;
	struct credit_arena arena;
	enum credit_error error;

	credit_arena_init(&arena, NULL, 0, MANIFEST_ARENA_LIMIT);
	error = credit__decode_stored(&credit__v1__manifest__descriptor,
		(struct credit_bytes){filing->manifest.data, filing->manifest.len}, &arena,
		&message);
	if (error)
		goto done;
	manifest = (const Credit__V1__Manifest *)(const void *)message;
	error = CREDIT_E_STORE_CORRUPT;
	if (strlen(manifest->issuer_uscc) != CREDIT_USCC_SIZE || filing->request_id.len != 16)
		goto done;
	memcpy(memory, manifest->issuer_uscc, CREDIT_USCC_SIZE);
	memcpy(memory + CREDIT_USCC_SIZE, filing->request_id.data, 16);
	*ret_key = (struct credit_bytes){memory, CREDIT_REQUEST_KEY_SIZE};
	error = CREDIT_OK;
done:
	credit_arena_deinit(&arena);
	return error;
}

static enum credit_error apply_request(struct credit_write *write,
	const Credit__V1__EpochFiling *filing, const struct credit_hash *digest)
{
	uint8_t memory[CREDIT_REQUEST_KEY_SIZE];
	struct credit_bytes key;
	enum credit_error error = credit__request_key(filing, memory, &key);

	return error ? error
		     : credit_write_put(write, STATE_REQUEST, key, credit__hash_bytes(digest));
}

enum credit_error credit__apply_filing(struct credit_write *write, uint64_t epoch, uint32_t number,
	const Credit__V1__EpochFiling *filing)
{
	struct credit_bytes manifest = {filing->manifest.data, filing->manifest.len};
	struct credit_hash digest;
	uint8_t place[PLACE_SIZE];
	enum credit_error error = credit_dsse_digest(CREDIT_MANIFEST_TYPE, manifest, &digest);

	if (!error)
		error = credit_write_put(write, STATE_FILING, credit__hash_bytes(&digest),
			place_value(epoch, number, place));
	if (!error && filing->request_id.len)
		error = apply_request(write, filing, &digest);
	return error;
}

enum credit_error credit__apply_mark(
	struct credit_write *write, const char *name, const struct credit__mark *mark)
{
	uint8_t value[24];

	credit_write_u64(value, mark->epoch);
	credit_write_u64(value + 8, (uint64_t)mark->time.ms);
	credit_write_u64(value + 16, mark->publication);
	return credit_write_put(write, STATE_META, credit_bytes_of(name),
		(struct credit_bytes){value, sizeof value});
}

enum credit_error credit__read_mark(
	const struct credit__eyes *eyes, const char *name, struct credit__mark *ret_mark)
{
	struct credit_bytes value;
	enum credit_error error = credit__eyes_get(eyes, STATE_META, credit_bytes_of(name), &value);

	if (error == CREDIT_E_NOT_FOUND) {
		*ret_mark = (struct credit__mark){0};
		return CREDIT_OK;
	}
	if (error)
		return error;
	if (value.size != 24)
		return CREDIT_E_STORE_CORRUPT;
	ret_mark->epoch = credit_read_u64(value.data);
	ret_mark->time.ms = (int64_t)credit_read_u64(value.data + 8);
	ret_mark->publication = credit_read_u64(value.data + 16);
	return CREDIT_OK;
}

enum credit_error credit__apply_epoch(struct credit_write *write, struct credit_reader *journal,
	uint64_t number, struct credit_arena *arena)
{
	Credit__V1__Epoch *epoch;
	enum credit_error error = credit__journal_epoch(journal, number, arena, &epoch);

	if (error)
		return error;
	if (epoch->number != number)
		return CREDIT_E_STORE_CORRUPT;
	for (uint32_t row = 0; row < epoch->rows && !error; row++) {
		struct credit_bytes bytes;

		error = credit__journal_row_bytes(journal, number, row, &bytes);
		if (!error)
			error = credit__apply_row(write, number, row, bytes);
	}
	for (uint32_t i = 0; i < epoch->n_filings && !error; i++)
		error = credit__apply_filing(write, number, i, epoch->filings[i]);
	if (!error)
		error = credit__apply_mark(write, "applied",
			&(struct credit__mark){.epoch = epoch->number, .time = {epoch->time}});
	return error;
}

/* --- publications --- */

enum credit_error credit__apply_publication(struct credit_write *write,
	const Credit__V1__Publication *publication, const struct credit__load_source *loads,
	struct credit_map_head *ret_head)
{
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; i < publication->n_effects && !error; i++)
		error = credit__apply_effect(write, publication->effects[i]);
	if (!error)
		error = credit__load_carry_out(write, loads);
	if (!error)
		error = credit__status_map_update(write, ret_head);
	if (!error)
		error = credit__apply_mark(write, "publication",
			&(struct credit__mark){.epoch = publication->epoch,
				.time = {publication->time},
				.publication = publication->number});
	return error;
}

enum credit_error credit__replay_publication(struct credit_write *write,
	struct credit_reader *journal, const Credit__V1__Publication *publication, bool alone,
	bool *ret_proved)
{
	struct credit__load_source loads = credit__load_journal(journal, alone);
	struct credit_map_head head;
	bool proved, erased = false;
	enum credit_error error = credit__apply_publication(write, publication, &loads, &head);

	if (error)
		return error;
	if (publication->map_root.len != CREDIT_HASH_SIZE)
		return CREDIT_E_STATE_DIVERGED;
	proved = head.size == publication->map_size &&
		 memcmp(publication->map_root.data, head.root.byte, CREDIT_HASH_SIZE) == 0;
	if (!proved)
		error = credit__journal_epoch_erased(journal, publication->epoch, &erased);
	if (!error && !proved && !erased)
		error = CREDIT_E_STATE_DIVERGED;
	if (ret_proved)
		*ret_proved = proved;
	return error;
}

void credit__publication_leaf_of(
	const Credit__V1__Publication *publication, struct credit_publication_leaf *ret_leaf)
{
	*ret_leaf = (struct credit_publication_leaf){
		.recorded_at = {publication->time},
		.publication = publication->number,
		.epoch = publication->epoch,
		.map_size = publication->map_size,
	};
	if (publication->map_root.len == CREDIT_HASH_SIZE)
		memcpy(ret_leaf->map_root.byte, publication->map_root.data, CREDIT_HASH_SIZE);
}

void credit__publication_entry(
	const Credit__V1__Publication *publication, uint8_t ret_entry[CREDIT_PUBLICATION_LEAF_SIZE])
{
	struct credit_publication_leaf leaf;

	credit__publication_leaf_of(publication, &leaf);
	credit_publication_leaf_write(&leaf, ret_entry);
}

bool credit__snapshot_entry(
	const Credit__V1__Publication *publication, uint8_t ret_entry[CREDIT_SNAPSHOT_LEAF_SIZE])
{
	const Credit__V1__SnapshotMark *mark = publication->snapshot;
	struct credit_snapshot_leaf leaf;

	if (!mark)
		return false;
	/* docs/spec/snapshot.md: "and has its recorded_at" */
	leaf = (struct credit_snapshot_leaf){
		.recorded_at = {publication->time},
		.publication = mark->publication,
		.size = mark->size,
		.entities = mark->entities,
		.entries = mark->entries,
	};
	if (mark->digest.len == CREDIT_HASH_SIZE)
		memcpy(leaf.digest.byte, mark->digest.data, CREDIT_HASH_SIZE);
	credit_snapshot_leaf_write(&leaf, ret_entry);
	return true;
}

static enum credit_error append_entry(struct credit_log *log, const uint8_t *entry, size_t size)
{
	struct credit_hash hash;

	credit_leaf_hash((struct credit_bytes){entry, size}, &hash);
	return credit_log_append(log, &hash);
}

enum credit_error credit__publication_append(
	struct credit_log *log, const Credit__V1__Publication *publication)
{
	uint8_t snapshot[CREDIT_SNAPSHOT_LEAF_SIZE], last[CREDIT_PUBLICATION_LEAF_SIZE];
	enum credit_error error = CREDIT_OK;

	if (credit__snapshot_entry(publication, snapshot))
		error = append_entry(log, snapshot, sizeof snapshot);
	credit__publication_entry(publication, last);
	return error ? error : append_entry(log, last, sizeof last);
}

uint64_t credit__publication_leaves(const Credit__V1__Publication *publication)
{
	return publication->snapshot ? 2 : 1;
}
