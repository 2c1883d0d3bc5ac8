/* SPDX-License-Identifier: Apache-2.0
 *
 * test_cosign.c - cosignatures kept beside publications, served with them, and judged in bundles.
 */
#include <criterion/criterion.h>

#include <credit/proof.h>

#include "registry/internal.h"
#include "tests/support/read_file.h"
#include "tests/support/temp_dir.h"
#include "tests/support/town.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WITNESSES 17 /* one more than are kept */
#define DAY_MS 86400000LL

static struct town town;
static struct credit_key_pair pairs[WITNESSES];
static struct credit_cosigner cosigners[WITNESSES];
static struct credit_policy policy;
static struct credit_arena arena;
static uint64_t now;

static void start(void)
{
	temp_dir_make();
	town_open(&town, temp_dir_path("town"));
	for (uint32_t i = 0; i < 10; i++)
		town_enrol_now(&town, i);
	town_publish(&town);
	for (int i = 0; i < WITNESSES; i++) {
		credit_key_generate(&pairs[i]);
		snprintf(cosigners[i].key.name, sizeof cosigners[i].key.name,
			"witness%d.district.example/2026", i);
		cosigners[i].key.public_key = pairs[i].public_key;
	}
	credit_arena_init(&arena, NULL, 0, (size_t)1 << 22);
	now = (uint64_t)town.now.ms / 1000;
}

static void stop(void)
{
	credit_arena_deinit(&arena);
	town_close(&town);
	temp_dir_remove();
}

TestSuite(cosign, .init = start, .fini = stop);

/* --- what the registry shows ----------------------------------------------------------------- */

static struct credit_published_head published(void)
{
	struct credit_published_head head;
	struct credit_view *view;

	cr_assert_eq(credit_view_new(town.registry, &view), CREDIT_OK);
	cr_assert_eq(credit_view_begin(view), CREDIT_OK);
	cr_assert_eq(credit_view_published_head(view, &arena, &head), CREDIT_OK);
	credit_view_end(view);
	credit_view_free(view);
	return head;
}

static struct credit_bytes body_of(struct credit_bytes note)
{
	struct credit_bytes body, lines;

	cr_assert_eq(credit_note_split(note, &body, &lines), CREDIT_OK);
	return body;
}

/* The cosigned bundle of an entity, in the arena. */
static struct credit_bytes prove_by(struct credit_view *view, uint32_t entity)
{
	struct credit_uscc uscc = town_uscc(entity);
	struct credit_bytes bytes;

	cr_assert_eq(credit_view_begin(view), CREDIT_OK);
	cr_assert_eq(credit_view_status_proof(view, &uscc, town.now, &arena, &bytes), CREDIT_OK);
	credit_view_end(view);
	return bytes;
}

static struct credit_bytes prove(uint32_t entity)
{
	struct credit_bytes bytes;
	struct credit_view *view;

	cr_assert_eq(credit_view_new(town.registry, &view), CREDIT_OK);
	bytes = prove_by(view, entity);
	credit_view_free(view);
	return bytes;
}

/* Witness `i` cosigns the newest publication, at `time`. */
static enum credit_error cosign(int i, uint64_t time)
{
	struct credit_published_head head = published();
	struct credit_cosigned one = {.cosigner = &cosigners[i]};

	cr_assert_eq(credit_cosign(body_of(head.checkpoint), &cosigners[i], &pairs[i], time,
			     &one.cosignature),
		CREDIT_OK);
	return credit_registry_cosign(town.registry, head.publication, &one, 1);
}

