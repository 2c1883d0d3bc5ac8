/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_uscc.c - any bytes as a code and as a text.
 *
 * Besides not crashing: what parses parses again from its own characters, check and parse agree,
 * and a refusal's sentences are UTF-8 that fits.
 *
 * Decoder: libcredit/uscc/parse.c libcredit/uscc/fold.c libcredit/uscc/guard.c
 *          libcredit/uscc/check.c
 */
#include <credit/uscc.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void require_sentences(const struct credit_problem *problem)
{
	for (enum credit_lang lang = CREDIT_LANG_EN; lang <= CREDIT_LANG_ZH; lang++) {
		char text[CREDIT_PROBLEM_TEXT_MAX];
		uint32_t characters;
		credit_problem_text(problem, lang, text, sizeof text);
		require(credit_utf8_check(credit_bytes_of(text), &characters));
		require(characters > 0);
	}
}

static void parse(struct credit_bytes text, enum credit_uscc_evidence evidence)
{
	struct credit_uscc uscc, again;
	struct credit_problem problem;

	enum credit_error error = credit_uscc_parse(text, evidence, &uscc, &problem);
	if (error != CREDIT_OK) {
		require(problem.error == error);
		require_sentences(&problem);
		return;
	}
	struct credit_bytes folded = {(const uint8_t *)uscc.character, CREDIT_USCC_SIZE};
	require(credit_uscc_parse(folded, evidence, &again, NULL) == CREDIT_OK);
	require(memcmp(&uscc, &again, sizeof uscc) == 0);
	if (evidence == CREDIT_USCC_PLAIN)
		require(credit_uscc_check(uscc.character) == CREDIT_OK);
}

static void guard(struct credit_bytes text, enum credit_text_kind kind)
{
	struct credit_problem problem;
	uint32_t characters;
	bool utf8 = credit_utf8_check(text, &characters);
	enum credit_error error = credit_guard_text(text, kind, &problem);

	if (error == CREDIT_OK) {
		require(utf8);
		return;
	}
	require(problem.position >= 1 && problem.position <= characters);
	require_sentences(&problem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct credit_bytes text = {data, size};
	char folded[CREDIT_USCC_SIZE + 1];

	for (int evidence = CREDIT_USCC_PLAIN; evidence <= CREDIT_USCC_EXCEPTION; evidence++)
		parse(text, (enum credit_uscc_evidence)evidence);
	credit_uscc_classify(text, folded);
	require(strlen(folded) <= CREDIT_USCC_SIZE);
	guard(text, CREDIT_TEXT_FREE);
	guard(text, CREDIT_TEXT_DOCUMENT_NUMBER);
	return 0;
}
