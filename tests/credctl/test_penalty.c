/* SPDX-License-Identifier: Apache-2.0
 *
 * test_penalty.c - headings and rows of the penalty format.
 */
#include "credctl/sheet.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

TestSuite(credctl_penalty);

#define ENTITY "91110000600037341L"
#define DECIDER "111101080000000277"
#define PERSON "11010519491231002X"

/* The required columns, one or more further ones behind them. */
static const char *const headings[] = {"CF_XDR_MC", "CF_XDR_SHXYM", "CF_WSH", "CF_SY", "CF_YJ",
	"CF_CFLB", "CF_NR", "CF_JDRQ", "CF_CFJG", "CF_CFJGDM"};
static const char *const cells[] = {"示例青松食品有限公司", ENTITY, "示市监处罚〔2026〕1号", "事实",
	"依据", "罚款", "罚款1万元。", "2026-03-05", "示例区市场监督管理局", DECIDER};
#define REQUIRED (sizeof headings / sizeof headings[0])

struct sample {
	struct csv_row head, row;
	struct sheet sheet;
	struct sheet_row converted;
	struct credit_arena arena;
	struct credit_problem problem;
};

static void begin(struct sample *sample)
{
	memset(sample, 0, sizeof *sample);
	credit_arena_init(&sample->arena, NULL, 0, 1 << 20);
	sample->head.number = 1;
	sample->row.number = 2;
	for (size_t i = 0; i < REQUIRED; i++) {
		sample->head.cell[i] = credit_bytes_of(headings[i]);
		sample->row.cell[i] = credit_bytes_of(cells[i]);
	}
	sample->head.count = sample->row.count = REQUIRED;
}

static void add(struct sample *sample, const char *heading, const char *cell)
{
	sample->head.cell[sample->head.count++] = credit_bytes_of(heading);
	sample->row.cell[sample->row.count++] = credit_bytes_of(cell);
}

/* Replaces the cell under a heading. */
static void put(struct sample *sample, const char *heading, const char *cell)
{
	for (size_t i = 0; i < sample->head.count; i++) {
		if (credit_bytes_equal(sample->head.cell[i], credit_bytes_of(heading)))
			sample->row.cell[i] = credit_bytes_of(cell);
	}
}

static enum credit_error convert(struct sample *sample)
{
	enum credit_error error = sheet_open(&sheet_formats[SHEET_PENALTY], &sample->head, false,
		&sample->sheet, &sample->problem);

	cr_assert_eq(error, CREDIT_OK, "%s: %s", sample->problem.field, sample->problem.detail);
	return sheet_convert(
		&sample->sheet, &sample->row, &sample->arena, &sample->converted, &sample->problem);
}

static void expect_refused(struct sample *sample, enum credit_error error, const char *heading)
{
	enum credit_error found = convert(sample);

	cr_expect_eq(found, error, "%s", credit_error_name(found));
	cr_expect_str_eq(sample->problem.field, heading);
	credit_arena_deinit(&sample->arena);
}

/* --- headings --------------------------------------------------------------------------------- */

static enum credit_error open_with(const char *heading, bool pass_unknown)
{
	struct sample sample;

	begin(&sample);
	add(&sample, heading, "");
	return sheet_open(&sheet_formats[SHEET_PENALTY], &sample.head, pass_unknown, &sample.sheet,
		&sample.problem);
}

Test(credctl_penalty, codes_in_any_case_and_chinese_headings_in_any_form)
{
	cr_expect_eq(open_with("bz", false), CREDIT_OK);
	cr_expect_eq(open_with(" Cf_Nr_Fk ", false), CREDIT_OK);
	cr_expect_eq(open_with("罚款金额（万元）", false), CREDIT_OK);
	cr_expect_eq(open_with("罚款金额(万元)", false), CREDIT_OK);
	cr_expect_eq(open_with("*罚款 金额", false), CREDIT_OK);
	cr_expect_eq(open_with("", false), CREDIT_OK, "a column without a heading is left out");
}

Test(credctl_penalty, an_unknown_heading_is_refused_unless_it_is_to_be_left_out)
{
	cr_expect_eq(open_with("更新时间", false), CREDIT_E_CSV_HEADING);
	cr_expect_eq(open_with("更新时间", true), CREDIT_OK);
}