/* A policy over the first `count` witnesses: `needed` of them. */
static const struct credit_policy *policy_of(int count, const char *needed)
{
	struct credit_problem problem = {0};
	char text[8192], vkey[CREDIT_KEY_TEXT_MAX];
	size_t size = 0;

	for (int i = 0; i < count; i++) {
		cr_assert_eq(credit_cosigner_text(&cosigners[i], vkey), CREDIT_OK);
		size += (size_t)snprintf(
			text + size, sizeof text - size, "witness w%d %s", i, vkey);
	}
	size += (size_t)snprintf(text + size, sizeof text - size, "group g %s", needed);
	for (int i = 0; i < count; i++)
		size += (size_t)snprintf(text + size, sizeof text - size, " w%d", i);
	snprintf(text + size, sizeof text - size, "\nquorum g\n");
	cr_assert_eq(credit_policy_parse(credit_bytes_of(text), &policy, &problem), CREDIT_OK,
		"%s: %s", problem.field, problem.detail);
	return &policy;
}

static enum credit_error check(
	struct credit_bytes bundle, const struct credit_policy *witnesses, int64_t max_age_ms)
{
	struct credit_status_verdict verdict;
	enum credit_error error =
		credit_status_proof_verify(bundle, &town.log_name, witnesses, &verdict, NULL);

	return error ? error : credit_status_verdict_check(&verdict, town.now, max_age_ms, NULL);
}

/* --- keeping --------------------------------------------------------------------------------- */

Test(cosign, the_cosigned_head_is_served_and_is_still_there_after_a_restart)
{
	struct credit_signed_head head;
	struct credit_tree_head opened;
	struct credit_view *view;

	cr_assert_eq(cosign(0, now), CREDIT_OK);
	cr_assert_eq(cosign(1, now + 1), CREDIT_OK);
	town_close(&town);
	town_open(&town, temp_dir_path("town"));
	cr_assert_eq(credit_view_new(town.registry, &view), CREDIT_OK);
	cr_assert_eq(credit_view_begin(view), CREDIT_OK);
	cr_assert_eq(credit_view_cosigned_head(view, &arena, &head), CREDIT_OK);
	credit_view_end(view);
	credit_view_free(view);
	cr_assert_eq(credit_checkpoint_open(head.checkpoint, &town.log_name, &opened), CREDIT_OK);
	for (int i = 0; i < 2; i++) {
		struct credit_bytes body, lines;
		struct credit_cosignature found;

		cr_assert_eq(credit_note_split(head.checkpoint, &body, &lines), CREDIT_OK);
		cr_assert_eq(
			credit_cosignature_find(body, lines, &cosigners[i], &found), CREDIT_OK);
		cr_expect_eq(found.time, now + (uint64_t)i);
	}
}

/* Is the newest head that readers see served with cosignatures? */
static bool newest_is_cosigned(void)
{
	struct credit_signed_head head, plain;
	struct credit_view *view;
	bool cosigned;

	cr_assert_eq(credit_view_new(town.registry, &view), CREDIT_OK);
	cr_assert_eq(credit_view_begin(view), CREDIT_OK);
	cr_assert_eq(credit_view_cosigned_head(view, &arena, &head), CREDIT_OK);
	cr_assert_eq(credit_view_head(view, &plain), CREDIT_OK);
	cosigned = !credit_bytes_equal(head.checkpoint, plain.checkpoint);
	credit_view_end(view);
	credit_view_free(view);
	return cosigned;
}

Test(cosign, an_epoch_ahead_of_the_publication_is_served_without)
{
	cr_assert_eq(cosign(0, now), CREDIT_OK);
	town_enrol_now(&town, 77);
	cr_expect(newest_is_cosigned(), "what is only in the tail changes nothing for readers");
	town.registry->head_file.end = CREDIT__TAIL_MAX;
	town_enrol_now(&town, 78);
	cr_expect_not(newest_is_cosigned(), "the tail was full, and the store has taken both");
	town_publish(&town);
	cr_expect_eq(published().cosignatures.size, 0, "a new publication has none yet");
}

Test(cosign, a_witness_that_cosigns_again_takes_the_place_of_its_first_line)
{
	size_t once;

	cr_assert_eq(cosign(0, now), CREDIT_OK);
	once = published().cosignatures.size;
	cr_assert_eq(cosign(1, now), CREDIT_OK);
	cr_assert_eq(cosign(0, now + 5), CREDIT_OK);
	cr_expect_eq(published().cosignatures.size, 2 * once);
}

