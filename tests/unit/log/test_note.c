/* SPDX-License-Identifier: Apache-2.0
 *
 * test_note.c - signed notes and checkpoints, against what other implementations wrote.
 *
 * Sources: the notes of PeterNeumann and EnochRoot in the tests of golang.org/x/mod/sumdb/note; a
 * tree head of sum.golang.org of 2024-09-23. Our own checkpoints were made with Python's
 * cryptography from the key of RFC 8032's first test.
 */
#include <credit/log.h>

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define TEXT \
	"If you think cryptography is the answer to your problem,\n" \
	"then you don't know what your problem is.\n"
#define PETER_KEY "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define PETER_SECRET \
	"PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
#define PETER_BASE64 \
	"x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJ" \
	"nAM="
#define PETER "\xe2\x80\x94 PeterNeumann " PETER_BASE64 "\n"
#define ENOCH_KEY "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
#define ENOCH \
	"\xe2\x80\x94 EnochRoot " \
	"rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc" \
	"+QQ=\n"
/* Peter's line with the first byte of the signature proper changed. */
#define PETER_FALSE \
	"\xe2\x80\x94 PeterNeumann " \
	"x08go/dJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJ" \
	"nAM=\n"

#define OUR_NAME "credit.example/log"
#define OUR_SECRET "PRIVATE+KEY+" OUR_NAME "+6c7321d4+AZ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g"
#define EMPTY_ROOT "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define CHECKPOINT_8 \
	OUR_NAME "\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n\n\xe2\x80\x94 " OUR_NAME \
		 " bHMh1MNn8VZfXGIWBN3wCRfv/P7Foru4sQTx/" \
		 "QgH+QXxT8SgC1LAsmRZXMcupEQeAvOAVfswLunPT1ok" \
		 "D/v9PCHeOAY=\n"
#define CHECKPOINT_0 \
	OUR_NAME "\n0\n" EMPTY_ROOT "\n\n\xe2\x80\x94 " OUR_NAME \
		 " bHMh1HMcht/8Pm/2n2Bin+gi4vGruql+iYA+DoO32dSY8e0cg3i33mhylRdSh/" \
		 "PYrTiMBh69RYrM7uWH" \
		 "cE5yAIS/Zw8=\n"

static struct credit_named_key peter, enoch, ours;
static struct credit_key_pair peter_pair, our_pair;
static uint8_t memory[2 * CREDIT_NOTE_MAX];
static struct credit_buffer buffer;

static void start(void)
{
	cr_assert_eq(credit_crypto_init(), CREDIT_OK);
	cr_assert_eq(credit_vkey_parse(credit_bytes_of(ENOCH_KEY), &enoch), CREDIT_OK);
	cr_assert_eq(credit_key_pair_parse(credit_bytes_of(PETER_SECRET), &peter, &peter_pair),
		CREDIT_OK);
	cr_assert_eq(
		credit_key_pair_parse(credit_bytes_of(OUR_SECRET), &ours, &our_pair), CREDIT_OK);
	credit_buffer_init(&buffer, memory, sizeof(memory));
}

TestSuite(log_note, .init = start);

static struct credit_bytes written(void)
{
	struct credit_bytes bytes;

	cr_assert_eq(credit_buffer_done(&buffer, &bytes), CREDIT_OK);
	return bytes;
}

static enum credit_error open_for_peter(const char *note)
{
	struct credit_bytes text = credit_bytes_of("untouched");
	enum credit_error error = credit_note_open(credit_bytes_of(note), &peter, &text);

	if (error == CREDIT_OK)
		cr_expect(credit_bytes_equal(text, credit_bytes_of(TEXT)));
	else
		cr_expect(credit_bytes_equal(text, credit_bytes_of("untouched")));
	return error;
}

Test(log_note, signing_gives_the_note_that_go_gives)
{
	cr_assert_eq(
		credit_note_sign(credit_bytes_of(TEXT), &peter, &peter_pair, &buffer), CREDIT_OK);
	cr_expect(credit_bytes_equal(written(), credit_bytes_of(TEXT "\n" PETER)));
}

