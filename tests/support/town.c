/* SPDX-License-Identifier: Apache-2.0
 *
 * town.c - a small registry with departments, for tests and benchmarks.
 */
#include "tests/support/town.h"
#include "tests/support/book_text.h"

#include "registry/internal.h"

#include "credit/v1/rule_book.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START_MS 1780279200000LL /* 2026-06-01T10:00:00+08:00 */
#define START_DAY 20605          /* 2026-06-01 */

static void must(enum credit_error error, const char *what, const struct credit_problem *problem)
{
	char text[CREDIT_PROBLEM_TEXT_MAX];

	if (error == CREDIT_OK)
		return;
	fprintf(stderr, "town: %s: %s %s\n", what, credit_error_name(error),
		problem ? credit_problem_text(problem, CREDIT_LANG_EN, text, sizeof text) : "");
	abort();
}

/* --- codes ------------------------------------------------------------------------------------ */

struct credit_uscc town_uscc(uint32_t number)
{
	static const int weights[] = {3, 7, 9, 10, 5, 8, 4, 2};
	char code[CREDIT_USCC_SIZE + 1];
	struct credit_uscc uscc;
	int sum = 0;

	/* Numbers whose code happens to be an identity number too do not occur: 91 is no province.
	 */
	snprintf(code, sizeof code, "91110108%08u", number % 100000000u);
	for (int i = 0; i < 8; i++)
		sum += (code[8 + i] - '0') * weights[i];
	sum = (11 - sum % 11) % 11;
	code[16] = sum == 10 ? 'X' : (char)('0' + sum);
	code[17] = credit_uscc_check_character(code);
	memcpy(uscc.character, code, CREDIT_USCC_SIZE);
	return uscc;
}

const char *town_uscc_text(uint32_t number)
{
	static char texts[4][CREDIT_USCC_SIZE + 1];
	static unsigned next;
	char *text = texts[next++ % 4];
	struct credit_uscc uscc = town_uscc(number);

	memcpy(text, uscc.character, CREDIT_USCC_SIZE);
	return text;
}

static struct credit_uscc parse(const char *text)
{
	struct credit_uscc uscc;
	struct credit_problem problem;

	must(credit_uscc_parse(credit_bytes_of(text), CREDIT_USCC_PLAIN, &uscc, &problem), text,
		&problem);
	return uscc;
}

/* Government bodies (first characters 11), made like the others. */
static struct credit_uscc body_uscc(uint32_t number)
{
	struct credit_uscc uscc = town_uscc(number);

	uscc.character[0] = '1';
	uscc.character[17] = credit_uscc_check_character(uscc.character);
	return uscc;
}

static void body_text(const struct credit_uscc *uscc, char text[CREDIT_USCC_SIZE + 1])
{
	memcpy(text, uscc->character, CREDIT_USCC_SIZE);
	text[CREDIT_USCC_SIZE] = '\0';
}

/* --- founding -----------------------------------------------------------------------------------
 */

static void key_of(uint8_t seed_byte, struct credit_key_pair *ret_pair)
{
	uint8_t seed[CREDIT_SEED_SIZE];

	memset(seed, seed_byte, sizeof seed);
	credit_key_from_seed(seed, ret_pair);
}

void town_keys(struct town *town)
{
	char text[CREDIT_USCC_SIZE + 1];

	must(credit_crypto_init(), "crypto", NULL);
	key_of(1, &town->root);
	key_of(2, &town->log);
	key_of(3, &town->system);
	key_of(4, &town->bureau);
	town->root_uscc = body_uscc(1);
	town->bureau_uscc = body_uscc(2);
	body_text(&town->root_uscc, text);
	parse(text);
	snprintf(town->log_name.name, sizeof town->log_name.name, "%s", TOWN_ORIGIN);
	town->log_name.public_key = town->log.public_key;
	town->now.ms = START_MS;
}

struct credit_registry_options town_options(const struct town *town, const char *folder)
{
	return (struct credit_registry_options){
		.path = folder,
		.origin = TOWN_ORIGIN,
		.root_uscc = town->root_uscc,
		.root_key = town->root.public_key,
		.log_key = town->log,
		.system_key = town->system,
	};
}

static struct credit_bytes read_rule_book(struct credit_arena *arena)
{
	char *yaml = book_text_read(BOOK_CN_2026);
	struct credit_bytes compiled;
	struct credit_problem problem;

