/* SPDX-License-Identifier: Apache-2.0
 *
 * test_status_proof.c - answers that prove themselves offline, from a living registry.
 */
#include <criterion/criterion.h>

#include <credit/proof.h>

#include "tests/support/temp_dir.h"
#include "tests/support/town.h"

#include <stdlib.h>
#include <string.h>

#define BLACK "black.market-serious"
#define DAY_MS 86400000LL

TestSuite(status_proof, .init = temp_dir_make, .fini = temp_dir_remove);

/* A town with forty entities, of which the fifth is black-listed; published. */
static void open_town(struct town *town)
{
	town_open(town, temp_dir_path("town"));
	for (uint32_t i = 0; i < 40; i++)
		town_enrol_now(town, i);
	town_list_now(town, 5, BLACK, NULL);
	town_publish(town);
}

/* The bundle, on the heap. */
static struct credit_bytes prove(struct town *town, uint32_t entity, uint8_t **ret_memory)
{
	struct credit_uscc uscc = town_uscc(entity);
	struct credit_arena arena;
	struct credit_bytes bytes;
	struct credit_view *view;
	enum credit_error error;

	credit_arena_init(&arena, NULL, 0, (size_t)1 << 20);
	cr_assert_eq(credit_view_new(town->registry, &view), CREDIT_OK);
	cr_assert_eq(credit_view_begin(view), CREDIT_OK);
	error = credit_view_status_proof(view, &uscc, town->now, &arena, &bytes);
	cr_assert_eq(error, CREDIT_OK, "%s", credit_error_name(error));
	*ret_memory = malloc(bytes.size);
	memcpy(*ret_memory, bytes.data, bytes.size);
	credit_view_end(view);
	credit_view_free(view);
	credit_arena_deinit(&arena);
	return (struct credit_bytes){*ret_memory, bytes.size};
}

static size_t lists_in(const struct credit_status_verdict *verdict)
{
	Credit__V1__Status *status =
		credit__v1__status__unpack(NULL, verdict->status.size, verdict->status.data);
	size_t count = status->n_lists;

	credit__v1__status__free_unpacked(status, NULL);
	return count;
}

Test(status_proof, a_listed_and_a_clean_entity_are_proved_with_the_log_key_alone)
{
	static const struct {
		uint32_t entity;
		size_t lists;
	} cases[] = {{5, 1}, {6, 0}, {39, 0}};
	struct credit_status_verdict verdict;
	struct credit_problem problem;
	struct town town;

	open_town(&town);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct credit_uscc uscc = town_uscc(cases[i].entity);
		uint8_t *memory;
		struct credit_bytes bundle = prove(&town, cases[i].entity, &memory);

		cr_assert_eq(credit_status_proof_verify(
				     bundle, &town.log_name, NULL, &verdict, &problem),
			CREDIT_OK, "%s: %s", problem.field, problem.detail);
		cr_expect(verdict.enrolled);
		cr_expect_arr_eq(verdict.uscc.character, uscc.character, CREDIT_USCC_SIZE);
		cr_expect_eq(lists_in(&verdict), cases[i].lists);
		cr_expect_eq(verdict.publication.map_size, 40);
		cr_expect_leq(bundle.size, 2350);
		free(memory);
	}
	town_close(&town);
}

Test(status_proof, that_a_code_is_not_enrolled_is_proved_as_that_and_nothing_more)
{
	struct credit_status_verdict verdict;
	struct credit_problem problem;
	struct town town;
	uint8_t *memory;
	struct credit_bytes bundle;

	open_town(&town);
	bundle = prove(&town, 4711, &memory);
	cr_assert_eq(credit_status_proof_verify(bundle, &town.log_name, NULL, &verdict, &problem),
		CREDIT_OK, "%s: %s", problem.field, problem.detail);
	cr_expect_not(verdict.enrolled);
	cr_expect_eq(verdict.status.size, 0);
	free(memory);
	town_close(&town);
}

Test(status_proof, the_empty_map_proves_absence_too)
{
	struct credit_status_verdict verdict;
	struct town town;
	uint8_t *memory;
	struct credit_bytes bundle;

	town_open(&town, temp_dir_path("town"));
	bundle = prove(&town, 1, &memory);
	cr_assert_eq(credit_status_proof_verify(bundle, &town.log_name, NULL, &verdict, NULL),
		CREDIT_OK);
	cr_expect_not(verdict.enrolled);
	free(memory);
	town_close(&town);
}

