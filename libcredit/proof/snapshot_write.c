/* SPDX-License-Identifier: Apache-2.0
 *
 * snapshot_write.c - the body of a snapshot, item by item, and the proof that its file begins with.
 *
 * What is written is what the reader takes: the bounds are the same ones.
 */
#include "proof/snapshot.h"

#include <string.h>

static enum credit_error put(struct credit_snapshot_writer *writer, struct credit_buffer *item)
{
	struct credit_bytes bytes;
	enum credit_error error = credit_buffer_done(item, &bytes);

	if (error)
		return CREDIT_E_INTERNAL;
	if (writer->size + bytes.size > CREDIT_SNAPSHOT_BODY_MAX)
		return CREDIT_E_TOO_LARGE;
	credit_hasher_add(&writer->hasher, bytes.data, bytes.size);
	writer->size += bytes.size;
	return writer->put(writer->context, bytes);
}

enum credit_error credit_snapshot_write_header(struct credit_snapshot_writer *writer,
	const struct credit_snapshot_header *header, void *context,
	enum credit_error (*put_bytes)(void *context, struct credit_bytes bytes))
{
	uint8_t memory[CREDIT__SNAPSHOT_HEADER_MAX];
	size_t origin = strlen(header->origin);
	struct credit_buffer item;

	if (header->lists > CREDIT_SNAPSHOT_LISTS_MAX || origin == 0)
		return CREDIT_E_INTERNAL;
	memset(writer, 0, sizeof *writer);
	writer->context = context;
	writer->put = put_bytes;
	writer->lists = header->lists;
	credit_hasher_init(&writer->hasher);
	credit_buffer_init(&item, memory, sizeof memory);
	credit_buffer_put_text(&item, CREDIT__SNAPSHOT_BODY_MAGIC);
	credit_buffer_put_u8(&item, (uint8_t)origin);
	credit_buffer_put(&item, header->origin, origin);
	credit_buffer_put_u64(&item, header->publication.publication);
	credit_buffer_put_u64(&item, header->publication.epoch);
	credit_buffer_put_u64(&item, (uint64_t)header->publication.recorded_at.ms);
	credit_buffer_put_u64(&item, header->publication.map_size);
	credit_buffer_put(&item, header->publication.map_root.byte, CREDIT_HASH_SIZE);
	credit_buffer_put_u16(&item, (uint16_t)header->lists);
	return put(writer, &item);
}

static void put_title(struct credit_buffer *item, struct credit_bytes title)
{
	credit_buffer_put_u16(item, (uint16_t)title.size);
	credit_buffer_put(item, title.data, title.size);
}

enum credit_error credit_snapshot_write_list(
	struct credit_snapshot_writer *writer, const struct credit_snapshot_list *list)
{
	uint8_t memory[CREDIT__SNAPSHOT_LIST_MAX];
	struct credit_buffer item;

	if (writer->lists == 0 || list->number <= writer->list_number ||
		list->number > UINT16_MAX || list->id.size == 0 ||
		list->id.size > CREDIT__SNAPSHOT_ID_MAX ||
		list->title.size > CREDIT__SNAPSHOT_TITLE_MAX ||
		list->title_en.size > CREDIT__SNAPSHOT_TITLE_MAX)
		return CREDIT_E_INTERNAL;
	writer->lists--;
	writer->list_number = list->number;
	credit__snapshot_know(writer->known, list->number);
	credit_buffer_init(&item, memory, sizeof memory);
	credit_buffer_put_u16(&item, (uint16_t)list->number);
	credit_buffer_put_u8(&item, (uint8_t)list->colour);
	credit_buffer_put_u8(&item, (uint8_t)list->id.size);
	credit_buffer_put(&item, list->id.data, list->id.size);
	put_title(&item, list->title);
	put_title(&item, list->title_en);
	return put(writer, &item);
}

static bool put_day(struct credit_buffer *item, credit_day_t day)
{
	uint32_t value = (uint32_t)(day.days + CREDIT__SNAPSHOT_DAY_BIAS);

	credit_buffer_put_u8(item, (uint8_t)(value >> 16));
	credit_buffer_put_u16(item, (uint16_t)value);
	return day.days >= CREDIT_DAY_MIN && day.days <= CREDIT_DAY_MAX;
}

