/* SPDX-License-Identifier: Apache-2.0
 *
 * test_machines.c - every pair of a state and an act, of every procedure, against its table.
 *
 * A subject is brought into each of its states, by one or several roads, and there each kind of act that there
 * is (act.proto, Act) is filed: as its offices file it, and aimed at the subject by every office. What the
 * table has no row for is refused, or is about something else and leaves the subject's row as it was; what it
 * has a row for leads where the row says, and every row is taken somewhere. The tables of machines are the
 * library's; those of records and tasks, which are decided without one, are written down here.
 */
#include "tests/support/book_text.h"
#include "tests/support/small_world.h"

#include "rules/procedure.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 64
#define STEPS_MAX 16

/* Steps of a road that are no acts; 0 ends it. */
enum {
	MONTH = SMALL_ACTS + 1, /* 35 days, and what is due happens */
	DAYS,                   /* three days, and what is due has not happened yet */
	AGES,                   /* a hundred */
	TIME                    /* the next day on which something is due, and it happens */
};
#define STEP(name) (DO_##name + 1) /* 0 is no act */

struct row {
	uint32_t state;
	Credit__V1__Act__PayloadCase act;
	uint32_t next;
};

struct road {
	uint32_t state; /* that it leads to */
	int steps[STEPS_MAX];
};

struct procedure {
	const char *name, *list;
	const struct credit__machine *machine; /* NULL: the rows are given */
	enum small_subject subject;
	uint32_t (*state_of)(struct small_world *world);
	const struct road *roads;
	size_t road_count;
	const struct row *rows;
	size_t row_count;
};

static struct small_world world;

/* --- notices, measures, cases: the library's tables ---------------------------------------------- */

#define NOTICE(name) CREDIT__V1__NOTICE_STATE__NOTICE_STATE_##name
static const struct road notice_roads[] = {
	{0, {0}},
	{NOTICE(SERVED), {STEP(SERVE)}},
	{NOTICE(SERVED), {STEP(SERVE), DAYS, STEP(CONSENT)}},
	{NOTICE(SERVED), {STEP(SERVE), STEP(HEAR)}},
	{NOTICE(RIPE), {STEP(SERVE), STEP(WAIVE)}},
	{NOTICE(RIPE), {STEP(SERVE), TIME, STEP(CONSENT)}},
	{NOTICE(DECIDED), {STEP(SERVE), STEP(WAIVE), STEP(CONSENT), STEP(LIST)}},
	{NOTICE(DECIDED), {STEP(SERVE), STEP(WAIVE), STEP(CONSENT), STEP(LIST), STEP(REMOVE)}},
	{NOTICE(WITHDRAWN), {STEP(SERVE), STEP(DROP_NOTICE)}},
	{NOTICE(WITHDRAWN), {STEP(SERVE), TIME, STEP(DROP_NOTICE)}},
};

#define MEASURE(name) CREDIT__V1__MEASURE_STATE__MEASURE_STATE_##name
static const struct road measure_roads[] = {
	{0, {STEP(LIST)}},
	{MEASURE(APPLIED), {STEP(LIST), STEP(APPLY)}},
	{MEASURE(APPLIED), {STEP(LIST), STEP(APPLY), STEP(SUSPEND)}},
	{MEASURE(APPLIED), {STEP(LIST), STEP(APPLY_FOR_DAYS), DAYS}},
	{MEASURE(LIFT_DUE), {STEP(LIST), STEP(APPLY), STEP(REMOVE)}},
	{MEASURE(LIFT_DUE), {STEP(LIST), STEP(APPLY), STEP(REMOVE), DAYS}},
	{MEASURE(LIFTED), {STEP(LIST), STEP(APPLY), STEP(LIFT)}},
	{MEASURE(LIFTED), {STEP(LIST), STEP(APPLY), STEP(REMOVE), STEP(LIFT)}},
};

