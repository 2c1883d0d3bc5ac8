/* SPDX-License-Identifier: Apache-2.0
 *
 * test_numbers_move.c - every number of the rule book moves what the registry does.
 *
 * Each number and date of cn-2026 is altered in the YAML, the altered text compiled, and the one number
 * of the message that changed is found by its path. The table below has, for each path, an observer:
 * acts in a registry of toys under that book, and the day or the value that came of them. Under the
 * altered book it must be another one. A kind of number that the message knows and the table does not
 * fails the test, and so does a row that no number reaches.
 */
#include "numbers_fixture.h"
#include "tests/support/book_text.h"

#include <ctype.h>
#include <stdio.h>

#define ARENA_LIMIT ((size_t)8 << 20)

/* --- the table ---------------------------------------------------------------------------------- */

enum {
	MOVES = 0,
	/* The book holds the number to its neighbours: most other values are refused, by name. */
	BOUND = 1,
};

static struct kind {
	const char *path;
	int64_t (*observe)(
		void); /* NULL: no value but this one is accepted, and the reason stands beside */
	int flags;
	size_t moved, refused;
} kinds[] = {
	{"effective_date", number_observe_effective, MOVES, 0, 0},
	{"instruments.in_force_from", number_observe_instrument, MOVES, 0, 0},
	{"instruments.in_force_until", number_observe_instrument, MOVES, 0, 0},
	{"time_limits.working_days", number_observe_limit, MOVES, 0, 0},
	{"time_limits.extension_days", number_observe_extension, MOVES, 0, 0},
	{"lists.number", number_observe_list_number, MOVES, 0, 0},
	{"lists.publication_max.months", number_observe_publication, MOVES, 0, 0},
	/* Where publication has no end, repair is at once: another month is refused. */
	{"lists.repair_min.months", number_observe_repair_from, BOUND, 0, 0},
	{"lists.repair.no_repeat.months", number_observe_no_repeat, MOVES, 0, 0},
	{"lists.repair.after_fraud.months", number_observe_after_fraud, MOVES, 0, 0},
	{"lists.time_limits.working_days", number_observe_limit, MOVES, 0, 0},
	{"lists.time_limits.extension_days", number_observe_extension, MOVES, 0, 0},
	{"records.classes.publication_min.months", number_observe_class_repair_from, MOVES, 0, 0},
	{"records.classes.publication_max.months", number_observe_class_publication, MOVES, 0, 0},
	{"records.classes.fine_from_fen", number_observe_fine, MOVES, 0, 0},
	{"records.publication_max.months", number_observe_publication, MOVES, 0, 0},
	{"records.repair_min.months", number_observe_repair_from, MOVES, 0, 0},
	{"records.repair.no_repeat.months", number_observe_no_repeat, MOVES, 0, 0},
	{"records.repair.after_fraud.months", number_observe_after_fraud, MOVES, 0, 0},
	{"records.time_limits.working_days", number_observe_limit, MOVES, 0, 0},
	{"records.time_limits.extension_days", number_observe_extension, MOVES, 0, 0},
	{"calendar.off", number_observe_calendar, BOUND, 0, 0},
	{"calendar.worked", number_observe_calendar, BOUND, 0, 0},
	/* Years follow one another, and each day stands in its own: another year is another notice of the
	 * State Council, with other days. */
	{"calendar.year", NULL, BOUND, 0, 0},
	{"measures.longest.months", number_observe_longest, MOVES, 0, 0},
	{"measures.amount_max_fen", number_observe_amount, MOVES, 0, 0},
	{"grading.classes.inspection_percent", number_observe_inspection, MOVES, 0, 0},
	{"grading.counts.at_least", number_observe_at_least, MOVES, 0, 0},
	{"grading.counts.window.months", number_observe_window, MOVES, 0, 0},
	{"retention.keep.months", number_observe_retention, MOVES, 0, 0},
};
#define KINDS (sizeof kinds / sizeof kinds[0])

static struct kind *kind_of(const char *path)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (strcmp(kinds[i].path, path) == 0)
			return &kinds[i];
	}
	return NULL;
}

/* --- kinds that the message knows ---------------------------------------------------------------- */

static bool is_number(const ProtobufCFieldDescriptor *field)
{
	return field->type == PROTOBUF_C_TYPE_INT32 || field->type == PROTOBUF_C_TYPE_UINT32 ||
	       field->type == PROTOBUF_C_TYPE_INT64 || field->type == PROTOBUF_C_TYPE_UINT64;
}

static size_t join(char path[NUMBER_PATH_MAX], size_t size, const char *name)
{
	return size +
	       (size_t)snprintf(path + size, NUMBER_PATH_MAX - size, "%s%s", size ? "." : "", name);
}

