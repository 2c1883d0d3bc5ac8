/* SPDX-License-Identifier: Apache-2.0
 *
 * status.c - what an entity's answer says: from its published records and nothing else.
 *
 * A record that is no longer published leaves no trace here, so a repaired entity's Status and
 * Detail are the bytes of one that was never listed. Only the opening before them is drawn anew.
 */
#include "rules/procedure.h"

#include <stdlib.h>
#include <string.h>

#define LISTS_MAX 6     /* in a Status; more are counted */
#define MEASURES_MAX 32 /* in a Detail; more are counted */

/* What a Status counts beside listings. */
enum count {
	PENALTIES,
	BROKEN_PLEDGES,
	OPEN_JUDGMENTS,
	LICENCES,
	PLEDGES,
	HONOURS,
	COUNTS
};

/* Published records, gathered. */
struct summary {
	struct credit__deciding *deciding;
	Credit__V1__Record **listings; /* in the decision's arena */
	size_t count, capacity;
	uint32_t counts[COUNTS];
	int32_t first_end;            /* earliest last day of what is shown; 0: none has one */
	struct credit__rows measures; /* in force because of these listings */
};

static enum credit_error add_listing(struct summary *summary, struct credit_bytes value)
{
	struct credit_arena *arena = summary->deciding->in->arena;
	ProtobufCMessage *message;
	enum credit_error error;

	if (summary->count == summary->capacity) {
		size_t capacity = summary->capacity ? summary->capacity * 2 : LISTS_MAX;
		Credit__V1__Record **listings =
			credit_arena_alloc(arena, capacity * sizeof(Credit__V1__Record *));
		if (!listings)
			return CREDIT_E_NO_MEMORY;
		if (summary->count > 0)
			memcpy(listings, summary->listings,
				summary->count * sizeof(Credit__V1__Record *));
		summary->listings = listings;
		summary->capacity = capacity;
	}
	error = credit__row_decode(
		CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RECORD, value, arena, &message);
	if (!error)
		summary->listings[summary->count++] = (Credit__V1__Record *)message;
	return error;
}

/* Time alone changes the answer after the earliest last day; what is published until it is ended has
 * none. */
static void note_end(struct summary *summary, int32_t last_day)
{
	if (last_day != 0 && (summary->first_end == 0 || last_day < summary->first_end))
		summary->first_end = last_day;
}

static bool is_public(const Credit__V1__Record *record)
{
	return record->visibility <= CREDIT__V1__VISIBILITY__VISIBILITY_PUBLIC;
}

/* COUNTS: it is a listing, or counted nowhere (a judgment that was carried out). */
static enum count count_of(const Credit__V1__Record *record)
{
	bool performed = record->outcome == CREDIT__V1__OUTCOME_KIND__OUTCOME_KIND_PERFORMED;

	switch (record->kind) {
	case CREDIT__V1__RECORD_KIND__RECORD_KIND_PENALTY:
		return PENALTIES;
	case CREDIT__V1__RECORD_KIND__RECORD_KIND_LICENCE:
		return LICENCES;
	case CREDIT__V1__RECORD_KIND__RECORD_KIND_PLEDGE:
		return record->outcome == CREDIT__V1__OUTCOME_KIND__OUTCOME_KIND_BROKEN
			       ? BROKEN_PLEDGES
			       : PLEDGES;
	case CREDIT__V1__RECORD_KIND__RECORD_KIND_HONOUR:
		return HONOURS;
	case CREDIT__V1__RECORD_KIND__RECORD_KIND_JUDGMENT:
		return performed ? COUNTS : OPEN_JUDGMENTS;
	case CREDIT__V1__RECORD_KIND__RECORD_KIND_UNSPECIFIED:
	case CREDIT__V1__RECORD_KIND__RECORD_KIND_LISTING:
	case _CREDIT__V1__RECORD_KIND_IS_INT_SIZE:
		break;
	}
	return COUNTS;
}

