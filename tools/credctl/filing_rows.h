/* SPDX-License-Identifier: Apache-2.0
 *
 * filing_rows.h - option rows that many filing subcommands have in common.
 *
 * Each takes the subcommand's struct, which has a member of the option's name and type: `entity`
 * (struct option_uscc), `record` (struct option_record), `document`, `reason` (char *), `date`
 * (credit_day_t).
 */
#ifndef CREDCTL_FILING_ROWS_H
#define CREDCTL_FILING_ROWS_H

#include "options.h"

/* clang-format off */
#define ROW_ENTITY(holder) \
	{.name = "entity", .type = OPTION_USCC, .offset = offsetof(holder, entity), \
		.required = true, .value = "CODE", \
		.help = {"the entity's code", "主体的统一社会信用代码"}}
#define ROW_RECORD(holder) \
	{.name = "record", .type = OPTION_RECORD, .offset = offsetof(holder, record), \
		.required = true, .value = "ID", \
		.help = {"the record's id, see 'credctl records'", "记录编号，见 credctl records"}}
#define ROW_DOCUMENT(holder, en, zh) \
	{.name = "document", .type = OPTION_TEXT, .offset = offsetof(holder, document), \
		.required = true, .value = "NO", .help = {en, zh}}
#define ROW_DATE(holder, en, zh) \
	{.name = "date", .type = OPTION_DATE, .offset = offsetof(holder, date), \
		.required = true, .value = "DATE", .help = {en, zh}}
#define ROW_REASON(holder) \
	{.name = "reason", .type = OPTION_TEXT, .offset = offsetof(holder, reason), \
		.required = true, .value = "TEXT", .help = {"the reasons", "理由"}}
/* clang-format on */

/* An id for an act's field; empty when it was not given. */
static inline ProtobufCBinaryData record_field(const struct option_record *record)
{
	if (!record->given)
		return (ProtobufCBinaryData){0, NULL};
	return (ProtobufCBinaryData){sizeof record->id.byte, (uint8_t *)(uintptr_t)record->id.byte};
}

#endif
