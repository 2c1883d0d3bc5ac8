/* SPDX-License-Identifier: Apache-2.0
 *
 * test_request.c - the request to cosign, and what a witness answers.
 *
 * Sizes, roots and proofs are those of the witness tests of transparency-dev/witness
 * (internal/witness/witness_test.go), signed here under a name of ours; the answers expected are those of
 * C2SP tlog-witness. The example request is that of C2SP tlog-witness.
 */
#include <credit/witness.h>

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/unhex.h"

#define ROOT_5 "e35b268c1522014ef412d2a54fa94838862d453631617b0307e5c77dcbeefc11"
#define ROOT_8 "57c2bd6a4959e043c1f9130e935ffc56c254745651efb183b59510abce2f49ba"

static const char *const proof_5_8[] = {
	"b9e1d62618f7fee8034e4c5010f727ab24d8e4705cb296c374bf2025a87a10d2",
	"aac66cd7a79ce4012d80762fe8eec3a77f22d1ca4145c3f4cee022e7efcd599d",
	"89d0f753f66a290c483b39cd5e9eafb12021293395fad3d4a2ad053cfbcfdc9e",
	"29e40bb79c966f4c6fe96aff6f30acfce5f3e8d84c02215175d6e018a5dee833",
};

static struct credit_key_pair pair;
static struct credit_named_key log_key = {.name = "log.example/1"};
static uint8_t memory[CREDIT_ADD_CHECKPOINT_MAX + 64], note_memory[CREDIT_CHECKPOINT_MAX];
static struct credit_problem problem;

static void start(void)
{
	cr_assert_eq(credit_crypto_init(), CREDIT_OK);
	credit_key_generate(&pair);
	log_key.public_key = pair.public_key;
}

TestSuite(witness_request, .init = start);

static struct credit_tree_head head_of(uint64_t size)
{
	struct credit_tree_head head = {.size = size};

	if (size == 0)
		credit_tree_root(NULL, 0, &head.root);
	else
		unhex(size == 5 ? ROOT_5 : ROOT_8, head.root.byte, sizeof head.root.byte);
	return head;
}

/* A request as the log would write it, read as the witness would. */
static struct credit_add_checkpoint request_of(
	uint64_t old_size, size_t proof, struct credit_tree_head head)
{
	struct credit_add_checkpoint request = {.old_size = old_size}, read;
	struct credit_buffer buffer;
	struct credit_bytes body;

	for (size_t i = 0; i < proof; i++)
		unhex(proof_5_8[i], request.proof.hash[i].byte, CREDIT_HASH_SIZE);
	request.proof.count = (uint32_t)proof;
	credit_buffer_init(&buffer, note_memory, sizeof note_memory);
	cr_assert_eq(
		credit_checkpoint_sign(log_key.name, &head, &log_key, &pair, &buffer), CREDIT_OK);
	cr_assert_eq(credit_buffer_done(&buffer, &request.checkpoint), CREDIT_OK);
	credit_buffer_init(&buffer, memory, sizeof memory);
	cr_assert_eq(credit_add_checkpoint_write(&request, &buffer), CREDIT_OK);
	cr_assert_eq(credit_buffer_done(&buffer, &body), CREDIT_OK);
	cr_assert_eq(credit_add_checkpoint_read(body, &read, &problem), CREDIT_OK);
	cr_assert_eq(read.old_size, old_size);
	cr_assert_eq(read.proof.count, proof);
	cr_assert_eq(read.said.head.size, head.size);
	return read;
}

static enum credit_witness_answer judge(
	uint64_t old_size, size_t proof, struct credit_tree_head head, uint64_t last_size)
{
	struct credit_add_checkpoint request = request_of(old_size, proof, head);
	struct credit_tree_head last = head_of(last_size);

	return credit_witness_judge(&request, &log_key, &last);
}

Test(witness_request, a_first_checkpoint_and_what_continues_it_are_cosigned)
{
	cr_expect_eq(judge(0, 0, head_of(5), 0), CREDIT_WITNESS_COSIGNS);
	cr_expect_eq(judge(5, 4, head_of(8), 5), CREDIT_WITNESS_COSIGNS);
	cr_expect_eq(judge(5, 0, head_of(5), 5), CREDIT_WITNESS_COSIGNS, "once more");
	cr_expect_eq(judge(0, 0, head_of(0), 0), CREDIT_WITNESS_COSIGNS, "an empty log");
}

