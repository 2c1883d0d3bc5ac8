/* SPDX-License-Identifier: Apache-2.0
 *
 * replica.c - the auditor's folder: the state, the log's right edge, how far the audit is.
 *
 * One store holds all three, so that one commit moves them together: after a kill the audit goes on
 * from the last publication that was committed.
 */
#include "audit/internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <errno.h>

#define AUDIT_FORMAT 2
/* What a few publications add, a load file among them; the map grows between commits, and costs
 * addresses. */
#define ROOM ((size_t)2 << 30)
#define PLACE_SIZE (8 * 8 + CREDIT_HASH_SIZE)

static const char place_key[] = "place", log_key[] = "log", seen_key[] = "seen";

/* --- the log's edge --- */

static enum credit_error write_edge(void *context, uint32_t level, uint64_t index,
	const struct credit_hash *hashes, uint32_t width)
{
	struct credit_write *write = context;
	uint8_t key = (uint8_t)level;
	uint8_t value[8 + CREDIT_TILE_BYTES];

	credit_write_u64(value, index);
	memcpy(value + 8, hashes, (size_t)width * CREDIT_HASH_SIZE);
	return credit_write_put(write, AUDIT_EDGE, (struct credit_bytes){&key, 1},
		(struct credit_bytes){value, 8 + (size_t)width * CREDIT_HASH_SIZE});
}

struct edge {
	struct credit_reader *reader;
	struct credit_hash tile[CREDIT_TILE_WIDTH];
};

/* Of a level only the rightmost tile is kept: loading an edge asks for no other. */
static enum credit_error read_edge(void *context, uint32_t level, uint64_t index, uint32_t width,
	const struct credit_hash **ret_hashes)
{
	struct edge *edge = context;
	uint8_t key = (uint8_t)level;
	struct credit_bytes value;
	enum credit_error error =
		credit_read_get(edge->reader, AUDIT_EDGE, (struct credit_bytes){&key, 1}, &value);

	if (error)
		return error == CREDIT_E_NOT_FOUND ? CREDIT_E_STORE_CORRUPT : error;
	if (value.size < 8 + (size_t)width * CREDIT_HASH_SIZE ||
		value.size > 8 + CREDIT_TILE_BYTES || credit_read_u64(value.data) != index)
		return CREDIT_E_STORE_CORRUPT;
	memcpy(edge->tile, value.data + 8, value.size - 8);
	*ret_hashes = edge->tile;
	return CREDIT_OK;
}

static enum credit_error load_edge(struct credit_audit *audit)
{
	struct edge edge = {.reader = audit->reader};
	struct credit_tile_source source = {.context = &edge, .read = read_edge};
	struct credit_tree_head head;
	enum credit_error error = credit_log_load(audit->log, audit->place.head.size, &source);

	if (error)
		return error;
	credit_log_head(audit->log, &head);
	return audit->place.head.size == 0 || credit_hash_equal(&head.root, &audit->place.head.root)
		       ? CREDIT_OK
		       : CREDIT_E_STORE_CORRUPT;
}

/* --- how far it is --- */

static enum credit_error write_place(struct credit_audit *audit)
{
	const struct credit_audit_place *place = &audit->place;
	const uint64_t numbers[] = {place->publication, place->epoch, (uint64_t)place->time.ms,
		place->head.size, place->lied, place->acts, place->erased, place->blind};
	uint8_t value[PLACE_SIZE];

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		credit_write_u64(value + 8 * i, numbers[i]);
	memcpy(value + sizeof numbers, place->head.root.byte, CREDIT_HASH_SIZE);
	return credit_write_put(audit->write, AUDIT_OWN, credit_bytes_of(place_key),
		(struct credit_bytes){value, sizeof value});
}

static enum credit_error read_place(struct credit_audit *audit)
{
	struct credit_audit_place *place = &audit->place;
	struct credit_bytes value;
	enum credit_error error =
		credit_read_get(audit->reader, AUDIT_OWN, credit_bytes_of(place_key), &value);

	if (error)
		return error == CREDIT_E_NOT_FOUND ? CREDIT_OK : error;
	if (value.size != PLACE_SIZE)
		return CREDIT_E_STORE_CORRUPT;
	place->publication = credit_read_u64(value.data);
	place->epoch = credit_read_u64(value.data + 8);
	place->time.ms = (int64_t)credit_read_u64(value.data + 16);
	place->head.size = credit_read_u64(value.data + 24);
	place->lied = credit_read_u64(value.data + 32);
	place->acts = credit_read_u64(value.data + 40);
	place->erased = credit_read_u64(value.data + 48);
	place->blind = credit_read_u64(value.data + 56);
	memcpy(place->head.root.byte, value.data + 64, CREDIT_HASH_SIZE);
	return CREDIT_OK;
}

/* The folder follows one registry for ever. */
static enum credit_error check_log(struct credit_audit *audit, bool *ret_known)
{
	char vkey[CREDIT_KEY_TEXT_MAX];
	struct credit_bytes value;
	enum credit_error error = credit_vkey_text(&audit->options.log_key, vkey);

