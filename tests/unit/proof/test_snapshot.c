/* SPDX-License-Identifier: Apache-2.0
 *
 * test_snapshot.c - snapshots: what the reader takes, and that nothing else passes.
 */
#include <criterion/criterion.h>

#include "tests/support/snapshot_sample.h"

#include <stdlib.h>
#include <string.h>

/* A good file and its parts. */
static struct snapshot_sample *sample, *read_back;
static struct snapshot_bytes body, file;

static void make(void)
{
	sample = calloc(1, sizeof *sample);
	read_back = calloc(1, sizeof *read_back);
	snapshot_sample_small(sample);
	cr_assert_eq(snapshot_sample_body(sample, &body), CREDIT_OK);
	snapshot_sample_file(&sample->leaf, (struct credit_bytes){body.data, body.size}, 5, &file);
}

static void drop(void)
{
	snapshot_sample_free(sample);
	snapshot_sample_free(read_back);
	free(sample);
	free(read_back);
	free(body.data);
	free(file.data);
	body = file = (struct snapshot_bytes){0};
}

TestSuite(snapshot, .init = make, .fini = drop);

static enum credit_error read_bytes(const uint8_t *data, size_t size)
{
	struct credit_problem problem = {0};
	enum credit_error error;

	snapshot_sample_free(read_back);
	memset(read_back, 0, sizeof *read_back);
	error = snapshot_sample_read((struct credit_bytes){data, size}, 4096, read_back, &problem);
	cr_assert_eq(problem.error, error, "a refusal is explained");
	return error;
}

/* A changed body whose digest is in the log: only its form can show that it is wrong. */
static enum credit_error read_signed(uint64_t entities, uint64_t entries)
{
	snapshot_sample_sign(
		(struct credit_bytes){body.data, body.size}, 7, entities, entries, &file);
	return read_bytes(file.data, file.size);
}

Test(snapshot, what_was_written_is_read_in_pieces_of_any_size)
{
	for (size_t piece = 1; piece < file.size + 2; piece += piece < 40 ? 1 : 37) {
		snapshot_sample_free(read_back);
		memset(read_back, 0, sizeof *read_back);
		cr_assert_eq(snapshot_sample_read((struct credit_bytes){file.data, file.size},
				     piece, read_back, NULL),
			CREDIT_OK);
		cr_assert(snapshot_sample_equal(sample, read_back));
		cr_assert_eq(read_back->file_size, file.size);
	}
}

Test(snapshot, every_bit_of_every_byte_turned_is_refused)
{
	for (size_t at = 0; at < file.size; at++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			file.data[at] ^= (uint8_t)(1U << bit);
			cr_assert_neq(read_bytes(file.data, file.size), CREDIT_OK,
				"byte %zu bit %u", at, bit);
			file.data[at] ^= (uint8_t)(1U << bit);
		}
	}
	cr_assert_eq(read_bytes(file.data, file.size), CREDIT_OK);
}

Test(snapshot, cut_short_or_followed_by_anything_it_is_refused)
{
	uint8_t *longer = malloc(file.size + 64);

	memcpy(longer, file.data, file.size);
	memset(longer + file.size, 0, 64);
	for (size_t size = 0; size < file.size; size++)
		cr_assert_eq(read_bytes(file.data, size), CREDIT_E_SNAPSHOT_MALFORMED, "%zu", size);
	for (size_t more = 1; more <= 64; more++)
		cr_assert_eq(read_bytes(longer, file.size + more), CREDIT_E_SNAPSHOT_MALFORMED);
	free(longer);
}

Test(snapshot, another_log_s_key_or_another_place_in_the_tree_is_refused)
{
	struct credit_snapshot_leaf other = sample->leaf;

	for (uint32_t leaves = 0; leaves < 20; leaves++) {
		snapshot_sample_file(
			&sample->leaf, (struct credit_bytes){body.data, body.size}, leaves, &file);
		cr_assert_eq(read_bytes(file.data, file.size), CREDIT_OK, "%u", leaves);
	}
	other.publication++;
	snapshot_sample_file(&other, (struct credit_bytes){body.data, body.size}, 5, &file);
	cr_expect_eq(read_bytes(file.data, file.size), CREDIT_E_SNAPSHOT_MALFORMED,
		"the header is of another publication");
	other = sample->leaf;
	other.digest.byte[0] ^= 1;
	snapshot_sample_file(&other, (struct credit_bytes){body.data, body.size}, 5, &file);
	cr_expect_eq(read_bytes(file.data, file.size), CREDIT_E_PROOF_FALSE, "another digest");
}

Test(snapshot, counts_that_are_not_those_of_the_leaf_are_refused)
{
	cr_expect_eq(read_signed(3, 3), CREDIT_OK);
	cr_expect_eq(read_signed(2, 3), CREDIT_E_SNAPSHOT_MALFORMED);
	cr_expect_eq(read_signed(3, 4), CREDIT_E_SNAPSHOT_MALFORMED);
}