static enum credit_error gather(
	void *context, const ProtobufCMessage *row, struct credit_bytes value)
{
	const Credit__V1__Record *record = (const Credit__V1__Record *)row;
	struct summary *summary = context;

	if (record->state != CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED || !is_public(record))
		return CREDIT_OK;
	note_end(summary, record->published_until);
	if (record->kind == CREDIT__V1__RECORD_KIND__RECORD_KIND_LISTING)
		return add_listing(summary, value);
	if (count_of(record) < COUNTS)
		summary->counts[count_of(record)]++;
	return CREDIT_OK;
}

/* By list number; an entity stands on a list once. */
static int by_number(const void *a, const void *b)
{
	const Credit__V1__Record *left = *(Credit__V1__Record *const *)a;
	const Credit__V1__Record *right = *(Credit__V1__Record *const *)b;

	return (left->list > right->list) - (left->list < right->list);
}

/* --- measures: those that lean on a listing that is shown ------------------------------------- */

static bool is_shown(const void *context, const ProtobufCMessage *row)
{
	const Credit__V1__Measure *measure = (const Credit__V1__Measure *)row;
	const struct summary *summary = context;

	for (size_t i = 0; credit__measure_stands(measure) && i < summary->count; i++) {
		const ProtobufCBinaryData *id = &summary->listings[i]->id;
		if (measure->listing.len == id->len &&
			memcmp(measure->listing.data, id->data, id->len) == 0)
			return true;
	}
	return false;
}

/* The oldest first; ids tell those of one day apart. */
static int by_age(const void *a, const void *b)
{
	const Credit__V1__Measure *left = *(Credit__V1__Measure *const *)a;
	const Credit__V1__Measure *right = *(Credit__V1__Measure *const *)b;

	if (left->applied_on != right->applied_on)
		return left->applied_on < right->applied_on ? -1 : 1;
	return memcmp(left->id.data, right->id.data, CREDIT_RECORD_ID_SIZE);
}

/* Adds those of one code. */
static enum credit_error add_rows(struct summary *summary, const char *uscc)
{
	struct credit__rows *rows = &summary->measures, more, both;
	enum credit_error error = credit__gather_rows(summary->deciding,
		CREDIT__V1__EFFECT_KIND__EFFECT_KIND_MEASURE, uscc, is_shown, summary, &more);

	if (error || more.count == 0)
		return error;
	both.count = rows->count + more.count;
	both.items = credit_arena_alloc(
		summary->deciding->in->arena, both.count * sizeof(ProtobufCMessage *));
	if (!both.items)
		return CREDIT_E_NO_MEMORY;
	if (rows->count > 0)
		memcpy(both.items, rows->items, rows->count * sizeof(ProtobufCMessage *));
	memcpy(both.items + rows->count, more.items, more.count * sizeof(ProtobufCMessage *));
	*rows = both;
	return CREDIT_OK;
}

/* Measures stay under the code whose listing they lean on, as records do. */
static enum credit_error gather_measures(struct summary *summary, const Credit__V1__Entity *entity)
{
	struct credit__rows *rows = &summary->measures;
	enum credit_error error;

	if (summary->count == 0)
		return CREDIT_OK;
	error = add_rows(summary, entity->uscc);
	for (size_t i = 0; i < entity->n_predecessors && !error; i++)
		error = add_rows(summary, entity->predecessors[i]);
	if (error)
		return error;
	if (rows->count > 1)
		qsort(rows->items, rows->count, sizeof(ProtobufCMessage *), by_age);
	for (size_t i = 0; i < rows->count; i++)
		note_end(summary, ((const Credit__V1__Measure *)rows->items[i])->until);
	return CREDIT_OK;
}

static void fill_measure(const Credit__V1__Measure *measure, Credit__V1__MeasureDetail *detail)
{
	credit__v1__measure_detail__init(detail);
	detail->measure = measure->measure;
	detail->title = measure->title;
	detail->title_en = measure->title_en;
	detail->listing = measure->listing;
	detail->authority_uscc = measure->authority_uscc;
	detail->authority_name = measure->authority_name;
	detail->applied_on = measure->applied_on;
	detail->until = measure->until;
	detail->suspended = measure->suspended;
}

