/* SPDX-License-Identifier: Apache-2.0
 *
 * toy_cases.c - see toy_cases.h.
 */
#include "tests/support/toy_cases.h"

#include "tests/support/book_text.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(literal) ((char *)(uintptr_t)(literal))
#define KIND(name) CREDIT__V1__EFFECT_KIND__EFFECT_KIND_##name

uint8_t toy_case_token_hash[CREDIT_HASH_SIZE] = {1}, toy_case_form[CREDIT_HASH_SIZE] = {2};
static char *missing[] = {TEXT("履行证明")};

void toy_cases_found(struct toy *toy)
{
	char *yaml = book_text_read(TOY_CASES_BOOK);

	toy_init(toy);
	toy_use_book(toy, yaml);
	toy_found(toy);
	free(yaml);
}

void toy_cases_init(struct toy *toy, char ret_uscc[CREDIT_USCC_SIZE + 1])
{
	toy_cases_found(toy);
	toy_uscc("91110108", 1, ret_uscc);
	toy_enrol(toy, ret_uscc);
}

void toy_case_list(struct toy *toy, char *uscc, const char *decision_date)
{
	Credit__V1__Listing listing = toy_listing(uscc, decision_date);

	listing.instrument = TEXT("law");
	toy_must(toy, &toy->market, TOY_PAYLOAD(LISTING), &listing);
}

static ProtobufCBinaryData hash_data(uint8_t *hash)
{
	return (ProtobufCBinaryData){CREDIT_HASH_SIZE, hash};
}

static ProtobufCBinaryData id_data(uint8_t *id)
{
	return (ProtobufCBinaryData){CREDIT_RECORD_ID_SIZE, id};
}

Credit__V1__Applicant toy_case_applicant(void)
{
	Credit__V1__Applicant applicant = CREDIT__V1__APPLICANT__INIT;

	applicant.form_digest = hash_data(toy_case_form);
	applicant.token_hash = hash_data(toy_case_token_hash);
	return applicant;
}

Credit__V1__RepairApplication toy_case_repair(
	struct toy *toy, char *uscc, uint8_t *record, Credit__V1__Applicant *applicant)
{
	Credit__V1__RepairApplication application = CREDIT__V1__REPAIR_APPLICATION__INIT;

	application.entity_uscc = uscc;
	application.record = id_data(record);
	application.ground = CREDIT__V1__REPAIR_GROUND__REPAIR_GROUND_PERFORMED;
	application.applied_on = credit_day_of(toy->now).days;
	application.applicant = applicant;
	return application;
}

Credit__V1__Objection toy_case_objection(
	struct toy *toy, char *uscc, uint8_t *record, Credit__V1__Applicant *applicant)
{
	Credit__V1__Objection objection = CREDIT__V1__OBJECTION__INIT;

	objection.entity_uscc = uscc;
	objection.record = id_data(record);
	objection.ground = TEXT("error");
	objection.applied_on = credit_day_of(toy->now).days;
	objection.applicant = applicant;
	objection.statement = TEXT("事实有误");
	return objection;
}

static void begin(void *payload, const ProtobufCMessageDescriptor *type)
{
	protobuf_c_message_init(type, payload);
}

/* The fields that acts have in common are found by their names. */
static void set(void *payload, const char *name, const void *value, size_t size)
{
	const ProtobufCMessage *message = payload;
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);

	if (field)
		memcpy((uint8_t *)payload + field->offset, value, size);
}

void toy_step_init(struct toy *toy, Credit__V1__Act__PayloadCase act, char *uscc, uint8_t *case_id,
	Credit__V1__Applicant *applicant, union toy_step *ret_step)
{
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field(&credit__v1__act__descriptor, act);
	ProtobufCBinaryData id = id_data(case_id), digest = hash_data(toy_case_form);
	int32_t today = credit_day_of(toy->now).days;
	uint32_t five = 5;
	int one = 1;
	char *text = TEXT("示例"), *number = TEXT("京海市监〔2026〕9号");

	begin(ret_step, field->descriptor);
	set(ret_step, "entity_uscc", &uscc, sizeof uscc);
	set(ret_step, "case_id", &id, sizeof id);
	set(ret_step, "date", &today, sizeof today);
	set(ret_step, "decision_date", &today, sizeof today);
	set(ret_step, "applied_on", &today, sizeof today);
	set(ret_step, "reason", &text, sizeof text);
	set(ret_step, "statement", &text, sizeof text);
	set(ret_step, "title", &text, sizeof text);
	set(ret_step, "document_no", &number, sizeof number);
	set(ret_step, "digest", &digest, sizeof digest);
	set(ret_step, "kind", &one, sizeof one);
	set(ret_step, "granted", &one, sizeof one);
	set(ret_step, "completed", &one, sizeof one);
	set(ret_step, "outcome", &one, sizeof one);
	set(ret_step, "rating", &five, sizeof five);
	set(ret_step, "applicant", &applicant, sizeof applicant);
	if (act == TOY_PAYLOAD(SUPPLEMENT_REQUEST)) {
		ret_step->request.missing = missing;
		ret_step->request.n_missing = 1;
	}
}

enum credit_error toy_case_document(struct toy *toy, const struct toy_office *office, char *uscc,
	uint8_t *case_id, Credit__V1__DocumentKind kind)
{
	uint8_t digest[CREDIT_HASH_SIZE] = {(uint8_t)(kind + 100)};
	union toy_step step;

	toy_step_init(toy, TOY_PAYLOAD(CASE_DOCUMENT), uscc, case_id, NULL, &step);
	step.document.kind = kind;
	if (kind != CREDIT__V1__DOCUMENT_KIND__DOCUMENT_KIND_FORM)
		step.document.digest = hash_data(digest);
	return toy_file(toy, office, TOY_PAYLOAD(CASE_DOCUMENT), &step);
}

/* --- rows -------------------------------------------------------------------------------------- */

static const struct toy_row *find(
	struct toy *toy, uint32_t kind, const char *uscc, const void *id, size_t id_size)
{
	uint8_t key[CREDIT_USCC_SIZE + CREDIT_RECORD_ID_SIZE];

	memcpy(key, uscc, CREDIT_USCC_SIZE);
	memcpy(key + CREDIT_USCC_SIZE, id, id_size);
	return toy_state_find(
		&toy->state, kind, (struct credit_bytes){key, CREDIT_USCC_SIZE + id_size});
}

Credit__V1__Case *toy_case(
	struct toy *toy, const char *uscc, const uint8_t id[CREDIT_RECORD_ID_SIZE])
{
	const struct toy_row *row = find(toy, KIND(CASE), uscc, id, CREDIT_RECORD_ID_SIZE);

	return row ? credit__v1__case__unpack(NULL, row->value.size, row->value.data) : NULL;
}

Credit__V1__Task *toy_task(struct toy *toy, const char *office_uscc, const ProtobufCBinaryData *id)
{
	const struct toy_row *row =
		id->len ? find(toy, KIND(TASK), office_uscc, id->data, id->len) : NULL;

	return row ? credit__v1__task__unpack(NULL, row->value.size, row->value.data) : NULL;
}

Credit__V1__Tally *toy_tally(struct toy *toy, const char *office_uscc)
{
	int32_t year, month, day;
	uint8_t key[sizeof(uint32_t)];

	credit_day_to_civil(credit_day_of(toy->now), &year, &month, &day);
	credit_write_u32(key, (uint32_t)(year * 100 + month));
	const struct toy_row *row = find(toy, KIND(TALLY), office_uscc, key, sizeof key);
	return row ? credit__v1__tally__unpack(NULL, row->value.size, row->value.data) : NULL;
}