	book_text_without_procedure(yaml);
	must(credit_rule_book_compile(credit_bytes_of(yaml), arena, &compiled, &problem),
		BOOK_CN_2026, &problem);
	free(yaml);
	return compiled;
}

/* Signs what is in the sealer, as the root authority or the bureau. */
static Credit__V1__Filing *sign(struct town *town, const struct credit_uscc *issuer,
	const struct credit_key_pair *pair, bool all_or_nothing, struct credit_problem *problem)
{
	struct credit_manifest_options options = {.origin = TOWN_ORIGIN,
		.issuer = *issuer,
		.created_at = town->now,
		.all_or_nothing = all_or_nothing};
	Credit__V1__Filing *filing;

	must(credit_sealer_sign(town->sealer, &options, pair, &filing, problem), "sign", problem);
	return filing;
}

/* The first refusal, for messages. */
static void note_refusal(struct credit_bytes bytes, struct credit_problem *problem)
{
	Credit__V1__FilingReceipt *answer =
		credit__v1__filing_receipt__unpack(NULL, bytes.size, bytes.data);
	Credit__V1__RefusalStatement *statement = credit__v1__refusal_statement__unpack(
		NULL, answer->refusals.len, answer->refusals.data);

	credit_problem_set(problem, (enum credit_error)statement->refusals[0]->error,
		statement->refusals[0]->field, statement->refusals[0]->rule, "%s",
		statement->refusals[0]->detail);
	credit__v1__refusal_statement__free_unpacked(statement, NULL);
	credit__v1__filing_receipt__free_unpacked(answer, NULL);
}

/* Signs and submits what is in the sealer. */
static enum credit_error submit(struct town *town, const struct credit_uscc *issuer,
	const struct credit_key_pair *pair, bool all_or_nothing,
	Credit__V1__FilingReceipt **ret_answer, struct credit_problem *problem)
{
	struct credit_submission submission = {0};
	struct credit_submission *const submissions[] = {&submission};
	Credit__V1__Filing *filing = sign(town, issuer, pair, all_or_nothing, problem);

	must(credit_filing_open(filing, &submission.filing, problem), "open", problem);
	credit_registry_submit(town->registry, submissions, 1, town->now);
	*problem = submission.problem;
	if (!submission.error && ret_answer)
		*ret_answer = credit__v1__filing_receipt__unpack(
			NULL, submission.answer.size, submission.answer.data);
	if (!submission.error && submission.refused)
		note_refusal(submission.answer, problem);
	credit_filing_free(submission.filing);
	return submission.error;
}

static void add(struct town *town, const Credit__V1__Act *act, struct credit_bytes attachment)
{
	struct credit_problem problem = {0};

	must(credit_sealer_add(town->sealer, act, attachment, NULL, &problem), "seal", &problem);
}

static ProtobufCBinaryData binary(uint8_t *data, size_t size)
{
	return (ProtobufCBinaryData){.len = size, .data = data};
}

static void submit_root(struct town *town, const char *what)
{
	struct credit_problem problem = {0};

	must(submit(town, &town->root_uscc, &town->root, true, NULL, &problem), what, &problem);
	must(problem.error, what, &problem);
}

void town_file_as_root(struct town *town, const Credit__V1__Act *act)
{
	add(town, act, (struct credit_bytes){0});
	submit_root(town, "an act of the root authority");
}

static void found(struct town *town)
{
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	Credit__V1__RegistryFounding founding = CREDIT__V1__REGISTRY_FOUNDING__INIT;
	char root[CREDIT_USCC_SIZE + 1];
	char origin[] = TOWN_ORIGIN, name[] = "示例县人民政府";

	body_text(&town->root_uscc, root);
	founding.origin = origin;
	founding.root_uscc = root;
	founding.root_name = name;
	founding.suite = CREDIT_SUITE_ED25519_SHA256;
	founding.root_key = binary(town->root.public_key.byte, CREDIT_PUBLIC_KEY_SIZE);
	founding.log_key = binary(town->log.public_key.byte, CREDIT_PUBLIC_KEY_SIZE);
	founding.system_key = binary(town->system.public_key.byte, CREDIT_PUBLIC_KEY_SIZE);
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_REGISTRY_FOUNDING;
	act.registry_founding = &founding;
	add(town, &act, (struct credit_bytes){0});
	submit_root(town, "founding");
}

