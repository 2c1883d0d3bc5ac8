/* SPDX-License-Identifier: Apache-2.0
 *
 * snapshot_sample.c - snapshots made in memory, signed by a log of their own.
 */
#include "tests/support/snapshot_sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAVES_MAX 64

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void grow(void **memory, size_t *room, size_t needed, size_t item)
{
	if (needed <= *room)
		return;
	*room = needed * 2;
	*memory = realloc(*memory, *room * item);
	require(*memory != NULL);
}

void snapshot_sample_key(struct credit_key_pair *ret_pair, struct credit_named_key *ret_name)
{
	uint8_t seed[CREDIT_SEED_SIZE];

	memset(seed, 9, sizeof seed);
	require(credit_crypto_init() == CREDIT_OK);
	credit_key_from_seed(seed, ret_pair);
	snprintf(ret_name->name, sizeof ret_name->name, "%s", SNAPSHOT_SAMPLE_NAME);
	ret_name->public_key = ret_pair->public_key;
}

/* --- content ---------------------------------------------------------------------------------- */

static struct credit_bytes keep(char *room, struct credit_bytes text)
{
	memcpy(room, text.data, text.size);
	return (struct credit_bytes){(const uint8_t *)room, text.size};
}

static void keep_list(struct snapshot_sample *sample, const struct credit_snapshot_list *list)
{
	uint32_t at = sample->list_count++;
	struct credit_snapshot_list *kept = &sample->lists[at];

	require(at < SNAPSHOT_SAMPLE_LISTS);
	*kept = *list;
	kept->id = keep(sample->texts[at][0], list->id);
	kept->title = keep(sample->texts[at][1], list->title);
	kept->title_en = keep(sample->texts[at][2], list->title_en);
}

void snapshot_sample_add_list(struct snapshot_sample *sample, uint32_t number,
	enum credit_snapshot_colour colour, const char *id, const char *title, const char *title_en)
{
	keep_list(sample, &(struct credit_snapshot_list){number, colour, credit_bytes_of(id),
				  credit_bytes_of(title), credit_bytes_of(title_en)});
	sample->header.lists = sample->list_count;
}

void snapshot_sample_add(
	struct snapshot_sample *sample, const struct credit_snapshot_entity *entity)
{
	grow((void **)&sample->entities, &sample->room, sample->count + 1, sizeof *entity);
	sample->entities[sample->count++] = *entity;
}

void snapshot_sample_free(struct snapshot_sample *sample)
{
	free(sample->entities);
	sample->entities = NULL;
	sample->count = sample->room = 0;
}

void snapshot_sample_small(struct snapshot_sample *sample)
{
	static const char *const codes[] = {
		"911101080000001238", "91110108000000124T", "92330106MA2ABCDE0X"};

	snprintf(sample->header.origin, sizeof sample->header.origin, "%s", SNAPSHOT_SAMPLE_NAME);
	sample->header.publication = (struct credit_publication_leaf){
		.recorded_at = {1780279200000}, .publication = 7, .epoch = 5, .map_size = 30};
	memset(sample->header.publication.map_root.byte, 3, CREDIT_HASH_SIZE);
	snapshot_sample_add_list(sample, 1, CREDIT_SNAPSHOT_BLACK, "black.market-serious",
		"市场监督管理严重违法失信名单", "Seriously illegal and dishonest");
	snapshot_sample_add_list(
		sample, 2, CREDIT_SNAPSHOT_RED, "red.taxpayer-a", "A级纳税人", "Class A taxpayers");
	for (uint32_t i = 0; i < 3; i++) {
		struct credit_snapshot_entity entity = {.count = i + 1 < 3 ? i + 1 : 0};

		memcpy(entity.uscc.character, codes[i], CREDIT_USCC_SIZE);
		entity.more = i == 2 ? 15 : 0;
		for (uint32_t j = 0; j < entity.count; j++)
			entity.entry[j] = (struct credit_snapshot_entry){.list = j + 1,
				.disputed = j == 0,
				.suspended = i == 1,
				.listed_on = {20000 + (int32_t)i},
				.published_until = {j ? 0 : 21000}};
		snapshot_sample_add(sample, &entity);
	}
}