Test(witness_request, another_old_size_is_a_conflict_whatever_the_proof)
{
	cr_expect_eq(judge(0, 0, head_of(8), 5), CREDIT_WITNESS_CONFLICT);
	cr_expect_eq(judge(5, 4, head_of(8), 8), CREDIT_WITNESS_CONFLICT);
	cr_expect_eq(judge(5, 0, head_of(5), 8), CREDIT_WITNESS_CONFLICT, "a rollback");
	cr_expect_eq(judge(5, 4, head_of(8), 0), CREDIT_WITNESS_CONFLICT);
}

Test(witness_request, an_old_size_larger_than_the_checkpoint_is_a_bad_request)
{
	cr_expect_eq(judge(8, 0, head_of(5), 8), CREDIT_WITNESS_BAD_REQUEST);
	cr_expect_eq(judge(8, 0, head_of(5), 5), CREDIT_WITNESS_BAD_REQUEST);
}

Test(witness_request, a_false_proof_or_another_root_is_refused)
{
	struct credit_tree_head other = head_of(5);

	cr_expect_eq(judge(5, 3, head_of(8), 5), CREDIT_WITNESS_REFUSES, "cut short");
	cr_expect_eq(judge(5, 0, head_of(8), 5), CREDIT_WITNESS_REFUSES, "none");
	cr_expect_eq(judge(0, 4, head_of(5), 0), CREDIT_WITNESS_REFUSES, "one too many");
	other.root.byte[0] ^= 1;
	cr_expect_eq(judge(5, 0, other, 5), CREDIT_WITNESS_REFUSES, "a fork of one size");
	other = head_of(8);
	other.root.byte[31] ^= 1;
	cr_expect_eq(judge(5, 4, other, 5), CREDIT_WITNESS_REFUSES, "a fork that grew");
}

Test(witness_request, an_unknown_log_and_a_false_signature_come_before_all_else)
{
	struct credit_add_checkpoint request = request_of(8, 0, head_of(5));
	struct credit_named_key other = log_key;
	struct credit_tree_head last = head_of(0);

	cr_expect_eq(credit_witness_judge(&request, NULL, &last), CREDIT_WITNESS_UNKNOWN_LOG);
	credit_key_generate(&pair);
	other.public_key = pair.public_key;
	cr_expect_eq(credit_witness_judge(&request, &other, &last), CREDIT_WITNESS_FORBIDDEN,
		"signed, but not by the key trusted");
}

#define EXAMPLE_NOTE \
	"example.com/behind-the-sofa\n" \
	"20852163\n" \
	"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n" \
	"\n" \
	"\xe2\x80\x94 example.com/behind-the-sofa " \
	"Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+" \
	"xeMcTOAYQ8=\n"
#define EXAMPLE_PROOF \
	"PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n" \
	"jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n" \
	"5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n" \
	"/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n"

static enum credit_error read_text(const char *text, struct credit_add_checkpoint *request)
{
	memset(&problem, 0, sizeof problem);
	return credit_add_checkpoint_read(credit_bytes_of(text), request, &problem);
}

Test(witness_request, the_published_example_is_read_and_written_again_as_it_is)
{
	static const char example[] = "old 20852014\n" EXAMPLE_PROOF "\n" EXAMPLE_NOTE;
	struct credit_add_checkpoint request;
	struct credit_buffer buffer;
	struct credit_bytes body;

	cr_assert_eq(read_text(example, &request), CREDIT_OK);
	cr_expect_eq(request.old_size, 20852014);
	cr_expect_eq(request.proof.count, 4);
	cr_expect_eq(request.said.head.size, 20852163);
	cr_expect(credit_bytes_equal(
		request.said.origin, credit_bytes_of("example.com/behind-the-sofa")));
	credit_buffer_init(&buffer, memory, sizeof memory);
	cr_assert_eq(credit_add_checkpoint_write(&request, &buffer), CREDIT_OK);
	cr_assert_eq(credit_buffer_done(&buffer, &body), CREDIT_OK);
	cr_expect(credit_bytes_equal(body, credit_bytes_of(example)));
}

