/* SPDX-License-Identifier: Apache-2.0
 *
 * test_snapshot.c - random snapshots come back as they were; a body has one form.
 *
 * Codes are drawn close together, so that neighbours share any number of characters. The oracle of the
 * second property is the writer: whatever body the reader takes, written again, gives the same bytes.
 */
#include <criterion/criterion.h>

#include "tests/support/map_store.h"
#include "tests/support/snapshot_sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUNS 60
#define ENTITIES_MAX 300
#define MUTATIONS 3000

static uint64_t chance = 11;

static uint32_t below(uint32_t bound)
{
	return (uint32_t)(map_draw(&chance) % bound);
}

static int by_code(const void *a, const void *b)
{
	return memcmp(a, b, CREDIT_USCC_SIZE);
}

static void draw_lists(struct snapshot_sample *sample)
{
	uint32_t number = 0, count = 1 + below(30);

	for (uint32_t i = 0; i < count; i++) {
		char id[65], title[200];

		number += 1 + below(i % 5 == 0 ? 2000 : 3);
		snprintf(id, sizeof id, "list.%u", number);
		snprintf(title, sizeof title, "%.*s", (int)(3 * below(40)),
			"名单名单名单名单名单名单名单名单名单名单名单名单名单名单名单名单名单名单名"
			"单名单名单名单");
		snapshot_sample_add_list(sample, number,
			below(2) ? CREDIT_SNAPSHOT_RED : CREDIT_SNAPSHOT_BLACK, id, title,
			below(2) ? "" : id);
	}
}

static credit_day_t draw_day(void)
{
	static const int32_t edges[] = {CREDIT_DAY_MIN, -1, 0, 1, CREDIT_DAY_MAX};

	return (credit_day_t){below(4) ? 19000 + (int32_t)below(3000) : edges[below(5)]};
}

static void draw_entity(const struct snapshot_sample *sample, struct credit_snapshot_entity *entity)
{
	uint32_t list = 0;

	memset(entity, 0, sizeof *entity);
	memcpy(entity->uscc.character, "91110108MA00000000", CREDIT_USCC_SIZE);
	for (uint32_t i = below(CREDIT_USCC_SIZE); i < CREDIT_USCC_SIZE; i++)
		entity->uscc.character[i] = "0129AXYZ"[below(8)];
	while (entity->count < CREDIT_SNAPSHOT_ENTRIES_MAX) {
		list += below(4);
		if (list >= sample->list_count)
			break;
		entity->entry[entity->count++] =
			(struct credit_snapshot_entry){.list = sample->lists[list++].number,
				.disputed = below(2) != 0,
				.suspended = below(2) != 0,
				.listed_on = draw_day(),
				.published_until = draw_day()};
	}
	entity->more = entity->count == 0 || below(5) == 0 ? 1 + below(15) : 0;
}

static struct snapshot_sample *draw_sample(void)
{
	static struct credit_snapshot_entity drawn[ENTITIES_MAX];
	struct snapshot_sample *sample = calloc(1, sizeof *sample);
	size_t count = below(ENTITIES_MAX);

	snprintf(sample->header.origin, sizeof sample->header.origin, "%s", SNAPSHOT_SAMPLE_NAME);
	sample->header.publication.publication = map_draw(&chance);
	sample->header.publication.map_size = map_draw(&chance);
	draw_lists(sample);
	for (size_t i = 0; i < count; i++)
		draw_entity(sample, &drawn[i]);
	qsort(drawn, count, sizeof drawn[0], by_code);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || by_code(&drawn[i - 1], &drawn[i]) != 0)
			snapshot_sample_add(sample, &drawn[i]);
	return sample;
}

static void drop(struct snapshot_sample *sample)
{
	snapshot_sample_free(sample);
	free(sample);
}

Test(snapshot, random_content_comes_back_from_pieces_of_random_sizes)
{
	struct snapshot_bytes body = {0}, file = {0};

	for (size_t run = 0; run < RUNS; run++) {
		struct snapshot_sample *sample = draw_sample();
		struct snapshot_sample *found = calloc(1, sizeof *found);

		cr_assert_eq(snapshot_sample_body(sample, &body), CREDIT_OK);
		cr_assert_eq(sample->leaf.entities, sample->count);
		snapshot_sample_file(&sample->leaf, (struct credit_bytes){body.data, body.size},
			below(40), &file);
		cr_assert_eq(snapshot_sample_read((struct credit_bytes){file.data, file.size},
				     1 + below(3000), found, NULL),
			CREDIT_OK);
		cr_assert(snapshot_sample_equal(sample, found));
		drop(sample);
		drop(found);
	}
	free(body.data);
	free(file.data);
}

/* A few bytes turned, put in or left out, where a dishonest registry would: under its own signature. */
static void mutate(struct snapshot_bytes *body)
{
	for (uint32_t i = 1 + below(3); i > 0; i--) {
		size_t at = below((uint32_t)body->size);

		switch (below(4)) {
		case 0:
			body->data[at] = (uint8_t)below(256);
			break;
		case 1:
			body->data[at] ^= (uint8_t)(1U << below(8));
			break;
		case 2: /* two neighbours change places */
			if (at > 0) {
				uint8_t kept = body->data[at];
				body->data[at] = body->data[at - 1];
				body->data[at - 1] = kept;
			}
			break;
		default:
			memmove(body->data + at, body->data + at + 1, body->size - at - 1);
			body->size--;
		}
	}
}

Test(snapshot, whatever_body_is_taken_is_the_only_one_of_its_content)
{
	struct snapshot_bytes body = {0}, changed = {0}, again = {0}, file = {0};
	struct snapshot_sample *sample = draw_sample();
	struct snapshot_sample *found = calloc(1, sizeof *found);
	size_t taken = 0;

	while (sample->count < 20) {
		drop(sample);
		sample = draw_sample();
	}
	cr_assert_eq(snapshot_sample_body(sample, &body), CREDIT_OK);
	changed.data = malloc(body.size);
	for (size_t i = 0; i < MUTATIONS; i++) {
		memcpy(changed.data, body.data, body.size);
		changed.size = body.size;
		mutate(&changed);
		snapshot_sample_sign((struct credit_bytes){changed.data, changed.size},
			sample->header.publication.publication, sample->leaf.entities,
			sample->leaf.entries, &file);
		snapshot_sample_free(found);
		memset(found, 0, sizeof *found);
		if (snapshot_sample_read((struct credit_bytes){file.data, file.size}, 999, found,
			    NULL) != CREDIT_OK)
			continue;
		taken++;
		cr_assert_eq(snapshot_sample_body(found, &again), CREDIT_OK);
		cr_assert_eq(again.size, changed.size);
		cr_assert_eq(memcmp(again.data, changed.data, again.size), 0);
	}
	cr_expect_gt(taken, 0, "some mutations give another content");
	drop(sample);
	drop(found);
	free(body.data);
	free(changed.data);
	free(again.data);
	free(file.data);
}
