/* SPDX-License-Identifier: Apache-2.0
 *
 * penalty.c - the columns of the penalty format, and converting a row by them.
 */
#include "penalty.h"

#include "bilingual.h"
#include "options.h"
#include "value.h"

#include <credit/model.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* While a row is converted. */
struct conversion {
	const struct penalty_sheet *sheet;
	struct credit_arena *arena;
	struct penalty *penalty;
	bool natural_kind;    /* the party's category says so */
	bool identity_number; /* one stands in a column for the party's documents */
	struct credit_problem *problem;
};

typedef enum credit_error (*converter)(
	struct conversion *c, struct credit_bytes cell, void *target);

struct penalty_column {
	const char *code;
	const char *headings[4]; /* in Chinese, without white space, brackets half width */
	const char *field;       /* of AdministrativePenalty; NULL: none */
	size_t offset;
	converter convert; /* NULL: the cell is not looked at */
	bool required;
	bool personal;
	bool of_rejects;
};

/* --- converters: one cell into one field ------------------------------------------------------ */

static enum credit_error text(struct conversion *c, struct credit_bytes cell, void *target)
{
	char *copy = credit_arena_alloc(c->arena, cell.size + 1);

	if (!copy)
		return credit_problem_set(c->problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	memcpy(copy, cell.data, cell.size);
	copy[cell.size] = '\0';
	*(char **)target = copy;
	return CREDIT_OK;
}

/* A number of a document or licence. */
static enum credit_error document(struct conversion *c, struct credit_bytes cell, void *target)
{
	enum credit_error error = value_check_spreadsheet(cell, c->problem);

	return error == CREDIT_OK ? text(c, cell, target) : error;
}

static enum credit_error code(struct conversion *c, struct credit_bytes cell,
	enum credit_uscc_evidence evidence, struct credit_uscc *uscc, void *target)
{
	enum credit_error error = value_uscc(cell, evidence, uscc, c->problem);

	if (error != CREDIT_OK)
		return error;
	return text(c, (struct credit_bytes){(const uint8_t *)uscc->character, CREDIT_USCC_SIZE},
		target);
}

static enum credit_error entity_code(struct conversion *c, struct credit_bytes cell, void *target)
{
	enum credit_error error = code(c, cell, c->sheet->evidence, &c->penalty->entity, target);

	return error == CREDIT_E_USCC_IS_RESIDENT_ID
		       ? credit_problem_set(c->problem, CREDIT_E_NATURAL_PERSON, NULL, NULL, NULL)
		       : error;
}

static enum credit_error authority_code(
	struct conversion *c, struct credit_bytes cell, void *target)
{
	struct credit_uscc uscc;

	return code(c, cell, CREDIT_USCC_PLAIN, &uscc, target);
}

static enum credit_error money(struct conversion *c, struct credit_bytes cell, void *target)
{
	credit_fen_t fen;
	enum credit_error error = value_money(cell, &fen, c->problem);

	if (error == CREDIT_OK)
		*(int64_t *)target = fen.fen;
	return error;
}

static enum credit_error date(struct conversion *c, struct credit_bytes cell, void *target)
{
	credit_day_t day;
	enum credit_error error = value_date(cell, &day, c->problem);

	if (error == CREDIT_OK)
		*(int32_t *)target = day.days;
	return error;
}

/* 2099-12-31 is how the format writes "no end": none on the wire. */
static enum credit_error end_date(struct conversion *c, struct credit_bytes cell, void *target)
{
	enum credit_error error = date(c, cell, target);

	if (error == CREDIT_OK && value_is_long_term((credit_day_t){*(int32_t *)target}))
		*(int32_t *)target = 0;
	return error;
}

static size_t separator_at(struct credit_bytes cell, size_t at)
{
	static const char *const separators[] = {";", "；", "、"};

	for (size_t i = 0; i < sizeof separators / sizeof separators[0]; i++) {
		size_t length = strlen(separators[i]);

		if (length <= cell.size - at && memcmp(cell.data + at, separators[i], length) == 0)
			return length;
	}
	return 0;
}

static enum credit_error add_kind(struct conversion *c, struct credit_bytes kind)
{
	Credit__V1__AdministrativePenalty *message = &c->penalty->message;

