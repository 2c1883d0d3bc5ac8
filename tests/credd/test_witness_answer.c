/* SPDX-License-Identifier: Apache-2.0
 *
 * test_witness_answer.c - every answer of a witness, the protocol's and the known deviations from it.
 */
#include "witness_answer.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define BODY "log.example/1\n8\nV8K9aklZ4EPB+RMOk1/8VsJUdFZR77GDtZUQq84vSbo=\n"

static struct credit_cosigner cosigner = {.key.name = "w.example"};
static struct credit_key_pair pair;
static struct credit_cosignature found;
static uint64_t size;

static void start(void)
{
	cr_assert_eq(credit_crypto_init(), CREDIT_OK);
	credit_key_generate(&pair);
	cosigner.key.public_key = pair.public_key;
	size = 0;
	memset(&found, 0, sizeof found);
}

TestSuite(witness_answer, .init = start);

static enum credd_witness_outcome answer(uint64_t old_size, long status, const char *text)
{
	struct credd_witness_question question = {.cosigner = &cosigner,
		.old_size = old_size,
		.size = 8,
		.body = credit_bytes_of(BODY)};
	struct credd_witness_reply reply = {.status = status, .body = credit_bytes_of(text)};

	return credd_witness_answer(&question, &reply, &size, &found);
}

Test(witness_answer, a_true_cosignature_is_taken_and_a_false_or_foreign_one_is_not)
{
	struct credit_cosignature made;
	struct credit_buffer buffer;
	char line[2 * CREDIT_COSIGNATURE_LINE_MAX] = "";

	cr_assert_eq(credit_cosign(credit_bytes_of(BODY), &cosigner, &pair, 7, &made), CREDIT_OK);
	credit_buffer_init(&buffer, line, sizeof line - 1);
	cr_assert_eq(credit_cosignature_line(&cosigner, &made, &buffer), CREDIT_OK);
	cr_expect_eq(answer(5, 200, line), CREDD_WITNESS_COSIGNED);
	cr_expect_eq(found.time, 7);
	cr_expect_eq(answer(5, 201, line), CREDD_WITNESS_NONSENSE);
	cr_expect_eq(answer(5, 200, ""), CREDD_WITNESS_NONSENSE);
	cr_expect_eq(answer(5, 200, "thank you\n"), CREDD_WITNESS_NONSENSE);
	credit_key_generate(&pair);
	cosigner.key.public_key = pair.public_key;
	cr_expect_eq(answer(5, 200, line), CREDD_WITNESS_NONSENSE, "not this witness's");
}

Test(witness_answer, a_conflict_names_a_size_to_ask_again_from_or_one_too_large)
{
	cr_expect_eq(answer(5, 409, "3\n"), CREDD_WITNESS_BEHIND);
	cr_expect_eq(size, 3);
	cr_expect_eq(answer(8, 409, "0\n"), CREDD_WITNESS_BEHIND);
	cr_expect_eq(size, 0);
	cr_expect_eq(answer(5, 409, "8\n"), CREDD_WITNESS_BEHIND, "it has this one already");
	cr_expect_eq(size, 8);
	cr_expect_eq(answer(5, 409, "9\n"), CREDD_WITNESS_AHEAD);
	cr_expect_eq(size, 9);
	cr_expect_eq(answer(8, 409, "9223372036854775807\n"), CREDD_WITNESS_AHEAD);
}

Test(witness_answer, a_conflict_of_equal_sizes_is_a_fork_also_without_a_body)
{
	cr_expect_eq(answer(8, 409, ""), CREDD_WITNESS_FORK, "as some witnesses say it");
	cr_expect_eq(answer(8, 409, "8\n"), CREDD_WITNESS_FORK, "as the older text has it");
	cr_expect_eq(answer(8, 422, ""), CREDD_WITNESS_FORK);
	cr_expect_eq(answer(5, 422, "proof\n"), CREDD_WITNESS_FORK);
}

Test(witness_answer, a_conflict_that_names_nothing_new_is_nonsense)
{
	cr_expect_eq(answer(5, 409, ""), CREDD_WITNESS_NONSENSE);
	cr_expect_eq(answer(5, 409, "5\n"), CREDD_WITNESS_NONSENSE);
	cr_expect_eq(answer(5, 409, "many\n"), CREDD_WITNESS_NONSENSE);
	cr_expect_eq(answer(8, 409, "many\n"), CREDD_WITNESS_NONSENSE);
	cr_expect_eq(answer(5, 409, "99999999999999999999\n"), CREDD_WITNESS_NONSENSE);
}

Test(witness_answer, other_statuses_are_named_or_nonsense)
{
	static const long others[] = {0, 100, 204, 301, 302, 400, 401, 413, 429, 500, 502, 503, -1};

	cr_expect_eq(answer(5, 403, ""), CREDD_WITNESS_FORBIDDEN);
	cr_expect_eq(answer(5, 404, ""), CREDD_WITNESS_UNKNOWN_LOG);
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		cr_expect_eq(answer(5, others[i], "3\n"), CREDD_WITNESS_NONSENSE, "%ld", others[i]);
}

Test(witness_answer, every_outcome_has_a_name)
{
	for (int i = 0; i < CREDD_WITNESS_OUTCOMES; i++)
		cr_expect_not_null(credd_witness_outcome_name((enum credd_witness_outcome)i));
}
