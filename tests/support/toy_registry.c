/* SPDX-License-Identifier: Apache-2.0
 *
 * toy_registry.c - see toy_registry.h.
 */
#include "tests/support/toy_registry.h"
#include "tests/support/book_text.h"

#include <credit/v1/rule_book.pb-c.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EPOCHS_MAX 65536
#define ARENA_LIMIT ((size_t)8 << 20)
#define TEXT(literal) ((char *)(uintptr_t)(literal))

/* --- small things -------------------------------------------------------------------------- */

credit_day_t toy_day(const char *date)
{
	credit_day_t day;

	if (credit_day_parse(credit_bytes_of(date), &day))
		errx(1, "%s is no date", date);
	return day;
}

void toy_set_day(struct toy *toy, credit_day_t day)
{
	toy->now = (credit_ms_t){credit_day_begins(day).ms + 12 * 3600000LL};
}

void toy_uscc(const char *prefix, unsigned serial, char ret_uscc[CREDIT_USCC_SIZE + 1])
{
	snprintf(ret_uscc, CREDIT_USCC_SIZE + 1, "%sM%07u00", prefix, serial % 10000000);
	for (const char *check = "0123456789X"; *check; check++) {
		ret_uscc[16] = *check;
		ret_uscc[17] = credit_uscc_check_character(ret_uscc);
		if (credit_uscc_check(ret_uscc) == CREDIT_OK)
			return;
	}
	errx(1, "no sound code for %s and %u", prefix, serial);
}

static struct toy_office office(const char *prefix, unsigned serial, uint8_t seed)
{
	uint8_t bytes[CREDIT_SEED_SIZE] = {seed};
	struct toy_office made;

	toy_uscc(prefix, serial, made.uscc);
	credit_key_from_seed(bytes, &made.pair);
	return made;
}

static struct credit_bytes compile_book(const char *yaml)
{
	char text[CREDIT_PROBLEM_TEXT_MAX];
	struct credit_arena arena;
	struct credit_bytes bytes;
	struct credit_problem problem;

	credit_arena_init(&arena, NULL, 0, ARENA_LIMIT);
	if (credit_rule_book_compile(credit_bytes_of(yaml), &arena, &bytes, &problem))
		errx(1, "rule book: %s",
			credit_problem_text(&problem, CREDIT_LANG_EN, text, sizeof text));
	uint8_t *copy = malloc(bytes.size);
	if (!copy)
		err(1, "malloc");
	memcpy(copy, bytes.data, bytes.size);
	credit_arena_deinit(&arena);
	return (struct credit_bytes){copy, bytes.size};
}

void toy_init_bare(struct toy *toy)
{
	*toy = (struct toy){.epoch = 1};
	if (credit_crypto_init())
		errx(1, "credit_crypto_init");
	toy->root = office("11100000", 1, 1);
	toy->system = office("11100000", 1, 2);
	toy->registrar = office("11100000", 2, 3);
	toy->market = office("11110108", 3, 4);
	toy->tax = office("11110108", 4, 5);
	toy->filer = office("11110000", 5, 6);
	toy->stranger = office("11110000", 6, 7);
	toy->window = office("11110000", 7, 8);
	toy->acts = calloc(EPOCHS_MAX, sizeof *toy->acts);
	if (!toy->acts)
		err(1, "calloc");
	toy_set_day(toy, toy_day("2026-11-23"));
}

void toy_init(struct toy *toy)
{
	char *yaml = book_text_read(BOOK_CN_2026);

	toy_init_bare(toy);
	book_text_without_procedure(yaml);
	toy->book_bytes = compile_book(yaml);
	free(yaml);
}

void toy_deinit(struct toy *toy)
{
	toy_state_deinit(&toy->state);
	credit_rule_book_free(toy->book);
	free((void *)(uintptr_t)toy->book_bytes.data);
	for (uint64_t i = 0; i < toy->epoch; i++)
		free((void *)(uintptr_t)toy->acts[i].data);
	free(toy->acts);
}

/* --- filing -------------------------------------------------------------------------------- */

