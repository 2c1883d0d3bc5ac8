/* SPDX-License-Identifier: Apache-2.0
 *
 * life.c - see life.h.
 */
#include "tests/support/life_private.h"

#include <credit/v1/receipt.pb-c.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t life_draw(struct life *life, uint32_t below)
{
	uint64_t z = life->seed += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (uint32_t)((z ^ (z >> 31)) % below);
}

/* --- choosing ---------------------------------------------------------------------------------- */

int32_t life_today(const struct life *life)
{
	return credit_day_of(life->town->now).days;
}

/* The newest entities are in most of the stories. */
unsigned life_some_entity(struct life *life)
{
	unsigned near = life->entities < 40 ? life->entities : 40;

	return life_draw(life, 4) ? life->entities - 1 - life_draw(life, near)
				  : life_draw(life, life->entities);
}

static bool is_record(enum life_kind kind)
{
	return kind == LIFE_RECORD || kind == LIFE_LISTING || kind == LIFE_PENALTY;
}

static bool is_of(const struct life_thing *thing, enum life_kind kind)
{
	return thing->kind == kind || (kind == LIFE_RECORD && is_record(thing->kind));
}

/* A thing of the kind at the stage, among the newest mostly; NULL when there is none near. */
struct life_thing *life_some_thing(struct life *life, enum life_kind kind, enum life_stage stage)
{
	size_t span = life_draw(life, 4) && life->count > 200 ? 200 : life->count;

	if (span == 0)
		return NULL;
	size_t from = life_draw(life, (uint32_t)span);
	for (size_t i = 0; i < span; i++) {
		struct life_thing *thing = &life->things[life->count - 1 - (from + i) % span];
		if (is_of(thing, kind) && thing->stage == stage)
			return thing;
	}
	return NULL;
}

ProtobufCBinaryData life_id_of(struct life_thing *thing)
{
	return (ProtobufCBinaryData){CREDIT_RECORD_ID_SIZE, thing->id};
}

char *life_uscc_of(struct life *life, const struct life_thing *thing)
{
	return life->uscc[thing->entity];
}

char *life_number(struct life *life, struct draft *draft)
{
	snprintf(draft->document, sizeof draft->document, "示〔2026〕%llu号",
		(unsigned long long)(life->accepted + life->refused + life_draw(life, 1000000)));
	return draft->document;
}

static const struct {
	unsigned weight;
	bool (*make)(struct life *life, struct draft *draft);
} makers[] = {
	{6, life_enrol},
	{2, life_change},
	{1, life_alias},
	{1, life_deregister},
	{12, life_list},
	{8, life_penalise},
	{2, life_pledge},
	{2, life_judge},
	{3, life_come_out},
	{6, life_end_record},
	{4, life_erase},
	{3, life_suspend},
	{4, life_give_notice},
	{4, life_go_on_with_notice},
	{4, life_list_on_notice},
	{8, life_apply_measure},
	{8, life_go_on_with_measure},
	{6, life_apply_for_repair},
	{6, life_object},
	{30, life_go_on_with_case},
	{1, life_subscribe},
	{1, life_unsubscribe},
	{4, life_acknowledge},
	{1, life_enrol_key},
	{1, life_revoke_key},
};

/* --- an epoch ------------------------------------------------------------------------------------ */

static void make(struct life *life, struct draft *draft)
{
	unsigned total = 0;

	for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++)
		total += makers[i].weight;
	for (;;) {
		uint32_t at = life_draw(life, total);
		size_t i = 0;
		while (at >= makers[i].weight)
			at -= makers[i++].weight;
		memset(draft, 0, sizeof *draft);
		draft->makes = LIFE_NOTHING;
		if ((life->entities > 0 || makers[i].make == life_enrol) &&
			makers[i].make(life, draft))
			return;
	}
}

/* What an accepted act means for what is remembered. */
static void remember(
	struct life *life, const struct draft *draft, const struct credit_hash *commitment)
{
	if (draft->makes == LIFE_NOTHING) {
		if (draft->thing && draft->stage > draft->thing->stage)
			draft->thing->stage = draft->stage;
		return;
	}
	if (life->count == LIFE_THINGS_MAX)
		errx(1, "life: too many things");
	struct life_thing *thing = &life->things[life->count++];
	*thing = (struct life_thing){.kind = draft->makes,
		.entity = draft->entity,
		.office = draft->office,
		.key_id = draft->key_id};
	memcpy(thing->id, commitment->byte, sizeof thing->id);
	/* A case is decided by the office that made the record, which is the bureau mostly. */
	if (thing->office == WINDOW)
		thing->office = BUREAU;
}

