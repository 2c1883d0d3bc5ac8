/* SPDX-License-Identifier: Apache-2.0
 *
 * small_world.c - see small_world.h.
 */
#include "tests/support/small_world.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#define BOOK "tests/support/reachable.yaml"
#define TEXT(literal) ((char *)(uintptr_t)(literal))
#define KIND(name) CREDIT__V1__EFFECT_KIND__EFFECT_KIND_##name
/* Each act has an epoch, so a commitment, of its own; timers those behind, by their kind. */
#define EPOCH_ACTS 1000
#define EPOCH_TIMERS 1200
#define EPOCH_END 1300

static const struct {
	const char *name;
	size_t office;
	Credit__V1__Act__PayloadCase payload;
	enum small_subject subject;
} acts[] = {
#define X(name, office, payload, subject) \
	{#name, offsetof(struct toy, office), TOY_PAYLOAD(payload), SMALL_##subject},
	SMALL_ACT_LIST(X)
#undef X
};

/* Which act makes it, and where its row is. */
static const struct {
	enum small_act maker;
	Credit__V1__EffectKind kind;
	const ProtobufCMessageDescriptor *type;
} subjects[SMALL_SUBJECTS] = {
	[SMALL_NOTICE] = {DO_SERVE, KIND(NOTICE), &credit__v1__notice__descriptor},
	[SMALL_LISTING] = {DO_LIST, KIND(RECORD), &credit__v1__record__descriptor},
	[SMALL_PENALTY] = {DO_PENALISE, KIND(RECORD), &credit__v1__record__descriptor},
	[SMALL_MEASURE] = {DO_APPLY, KIND(MEASURE), &credit__v1__measure__descriptor},
	[SMALL_REPAIR] = {DO_REPAIR, KIND(CASE), &credit__v1__case__descriptor},
	[SMALL_OBJECTION] = {DO_OBJECT, KIND(CASE), &credit__v1__case__descriptor},
};

const char *small_act_name(enum small_act act)
{
	return acts[act].name;
}

Credit__V1__Act__PayloadCase small_act_payload(enum small_act act)
{
	return acts[act].payload;
}

enum small_subject small_act_subject(enum small_act act)
{
	return acts[act].subject;
}

const struct toy_office *small_act_office(const struct small_world *world, enum small_act act)
{
	return (const struct toy_office *)(const void *)((const uint8_t *)&world->toy +
							 acts[act].office);
}

uint64_t small_act_epoch(enum small_act act)
{
	if (act == DO_REORGANISE)
		act = DO_REPAIR;
	else if (act == DO_OBJECT_LATE)
		act = DO_OBJECT;
	else if (act == DO_APPLY_FOR_DAYS)
		act = DO_APPLY;
	return EPOCH_ACTS + (uint64_t)act;
}

static void commitment_of(enum small_act act, struct credit_hash *ret_hash)
{
	const struct toy none = {.epoch = small_act_epoch(act)};

	toy_commitment(&none, 0, ret_hash);
}

/* --- the world -------------------------------------------------------------------------------- */

void small_world_init(struct small_world *world, const char *list)
{
	static uint8_t form[CREDIT_HASH_SIZE] = {2}, token[CREDIT_HASH_SIZE] = {1};
	Credit__V1__AuthorityChange change = CREDIT__V1__AUTHORITY_CHANGE__INIT;
	struct credit_hash hash;

	memset(world, 0, sizeof *world);
	toy_init_founded_by(&world->toy, BOOK);
	world->list = list;
	toy_uscc("91110108", 1, world->uscc);
	change.authority_uscc = world->toy.market.uscc;
	change.name = TEXT("市场监督管理局");
	change.level = CREDIT__V1__LEVEL__LEVEL_PROVINCE;
	change.superior_uscc = world->toy.stranger.uscc;
	toy_must(&world->toy, &world->toy.root, TOY_PAYLOAD(AUTHORITY_CHANGE), &change);
	Credit__V1__Grant grant =
		toy_grant(&world->toy.stranger, CREDIT__V1__ROLE__ROLE_SUPERVISOR);
	toy_must(&world->toy, &world->toy.root, TOY_PAYLOAD(GRANT), &grant);
	toy_enrol(&world->toy, world->uscc);
	for (size_t i = SMALL_NOTICE; i < SMALL_TASK; i++) {
		commitment_of(subjects[i].maker, &hash);
		memcpy(world->id[i], hash.byte, CREDIT_RECORD_ID_SIZE);
	}
	commitment_of(DO_LIST, &hash);
	memcpy(world->draft, hash.byte, sizeof world->draft);
	world->applicant = (Credit__V1__Applicant)CREDIT__V1__APPLICANT__INIT;
	world->applicant.form_digest = (ProtobufCBinaryData){sizeof form, form};
	world->applicant.token_hash = (ProtobufCBinaryData){sizeof token, token};
}

void small_world_deinit(struct small_world *world)
{
	world->toy.epoch = EPOCH_END;
	toy_deinit(&world->toy);
}

void *small_row(struct small_world *world, enum small_subject subject)
{
	return subjects[subject].type
		       ? toy_row(&world->toy, subjects[subject].kind, subjects[subject].type,
				 world->uscc, world->id[subject])
		       : NULL;
}

/* --- payloads --------------------------------------------------------------------------------- */

static void *field(union small_message *message, const char *name)
{
	const ProtobufCFieldDescriptor *found =
		protobuf_c_message_descriptor_get_field_by_name(message->base.descriptor, name);

	if (!found)
		errx(1, "%s has no field %s", message->base.descriptor->name, name);
	return (uint8_t *)message + found->offset;
}

static void set_text(union small_message *message, const char *name, const char *value)
{
	char *text = TEXT(value);

	memcpy(field(message, name), &text, sizeof text);
}

static void set_number(union small_message *message, const char *name, int32_t value)
{
	memcpy(field(message, name), &value, sizeof value);
}

static void set_bytes(
	union small_message *message, const char *name, const uint8_t *data, size_t size)
{
	ProtobufCBinaryData bytes = {size, (uint8_t *)(uintptr_t)data};

	memcpy(field(message, name), &bytes, sizeof bytes);
}

static bool is_hash(const char *name)
{
	static const char *const names[] = {"digest", "draft_commitment", "root_key", "log_key",
		"system_key", "public_key", "key_id", NULL};

	for (size_t i = 0; names[i]; i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

static const char *text_for(const struct small_world *world, const char *name)
{
	const struct {
		const char *name, *value;
	} known[] = {
		{"list", world->list},
		{"ground", "ground"},
		{"instrument", "law"},
		{"measure", "measure.access"},
		{"ruling_no", ""},
		{"source_uscc", ""},
		{"region", ""},
		{"office_uscc", world->toy.market.uscc},
		{"authority_uscc", world->toy.market.uscc},
		{"issuer_uscc", world->toy.market.uscc},
		{"decider_uscc", world->toy.tax.uscc},
		{"subscriber_uscc", world->toy.filer.uscc},
		{"successor_uscc", world->toy.stranger.uscc},
	};
	size_t length = strlen(name);

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (strcmp(known[i].name, name) == 0)
			return known[i].value;
	}
	return length > 5 && strcmp(name + length - 5, "_uscc") == 0 ? world->uscc : "示例";
}

void small_fill(struct small_world *world, Credit__V1__Act__PayloadCase payload,
	enum small_subject subject, union small_message *ret_message)
{
	const ProtobufCFieldDescriptor *payload_field = protobuf_c_message_descriptor_get_field(
		&credit__v1__act__descriptor, (unsigned)payload);
	const ProtobufCMessageDescriptor *type = payload_field->descriptor;
	static char *texts[] = {TEXT("罚款")};
	Credit__V1__Applicant *applicant = &world->applicant;

	if (type->sizeof_message > sizeof *ret_message)
		errx(1, "%s is too long", type->name);
	memset(ret_message, 0, sizeof *ret_message);
	protobuf_c_message_init(type, ret_message);
	for (unsigned i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *at = &type->fields[i];
		uint8_t *value = (uint8_t *)ret_message + at->offset;
		if (at->label == PROTOBUF_C_LABEL_REPEATED && at->type == PROTOBUF_C_TYPE_STRING) {
			size_t one = strcmp(at->name, "penalty_kinds") == 0 ||
				     strcmp(at->name, "missing") == 0;
			char **pointer = texts;
			memcpy((uint8_t *)ret_message + at->quantifier_offset, &one, sizeof one);
			memcpy(value, &pointer, sizeof pointer);
		} else if (at->label == PROTOBUF_C_LABEL_REPEATED) {
			continue;
		} else if (at->type == PROTOBUF_C_TYPE_STRING) {
			set_text(ret_message, at->name, text_for(world, at->name));
		} else if (at->type == PROTOBUF_C_TYPE_BYTES) {
			set_bytes(ret_message, at->name,
				is_hash(at->name) ? world->draft : world->id[subject],
				is_hash(at->name) ? CREDIT_HASH_SIZE : CREDIT_RECORD_ID_SIZE);
		} else if (at->type == PROTOBUF_C_TYPE_INT32) {
			set_number(ret_message, at->name, small_world_today(world).days);
		} else if (at->type == PROTOBUF_C_TYPE_MESSAGE) {
			if (at->descriptor == &credit__v1__applicant__descriptor)
				memcpy(value, &applicant, sizeof applicant);
		} else if (at->type == PROTOBUF_C_TYPE_ENUM || at->type == PROTOBUF_C_TYPE_BOOL ||
			   at->type == PROTOBUF_C_TYPE_UINT32) {
			set_number(ret_message, at->name, 1);
		}
	}
}

/* --- the acts of the list ---------------------------------------------------------------------- */

static bool is_there(struct small_world *world, enum small_subject subject)
{
	void *row = small_row(world, subject);

	protobuf_c_message_free_unpacked(row, NULL);
	return row != NULL;
}

static void fill_listing(struct small_world *world, union small_message *message)
{
	set_number(message, "publication_end", 0);
	set_bytes(message, "notice", world->id[SMALL_NOTICE],
		is_there(world, SMALL_NOTICE) ? CREDIT_RECORD_ID_SIZE : 0);
	set_bytes(message, "underlying_record", world->id[SMALL_PENALTY],
		is_there(world, SMALL_PENALTY) ? CREDIT_RECORD_ID_SIZE : 0);
}

/* The task that asks what becomes of the listing. */
static void fill_answer(struct small_world *world, union small_message *message)
{
	Credit__V1__Record *record = small_row(world, SMALL_LISTING);

	if (record && record->basis_task.len == CREDIT_RECORD_ID_SIZE)
		memcpy(world->id[SMALL_TASK], record->basis_task.data, CREDIT_RECORD_ID_SIZE);
	protobuf_c_message_free_unpacked((ProtobufCMessage *)record, NULL);
	set_bytes(message, "task", world->id[SMALL_TASK], CREDIT_RECORD_ID_SIZE);
}

/* As short or as long as the record lets it be. */
static void fill_period(struct small_world *world, bool longest, union small_message *message)
{
	Credit__V1__Record *record = small_row(world, SMALL_LISTING);
	int32_t end = small_world_today(world).days;

	if (record && longest)
		end = record->latest_end;
	else if (record && record->repair_from > end)
		end = record->repair_from;
	protobuf_c_message_free_unpacked((ProtobufCMessage *)record, NULL);
	set_number(message, "publication_end", end);
}

static void fill_penalty(struct small_world *world, union small_message *message)
{
	(void)world;
	set_number(message, "severity", 0);
	set_number(message, "publication_end", 0);
	set_number(message, "valid_until", 0);
}

/* The numbers of a variant; everything else is as small_fill leaves it. */
static const struct {
	enum small_act act;
	const char *field;
	int32_t number;
} numbers[] = {
	{DO_WAIVE, "kind", CREDIT__V1__STATEMENT_KIND__STATEMENT_KIND_WAIVER},
	{DO_REORGANISE, "ground", CREDIT__V1__REPAIR_GROUND__REPAIR_GROUND_REORGANISATION},
	{DO_ANNUL, "cause", CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED},
	{DO_REMOVE, "cause", CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED},
	{DO_APPLY, "until", 0},
	{DO_R_RULING, "kind", CREDIT__V1__DOCUMENT_KIND__DOCUMENT_KIND_RULING},
	{DO_O_RULING, "kind", CREDIT__V1__DOCUMENT_KIND__DOCUMENT_KIND_RULING},
	{DO_R_REFUSE, "granted", 0},
	{DO_R_FAIL, "completed", 0},
	{DO_O_REJECT, "publication_end", 0},
	{DO_O_TAKE_DOWN, "publication_end", 0},
	{DO_O_TAKE_DOWN, "outcome", CREDIT__V1__OBJECTION_OUTCOME__OBJECTION_OUTCOME_WITHDRAWN},
	{DO_O_CUT, "outcome", CREDIT__V1__OBJECTION_OUTCOME__OBJECTION_OUTCOME_PERIOD_CHANGED},
	{DO_O_FINAL_REJECT, "publication_end", 0},
	{DO_O_FINAL_TAKE_DOWN, "publication_end", 0},
	{DO_O_FINAL_TAKE_DOWN, "outcome",
		CREDIT__V1__OBJECTION_OUTCOME__OBJECTION_OUTCOME_WITHDRAWN},
	{DO_ERASE, "ground", CREDIT__V1__ERASURE_GROUND__ERASURE_GROUND_COURT_ORDER},
};

static const struct {
	enum small_act act;
	const char *field, *text;
} wordings[] = {
	{DO_HEAR, "reply", ""},
	{DO_REORGANISE, "ruling_no", "京破1号"},
	{DO_OBJECT, "ground", "error"},
	{DO_OBJECT_LATE, "ground", "not-carried-out"},
};

static void fill_document(
	struct small_world *world, enum small_act act, union small_message *message)
{
	const Credit__V1__Applicant *applicant = &world->applicant;
	bool form = act == DO_R_FORM || act == DO_O_FORM;

	/* A ruling has any digest of its own. */
	set_bytes(message, "digest",
		form ? applicant->form_digest.data : applicant->token_hash.data, CREDIT_HASH_SIZE);
}

void small_act_fill(struct small_world *world, enum small_act act, union small_message *ret_message)
{
	small_fill(world, acts[act].payload, acts[act].subject, ret_message);
	if (act == DO_LIST)
		fill_listing(world, ret_message);
	else if (act == DO_PENALISE)
		fill_penalty(world, ret_message);
	else if (act == DO_KEEP)
		fill_answer(world, ret_message);
	else if (act == DO_SHORTEN || act == DO_LENGTHEN || act == DO_O_CUT)
		fill_period(world, act == DO_LENGTHEN, ret_message);
	else if (act == DO_APPLY_FOR_DAYS)
		set_number(ret_message, "until", small_world_today(world).days + 2);
	else if (acts[act].payload == TOY_PAYLOAD(CASE_DOCUMENT))
		fill_document(world, act, ret_message);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		if (numbers[i].act == act)
			set_number(ret_message, numbers[i].field, numbers[i].number);
	}
	for (size_t i = 0; i < sizeof wordings / sizeof wordings[0]; i++) {
		if (wordings[i].act == act)
			set_text(ret_message, wordings[i].field, wordings[i].text);
	}
}

enum credit_error small_act_file_again(
	struct small_world *world, enum small_act act, union small_message *message)
{
	enum credit_error error;

	world->toy.epoch = small_act_epoch(act);
	error = toy_file(&world->toy, small_act_office(world, act), acts[act].payload, message);
	world->toy.epoch = EPOCH_END;
	return error;
}

enum credit_error small_act_file(struct small_world *world, enum small_act act)
{
	union small_message message;

	small_act_fill(world, act, &message);
	return small_act_file_again(world, act, &message);
}

/* --- time --------------------------------------------------------------------------------------- */

credit_day_t small_world_today(const struct small_world *world)
{
	return credit_day_of(world->toy.now);
}

/* The book in force is the same on every day. */
void small_world_set(struct small_world *world, credit_day_t day)
{
	toy_set_day(&world->toy, day);
	world->toy.book_day = day;
}

bool small_world_fire(struct small_world *world)
{
	struct toy *toy = &world->toy;
	const struct toy_row *due;
	bool sound = true;

	while (sound && (due = toy_due(toy))) {
		uint8_t key[CREDIT_TIMER_KEY_SIZE];
		struct credit_bytes bytes = {key, sizeof key};
		memcpy(key, due->key.data, sizeof key);
		toy->epoch = EPOCH_TIMERS + key[8];
		sound = toy_fire(toy, bytes) == CREDIT_OK;
		toy->epoch = EPOCH_TIMERS + key[8];
		sound = sound && toy_fire(toy, bytes) != CREDIT_OK;
	}
	toy->epoch = EPOCH_END;
	return sound;
}

static void note_day(int32_t day, int32_t today, int32_t *next)
{
	if (day > today && (*next == 0 || day < *next))
		*next = day;
}

bool small_world_next_day(struct small_world *world, credit_day_t *ret_day)
{
	int32_t today = small_world_today(world).days, next = 0;
	Credit__V1__Record *listing = small_row(world, SMALL_LISTING);

	for (size_t i = 0; i < world->toy.state.count; i++) {
		const struct toy_row *row = &world->toy.state.rows[i];
		if (row->kind == KIND(TIMER))
			note_day(credit_day_of(
					 (credit_ms_t){(int64_t)credit_read_u64(row->key.data)})
					 .days,
				today, &next);
	}
	if (listing && listing->state == CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED) {
		note_day(listing->repair_from, today, &next);
		note_day(listing->no_repair_before, today, &next);
	}
	protobuf_c_message_free_unpacked((ProtobufCMessage *)listing, NULL);
	*ret_day = (credit_day_t){next};
	return next != 0;
}

/* --- what makes a difference ---------------------------------------------------------------------- */

bool small_world_moves(uint32_t kind)
{
	switch (kind) {
	case KIND(FOUNDING):
	case KIND(AUTHORITY):
	case KIND(KEY):
	case KIND(GRANT):
	case KIND(RULE_BOOK):
		return false;
	}
	return true;
}

static const struct {
	uint32_t kind;
	const ProtobufCMessageDescriptor *type;
} digested[] = {
	{KIND(ENTITY), &credit__v1__entity__descriptor},
	{KIND(RECORD), &credit__v1__record__descriptor},
	{KIND(NOTICE), &credit__v1__notice__descriptor},
	{KIND(CONSENT), &credit__v1__consent_row__descriptor},
	{KIND(MEASURE), &credit__v1__measure__descriptor},
	{KIND(CASE), &credit__v1__case__descriptor},
	{KIND(TASK), &credit__v1__task__descriptor},
};

/* Nothing comes after it, so its days are history. */
static bool is_over(const ProtobufCMessage *row)
{
	if (row->descriptor == &credit__v1__task__descriptor) {
		int state = (int)((const Credit__V1__Task *)row)->state;
		return state == CREDIT__V1__TASK_STATE__TASK_STATE_DONE ||
		       state == CREDIT__V1__TASK_STATE__TASK_STATE_DROPPED;
	}
	if (row->descriptor == &credit__v1__record__descriptor) {
		const Credit__V1__Record *record = (const Credit__V1__Record *)row;
		return record->state == CREDIT__V1__RECORD_STATE__RECORD_STATE_REMOVED &&
		       record->removal_case.len == 0;
	}
	if (row->descriptor == &credit__v1__case__descriptor) {
		int state = (int)((const Credit__V1__Case *)row)->state;
		return state == CREDIT__V1__CASE_STATE__CASE_STATE_NOT_ACCEPTED ||
		       state == CREDIT__V1__CASE_STATE__CASE_STATE_FINAL ||
		       state == CREDIT__V1__CASE_STATE__CASE_STATE_WITHDRAWN ||
		       state == CREDIT__V1__CASE_STATE__CASE_STATE_MOOT ||
		       state == CREDIT__V1__CASE_STATE__CASE_STATE_REVOKED;
	}
	if (row->descriptor == &credit__v1__measure__descriptor)
		return ((const Credit__V1__Measure *)row)->state ==
		       CREDIT__V1__MEASURE_STATE__MEASURE_STATE_LIFTED;
	if (row->descriptor == &credit__v1__notice__descriptor) {
		int state = (int)((const Credit__V1__Notice *)row)->state;
		return state == CREDIT__V1__NOTICE_STATE__NOTICE_STATE_DECIDED ||
		       state == CREDIT__V1__NOTICE_STATE__NOTICE_STATE_WITHDRAWN;
	}
	return false;
}

/* Days past count as long as a window of the rule book may still be open behind them. */
#define LONGEST_WINDOW 70
#define SHORT_WINDOW 3

static int32_t relative(const char *name, int32_t day, int32_t today)
{
	int32_t window = strcmp(name, "closed_on") == 0 ? LONGEST_WINDOW : SHORT_WINDOW;
	int32_t away = day - today;

	return (away < -window ? -window : away) + 100000; /* 0 is "no day" */
}

/* All int32 of rows are days, all 64-bit numbers places, times and counts. */
static void strip(ProtobufCMessage *row, int32_t today)
{
	bool over = is_over(row);

	for (unsigned i = 0; i < row->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *at = &row->descriptor->fields[i];
		uint8_t *value = (uint8_t *)row + at->offset;
		int32_t day;
		if (at->label == PROTOBUF_C_LABEL_REPEATED)
			continue;
		if (at->type == PROTOBUF_C_TYPE_UINT64 || at->type == PROTOBUF_C_TYPE_INT64)
			memset(value, 0, sizeof(uint64_t));
		else if (strcmp(at->name, "feedbacks") == 0 || strcmp(at->name, "statements") == 0)
			*value = *value ? 1 : 0;
		if (at->type != PROTOBUF_C_TYPE_INT32)
			continue;
		memcpy(&day, value, sizeof day);
		day = over || day == 0 ? 0 : relative(at->name, day, today);
		memcpy(value, &day, sizeof day);
	}
}

/* Appends the row as it counts. Places in the journal are left out. */
static size_t digest_row(const struct toy_row *row, const ProtobufCMessageDescriptor *type,
	int32_t today, uint8_t *to)
{
	const ProtobufCFieldDescriptor *trail =
		protobuf_c_message_descriptor_get_field_by_name(type, "trail");
	ProtobufCMessage *message =
		protobuf_c_message_unpack(type, NULL, row->value.size, row->value.data);
	size_t *trail_count = NULL, count = 0, size;

	if (!message)
		errx(1, "a row that does not unpack");
	if (type == &credit__v1__task__descriptor && is_over(message)) {
		protobuf_c_message_free_unpacked(message, NULL);
		return 0;
	}
	strip(message, today);
	if (trail) {
		trail_count = (size_t *)(void *)((uint8_t *)message + trail->quantifier_offset);
		count = *trail_count;
		*trail_count = 0;
	}
	size = protobuf_c_message_pack(message, to);
	if (trail_count)
		*trail_count = count; /* for whoever frees it */
	protobuf_c_message_free_unpacked(message, NULL);
	return size;
}

void small_world_digest(struct small_world *world, struct credit_hash *ret_digest)
{
	static uint8_t room[1 << 16];
	int32_t today = small_world_today(world).days;
	size_t size = 0;

	for (size_t i = 0; i < world->toy.state.count; i++) {
		const struct toy_row *row = &world->toy.state.rows[i];
		if (row->value.size + row->key.size + 64 > sizeof room - size)
			errx(1, "no room for the state");
		if (row->kind == KIND(TIMER)) {
			credit_day_t day = credit_day_of(
				(credit_ms_t){(int64_t)credit_read_u64(row->key.data)});
			credit_write_u32(room + size, (uint32_t)(day.days - today));
			memcpy(room + size + 4, row->key.data + 8, row->key.size - 8);
			size += 4 + row->key.size - 8;
		}
		for (size_t k = 0; k < sizeof digested / sizeof digested[0]; k++) {
			if (digested[k].kind == row->kind)
				size += digest_row(row, digested[k].type, today, room + size);
		}
	}
	credit_sha256((struct credit_bytes){room, size}, ret_digest);
}
