/* SPDX-License-Identifier: Apache-2.0
 *
 * details.c - a refusal as a gRPC client sees it: status code, sentence, and google.rpc details.
 *
 * tools/client/details.c reads what is written here; the keys of the metadata are the fields of
 * struct credit_problem. Everything fits core's default limit of 8 KiB of metadata by construction:
 * the longest problem makes details of about 4 KiB before base64.
 */
#include "rpc/core.h"

#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"

#include <grpc/slice.h>
#include <stdio.h>
#include <string.h>

#define DETAILS_MAX 5
#define DETAIL_SIZE_MAX (CREDIT_PROBLEM_TEXT_MAX + 512)
#define URL_SIZE_MAX 64
#define INFO_ENTRIES_MAX 5
#define NUMBER_TEXT_SIZE 16

static const grpc_status_code status_code[] = {
	[CREDIT_CLASS_OK] = GRPC_STATUS_OK,
	[CREDIT_CLASS_INVALID] = GRPC_STATUS_INVALID_ARGUMENT,
	[CREDIT_CLASS_PRECONDITION] = GRPC_STATUS_FAILED_PRECONDITION,
	[CREDIT_CLASS_DENIED] = GRPC_STATUS_PERMISSION_DENIED,
	[CREDIT_CLASS_UNAUTHENTICATED] = GRPC_STATUS_UNAUTHENTICATED,
	[CREDIT_CLASS_ABSENT] = GRPC_STATUS_NOT_FOUND,
	[CREDIT_CLASS_EXISTS] = GRPC_STATUS_ALREADY_EXISTS,
	[CREDIT_CLASS_EXHAUSTED] = GRPC_STATUS_RESOURCE_EXHAUSTED,
	[CREDIT_CLASS_UNAVAILABLE] = GRPC_STATUS_UNAVAILABLE,
	[CREDIT_CLASS_UNSUPPORTED] = GRPC_STATUS_UNIMPLEMENTED,
	[CREDIT_CLASS_DATA_LOSS] = GRPC_STATUS_DATA_LOSS,
	[CREDIT_CLASS_INTERNAL] = GRPC_STATUS_INTERNAL,
	[CREDIT_CLASS_CANCELLED] = GRPC_STATUS_CANCELLED,
};

/* The details of one status, packed where they stand until the whole is packed. */
struct packer {
	size_t count;
	Google__Protobuf__Any *list[DETAILS_MAX];
	Google__Protobuf__Any any[DETAILS_MAX];
	char url[DETAILS_MAX][URL_SIZE_MAX];
	uint8_t packed[DETAILS_MAX][DETAIL_SIZE_MAX];
};

static void add(struct packer *packer, const ProtobufCMessage *message)
{
	size_t at = packer->count;

	if (protobuf_c_message_get_packed_size(message) > DETAIL_SIZE_MAX)
		return; /* a detail less is better than no answer */
	snprintf(
		packer->url[at], URL_SIZE_MAX, "type.googleapis.com/%s", message->descriptor->name);
	google__protobuf__any__init(&packer->any[at]);
	packer->any[at].type_url = packer->url[at];
	packer->any[at].value.data = packer->packed[at];
	packer->any[at].value.len = protobuf_c_message_pack(message, packer->packed[at]);
	packer->list[at] = &packer->any[at];
	packer->count++;
}

/* protobuf-c has no const in its structs, but packing only reads. */
static char *text(const char *borrowed)
{
	union {
		const char *from;
		char *to;
	} cast = {.from = borrowed};

	return cast.to;
}

static void add_info(struct packer *packer, const struct credit_problem *problem)
{
	Google__Rpc__ErrorInfo info = GOOGLE__RPC__ERROR_INFO__INIT;
	Google__Rpc__ErrorInfo__MetadataEntry entry[INFO_ENTRIES_MAX], *list[INFO_ENTRIES_MAX];
	char number[NUMBER_TEXT_SIZE], position[NUMBER_TEXT_SIZE] = "";

	snprintf(number, sizeof number, "%d", (int)problem->error);
	if (problem->position)
		snprintf(position, sizeof position, "%u", problem->position);
	const struct {
		const char *key, *value;
	} pair[INFO_ENTRIES_MAX] = {{"number", number}, {"field", problem->field},
		{"position", position}, {"rule", problem->rule}, {"detail", problem->detail}};

	for (size_t i = 0; i < INFO_ENTRIES_MAX; i++) {
		if (!*pair[i].value)
			continue;
		google__rpc__error_info__metadata_entry__init(&entry[i]);
		entry[i].key = text(pair[i].key);
		entry[i].value = text(pair[i].value);
		list[info.n_metadata++] = &entry[i];
	}
	info.metadata = list;
	info.reason = text(credit_error_name(problem->error));
	info.domain = text("credit.v1");
	add(packer, &info.base);
}