static const struct {
	const char *why, *note;
	enum credit_error error;
} notes[] = {
	{"one signature", TEXT "\n" PETER, CREDIT_OK},
	{"an unknown key after", TEXT "\n" PETER ENOCH, CREDIT_OK},
	{"an unknown key before", TEXT "\n" ENOCH PETER, CREDIT_OK},
	{"the same signature twice", TEXT "\n" PETER PETER, CREDIT_OK},
	{"another key only", TEXT "\n" ENOCH, CREDIT_E_NOTE_UNVERIFIED},
	{"our name, another hash", TEXT "\n\xe2\x80\x94 PeterNeumann AAAAAAAA\n",
		CREDIT_E_NOTE_UNVERIFIED},
	{"our hash, another name", TEXT "\n\xe2\x80\x94 Peter " PETER_BASE64 "\n",
		CREDIT_E_NOTE_UNVERIFIED},
	{"a false signature", TEXT "\n" PETER_FALSE, CREDIT_E_NOTE_SIGNATURE},
	{"a false one after a good one", TEXT "\n" PETER PETER_FALSE, CREDIT_E_NOTE_SIGNATURE},
	{"a false one before a good one", TEXT "\n" PETER_FALSE PETER, CREDIT_E_NOTE_SIGNATURE},
	{"another text", "X" TEXT "\n" PETER, CREDIT_E_NOTE_SIGNATURE},
	{"a signature of ours that is short", TEXT "\n\xe2\x80\x94 PeterNeumann x08go/Zk\n",
		CREDIT_E_NOTE_SIGNATURE},
	{"a good signature of ours and one byte more",
		TEXT "\n\xe2\x80\x94 PeterNeumann "
		     "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpR"
		     "Zb6KE6RyyBwJnAMA\n",
		CREDIT_E_NOTE_SIGNATURE},
	{"nothing", "", CREDIT_E_NOTE_MALFORMED},
	{"a text only", TEXT, CREDIT_E_NOTE_MALFORMED},
	{"no signature line", TEXT "\n", CREDIT_E_NOTE_MALFORMED},
	{"no empty line", TEXT PETER, CREDIT_E_NOTE_MALFORMED},
	{"a control character", "\x01" TEXT "\n" PETER, CREDIT_E_NOTE_MALFORMED},
	{"a carriage return", TEXT "\r\n\r\n" PETER, CREDIT_E_NOTE_MALFORMED},
	{"a tab", "\t" TEXT "\n" PETER, CREDIT_E_NOTE_MALFORMED},
	{"not UTF-8", "\xff" TEXT "\n" PETER, CREDIT_E_NOTE_MALFORMED},
	{"no last newline", TEXT "\n\xe2\x80\x94 PeterNeumann " PETER_BASE64,
		CREDIT_E_NOTE_MALFORMED},
	{"a line that is no signature", TEXT "\n" PETER "Unexpected line.\n",
		CREDIT_E_NOTE_MALFORMED},
	{"a name of two words", TEXT "\n\xe2\x80\x94 Bad Name " PETER_BASE64 "\n" PETER,
		CREDIT_E_NOTE_MALFORMED},
	{"a name with a plus", TEXT "\n\xe2\x80\x94 a+b " PETER_BASE64 "\n" PETER,
		CREDIT_E_NOTE_MALFORMED},
	{"a name with a wide space",
		TEXT "\n\xe2\x80\x94 a\xe3\x80\x80"
		     "b " PETER_BASE64 "\n" PETER,
		CREDIT_E_NOTE_MALFORMED},
	{"an empty name", TEXT "\n\xe2\x80\x94  " PETER_BASE64 "\n" PETER, CREDIT_E_NOTE_MALFORMED},
	{"a name and no signature", TEXT "\n\xe2\x80\x94 Peter\n" PETER, CREDIT_E_NOTE_MALFORMED},
	{"a signature of four bytes", TEXT "\n\xe2\x80\x94 EnochRoot rwz+eA==\n" PETER,
		CREDIT_E_NOTE_MALFORMED},
	{"a signature of five bytes", TEXT "\n\xe2\x80\x94 EnochRoot rwz+eAA=\n" PETER, CREDIT_OK},
	{"a hyphen for a dash", TEXT "\n- PeterNeumann " PETER_BASE64 "\n",
		CREDIT_E_NOTE_MALFORMED},
	{"a space at the end", TEXT "\n\xe2\x80\x94 PeterNeumann " PETER_BASE64 " \n",
		CREDIT_E_NOTE_MALFORMED},
};