static size_t walk_type(
	const ProtobufCMessageDescriptor *type, char path[NUMBER_PATH_MAX], size_t size)
{
	size_t found = 0;

	for (unsigned i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &type->fields[i];
		size_t longer = join(path, size, field->name);
		cr_assert_lt(longer, NUMBER_PATH_MAX);
		if (is_number(field)) {
			cr_expect(kind_of(path), "no observer of %s", path);
			found++;
		} else if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
			found += walk_type(field->descriptor, path, longer);
		}
		path[size] = '\0';
	}
	return found;
}

Test(rules_numbers_move, every_kind_of_number_that_a_book_can_have_is_in_the_table)
{
	char path[NUMBER_PATH_MAX] = "";

	cr_expect_eq(walk_type(&credit__v1__rule_book__descriptor, path, 0), KINDS,
		"and the table has no other");
}

/* --- the number that an alteration changed -------------------------------------------------------- */

/* Of a single field, one; its elements follow one another in memory. */
static size_t count_of(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
	const uint8_t **ret_first)
{
	const uint8_t *member = (const uint8_t *)message + field->offset;

	if (field->label != PROTOBUF_C_LABEL_REPEATED) {
		*ret_first = member;
		return field->type != PROTOBUF_C_TYPE_MESSAGE || *(void *const *)member ? 1 : 0;
	}
	*ret_first = *(const uint8_t *const *)member;
	return *(const size_t *)((const uint8_t *)message + field->quantifier_offset);
}

static int64_t read_number(const ProtobufCFieldDescriptor *field, const uint8_t *data, size_t at)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_INT32:
		return ((const int32_t *)data)[at];
	case PROTOBUF_C_TYPE_UINT32:
		return ((const uint32_t *)data)[at];
	default:
		return ((const int64_t *)data)[at];
	}
}

struct place {
	char path[NUMBER_PATH_MAX];
	size_t size;
	const ProtobufCMessage *chain[NUMBER_DEPTH_MAX];
	size_t depth;
};

static void note(const struct place *place, int64_t value)
{
	const char *id = NULL;

	memcpy(sight.number.path, place->path, sizeof sight.number.path);
	memcpy(sight.number.chain, place->chain, sizeof sight.number.chain);
	sight.number.depth = place->depth;
	sight.number.value = value;
	if (place->depth > 1 && place->chain[1]->descriptor == &credit__v1__list_rule__descriptor)
		id = ((const Credit__V1__ListRule *)place->chain[1])->id;
	if (place->depth > 1 && place->chain[1]->descriptor == &credit__v1__record_rule__descriptor)
		id = ((const Credit__V1__RecordRule *)place->chain[1])->id;
	sight.number.item = id;
}

/* Numbers in which two books of the same shape differ: how many, and the last is noted. */
static size_t compare(const ProtobufCMessage *old, const ProtobufCMessage *new, struct place place)
{
	const ProtobufCMessageDescriptor *type = old->descriptor;
	size_t differ = 0;

	cr_assert_lt(place.depth, NUMBER_DEPTH_MAX);
	place.chain[place.depth++] = old;
	for (unsigned i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &type->fields[i];
		const uint8_t *before, *after;
		size_t count = count_of(old, field, &before);
		struct place inner = place;

		cr_assert_eq(count, count_of(new, field, &after), "%s", field->name);
		inner.size = join(inner.path, inner.size, field->name);
		for (size_t k = 0; k < count; k++) {
			if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
				differ += compare(((const ProtobufCMessage *const *)before)[k],
					((const ProtobufCMessage *const *)after)[k], inner);
			} else if (is_number(field) &&
				   read_number(field, before, k) != read_number(field, after, k)) {
				note(&inner, read_number(field, before, k));
				differ++;
			}
		}
	}
	return differ;
}

static size_t count_numbers(const ProtobufCMessage *message)
{
	const ProtobufCMessageDescriptor *type = message->descriptor;
	size_t found = 0;

	for (unsigned i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &type->fields[i];
		const uint8_t *first;
		size_t count = count_of(message, field, &first);
		bool months =
			strcmp(field->name, "months") == 0; /* those may be none and stand there */

		for (size_t k = 0; k < count; k++) {
			if (field->type == PROTOBUF_C_TYPE_MESSAGE)
				found += count_numbers(((const ProtobufCMessage *const *)first)[k]);
			else if (is_number(field))
				found += months || read_number(field, first, k) != 0;
		}
	}
	return found;
}

/* --- observing under a book ----------------------------------------------------------------------- */

/* What is not looked at is out of the way: no notice and no consent before a listing; and an instrument
 * that is looked at carries the honours' list by itself. */
