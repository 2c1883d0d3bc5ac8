/* SPDX-License-Identifier: Apache-2.0
 *
 * book_value.c - see book_value.h.
 */
#include "book_value.h"
#include "book_walk.h"

#include <credit/v1/rule_book.pb-c.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What a lawyer calls the values; in English they are as the YAML writes them. */
static const struct {
	const char *name, *zh;
} values[] = {
	{"RANK_DEPARTMENT_RULE", "部门规章"},
	{"RANK_LOCAL_REGULATION", "地方性法规"},
	{"RANK_CENTRAL_POLICY", "党中央、国务院政策文件"},
	{"RANK_ADMINISTRATIVE_REGULATION", "行政法规"},
	{"RANK_LAW", "法律"},
	{"VISIBILITY_PUBLIC", "公开"},
	{"VISIBILITY_LIMITED", "授权查询"},
	{"VISIBILITY_GOVERNMENT", "政务共享"},
	{"CLOCK_START_DECISION", "决定之日"},
	{"CLOCK_START_RECORDED", "列入之日"},
	{"TRANSITION_KINDER", "从旧兼从轻"},
	{"TRANSITION_OLD", "从旧"},
	{"TRANSITION_NEW", "从新"},
	{"MEASURE_KIND_PUNISHMENT", "失信联合惩戒"},
	{"MEASURE_KIND_INCENTIVE", "守信联合激励"},
	{"MEASURE_CATEGORY_MARKET_ACCESS", "市场准入"},
	{"MEASURE_CATEGORY_QUALIFICATION", "资质资格"},
	{"MEASURE_CATEGORY_FUNDS", "政府采购、财政资金"},
	{"MEASURE_CATEGORY_HONOURS", "评优评先"},
	{"MEASURE_CATEGORY_CONVENIENCE", "优惠便利"},
	{"MEASURE_CATEGORY_SUPERVISION", "重点监管"},
	{"MEASURE_CATEGORY_CREDIT_MARKET", "征信、授信"},
	{"MEASURE_CATEGORY_OTHER", "其他"},
	{"COLOUR_RED", "红名单"},
	{"COLOUR_BLACK", "黑名单"},
	{"SEVERITY_MINOR", "轻微"},
	{"SEVERITY_GENERAL", "一般"},
	{"SEVERITY_SERIOUS", "严重"},
	{"LEVEL_COUNTY", "县级"},
	{"LEVEL_CITY", "设区的市级"},
	{"LEVEL_PROVINCE", "省级"},
	{"LEVEL_NATIONAL", "国家级"},
	{"RECORD_KIND_PENALTY", "行政处罚"},
	{"RECORD_KIND_LISTING", "列入名单"},
	{"RECORD_KIND_LICENCE", "行政许可"},
	{"RECORD_KIND_PLEDGE", "信用承诺"},
	{"RECORD_KIND_HONOUR", "荣誉"},
	{"RECORD_KIND_JUDGMENT", "司法裁判"},
};

size_t book_value_size(const ProtobufCFieldDescriptor *field)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(void *);
	case PROTOBUF_C_TYPE_INT64:
		return sizeof(int64_t);
	default:
		return sizeof(uint32_t);
	}
}

static const char *enum_text(const ProtobufCEnumDescriptor *type, int value, enum credit_lang lang,
	char text[BOOK_KEY_SIZE])
{
	const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(type, value);

	for (size_t i = 0; lang == CREDIT_LANG_ZH && found && i < sizeof values / sizeof values[0];
		i++) {
		if (strcmp(values[i].name, found->name) == 0)
			return values[i].zh;
	}
	return book_enum_name(type, value, text);
}

/* What a number counts stands in the field's title; money is said in yuan. */
static void number_text(const ProtobufCFieldDescriptor *field, const void *value,
	enum credit_lang lang, char text[64])
{
	if (field->type == PROTOBUF_C_TYPE_INT64) {
		int64_t fen = *(const int64_t *)value;
		snprintf(text, 64,
			lang == CREDIT_LANG_EN ? "%" PRId64 ".%02d yuan" : "%" PRId64 ".%02d 元",
			fen / 100, (int)(fen % 100));
	} else if (field->type == PROTOBUF_C_TYPE_INT32) {
		/* Every int32 of a rule book is a date. */
		credit_day_text((credit_day_t){*(const int32_t *)value}, text);
	} else {
		snprintf(text, 64, "%u", *(const uint32_t *)value);
	}
}

static bool is_none(const ProtobufCFieldDescriptor *field, const void *value)
{
	static const char zero[sizeof(int64_t)];

	if (field->type == PROTOBUF_C_TYPE_STRING)
		return !*(const char *const *)value || !**(const char *const *)value;
	if (field->type == PROTOBUF_C_TYPE_UINT32 || field->type == PROTOBUF_C_TYPE_BOOL)
		return false;
	return memcmp(value, zero, book_value_size(field)) == 0;
}

char *book_value(const ProtobufCFieldDescriptor *field, const void *value, enum credit_lang lang)
{
	char number[64], name[BOOK_KEY_SIZE];
	const Credit__V1__Period *period;

	if (is_none(field, value))
		return strdup(lang == CREDIT_LANG_EN ? "none" : "无");
	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		return strdup(*(const char *const *)value);
	case PROTOBUF_C_TYPE_BOOL:
		if (*(const protobuf_c_boolean *)value)
			return strdup(lang == CREDIT_LANG_EN ? "yes" : "是");
		return strdup(lang == CREDIT_LANG_EN ? "no" : "否");
	case PROTOBUF_C_TYPE_ENUM:
		return strdup(enum_text(field->descriptor, *(const int *)value, lang, name));
	case PROTOBUF_C_TYPE_MESSAGE:
		period = *(const Credit__V1__Period *const *)value;
		snprintf(number, sizeof number, lang == CREDIT_LANG_EN ? "%u months" : "%u 个月",
			period->months);
		return strdup(number);
	default:
		number_text(field, value, lang, number);
		return strdup(number);
	}
}