#define CASE(name) CREDIT__V1__CASE_STATE__CASE_STATE_##name
#define ASKED STEP(LIST), MONTH, STEP(REPAIR)
#define TAKEN ASKED, STEP(R_FORM), STEP(R_ACCEPT)
#define PLAN \
	STEP(LIST), STEP(REORGANISE), STEP(R_FORM), STEP(R_RULING), STEP(R_ACCEPT), STEP(R_GRANT)
static const struct road repair_roads[] = {
	{0, {STEP(LIST)}},
	{CASE(SUBMITTED), {ASKED}},
	{CASE(SUBMITTED), {ASKED, STEP(R_FORM)}},
	{CASE(SUPPLEMENT_ASKED), {ASKED, STEP(R_ASK)}},
	{CASE(SUPPLEMENT_ASKED), {ASKED, STEP(R_ASK), DAYS}},
	{CASE(ACCEPTED), {TAKEN}},
	{CASE(ACCEPTED), {TAKEN, DAYS}},
	{CASE(ACCEPTED),
		{STEP(LIST), STEP(REORGANISE), STEP(R_FORM), STEP(R_RULING), STEP(R_ACCEPT)}},
	{CASE(NOT_ACCEPTED), {ASKED, STEP(R_DECLINE)}},
	{CASE(GRANTED), {TAKEN, STEP(R_GRANT)}},
	{CASE(GRANTED), {PLAN, STEP(R_COMPLETE)}},
	{CASE(REFUSED), {TAKEN, STEP(R_REFUSE)}},
	{CASE(REFUSED), {PLAN, STEP(R_FAIL)}},
	{CASE(WITHDRAWN), {TAKEN, STEP(R_WITHDRAW)}},
	{CASE(MOOT), {ASKED, STEP(REMOVE)}},
	{CASE(MOOT), {PLAN, STEP(REMOVE)}},
	{CASE(REVOKED), {TAKEN, STEP(R_GRANT), STEP(R_REVOKE)}},
	{CASE(PLAN_RUNNING), {PLAN}},
};

#define OBJECTED STEP(LIST), STEP(OBJECT)
#define HEARD OBJECTED, STEP(O_FORM), STEP(O_ACCEPT)
static const struct road objection_roads[] = {
	{0, {STEP(LIST)}},
	{CASE(SUBMITTED), {OBJECTED}},
	{CASE(SUBMITTED), {OBJECTED, STEP(O_FORM)}},
	{CASE(SUPPLEMENT_ASKED), {OBJECTED, STEP(O_ASK)}},
	{CASE(SUPPLEMENT_ASKED), {OBJECTED, STEP(O_ASK), DAYS}},
	{CASE(ACCEPTED), {HEARD}},
	{CASE(NOT_ACCEPTED), {OBJECTED, STEP(O_DECLINE)}},
	{CASE(GRANTED), {HEARD, STEP(O_TAKE_DOWN)}},
	{CASE(GRANTED), {HEARD, STEP(O_CUT)}},
	{CASE(REFUSED), {HEARD, STEP(O_REJECT)}},
	{CASE(REFUSED), {HEARD, STEP(O_REJECT), DAYS}},
	{CASE(REVIEW_ASKED), {HEARD, STEP(O_REJECT), STEP(O_REVIEW)}},
	{CASE(FINAL), {HEARD, STEP(O_REJECT), STEP(O_REVIEW), STEP(O_FINAL_REJECT)}},
	{CASE(FINAL), {HEARD, STEP(O_REJECT), STEP(O_REVIEW), STEP(O_FINAL_TAKE_DOWN)}},
	{CASE(FINAL), {HEARD, STEP(O_REJECT), STEP(O_REVIEW), STEP(O_WITHDRAW)}},
	{CASE(WITHDRAWN), {HEARD, STEP(O_WITHDRAW)}},
	{CASE(MOOT), {HEARD, STEP(REMOVE)}},
};

/* --- a record's own life, and a task's: the tables are here ---------------------------------------- */

enum {
	RECORD_PUBLISHED = 1,
	RECORD_SUSPENDED,   /* by a court */
	RECORD_IN_QUESTION, /* its basis was annulled */
	RECORD_REMOVED,
	RECORD_ERASED
};