static void draw(void *context, struct credit_opening *ret_opening)
{
	struct toy *toy = context;
	struct credit_hash hash;

	toy->draws++;
	credit_sha256(
		(struct credit_bytes){(const uint8_t *)&toy->draws, sizeof toy->draws}, &hash);
	memcpy(ret_opening->byte, hash.byte, sizeof ret_opening->byte);
}

static void find_book(struct toy *toy)
{
	struct credit_state_view view = toy_state_view(&toy->state);
	credit_day_t today = credit_day_of(toy->now);
	struct credit_bytes row;

	if (toy->book_known && toy->book_day.days == today.days)
		return;
	credit_rule_book_free(toy->book);
	toy->book = NULL;
	toy->book_known = true;
	toy->book_day = today;
	enum credit_error error = credit_rules_in_force(&view, today, &row);
	if (error == CREDIT_E_NOT_FOUND)
		return;
	Credit__V1__RuleBookRow *message =
		error ? NULL : credit__v1__rule_book_row__unpack(NULL, row.size, row.data);
	if (!message || credit_rule_book_load((struct credit_bytes){message->rule_book.data,
						      message->rule_book.len},
				&toy->book, NULL))
		errx(1, "the rule book in force does not load");
	credit__v1__rule_book_row__free_unpacked(message, NULL);
}

void toy_commitment(const struct toy *toy, uint64_t ahead, struct credit_hash *ret_commitment)
{
	uint64_t epoch = toy->epoch + ahead;

	credit_sha256((struct credit_bytes){(const uint8_t *)&epoch, sizeof epoch}, ret_commitment);
}

static enum credit_error find_act(void *context, uint64_t epoch, uint32_t row,
	struct credit_arena *arena, struct credit_bytes *ret_act)
{
	const struct toy *toy = context;
	struct credit_bytes act = epoch < toy->epoch ? toy->acts[epoch] : (struct credit_bytes){0};

	(void)row; /* each act is an epoch */
	if (!act.data)
		return CREDIT_E_NOT_FOUND;
	*ret_act = (struct credit_bytes){credit_arena_copy(arena, act.data, act.size), act.size};
	return ret_act->data ? CREDIT_OK : CREDIT_E_NO_MEMORY;
}

static void keep_act(struct toy *toy, const Credit__V1__Act *act)
{
	size_t size = credit__v1__act__get_packed_size(act);
	uint8_t *bytes = malloc(size);

	if (!bytes || toy->epoch >= EPOCHS_MAX)
		err(1, "too many acts");
	credit__v1__act__pack(act, bytes);
	free((void *)(uintptr_t)toy->acts[toy->epoch].data);
	toy->acts[toy->epoch] = (struct credit_bytes){bytes, size};
}

enum credit_error toy_file(struct toy *toy, const struct toy_office *office_,
	Credit__V1__Act__PayloadCase payload, void *message)
{
	struct credit_state_view view = toy_state_view(&toy->state);
	struct credit_arena arena;
	struct credit_effects effects = {0};
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;

	find_book(toy);
	act.payload_case = payload;
	act.listing = message; /* the union's members are all pointers */
	credit_arena_init(&arena, NULL, 0, ARENA_LIMIT);
	struct credit_decision decision = {
		.state = &view,
		.book = toy->book,
		.now = toy->now,
		.epoch = toy->epoch,
		.leaf_index = toy->epoch + 100,
		.origin = TOY_ORIGIN,
		.attachment = toy->attachment,
		.act = find_act,
		.act_context = toy,
		.draw = draw,
		.draw_context = toy,
		.arena = &arena,
	};
	memcpy(decision.issuer.character, office_->uscc, CREDIT_USCC_SIZE);
	credit_key_id(&office_->pair.public_key, &decision.key_id);
	toy_commitment(toy, 0, &decision.commitment);
	memcpy(toy->id, decision.commitment.byte, sizeof toy->id);
	toy->problem = (struct credit_problem){0};
	enum credit_error error = credit_decide(&decision, &act, &effects, &toy->problem);
	if (error && (effects.count || toy->problem.error != error))
		errx(1, "a refusal with effects, or without its problem");
	toy->effects = effects.count;
	if (toy->alter)
		toy->alter(&effects);
	toy_state_apply(&toy->state, &effects);
	if (!error)
		keep_act(toy, &act);
	toy->epoch++;
	toy->attachment = (struct credit_bytes){NULL, 0};
	if (payload == TOY_PAYLOAD(RULE_BOOK_ADOPTION))
		toy->book_known = false;
	credit_arena_deinit(&arena);
	return error;
}

