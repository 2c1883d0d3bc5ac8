/* SPDX-License-Identifier: Apache-2.0
 *
 * test_guard.c - what the personal-data guard finds in texts, and what it must let pass.
 */
#include <credit/uscc.h>

#include <criterion/criterion.h>
#include <string.h>

struct example {
	const char *text;
	uint32_t position;
};

static void expect(enum credit_error error, enum credit_text_kind kind,
	const struct example *examples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct credit_problem problem = {0};
		enum credit_error found =
			credit_guard_text(credit_bytes_of(examples[i].text), kind, &problem);
		cr_expect_eq(found, error, "%s: %s", examples[i].text, credit_error_name(found));
		cr_expect_eq(problem.position, examples[i].position, "%s: at %u", examples[i].text,
			(unsigned)problem.position);
		cr_expect_str_empty(problem.detail, "the number must not be repeated");
	}
}
#define EXPECT(error, kind, examples) \
	expect(error, kind, examples, sizeof(examples) / sizeof((examples)[0]))

Test(guard, identity_numbers_are_found_however_they_are_written)
{
	static const struct example examples[] = {
		{"11010519491231002X", 1},
		{"当事人身份证号11010519491231002X。", 8},
		{"证号11010519491231002x，罚款", 3},
		{"110105 19491231 002X", 1},
		{"110105-19491231-002-X", 1},
		{"110105.1949.1231.002X", 1},
		{"１１０１０５１９４９１２３１００２Ｘ", 1},
		{"110105\u300019491231\u3000002X", 1},
		{"编号2026 11010519491231002X", 8},
		{"编号202611010519491231002X", 7}, /* glued to other digits */
		{"440524188001010014元", 1},
		{"身份证：（110105）19491231-002X", 6},
		{"A440524188001010014B", 2},
	};

	EXPECT(CREDIT_E_PERSONAL_ID, CREDIT_TEXT_FREE, examples);
	EXPECT(CREDIT_E_PERSONAL_ID, CREDIT_TEXT_DOCUMENT_NUMBER, examples);
}

Test(guard, old_identity_numbers_are_found_when_whole_or_divided_as_usual)
{
	static const struct example examples[] = {
		{"110105491231002", 1},
		{"旧证110105491231002号", 3},
		{"110105 491231 002", 1},
		{"110105-491231-002", 1},
	};

	EXPECT(CREDIT_E_PERSONAL_ID, CREDIT_TEXT_FREE, examples);
	EXPECT(CREDIT_E_PERSONAL_ID, CREDIT_TEXT_DOCUMENT_NUMBER, examples);
}

Test(guard, mobile_numbers_are_found)
{
	static const struct example examples[] = {
		{"13812345678", 1},
		{"联系电话：13812345678，李某", 6},
		{"tel13812345678", 4},
		{"138 1234 5678", 1},
		{"138-1234-5678", 1},
		{"138.1234.5678", 1},
		{"138-12345678", 1},
		{"１３８１２３４５６７８", 1},
		{"+8613812345678", 4},
		{"+86 138 1234 5678", 5},
		{"+86-13812345678", 5},
		{"008613812345678", 5},
		{"0086 138-1234-5678", 6},
		{"13812345678、13912345678", 1},
		{"手机13812345678号码", 3},
		{"（2026）京0108民初1号，电话19912345678", 19},
	};

	EXPECT(CREDIT_E_PERSONAL_PHONE, CREDIT_TEXT_FREE, examples);
}

Test(guard, landline_numbers_are_found)
{
	static const struct example examples[] = {
		{"010-87654321", 1},
		{"01087654321", 1},
		{"(010)87654321", 2},
		{"（0755）8765 4321", 2},
		{"0755-87654321-801", 1},
		{"0316 7654321", 1},
		{"05317654321", 1},
		{"0755 8765 4321", 1},
		{"+86 10 87654321", 5},
		{"+86 (755) 8765 4321", 6},
		{"+861087654321", 4},
		{"电话０１０－８７６５４３２１", 3},
	};

	EXPECT(CREDIT_E_PERSONAL_PHONE, CREDIT_TEXT_FREE, examples);
}