static uint32_t record_state(struct small_world *of)
{
	Credit__V1__Record *record = small_row(of, SMALL_LISTING);
	uint32_t state = RECORD_PUBLISHED;

	if (!record)
		return toy_state_count(
			       &of->toy.state, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_ERASURE) > 0
			       ? RECORD_ERASED
			       : 0;
	if (record->state == CREDIT__V1__RECORD_STATE__RECORD_STATE_REMOVED)
		state = RECORD_REMOVED;
	else if (record->suspended_by)
		state = RECORD_SUSPENDED;
	else if (record->suspended)
		state = RECORD_IN_QUESTION;
	credit__v1__record__free_unpacked(record, NULL);
	return state;
}

#define ON(name) CREDIT__STATE(RECORD_##name)
static const struct row record_rows[] = {
	{0, TOY_PAYLOAD(LISTING), ON(PUBLISHED)},
	{RECORD_PUBLISHED, TOY_PAYLOAD(REMOVAL), ON(REMOVED)},
	{RECORD_PUBLISHED, TOY_PAYLOAD(PUBLICATION_END), ON(REMOVED)},
	{RECORD_PUBLISHED, TOY_PAYLOAD(PUBLICATION_CHANGE), ON(PUBLISHED)},
	{RECORD_PUBLISHED, TOY_PAYLOAD(SUSPENSION), ON(SUSPENDED)},
	{RECORD_PUBLISHED, TOY_PAYLOAD(REPAIR_DECISION), ON(PUBLISHED) | ON(REMOVED)},
	{RECORD_SUSPENDED, TOY_PAYLOAD(REMOVAL), ON(REMOVED)},
	{RECORD_SUSPENDED, TOY_PAYLOAD(PUBLICATION_END), ON(REMOVED)},
	{RECORD_SUSPENDED, TOY_PAYLOAD(PUBLICATION_CHANGE), ON(SUSPENDED)},
	{RECORD_SUSPENDED, TOY_PAYLOAD(SUSPENSION_END), ON(PUBLISHED)},
	{RECORD_IN_QUESTION, TOY_PAYLOAD(REMOVAL), ON(REMOVED)},
	{RECORD_IN_QUESTION, TOY_PAYLOAD(PUBLICATION_END), ON(REMOVED)},
	{RECORD_IN_QUESTION, TOY_PAYLOAD(PUBLICATION_CHANGE), ON(IN_QUESTION)},
	{RECORD_IN_QUESTION, TOY_PAYLOAD(SUSPENSION), ON(SUSPENDED)},
	{RECORD_REMOVED, TOY_PAYLOAD(REPAIR_REVOCATION), ON(PUBLISHED)},
	{RECORD_REMOVED, TOY_PAYLOAD(ERASURE), ON(ERASED)},
	/* Nothing is known of it any more but its commitment, and that is the registry's to refuse. */
	{RECORD_ERASED, TOY_PAYLOAD(LISTING), ON(PUBLISHED)},
};
static const struct road record_roads[] = {
	{0, {0}},
	{RECORD_PUBLISHED, {STEP(LIST)}},
	{RECORD_PUBLISHED, {STEP(LIST), AGES}},
	{RECORD_PUBLISHED, {TAKEN}},
	{RECORD_SUSPENDED, {STEP(LIST), STEP(SUSPEND)}},
	{RECORD_SUSPENDED, {STEP(LIST), STEP(SUSPEND), AGES}},
	{RECORD_IN_QUESTION, {STEP(PENALISE), STEP(LIST), STEP(ANNUL)}},
	{RECORD_IN_QUESTION, {STEP(PENALISE), STEP(LIST), STEP(ANNUL), AGES}},
	{RECORD_REMOVED, {STEP(LIST), STEP(REMOVE)}},
	{RECORD_REMOVED, {TAKEN, STEP(R_GRANT)}},
	{RECORD_ERASED, {STEP(LIST), STEP(REMOVE), STEP(ERASE)}},
};