static enum credit_error add_measures(const struct summary *summary, Credit__V1__Detail *detail)
{
	struct credit_arena *arena = summary->deciding->in->arena;
	size_t count =
		summary->measures.count < MEASURES_MAX ? summary->measures.count : MEASURES_MAX;
	Credit__V1__MeasureDetail *measures = credit_arena_alloc(arena, count * sizeof *measures);

	detail->measures = credit_arena_alloc(arena, count * sizeof(Credit__V1__MeasureDetail *));
	if (!measures || !detail->measures)
		return CREDIT_E_NO_MEMORY;
	for (size_t i = 0; i < count; i++) {
		fill_measure((const Credit__V1__Measure *)summary->measures.items[i], &measures[i]);
		detail->measures[i] = &measures[i];
	}
	detail->n_measures = count;
	detail->more_measures = (uint32_t)(summary->measures.count - count);
	return CREDIT_OK;
}

/* --- the messages ------------------------------------------------------------------------------ */

static void fill_detail(const Credit__V1__Record *record, Credit__V1__ListingDetail *detail)
{
	credit__v1__listing_detail__init(detail);
	detail->list = record->item;
	detail->title = record->list_title;
	detail->title_en = record->list_title_en;
	detail->colour = record->colour;
	detail->record = record->id;
	detail->ground = record->ground;
	detail->instrument = record->instrument;
	detail->decider_uscc = record->decider_uscc;
	detail->decider_name = record->decider_name;
	detail->document_no = record->document_no;
	detail->listed_on = record->decided_on;
	detail->published_until = record->published_until;
	detail->repair_from = record->repair_from;
	detail->removal_conditions = record->removal_conditions;
	detail->remedy = record->remedy;
	detail->rule_book = record->rule_book;
	detail->leaf_index = record->leaf_index;
	detail->disputed = record->disputed;
	detail->suspended = record->suspended;
	detail->in_review = record->review_key.len > 0;
}

static enum credit_error encode_detail(const struct summary *summary,
	const Credit__V1__Entity *entity, bool flagged, struct credit_bytes *ret_bytes)
{
	struct credit_arena *arena = summary->deciding->in->arena;
	Credit__V1__Detail detail = CREDIT__V1__DETAIL__INIT;
	size_t count = summary->count;
	Credit__V1__ListingDetail *listings = credit_arena_alloc(arena, count * sizeof *listings);

	detail.listings = credit_arena_alloc(arena, count * sizeof(Credit__V1__ListingDetail *));
	if (!listings || !detail.listings)
		return CREDIT_E_NO_MEMORY;
	for (size_t i = 0; i < count; i++) {
		fill_detail(summary->listings[i], &listings[i]);
		detail.listings[i] = &listings[i];
	}
	detail.n_listings = count;
	detail.entity_uscc = entity->uscc;
	detail.name = entity->name;
	detail.penalties = summary->counts[PENALTIES];
	detail.successor_uscc = entity->successor_uscc;
	detail.deregistered_on = entity->deregistered_on;
	detail.code_flagged = flagged;
	if (add_measures(summary, &detail))
		return CREDIT_E_NO_MEMORY;
	return credit_encode(&detail.base, arena, ret_bytes);
}

static enum credit_error encode_status(const struct summary *summary,
	const Credit__V1__Entity *entity, bool flagged, struct credit_hash *detail_hash,
	struct credit_bytes *ret_bytes)
{
	Credit__V1__Status status = CREDIT__V1__STATUS__INIT;
	Credit__V1__ListEntry entries[LISTS_MAX], *pointers[LISTS_MAX];
	size_t shown = summary->count < LISTS_MAX ? summary->count : LISTS_MAX;