	kind = value_trim(kind);
	if (kind.size == 0)
		return CREDIT_OK;
	if (message->n_penalty_kinds == PENALTY_KINDS_MAX)
		return credit_problem_set(
			c->problem, CREDIT_E_TOO_MANY, NULL, NULL, "%d", PENALTY_KINDS_MAX);
	return text(c, kind, &c->penalty->kinds[message->n_penalty_kinds++]);
}

static enum credit_error kinds(struct conversion *c, struct credit_bytes cell, void *target)
{
	size_t start = 0, at = 0;
	enum credit_error error = CREDIT_OK;

	(void)target;
	while (error == CREDIT_OK && at < cell.size) {
		size_t separator = separator_at(cell, at);

		if (separator > 0) {
			error = add_kind(c, (struct credit_bytes){cell.data + start, at - start});
			start = at + separator;
		}
		at += separator > 0 ? separator : 1;
	}
	if (error == CREDIT_OK)
		error = add_kind(c, (struct credit_bytes){cell.data + start, cell.size - start});
	return error;
}

static bool contains(struct credit_bytes cell, const char *word)
{
	return memmem(cell.data, cell.size, word, strlen(word)) != NULL;
}

/* "法人及非法人组织" names no person although "自然人" is a legal word beside it; "个体工商户" is
 * an entity with a code of its own. */
static enum credit_error party_kind(struct conversion *c, struct credit_bytes cell, void *target)
{
	(void)target;
	c->natural_kind = contains(cell, "自然人") || contains(cell, "公民") ||
			  credit_bytes_equal(cell, credit_bytes_of("个人"));
	return CREDIT_OK;
}

static enum credit_error party_document(
	struct conversion *c, struct credit_bytes cell, void *target)
{
	(void)target;
	if (credit_uscc_classify(cell, NULL) == CREDIT_KIND_RESIDENT_ID)
		c->identity_number = true;
	return CREDIT_OK;
}

/* --- the table -------------------------------------------------------------------------------- */

#define FIELD(name) #name, offsetof(Credit__V1__AdministrativePenalty, name)
#define NO_FIELD NULL, 0
#define MUST true, false, false
#define MAY false, false, false
#define PERSONAL false, true, false
#define OF_REJECTS false, false, true

/* clang-format off */
static const struct penalty_column columns[] = {
	{"CF_XDR_MC", {"行政相对人名称"}, FIELD(entity_name), text, MUST},
	{"CF_XDR_LB", {"行政相对人类别"}, NO_FIELD, party_kind, MAY},
	{"CF_XDR_SHXYM", {"统一社会信用代码", "行政相对人代码_1(统一社会信用代码)", "行政相对人统一社会信用代码"}, FIELD(entity_uscc), entity_code, MUST},
	{"CF_XDR_GSZC", {"工商注册号", "行政相对人代码_2(工商注册号)", "工商登记码"}, NO_FIELD, party_document, MAY},
	{"CF_XDR_ZZJG", {"组织机构代码", "行政相对人代码_3(组织机构代码)"}, NO_FIELD, party_document, MAY},
	{"CF_XDR_SWDJ", {"税务登记号", "行政相对人代码_4(税务登记号)"}, NO_FIELD, party_document, PERSONAL},
	{"CF_XDR_SYDW", {"事业单位证书号", "行政相对人代码_5(事业单位证书号)"}, NO_FIELD, party_document, MAY},
	{"CF_XDR_SHZZ", {"社会组织登记证号", "行政相对人代码_6(社会组织登记证号)"}, NO_FIELD, party_document, MAY},
	{"CF_XDR_ZJLX", {"证件类型", "行政相对人证件类型"}, NO_FIELD, NULL, PERSONAL},
	{"CF_XDR_ZJHM", {"证件号码", "行政相对人证件号码", "居民身份证号"}, NO_FIELD, party_document, PERSONAL},
	{"CF_FRDB", {"法定代表人", "法定代表人姓名"}, NO_FIELD, NULL, PERSONAL},
	{"CF_FR_ZJLX", {"法定代表人证件类型"}, NO_FIELD, NULL, PERSONAL},
	{"CF_FR_ZJHM", {"法定代表人证件号码", "法定代表人身份证号"}, NO_FIELD, NULL, PERSONAL},
	{"CF_WSH", {"行政处罚决定书文号", "决定书文号", "处罚决定书文号"}, FIELD(document_no), document, MUST},
	{"CF_WFXW", {"违法行为类型"}, FIELD(violation), text, MAY},
	{"CF_SY", {"违法事实", "处罚事由"}, FIELD(fact), text, MUST},
	{"CF_YJ", {"处罚依据"}, FIELD(basis), text, MUST},
	{"CF_CFLB", {"处罚类别"}, FIELD(penalty_kinds), kinds, MUST},
	{"CF_NR", {"处罚内容"}, FIELD(content), text, MUST},
	{"CF_NR_FK", {"罚款金额(万元)", "罚款金额"}, FIELD(fine_fen), money, MAY},
	{"CF_NR_WFFF", {"没收违法所得、没收非法财物的金额(万元)", "没收金额(万元)", "没收金额"}, FIELD(confiscated_fen), money, MAY},
	{"CF_NR_ZKDX", {"暂扣或吊销证照名称及编号"}, FIELD(licence_withdrawn), document, MAY},
	{"CF_JDRQ", {"处罚决定日期"}, FIELD(decision_date), date, MUST},
	{"CF_YXQ", {"处罚有效期"}, FIELD(valid_until), end_date, MAY},
	{"CF_GSJZQ", {"公示截止期", "公示截止日期"}, FIELD(publication_end), end_date, MAY},
	{"CF_CFJG", {"处罚机关"}, FIELD(decider_name), text, MUST},
	{"CF_CFJGDM", {"处罚机关统一社会信用代码"}, FIELD(decider_uscc), authority_code, MUST},
	{"CF_SJLY", {"数据来源单位"}, FIELD(source_name), text, MAY},
	{"CF_SJLYDM", {"数据来源单位统一社会信用代码"}, FIELD(source_uscc), authority_code, MAY},
	{"BZ", {"备注"}, FIELD(remark), text, MAY},
	{"", {"行号"}, NO_FIELD, NULL, OF_REJECTS},
	{"", {"列"}, NO_FIELD, NULL, OF_REJECTS},
	{"", {"原因"}, NO_FIELD, NULL, OF_REJECTS},
	{"", {"处理办法"}, NO_FIELD, NULL, OF_REJECTS},
};
/* clang-format on */
#define COLUMNS (sizeof columns / sizeof columns[0])

/* --- headings --------------------------------------------------------------------------------- */

/* Takes white space and stars out and makes full-width brackets narrow. */
static void fold_heading(struct credit_bytes cell, char *folded, size_t size)
{
	static const char *const drop[] = {
		" ", "\t", "\n", "*", "\xe3\x80\x80", "\xc2\xa0", "\xef\xbb\xbf"};
	size_t used = 0;

	for (size_t at = 0; at < cell.size && used + 1 < size;) {
		struct credit_bytes rest = {cell.data + at, cell.size - at};
		size_t passed = 0;

		for (size_t i = 0; passed == 0 && i < sizeof drop / sizeof drop[0]; i++) {
			size_t length = strlen(drop[i]);

			if (length <= rest.size && memcmp(rest.data, drop[i], length) == 0)
				passed = length;
		}
		if (passed == 0 && rest.size >= 3 && memcmp(rest.data, "（", 3) == 0) {
			folded[used++] = '(';
			passed = 3;
		} else if (passed == 0 && rest.size >= 3 && memcmp(rest.data, "）", 3) == 0) {
			folded[used++] = ')';
			passed = 3;
		} else if (passed == 0) {
			folded[used++] = (char)rest.data[0];
			passed = 1;
		}
		at += passed;
	}
	folded[used] = '\0';
}

static const struct penalty_column *find_column(const char *folded)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		if (columns[i].code[0] != '\0' && strcasecmp(columns[i].code, folded) == 0)
			return &columns[i];
		for (size_t j = 0; j < 4 && columns[i].headings[j]; j++) {
			if (strcmp(columns[i].headings[j], folded) == 0)
				return &columns[i];
		}
	}
	return NULL;
}