static Credit__V1__Task *task_row(struct small_world *of)
{
	return toy_row(&of->toy, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TASK,
		&credit__v1__task__descriptor, of->toy.market.uscc, of->id[SMALL_TASK]);
}

static uint32_t task_state(struct small_world *of)
{
	Credit__V1__Task *task = task_row(of);
	uint32_t state = task ? (uint32_t)task->state : 0;

	credit__v1__task__free_unpacked(task, NULL);
	return state;
}

#define TASK(name) CREDIT__V1__TASK_STATE__TASK_STATE_##name
static const struct row task_rows[] = {
	{TASK(OPEN), TOY_PAYLOAD(TASK_ANSWER), CREDIT__STATE(TASK(DONE))},
	{TASK(OPEN), TOY_PAYLOAD(TASK_OVERDUE), CREDIT__STATE(TASK(OVERDUE))},
	{TASK(OVERDUE), TOY_PAYLOAD(TASK_ANSWER), CREDIT__STATE(TASK(DONE))},
	{TASK(OVERDUE), TOY_PAYLOAD(TASK_ESCALATION), CREDIT__STATE(TASK(ESCALATED))},
	{TASK(ESCALATED), TOY_PAYLOAD(TASK_ANSWER), CREDIT__STATE(TASK(DONE))},
};
#define QUESTIONED STEP(PENALISE), STEP(LIST), STEP(ANNUL)
static const struct road task_roads[] = {
	{0, {0}},
	{TASK(OPEN), {QUESTIONED}},
	{TASK(OPEN), {QUESTIONED, DAYS}},
	{TASK(OVERDUE), {QUESTIONED, TIME}},
	{TASK(OVERDUE), {QUESTIONED, TIME, DAYS}},
	{TASK(ESCALATED), {QUESTIONED, TIME, TIME}},
	{TASK(DONE), {QUESTIONED, STEP(KEEP)}},
	{TASK(DROPPED), {QUESTIONED, MONTH, MONTH}},
};

#define ROADS(name) name##_roads, sizeof name##_roads / sizeof name##_roads[0]
#define ROWS(name) name##_rows, sizeof name##_rows / sizeof name##_rows[0]
static const struct procedure procedures[] = {
	{"notice", "black.heard", &credit__machine_notice, SMALL_NOTICE, NULL, ROADS(notice), NULL,
		0},
	{"measure", "black.plain", &credit__machine_measure, SMALL_MEASURE, NULL, ROADS(measure),
		NULL, 0},
	{"repair", "black.plain", &credit__machine_repair, SMALL_REPAIR, NULL, ROADS(repair), NULL,
		0},
	{"objection", "black.plain", &credit__machine_objection, SMALL_OBJECTION, NULL,
		ROADS(objection), NULL, 0},
	{"record", "black.plain", NULL, SMALL_LISTING, record_state, ROADS(record), ROWS(record)},
	{"task", "black.plain", NULL, SMALL_TASK, task_state, ROADS(task), ROWS(task)},
};
#define PROCEDURES (sizeof procedures / sizeof procedures[0])

/* --- roads ----------------------------------------------------------------------------------------- */

static uint32_t machine_state(enum small_subject subject)
{
	ProtobufCMessage *row = small_row(&world, subject);
	const ProtobufCFieldDescriptor *field =
		row ? protobuf_c_message_descriptor_get_field_by_name(row->descriptor, "state")
		    : NULL;
	int state = 0;

	if (field)
		memcpy(&state, (const uint8_t *)row + field->offset, sizeof state);
	protobuf_c_message_free_unpacked(row, NULL);
	return (uint32_t)state;
}

static uint32_t state_of(const struct procedure *procedure)
{
	return procedure->machine ? machine_state(procedure->subject) : procedure->state_of(&world);
}