	for (size_t i = 0; i < shown; i++) {
		const Credit__V1__Record *record = summary->listings[i];
		credit__v1__list_entry__init(&entries[i]);
		entries[i].list = record->list;
		entries[i].colour = record->colour;
		entries[i].listed_on = record->decided_on;
		entries[i].published_until = record->published_until;
		entries[i].disputed = record->disputed;
		entries[i].suspended = record->suspended;
		entries[i].in_review = record->review_key.len > 0;
		pointers[i] = &entries[i];
	}
	status.lists = pointers;
	status.penalties = summary->counts[PENALTIES];
	status.broken_pledges = summary->counts[BROKEN_PLEDGES];
	status.open_judgments = summary->counts[OPEN_JUDGMENTS];
	status.licences = summary->counts[LICENCES];
	status.pledges = summary->counts[PLEDGES];
	status.honours = summary->counts[HONOURS];
	status.ended = entity->deregistered_on != 0 || entity->successor_uscc[0] != '\0';
	status.detail_hash = (ProtobufCBinaryData){CREDIT_HASH_SIZE, detail_hash->byte};
	status.code_flagged = flagged;
	if (summary->first_end != 0)
		status.fresh_until = credit_day_begins((credit_day_t){summary->first_end + 1}).ms;
	/* Six lists fit as a rule; flags and late dates may push the last ones into the count. */
	do {
		status.n_lists = shown;
		status.more_lists = (uint32_t)(summary->count - shown);
	} while (credit__v1__status__get_packed_size(&status) > CREDIT_STATUS_MAX && shown-- > 0);
	return credit_encode(&status.base, summary->deciding->in->arena, ret_bytes);
}

/* Its own records, and those of the codes that were re-issued as this one. */
static enum credit_error gather_all(struct credit__deciding *deciding,
	const Credit__V1__Entity *entity, struct summary *summary)
{
	const Credit__V1__EffectKind kind = CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RECORD;
	enum credit_error error = credit__each_row(deciding, kind, entity->uscc, gather, summary);

	for (size_t i = 0; i < entity->n_predecessors && !error; i++)
		error = credit__each_row(deciding, kind, entity->predecessors[i], gather, summary);
	return error;
}

enum credit_error credit__put_status(
	struct credit__deciding *deciding, const Credit__V1__Entity *entity)
{
	const struct credit_decision *in = deciding->in;
	bool flagged = entity->evidence == CREDIT__V1__CODE_EVIDENCE__CODE_EVIDENCE_EXCEPTION;
	struct summary summary = {.deciding = deciding};
	struct credit_bytes status, detail, value;
	struct credit_hash detail_hash;
	enum credit_error error = gather_all(deciding, entity, &summary);

	if (error)
		return error;
	if (summary.count > 1)
		qsort(summary.listings, summary.count, sizeof(Credit__V1__Record *), by_number);
	error = gather_measures(&summary, entity);
	if (error)
		return error;
	error = encode_detail(&summary, entity, flagged, &detail);
	if (error)
		return error;
	credit_sha256(detail, &detail_hash);
	error = encode_status(&summary, entity, flagged, &detail_hash, &status);
	if (error)
		return error;

	struct credit_opening opening;
	struct credit_buffer buffer;
	size_t size = sizeof opening.byte + sizeof(uint16_t) + status.size + detail.size;
	void *memory = credit_arena_alloc(in->arena, size);
	if (!memory)
		return CREDIT_E_NO_MEMORY;
	in->draw(in->draw_context, &opening);
	credit_buffer_init(&buffer, memory, size);
	credit_buffer_put(&buffer, opening.byte, sizeof opening.byte);
	credit_buffer_put_u16(&buffer, (uint16_t)status.size);
	credit_buffer_put(&buffer, status.data, status.size);
	credit_buffer_put(&buffer, detail.data, detail.size);
	error = credit_buffer_done(&buffer, &value);
	if (error)
		return error;

	struct credit__key key = credit__key_uscc(entity->uscc);
	return credit__put_bytes(
		deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_STATUS, &key, value);
}