static enum credit_error unknown_heading(
	const char *folded, const char *shown, struct credit_problem *problem)
{
	const char *names[2 * COLUMNS], *near;
	size_t count = 0;

	for (size_t i = 0; i < COLUMNS; i++) {
		names[count++] = columns[i].code;
		names[count++] = columns[i].headings[0];
	}
	near = nearest_name(folded, names, count);
	if (near && near[0] != '\0')
		return credit_problem_set(problem, CREDIT_E_CSV_HEADING, shown, NULL,
			"unknown; %s?" BILINGUAL "未知，是否为 %s？", near, near);
	return credit_problem_set(problem, CREDIT_E_CSV_HEADING, shown, NULL,
		"unknown; --pass-unknown leaves it out" BILINGUAL "未知，可用 --pass-unknown 忽略");
}

static enum credit_error check_missing(
	const struct penalty_sheet *sheet, struct credit_problem *problem)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		bool found = !columns[i].required;

		for (size_t j = 0; !found && j < sheet->count; j++)
			found = sheet->column[j] == &columns[i];
		if (!found)
			return credit_problem_set(problem, CREDIT_E_CSV_HEADING, columns[i].code,
				NULL, "missing: %s" BILINGUAL "缺少：%s", columns[i].headings[0],
				columns[i].headings[0]);
	}
	return CREDIT_OK;
}