static void take_time(int step)
{
	credit_day_t day = small_world_today(&world);

	if (step == TIME)
		cr_assert(small_world_next_day(&world, &day));
	else
		day.days += step == MONTH ? 35 : step == DAYS ? 3 : 100;
	small_world_set(&world, day);
	if (step == TIME || step == MONTH)
		cr_assert(small_world_fire(&world));
}

static void go(const struct procedure *procedure, const struct road *road)
{
	union small_message unused;

	small_world_init(&world, procedure->list);
	for (size_t i = 0; road->steps[i]; i++) {
		if (road->steps[i] > SMALL_ACTS) {
			take_time(road->steps[i]);
			continue;
		}
		enum small_act act = (enum small_act)(road->steps[i] - 1);
		enum credit_error error = small_act_file(&world, act);
		cr_assert_eq(error, CREDIT_OK, "%s road %zu: %s: %s %s %s", procedure->name,
			(size_t)(road - procedure->roads), small_act_name(act),
			credit_error_name(error), world.toy.problem.field,
			world.toy.problem.detail);
		if (procedure->subject == SMALL_TASK)
			small_act_fill(&world, DO_KEEP, &unused); /* learns which it is */
	}
	cr_assert_eq(state_of(procedure), road->state, "%s road %zu: %u", procedure->name,
		(size_t)(road - procedure->roads), state_of(procedure));
}

/* --- one act in one state ---------------------------------------------------------------------------- */

static bool everything(uint32_t kind)
{
	(void)kind;
	return true;
}

/* What is tried of one kind of act in one state. */
struct trial {
	const struct procedure *procedure;
	const struct row *row; /* NULL: the table has none */
	Credit__V1__Act__PayloadCase act;
	struct credit_bytes before; /* the whole state */
	bool own;                   /* the table has a row for it in some state */
	bool accepted;              /* of something that the row is for */
	bool said;                  /* refused because of the state */
	char errors[256];           /* names of the refusals */
};

static struct row row_of(const struct procedure *procedure, size_t at)
{
	if (!procedure->machine)
		return procedure->rows[at];
	const struct credit__step *step = &procedure->machine->steps[at];
	return (struct row){step->state, step->act, step->next};
}

static size_t row_count(const struct procedure *procedure)
{
	return procedure->machine ? procedure->machine->step_count : procedure->row_count;
}

/* Says that there is no such subject, or that it is not at the state for this. */
static bool is_about_state(const struct trial *trial, enum credit_error error)
{
	/* A record's decisions have names of their own for it. */
	static const enum credit_error of_records[] = {CREDIT_E_RECORD_UNKNOWN,
		CREDIT_E_CASE_UNKNOWN, CREDIT_E_PROCEDURE_STATE, CREDIT_E_COMMITMENT_USED,
		CREDIT_E_RECORD_PUBLISHED, CREDIT_E_ERASED};

	if (trial->act == TOY_PAYLOAD(LISTING) &&
		(error == CREDIT_E_NOTICE_NEEDED || error == CREDIT_E_ALREADY_LISTED))
		return true;
	if (trial->procedure->machine)
		return error == CREDIT_E_PROCEDURE_STATE ||
		       error == trial->procedure->machine->unknown;
	if (trial->procedure->subject == SMALL_TASK)
		return error == CREDIT_E_PROCEDURE_STATE || error == CREDIT_E_TASK_UNKNOWN;
	for (size_t i = 0; i < sizeof of_records / sizeof of_records[0]; i++) {
		if (error == of_records[i])
			return true;
	}
	return error == CREDIT_E_RECORD_STATE;
}

static void *subject_row(const struct trial *trial)
{
	return trial->procedure->subject == SMALL_TASK
		       ? (void *)task_row(&world)
		       : small_row(&world, trial->procedure->subject);
}

/* The subject's row, packed; empty when there is none. */
static size_t pack_subject(const struct trial *trial, uint8_t to[4096])
{
	ProtobufCMessage *row = subject_row(trial);
	size_t size = row ? protobuf_c_message_pack(row, to) : 0;

	cr_assert_leq(size, 4096);
	protobuf_c_message_free_unpacked(row, NULL);
	return size;
}