Test(cosign, what_is_false_or_of_no_publication_is_not_kept)
{
	struct credit_published_head head = published();
	struct credit_cosigned two[2] = {{.cosigner = &cosigners[0]}, {.cosigner = &cosigners[1]}};

	for (int i = 0; i < 2; i++)
		cr_assert_eq(credit_cosign(body_of(head.checkpoint), &cosigners[i], &pairs[i], now,
				     &two[i].cosignature),
			CREDIT_OK);
	cr_expect_eq(credit_registry_cosign(town.registry, head.publication + 1, two, 2),
		CREDIT_E_NOT_FOUND);
	two[1].cosignature.signature.byte[3] ^= 1;
	cr_expect_eq(credit_registry_cosign(town.registry, head.publication, two, 2),
		CREDIT_E_COSIGNATURE);
	cr_expect_eq(published().cosignatures.size, 0, "all or none");
}

static void note_fault(void *context, const struct credit_fault *fault)
{
	char *text = context;

	snprintf(text, 200, "%s", fault->what[CREDIT_LANG_EN]);
}

/* Writes lines beside a publication as no witness would, and says what fsck finds. */
static const char *found_beside(uint64_t publication, struct credit_bytes lines)
{
	static char text[200];
	struct credit_fsck_report report;
	struct credit_write *write;
	uint8_t key[8];

	credit_write_u64(key, publication);
	cr_assert_eq(credit_write_begin(town.registry->journal, 1024, &write), CREDIT_OK);
	cr_assert_eq(credit_write_put(write, JOURNAL_COSIGNATURES,
			     (struct credit_bytes){key, sizeof key}, lines),
		CREDIT_OK);
	cr_assert_eq(credit_write_commit(write), CREDIT_OK);
	text[0] = '\0';
	cr_assert_eq(credit_registry_fsck(town.registry,
			     &(struct credit_fsck_options){.fault = note_fault, .context = text},
			     &report),
		CREDIT_OK);
	cr_expect_eq(report.faults, text[0] ? 1U : 0U);
	return text;
}

Test(cosign, fsck_reads_them)
{
	uint64_t last = published().publication;
	struct credit_bytes lines;

	cr_assert_eq(cosign(0, now), CREDIT_OK);
	lines = published().cosignatures;
	cr_expect_str_empty(found_beside(last, lines));
	cr_expect(strstr(found_beside(last, credit_bytes_of("no line")), "cannot be read"));
	cr_expect_str_empty(found_beside(last, lines));
	cr_expect(strstr(found_beside(last + 1, lines), "not there"));
}

Test(cosign, sixteen_witnesses_are_kept_and_one_more_is_refused)
{
	for (int i = 0; i < WITNESSES - 1; i++)
		cr_assert_eq(cosign(i, now), CREDIT_OK);
	cr_expect_eq(cosign(WITNESSES - 1, now), CREDIT_E_TOO_MANY);
	cr_expect_eq(cosign(3, now + 1), CREDIT_OK, "who is there may come again");
	cr_expect_eq(check(prove(3), policy_of(16, "all"), DAY_MS), CREDIT_OK);
}

/* --- the folder ------------------------------------------------------------------------------ */

static void export_to(struct credit_exporter *exporter)
{
	struct credit_problem problem = {0};

	cr_assert_eq(credit_exporter_run(exporter, NULL, NULL, &problem), CREDIT_OK, "%s",
		problem.detail);
}

static struct credit_bytes exported(void)
{
	static uint8_t memory[CREDIT_NOTE_MAX];
	char path[4096];

	snprintf(path, sizeof path, "%s/checkpoint", temp_dir_path("www"));
	return read_file(path, memory, sizeof memory);
}