enum credit_error penalty_sheet_open(const struct csv_row *row, bool pass_unknown,
	struct penalty_sheet *ret_sheet, struct credit_problem *problem)
{
	struct penalty_sheet sheet = {.count = row->count};

	for (size_t i = 0; i < row->count; i++) {
		char folded[200], shown[VALUE_SAFE_SIZE];

		fold_heading(row->cell[i], folded, sizeof folded);
		value_safe(value_trim(row->cell[i]), shown);
		snprintf(sheet.heading[i], sizeof sheet.heading[i], "%.72s", shown);
		sheet.column[i] = find_column(folded);
		if (!sheet.column[i] && folded[0] != '\0' && !pass_unknown)
			return unknown_heading(folded, sheet.heading[i], problem);
		for (size_t j = 0; sheet.column[i] && j < i; j++) {
			if (sheet.column[j] == sheet.column[i])
				return credit_problem_set(problem, CREDIT_E_CSV_HEADING,
					sheet.heading[i], NULL,
					"stands in columns %zu and %zu" BILINGUAL
					"第 %zu 列与第 %zu 列重复",
					j + 1, i + 1, j + 1, i + 1);
		}
	}
	enum credit_error error = check_missing(&sheet, problem);
	if (error == CREDIT_OK)
		*ret_sheet = sheet;
	return error;
}

bool penalty_is_personal(const struct penalty_sheet *sheet, size_t column)
{
	return sheet->column[column] && sheet->column[column]->personal;
}

bool penalty_is_of_rejects(const struct penalty_sheet *sheet, size_t column)
{
	return sheet->column[column] && sheet->column[column]->of_rejects;
}

/* --- rows ------------------------------------------------------------------------------------- */

