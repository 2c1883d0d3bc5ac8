/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_details.c - the trailers of a refusal, as a server that is not ours may write them.
 *
 * Decoder: tools/client/details.c
 */
#include "client/details.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct details details = {.known = false};
	char text[CREDIT_PROBLEM_TEXT_MAX];

	client__details_read(&details, (struct credit_bytes){data, size});
	if (!details.known)
		return 0;
	if (details.problem.error == CREDIT_OK || strlen(credit_problem_text(&details.problem,
							  CREDIT_LANG_ZH, text, sizeof text)) == 0)
		abort();
	return 0;
}
