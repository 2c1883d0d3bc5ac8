/* SPDX-License-Identifier: Apache-2.0
 *
 * names.c - the first two characters: registering department and category.
 *
 * One table both knows which pairs exist and what they are called; the check asks it for every
 * code. It is indexed by the characters themselves.
 *
 * Source: GB 32100-2015 table 1 with Amendment No. 1 (2016). The example in the plan of 2015 (1, 2
 * and 3 for staffing, civil affairs and industry), still copied by many pages, was never issued.
 */
#include "uscc/parts.h"

#define FIRST '0'
#define OTHER [9] = {"other", "其他"}

struct department {
	const char *name[2]; /* by enum credit_lang; NULL: no such department */
	const char *category[10][2];
};

static const struct department departments['Z' - FIRST + 1] = {
	['1' - FIRST] = {{"staffing offices", "机构编制"},
		{[1] = {"public authority", "机关"},
			[2] = {"public institution", "事业单位"},
			[3] = {"mass organisation", "群众团体"},
			OTHER}},
	['2' - FIRST] = {{"foreign affairs", "外交"},
		{[1] = {"resident foreign news organisation", "外国常驻新闻机构"}, OTHER}},
	['3' - FIRST] = {{"justice", "司法行政"},
		{[1] = {"law firm", "律师执业机构"},
			[2] = {"notary office", "公证处"},
			[3] = {"grass-roots legal service", "基层法律服务所"},
			[4] = {"forensic institution", "司法鉴定机构"},
			[5] = {"arbitration commission", "仲裁委员会"},
			OTHER}},
	['4' - FIRST] = {{"culture", "文化"},
		{[1] = {"foreign cultural centre", "外国在华文化中心"}, OTHER}},
	['5' - FIRST] = {{"civil affairs", "民政"},
		{[1] = {"social association", "社会团体"},
			[2] = {"private non-enterprise unit", "民办非企业单位"},
			[3] = {"foundation", "基金会"},
			OTHER}},
	['6' - FIRST] = {{"tourism", "旅游"},
		{[1] = {"resident office of a foreign tourism authority",
			 "外国旅游部门常驻代表机构"},
			[2] = {"resident office of a tourism authority of Hong Kong, Macao or "
			       "Taiwan",
				"港澳台地区旅游部门常驻内地（大陆）代表机构"},
			OTHER}},
	['7' - FIRST] = {{"religious affairs", "宗教"},
		{[1] = {"place of worship", "宗教活动场所"},
			[2] = {"religious school", "宗教院校"},
			OTHER}},
	['8' - FIRST] = {{"trade unions", "工会"},
		{[1] = {"grass-roots union", "基层工会"}, OTHER}},
	['9' - FIRST] = {{"market regulation", "市场监督管理"},
		{[1] = {"enterprise", "企业"},
			[2] = {"individual business", "个体工商户"},
			[3] = {"farmers' cooperative", "农民专业合作社"}}},
	['A' - FIRST] = {{"military reform and staffing", "中央军委改革和编制办公室"},
		{[1] = {"military institution", "军队事业单位"}, OTHER}},
	['N' - FIRST] = {{"agriculture", "农业"},
		{[1] = {"collective of a villagers' group", "组级集体经济组织"},
			[2] = {"collective of a village", "村级集体经济组织"},
			[3] = {"collective of a township", "乡镇级集体经济组织"},
			OTHER}},
	['Y' - FIRST] = {{"other", "其他"}, {[1] = {"other", "其他"}}},
};

static const struct department *find_department(char department)
{
	static const struct department none;

	return department >= FIRST && department <= 'Z' ? &departments[department - FIRST] : &none;
}

bool credit__uscc_department_known(char department)
{
	return find_department(department)->name[CREDIT_LANG_EN] != NULL;
}

bool credit__uscc_category_known(char department, char category)
{
	return category >= '0' && category <= '9' &&
	       find_department(department)->category[category - '0'][CREDIT_LANG_EN] != NULL;
}

const char *credit_uscc_department(const struct credit_uscc *uscc, enum credit_lang lang)
{
	const char *name = find_department(uscc->character[0])->name[lang];

	return name ? name : "";
}

const char *credit_uscc_category(const struct credit_uscc *uscc, enum credit_lang lang)
{
	if (!credit__uscc_category_known(uscc->character[0], uscc->character[1]))
		return "";
	return find_department(uscc->character[0])->category[uscc->character[1] - '0'][lang];
}