/* Where the small sample's body has what. */
#define LISTS_AT (4 + 1 + sizeof SNAPSHOT_SAMPLE_NAME - 1 + 4 * 8 + 32 + 2)
static size_t entities_at(void)
{
	size_t at = LISTS_AT;

	for (uint32_t i = 0; i < sample->list_count; i++)
		at += 2 + 1 + 1 + sample->lists[i].id.size + 2 + sample->lists[i].title.size + 2 +
		      sample->lists[i].title_en.size;
	return at;
}

Test(snapshot, a_body_that_the_registry_signed_and_that_breaks_a_rule_is_refused)
{
	size_t first = entities_at(), second = first + 1 + 18 + 1 + 9;
	const struct {
		const char *rule;
		size_t at;
		uint8_t value;
	} broken[] = {
		{"magic", 0, 'X'},
		{"the origin is that of the checkpoint", 5, 'X'},
		{"lists ascend", LISTS_AT + 1, 3},
		{"a colour is 1 or 2", LISTS_AT + 2, 3},
		{"an id is not empty", LISTS_AT + 3, 0},
		{"an id has at most 64 bytes", LISTS_AT + 3, 65},
		{"texts are UTF-8", LISTS_AT + 4, 0xFF},
		{"the first code shares nothing", first, 1},
		{"a code has capital letters only", first + 1, 'a'},
		{"an entity has something to say", first + 19, 0},
		{"its list is one of the header's", first + 21, 9},
		{"other flags are 0", first + 22, 4},
		{"dates end with the year 9999", first + 23, 0xFF},
		{"not all of a code is shared", second, 18},
		{"codes ascend", second + 1, '2'},
		{"what is shared is not written again", second, 14},
	};

	for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
		uint8_t before = body.data[broken[i].at];

		cr_assert_neq(before, broken[i].value, "%s", broken[i].rule);
		body.data[broken[i].at] = broken[i].value;
		cr_expect_neq(read_signed(3, 3), CREDIT_OK, "%s", broken[i].rule);
		body.data[broken[i].at] = before;
	}
	cr_expect_eq(read_signed(3, 3), CREDIT_OK);
}

Test(snapshot, the_writer_writes_nothing_that_the_reader_refuses)
{
	struct credit_snapshot_entity *entity = &sample->entities[1];
	struct credit_snapshot_entity good = *entity;

	memcpy(entity->uscc.character, sample->entities[0].uscc.character, CREDIT_USCC_SIZE);
	cr_expect_eq(snapshot_sample_body(sample, &body), CREDIT_E_INTERNAL, "the same code again");
	*entity = good;
	entity->uscc.character[9] = 'a';
	cr_expect_eq(snapshot_sample_body(sample, &body), CREDIT_E_INTERNAL, "a small letter");
	*entity = good;
	entity->entry[1].list = 1;
	cr_expect_eq(snapshot_sample_body(sample, &body), CREDIT_E_INTERNAL, "a list twice");
	*entity = good;
	entity->entry[1].list = 9;
	cr_expect_eq(snapshot_sample_body(sample, &body), CREDIT_E_INTERNAL, "an unknown list");
	*entity = good;
	entity->entry[0].listed_on.days = CREDIT_DAY_MIN - 1;
	cr_expect_eq(
		snapshot_sample_body(sample, &body), CREDIT_E_INTERNAL, "before the first day");
	*entity = good;
	entity->count = entity->more = 0;
	cr_expect_eq(snapshot_sample_body(sample, &body), CREDIT_E_INTERNAL, "nothing to say");
	*entity = good;
	sample->lists[1].number = 1;
	cr_expect_eq(snapshot_sample_body(sample, &body), CREDIT_E_INTERNAL, "a number twice");
	sample->lists[1].number = 2;
	cr_expect_eq(snapshot_sample_body(sample, &body), CREDIT_OK);
}

Test(snapshot, after_an_error_every_call_says_it_again)
{
	struct credit_snapshot_events none = {0};
	struct credit_snapshot_reader *reader;
	struct credit_key_pair pair;
	struct credit_named_key name;
	struct credit_problem problem;

	snapshot_sample_key(&pair, &name);
	cr_assert_eq(credit_snapshot_reader_new(&name, &none, &reader), CREDIT_OK);
	cr_expect_eq(credit_snapshot_reader_add(reader, credit_bytes_of("nonsense"), &problem),
		CREDIT_E_SNAPSHOT_MALFORMED);
	cr_expect_eq(credit_snapshot_reader_add(
			     reader, (struct credit_bytes){file.data, file.size}, &problem),
		CREDIT_E_SNAPSHOT_MALFORMED);
	cr_expect_eq(credit_snapshot_reader_done(reader, &problem), CREDIT_E_SNAPSHOT_MALFORMED);
	credit_snapshot_reader_free(reader);
	cr_assert_eq(credit_snapshot_reader_new(&name, &none, &reader), CREDIT_OK);
	cr_expect_eq(credit_snapshot_reader_add(
			     reader, (struct credit_bytes){file.data, file.size}, &problem),
		CREDIT_OK, "whoever wants to be told nothing is told nothing");
	cr_expect_eq(credit_snapshot_reader_done(reader, &problem), CREDIT_OK);
	cr_expect_eq(credit_snapshot_reader_done(reader, &problem), CREDIT_E_SNAPSHOT_MALFORMED,
		"done once");
	credit_snapshot_reader_free(reader);
}