static enum credit_error convert_cell(
	struct conversion *c, const struct penalty_column *column, struct credit_bytes cell)
{
	void *target = (char *)&c->penalty->message + column->offset;

	if (!column->convert)
		return CREDIT_OK;
	cell = value_trim(cell);
	if (cell.size == 0 || (!column->required && value_is_nothing(cell)))
		return CREDIT_OK;
	return column->convert(c, cell, target);
}

/* The party first: of a row about a person nothing else is looked at, and nothing else said. */
static enum credit_error check_party(struct conversion *c, const struct csv_row *row)
{
	bool has_code = false;

	for (size_t i = 0; i < c->sheet->count && i < row->count; i++) {
		const struct penalty_column *column = c->sheet->column[i];

		if (column && (column->convert == party_kind || column->convert == party_document))
			(void)convert_cell(c, column, row->cell[i]);
		if (column && column->convert == entity_code) {
			struct credit_bytes cell = value_trim(row->cell[i]);

			has_code = !value_is_nothing(cell);
			if (credit_uscc_classify(cell, NULL) == CREDIT_KIND_RESIDENT_ID)
				c->natural_kind = true;
		}
	}
	/* An individual household has a code; its operator's number may stand beside it. */
	if (!c->natural_kind && (has_code || !c->identity_number))
		return CREDIT_OK;
	return credit_problem_set(c->problem, CREDIT_E_NATURAL_PERSON, NULL, NULL, NULL);
}

/* "administrative_penalty.penalty_kinds[1]" is of the column "penalty_kinds". */
static bool names_field(const char *path, const char *field)
{
	const char *dot = strrchr(path, '.');
	const char *name = dot ? dot + 1 : path;
	size_t length = strlen(field);

	return strncmp(name, field, length) == 0 && (name[length] == '\0' || name[length] == '[');
}

void penalty_name_column(const struct penalty_sheet *sheet, struct credit_problem *problem)
{
	for (size_t i = 0; i < sheet->count; i++) {
		if (sheet->column[i] && sheet->column[i]->field &&
			names_field(problem->field, sheet->column[i]->field)) {
			snprintf(problem->field, sizeof problem->field, "%s", sheet->heading[i]);
			return;
		}
	}
}

enum credit_error penalty_convert(const struct penalty_sheet *sheet, const struct csv_row *row,
	struct credit_arena *arena, struct penalty *ret_penalty, struct credit_problem *problem)
{
	struct conversion c = {
		.sheet = sheet, .arena = arena, .penalty = ret_penalty, .problem = problem};
	enum credit_error error;

	if (row->count > sheet->count)
		return credit_problem_set(problem, CREDIT_E_CSV_SYNTAX, NULL, "RFC 4180",
			"%zu cells under %zu headings" BILINGUAL "%zu 个单元格，%zu 个表头",
			row->count, sheet->count, row->count, sheet->count);
	credit__v1__act__init(&ret_penalty->act);
	credit__v1__administrative_penalty__init(&ret_penalty->message);
	ret_penalty->act.payload_case = CREDIT__V1__ACT__PAYLOAD_ADMINISTRATIVE_PENALTY;
	ret_penalty->act.administrative_penalty = &ret_penalty->message;
	ret_penalty->message.penalty_kinds = ret_penalty->kinds;
	error = check_party(&c, row);
	for (size_t i = 0; error == CREDIT_OK && i < row->count; i++) {
		if (!sheet->column[i])
			continue;
		error = convert_cell(&c, sheet->column[i], row->cell[i]);
		if (error != CREDIT_OK && problem->field[0] == '\0')
			snprintf(problem->field, sizeof problem->field, "%s", sheet->heading[i]);
	}
	if (error != CREDIT_OK)
		return error;
	error = credit_act_check(&ret_penalty->act, problem);
	if (error != CREDIT_OK)
		penalty_name_column(sheet, problem);
	return error;
}