Test(witness_request, what_has_another_form_is_refused_and_the_place_named)
{
	static const struct {
		const char *text, *field;
	} cases[] = {
		{"", "old size"},
		{"\n", "old size"},
		{"old\n\n" EXAMPLE_NOTE, "old size"},
		{"old \n\n" EXAMPLE_NOTE, "old size"},
		{"old 01\n\n" EXAMPLE_NOTE, "old size"},
		{"old -1\n\n" EXAMPLE_NOTE, "old size"},
		{"old +1\n\n" EXAMPLE_NOTE, "old size"},
		{"old 1 \n\n" EXAMPLE_NOTE, "old size"},
		{"old 1\r\n\n" EXAMPLE_NOTE, "old size"},
		{"Old 1\n\n" EXAMPLE_NOTE, "old size"},
		{"old 9223372036854775808\n\n" EXAMPLE_NOTE, "old size"},
		{"old 99999999999999999999\n\n" EXAMPLE_NOTE, "old size"},
		{"old 1", "old size"},
		{"old 1\n", "proof"},
		{"old 1\nAAAA\n\n" EXAMPLE_NOTE, "proof"},
		{"old 1\n!\n\n" EXAMPLE_NOTE, "proof"},
		{"old 1\n" EXAMPLE_NOTE, "proof"},
		{"old 1\n\n", "checkpoint"},
		{"old 1\n\nx\n", "checkpoint"},
		{"old 1\n\n\n" EXAMPLE_NOTE, "checkpoint"},
		{"old 1\n\nx\n1\nAAAA\n\n\xe2\x80\x94 x AAAAAAA=\n", "checkpoint"},
	};
	struct credit_add_checkpoint request;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		cr_expect_neq(read_text(cases[i].text, &request), CREDIT_OK, "%zu", i);
		cr_expect_str_eq(problem.field, cases[i].field, "%zu: %s", i, cases[i].text);
	}
}

static const char *with_proof(char *text, size_t size, int lines)
{
	size_t at = (size_t)snprintf(text, size, "old 7\n");

	for (int i = 0; i < lines; i++)
		at += (size_t)snprintf(
			text + at, size - at, "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n");
	snprintf(text + at, size - at, "\n" EXAMPLE_NOTE);
	return text;
}

Test(witness_request, sixty_three_lines_of_proof_are_read_and_one_more_is_not)
{
	struct credit_add_checkpoint request;
	char text[8192];

	cr_assert_eq(read_text(with_proof(text, sizeof text, 63), &request), CREDIT_OK);
	cr_expect_eq(request.proof.count, 63);
	cr_expect_eq(
		read_text(with_proof(text, sizeof text, 64), &request), CREDIT_E_WITNESS_REQUEST);
	request.proof.count = 64;
	struct credit_buffer buffer;
	credit_buffer_init(&buffer, memory, sizeof memory);
	cr_expect_eq(credit_add_checkpoint_write(&request, &buffer), CREDIT_E_PROOF_SHAPE);
}

Test(witness_request, a_body_larger_than_the_limit_is_refused_unread)
{
	struct credit_add_checkpoint request;

	memset(memory, 'a', sizeof memory);
	cr_expect_eq(credit_add_checkpoint_read(
			     (struct credit_bytes){memory, CREDIT_ADD_CHECKPOINT_MAX + 1}, &request,
			     &problem),
		CREDIT_E_TOO_LARGE);
}

Test(witness_request, the_size_of_a_conflict_is_a_plain_number)
{
	uint64_t size = 1;

	cr_expect_eq(credit_witness_size_read(credit_bytes_of("0\n"), &size), CREDIT_OK);
	cr_expect_eq(size, 0);
	cr_expect_eq(credit_witness_size_read(credit_bytes_of("20852014"), &size), CREDIT_OK);
	cr_expect_eq(size, 20852014);
	cr_expect_eq(credit_witness_size_read(credit_bytes_of(""), &size), CREDIT_E_NUMBER_INVALID);
	cr_expect_eq(
		credit_witness_size_read(credit_bytes_of("1\n\n"), &size), CREDIT_E_NUMBER_INVALID);
	cr_expect_eq(credit_witness_size_read(credit_bytes_of("conflict\n"), &size),
		CREDIT_E_NUMBER_INVALID);
}

Test(witness_request, a_log_is_found_under_the_hash_of_its_origin)
{
	char path[CREDIT_WITNESS_PATH_SIZE];

	/* printf log.example/1 | sha256sum, of coreutils */
	cr_expect_str_eq(credit_witness_path("log.example/1", path),
		"fc4dafa3f2d4604aae1fa59b9b5a7f83946e6e16a6aee48affb4acd08d1305a0/checkpoint");
}
