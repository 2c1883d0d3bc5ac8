/* SPDX-License-Identifier: Apache-2.0
 *
 * test_policy.c - policy files: each rule of docs/spec/witness.md, section 1, and a real checkpoint judged.
 *
 * The keys are those of the public witness network (tests/vectors/cosignature/README.md).
 */
#include <credit/witness.h>

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/read_file.h"

#define LOG \
	"arche2025h1.staging.ct.transparency.dev+ba2f06c0+" \
	"AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
#define PETER "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define A "witness a remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2\n"
#define B "witness b witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv\n"
#define C \
	"witness c witness1.smartit.nu/witness1+a48c820f+" \
	"BPSFWg9G6KPiO7QPryYO5Xq4oYJJ+kAvLKLSimDhoxMO\n"
#define D \
	"witness d witness.navigli.sunlight.geomys.org+a3e00fe2+" \
	"BNy/co4C1Hn1p+INwJrfUlgz7W55dSZReusH/GhUhJ/G\n"

static struct credit_policy policy;
static struct credit_problem problem;

static void start(void)
{
	cr_assert_eq(credit_crypto_init(), CREDIT_OK);
}

TestSuite(witness_policy, .init = start);

static enum credit_error parse(const char *text)
{
	memset(&problem, 0, sizeof problem);
	return credit_policy_parse(credit_bytes_of(text), &policy, &problem);
}

Test(witness_policy, any_all_and_k_of_n_are_judged_for_every_subset)
{
	static const char *const shapes[] = {"any", "2", "3", "all"};
	static const uint32_t needed[] = {1, 2, 3, 4};
	char text[2048];

	for (size_t i = 0; i < 4; i++) {
		snprintf(text, sizeof text, A B C D "group g %s a b c d\nquorum g\n", shapes[i]);
		cr_assert_eq(parse(text), CREDIT_OK);
		for (uint32_t set = 0; set < 16; set++)
			cr_expect_eq(credit_policy_met(&policy, set),
				(uint32_t)__builtin_popcount(set) >= needed[i], "%s of %x",
				shapes[i], set);
	}
}

Test(witness_policy, groups_of_groups_count_their_members_once)
{
	cr_assert_eq(
		parse(A B C D
			"group ab all a b\ngroup cd any c d\ngroup both all ab cd\nquorum both\n"),
		CREDIT_OK);
	for (uint32_t set = 0; set < 16; set++)
		cr_expect_eq(credit_policy_met(&policy, set), (set & 3) == 3 && (set & 12) != 0);
}

Test(witness_policy, a_single_witness_and_none_are_quorums)
{
	cr_assert_eq(parse(A B "quorum b\n"), CREDIT_OK);
	cr_expect_not(credit_policy_met(&policy, 1));
	cr_expect(credit_policy_met(&policy, 2));
	cr_assert_eq(parse("quorum none\n"), CREDIT_OK);
	cr_expect(credit_policy_met(&policy, 0));
}

Test(witness_policy, white_space_comments_and_foreign_bytes_are_allowed)
{
	cr_assert_eq(parse("# 注释\n\n \t \n\t # again\n \t" A "quorum\ta \n"), CREDIT_OK);
	cr_expect_eq(policy.witness_count, 1);
	cr_assert_eq(parse("witness 见证 remora.n621.de+da77ade7+"
			   "BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2 https://remora.n621.de/\n"
			   "quorum 见证\n"),
		CREDIT_OK);
	cr_expect_str_eq(policy.witness[0].url, "https://remora.n621.de/");
	cr_expect_str_eq(policy.witness[0].cosigner.key.name, "remora.n621.de");
}