Test(guard, document_number_fields_allow_what_looks_like_a_telephone_number)
{
	static const struct example examples[] = {
		{"13812345678", 0}, {"沪市监处〔2026〕010-87654321号", 0}, {"138 1234 5678", 0}};

	EXPECT(CREDIT_OK, CREDIT_TEXT_DOCUMENT_NUMBER, examples);
}

Test(guard, ordinary_numbers_of_official_texts_pass)
{
	static const struct example examples[] = {
		{"", 0},
		{"依据《行政处罚法》第三十二条，罚款人民币50000.00元。", 0},
		{"2026-04-01 至 2027-04-01", 0},
		{"20260401", 0},
		{"2026年4月1日14时30分", 0},
		{"沪市监浦处〔2026〕152026001234号", 0},
		{"京市监处罚〔2026〕13812345678号", 0},
		{"（2026）第13812345678号", 0},
		{"（2026）京0108民初12345号", 0},
		{"邮编100080，邮编 310000 200120", 0},
		{"热线12345、12315，客服400-810-1234，800 810 1234", 0},
		{"没收违法所得13812345678.00元", 0},
		{"合计13812345678元", 0},
		{"合计 13812345678 万元", 0},
		{"￥13812345678", 0},
		{"经纬度131.12345678，45.123456", 0},
		{"房间139 20260401", 0},
		{"编号2026-139-1234-5678", 0},
		{"流水号6222021381234567890", 0},
		{"工商注册号110108000673293", 0},
		{"统一社会信用代码91110000802100433B", 0},
		{"统一社会信用代码９１１１００００８０２１００４３３Ｂ。", 0},
		{"914403001922038216，12100000425006117P", 0},
		{"组织机构代码80210043-3", 0},
		{"摘要a13812345678b", 0},
		{"1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.20", 0},
		{"0123456789", 0},
		{"000000000000", 0},
		{"许可证编号 JY13101150012345", 0},
		{"第一行\n第二行\t列", 0},
		{"110105491331002", 0},    /* month 13 */
		{"11010519491231003X", 0}, /* check character */
		{"110105194912310", 0},
		{"12345678901", 0},
		{"0755-01234567", 0},
	};

	EXPECT(CREDIT_OK, CREDIT_TEXT_FREE, examples);
}

Test(guard, text_that_is_not_utf8_or_hides_characters_is_refused_with_its_place)
{
	static const struct example broken[] = {{"信用\xFF", 3}, {"\xE4\xB8", 1}};
	static const struct example hidden[] = {{"a\x01", 2}, {"a\rb", 2}, {"\x7F", 1},
		{"信\xC2\x85", 2}, {"138\u200B1234", 4}, {"\u202E123", 1}, {"\uFEFFa", 1}};
	static const struct example layout[] = {{"a\tb", 2}, {"a\n", 2}};

	EXPECT(CREDIT_E_UTF8_INVALID, CREDIT_TEXT_FREE, broken);
	EXPECT(CREDIT_E_CONTROL_CHARACTER, CREDIT_TEXT_FREE, hidden);
	EXPECT(CREDIT_E_CONTROL_CHARACTER, CREDIT_TEXT_DOCUMENT_NUMBER, hidden);
	EXPECT(CREDIT_E_CONTROL_CHARACTER, CREDIT_TEXT_DOCUMENT_NUMBER, layout);
	EXPECT(CREDIT_OK, CREDIT_TEXT_FREE, ((struct example[]){{"a\tb\n", 0}}));
}

Test(guard, nul_inside_a_text_is_a_control_character_and_no_end)
{
	struct credit_problem problem;
	struct credit_bytes text = {(const uint8_t *)"ab\0c", 4};

	cr_expect_eq(
		credit_guard_text(text, CREDIT_TEXT_FREE, &problem), CREDIT_E_CONTROL_CHARACTER);
	cr_expect_eq(problem.position, 3);
	cr_expect_eq(credit_guard_text((struct credit_bytes){NULL, 0}, CREDIT_TEXT_FREE, NULL),
		CREDIT_OK);
}
