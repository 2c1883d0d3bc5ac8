/* SPDX-License-Identifier: Apache-2.0
 *
 * test_audit.c - a replica run from deltas: what is honest passes, and each kind of lie is named.
 */
#include <criterion/criterion.h>

#include "tests/support/audit_feed.h"
#include "tests/support/lie.h"
#include "tests/support/temp_dir.h"
#include "tests/support/town.h"

#include "credit/v1/journal.pb-c.h"

#include <stdlib.h>
#include <string.h>

#define RED "red.taxpayer-a" /* needs no notice */
#define PIECE 65536

TestSuite(audit, .init = temp_dir_make, .fini = temp_dir_remove);

/* Founding and rule book (publication 1), six entities (2), a listing and a penalty (3). */
static void open_town(struct town *town)
{
	struct town_act penalty;

	town_open(town, temp_dir_path("town"));
	for (uint32_t i = 0; i < 6; i++)
		town_enrol_now(town, i);
	town_publish(town);
	town_list_now(town, 5, RED, NULL);
	town_penalise(&penalty, 2, 7);
	town_file_one(town, &penalty, NULL);
	town_publish(town);
}

static void close_both(struct town *town, struct audit_feed *feed)
{
	audit_feed_close(feed);
	town_close(town);
}

Test(audit, an_honest_registry_is_found_honest_in_pieces_of_any_size)
{
	static const size_t limits[] = {1, 100, PIECE};
	struct town town;

	open_town(&town);
	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		const char *names[] = {"a", "b", "c"};
		struct audit_feed feed = {0};
		struct credit_audit_place place;

		audit_feed_open(&feed, temp_dir_path(names[i]), &town.log_name);
		cr_assert_eq(audit_feed_run(&feed, town.registry, 0, limits[i]), CREDIT_OK);
		cr_expect_eq(feed.finding_count, 0, "%s",
			credit_error_name(feed.findings[0].problem.error));
		cr_expect_eq(feed.honest, 3);
		credit_audit_place(feed.audit, &place);
		cr_expect_eq(place.publication, 3);
		cr_expect_eq(place.lied, 0);
		cr_expect_gt(place.acts, 8);
		audit_feed_close(&feed);
	}
	town_close(&town);
}

Test(audit, what_was_not_committed_is_taken_again_after_a_kill)
{
	struct town town;
	struct audit_feed feed = {0};
	struct credit_audit_place place;

	open_town(&town);
	audit_feed_open(&feed, temp_dir_path("audit"), &town.log_name);
	cr_assert_eq(audit_feed_run(&feed, town.registry, 1, PIECE), CREDIT_OK);
	/* An epoch that no publication follows: half a delta. */
	town_enrol_now(&town, 90);
	audit_feed_close(&feed);
	audit_feed_open(&feed, temp_dir_path("audit"), &town.log_name);
	credit_audit_place(feed.audit, &place);
	cr_expect_eq(place.publication, 1);
	town_publish(&town);
	cr_assert_eq(audit_feed_run(&feed, town.registry, 0, PIECE), CREDIT_OK);
	cr_expect_eq(feed.finding_count, 0);
	cr_expect_eq(feed.honest, 4);
	close_both(&town, &feed);
}

Test(audit, a_folder_follows_one_registry_for_ever)
{
	struct town town;
	struct audit_feed feed = {0};
	struct credit_audit_options options = {.folder = temp_dir_path("audit")};
	struct credit_audit *audit;
	struct credit_problem problem;

	open_town(&town);
	audit_feed_open(&feed, temp_dir_path("audit"), &town.log_name);
	audit_feed_close(&feed);
	options.log_key = town.log_name;
	options.log_key.public_key = town.root.public_key;
	cr_expect_eq(credit_audit_open(&options, &audit, &problem), CREDIT_E_FOLDER_NOT_OURS);
	town_close(&town);
}

/* --- lies in the delta ------------------------------------------------------------------------- */

struct lie {
	enum credit_delta_part part;
	void (*change)(ProtobufCMessage *message, struct credit_hash *leaf);
	bool done; /* once, in a delta that has it */
	bool last; /* the last row of the run, not the first sealed one */
};

static const ProtobufCMessageDescriptor *const types[] = {
	[CREDIT_DELTA_EPOCH] = &credit__v1__epoch__descriptor,
	[CREDIT_DELTA_ROW] = &credit__v1__epoch_row__descriptor,
	[CREDIT_DELTA_PUBLICATION] = &credit__v1__publication__descriptor,
};

static void tamper(void *context, enum credit_delta_part part, struct credit_bytes *bytes,
	struct credit_hash *leaf)
{
	struct lie *lie = context;
	ProtobufCMessage *message;
	uint8_t *memory;

	if (lie->done || part != lie->part)
		return;
	message = protobuf_c_message_unpack(types[part], NULL, bytes->size, bytes->data);
	/* Not the founding's: an act about an entity, with a status. */
	if (part == CREDIT_DELTA_ROW && ((Credit__V1__EpochRow *)message)->blind.len == 0) {
		protobuf_c_message_free_unpacked(message, NULL);
		return;
	}
	lie->done = true;
	lie->change(message, leaf);
	memory = malloc(protobuf_c_message_get_packed_size(message) + 1);
	*bytes = (struct credit_bytes){memory, protobuf_c_message_pack(message, memory)};
	protobuf_c_message_free_unpacked(message, NULL);
}