Test(credctl_penalty, a_mistyped_heading_is_answered_with_the_nearest)
{
	struct sample sample;

	begin(&sample);
	add(&sample, "CF_YQX", "");
	cr_expect_eq(sheet_open(&sheet_formats[SHEET_PENALTY], &sample.head, false, &sample.sheet,
			     &sample.problem),
		CREDIT_E_CSV_HEADING);
	cr_expect(strstr(sample.problem.detail, "CF_YXQ"), "%s", sample.problem.detail);
}

Test(credctl_penalty, a_doubled_heading_is_refused_in_either_name)
{
	cr_expect_eq(open_with("CF_SY", false), CREDIT_E_CSV_HEADING);
	cr_expect_eq(open_with("违法事实", false), CREDIT_E_CSV_HEADING);
}

Test(credctl_penalty, every_required_column_must_be_there)
{
	for (size_t left_out = 0; left_out < REQUIRED; left_out++) {
		struct sample sample;

		begin(&sample);
		sample.head.cell[left_out] = credit_bytes_of("");
		cr_expect_eq(sheet_open(&sheet_formats[SHEET_PENALTY], &sample.head, false,
				     &sample.sheet, &sample.problem),
			CREDIT_E_CSV_HEADING);
		cr_expect_str_eq(sample.problem.field, headings[left_out]);
	}
}

/* --- rows ------------------------------------------------------------------------------------- */

Test(credctl_penalty, a_row_becomes_an_act)
{
	struct sample sample;
	const Credit__V1__AdministrativePenalty *message = &sample.converted.message.penalty;

	begin(&sample);
	add(&sample, "CF_NR_FK", "12.5");
	add(&sample, "CF_NR_WFFF", "/");
	add(&sample, "CF_YXQ", "2099-12-31");
	add(&sample, "CF_GSJZQ", "2027-03-05");
	add(&sample, "CF_XDR_LB", "法人及非法人组织");
	put(&sample, "CF_XDR_MC", "\xe3\x80\x80示例青松食品有限公司 ");
	put(&sample, "CF_XDR_SHXYM", "91110000-600037341l");
	put(&sample, "CF_CFLB", "罚款；没收违法所得、没收非法财物; 警告");
	cr_assert_eq(
		convert(&sample), CREDIT_OK, "%s: %s", sample.problem.field, sample.problem.detail);
	cr_expect_str_eq(message->entity_name, "示例青松食品有限公司");
	cr_expect_str_eq(message->entity_uscc, ENTITY);
	cr_expect_eq(memcmp(sample.converted.entity.character, ENTITY, CREDIT_USCC_SIZE), 0);
	cr_expect_eq(message->fine_fen, 12500000);
	cr_expect_eq(message->confiscated_fen, 0);
	cr_expect_eq(message->decision_date, 20517);
	cr_expect_eq(message->valid_until, 0, "2099-12-31 is no end");
	cr_expect_eq(message->publication_end, 20882);
	cr_assert_eq(message->n_penalty_kinds, 4);
	cr_expect_str_eq(message->penalty_kinds[1], "没收违法所得");
	cr_expect_str_eq(message->penalty_kinds[3], "警告");
	credit_arena_deinit(&sample.arena);
}

Test(credctl_penalty, a_fault_names_the_heading_as_it_stands_in_the_file)
{
	struct sample sample;

	begin(&sample);
	sample.head.cell[7] = credit_bytes_of("处罚决定日期*");
	sample.row.cell[7] = credit_bytes_of("45000");
	expect_refused(&sample, CREDIT_E_CSV_EXCEL_NUMBER, "处罚决定日期*");

	begin(&sample);
	put(&sample, "CF_SY", "");
	expect_refused(&sample, CREDIT_E_FIELD_MISSING, "CF_SY");

	begin(&sample);
	put(&sample, "CF_SY", "联系人电话13912345678");
	expect_refused(&sample, CREDIT_E_PERSONAL_PHONE, "CF_SY");

	begin(&sample);
	put(&sample, "CF_CFJGDM", ENTITY "1");
	expect_refused(&sample, CREDIT_E_USCC_LENGTH, "CF_CFJGDM");
}