void toy_must(struct toy *toy, const struct toy_office *office_,
	Credit__V1__Act__PayloadCase payload, void *message)
{
	char text[CREDIT_PROBLEM_TEXT_MAX];

	if (toy_file(toy, office_, payload, message))
		errx(1, "refused: %s",
			credit_problem_text(&toy->problem, CREDIT_LANG_EN, text, sizeof text));
}

const struct toy_row *toy_due(const struct toy *toy)
{
	for (size_t i = 0; i < toy->state.count; i++) {
		const struct toy_row *row = &toy->state.rows[i];
		/* Sorted by their instant. */
		if (row->kind == CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TIMER)
			return (int64_t)credit_read_u64(row->key.data) <= toy->now.ms ? row : NULL;
	}
	return NULL;
}

enum credit_error toy_fire(struct toy *toy, struct credit_bytes timer_key)
{
	struct credit_arena arena;
	Credit__V1__Act *act;

	credit_arena_init(&arena, NULL, 0, ARENA_LIMIT);
	if (credit_timer_act(timer_key, &arena, &act))
		errx(1, "a timer's key that is none");
	enum credit_error error =
		toy_file(toy, &toy->system, act->payload_case, act->publication_end);
	credit_arena_deinit(&arena);
	return error;
}

size_t toy_fire_due(struct toy *toy)
{
	const struct toy_row *due;
	size_t fired = 0;

	for (; (due = toy_due(toy)); fired++) {
		if (toy_fire(toy, due->key))
			errx(1, "time is refused: %s %s", toy->problem.field, toy->problem.detail);
	}
	return fired;
}

/* --- payloads ------------------------------------------------------------------------------ */

static ProtobufCBinaryData key_of(struct toy_office *office_)
{
	return (ProtobufCBinaryData){CREDIT_PUBLIC_KEY_SIZE, office_->pair.public_key.byte};
}

Credit__V1__RegistryFounding toy_founding(struct toy *toy)
{
	Credit__V1__RegistryFounding founding = CREDIT__V1__REGISTRY_FOUNDING__INIT;

	founding.origin = TEXT(TOY_ORIGIN);
	founding.root_uscc = toy->root.uscc;
	founding.root_name = TEXT("根管理机关");
	founding.suite = 1;
	founding.root_key = key_of(&toy->root);
	founding.system_key = key_of(&toy->system);
	founding.log_key = key_of(&toy->stranger); /* any third key */
	return founding;
}

Credit__V1__EntityEnrolment toy_enrolment(char *uscc)
{
	Credit__V1__EntityEnrolment enrolment = CREDIT__V1__ENTITY_ENROLMENT__INIT;

	enrolment.entity_uscc = uscc;
	enrolment.name = TEXT("示例有限公司");
	enrolment.evidence = CREDIT__V1__CODE_EVIDENCE__CODE_EVIDENCE_PLAIN;
	return enrolment;
}

/* Each decision has a document of its own; the last few stay valid. */
static char *next_document(const char *kind)
{
	static char ring[64][64];
	static unsigned next;
	char *text = ring[next++ % 64];

	snprintf(text, sizeof ring[0], "京海市监%s〔2026〕%u号", kind, next);
	return text;
}

Credit__V1__Listing toy_listing(char *uscc, const char *decision_date)
{
	Credit__V1__Listing listing = CREDIT__V1__LISTING__INIT;

	listing.entity_uscc = uscc;
	listing.list = TEXT("black.market-serious");
	listing.ground = TEXT("heavy-fine");
	listing.instrument = TEXT("samr-44-2021");
	listing.document_no = next_document("列严");
	listing.decision_date = toy_day(decision_date).days;
	listing.fact = TEXT("示例事实");
	return listing;
}

