/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_policy.c - policy files, and lists of logs.
 *
 * Beside not crashing: what is accepted has a quorum that nobody at all can meet less than everybody, and
 * one that grows with who cosigns; what is refused says where.
 *
 * Decoder: libcredit/witness/policy.c libcredit/log/note.c
 */
#include <credit/witness.h>

#include <stdlib.h>
#include <string.h>

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void judge(const struct credit_policy *policy)
{
	uint32_t all = policy->witness_count == 32 ? UINT32_MAX
						   : ((uint32_t)1 << policy->witness_count) - 1;
	bool none_met = credit_policy_met(policy, 0);

	require(credit_policy_met(policy, all));
	require(none_met == (policy->quorum == 0));
	for (uint32_t i = 0; i < policy->witness_count; i++) {
		uint32_t one = (uint32_t)1 << i;

		require(!credit_policy_met(policy, one) || credit_policy_met(policy, one | 5));
	}
	for (uint32_t i = 0; i < policy->group_count; i++)
		require(policy->group[i].needed >= 1 &&
			policy->group[i].needed <=
				(uint32_t)__builtin_popcountll(policy->group[i].members));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct credit_policy policy;
	struct credit_bytes input = {data, size};
	struct credit_problem problem = {0};

	require(credit_crypto_init() == CREDIT_OK);
	if (credit_policy_parse(input, &policy, &problem) == CREDIT_OK)
		judge(&policy);
	else
		require(problem.error != CREDIT_OK && problem.detail[0] != '\0');
	if (credit_policy_parse_logs(input, &policy, &problem) == CREDIT_OK)
		require(policy.log_count > 0 && policy.witness_count == 0 && policy.quorum == 0);
	return 0;
}