static void adopt(struct town *town)
{
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	Credit__V1__RuleBookAdoption adoption = CREDIT__V1__RULE_BOOK_ADOPTION__INIT;
	struct credit_rule_book *book = NULL;
	struct credit_problem problem = {0};
	struct credit_arena arena;
	struct credit_bytes compiled;
	struct credit_hash digest;
	char version[65];

	credit_arena_init(&arena, NULL, 0, (size_t)64 << 20);
	compiled = read_rule_book(&arena);
	credit_sha256(compiled, &digest);
	must(credit_rule_book_load(compiled, &book, &problem), "rule book", &problem);
	snprintf(version, sizeof version, "%s", credit_rule_book_message(book)->version);
	adoption.version = version;
	adoption.digest = binary(digest.byte, CREDIT_HASH_SIZE);
	adoption.effective_date = credit_rule_book_message(book)->effective_date;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_RULE_BOOK_ADOPTION;
	act.rule_book_adoption = &adoption;
	add(town, &act, compiled);
	submit_root(town, "rule book adoption");
	credit_rule_book_free(book);
	credit_arena_deinit(&arena);
}

static void enrol_bureau(struct town *town)
{
	static const Credit__V1__Role roles[] = {
		CREDIT__V1__ROLE__ROLE_REGISTRAR, CREDIT__V1__ROLE__ROLE_DECIDER};
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	Credit__V1__AuthorityEnrolment enrolment = CREDIT__V1__AUTHORITY_ENROLMENT__INIT;
	Credit__V1__KeyEnrolment key = CREDIT__V1__KEY_ENROLMENT__INIT;
	Credit__V1__Grant grant = CREDIT__V1__GRANT__INIT;
	char bureau[CREDIT_USCC_SIZE + 1], name[] = "示例县市场监督管理局";

	body_text(&town->bureau_uscc, bureau);
	enrolment.authority_uscc = key.authority_uscc = grant.authority_uscc = bureau;
	enrolment.name = name;
	enrolment.level = CREDIT__V1__LEVEL__LEVEL_PROVINCE;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_AUTHORITY_ENROLMENT;
	act.authority_enrolment = &enrolment;
	add(town, &act, (struct credit_bytes){0});
	key.suite = CREDIT_SUITE_ED25519_SHA256;
	key.public_key = binary(town->bureau.public_key.byte, CREDIT_PUBLIC_KEY_SIZE);
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_KEY_ENROLMENT;
	act.key_enrolment = &key;
	add(town, &act, (struct credit_bytes){0});
	grant.valid_from = START_DAY - 365;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_GRANT;
	act.grant = &grant;
	for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
		grant.role = roles[i];
		add(town, &act, (struct credit_bytes){0});
	}
	submit_root(town, "bureau");
}

void town_open(struct town *town, const char *folder)
{
	struct credit_registry_options options;
	struct credit_problem problem = {0};

	*town = (struct town){0};
	town_keys(town);
	options = town_options(town, folder);
	must(credit_registry_open(&options, NULL, NULL, &town->registry, &problem), folder,
		&problem);
	must(credit_sealer_new(&town->sealer), "sealer", NULL);
	if (credit_registry_last_time(town->registry).ms == 0) {
		found(town);
		adopt(town);
		enrol_bureau(town);
		must(credit_registry_publish(town->registry, town->now), "publish", NULL);
	}
}

unsigned town_layout(void)
{
	return STATE_FORMAT;
}

void town_close(struct town *town)
{
	credit_sealer_free(town->sealer);
	credit_registry_close(town->registry);
	*town = (struct town){0};
}

/* --- acts
 * -------------------------------------------------------------------------------------------- */

static void begin(struct town_act *ret, uint32_t entity)
{
	struct credit_uscc uscc = town_uscc(entity);

	memset(ret, 0, sizeof *ret);
	credit__v1__act__init(&ret->act);
	body_text(&uscc, ret->uscc);
}

void town_enrol(struct town_act *ret, uint32_t entity)
{
	static char name[] = "示例县青禾商贸有限公司";

	begin(ret, entity);
	credit__v1__entity_enrolment__init(&ret->body.enrolment);
	ret->body.enrolment.entity_uscc = ret->uscc;
	ret->body.enrolment.name = name;
	ret->body.enrolment.evidence = CREDIT__V1__CODE_EVIDENCE__CODE_EVIDENCE_PLAIN;
	ret->act.payload_case = CREDIT__V1__ACT__PAYLOAD_ENTITY_ENROLMENT;
	ret->act.entity_enrolment = &ret->body.enrolment;
}

