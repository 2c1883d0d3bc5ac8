/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_act.c - any bytes for an act: what is taken is canonical and passes the same checks again.
 *
 * Decoder: libcredit/model/act.c libcredit/model/decode.c libcredit/model/rules.c
 *          libcredit/model/wire.c
 */
#include <credit/model.h>

#include "credit/v1/act.pb-c.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct credit_bytes bytes = {data, size}, packed;
	const Credit__V1__Act *act = NULL;
	struct credit_problem problem = {0};
	struct credit_arena arena;
	enum credit_error error;
	char text[CREDIT_PROBLEM_TEXT_MAX];

	credit_arena_init(&arena, NULL, 0, (size_t)1 << 20);
	error = credit_act_decode(bytes, &arena, &act, &problem);
	if (error != problem.error || (error == CREDIT_OK) != (act != NULL))
		abort();
	if (act) {
		if (credit_encode(&act->base, &arena, &packed) != CREDIT_OK ||
			!credit_bytes_equal(packed, bytes) ||
			credit_act_check(act, &problem) != CREDIT_OK ||
			credit_act_name(act)[0] == '\0')
			abort();
	} else if (strlen(credit_problem_text(&problem, CREDIT_LANG_ZH, text, sizeof text)) == 0) {
		abort();
	}
	credit_arena_deinit(&arena);
	return 0;
}