static void account(struct life *life, struct draft *drafts, const struct credit_hash *commitments,
	const size_t *of_office, size_t count, const struct credit_submission *submission)
{
	Credit__V1__FilingReceipt *answer = credit__v1__filing_receipt__unpack(
		NULL, submission->answer.size, submission->answer.data);

	if (!answer)
		errx(1, "life: no answer");
	for (size_t i = 0; i < count; i++)
		life->refused_of[drafts[of_office[i]].act]++;
	for (size_t i = 0; i < answer->n_accepted; i++) {
		size_t at = of_office[answer->accepted[i]->index];
		life->refused_of[drafts[at].act]--;
		life->accepted_of[drafts[at].act]++;
		remember(life, &drafts[at], &commitments[at]);
	}
	life->accepted += answer->n_accepted;
	life->refused += count - answer->n_accepted;
	credit__v1__filing_receipt__free_unpacked(answer, NULL);
}

static struct credit_uscc plain(const char *text)
{
	struct credit_uscc uscc;

	memcpy(uscc.character, text, CREDIT_USCC_SIZE);
	return uscc;
}

static void must(enum credit_error error, const char *what, const struct credit_problem *problem)
{
	if (error)
		errx(1, "life: %s: %s %s %s", what, credit_error_name(error), problem->field,
			problem->detail);
}

static void sign(struct life *life, unsigned office, struct credit_submission *submission)
{
	struct credit_manifest_options options = {.origin = TOWN_ORIGIN,
		.issuer = plain(life->office[office].uscc),
		.created_at = life->town->now};
	struct credit_problem problem = {0};
	Credit__V1__Filing *filing;

	*submission = (struct credit_submission){0};
	must(credit_sealer_sign(
		     life->sealer[office], &options, &life->office[office].pair, &filing, &problem),
		"sign", &problem);
	must(credit_filing_open(filing, &submission->filing, &problem), "open", &problem);
}

static void file(struct life *life, struct draft *drafts, size_t count)
{
	struct credit_hash commitments[LIFE_ACTS_MAX];
	size_t of_office[LIFE_OFFICES][LIFE_ACTS_MAX], counts[LIFE_OFFICES] = {0}, filings = 0;
	struct credit_submission submissions[LIFE_OFFICES], *pointers[LIFE_OFFICES];
	struct credit_problem problem = {0};

	for (size_t i = 0; i < count; i++) {
		Credit__V1__Act act = CREDIT__V1__ACT__INIT;
		unsigned office = drafts[i].office;
		act.payload_case = drafts[i].act;
		act.listing = &drafts[i].payload.listing; /* all members are pointers */
		must(credit_sealer_add(life->sealer[office], &act, drafts[i].attachment,
			     &commitments[i], &problem),
			"seal", &problem);
		of_office[office][counts[office]++] = i;
	}
	for (unsigned office = 0; office < LIFE_OFFICES; office++) {
		if (counts[office] == 0)
			continue;
		sign(life, office, &submissions[office]);
		pointers[filings++] = &submissions[office];
	}
	credit_registry_submit(life->town->registry, pointers, filings, life->town->now);
	for (unsigned office = 0; office < LIFE_OFFICES; office++) {
		if (counts[office] == 0)
			continue;
		must(submissions[office].error, "submit", &submissions[office].problem);
		account(life, drafts, commitments, of_office[office], counts[office],
			&submissions[office]);
		credit_filing_free(submissions[office].filing);
	}
}

void life_epoch(struct life *life)
{
	struct draft drafts[LIFE_ACTS_MAX];
	size_t count = life->entities ? 1 + life_draw(life, LIFE_ACTS_MAX) : 1;
	bool enrolled = false;

	toy_set_day(&life->clock, credit_day_of(life->town->now));
	for (size_t i = 0; i < count; i++) {
		do
			make(life, &drafts[i]);
		while (drafts[i].enrols && enrolled); /* one has its code in a place of its own */
		enrolled |= drafts[i].enrols;
	}
	uint64_t before = life->accepted_of[ACT(ENTITY_ENROLMENT)];
	file(life, drafts, count);
	if (life->accepted_of[ACT(ENTITY_ENROLMENT)] > before)
		memcpy(life->uscc[life->entities++], life->uscc[LIFE_ENTITIES_MAX - 1],
			sizeof life->uscc[0]);
}