void town_penalise(struct town_act *ret, uint32_t entity, uint32_t document)
{
	static char name[] = "示例县青禾商贸有限公司", fact[] = "未按规定明码标价",
		    basis[] = "《中华人民共和国价格法》第四十二条", kind[] = "罚款",
		    content[] = "罚款人民币贰仟元", decider[] = "示例县市场监督管理局";
	static char bureau[CREDIT_USCC_SIZE + 1];
	struct credit_uscc uscc = body_uscc(2);
	Credit__V1__AdministrativePenalty *penalty = &ret->body.penalty;

	begin(ret, entity);
	body_text(&uscc, bureau);
	snprintf(ret->document, sizeof ret->document, "示市监罚〔2026〕%u号", document);
	credit__v1__administrative_penalty__init(penalty);
	penalty->entity_uscc = ret->uscc;
	penalty->entity_name = name;
	penalty->document_no = ret->document;
	penalty->fact = fact;
	penalty->basis = basis;
	ret->kinds[0] = kind;
	penalty->n_penalty_kinds = 1;
	penalty->penalty_kinds = ret->kinds;
	penalty->content = content;
	penalty->fine_fen = 200000;
	penalty->decision_date = START_DAY - 10;
	penalty->decider_uscc = bureau;
	penalty->decider_name = decider;
	ret->act.payload_case = CREDIT__V1__ACT__PAYLOAD_ADMINISTRATIVE_PENALTY;
	ret->act.administrative_penalty = penalty;
}

/* Ground and instrument are the first that the rule book gives for the list. */
static const struct {
	const char *list, *ground, *instrument;
} lists[] = {
	{"black.market-serious", "heavy-fine", "samr-44-2021"},
	{"red.taxpayer-a", "grade-a", "sat-12-2025"},
};

void town_list(struct town_act *ret, uint32_t entity, const char *list)
{
	static char texts[sizeof lists / sizeof lists[0]][3][64];
	static char fact[] = "生产销售不合格产品，情节严重";
	static unsigned documents; /* no decision is filed twice */
	Credit__V1__Listing *listing = &ret->body.listing;
	size_t i = 0;

	while (i + 1 < sizeof lists / sizeof lists[0] && strcmp(lists[i].list, list) != 0)
		i++;
	snprintf(texts[i][0], sizeof texts[i][0], "%s", lists[i].list);
	snprintf(texts[i][1], sizeof texts[i][1], "%s", lists[i].ground);
	snprintf(texts[i][2], sizeof texts[i][2], "%s", lists[i].instrument);
	begin(ret, entity);
	snprintf(ret->document, sizeof ret->document, "示市监列〔2026〕%u号", ++documents);
	credit__v1__listing__init(listing);
	listing->entity_uscc = ret->uscc;
	listing->list = texts[i][0];
	listing->ground = texts[i][1];
	listing->instrument = texts[i][2];
	listing->document_no = ret->document;
	listing->decision_date = START_DAY - 5;
	listing->fact = fact;
	ret->act.payload_case = CREDIT__V1__ACT__PAYLOAD_LISTING;
	ret->act.listing = listing;
}

void town_remove(struct town_act *ret, uint32_t entity, const struct credit_hash *listed_by,
	Credit__V1__RemovalCause cause)
{
	static char reason[] = "原处罚决定被撤销";
	Credit__V1__Removal *removal = &ret->body.removal;

	begin(ret, entity);
	snprintf(ret->document, sizeof ret->document, "示市监移〔2026〕%u号", entity);
	memcpy(ret->record, listed_by->byte, sizeof ret->record);
	credit__v1__removal__init(removal);
	removal->entity_uscc = ret->uscc;
	removal->record = binary(ret->record, sizeof ret->record);
	removal->cause = cause;
	removal->document_no = ret->document;
	removal->decision_date = START_DAY;
	removal->reason = reason;
	ret->act.payload_case = CREDIT__V1__ACT__PAYLOAD_REMOVAL;
	ret->act.removal = removal;
}

void town_erase(struct town_act *ret, uint32_t entity, const struct credit_hash *made_by)
{
	static char reason[] = "依生效裁判删除";
	Credit__V1__Erasure *erasure = &ret->body.erasure;

	begin(ret, entity);
	snprintf(ret->document, sizeof ret->document, "（2026）示01行终%u号", entity);
	memcpy(ret->record, made_by->byte, sizeof ret->record);
	credit__v1__erasure__init(erasure);
	erasure->entity_uscc = ret->uscc;
	erasure->record = binary(ret->record, sizeof ret->record);
	erasure->ground = CREDIT__V1__ERASURE_GROUND__ERASURE_GROUND_COURT_ORDER;
	erasure->document_no = ret->document;
	erasure->decision_date = START_DAY;
	erasure->reason = reason;
	ret->act.payload_case = CREDIT__V1__ACT__PAYLOAD_ERASURE;
	ret->act.erasure = erasure;
}