static const struct bad {
	const char *text;
	enum credit_error error;
	const char *where, *rule;
} bad[] = {
	{A, CREDIT_E_POLICY_SYNTAX, "", "witness.md 1.8"},
	{"quorum none\nquorum none\n", CREDIT_E_POLICY_SYNTAX, "line 2", "witness.md 1.8"},
	{A "quorum b\n", CREDIT_E_POLICY_SYNTAX, "line 2", "witness.md 1.6"},
	{"quorum a\n" A, CREDIT_E_POLICY_SYNTAX, "line 1", "witness.md 1.6"},
	{"quorum none", CREDIT_E_POLICY_SYNTAX, "line 1", "witness.md 1.2"},
	{"quorum none\r\n", CREDIT_E_POLICY_SYNTAX, "line 1", "witness.md 1.3"},
	{"quorum\n", CREDIT_E_POLICY_SYNTAX, "line 1", "witness.md 1.3"},
	{"quorum a b\n", CREDIT_E_POLICY_SYNTAX, "line 1", "witness.md 1.3"},
	{"Quorum none\n", CREDIT_E_POLICY_SYNTAX, "line 1", "witness.md 1.3"},
	{A "group g 0 a\nquorum g\n", CREDIT_E_POLICY_SYNTAX, "line 2", "witness.md 1.4"},
	{A "group g 2 a\nquorum g\n", CREDIT_E_POLICY_SYNTAX, "line 2", "witness.md 1.4"},
	{A "group g 01 a\nquorum g\n", CREDIT_E_POLICY_SYNTAX, "line 2", "witness.md 1.4"},
	{A "group g -1 a\nquorum g\n", CREDIT_E_POLICY_SYNTAX, "line 2", "witness.md 1.4"},
	{A "group g 999999999999 a\n", CREDIT_E_POLICY_SYNTAX, "line 2", "witness.md 1.4"},
	{A "group g any\nquorum g\n", CREDIT_E_POLICY_SYNTAX, "line 2", "witness.md 1.3"},
	{A "group g any none\nquorum g\n", CREDIT_E_POLICY_SYNTAX, "line 2", "witness.md 1.6"},
	{A "group g any g\nquorum g\n", CREDIT_E_POLICY_SYNTAX, "line 2", "witness.md 1.6"},
	{A "group g any a a\nquorum g\n", CREDIT_E_POLICY_SYNTAX, "line 2", "witness.md 1.7"},
	{A "group g any a\ngroup h any a\n", CREDIT_E_POLICY_SYNTAX, "line 3", "witness.md 1.7"},
	{A "group a any a\nquorum a\n", CREDIT_E_POLICY_SYNTAX, "line 2", "witness.md 1.5"},
	{A "group none any a\n", CREDIT_E_POLICY_SYNTAX, "line 2", "witness.md 1.5"},
	{A A "quorum a\n", CREDIT_E_POLICY_SYNTAX, "line 2", "witness.md 1.5"},
	{A "witness x other+ffffffff+AA==\n", CREDIT_E_VKEY_MALFORMED, "line 2", "witness.md 1.10"},
	{"witness x " PETER "\n", CREDIT_E_KEY_TYPE, "line 1", "witness.md 1.10"},
	{"log remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2\n",
		CREDIT_E_KEY_TYPE, "line 1", "witness.md 1.10"},
	{"log " LOG "\nlog " LOG "\n", CREDIT_E_POLICY_SYNTAX, "line 2", "witness.md 1.9"},
	{"log\n", CREDIT_E_POLICY_SYNTAX, "line 1", "witness.md 1.3"},
	{"log " LOG " http://a b\n", CREDIT_E_POLICY_SYNTAX, "line 1", "witness.md 1.3"},
};

Test(witness_policy, what_breaks_a_rule_is_refused_with_line_and_rule)
{
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		cr_expect_eq(parse(bad[i].text), bad[i].error, "%zu: %s", i, bad[i].text);
		cr_expect_str_eq(problem.field, bad[i].where, "%zu", i);
		cr_expect_str_eq(problem.rule, bad[i].rule, "%zu", i);
		cr_expect_neq(problem.detail[0], '\0', "%zu says what is expected", i);
	}
}

Test(witness_policy, two_witnesses_of_one_key_are_refused_whatever_their_names)
{
	struct credit_policy_witness *one = NULL;
	char text[1024], vkey[CREDIT_KEY_TEXT_MAX];

	cr_assert_eq(parse(A "quorum a\n"), CREDIT_OK);
	one = &policy.witness[0];
	snprintf(one->cosigner.key.name, sizeof one->cosigner.key.name, "other.example");
	cr_assert_eq(credit_cosigner_text(&one->cosigner, vkey), CREDIT_OK);
	snprintf(text, sizeof text, A "witness other %squorum a\n", vkey);
	cr_expect_eq(parse(text), CREDIT_E_POLICY_SYNTAX);
	cr_expect_str_eq(problem.rule, "witness.md 1.9");
}

Test(witness_policy, thirty_two_of_each_are_read_and_one_more_is_not)
{
	static char text[65536];
	size_t size = 0;

	for (int i = 0; i < 32; i++) {
		struct credit_cosigner cosigner = {.key.name = "w"};
		struct credit_key_pair pair;
		char vkey[CREDIT_KEY_TEXT_MAX];

		credit_key_generate(&pair);
		cosigner.key.public_key = pair.public_key;
		cr_assert_eq(credit_cosigner_text(&cosigner, vkey), CREDIT_OK);
		size += (size_t)snprintf(
			text + size, sizeof text - size, "witness w%d %s", i, vkey);
		cr_assert_eq(credit_vkey_text(&cosigner.key, vkey), CREDIT_OK);
		size += (size_t)snprintf(text + size, sizeof text - size, "log %s", vkey);
	}
	for (int i = 0; i < 32; i++)
		size += (size_t)snprintf(
			text + size, sizeof text - size, "group g%d any w%d\n", i, i);
	memcpy(text + size, "quorum g31\n", sizeof "quorum g31\n");
	cr_assert_eq(parse(text), CREDIT_OK);
	cr_expect(credit_policy_met(&policy, UINT32_C(1) << 31));
	cr_expect_not(credit_policy_met(&policy, ~(UINT32_C(1) << 31)));
	memcpy(text + size, "group g any g0\n", sizeof "group g any g0\n");
	cr_expect_eq(parse(text), CREDIT_E_POLICY_SYNTAX);
	memcpy(text + size, A, sizeof A);
	cr_expect_eq(parse(text), CREDIT_E_POLICY_SYNTAX);
	memcpy(text + size, "log " PETER "\n", sizeof "log " PETER "\n");
	cr_expect_eq(parse(text), CREDIT_E_POLICY_SYNTAX);
}