void life_pass(struct life *life)
{
	uint32_t fired, chance = life_draw(life, 16);
	enum credit_error error = CREDIT_OK;

	life->town->now.ms += 1 + life_draw(life, 600000);
	if (chance < 3)
		life->town->now.ms += DAY_MS * (1 + life_draw(life, 4));
	if (chance == 15 && life_draw(life, 8) == 0)
		life->town->now.ms += DAY_MS * life_draw(life, 60);
	do {
		error = credit_registry_fire_due(
			life->town->registry, life->town->now, 1 + life_draw(life, 50), &fired);
		life->fired += error ? 0 : fired;
	} while (!error && fired > 0);
	if (error)
		errx(1, "life: what is due: %s", credit_error_name(error));
}

/* --- beginning ----------------------------------------------------------------------------------- */

static void set_office(struct life *life, unsigned office, unsigned serial, uint8_t seed)
{
	uint8_t bytes[CREDIT_SEED_SIZE] = {seed, 77};

	toy_uscc("11110000", serial, life->office[office].uscc);
	credit_key_from_seed(bytes, &life->office[office].pair);
}

static void place_office(struct life *life, unsigned office, Credit__V1__Role role)
{
	Credit__V1__AuthorityEnrolment authority = CREDIT__V1__AUTHORITY_ENROLMENT__INIT;
	Credit__V1__KeyEnrolment key = CREDIT__V1__KEY_ENROLMENT__INIT;
	Credit__V1__Grant grant = toy_grant(&life->office[office], role);
	struct draft drafts[3] = {{.act = ACT(AUTHORITY_ENROLMENT), .makes = LIFE_NOTHING},
		{.act = ACT(KEY_ENROLMENT), .makes = LIFE_NOTHING},
		{.act = ACT(GRANT), .makes = LIFE_NOTHING}};

	authority.authority_uscc = key.authority_uscc = life->office[office].uscc;
	authority.name = TEXT("示例机关");
	authority.level = CREDIT__V1__LEVEL__LEVEL_PROVINCE;
	key.suite = CREDIT_SUITE_ED25519_SHA256;
	key.public_key = (ProtobufCBinaryData){
		CREDIT_PUBLIC_KEY_SIZE, life->office[office].pair.public_key.byte};
	memcpy(&drafts[0].payload, &authority, sizeof authority);
	memcpy(&drafts[1].payload, &key, sizeof key);
	memcpy(&drafts[2].payload, &grant, sizeof grant);
	for (size_t i = 0; i < 3; i++)
		drafts[i].office = ROOT;
	uint64_t before = life->accepted;
	file(life, drafts, 3);
	if (life->accepted != before + 3)
		errx(1, "life: an office is not taken");
}

void life_begin(struct life *life, struct town *town, uint64_t seed)
{
	memset(life, 0, sizeof *life);
	life->town = town;
	life->seed = seed;
	for (size_t i = 0; i < LIFE_OFFICES; i++)
		must(credit_sealer_new(&life->sealer[i]), "sealer", &(struct credit_problem){0});
	set_office(life, TAX, 71, 71);
	set_office(life, WINDOW, 72, 72);
	memcpy(life->office[BUREAU].uscc, town->bureau_uscc.character, CREDIT_USCC_SIZE);
	life->office[BUREAU].pair = town->bureau;
	memcpy(life->office[ROOT].uscc, town->root_uscc.character, CREDIT_USCC_SIZE);
	life->office[ROOT].pair = town->root;
	memcpy(life->clock.market.uscc, life->office[BUREAU].uscc, sizeof life->clock.market.uscc);
	place_office(life, TAX, CREDIT__V1__ROLE__ROLE_DECIDER);
	place_office(life, WINDOW, CREDIT__V1__ROLE__ROLE_FRONT_OFFICE);
	life->accepted = life->refused = 0;
}

void life_end(struct life *life)
{
	for (size_t i = 0; i < LIFE_OFFICES; i++)
		credit_sealer_free(life->sealer[i]);
}
