/* SPDX-License-Identifier: Apache-2.0
 *
 * figures.c - credit.v1.SupervisionService: assessment of an authority, measures by list and department.
 *
 * The registry counts where things happen, one row for an authority's month (journal.proto, Tally);
 * here rows are added up and nothing else.
 */
#include "service/supervision.h"

#include "credit/v1/journal.pb-c.h"

#include <string.h>

/* --- adding up -------------------------------------------------------------------------------- */

/* One more pointer behind `*count` of them, to zeroed memory of `size` bytes; NULL: no memory. */
static void *add_line(struct credit_arena *arena, void ***lines, size_t *count, size_t size)
{
	void **longer = credit_arena_alloc(arena, (*count + 1) * sizeof *longer);
	void *line = credit_arena_alloc(arena, size);

	if (!longer || !line)
		return NULL;
	if (*count > 0)
		memcpy(longer, *lines, *count * sizeof *longer);
	memset(line, 0, size);
	longer[(*count)++] = line;
	*lines = longer;
	return line;
}

static enum credit_error add_case(
	struct credit_arena *arena, Credit__V1__Tally *total, const Credit__V1__CaseTally *more)
{
	Credit__V1__CaseTally *line = NULL;

	for (size_t i = 0; i < total->n_cases && !line; i++) {
		if (total->cases[i]->kind == more->kind && total->cases[i]->state == more->state)
			line = total->cases[i];
	}
	if (!line) {
		void **lines = (void **)total->cases;
		line = add_line(arena, &lines, &total->n_cases, sizeof *line);
		if (!line)
			return CREDIT_E_NO_MEMORY;
		total->cases = (Credit__V1__CaseTally **)lines;
		credit__v1__case_tally__init(line);
		line->kind = more->kind;
		line->state = more->state;
	}
	line->count += more->count;
	line->days += more->days;
	return CREDIT_OK;
}

static enum credit_error add_measure(
	struct credit_arena *arena, Credit__V1__Tally *total, const Credit__V1__MeasureTally *more)
{
	Credit__V1__MeasureTally *line = NULL;

	for (size_t i = 0; i < total->n_measures && !line; i++) {
		if (strcmp(total->measures[i]->list, more->list) == 0 &&
			strcmp(total->measures[i]->measure, more->measure) == 0)
			line = total->measures[i];
	}
	if (!line) {
		void **lines = (void **)total->measures;
		line = add_line(arena, &lines, &total->n_measures, sizeof *line);
		if (!line)
			return CREDIT_E_NO_MEMORY;
		total->measures = (Credit__V1__MeasureTally **)lines;
		credit__v1__measure_tally__init(line);
		line->list = more->list;
		line->measure = more->measure;
	}
	line->applied += more->applied;
	line->lifted += more->lifted;
	line->lifted_late += more->lifted_late;
	line->feedbacks += more->feedbacks;
	return CREDIT_OK;
}

static enum credit_error add_item(
	struct credit_arena *arena, Credit__V1__Tally *total, const Credit__V1__ItemTally *more)
{
	Credit__V1__ItemTally *line = NULL;

	for (size_t i = 0; i < total->n_items && !line; i++) {
		if (strcmp(total->items[i]->item, more->item) == 0)
			line = total->items[i];
	}
	if (!line) {
		void **lines = (void **)total->items;
		line = add_line(arena, &lines, &total->n_items, sizeof *line);
		if (!line)
			return CREDIT_E_NO_MEMORY;
		total->items = (Credit__V1__ItemTally **)lines;
		credit__v1__item_tally__init(line);
		line->item = more->item;
	}
	line->added += more->added;
	line->ended += more->ended;
	return CREDIT_OK;
}

static enum credit_error add_tally(
	struct credit_arena *arena, Credit__V1__Tally *total, const Credit__V1__Tally *more)
{
	enum credit_error error = CREDIT_OK;

	total->filed_in_time += more->filed_in_time;
	total->filed_late += more->filed_late;
	total->tasks_in_time += more->tasks_in_time;
	total->tasks_late += more->tasks_late;
	total->tasks_overdue += more->tasks_overdue;
	total->ratings += more->ratings;
	total->rating_sum += more->rating_sum;
	for (size_t i = 0; i < more->n_cases && !error; i++)
		error = add_case(arena, total, more->cases[i]);
	for (size_t i = 0; i < more->n_measures && !error; i++)
		error = add_measure(arena, total, more->measures[i]);
	for (size_t i = 0; i < more->n_items && !error; i++)
		error = add_item(arena, total, more->items[i]);
	return error;
}

/* --- an authority's months -------------------------------------------------------------------- */

#define MONTH_KEY_SIZE (CREDIT_USCC_SIZE + 4)