Test(witness_policy, a_list_of_logs_has_log_lines_only_and_at_least_one)
{
	struct credit_named_key peter, other;

	cr_assert_eq(credit_policy_parse_logs(
			     credit_bytes_of("# ours\nlog " PETER "\n"), &policy, &problem),
		CREDIT_OK);
	cr_assert_eq(credit_vkey_parse(credit_bytes_of(PETER), &peter), CREDIT_OK);
	cr_expect(credit_policy_accepts(&policy, &peter));
	other = peter;
	other.name[0] = 'p';
	cr_expect_not(credit_policy_accepts(&policy, &other));
	cr_expect_eq(credit_policy_parse_logs(credit_bytes_of("# none\n"), &policy, &problem),
		CREDIT_E_POLICY_SYNTAX);
	cr_expect_eq(credit_policy_parse_logs(
			     credit_bytes_of("log " PETER "\nquorum none\n"), &policy, &problem),
		CREDIT_E_POLICY_SYNTAX);
	cr_assert_eq(parse("quorum none\n"), CREDIT_OK);
	cr_expect(credit_policy_accepts(&policy, &peter), "a policy without logs");
}

/* --- a checkpoint of the public network --- */

static uint8_t memory[2][CREDIT_NOTE_MAX];
static struct credit_cosignature cosignatures[CREDIT_COSIGNATURES_MAX];

static size_t read_network(struct credit_bytes *ret_body)
{
	struct credit_bytes lines, name;
	size_t count = 0;
	bool is = false;

	cr_assert_eq(credit_policy_parse(read_file("tests/vectors/cosignature/network.policy",
						 memory[0], sizeof memory[0]),
			     &policy, &problem),
		CREDIT_OK);
	cr_assert_eq(credit_note_split(read_file("tests/vectors/cosignature/arche2025h1.checkpoint",
					       memory[1], sizeof memory[1]),
			     ret_body, &lines),
		CREDIT_OK);
	while (lines.size > 0) {
		cr_assert_eq(credit_cosignature_next(&lines, &name, &cosignatures[count], &is),
			CREDIT_OK);
		count += is;
	}
	return count;
}

Test(witness_policy, the_public_networks_cosignatures_meet_a_quorum_and_miss_another)
{
	struct credit_witnessing witnessing;
	struct credit_bytes body;
	size_t count = read_network(&body);

	cr_assert_eq(count, 4);
	cr_assert_eq(
		credit_policy_judge(&policy, body, cosignatures, count, &witnessing), CREDIT_OK);
	cr_expect_eq(witnessing.carried, 4);
	cr_expect_eq(witnessing.cosigned, 4);
	cr_expect_eq(witnessing.which, 0xf, "not navigli");
	cr_expect_eq(witnessing.oldest.ms, 1779573024000);
	cr_expect_eq(witnessing.newest.ms, 1779573024000);
	cr_expect(witnessing.quorum);
	/* Without little-garden and mullvad nobody of "firms" is left. */
	cr_assert_eq(
		credit_policy_judge(&policy, body, &cosignatures[1], 2, &witnessing), CREDIT_OK);
	cr_expect_eq(witnessing.cosigned, 2);
	cr_expect_not(witnessing.quorum);
}

Test(witness_policy, one_false_cosignature_of_a_listed_witness_refuses_all)
{
	struct credit_witnessing witnessing;
	struct credit_bytes body;
	size_t count = read_network(&body);

	cosignatures[2].signature.byte[9] ^= 1;
	cr_expect_eq(credit_policy_judge(&policy, body, cosignatures, count, &witnessing),
		CREDIT_E_COSIGNATURE);
	/* Of a key that nobody listed it is passed over. */
	cosignatures[2].key_hash ^= 1;
	cr_assert_eq(
		credit_policy_judge(&policy, body, cosignatures, count, &witnessing), CREDIT_OK);
	cr_expect_eq(witnessing.carried, 4);
	cr_expect_eq(witnessing.cosigned, 3);
}

Test(witness_policy, one_witness_counts_once_however_often_it_signs)
{
	struct credit_witnessing witnessing;
	struct credit_bytes body;

	read_network(&body);
	cosignatures[1] = cosignatures[0];
	cr_assert_eq(credit_policy_judge(&policy, body, cosignatures, 2, &witnessing), CREDIT_OK);
	cr_expect_eq(witnessing.carried, 2);
	cr_expect_eq(witnessing.cosigned, 1);
}