static void prepare(Credit__V1__RuleBook *altered)
{
	const Credit__V1__Instrument *instrument =
		strncmp(sight.number.path, "instruments.", 12) == 0
			? (const Credit__V1__Instrument *)sight.number.chain[1]
			: NULL;

	for (size_t i = 0; i < altered->n_lists; i++) {
		Credit__V1__ListRule *list = altered->lists[i];
		list->notice = false;
		list->n_consent_levels = 0;
		if (!instrument || strcmp(list->id, HONOUR_LIST) != 0)
			continue;
		/* With another that is in force: a list needs one. */
		char **both = credit_arena_alloc(&sight.arena, 2 * sizeof *both);
		cr_assert(both);
		both[0] = TEXT(instrument->id);
		both[1] = list->instruments[0];
		list->n_instruments = strcmp(both[0], both[1]) == 0 ? 1 : 2;
		list->instruments = both;
	}
}

/* What the number's observer sees under a book; the message is the observer's to change. */
static int64_t observe(const struct kind *kind, Credit__V1__RuleBook *under)
{
	prepare(under);
	toy_init_bare(&sight.toy);
	size_t size = credit__v1__rule_book__get_packed_size(under);
	uint8_t *bytes = malloc(size);
	cr_assert(bytes);
	sight.toy.book_bytes =
		(struct credit_bytes){bytes, credit__v1__rule_book__pack(under, bytes)};
	toy_found(&sight.toy);
	sight.applicant = toy_case_applicant();
	number_next_company();
	int64_t seen = kind->observe();
	toy_deinit(&sight.toy);
	return seen;
}

static Credit__V1__RuleBook *unpack(struct credit_bytes bytes)
{
	ProtobufCMessage *message;

	cr_assert_eq(credit_decode(&credit__v1__rule_book__descriptor, bytes, &sight.arena,
			     &message, NULL),
		CREDIT_OK);
	return (Credit__V1__RuleBook *)message;
}

/* The book of a text; no bytes when it is refused, which must be by name. */
static struct credit_bytes compile(const char *yaml, const char *what)
{
	struct credit_problem problem = {0};
	struct credit_bytes bytes = {NULL, 0};
	enum credit_error error =
		credit_rule_book_compile(credit_bytes_of(yaml), &sight.arena, &bytes, &problem);

	cr_assert(!error || problem.field[0], "%s: refused without a name", what);
	return error ? (struct credit_bytes){NULL, 0} : bytes;
}

/* --- altering ------------------------------------------------------------------------------------- */

static char *source;
static struct credit_bytes original;
static size_t numbers_altered;

/* The text with `size` characters at `at` replaced, if that compiles. */
static bool try_value(const char *at, size_t size, const char *new)
{
	size_t room = strlen(source) + strlen(new) + 1;
	char *text = malloc(room), what[80];
	const char *line = at;
	struct credit_bytes bytes;

	cr_assert(text);
	while (line > source && line[-1] != '\n')
		line--;
	snprintf(what, sizeof what, "%.*s for %s", (int)strcspn(line, "\n") % 50, line, new);
	snprintf(text, room, "%.*s%s%s", (int)(at - source), source, new, at + size);
	credit_arena_init(&sight.arena, NULL, 0, 4 * ARENA_LIMIT);
	bytes = compile(text, what);
	if (bytes.data) {
		Credit__V1__RuleBook *altered = unpack(bytes);
		struct place top = {.size = 0};
		size_t differ = compare(&sight.book->base, &altered->base, top);
		cr_assert_eq(differ, 1, "%s: %zu numbers changed", what, differ);
		struct kind *kind = kind_of(sight.number.path);
		cr_assert(kind && kind->observe, "%s: nobody looks at %s", what, sight.number.path);
		int64_t before = observe(kind, unpack(original)), after = observe(kind, altered);
		cr_expect_neq(before, after, "%s: %s of %s moves nothing", what, sight.number.path,
			number_item_or("the book"));
		kind->moved++;
	}
	credit_arena_deinit(&sight.arena);
	free(text);
	return bytes.data != NULL;
}

/* The line's key, to know a number that no other value may take the place of. */
static void refuse(const char *line)
{
	const char *key = line + strspn(line, " -");
	struct kind *kind =
		strncmp(key, "off:", 4) == 0 || strncmp(key, "20", 2) == 0 ? kind_of("calendar.off")
		: strncmp(key, "worked:", 7) == 0      ? kind_of("calendar.worked")
		: strncmp(key, "year:", 5) == 0        ? kind_of("calendar.year")
		: strncmp(key, "months: 0\n", 10) == 0 ? kind_of("lists.repair_min.months")
						       : NULL;

	cr_expect(kind, "no other value is accepted: %.*s", (int)strcspn(line, "\n"), line);
	if (kind)
		kind->refused++;
}