Test(cosign, the_folders_checkpoint_gets_its_cosignatures_when_they_arrive)
{
	struct credit_exporter *exporter;
	struct credit_problem problem;
	struct credit_bytes body, lines;
	struct credit_cosignature found;

	cr_assert_eq(
		credit_exporter_open(town.registry, temp_dir_path("www"), 0, &exporter, &problem),
		CREDIT_OK);
	export_to(exporter);
	cr_assert_eq(credit_note_split(exported(), &body, &lines), CREDIT_OK);
	cr_expect_eq(credit_cosignature_find(body, lines, &cosigners[0], &found),
		CREDIT_E_NOTE_UNVERIFIED);
	cr_assert_eq(cosign(0, now), CREDIT_OK);
	export_to(exporter);
	cr_assert_eq(credit_note_split(exported(), &body, &lines), CREDIT_OK);
	cr_expect_eq(credit_cosignature_find(body, lines, &cosigners[0], &found), CREDIT_OK);
	/* And the exporter goes on from such a checkpoint. */
	credit_exporter_free(exporter);
	cr_assert_eq(
		credit_exporter_open(town.registry, temp_dir_path("www"), 0, &exporter, &problem),
		CREDIT_OK);
	town_publish(&town);
	export_to(exporter);
	cr_assert_eq(credit_note_split(exported(), &body, &lines), CREDIT_OK);
	cr_expect_eq(credit_cosignature_find(body, lines, &cosigners[0], &found),
		CREDIT_E_NOTE_UNVERIFIED, "of a newer publication");
	credit_exporter_free(exporter);
}

/* --- bundles --------------------------------------------------------------------------------- */

Test(cosign, a_bundle_says_who_cosigned_and_when_and_whether_that_is_enough)
{
	struct credit_status_verdict verdict;

	cr_assert_eq(cosign(0, now), CREDIT_OK);
	cr_assert_eq(cosign(1, now + 60), CREDIT_OK);
	cr_assert_eq(cosign(2, now + 30), CREDIT_OK);
	cr_assert_eq(credit_status_proof_verify(
			     prove(3), &town.log_name, policy_of(4, "3"), &verdict, NULL),
		CREDIT_OK);
	cr_expect(verdict.witnesses_asked);
	cr_expect_eq(verdict.witnessing.carried, 3);
	cr_expect_eq(verdict.witnessing.cosigned, 3);
	cr_expect_eq(verdict.witnessing.oldest.ms, (int64_t)now * 1000);
	cr_expect_eq(verdict.witnessing.newest.ms, ((int64_t)now + 60) * 1000);
	cr_expect(verdict.witnessing.quorum);
	cr_expect_eq(check(prove(3), policy_of(4, "all"), DAY_MS), CREDIT_E_QUORUM);
	cr_expect_eq(check(prove(3), policy_of(2, "all"), DAY_MS), CREDIT_OK,
		"one whom the policy does not know is passed over");
	/* Without a policy they are counted and not believed. */
	cr_assert_eq(credit_status_proof_verify(prove(3), &town.log_name, NULL, &verdict, NULL),
		CREDIT_OK);
	cr_expect_not(verdict.witnesses_asked);
	cr_expect_eq(verdict.witnessing.carried, 3);
	cr_expect_eq(verdict.witnessing.cosigned, 0);
}

Test(cosign, a_view_used_again_and_again_answers_like_a_new_one_after_every_commit)
{
	struct credit_bytes before, again, late, next;
	struct credit_view *view;

	cr_assert_eq(credit_view_new(town.registry, &view), CREDIT_OK);
	before = prove_by(view, 3);
	again = prove_by(view, 3);
	cr_expect(credit_bytes_equal(before, again), "nothing was committed");
	(void)prove_by(view, 4); /* and what another's proof leaves behind does not show */
	(void)prove_by(view, 5000);
	cr_expect(credit_bytes_equal(prove_by(view, 3), before));
	cr_assert_eq(cosign(0, now), CREDIT_OK);
	late = prove_by(view, 3);
	cr_expect_gt(late.size, before.size, "a cosignature came after the publication");
	cr_expect(credit_bytes_equal(late, prove(3)));
	town_list_now(&town, 3, "black.market-serious", NULL);
	cr_expect(credit_bytes_equal(prove_by(view, 3), prove(3)), "an epoch ahead");
	town_publish(&town);
	next = prove_by(view, 3);
	cr_expect_not(credit_bytes_equal(next, late));
	cr_expect(credit_bytes_equal(next, prove(3)));
	cr_expect(credit_bytes_equal(prove_by(view, 5000), prove(5000)), "not enrolled");
	credit_view_free(view);
}