static void seal(struct town *town, struct town_act *const *acts, size_t count,
	struct credit_hash *ret_commitments)
{
	struct credit_problem problem = {0};

	for (size_t i = 0; i < count; i++)
		must(credit_sealer_add(town->sealer, &acts[i]->act, (struct credit_bytes){0},
			     ret_commitments ? &ret_commitments[i] : NULL, &problem),
			"seal", &problem);
}

enum credit_error town_file(struct town *town, struct town_act *const *acts, size_t count,
	bool all_or_nothing, struct credit_hash *ret_commitments,
	Credit__V1__FilingReceipt **ret_answer)
{
	struct credit_problem problem = {0};

	seal(town, acts, count, ret_commitments);
	return submit(
		town, &town->bureau_uscc, &town->bureau, all_or_nothing, ret_answer, &problem);
}

Credit__V1__Filing *town_seal(struct town *town, struct town_act *const *acts, size_t count,
	struct credit_hash *ret_commitments)
{
	struct credit_problem problem = {0};

	seal(town, acts, count, ret_commitments);
	return sign(town, &town->bureau_uscc, &town->bureau, false, &problem);
}

void town_file_one(struct town *town, struct town_act *act, struct credit_hash *ret_commitment)
{
	struct credit_problem problem = {0};

	must(credit_sealer_add(
		     town->sealer, &act->act, (struct credit_bytes){0}, ret_commitment, &problem),
		"seal", &problem);
	must(submit(town, &town->bureau_uscc, &town->bureau, false, NULL, &problem), "submit",
		&problem);
	must(problem.error, "refused", &problem);
}

/* --- asking and filing, for tests ------------------------------------------------------------- */

Credit__V1__Status *town_ask(struct town *town, uint32_t entity, enum credit_error *ret_error)
{
	struct credit_uscc uscc = town_uscc(entity);
	struct credit_stored_status stored;
	Credit__V1__Status *status = NULL;
	struct credit_view *view;

	must(credit_view_new(town->registry, &view), "view", NULL);
	must(credit_view_begin(view), "view", NULL);
	*ret_error = credit_view_status(view, &uscc, town->now, &stored);
	if (*ret_error == CREDIT_OK)
		status = credit__v1__status__unpack(NULL, stored.status.size, stored.status.data);
	credit_view_end(view);
	credit_view_free(view);
	return status;
}

size_t town_lists_of(struct town *town, uint32_t entity)
{
	enum credit_error error;
	Credit__V1__Status *status = town_ask(town, entity, &error);
	size_t count;

	must(error, "status", NULL);
	count = status->n_lists;
	credit__v1__status__free_unpacked(status, NULL);
	return count;
}

void town_publish(struct town *town)
{
	must(credit_registry_publish(town->registry, town->now), "publish", NULL);
}

void town_enrol_now(struct town *town, uint32_t entity)
{
	struct town_act act;

	town_enrol(&act, entity);
	town_file_one(town, &act, NULL);
}

void town_list_now(
	struct town *town, uint32_t entity, const char *list, struct credit_hash *ret_commitment)
{
	struct town_act act;

	town_list(&act, entity, list);
	town_file_one(town, &act, ret_commitment);
}

uint64_t town_tree_size(struct town *town)
{
	struct credit_signed_head head;
	struct credit_view *view;

	must(credit_view_new(town->registry, &view), "view", NULL);
	must(credit_view_begin(view), "view", NULL);
	must(credit_view_head(view, &head), "head", NULL);
	credit_view_end(view);
	credit_view_free(view);
	return head.head.size;
}

void town_grow(struct town *town, uint32_t *first, uint64_t size)
{
	static struct town_act acts[500];
	struct town_act *pointers[500];
	uint64_t left = size - 1 - town_tree_size(town);

	while (left > 0) {
		size_t count = left < 500 ? left : 500;

		for (size_t i = 0; i < count; i++) {
			town_enrol(&acts[i], (*first)++);
			pointers[i] = &acts[i];
		}
		must(town_file(town, pointers, count, true, NULL, NULL), "filing", NULL);
		left -= count;
	}
	town_publish(town);
	if (town_tree_size(town) != size)
		must(CREDIT_E_INTERNAL, "size", NULL);
}