static void judge_accepted(struct trial *trial, const uint8_t *was, size_t was_size)
{
	const struct procedure *procedure = trial->procedure;
	uint8_t is[4096];
	size_t is_size = pack_subject(trial, is);
	bool same = is_size == was_size && memcmp(is, was, is_size) == 0;
	uint32_t state = state_of(procedure);

	if (trial->row) {
		trial->accepted = true;
		cr_assert(trial->row->next & CREDIT__STATE(state), "%s: act %d leads from %u to %u",
			procedure->name, (int)trial->act, trial->row->state, state);
	} else {
		cr_assert(same && !trial->own, "%s: act %d is accepted, and has no row in %u",
			procedure->name, (int)trial->act, state);
	}
	toy_state_load(&world.toy.state, everything, trial->before);
}

static void judge_refused(struct trial *trial, enum credit_error error)
{
	struct credit_bytes after = toy_state_save(&world.toy.state, everything);

	cr_assert(after.size == trial->before.size &&
			  memcmp(after.data, trial->before.data, after.size) == 0,
		"a refused act has changed something");
	free((void *)(uintptr_t)after.data);
	trial->said |= is_about_state(trial, error);
	size_t length = strlen(trial->errors);
	snprintf(trial->errors + length, sizeof trial->errors - length, "%s ",
		credit_error_name(error));
}

static void try_message(struct trial *trial, const struct toy_office *office, uint64_t epoch,
	union small_message *message)
{
	uint8_t was[4096];
	size_t was_size = pack_subject(trial, was);
	enum credit_error error;

	world.toy.epoch = epoch;
	world.toy.book_known = false; /* an adoption may have been tried before */
	error = toy_file(&world.toy, office, trial->act, message);
	if (error)
		judge_refused(trial, error);
	else
		judge_accepted(trial, was, was_size);
}

/* Acts of the small world's list that are about this subject. */
static bool is_about(enum small_act act, enum small_subject subject)
{
	if (subject == SMALL_LISTING &&
		(act == DO_LIST || act == DO_R_GRANT || act == DO_R_REFUSE || act == DO_R_REVOKE))
		return true;
	return small_act_subject(act) == subject;
}

static void try_known(struct trial *trial)
{
	for (int act = 0; act < SMALL_ACTS; act++) {
		union small_message message;
		enum small_act known = (enum small_act)act;
		if (small_act_payload(known) != trial->act ||
			!is_about(known, trial->procedure->subject))
			continue;
		small_act_fill(&world, known, &message);
		try_message(
			trial, small_act_office(&world, known), small_act_epoch(known), &message);
		/* Not what was filed before, filed again: another draft that says the same. */
		if (trial->procedure->machine)
			try_message(trial, small_act_office(&world, known), SMALL_EPOCH_OTHER,
				&message);
	}
}

/* By every office, aimed at the subject by whatever field can name it. */
static void try_unknown(struct trial *trial)
{
	const struct toy *toy = &world.toy;
	const struct toy_office *const offices[] = {&toy->root, &toy->system, &toy->registrar,
		&toy->market, &toy->tax, &toy->filer, &toy->window, &toy->stranger};

	for (size_t i = 0; i < sizeof offices / sizeof offices[0]; i++) {
		union small_message message;
		small_fill(&world, trial->act, trial->procedure->subject, &message);
		try_message(trial, offices[i], SMALL_EPOCH_OTHER, &message);
	}
}

static void try_act(struct trial *trial)
{
	trial->errors[0] = '\0';
	try_known(trial);
	try_unknown(trial);
	/* Refused because of the state, and nothing that comes before the state was looked at. */
	cr_expect(trial->row || !trial->own || trial->said, "%s in %u: act %d is refused by %s",
		trial->procedure->name, state_of(trial->procedure), (int)trial->act, trial->errors);
}

/* --- everything ------------------------------------------------------------------------------------- */

