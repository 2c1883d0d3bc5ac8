/* SPDX-License-Identifier: Apache-2.0
 *
 * details.c - from the trailers of a failed call back to the problem that the daemon had.
 *
 * credd/rpc/details.c writes what is read here. A status without our details comes from gRPC itself
 * (no connection, out of time, message too large) or from a proxy; the table translates it.
 */
#include "client/details.h"
#include "client/core.h"

#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"

#include <grpc/slice.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_SHOWN 120

static const struct {
	grpc_status_code code;
	enum credit_error error;
} plain[] = {
	{GRPC_STATUS_UNAVAILABLE, CREDIT_E_UNREACHABLE},
	{GRPC_STATUS_DEADLINE_EXCEEDED, CREDIT_E_DEADLINE},
	{GRPC_STATUS_CANCELLED, CREDIT_E_CANCELLED},
	{GRPC_STATUS_RESOURCE_EXHAUSTED, CREDIT_E_TOO_LARGE},
	{GRPC_STATUS_UNIMPLEMENTED, CREDIT_E_METHOD_UNKNOWN},
	{GRPC_STATUS_NOT_FOUND, CREDIT_E_NOT_FOUND},
	{GRPC_STATUS_ALREADY_EXISTS, CREDIT_E_EXISTS},
	{GRPC_STATUS_INVALID_ARGUMENT, CREDIT_E_MALFORMED},
	{GRPC_STATUS_PERMISSION_DENIED, CREDIT_E_PEER_ROLE},
	{GRPC_STATUS_UNAUTHENTICATED, CREDIT_E_PEER_ROLE},
};

void client__outcome_init(struct outcome *outcome)
{
	*outcome = (struct outcome){.message = grpc_empty_slice()};
	grpc_metadata_array_init(&outcome->trailers);
}

void client__outcome_deinit(struct outcome *outcome)
{
	grpc_slice_unref(outcome->message);
	grpc_metadata_array_destroy(&outcome->trailers);
}

grpc_op client__outcome_op(struct outcome *outcome)
{
	return (grpc_op){.op = GRPC_OP_RECV_STATUS_ON_CLIENT,
		.data.recv_status_on_client = {.status = &outcome->code,
			.status_details = &outcome->message,
			.trailing_metadata = &outcome->trailers}};
}

/* --- google.rpc details ---------------------------------------------------------------------- */

static void read_info(struct details *details, const uint8_t *data, size_t size)
{
	Google__Rpc__ErrorInfo *info = google__rpc__error_info__unpack(NULL, size, data);
	struct credit_problem *problem = &details->problem;
	const char *field = NULL, *rule = NULL, *detail = NULL, *number = NULL, *position = NULL;
	const struct {
		const char *key;
		const char **value;
	} wanted[] = {{"field", &field}, {"rule", &rule}, {"detail", &detail}, {"number", &number},
		{"position", &position}};

	if (!info)
		return;
	for (size_t i = 0; i < info->n_metadata; i++)
		for (size_t w = 0; w < sizeof wanted / sizeof wanted[0]; w++)
			if (strcmp(info->metadata[i]->key, wanted[w].key) == 0)
				*wanted[w].value = info->metadata[i]->value;
	if (number && strcmp(info->domain, "credit.v1") == 0) {
		enum credit_error error = (enum credit_error)strtoul(number, NULL, 10);

		credit_problem_set(
			problem, error, field, rule, detail ? "%s" : NULL, detail ? detail : "");
		problem->position = position ? (uint32_t)strtoul(position, NULL, 10) : 0;
		details->known = error != CREDIT_OK;
	}
	google__rpc__error_info__free_unpacked(info, NULL);
}