Test(log_note, notes_of_every_form_get_the_verdict_of_the_specification)
{
	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
		cr_expect_eq(open_for_peter(notes[i].note), notes[i].error, "%s", notes[i].why);
}

Test(log_note, a_text_with_empty_lines_is_split_at_the_last)
{
	const char *text = "one\n\n\xe2\x80\x94 not a signature\n\nfour\n\n";
	struct credit_bytes read;

	cr_assert_eq(
		credit_note_sign(credit_bytes_of(text), &peter, &peter_pair, &buffer), CREDIT_OK);
	cr_assert_eq(credit_note_open(written(), &peter, &read), CREDIT_OK);
	cr_expect(credit_bytes_equal(read, credit_bytes_of(text)));
}

Test(log_note, a_hundred_signature_lines_are_read_and_one_more_is_not)
{
	static char note[40000];
	size_t size = (size_t)snprintf(note, sizeof note, "%s", TEXT "\n" PETER);

	for (size_t lines = 1; lines < CREDIT_NOTE_SIGNATURES_MAX; lines++)
		size += (size_t)snprintf(note + size, sizeof note - size, "%s", ENOCH);
	cr_expect_eq(open_for_peter(note), CREDIT_OK);
	snprintf(note + size, sizeof note - size, "%s", ENOCH);
	cr_expect_eq(open_for_peter(note), CREDIT_E_NOTE_MALFORMED);
}

Test(log_note, a_note_of_the_largest_size_is_made_and_read_and_one_byte_more_is_not)
{
	static uint8_t text[CREDIT_NOTE_MAX];
	size_t line = strlen("\n" PETER);
	struct credit_bytes read;

	memset(text, 'a', sizeof(text));
	text[CREDIT_NOTE_MAX - line - 1] = '\n';
	cr_assert_eq(credit_note_sign((struct credit_bytes){text, CREDIT_NOTE_MAX - line}, &peter,
			     &peter_pair, &buffer),
		CREDIT_OK);
	cr_expect_eq(written().size, CREDIT_NOTE_MAX);
	cr_expect_eq(credit_note_open(written(), &peter, &read), CREDIT_OK);
	credit_buffer_put_text(&buffer, "\n");
	cr_expect_eq(credit_note_open(written(), &peter, &read), CREDIT_E_TOO_LARGE);
	text[CREDIT_NOTE_MAX - line - 1] = 'a';
	text[CREDIT_NOTE_MAX - line] = '\n';
	cr_expect_eq(credit_note_sign((struct credit_bytes){text, CREDIT_NOTE_MAX - line + 1},
			     &peter, &peter_pair, &buffer),
		CREDIT_E_TOO_LARGE);
}