static const struct row *find_row(const struct row *rows, size_t count, uint32_t state,
	Credit__V1__Act__PayloadCase act, bool any_state)
{
	for (size_t i = 0; i < count; i++) {
		if (rows[i].act == act && (any_state || rows[i].state == state))
			return &rows[i];
	}
	return NULL;
}

static size_t try_all(const struct procedure *procedure, const struct road *road,
	const struct row *rows, bool *taken)
{
	const ProtobufCMessageDescriptor *kinds = &credit__v1__act__descriptor;
	struct trial trial = {.procedure = procedure};

	go(procedure, road);
	trial.before = toy_state_save(&world.toy.state, everything);
	for (unsigned i = 0; i < kinds->n_fields; i++) {
		size_t count = row_count(procedure);
		trial.act = (Credit__V1__Act__PayloadCase)kinds->fields[i].id;
		trial.row = find_row(rows, count, road->state, trial.act, false);
		trial.own = find_row(rows, count, 0, trial.act, true) != NULL;
		trial.accepted = trial.said = false;
		try_act(&trial);
		if (trial.row && trial.accepted)
			taken[trial.row - rows] = true;
	}
	free((void *)(uintptr_t)trial.before.data);
	small_world_deinit(&world);
	return kinds->n_fields;
}

static void try_procedure(const struct procedure *procedure)
{
	struct row rows[ROWS_MAX];
	bool taken[ROWS_MAX] = {false};
	size_t count = row_count(procedure), pairs = 0;

	cr_assert_leq(count, ROWS_MAX);
	for (size_t i = 0; i < count; i++)
		rows[i] = row_of(procedure, i);
	for (size_t i = 0; i < procedure->road_count; i++)
		pairs += try_all(procedure, &procedure->roads[i], rows, taken);
	for (size_t i = 0; i < count; i++)
		cr_expect(taken[i], "%s: state %u, act %d is in the table and was never accepted",
			procedure->name, rows[i].state, (int)rows[i].act);
	printf("%s: %zu roads, %zu pairs of road and act\n", procedure->name, procedure->road_count,
		pairs);
}

Test(property_machines, every_act_in_every_state_does_what_the_table_says)
{
	for (size_t i = 0; i < PROCEDURES; i++)
		try_procedure(&procedures[i]);
}

/* A state without a road is one that no row leads to: there is nothing to try it on. */
static void check_states(const struct procedure *procedure)
{
	const ProtobufCEnumDescriptor *states = procedure->machine->states;
	uint32_t reached = 0, roads = 0;

	for (size_t i = 0; i < procedure->road_count; i++)
		roads |= CREDIT__STATE(procedure->roads[i].state);
	for (size_t i = 0; i < procedure->machine->step_count; i++)
		reached |= procedure->machine->steps[i].next |
			   CREDIT__STATE(procedure->machine->steps[i].state);
	for (unsigned i = 0; i < states->n_values; i++) {
		uint32_t state = CREDIT__STATE((uint32_t)states->values[i].value);
		cr_expect((roads & state) || !(reached & state), "%s: no road to %s",
			procedure->name, states->values[i].name);
	}
}

/* The header that declares them: a machine that is not in the list above is not tried. */
Test(property_machines, every_machine_of_the_library_is_tried)
{
	static const char mark[] = "struct credit__machine credit__machine_";
	char *text = book_text_read("libcredit/rules/procedure.h");
	size_t declared = 0, listed = 0;

	for (size_t i = 0; i < PROCEDURES; i++) {
		listed += procedures[i].machine != NULL;
		if (procedures[i].machine)
			check_states(&procedures[i]);
	}
	for (const char *at = text; (at = strstr(at, mark)); declared++) {
		char name[64] = "";
		bool known = false;
		at += strlen(mark);
		cr_assert_eq(sscanf(at, "%63[a-z_]", name), 1);
		for (size_t i = 0; i < PROCEDURES; i++)
			known |= procedures[i].machine && strcmp(procedures[i].name, name) == 0;
		cr_expect(known, "credit__machine_%s is not tried", name);
	}
	cr_expect_eq(declared, listed);
	free(text);
}