Credit__V1__AdministrativePenalty toy_penalty(
	struct toy *toy, char *uscc, const char *decision_date, char **kinds, size_t count)
{
	Credit__V1__AdministrativePenalty penalty = CREDIT__V1__ADMINISTRATIVE_PENALTY__INIT;

	penalty.entity_uscc = uscc;
	penalty.entity_name = TEXT("示例有限公司");
	penalty.document_no = next_document("处罚");
	penalty.fact = penalty.basis = penalty.content = TEXT("示例");
	penalty.penalty_kinds = kinds;
	penalty.n_penalty_kinds = count;
	penalty.decision_date = toy_day(decision_date).days;
	penalty.decider_uscc = toy->market.uscc;
	penalty.decider_name = TEXT("市场监督管理局");
	return penalty;
}

Credit__V1__Removal toy_removal(char *uscc, uint8_t id[CREDIT_RECORD_ID_SIZE],
	Credit__V1__RemovalCause cause, const char *decision_date)
{
	Credit__V1__Removal removal = CREDIT__V1__REMOVAL__INIT;

	removal.entity_uscc = uscc;
	removal.record = (ProtobufCBinaryData){CREDIT_RECORD_ID_SIZE, id};
	removal.cause = cause;
	removal.document_no = TEXT("京海市监移出〔2026〕1号");
	removal.decision_date = toy_day(decision_date).days;
	removal.reason = TEXT("示例理由");
	return removal;
}

Credit__V1__ListingNotice toy_notice(const Credit__V1__Listing *listing, const char *served_on)
{
	Credit__V1__ListingNotice notice = CREDIT__V1__LISTING_NOTICE__INIT;

	notice.entity_uscc = listing->entity_uscc;
	notice.list = listing->list;
	notice.ground = listing->ground;
	notice.instrument = listing->instrument;
	notice.document_no = next_document("告");
	notice.served_on = toy_day(served_on).days;
	notice.fact = listing->fact;
	return notice;
}

Credit__V1__Grant toy_grant(const struct toy_office *office_, Credit__V1__Role role)
{
	Credit__V1__Grant grant = CREDIT__V1__GRANT__INIT;

	grant.authority_uscc = TEXT(office_->uscc);
	grant.role = role;
	grant.valid_from = toy_day("2026-01-01").days;
	return grant;
}

void toy_enrol(struct toy *toy, char *uscc)
{
	Credit__V1__EntityEnrolment enrolment = toy_enrolment(uscc);

	toy_must(toy, &toy->registrar, TOY_PAYLOAD(ENTITY_ENROLMENT), &enrolment);
}

static void enrol_office(struct toy *toy, struct toy_office *office_)
{
	Credit__V1__AuthorityEnrolment authority = CREDIT__V1__AUTHORITY_ENROLMENT__INIT;
	Credit__V1__KeyEnrolment key = CREDIT__V1__KEY_ENROLMENT__INIT;

	authority.authority_uscc = key.authority_uscc = office_->uscc;
	authority.name = TEXT("示例机关");
	authority.level = CREDIT__V1__LEVEL__LEVEL_PROVINCE;
	key.suite = 1;
	key.public_key = key_of(office_);
	toy_must(toy, &toy->root, TOY_PAYLOAD(AUTHORITY_ENROLMENT), &authority);
	toy_must(toy, &toy->root, TOY_PAYLOAD(KEY_ENROLMENT), &key);
}

static void adopt_book(struct toy *toy)
{
	Credit__V1__RuleBookAdoption adoption = CREDIT__V1__RULE_BOOK_ADOPTION__INIT;
	Credit__V1__RuleBook *book =
		credit__v1__rule_book__unpack(NULL, toy->book_bytes.size, toy->book_bytes.data);
	struct credit_hash digest;

	if (!book)
		errx(1, "the rule book does not unpack");
	credit_sha256(toy->book_bytes, &digest);
	adoption.version = book->version;
	adoption.digest = (ProtobufCBinaryData){sizeof digest.byte, digest.byte};
	adoption.effective_date = book->effective_date;
	toy->attachment = toy->book_bytes;
	toy_must(toy, &toy->root, TOY_PAYLOAD(RULE_BOOK_ADOPTION), &adoption);
	credit__v1__rule_book__free_unpacked(book, NULL);
}

