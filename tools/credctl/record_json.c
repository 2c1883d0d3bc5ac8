/* SPDX-License-Identifier: Apache-2.0
 *
 * record_json.c - see record_json.h.
 */
#include "record_json.h"

#include "output.h"
#include "words.h"

static json_t *corrections_json(const Credit__V1__Record *record)
{
	json_t *all = json_array();

	for (size_t i = 0; i < record->n_corrections; i++) {
		const Credit__V1__Correction *one = record->corrections[i];
		json_array_append_new(
			all, json_pack("{s:o, s:o, s:o, s:o, s:o}", "field",
				     output_json_text(one->field), "old",
				     output_json_text(one->old_value), "new",
				     output_json_text(one->new_value), "recorded_at",
				     output_json_ms(one->recorded_at), "case",
				     output_json_hex(one->case_id.data, one->case_id.len)));
	}
	return all;
}

json_t *record_json(const Credit__V1__Record *record)
{
	return json_pack(
		"{s:o, s:o, s:s, s:s, s:s, s:o, s:b, s:b, s:b, s:b, s:o, s:o, s:o, s:o, s:o, "
		"s:o, s:o, s:s, s:o, s:I, s:I}",
		"entity", output_json_text(record->entity_uscc), "record",
		output_json_hex(record->id.data, record->id.len), "kind",
		words_name(&words_record_kind, record->kind), "state",
		words_name(&words_record_state, record->state), "outcome",
		words_name(&words_outcome, record->outcome), "title",
		output_json_text(record->title), "disputed", (int)record->disputed, "suspended",
		(int)record->suspended, "in_review", (int)(record->review_key.len > 0), "late",
		(int)record->late, "item", output_json_text(record->item), "document_no",
		output_json_text(record->document_no), "decider_uscc",
		output_json_text(record->decider_uscc), "decided_on",
		output_json_day(record->decided_on), "published_until",
		output_json_day(record->published_until), "repair_from",
		output_json_day(record->repair_from), "removed_on",
		output_json_day(record->removed_on), "removal_cause",
		words_name(&words_removal_cause, record->removal_cause), "corrections",
		corrections_json(record), "epoch", (json_int_t)record->epoch, "leaf",
		(json_int_t)record->leaf_index);
}