/* The months asked for, of one authority. */
struct months {
	struct credd_asking *asking;
	uint32_t first, last;
	Credit__V1__Tally total;
	Credit__V1__MonthTally *rows[CREDD_MONTHS_MAX];
	size_t count;
};

static enum credit_error add_month(
	void *context, struct credit_bytes key, struct credit_bytes value)
{
	struct months *months = context;
	struct credit_arena *arena = months->asking->arena;
	Credit__V1__MonthTally *row;
	ProtobufCMessage *message;
	uint32_t month;
	enum credit_error error;

	if (key.size != MONTH_KEY_SIZE || months->count == CREDD_MONTHS_MAX)
		return CREDIT_E_STORE_CORRUPT;
	month = credit_read_u32(key.data + CREDIT_USCC_SIZE);
	if (month > months->last)
		return CREDIT_E_CANCELLED;
	error = credd_decode_row(months->asking, value, &credit__v1__tally__descriptor, &message);
	row = credit_arena_alloc(arena, sizeof *row);
	if (error || !row)
		return error ? error : CREDIT_E_NO_MEMORY;
	credit__v1__month_tally__init(row);
	row->month = month;
	row->tally = (Credit__V1__Tally *)(void *)message;
	months->rows[months->count++] = row;
	return add_tally(arena, &months->total, row->tally);
}

static enum credit_error gather_months(struct months *months, const uint8_t *authority)
{
	struct credit_bytes prefix = {authority, CREDIT_USCC_SIZE};
	uint8_t from[MONTH_KEY_SIZE];
	enum credit_error error;

	credit__v1__tally__init(&months->total);
	months->count = 0;
	memcpy(from, authority, CREDIT_USCC_SIZE);
	credit_write_u32(from + CREDIT_USCC_SIZE, months->first);
	error = credit_view_scan_from(months->asking->view,
		CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TALLY, prefix,
		(struct credit_bytes){from, sizeof from}, months, add_month);
	return error == CREDIT_E_CANCELLED ? CREDIT_OK : error;
}

/* --- GetAssessment ------------------------------------------------------------------------------ */

static void answer_assessment(
	struct credd_asking *asking, const Credit__V1__GetAssessmentRequest *request)
{
	Credit__V1__GetAssessmentResponse response = CREDIT__V1__GET_ASSESSMENT_RESPONSE__INIT;
	struct months months = {
		.asking = asking, .first = request->first_month, .last = request->last_month};
	struct credit_problem problem = {0};
	struct credit_bytes bytes;
	struct credit_uscc office;
	enum credit_error error = credd_office(asking, request->parent, &office, &problem);

	if (!error)
		error = credd_months(&months.first, &months.last, &problem);
	if (!error)
		error = gather_months(&months, (const uint8_t *)office.character);
	response.total = &months.total;
	response.months = months.rows;
	response.n_months = months.count;
	response.first_month = months.first;
	response.last_month = months.last;
	response.epoch = asking->publication.epoch;
	if (!error)
		error = credit_encode(&response.base, asking->arena, &bytes);
	if (error)
		credd_asking_fail(asking, error, &problem);
	else
		credd_call_reply(asking->call, &bytes, 1);
}

void credd_get_assessment(void *service, struct credd_call *call, enum credd_event event)
{
	const Credit__V1__GetAssessmentRequest *request;
	struct credd_asking asking;

	if (event != CREDD_EVENT_REQUEST)
		return;
	request = credd_decode(call, &credit__v1__get_assessment_request__descriptor);
	if (!request || !credd_asking_begin(service, call, &asking))
		return;
	answer_assessment(&asking, request);
	credd_asking_end(&asking);
}

/* --- GetMeasureStatistics ----------------------------------------------------------------------- */

struct authorities {
	struct credd_page *page;
	uint8_t code[CREDD_PAGE_MAX][CREDIT_USCC_SIZE];
	const uint8_t *after; /* the token's; NULL: none */
};

static enum credit_error collect(void *context, struct credit_bytes key, struct credit_bytes value)
{
	struct authorities *authorities = context;
	struct credd_page *page = authorities->page;
	enum credit_error error;

	(void)value;
	if (authorities->after && key.size == CREDIT_USCC_SIZE &&
		memcmp(key.data, authorities->after, key.size) == 0)
		return CREDIT_OK;
	error = credd_page_look(page, key);
	if (!error)
		memcpy(authorities->code[page->count++], key.data, CREDIT_USCC_SIZE);
	return error;
}

/* The authorities of this page: all from the token on, or the one that was asked for. */
static enum credit_error gather_authorities(struct credd_asking *asking,
	const Credit__V1__GetMeasureStatisticsRequest *request, struct authorities *authorities,
	struct credit_problem *problem)
{
	struct credd_page *page = authorities->page;
	struct credit_bytes none = {NULL, 0}, from = {page->key, CREDIT_USCC_SIZE};
	uint8_t after[CREDIT_USCC_SIZE];
	struct credit_uscc one;
	enum credit_error error;