static bool texts_equal(const struct snapshot_sample *a, const struct snapshot_sample *b)
{
	for (uint32_t i = 0; i < a->list_count; i++) {
		const struct credit_snapshot_list *x = &a->lists[i], *y = &b->lists[i];

		if (x->number != y->number || x->colour != y->colour ||
			!credit_bytes_equal(x->id, y->id) ||
			!credit_bytes_equal(x->title, y->title) ||
			!credit_bytes_equal(x->title_en, y->title_en))
			return false;
	}
	return true;
}

static bool entries_equal(
	const struct credit_snapshot_entity *a, const struct credit_snapshot_entity *b)
{
	for (uint32_t i = 0; i < a->count; i++) {
		const struct credit_snapshot_entry *x = &a->entry[i], *y = &b->entry[i];

		if (x->list != y->list || x->disputed != y->disputed ||
			x->suspended != y->suspended || x->listed_on.days != y->listed_on.days ||
			x->published_until.days != y->published_until.days)
			return false;
	}
	return true;
}

bool snapshot_sample_equal(const struct snapshot_sample *a, const struct snapshot_sample *b)
{
	const struct credit_publication_leaf *x = &a->header.publication;
	const struct credit_publication_leaf *y = &b->header.publication;

	if (strcmp(a->header.origin, b->header.origin) != 0 || x->publication != y->publication ||
		x->epoch != y->epoch || x->recorded_at.ms != y->recorded_at.ms ||
		x->map_size != y->map_size || !credit_hash_equal(&x->map_root, &y->map_root) ||
		a->list_count != b->list_count || a->count != b->count || !texts_equal(a, b))
		return false;
	for (size_t i = 0; i < a->count; i++) {
		const struct credit_snapshot_entity *one = &a->entities[i], *two = &b->entities[i];

		if (memcmp(&one->uscc, &two->uscc, sizeof one->uscc) != 0 ||
			one->more != two->more || one->count != two->count ||
			!entries_equal(one, two))
			return false;
	}
	return true;
}

/* --- bytes ------------------------------------------------------------------------------------ */

static enum credit_error put_bytes(void *context, struct credit_bytes bytes)
{
	struct snapshot_bytes *out = context;

	grow((void **)&out->data, &out->room, out->size + bytes.size, 1);
	memcpy(out->data + out->size, bytes.data, bytes.size);
	out->size += bytes.size;
	return CREDIT_OK;
}

enum credit_error snapshot_sample_body(
	struct snapshot_sample *sample, struct snapshot_bytes *ret_body)
{
	static struct credit_snapshot_writer writer;
	enum credit_error error;

	ret_body->size = 0;
	error = credit_snapshot_write_header(&writer, &sample->header, ret_body, put_bytes);
	for (uint32_t i = 0; i < sample->list_count && !error; i++)
		error = credit_snapshot_write_list(&writer, &sample->lists[i]);
	for (size_t i = 0; i < sample->count && !error; i++)
		error = credit_snapshot_write_entity(&writer, &sample->entities[i]);
	if (!error)
		credit_snapshot_write_done(
			&writer, sample->header.publication.publication, &sample->leaf);
	return error;
}