Test(log_note, only_what_can_be_read_again_is_signed)
{
	struct credit_named_key misnamed = peter;

	cr_expect_eq(credit_note_sign(credit_bytes_of("abc"), &peter, &peter_pair, &buffer),
		CREDIT_E_NOTE_MALFORMED, "no newline at the end");
	cr_expect_eq(credit_note_sign(credit_bytes_of(""), &peter, &peter_pair, &buffer),
		CREDIT_E_NOTE_MALFORMED);
	cr_expect_eq(credit_note_sign(credit_bytes_of("a\tb\n"), &peter, &peter_pair, &buffer),
		CREDIT_E_NOTE_MALFORMED);
	cr_expect_eq(credit_note_sign(credit_bytes_of(TEXT), &enoch, &peter_pair, &buffer),
		CREDIT_E_KEY_FILE, "another key's name");
	snprintf(misnamed.name, sizeof misnamed.name, "a b");
	cr_expect_eq(credit_note_sign(credit_bytes_of(TEXT), &misnamed, &peter_pair, &buffer),
		CREDIT_E_VKEY_MALFORMED);
	cr_expect_eq(written().size, 0, "nothing was written");
}

Test(log_note, a_buffer_too_small_is_said)
{
	credit_buffer_init(&buffer, memory, strlen(TEXT "\n" PETER) - 1);
	cr_expect_eq(credit_note_sign(credit_bytes_of(TEXT), &peter, &peter_pair, &buffer),
		CREDIT_E_TOO_LARGE);
}

/* --- checkpoints --------------------------------------------------------------------------------
 */

#define EXPECT_SIGNED(head, note) \
	do { \
		cr_assert_eq(credit_checkpoint_sign(OUR_NAME, head, &ours, &our_pair, &buffer), \
			CREDIT_OK); \
		cr_expect(credit_bytes_equal(written(), credit_bytes_of(note))); \
	} while (0)

Test(log_note, a_checkpoint_is_written_and_read_to_the_byte)
{
	struct credit_tree_head head, empty = {.size = 0};

	cr_assert_eq(
		credit_checkpoint_open(credit_bytes_of(CHECKPOINT_8), &ours, &head), CREDIT_OK);
	cr_expect_eq(head.size, 8);
	cr_expect_eq(head.root.byte[0], 0x5d);
	cr_expect_eq(head.root.byte[31], 0x28);
	EXPECT_SIGNED(&head, CHECKPOINT_8);
	credit_buffer_init(&buffer, memory, sizeof(memory));
	credit_tree_root(NULL, 0, &empty.root);
	EXPECT_SIGNED(&empty, CHECKPOINT_0);
}

Test(log_note, a_tree_head_of_another_log_verifies_as_a_note_and_is_refused_as_ours)
{
	static const char note[] =
		"go.sum database tree\n30055305\nmXfgRcJ0bG0j3CPdKwgGWtUzBUbX67saZGRmFuJGGsM=\n\n"
		"\xe2\x80\x94 sum.golang.org Az3grpgEild5qw7+5dtV13Kf1C2Xurm8q4fhdxvcsDHnqNTaxL2AFj"
		"BY+2TyGKevucFcAAlWFJJYle3EJlDCrQ+y3A8=\n";
	struct credit_named_key sum;
	struct credit_bytes text;
	struct credit_tree_head head;

	cr_assert_eq(
		credit_vkey_parse(credit_bytes_of("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9S"
						  "xEdh+s3Ux18htTTAD8OuAn8"),
			&sum),
		CREDIT_OK);
	cr_expect_eq(credit_note_open(credit_bytes_of(note), &sum, &text), CREDIT_OK);
	cr_expect_eq(credit_checkpoint_open(credit_bytes_of(note), &sum, &head),
		CREDIT_E_CHECKPOINT_ORIGIN);
}