	if (request->authority_uscc[0]) {
		error = credit_uscc_parse(
			credit_bytes_of(request->authority_uscc), CREDIT_USCC_PLAIN, &one, problem);
		if (error)
			credit_problem_prefix(problem, "authority_uscc");
		else
			memcpy(authorities->code[page->count++], one.character, CREDIT_USCC_SIZE);
		return error;
	}
	memcpy(after, page->key, sizeof after);
	from.data = after;
	authorities->after = page->begun ? after : NULL;
	error = credit_view_scan_from(asking->view, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_AUTHORITY,
		none, page->begun ? from : none, authorities, collect);
	return error == CREDIT_E_CANCELLED ? CREDIT_OK : error;
}

/* Lines that one page may take: a hundred authorities with a few measures each. */
static enum credit_error add_figures(struct credd_asking *asking, const char *list,
	const uint8_t *authority, const Credit__V1__Tally *tally,
	Credit__V1__GetMeasureStatisticsResponse *response)
{
	char *uscc = credit_arena_alloc(asking->arena, CREDIT_USCC_SIZE + 1);
	const char *name = "";
	enum credit_error error = uscc ? CREDIT_OK : CREDIT_E_NO_MEMORY;

	if (!error && tally->n_measures > 0) {
		memcpy(uscc, authority, CREDIT_USCC_SIZE);
		uscc[CREDIT_USCC_SIZE] = '\0';
		error = credd_authority_name(asking, uscc, &name);
	}
	for (size_t i = 0; i < tally->n_measures && !error; i++) {
		Credit__V1__MeasureFigures *line;
		void **lines = (void **)response->figures;

		if (list[0] && strcmp(list, tally->measures[i]->list) != 0)
			continue;
		line = add_line(asking->arena, &lines, &response->n_figures, sizeof *line);
		if (!line)
			return CREDIT_E_NO_MEMORY;
		response->figures = (Credit__V1__MeasureFigures **)lines;
		credit__v1__measure_figures__init(line);
		line->authority_uscc = uscc;
		line->authority_name = (char *)(uintptr_t)name;
		line->tally = tally->measures[i];
	}
	return error;
}

static enum credit_error fill_statistics(struct credd_asking *asking,
	const Credit__V1__GetMeasureStatisticsRequest *request,
	const struct authorities *authorities, Credit__V1__GetMeasureStatisticsResponse *response)
{
	struct months months = {
		.asking = asking, .first = response->first_month, .last = response->last_month};
	enum credit_error error = CREDIT_OK;

	for (uint32_t i = 0; i < authorities->page->count && !error; i++) {
		error = gather_months(&months, authorities->code[i]);
		if (!error)
			error = add_figures(asking, request->list, authorities->code[i],
				&months.total, response);
	}
	return error;
}

static void answer_statistics(
	struct credd_asking *asking, const Credit__V1__GetMeasureStatisticsRequest *request)
{
	Credit__V1__GetMeasureStatisticsResponse response =
		CREDIT__V1__GET_MEASURE_STATISTICS_RESPONSE__INIT;
	char token[CREDIT_BASE64_SIZE(CREDIT_USCC_SIZE)];
	struct credd_page page;
	struct authorities authorities = {.page = &page};
	struct credit_problem problem = {0};
	struct credit_bytes bytes;
	enum credit_error error = credd_page_begin(
		&page, request->page_size, request->page_token, CREDIT_USCC_SIZE, &problem);

	response.first_month = request->first_month;
	response.last_month = request->last_month;
	if (!error)
		error = credd_months(&response.first_month, &response.last_month, &problem);
	if (!error)
		error = gather_authorities(asking, request, &authorities, &problem);
	if (!error)
		error = fill_statistics(asking, request, &authorities, &response);
	response.epoch = asking->publication.epoch;
	if (!error && page.more) {
		credit_base64(page.key, CREDIT_USCC_SIZE, token);
		response.next_page_token = token;
	}
	if (!error)
		error = credit_encode(&response.base, asking->arena, &bytes);
	if (error)
		credd_asking_fail(asking, error, &problem);
	else
		credd_call_reply(asking->call, &bytes, 1);
}

void credd_get_measure_statistics(void *service, struct credd_call *call, enum credd_event event)
{
	const Credit__V1__GetMeasureStatisticsRequest *request;
	struct credd_asking asking;

	if (event != CREDD_EVENT_REQUEST)
		return;
	request = credd_decode(call, &credit__v1__get_measure_statistics_request__descriptor);
	if (!request || !credd_asking_begin(service, call, &asking))
		return;
	answer_statistics(&asking, request);
	credd_asking_end(&asking);
}