void snapshot_sample_file(const struct credit_snapshot_leaf *leaf, struct credit_bytes body,
	uint32_t leaves, struct snapshot_bytes *ret_file)
{
	uint8_t entry[CREDIT_SNAPSHOT_LEAF_SIZE], note[CREDIT_CHECKPOINT_MAX];
	uint8_t proof[CREDIT_SNAPSHOT_PROOF_MAX];
	struct credit_hash hashes[LEAVES_MAX] = {{{0}}};
	struct credit_tree_head head = {.size = leaves + 2};
	struct credit_key_pair pair;
	struct credit_named_key name;
	struct credit_buffer buffer;
	struct credit_bytes checkpoint, bytes;
	struct credit_path path;

	require(head.size <= LEAVES_MAX);
	snapshot_sample_key(&pair, &name);
	for (uint32_t i = 0; i < leaves; i++)
		memset(hashes[i].byte, (int)i, CREDIT_HASH_SIZE);
	credit_snapshot_leaf_write(leaf, entry);
	credit_leaf_hash((struct credit_bytes){entry, sizeof entry}, &hashes[leaves]);
	credit_tree_root(hashes, head.size, &head.root);
	credit_tree_path(hashes, head.size, leaves, &path);
	credit_buffer_init(&buffer, note, sizeof note);
	require(credit_checkpoint_sign(name.name, &head, &name, &pair, &buffer) == CREDIT_OK);
	require(credit_buffer_done(&buffer, &checkpoint) == CREDIT_OK);
	credit_buffer_init(&buffer, proof, sizeof proof);
	credit_snapshot_proof_write(leaf, &path, checkpoint, &buffer);
	require(credit_buffer_done(&buffer, &bytes) == CREDIT_OK);
	ret_file->size = 0;
	(void)!put_bytes(ret_file, bytes);
	(void)!put_bytes(ret_file, body);
}

void snapshot_sample_sign(struct credit_bytes body, uint64_t publication, uint64_t entities,
	uint64_t entries, struct snapshot_bytes *ret_file)
{
	struct credit_snapshot_leaf leaf = {
		.recorded_at = {1780279201000},
		.publication = publication,
		.size = body.size,
		.entities = entities,
		.entries = entries,
	};

	credit_sha256(body, &leaf.digest);
	snapshot_sample_file(&leaf, body, 5, ret_file);
}

/* --- reading ---------------------------------------------------------------------------------- */

static enum credit_error take_proof(void *context, const struct credit_snapshot_leaf *leaf,
	const struct credit_tree_head *head, uint64_t file_size)
{
	struct snapshot_sample *sample = context;

	(void)head;
	sample->leaf = *leaf;
	sample->file_size = file_size;
	return CREDIT_OK;
}

static enum credit_error take_header(void *context, const struct credit_snapshot_header *header)
{
	((struct snapshot_sample *)context)->header = *header;
	return CREDIT_OK;
}

static enum credit_error take_list(void *context, const struct credit_snapshot_list *list)
{
	if (((struct snapshot_sample *)context)->list_count == SNAPSHOT_SAMPLE_LISTS)
		return CREDIT_E_TOO_MANY;
	keep_list(context, list);
	return CREDIT_OK;
}

static enum credit_error take_entity(void *context, const struct credit_snapshot_entity *entity)
{
	snapshot_sample_add(context, entity);
	return CREDIT_OK;
}

enum credit_error snapshot_sample_read(struct credit_bytes file, size_t piece,
	struct snapshot_sample *ret_sample, struct credit_problem *problem)
{
	struct credit_snapshot_events events = {
		ret_sample, take_proof, take_header, take_list, take_entity};
	struct credit_snapshot_reader *reader;
	struct credit_key_pair pair;
	struct credit_named_key name;
	enum credit_error error;

	snapshot_sample_key(&pair, &name);
	require(credit_snapshot_reader_new(&name, &events, &reader) == CREDIT_OK);
	for (size_t at = 0; at < file.size; at += piece) {
		size_t size = file.size - at < piece ? file.size - at : piece;

		error = credit_snapshot_reader_add(
			reader, (struct credit_bytes){file.data + at, size}, problem);
		if (error)
			break;
	}
	error = credit_snapshot_reader_done(reader, problem);
	credit_snapshot_reader_free(reader);
	return error;
}