Test(credctl_penalty, too_many_kinds_are_refused)
{
	struct sample sample;

	begin(&sample);
	put(&sample, "CF_CFLB", "a;b;c;d;e;f;g;h;i;j;k;l;m;n;o;p;q");
	expect_refused(&sample, CREDIT_E_TOO_MANY, "CF_CFLB");
}

Test(credctl_penalty, cells_without_a_heading_are_refused_and_missing_ones_are_empty)
{
	struct sample sample;

	begin(&sample);
	sample.row.cell[sample.row.count++] = credit_bytes_of("x");
	expect_refused(&sample, CREDIT_E_CSV_SYNTAX, "");

	begin(&sample);
	add(&sample, "BZ", "x");
	sample.row.count--;
	cr_expect_eq(convert(&sample), CREDIT_OK);
	credit_arena_deinit(&sample.arena);
}

/* --- persons ---------------------------------------------------------------------------------- */

Test(credctl_penalty, rows_about_persons_are_refused_before_anything_is_said_of_them)
{
	static const char *const kinds[] = {"自然人", "个人", "公民"};
	struct sample sample;

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		begin(&sample);
		add(&sample, "CF_XDR_LB", kinds[i]);
		put(&sample, "CF_XDR_SHXYM", "");
		put(&sample, "CF_JDRQ", "45000");
		expect_refused(&sample, CREDIT_E_NATURAL_PERSON, "");
	}
	begin(&sample);
	put(&sample, "CF_XDR_SHXYM", PERSON);
	expect_refused(&sample, CREDIT_E_NATURAL_PERSON, "");

	begin(&sample);
	put(&sample, "CF_XDR_SHXYM", "");
	add(&sample, "CF_XDR_ZJHM", PERSON);
	expect_refused(&sample, CREDIT_E_NATURAL_PERSON, "");
}

Test(credctl_penalty, columns_about_persons_are_known_and_never_sent)
{
	static const char *const personal[] = {"CF_FRDB", "法定代表人身份证号", "CF_XDR_ZJHM"};
	uint8_t packed[4096];

	for (size_t i = 0; i < sizeof personal / sizeof personal[0]; i++) {
		struct sample sample;

		begin(&sample);
		add(&sample, personal[i], PERSON);
		/* An individual household has a code; its operator's number stands beside it. */
		cr_assert_eq(convert(&sample), CREDIT_OK);
		cr_expect(sheet_is_personal(&sample.sheet, REQUIRED));
		cr_expect_not(sheet_is_personal(&sample.sheet, 0));
		size_t size = protobuf_c_message_pack(&sample.converted.act.base, packed);
		cr_expect_null(memmem(packed, size, PERSON, strlen(PERSON)));
		credit_arena_deinit(&sample.arena);
	}
}

Test(credctl_penalty, the_columns_of_a_rejects_file_are_passed_over)
{
	struct sample sample;

	begin(&sample);
	add(&sample, "行号", "17");
	add(&sample, "列", "CF_SY");
	add(&sample, "原因", "缺少必填项");
	add(&sample, "处理办法", "请填写");
	cr_expect_eq(convert(&sample), CREDIT_OK);
	cr_expect(sheet_is_of_rejects(&sample.sheet, REQUIRED));
	cr_expect_not(sheet_is_of_rejects(&sample.sheet, 0));
	credit_arena_deinit(&sample.arena);
}

Test(credctl_penalty, a_flagged_code_passes_only_where_it_was_asked_for)
{
	struct sample sample;

	begin(&sample);
	put(&sample, "CF_XDR_SHXYM", "91350203M0001QKT19");
	expect_refused(&sample, CREDIT_E_USCC_CHECK, "CF_XDR_SHXYM");

	begin(&sample);
	put(&sample, "CF_XDR_SHXYM", "91350203M0001QKT19");
	cr_assert_eq(
		sheet_open(&sheet_formats[SHEET_PENALTY], &sample.head, false, &sample.sheet, NULL),
		CREDIT_OK);
	sample.sheet.evidence = CREDIT_USCC_EXCEPTION;
	cr_expect_eq(sheet_convert(&sample.sheet, &sample.row, &sample.arena, &sample.converted,
			     &sample.problem),
		CREDIT_OK);
	credit_arena_deinit(&sample.arena);
}