Test(cosign, a_bundle_without_cosignatures_meets_no_quorum_but_none)
{
	struct credit_problem problem;

	cr_expect_eq(check(prove(3), policy_of(3, "any"), DAY_MS), CREDIT_E_QUORUM);
	cr_assert_eq(credit_policy_parse(credit_bytes_of("quorum none\n"), &policy, &problem),
		CREDIT_OK);
	cr_expect_eq(check(prove(3), &policy, DAY_MS), CREDIT_OK);
}

Test(cosign, one_byte_changed_anywhere_in_a_cosigned_bundle_is_refused)
{
	static const uint32_t entities[] = {3, 4711};

	for (int i = 0; i < 3; i++)
		cr_assert_eq(cosign(i, now), CREDIT_OK);
	policy_of(3, "all");
	for (size_t e = 0; e < sizeof entities / sizeof entities[0]; e++) {
		struct credit_bytes bundle = prove(entities[e]);
		uint8_t *bytes = malloc(bundle.size);

		memcpy(bytes, bundle.data, bundle.size);
		bundle.data = bytes;
		cr_assert_eq(check(bundle, &policy, DAY_MS), CREDIT_OK);
		for (size_t i = 0; i < bundle.size; i++) {
			bytes[i] ^= (uint8_t)(1U << (i % 8));
			cr_expect_neq(check(bundle, &policy, DAY_MS), CREDIT_OK,
				"entity %u byte %zu of %zu", entities[e], i, bundle.size);
			bytes[i] ^= (uint8_t)(1U << (i % 8));
		}
		for (size_t size = 0; size < bundle.size; size++)
			cr_expect_neq(check((struct credit_bytes){bytes, size}, &policy, DAY_MS),
				CREDIT_OK, "cut to %zu", size);
		free(bytes);
	}
}

Test(cosign, a_policy_of_another_log_accepts_nothing)
{
	struct credit_problem problem = {0};
	struct credit_status_verdict verdict;
	struct credit_named_key other = {.name = TOWN_ORIGIN};
	char text[512], vkey[CREDIT_KEY_TEXT_MAX];

	other.public_key = pairs[0].public_key;
	cr_assert_eq(credit_vkey_text(&other, vkey), CREDIT_OK);
	snprintf(text, sizeof text, "log %squorum none\n", vkey);
	cr_assert_eq(credit_policy_parse(credit_bytes_of(text), &policy, &problem), CREDIT_OK);
	cr_expect_eq(
		credit_status_proof_verify(prove(3), &town.log_name, &policy, &verdict, &problem),
		CREDIT_E_PROOF_FALSE);
	cr_expect_str_eq(problem.field, "witnesses");
}

Test(cosign, a_publication_dated_into_the_future_is_caught_by_its_witnesses_time)
{
	cr_assert_eq(cosign(0, now - 7200), CREDIT_OK);
	cr_expect_eq(check(prove(3), policy_of(1, "any"), 3600000), CREDIT_E_PROOF_OLD,
		"the publication says it is new, the witness saw it two hours ago");
	cr_expect_eq(check(prove(3), NULL, 3600000), CREDIT_OK);
}

Test(cosign, checkpoint_and_three_cosignatures_leave_the_bundle_its_room)
{
	size_t without = prove(3).size;

	for (int i = 0; i < 3; i++)
		cr_assert_eq(cosign(i, now), CREDIT_OK);
	cr_expect_eq(prove(3).size, without + 1 + 3 * 76);
	/* 550 bytes are set aside for both, with an origin of 40 bytes. */
	cr_expect_leq(
		published().checkpoint.size + 2 * (40 - strlen(TOWN_ORIGIN)) + 1 + 3 * 76, 550);
}
