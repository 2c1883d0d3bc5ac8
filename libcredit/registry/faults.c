/* SPDX-License-Identifier: Apache-2.0
 *
 * faults.c - the sentences of fsck (faults.h).
 */
#include "registry/faults.h"

struct sentences {
	const char *name;
	const char *what[2], *means[2], *remedy[2];
};

#define FAULT_ROW_(name, what, what_zh, means, means_zh, remedy, remedy_zh) \
	{#name, {what, what_zh}, {means, means_zh}, {remedy, remedy_zh}},
/* Once more, so that the pairs which rows share are taken apart first. */
#define FAULT_ROW(...) FAULT_ROW_(__VA_ARGS__)

static const struct sentences sentences[] = {CREDIT_FAULT_LIST(FAULT_ROW)};

void credit__fault_set(struct credit_fault *fault, enum fault which)
{
	const struct sentences *row = &sentences[which];

	fault->name = row->name;
	for (int lang = CREDIT_LANG_EN; lang <= CREDIT_LANG_ZH; lang++) {
		fault->what[lang] = row->what[lang];
		fault->means[lang] = row->means[lang];
		fault->remedy[lang] = row->remedy[lang];
	}
}

const char *credit_fsck_phase_name(enum credit_fsck_phase phase, enum credit_lang lang)
{
	static const char *const names[][2] = {
		[CREDIT_FSCK_PAGES] = {"pages", "文件页"},
		[CREDIT_FSCK_JOURNAL] = {"journal", "日志"},
		[CREDIT_FSCK_SIGNATURES] = {"signatures", "签名"},
		[CREDIT_FSCK_EFFECTS] = {"effects", "效力"},
		[CREDIT_FSCK_STATE] = {"state", "状态"},
		[CREDIT_FSCK_MAP] = {"map", "映射"},
		[CREDIT_FSCK_PUBLICATIONS] = {"publications", "发布"},
	};

	return names[phase][lang];
}