static const struct {
	const char *why, *body;
	enum credit_error error;
} bodies[] = {
	{"as it should be", OUR_NAME "\n1\n" EMPTY_ROOT "\n", CREDIT_OK},
	{"the largest size", OUR_NAME "\n9223372036854775807\n" EMPTY_ROOT "\n", CREDIT_OK},
	{"extension lines", OUR_NAME "\n1\n" EMPTY_ROOT "\nmore\nand more\n", CREDIT_OK},
	{"an empty extension line", OUR_NAME "\n1\n" EMPTY_ROOT "\n\n",
		CREDIT_E_CHECKPOINT_MALFORMED},
	{"an empty one among others", OUR_NAME "\n1\n" EMPTY_ROOT "\na\n\nb\n",
		CREDIT_E_CHECKPOINT_MALFORMED},
	{"one more than the largest size", OUR_NAME "\n9223372036854775808\n" EMPTY_ROOT "\n",
		CREDIT_E_CHECKPOINT_MALFORMED},
	{"a size that wraps round", OUR_NAME "\n18446744073709551617\n" EMPTY_ROOT "\n",
		CREDIT_E_CHECKPOINT_MALFORMED},
	{"a leading zero", OUR_NAME "\n01\n" EMPTY_ROOT "\n", CREDIT_E_CHECKPOINT_MALFORMED},
	{"a sign", OUR_NAME "\n+1\n" EMPTY_ROOT "\n", CREDIT_E_CHECKPOINT_MALFORMED},
	{"a space", OUR_NAME "\n1 \n" EMPTY_ROOT "\n", CREDIT_E_CHECKPOINT_MALFORMED},
	{"hexadecimal", OUR_NAME "\n1f\n" EMPTY_ROOT "\n", CREDIT_E_CHECKPOINT_MALFORMED},
	{"no size", OUR_NAME "\n\n" EMPTY_ROOT "\n", CREDIT_E_CHECKPOINT_MALFORMED},
	{"two lines", OUR_NAME "\n1\n", CREDIT_E_CHECKPOINT_MALFORMED},
	{"one line", OUR_NAME "\n", CREDIT_E_CHECKPOINT_MALFORMED},
	{"no line", "\n", CREDIT_E_CHECKPOINT_MALFORMED},
	{"a root of 31 bytes", OUR_NAME "\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuA==\n",
		CREDIT_E_CHECKPOINT_MALFORMED},
	{"a root of 33 bytes", OUR_NAME "\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFUA\n",
		CREDIT_E_CHECKPOINT_MALFORMED},
	{"a root without padding", OUR_NAME "\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\n",
		CREDIT_E_CHECKPOINT_MALFORMED},
	{"a root with unused bits set",
		OUR_NAME "\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n",
		CREDIT_E_CHECKPOINT_MALFORMED},
	{"the empty log with a root",
		OUR_NAME "\n0\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n",
		CREDIT_E_CHECKPOINT_MALFORMED},
	{"another origin", OUR_NAME "2\n1\n" EMPTY_ROOT "\n", CREDIT_E_CHECKPOINT_ORIGIN},
	{"a part of the origin", "credit.example\n1\n" EMPTY_ROOT "\n", CREDIT_E_CHECKPOINT_ORIGIN},
};

Test(log_note, bodies_of_every_form_get_the_verdict_of_the_specification)
{
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct credit_tree_head head = {.size = 4711};
		enum credit_error error;

		credit_buffer_init(&buffer, memory, sizeof(memory));
		cr_assert_eq(credit_note_sign(
				     credit_bytes_of(bodies[i].body), &ours, &our_pair, &buffer),
			CREDIT_OK);
		error = credit_checkpoint_open(written(), &ours, &head);
		cr_expect_eq(error, bodies[i].error, "%s", bodies[i].why);
		cr_expect(error == CREDIT_OK || head.size == 4711, "%s", bodies[i].why);
	}
}

Test(log_note, a_checkpoint_is_signed_only_in_the_name_of_the_log)
{
	struct credit_tree_head head = {.size = 1}, large = {.size = CREDIT_LOG_SIZE_MAX + 1};

	cr_expect_eq(credit_checkpoint_sign("another.example", &head, &ours, &our_pair, &buffer),
		CREDIT_E_CHECKPOINT_ORIGIN);
	cr_expect_eq(
		credit_checkpoint_body("two words", &head, &buffer), CREDIT_E_CHECKPOINT_ORIGIN);
	cr_expect_eq(
		credit_checkpoint_body(OUR_NAME, &large, &buffer), CREDIT_E_CHECKPOINT_MALFORMED);
	cr_expect_eq(written().size, 0);
}
