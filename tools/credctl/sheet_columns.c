/* SPDX-License-Identifier: Apache-2.0
 *
 * sheet_columns.c - the columns of the 双公示 formats, and converting a cell by them.
 *
 * A new format is a table of columns and a row of sheet_formats.
 */
#include "sheet_columns.h"

#include "value.h"

#include <string.h>

/* --- converters: one cell into one field ------------------------------------------------------ */

static enum credit_error sheet_text(
	struct sheet_conversion *c, struct credit_bytes cell, void *target)
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
static enum credit_error sheet_document(
	struct sheet_conversion *c, struct credit_bytes cell, void *target)
{
	enum credit_error error = value_check_spreadsheet(cell, c->problem);

	return error == CREDIT_OK ? sheet_text(c, cell, target) : error;
}

static enum credit_error code(struct sheet_conversion *c, struct credit_bytes cell,
	enum credit_uscc_evidence evidence, struct credit_uscc *uscc, void *target)
{
	enum credit_error error = value_uscc(cell, evidence, uscc, c->problem);

	if (error != CREDIT_OK)
		return error;
	return sheet_text(c,
		(struct credit_bytes){(const uint8_t *)uscc->character, CREDIT_USCC_SIZE}, target);
}

enum credit_error sheet_entity_code(
	struct sheet_conversion *c, struct credit_bytes cell, void *target)
{
	enum credit_error error = code(c, cell, c->sheet->evidence, &c->row->entity, target);

	return error == CREDIT_E_USCC_IS_RESIDENT_ID
		       ? credit_problem_set(c->problem, CREDIT_E_NATURAL_PERSON, NULL, NULL, NULL)
		       : error;
}

static enum credit_error sheet_authority_code(
	struct sheet_conversion *c, struct credit_bytes cell, void *target)
{
	struct credit_uscc uscc;

	return code(c, cell, CREDIT_USCC_PLAIN, &uscc, target);
}

static enum credit_error sheet_money(
	struct sheet_conversion *c, struct credit_bytes cell, void *target)
{
	credit_fen_t fen;
	enum credit_error error = value_money(cell, &fen, c->problem);

	if (error == CREDIT_OK)
		*(int64_t *)target = fen.fen;
	return error;
}

static enum credit_error sheet_date(
	struct sheet_conversion *c, struct credit_bytes cell, void *target)
{
	credit_day_t day;
	enum credit_error error = value_date(cell, &day, c->problem);

	if (error == CREDIT_OK)
		*(int32_t *)target = day.days;
	return error;
}

/* 2099-12-31 is how the format writes "no end": none on the wire. */
static enum credit_error sheet_end_date(
	struct sheet_conversion *c, struct credit_bytes cell, void *target)
{
	enum credit_error error = sheet_date(c, cell, target);

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

static enum credit_error add_kind(struct sheet_conversion *c, struct credit_bytes kind)
{
	Credit__V1__AdministrativePenalty *message = &c->row->message.penalty;