static bool put_entry(const struct credit_snapshot_writer *writer, struct credit_buffer *item,
	const struct credit_snapshot_entry *entry)
{
	unsigned flags = (entry->disputed ? CREDIT__SNAPSHOT_DISPUTED : 0U) |
			 (entry->suspended ? CREDIT__SNAPSHOT_SUSPENDED : 0U);
	bool known =
		entry->list <= UINT16_MAX && credit__snapshot_knows(writer->known, entry->list);

	credit_buffer_put_u16(item, (uint16_t)entry->list);
	credit_buffer_put_u8(item, (uint8_t)flags);
	return put_day(item, entry->listed_on) && put_day(item, entry->published_until) && known;
}

/* Characters that the code shares with the last one; CREDIT_USCC_SIZE when it does not come after it. */
static size_t shared_with_last(
	const struct credit_snapshot_writer *writer, const struct credit_uscc *uscc)
{
	size_t shared = 0;

	if (writer->entities == 0)
		return 0;
	while (shared < CREDIT_USCC_SIZE &&
		uscc->character[shared] == writer->last.character[shared])
		shared++;
	if (shared < CREDIT_USCC_SIZE && uscc->character[shared] < writer->last.character[shared])
		return CREDIT_USCC_SIZE;
	return shared;
}

enum credit_error credit_snapshot_write_entity(
	struct credit_snapshot_writer *writer, const struct credit_snapshot_entity *entity)
{
	uint8_t memory[CREDIT__SNAPSHOT_ENTITY_MAX];
	size_t shared = shared_with_last(writer, &entity->uscc);
	struct credit_buffer item;
	bool good = writer->lists == 0 && shared < CREDIT_USCC_SIZE &&
		    entity->count <= CREDIT_SNAPSHOT_ENTRIES_MAX && entity->more <= 15 &&
		    entity->count + entity->more > 0;

	for (size_t i = 0; i < CREDIT_USCC_SIZE; i++)
		good = good && credit__snapshot_code_character(entity->uscc.character[i]);
	if (!good)
		return CREDIT_E_INTERNAL;
	credit_buffer_init(&item, memory, sizeof memory);
	credit_buffer_put_u8(&item, (uint8_t)shared);
	credit_buffer_put(&item, entity->uscc.character + shared, CREDIT_USCC_SIZE - shared);
	credit_buffer_put_u8(&item, (uint8_t)(entity->more << 4 | entity->count));
	for (uint32_t i = 0; i < entity->count; i++)
		if (!put_entry(writer, &item, &entity->entry[i]) ||
			(i > 0 && entity->entry[i].list <= entity->entry[i - 1].list))
			return CREDIT_E_INTERNAL;
	writer->last = entity->uscc;
	writer->entities++;
	writer->entries += entity->count;
	return put(writer, &item);
}

void credit_snapshot_write_done(struct credit_snapshot_writer *writer, uint64_t publication,
	struct credit_snapshot_leaf *ret_leaf)
{
	*ret_leaf = (struct credit_snapshot_leaf){
		.publication = publication,
		.size = writer->size,
		.entities = writer->entities,
		.entries = writer->entries,
	};
	credit_hasher_done(&writer->hasher, &ret_leaf->digest);
}

void credit_snapshot_proof_write(const struct credit_snapshot_leaf *leaf,
	const struct credit_path *path, struct credit_bytes checkpoint,
	struct credit_buffer *buffer)
{
	uint8_t entry[CREDIT_SNAPSHOT_LEAF_SIZE];

	/* docs/spec/snapshot.md: "The proof is magic, snapshot leaf, log path, checkpoint." */
	credit_snapshot_leaf_write(leaf, entry);
	credit_buffer_put_text(buffer, CREDIT__SNAPSHOT_MAGIC);
	credit_buffer_put(buffer, entry, sizeof entry);
	credit_buffer_put_u8(buffer, (uint8_t)path->count);
	credit_buffer_put(buffer, path->hash, path->count * CREDIT_HASH_SIZE);
	credit_buffer_put_u16(buffer, (uint16_t)checkpoint.size);
	credit_buffer_put(buffer, checkpoint.data, checkpoint.size);
}
