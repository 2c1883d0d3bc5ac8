/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_details.c - the trailers of a refusal, as a server that is not ours may write them.
 *
 * Decoder: tools/client/details.c
 */
#include "client/core.h"

#include <grpc/slice.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct client client; /* without a channel: refusals of a server that answers */
	struct credit_problem problem = {0};
	struct outcome outcome;
	char text[CREDIT_PROBLEM_TEXT_MAX];
	uint32_t retry_after_ms = 0;

	if (size == 0)
		return 0;
	client__outcome_init(&outcome);
	/* Not DEADLINE_EXCEEDED, for which the channel is asked. */
	outcome.code = data[0] % 2 ? GRPC_STATUS_RESOURCE_EXHAUSTED : GRPC_STATUS_INVALID_ARGUMENT;
	outcome.message = grpc_slice_from_copied_buffer((const char *)data, size);
	outcome.trailers.metadata = calloc(1, sizeof *outcome.trailers.metadata);
	outcome.trailers.capacity = outcome.trailers.count = 1;
	outcome.trailers.metadata[0].key = grpc_slice_from_static_string("grpc-status-details-bin");
	outcome.trailers.metadata[0].value =
		grpc_slice_from_copied_buffer((const char *)data + 1, size - 1);
	if (client__problem_of(&client, &outcome, &problem, &retry_after_ms) == CREDIT_OK)
		abort();
	if (strlen(credit_problem_text(&problem, CREDIT_LANG_EN, text, sizeof text)) == 0)
		abort();
	grpc_slice_unref(outcome.trailers.metadata[0].value);
	free(outcome.trailers.metadata);
	outcome.trailers = (grpc_metadata_array){0};
	client__outcome_deinit(&outcome);
	return 0;
}