	kind = value_trim(kind);
	if (kind.size == 0)
		return CREDIT_OK;
	if (message->n_penalty_kinds == SHEET_KINDS_MAX)
		return credit_problem_set(
			c->problem, CREDIT_E_TOO_MANY, NULL, NULL, "%d", SHEET_KINDS_MAX);
	return sheet_text(c, kind, &c->row->kinds[message->n_penalty_kinds++]);
}

static enum credit_error sheet_kinds(
	struct sheet_conversion *c, struct credit_bytes cell, void *target)
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
enum credit_error sheet_party_kind(
	struct sheet_conversion *c, struct credit_bytes cell, void *target)
{
	(void)target;
	c->natural_kind = contains(cell, "自然人") || contains(cell, "公民") ||
			  credit_bytes_equal(cell, credit_bytes_of("个人"));
	return CREDIT_OK;
}

enum credit_error sheet_party_document(
	struct sheet_conversion *c, struct credit_bytes cell, void *target)
{
	(void)target;
	if (credit_uscc_classify(cell, NULL) == CREDIT_KIND_RESIDENT_ID)
		c->identity_number = true;
	return CREDIT_OK;
}

/* --- the tables ------------------------------------------------------------------------------- */

#define FIELD(name) #name, offsetof(MESSAGE, name)
#define NO_FIELD NULL, 0
#define MUST true, false, false
#define MAY false, false, false
#define PERSONAL false, true, false
#define OF_REJECTS false, false, true

/* clang-format off */
#define REJECTS_COLUMNS \
	{"", {"行号"}, NO_FIELD, NULL, OF_REJECTS}, \
	{"", {"列"}, NO_FIELD, NULL, OF_REJECTS}, \
	{"", {"原因"}, NO_FIELD, NULL, OF_REJECTS}, \
	{"", {"处理办法"}, NO_FIELD, NULL, OF_REJECTS},


#define MESSAGE Credit__V1__AdministrativePenalty
static const struct sheet_column penalty_columns[] = {
	{"CF_XDR_MC", {"行政相对人名称"}, FIELD(entity_name), sheet_text, MUST},
	{"CF_XDR_LB", {"行政相对人类别"}, NO_FIELD, sheet_party_kind, MAY},
	{"CF_XDR_SHXYM", {"统一社会信用代码", "行政相对人代码_1(统一社会信用代码)", "行政相对人统一社会信用代码"}, FIELD(entity_uscc), sheet_entity_code, MUST},
	{"CF_XDR_GSZC", {"工商注册号", "行政相对人代码_2(工商注册号)", "工商登记码"}, NO_FIELD, sheet_party_document, MAY},
	{"CF_XDR_ZZJG", {"组织机构代码", "行政相对人代码_3(组织机构代码)"}, NO_FIELD, sheet_party_document, MAY},
	{"CF_XDR_SWDJ", {"税务登记号", "行政相对人代码_4(税务登记号)"}, NO_FIELD, sheet_party_document, PERSONAL},
	{"CF_XDR_SYDW", {"事业单位证书号", "行政相对人代码_5(事业单位证书号)"}, NO_FIELD, sheet_party_document, MAY},
	{"CF_XDR_SHZZ", {"社会组织登记证号", "行政相对人代码_6(社会组织登记证号)"}, NO_FIELD, sheet_party_document, MAY},
	{"CF_XDR_ZJLX", {"证件类型", "行政相对人证件类型"}, NO_FIELD, NULL, PERSONAL},
	{"CF_XDR_ZJHM", {"证件号码", "行政相对人证件号码", "居民身份证号"}, NO_FIELD, sheet_party_document, PERSONAL},
	{"CF_FRDB", {"法定代表人", "法定代表人姓名"}, NO_FIELD, NULL, PERSONAL},
	{"CF_FR_ZJLX", {"法定代表人证件类型"}, NO_FIELD, NULL, PERSONAL},
	{"CF_FR_ZJHM", {"法定代表人证件号码", "法定代表人身份证号"}, NO_FIELD, NULL, PERSONAL},
	{"CF_WSH", {"行政处罚决定书文号", "决定书文号", "处罚决定书文号"}, FIELD(document_no), sheet_document, MUST},
	{"CF_WFXW", {"违法行为类型"}, FIELD(violation), sheet_text, MAY},
	{"CF_SY", {"违法事实", "处罚事由"}, FIELD(fact), sheet_text, MUST},
	{"CF_YJ", {"处罚依据"}, FIELD(basis), sheet_text, MUST},
	{"CF_CFLB", {"处罚类别"}, FIELD(penalty_kinds), sheet_kinds, MUST},
	{"CF_NR", {"处罚内容"}, FIELD(content), sheet_text, MUST},
	{"CF_NR_FK", {"罚款金额(万元)", "罚款金额"}, FIELD(fine_fen), sheet_money, MAY},
	{"CF_NR_WFFF", {"没收违法所得、没收非法财物的金额(万元)", "没收金额(万元)", "没收金额"}, FIELD(confiscated_fen), sheet_money, MAY},
	{"CF_NR_ZKDX", {"暂扣或吊销证照名称及编号"}, FIELD(licence_withdrawn), sheet_document, MAY},
	{"CF_JDRQ", {"处罚决定日期"}, FIELD(decision_date), sheet_date, MUST},
	{"CF_YXQ", {"处罚有效期"}, FIELD(valid_until), sheet_end_date, MAY},
	{"CF_GSJZQ", {"公示截止期", "公示截止日期"}, FIELD(publication_end), sheet_end_date, MAY},
	{"CF_CFJG", {"处罚机关"}, FIELD(decider_name), sheet_text, MUST},
	{"CF_CFJGDM", {"处罚机关统一社会信用代码"}, FIELD(decider_uscc), sheet_authority_code, MUST},
	{"CF_SJLY", {"数据来源单位"}, FIELD(source_name), sheet_text, MAY},
	{"CF_SJLYDM", {"数据来源单位统一社会信用代码"}, FIELD(source_uscc), sheet_authority_code, MAY},
	{"BZ", {"备注"}, FIELD(remark), sheet_text, MAY},
	REJECTS_COLUMNS
};
#undef MESSAGE

#define MESSAGE Credit__V1__Licence
static const struct sheet_column licence_columns[] = {
	{"XK_XDR_MC", {"行政相对人名称"}, FIELD(entity_name), sheet_text, MUST},
	{"XK_XDR_LB", {"行政相对人类别"}, NO_FIELD, sheet_party_kind, MAY},
	{"XK_XDR_SHXYM", {"统一社会信用代码", "行政相对人代码_1(统一社会信用代码)", "行政相对人统一社会信用代码"}, FIELD(entity_uscc), sheet_entity_code, MUST},
	{"XK_XDR_GSZC", {"工商注册号", "行政相对人代码_2(工商注册号)", "工商登记码"}, NO_FIELD, sheet_party_document, MAY},
	{"XK_XDR_ZZJG", {"组织机构代码", "行政相对人代码_3(组织机构代码)"}, NO_FIELD, sheet_party_document, MAY},
	{"XK_XDR_SWDJ", {"税务登记号", "行政相对人代码_4(税务登记号)"}, NO_FIELD, sheet_party_document, PERSONAL},
	{"XK_XDR_SYDW", {"事业单位证书号", "行政相对人代码_5(事业单位证书号)"}, NO_FIELD, sheet_party_document, MAY},
	{"XK_XDR_SHZZ", {"社会组织登记证号", "行政相对人代码_6(社会组织登记证号)"}, NO_FIELD, sheet_party_document, MAY},
	{"XK_XDR_ZJLX", {"证件类型", "行政相对人证件类型"}, NO_FIELD, NULL, PERSONAL},
	{"XK_XDR_ZJHM", {"证件号码", "行政相对人证件号码", "居民身份证号"}, NO_FIELD, sheet_party_document, PERSONAL},
	{"XK_FRDB", {"法定代表人", "法定代表人姓名"}, NO_FIELD, NULL, PERSONAL},
	{"XK_FR_ZJLX", {"法定代表人证件类型"}, NO_FIELD, NULL, PERSONAL},
	{"XK_FR_ZJHM", {"法定代表人证件号码", "法定代表人身份证号"}, NO_FIELD, NULL, PERSONAL},
	{"XK_XKWS", {"行政许可决定文书名称"}, FIELD(document_name), sheet_text, MUST},
	{"XK_WSH", {"行政许可决定文书号", "行政许可决定文书文号", "许可决定文书号"}, FIELD(document_no), sheet_document, MUST},
	{"XK_XKLB", {"许可类别"}, FIELD(licence_kind), sheet_text, MUST},
	{"XK_XKZS", {"许可证书名称"}, FIELD(licence_name), sheet_text, MAY},
	{"XK_XKBH", {"许可编号"}, FIELD(licence_no), sheet_document, MAY},
	{"XK_NR", {"许可内容"}, FIELD(content), sheet_text, MUST},
	{"XK_JDRQ", {"许可决定日期"}, FIELD(decision_date), sheet_date, MUST},
	{"XK_YXQZ", {"有效期自"}, FIELD(valid_from), sheet_date, MAY},
	{"XK_YXQZI", {"有效期至"}, FIELD(valid_until), sheet_end_date, MUST},
	{"XK_XKJG", {"许可机关"}, FIELD(decider_name), sheet_text, MUST},
	{"XK_XKJGDM", {"许可机关统一社会信用代码"}, FIELD(decider_uscc), sheet_authority_code, MUST},
	{"XK_ZT", {"当前状态"}, NO_FIELD, NULL, MAY},
	{"XK_LYDW", {"数据来源单位"}, FIELD(source_name), sheet_text, MAY},
	{"XK_LYDWDM", {"数据来源单位统一社会信用代码"}, FIELD(source_uscc), sheet_authority_code, MAY},
	{"BZ", {"备注"}, FIELD(remark), sheet_text, MAY},
	REJECTS_COLUMNS
};
#undef MESSAGE

/* What else a base register has of an entity may stand beside it and is passed over. */
#define MESSAGE Credit__V1__EntityEnrolment
static const struct sheet_column entity_columns[] = {
	{"USCC", {"统一社会信用代码"}, FIELD(entity_uscc), sheet_entity_code, MUST},
	{"NAME", {"主体名称", "企业名称", "机构名称", "名称"}, FIELD(name), sheet_text, MUST},
	{"FDDBR", {"法定代表人", "法定代表人姓名", "负责人"}, NO_FIELD, NULL, PERSONAL},
	{"ZJHM", {"法定代表人证件号码", "法定代表人身份证号", "证件号码"}, NO_FIELD, NULL, PERSONAL},
	REJECTS_COLUMNS
};
#undef MESSAGE
/* clang-format on */

static struct sheet_party penalty_party(struct sheet_row *row)
{
	return (struct sheet_party){
		row->message.penalty.entity_uscc, row->message.penalty.entity_name};
}

static struct sheet_party licence_party(struct sheet_row *row)
{
	return (struct sheet_party){
		row->message.licence.entity_uscc, row->message.licence.entity_name};
}

static struct sheet_party entity_party(struct sheet_row *row)
{
	return (struct sheet_party){
		row->message.enrolment.entity_uscc, row->message.enrolment.name};
}

#define COLUMNS_OF(table) table, sizeof table / sizeof table[0]

/* By the number of `import --kind`. */
const struct sheet_format sheet_formats[] = {
	[SHEET_PENALTY] = {"penalty", CREDIT__V1__ACT__PAYLOAD_ADMINISTRATIVE_PENALTY,
		&credit__v1__administrative_penalty__descriptor, COLUMNS_OF(penalty_columns),
		penalty_party},
	[SHEET_LICENCE] = {"licence", CREDIT__V1__ACT__PAYLOAD_LICENCE,
		&credit__v1__licence__descriptor, COLUMNS_OF(licence_columns), licence_party},
	[SHEET_ENTITY] = {"entity", CREDIT__V1__ACT__PAYLOAD_ENTITY_ENROLMENT,
		&credit__v1__entity_enrolment__descriptor, COLUMNS_OF(entity_columns),
		entity_party},
};