static void read_retry(struct details *details, const uint8_t *data, size_t size)
{
	Google__Rpc__RetryInfo *retry = google__rpc__retry_info__unpack(NULL, size, data);

	if (retry && retry->retry_delay && retry->retry_delay->seconds >= 0 &&
		retry->retry_delay->seconds < UINT32_MAX / 1000 - 1 &&
		retry->retry_delay->nanos >= 0)
		details->retry_after_ms = (uint32_t)(retry->retry_delay->seconds * 1000 +
						     retry->retry_delay->nanos / 1000000);
	google__rpc__retry_info__free_unpacked(retry, NULL);
}

void client__details_read(struct details *details, struct credit_bytes bytes)
{
	static const struct {
		const char *url;
		void (*read)(struct details *details, const uint8_t *data, size_t size);
	} kind[] = {{"type.googleapis.com/google.rpc.ErrorInfo", read_info},
		{"type.googleapis.com/google.rpc.RetryInfo", read_retry}};
	Google__Rpc__Status *status = google__rpc__status__unpack(NULL, bytes.size, bytes.data);

	for (size_t i = 0; status && i < status->n_details; i++)
		for (size_t k = 0; k < sizeof kind / sizeof kind[0]; k++)
			if (strcmp(status->details[i]->type_url, kind[k].url) == 0)
				kind[k].read(details, status->details[i]->value.data,
					status->details[i]->value.len);
	google__rpc__status__free_unpacked(status, NULL);
}

/* --- without details ------------------------------------------------------------------------- */

static enum credit_error translate(const struct client *client, grpc_status_code code)
{
	/* Out of time before there was a connection. */
	if (code == GRPC_STATUS_DEADLINE_EXCEEDED &&
		grpc_channel_check_connectivity_state(client->channel, 0) != GRPC_CHANNEL_READY)
		return CREDIT_E_UNREACHABLE;
	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
		if (plain[i].code == code)
			return plain[i].error;
	return CREDIT_E_INTERNAL;
}

/* Core names every address that it tried; why it was in vain stands at the end. */
static const char *last_words(const char *text, size_t *size)
{
	const char *colon = memrchr(text, ':', *size);

	if (!colon || colon + 2 >= text + *size)
		return text;
	*size -= (size_t)(colon + 2 - text);
	return colon + 2;
}

static enum credit_error plain_problem(
	const struct client *client, const struct outcome *outcome, struct credit_problem *problem)
{
	enum credit_error error = translate(client, outcome->code);
	size_t shown = GRPC_SLICE_LENGTH(outcome->message);
	const char *text = (const char *)GRPC_SLICE_START_PTR(outcome->message);

	if (error == CREDIT_E_UNREACHABLE)
		text = last_words(text, &shown);
	if (shown > MESSAGE_SHOWN)
		shown = MESSAGE_SHOWN;
	if (error == CREDIT_E_UNREACHABLE)
		return credit_problem_set(problem, error, NULL, NULL, "%s%s%.*s", client->target,
			shown ? ": " : "", (int)shown, text);
	return credit_problem_set(
		problem, error, NULL, NULL, shown ? "%.*s" : NULL, (int)shown, text);
}

enum credit_error client__problem_of(const struct client *client, const struct outcome *outcome,
	struct credit_problem *problem, uint32_t *retry_after_ms)
{
	struct details details = {.known = false};

	if (outcome->code == GRPC_STATUS_OK)
		return CREDIT_OK;
	for (size_t i = 0; i < outcome->trailers.count; i++) {
		const grpc_metadata *trailer = &outcome->trailers.metadata[i];

		if (grpc_slice_str_cmp(trailer->key, "grpc-status-details-bin") == 0)
			client__details_read(&details,
				(struct credit_bytes){GRPC_SLICE_START_PTR(trailer->value),
					GRPC_SLICE_LENGTH(trailer->value)});
	}
	if (retry_after_ms)
		*retry_after_ms = details.retry_after_ms;
	if (!details.known)
		return plain_problem(client, outcome, problem);
	if (problem)
		*problem = details.problem;
	return details.problem.error;
}