Test(status_proof, every_bit_changed_and_every_cut_or_longer_bundle_is_refused)
{
	static const uint32_t entities[] = {5, 6, 4711};
	struct credit_status_verdict verdict;
	struct town town;

	open_town(&town);
	for (size_t e = 0; e < sizeof entities / sizeof entities[0]; e++) {
		uint8_t *memory, longer[4096] = {0};
		struct credit_bytes bundle = prove(&town, entities[e], &memory);

		for (size_t bit = 0; bit < 8 * bundle.size; bit++) {
			memory[bit / 8] ^= (uint8_t)(1U << bit % 8);
			cr_expect_neq(credit_status_proof_verify(
					      bundle, &town.log_name, NULL, &verdict, NULL),
				CREDIT_OK, "entity %u byte %zu bit %zu", entities[e], bit / 8,
				bit % 8);
			memory[bit / 8] ^= (uint8_t)(1U << bit % 8);
		}
		for (size_t size = 0; size < bundle.size; size++)
			cr_expect_neq(
				credit_status_proof_verify((struct credit_bytes){memory, size},
					&town.log_name, NULL, &verdict, NULL),
				CREDIT_OK, "cut to %zu", size);
		memcpy(longer, bundle.data, bundle.size);
		for (size_t more = 1; more < 64; more++)
			cr_expect_neq(credit_status_proof_verify(
					      (struct credit_bytes){longer, bundle.size + more},
					      &town.log_name, NULL, &verdict, NULL),
				CREDIT_OK, "%zu more", more);
		free(memory);
	}
	town_close(&town);
}

Test(status_proof, another_registrys_key_proves_nothing)
{
	struct credit_status_verdict verdict;
	struct credit_problem problem;
	struct town town;
	uint8_t *memory;
	struct credit_bytes bundle;
	struct credit_named_key other;

	open_town(&town);
	other = town.log_name;
	other.public_key = town.bureau.public_key;
	bundle = prove(&town, 6, &memory);
	cr_expect_eq(credit_status_proof_verify(bundle, &other, NULL, &verdict, &problem),
		CREDIT_E_PROOF_FALSE);
	cr_expect_str_eq(problem.field, "checkpoint");
	free(memory);
	town_close(&town);
}

Test(status_proof, a_true_proof_grows_too_old_by_age_and_by_its_own_date)
{
	struct credit_status_verdict verdict;
	struct town town;
	uint8_t *memory;
	struct credit_bytes bundle;
	credit_ms_t later;

	open_town(&town);
	bundle = prove(&town, 5, &memory);
	cr_assert_eq(credit_status_proof_verify(bundle, &town.log_name, NULL, &verdict, NULL),
		CREDIT_OK);
	cr_expect_eq(credit_status_verdict_check(&verdict, town.now, DAY_MS, NULL), CREDIT_OK);
	later.ms = town.now.ms + DAY_MS + 1;
	cr_expect_eq(
		credit_status_verdict_check(&verdict, later, DAY_MS, NULL), CREDIT_E_PROOF_OLD);
	cr_expect_eq(credit_status_verdict_check(&verdict, later, 2 * DAY_MS, NULL), CREDIT_OK);
	cr_assert_gt(verdict.fresh_until.ms, 0);
	cr_expect_eq(
		credit_status_verdict_check(&verdict, verdict.fresh_until, INT64_MAX / 2, NULL),
		CREDIT_E_PROOF_OLD);
	free(memory);
	town_close(&town);
}

Test(status_proof, a_status_changes_its_value_in_the_map_with_every_version_and_some_neighbours_too)
{
	struct credit_status_verdict before, after;
	struct town town;
	uint8_t *first, *second;
	struct credit_bytes a, b;

	open_town(&town);
	a = prove(&town, 6, &first);
	cr_assert_eq(credit_status_proof_verify(a, &town.log_name, NULL, &before, NULL), CREDIT_OK);
	town_publish(&town); /* nothing changed, and yet the root does */
	b = prove(&town, 6, &second);
	cr_assert_eq(credit_status_proof_verify(b, &town.log_name, NULL, &after, NULL), CREDIT_OK);
	cr_expect_not(credit_hash_equal(&before.publication.map_root, &after.publication.map_root));
	cr_expect_eq(after.publication.publication, before.publication.publication + 1);
	cr_expect(credit_bytes_equal(before.status, after.status));
	free(first);
	free(second);
	town_close(&town);
}