	*ret_known = false;
	if (!error)
		error = credit_read_get(audit->reader, AUDIT_OWN, credit_bytes_of(log_key), &value);
	if (error)
		return error == CREDIT_E_NOT_FOUND ? CREDIT_OK : error;
	*ret_known = true;
	return credit_bytes_equal(value, credit_bytes_of(vkey)) ? CREDIT_OK
								: CREDIT_E_FOLDER_NOT_OURS;
}

static enum credit_error write_log(struct credit_audit *audit)
{
	char vkey[CREDIT_KEY_TEXT_MAX];
	enum credit_error error = credit_vkey_text(&audit->options.log_key, vkey);

	if (!error)
		error = credit__replica_begin(audit);
	if (!error)
		error = credit_write_put(
			audit->write, AUDIT_OWN, credit_bytes_of(log_key), credit_bytes_of(vkey));
	return error ? error : credit__replica_commit(audit);
}

/* --- opening and committing --- */

static enum credit_error open_store(struct credit_audit *audit, struct credit_problem *problem)
{
	const char *names[AUDIT_KEYSPACES];
	uint8_t clustered[AUDIT_KEYSPACES] = {0};
	struct credit_store_options options = {
		.path = audit->folder,
		.keyspaces = names,
		.clustered = clustered,
		.cluster_key = CREDIT_USCC_SIZE,
		.keyspace_count = AUDIT_KEYSPACES,
		.format = AUDIT_FORMAT,
		.format_oldest = AUDIT_FORMAT,
		.purpose = "credit audit",
		.map_size = audit->options.map_size,
		.readers_max = 8,
	};

	_Static_assert(AUDIT_KEYSPACES <= CREDIT_KEYSPACES_MAX, "one store holds them all");
	for (size_t i = 0; i < STATE_KEYSPACES; i++)
		names[i] = credit__state_names[i];
	memcpy(clustered, credit__state_clustered, sizeof credit__state_clustered);
	names[AUDIT_EDGE] = "edge";
	names[AUDIT_OWN] = "audit";
	return credit_store_open(&options, &audit->store, problem);
}

enum credit_error credit__replica_open(struct credit_audit *audit, struct credit_problem *problem)
{
	bool known = false;
	enum credit_error error;

	if (mkdir(audit->folder, 0700) != 0 && errno != EEXIST)
		return credit_problem_set(
			problem, CREDIT_E_IO, NULL, NULL, "%s: %s", audit->folder, strerror(errno));
	error = open_store(audit, problem);
	if (error)
		return error;
	error = credit_log_new(&audit->log);
	if (!error)
		error = credit_reader_new(audit->store, &audit->reader);
	if (!error)
		error = credit_read_begin(audit->reader);
	if (!error) {
		error = check_log(audit, &known);
		if (!error)
			error = read_place(audit);
		if (!error)
			error = load_edge(audit);
		credit_read_end(audit->reader);
	}
	if (!error && !known)
		error = write_log(audit);
	audit->epoch_taken = audit->place.epoch;
	audit->epoch_time = audit->place.time;
	return error ? credit_problem_set(problem, error, NULL, NULL, "%s", audit->folder) : error;
}

void credit__replica_close(struct credit_audit *audit)
{
	credit_write_abort(audit->write);
	credit_reader_free(audit->reader);
	credit_log_free(audit->log);
	credit_store_close(audit->store);
}

enum credit_error credit__replica_begin(struct credit_audit *audit)
{
	return audit->write ? CREDIT_OK : credit_write_begin(audit->store, ROOM, &audit->write);
}

enum credit_error credit__replica_commit(struct credit_audit *audit)
{
	struct credit_write *write = audit->write;
	enum credit_error error = credit_log_flush(audit->log, write, write_edge);

	if (!error)
		error = write_place(audit);
	audit->write = NULL;
	if (!error)
		return credit_write_commit(write);
	credit_write_abort(write);
	return error;
}

/* --- the newest checkpoint --- */

enum credit_error credit_audit_seen(struct credit_audit *audit, struct credit_bytes *ret_checkpoint)
{
	struct credit_bytes value = {0};
	enum credit_error error = credit_read_begin(audit->reader);

	if (error)
		return error;
	error = credit_read_get(audit->reader, AUDIT_OWN, credit_bytes_of(seen_key), &value);
	credit_arena_reset(&audit->seen);
	if (error == CREDIT_E_NOT_FOUND)
		error = CREDIT_OK;
	if (!error && value.size) {
		value.data = credit_arena_copy(&audit->seen, value.data, value.size);
		if (!value.data)
			error = CREDIT_E_NO_MEMORY;
	}
	credit_read_end(audit->reader);
	if (!error)
		*ret_checkpoint = value;
	return error;
}

enum credit_error credit_audit_see(struct credit_audit *audit, struct credit_bytes checkpoint)
{
	enum credit_error error = credit__replica_begin(audit);

	if (!error)
		error = credit_write_put(
			audit->write, AUDIT_OWN, credit_bytes_of(seen_key), checkpoint);
	return error ? error : credit_audit_commit(audit);
}