static const int64_t steps[] = {1, -1, 50};

static bool alter_date(const char *line, const char *at)
{
	char text[CREDIT_DAY_TEXT_SIZE] = "";
	credit_day_t day;
	bool accepted = false;

	if (strspn(at, "0123456789-") != 10)
		return false;
	memcpy(text, at, 10);
	if (credit_day_parse(credit_bytes_of(text), &day))
		return false;
	for (size_t i = 0; i < 2 && !accepted; i++) {
		credit_day_text((credit_day_t){day.days + (int32_t)steps[i]}, text);
		accepted = try_value(at, 10, text);
	}
	if (!accepted)
		refuse(line);
	numbers_altered++;
	return true;
}

static void alter_number(const char *line, const char *at, size_t digits)
{
	int64_t value = strtoll(at, NULL, 10);
	bool accepted = false;
	char text[32];

	for (size_t i = 0; i < sizeof steps / sizeof steps[0] && !accepted; i++) {
		if (value + steps[i] < 0)
			continue;
		snprintf(text, sizeof text, "%lld", (long long)(value + steps[i]));
		accepted = try_value(at, digits, text);
	}
	if (!accepted)
		refuse(line);
	numbers_altered++;
}

/* Values: what stands in a line after "key: ", or between the brackets of a list of dates. */
static void alter_line(const char *line, size_t size)
{
	const char *end = line + size, *value = memchr(line, ':', size);
	const char *key = line + strspn(line, " -");

	if (*key == '#' || strncmp(key, "source:", 7) == 0)
		return;
	for (const char *at = line; at + 10 <= end; at++) {
		bool begins = isdigit((unsigned char)*at) &&
			      (at == line || !isdigit((unsigned char)at[-1]));
		if (begins && alter_date(line, at))
			at += 9;
	}
	if (!value || value[1] != ' ')
		return;
	value += 2;
	size_t digits = strspn(value, "0123456789");
	if (digits > 0 && digits <= 15 && value + digits == end)
		alter_number(line, value, digits);
}

/* Kinds of number that cn-2026 has none of, put where a lawyer would put them. */
static char *with_rare_numbers(char *yaml)
{
	static const struct {
		const char *before, *text;
	} rows[] = {
		{"    after_fraud:\n      months: 36\n      source: NDRC Order 58, three years "
		 "without repair "
		 "after fraud, from memory\n      uncertain: true\n  remedy: 对行政处罚",
			"    no_repeat:\n      months: 2\n      source: made up\n"},
		{"  remedy: 对行政处罚决定不服的", "  time_limits:\n  - id: repair.decide\n    "
						   "working_days: 6\n    extension_days: 4\n"
						   "    source: made up\n"},
		{"    source: rule of 2014, verification within twenty working days",
			"    extension_days: 3\n"},
	};
	size_t room = strlen(yaml) + 1;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		room += strlen(rows[i].text);
	char *text = realloc(yaml, room);
	cr_assert(text);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *at = strstr(text, rows[i].before);
		cr_assert(at, "row %zu", i);
		memmove(at + strlen(rows[i].text), at, strlen(at) + 1);
		memcpy(at, rows[i].text, strlen(rows[i].text));
	}
	return text;
}

Test(rules_numbers_move, every_number_of_the_book_moves_what_the_registry_does)
{
	struct credit_arena keep;
	ProtobufCMessage *message;
	struct credit_problem problem = {0};

	source = with_rare_numbers(book_text_read(BOOK_CN_2026));
	credit_arena_init(&keep, NULL, 0, 4 * ARENA_LIMIT);
	cr_assert_eq(credit_rule_book_compile(credit_bytes_of(source), &keep, &original, &problem),
		CREDIT_OK, "%s", problem.detail);
	cr_assert_eq(
		credit_decode(&credit__v1__rule_book__descriptor, original, &keep, &message, NULL),
		CREDIT_OK);
	sight.book = (const Credit__V1__RuleBook *)message;
	for (const char *line = source; *line;) {
		size_t size = strcspn(line, "\n");
		alter_line(line, size);
		line += size + (line[size] == '\n');
	}
	cr_expect_eq(numbers_altered, count_numbers(message), "each number stands in a line");
	for (size_t i = 0; i < KINDS; i++) {
		cr_expect(kinds[i].moved + kinds[i].refused > 0, "no number is %s", kinds[i].path);
		cr_expect(kinds[i].refused == 0 || kinds[i].flags == BOUND, "%s", kinds[i].path);
		cr_expect(kinds[i].moved > 0 || !kinds[i].observe, "%s", kinds[i].path);
	}
	credit_arena_deinit(&keep);
	free(source);
}