static void add_violation(struct packer *packer, const struct credit_problem *problem)
{
	Google__Rpc__BadRequest__FieldViolation field =
		GOOGLE__RPC__BAD_REQUEST__FIELD_VIOLATION__INIT;
	Google__Rpc__BadRequest__FieldViolation *fields[] = {&field};
	Google__Rpc__BadRequest bad = GOOGLE__RPC__BAD_REQUEST__INIT;
	Google__Rpc__PreconditionFailure__Violation rule =
		GOOGLE__RPC__PRECONDITION_FAILURE__VIOLATION__INIT;
	Google__Rpc__PreconditionFailure__Violation *rules[] = {&rule};
	Google__Rpc__PreconditionFailure failure = GOOGLE__RPC__PRECONDITION_FAILURE__INIT;
	enum credit_error_class class = credit_error_class(problem->error);
	char *description = text(credit_error_text(problem->error, CREDIT_LANG_EN));

	if (class == CREDIT_CLASS_INVALID && *problem->field) {
		field.field = text(problem->field);
		field.description = description;
		bad.field_violations = fields;
		bad.n_field_violations = 1;
		add(packer, &bad.base);
	} else if (class == CREDIT_CLASS_PRECONDITION) {
		rule.type = text(credit_error_name(problem->error));
		rule.subject = text(problem->rule);
		rule.description = description;
		failure.violations = rules;
		failure.n_violations = 1;
		add(packer, &failure.base);
	}
}

/* A bound that is nobody's quota (a full queue) has no rule. */
static void add_quota(struct packer *packer, const struct credit_problem *problem)
{
	Google__Rpc__QuotaFailure__Violation violation =
		GOOGLE__RPC__QUOTA_FAILURE__VIOLATION__INIT;
	Google__Rpc__QuotaFailure__Violation *violations[] = {&violation};
	Google__Rpc__QuotaFailure failure = GOOGLE__RPC__QUOTA_FAILURE__INIT;

	if (credit_error_class(problem->error) != CREDIT_CLASS_EXHAUSTED || !*problem->rule)
		return;
	violation.subject = text(problem->rule);
	violation.description = text(problem->detail);
	failure.violations = violations;
	failure.n_violations = 1;
	add(packer, &failure.base);
}

static void add_translation(struct packer *packer, const struct credit_problem *problem)
{
	Google__Rpc__LocalizedMessage message = GOOGLE__RPC__LOCALIZED_MESSAGE__INIT;
	char sentence[CREDIT_PROBLEM_TEXT_MAX];

	credit_problem_text(problem, CREDIT_LANG_ZH, sentence, sizeof sentence);
	message.locale = text("zh-CN");
	message.message = sentence;
	add(packer, &message.base);
}

static void add_retry(struct packer *packer, uint32_t retry_after_ms)
{
	Google__Protobuf__Duration delay = GOOGLE__PROTOBUF__DURATION__INIT;
	Google__Rpc__RetryInfo retry = GOOGLE__RPC__RETRY_INFO__INIT;

	if (!retry_after_ms)
		return;
	delay.seconds = retry_after_ms / 1000;
	delay.nanos = (int32_t)(retry_after_ms % 1000) * 1000000;
	retry.retry_delay = &delay;
	add(packer, &retry.base);
}

void credd__status_of(const struct credit_problem *problem, uint32_t retry_after_ms,
	struct credd_status *ret_status)
{
	Google__Rpc__Status status = GOOGLE__RPC__STATUS__INIT;
	char sentence[CREDIT_PROBLEM_TEXT_MAX];
	struct packer packer;

	packer.count = 0;
	credit_problem_text(problem, CREDIT_LANG_EN, sentence, sizeof sentence);
	add_info(&packer, problem);
	add_violation(&packer, problem);
	add_quota(&packer, problem);
	add_translation(&packer, problem);
	add_retry(&packer, retry_after_ms);

	ret_status->code = status_code[credit_error_class(problem->error)];
	status.code = (int32_t)ret_status->code;
	status.message = sentence;
	status.n_details = packer.count;
	status.details = packer.list;
	ret_status->message = grpc_slice_from_copied_string(sentence);
	ret_status->details = grpc_slice_malloc(google__rpc__status__get_packed_size(&status));
	google__rpc__status__pack(&status, GRPC_SLICE_START_PTR(ret_status->details));
}