static void run_lie(struct audit_feed *feed, enum credit_delta_part part,
	void (*change)(ProtobufCMessage *message, struct credit_hash *leaf))
{
	struct lie lie = {.part = part, .change = change};
	struct town town;
	struct credit_audit_place place;

	open_town(&town);
	feed->tamper = tamper;
	feed->context = &lie;
	audit_feed_open(feed, temp_dir_path("audit"), &town.log_name);
	cr_assert_eq(audit_feed_run(feed, town.registry, 0, PIECE), CREDIT_OK);
	cr_assert(lie.done);
	credit_audit_place(feed->audit, &place);
	cr_expect_neq(place.lied, 0);
	cr_expect_eq(feed->honest, place.lied - 1, "what stands on a lie is not honest");
	close_both(&town, feed);
}

static Credit__V1__Effect *effect_of(ProtobufCMessage *message, Credit__V1__EffectKind kind)
{
	Credit__V1__EpochRow *row = (Credit__V1__EpochRow *)message;

	for (size_t i = 0; i < row->n_effects; i++)
		if (row->effects[i]->kind == kind)
			return row->effects[i];
	cr_assert_fail("no such effect");
	return NULL;
}

static void change_status(ProtobufCMessage *message, struct credit_hash *leaf)
{
	Credit__V1__Effect *effect =
		effect_of(message, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_STATUS);

	(void)leaf;
	effect->value.data[effect->value.len - 1] ^= 1;
}

Test(audit, effects_that_the_rules_do_not_give_are_named_with_their_row)
{
	struct audit_feed feed = {0};

	run_lie(&feed, CREDIT_DELTA_ROW, change_status);
	cr_assert_eq(audit_feed_found(&feed, CREDIT_E_AUDIT_EFFECTS), 1);
	cr_expect_eq(feed.findings[0].publication, 2);
	cr_expect(feed.findings[0].has_row);
	cr_expect_eq(feed.findings[0].row, 0);
	cr_expect_neq(strstr(feed.findings[0].problem.detail, "STATUS"), NULL);
}

static void change_opening(ProtobufCMessage *message, struct credit_hash *leaf)
{
	(void)leaf;
	effect_of(message, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_STATUS)->value.data[0] ^= 1;
}

Test(audit, an_opening_is_drawn_freely_but_it_is_in_the_map)
{
	struct audit_feed feed = {0};

	run_lie(&feed, CREDIT_DELTA_ROW, change_opening);
	cr_expect_eq(audit_feed_found(&feed, CREDIT_E_AUDIT_EFFECTS), 0);
	cr_expect_gt(audit_feed_found(&feed, CREDIT_E_AUDIT_MAP), 0);
}

static void change_act(ProtobufCMessage *message, struct credit_hash *leaf)
{
	Credit__V1__EpochRow *row = (Credit__V1__EpochRow *)message;

	(void)leaf;
	row->opening.data[3] ^= 1;
}

Test(audit, an_act_that_is_not_the_sealed_one_is_named)
{
	struct audit_feed feed = {0};

	run_lie(&feed, CREDIT_DELTA_ROW, change_act);
	cr_expect_eq(audit_feed_found(&feed, CREDIT_E_AUDIT_COMMITMENT), 1);
	cr_expect_eq(audit_feed_found(&feed, CREDIT_E_AUDIT_LEAF), 1);
}

static void change_blind(ProtobufCMessage *message, struct credit_hash *leaf)
{
	(void)leaf;
	((Credit__V1__EpochRow *)message)->blind.data[0] ^= 1;
}

Test(audit, an_act_that_the_log_does_not_have_is_named_by_its_leaf)
{
	struct audit_feed feed = {0};

	run_lie(&feed, CREDIT_DELTA_ROW, change_blind);
	cr_assert_eq(feed.finding_count, 1);
	cr_expect_eq(feed.findings[0].problem.error, CREDIT_E_AUDIT_LEAF);
	cr_expect(feed.findings[0].has_row);
}

static void change_leaf(ProtobufCMessage *message, struct credit_hash *leaf)
{
	(void)message;
	leaf->byte[0] ^= 1;
}

Test(audit, a_leaf_that_is_not_under_the_signed_root_is_told)
{
	struct audit_feed feed = {0};

	run_lie(&feed, CREDIT_DELTA_ROW, change_leaf);
	cr_expect_gt(audit_feed_found(&feed, CREDIT_E_AUDIT_ROOT), 0);
}

static void change_signature(ProtobufCMessage *message, struct credit_hash *leaf)
{
	(void)leaf;
	((Credit__V1__Epoch *)message)->filings[0]->signature.data[5] ^= 1;
}