void toy_use_book(struct toy *toy, const char *yaml)
{
	free((void *)(uintptr_t)toy->book_bytes.data);
	toy->book_bytes = compile_book(yaml);
}

void toy_init_founded(struct toy *toy)
{
	toy_init(toy);
	toy_found(toy);
}

void toy_init_founded_by(struct toy *toy, const char *book_path)
{
	char *yaml = book_text_read(book_path);

	toy_init(toy);
	toy_use_book(toy, yaml);
	free(yaml);
	toy_found(toy);
}

void toy_found(struct toy *toy)
{
	const struct {
		struct toy_office *office;
		Credit__V1__Role role;
	} granted[] = {
		{&toy->registrar, CREDIT__V1__ROLE__ROLE_REGISTRAR},
		{&toy->market, CREDIT__V1__ROLE__ROLE_DECIDER},
		{&toy->tax, CREDIT__V1__ROLE__ROLE_DECIDER},
		{&toy->filer, CREDIT__V1__ROLE__ROLE_FILER},
		{&toy->window, CREDIT__V1__ROLE__ROLE_FRONT_OFFICE},
	};
	Credit__V1__RegistryFounding founding = toy_founding(toy);
	toy_must(toy, &toy->root, TOY_PAYLOAD(REGISTRY_FOUNDING), &founding);
	for (size_t i = 0; i < sizeof granted / sizeof granted[0]; i++) {
		Credit__V1__Grant grant = toy_grant(granted[i].office, granted[i].role);
		enrol_office(toy, granted[i].office);
		toy_must(toy, &toy->root, TOY_PAYLOAD(GRANT), &grant);
	}
	enrol_office(toy, &toy->stranger);
	adopt_book(toy);
}

/* --- answers ------------------------------------------------------------------------------- */

struct credit_stored_status toy_status(struct toy *toy, const char *uscc)
{
	struct credit_bytes key = {(const uint8_t *)uscc, CREDIT_USCC_SIZE};
	const struct toy_row *row =
		toy_state_find(&toy->state, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_STATUS, key);
	struct credit_stored_status status;

	if (!row || credit_stored_status_parse(row->value, &status))
		errx(1, "%s has no status", uscc);
	return status;
}

Credit__V1__Status *toy_status_message(struct toy *toy, const char *uscc)
{
	struct credit_bytes bytes = toy_status(toy, uscc).status;

	return credit__v1__status__unpack(NULL, bytes.size, bytes.data);
}

Credit__V1__Detail *toy_detail_message(struct toy *toy, const char *uscc)
{
	struct credit_bytes bytes = toy_status(toy, uscc).detail;

	return credit__v1__detail__unpack(NULL, bytes.size, bytes.data);
}

void *toy_row(struct toy *toy, Credit__V1__EffectKind kind, const ProtobufCMessageDescriptor *type,
	const char *uscc, const uint8_t id[CREDIT_RECORD_ID_SIZE])
{
	uint8_t key[CREDIT_USCC_SIZE + CREDIT_RECORD_ID_SIZE];

	memcpy(key, uscc, CREDIT_USCC_SIZE);
	memcpy(key + CREDIT_USCC_SIZE, id, CREDIT_RECORD_ID_SIZE);
	const struct toy_row *row =
		toy_state_find(&toy->state, (uint32_t)kind, (struct credit_bytes){key, sizeof key});
	return row ? protobuf_c_message_unpack(type, NULL, row->value.size, row->value.data) : NULL;
}

Credit__V1__Record *toy_record(
	struct toy *toy, const char *uscc, const uint8_t id[CREDIT_RECORD_ID_SIZE])
{
	return toy_row(toy, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RECORD,
		&credit__v1__record__descriptor, uscc, id);
}