Test(audit, a_filing_that_its_issuer_did_not_sign_is_told)
{
	struct audit_feed feed = {0};

	run_lie(&feed, CREDIT_DELTA_EPOCH, change_signature);
	cr_expect_eq(audit_feed_found(&feed, CREDIT_E_AUDIT_KEY), 1);
	cr_expect_eq(feed.findings[0].publication, 1);
}

static void change_accepted(ProtobufCMessage *message, struct credit_hash *leaf)
{
	(void)leaf;
	((Credit__V1__Epoch *)message)->filings[0]->accepted++;
}

Test(audit, a_filing_without_an_answer_to_each_act_is_told)
{
	struct audit_feed feed = {0};

	run_lie(&feed, CREDIT_DELTA_EPOCH, change_accepted);
	cr_expect_eq(audit_feed_found(&feed, CREDIT_E_AUDIT_ANSWERS), 1);
}

static void change_map_root(ProtobufCMessage *message, struct credit_hash *leaf)
{
	(void)leaf;
	((Credit__V1__Publication *)message)->map_root.data[0] ^= 1;
}

Test(audit, a_map_root_that_the_statuses_do_not_give_is_told)
{
	struct audit_feed feed = {0};

	run_lie(&feed, CREDIT_DELTA_PUBLICATION, change_map_root);
	cr_expect_eq(audit_feed_found(&feed, CREDIT_E_AUDIT_MAP), 1);
	/* The leaf of that root is not in the log. */
	cr_expect_gt(audit_feed_found(&feed, CREDIT_E_AUDIT_ROOT), 0);
}

/* As a registry hands it out after an erasure: filing, index and commitment are left. */
static void erase_act(ProtobufCMessage *message, struct credit_hash *leaf)
{
	Credit__V1__EpochRow *row = (Credit__V1__EpochRow *)message;

	(void)leaf;
	row->act.len = row->opening.len = row->blind.len = 0;
	for (size_t i = 0; i < row->n_effects; i++)
		credit__v1__effect__free_unpacked(row->effects[i], NULL);
	row->n_effects = 0;
}

Test(audit, an_erased_act_is_no_lie_and_what_follows_is_not_cosigned)
{
	struct lie lie = {.part = CREDIT_DELTA_ROW, .change = erase_act};
	struct audit_feed feed = {.tamper = tamper, .context = &lie};
	struct credit_audit_place place;
	struct town town;

	open_town(&town);
	audit_feed_open(&feed, temp_dir_path("audit"), &town.log_name);
	cr_assert_eq(audit_feed_run(&feed, town.registry, 0, PIECE), CREDIT_OK);
	credit_audit_place(feed.audit, &place);
	cr_expect_eq(
		feed.finding_count, 0, "%s", credit_error_name(feed.findings[0].problem.error));
	cr_expect_eq(place.erased, 1);
	cr_expect_eq(place.blind, 2);
	cr_expect_eq(feed.honest, 1);
	close_both(&town, &feed);
}

Test(audit, parts_out_of_order_are_an_error_and_no_finding)
{
	struct town town;
	struct audit_feed feed = {0};
	struct credit_hash leaf = {{0}};

	open_town(&town);
	audit_feed_open(&feed, temp_dir_path("audit"), &town.log_name);
	cr_expect_eq(credit_audit_take(feed.audit, CREDIT_DELTA_ROW,
			     (struct credit_bytes){(const uint8_t *)"", 0}, &leaf),
		CREDIT_E_DELTA_ORDER);
	close_both(&town, &feed);
}

/* --- a registry that lies and signs it --------------------------------------------------------- */

Test(audit, a_lie_that_the_registry_built_its_map_on_is_named_and_nothing_after_it_is_honest)
{
	struct town town;
	struct audit_feed feed = {0};
	struct credit_audit_place place;
	const char *folder = temp_dir_path("town");
	uint64_t epoch;

	town_open(&town, folder);
	town_enrol_now(&town, 5);
	town_publish(&town);
	town_list_now(&town, 5, RED, NULL);
	town_close(&town); /* acknowledged and not published */
	epoch = lie_last_epoch(folder);
	cr_expect_eq(lie_about_lists(folder, epoch), 0);
	town_open(&town, folder);
	town_publish(&town);
	cr_expect_eq(town_lists_of(&town, 5), 0, "the registry hides the listing");
	town_publish(&town);
	audit_feed_open(&feed, temp_dir_path("audit"), &town.log_name);
	cr_assert_eq(audit_feed_run(&feed, town.registry, 0, PIECE), CREDIT_OK);
	cr_assert_eq(feed.finding_count, 1);
	cr_expect_eq(feed.findings[0].problem.error, CREDIT_E_AUDIT_EFFECTS);
	cr_expect_eq(feed.findings[0].publication, 3);
	cr_expect_eq(feed.findings[0].epoch, epoch);
	cr_expect_eq(feed.publications, 4);
	cr_expect_eq(feed.honest, 2);
	/* The folder remembers. */
	audit_feed_close(&feed);
	audit_feed_open(&feed, temp_dir_path("audit"), &town.log_name);
	credit_audit_place(feed.audit, &place);
	cr_expect_eq(place.lied, 3);
	close_both(&town, &feed);
}
