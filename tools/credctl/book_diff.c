/* SPDX-License-Identifier: Apache-2.0
 *
 * book_diff.c - see book_diff.h.
 */
#include "book_diff.h"
#include "book_value.h"
#include "book_walk.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct book_audience_row book_audiences[BOOK_AUDIENCES] = {
	[BOOK_FOR_ENTITIES] = {"entities", {"entities with records", "有信用记录的主体"}},
	[BOOK_FOR_APPLICANTS] = {"applicants",
		{"those who ask for repair or object", "申请修复、提出异议的主体"}},
	[BOOK_FOR_DECIDERS] = {"deciders", {"authorities that decide", "认定机关"}},
	[BOOK_FOR_ENFORCERS] = {"enforcers", {"departments that apply measures", "实施措施的部门"}},
	[BOOK_FOR_SUBSCRIBERS] = {"subscribers", {"subscribers", "订阅机关"}},
	[BOOK_FOR_SUPERVISORS] = {"supervisors", {"supervisors and inspectors", "监管部门"}},
	[BOOK_FOR_ALL] = {"all", {"everybody", "各方"}},
	[BOOK_FOR_LAWYERS] = {"lawyers", {"those who check the book", "规则库审核人员"}},
};

/* The first row that fits says for whom; NULL fits all. Time limits go by their id, below. */
static const struct {
	const char *section, *field;
	enum book_audience whom;
} by_field[] = {
	{NULL, "source", BOOK_FOR_LAWYERS},
	{NULL, "uncertain", BOOK_FOR_LAWYERS},
	{"lists", "repair_min", BOOK_FOR_APPLICANTS},
	{"lists", "no_repair", BOOK_FOR_APPLICANTS},
	{"lists", "repair", BOOK_FOR_APPLICANTS},
	{"lists", "removal_conditions", BOOK_FOR_APPLICANTS},
	{"lists", "levels", BOOK_FOR_DECIDERS},
	{"lists", "consent_levels", BOOK_FOR_DECIDERS},
	{"lists", "instruments", BOOK_FOR_DECIDERS},
	{"lists", NULL, BOOK_FOR_ENTITIES},
	{"records", "repair_min", BOOK_FOR_APPLICANTS},
	{"records", "publication_min", BOOK_FOR_APPLICANTS},
	{"records", "repair", BOOK_FOR_APPLICANTS},
	{"records", NULL, BOOK_FOR_ENTITIES},
	{"measures", "levels", BOOK_FOR_ENFORCERS},
	{"measures", "instruments", BOOK_FOR_ENFORCERS},
	{"measures", NULL, BOOK_FOR_ENTITIES},
	{"objection_grounds", NULL, BOOK_FOR_APPLICANTS},
	{"grading", NULL, BOOK_FOR_SUPERVISORS},
	{"instruments", NULL, BOOK_FOR_DECIDERS},
	{NULL, NULL, BOOK_FOR_ALL},
};
static const struct {
	const char *prefix;
	enum book_audience whom;
} by_limit[] = {
	{"notice.hearing", BOOK_FOR_ENTITIES},
	{"repair.", BOOK_FOR_APPLICANTS},
	{"objection.", BOOK_FOR_APPLICANTS},
	{"review.", BOOK_FOR_APPLICANTS},
	{"plan.", BOOK_FOR_APPLICANTS},
	{"measure.", BOOK_FOR_ENFORCERS},
	{"subscription.", BOOK_FOR_SUBSCRIBERS},
	{"escalation", BOOK_FOR_SUPERVISORS},
	{"", BOOK_FOR_DECIDERS},
};

/* Where in the book a comparison is. */
struct place {
	const char *section, *field; /* field: of the section's item */
	const char *limit;           /* NULL: not in a time limit */
	char text[2][1200];
};

struct diff {
	struct book_changes changes;
	bool failed;
};

static enum book_audience audience(const struct place *place, const char *field)
{
	size_t i = 0;

	if (place->limit && strcmp(field, "source") != 0 && strcmp(field, "uncertain") != 0) {
		while (strncmp(place->limit, by_limit[i].prefix, strlen(by_limit[i].prefix)) != 0)
			i++;
		return by_limit[i].whom;
	}
	for (;; i++) {
		const char *own = by_field[i].field;
		if ((!by_field[i].section || strcmp(by_field[i].section, place->section) == 0) &&
			(!own || strcmp(own, field) == 0 ||
				(place->field && strcmp(own, place->field) == 0)))
			return by_field[i].whom;
	}
}

/* Takes both texts, which may be NULL for want of memory. */
static void add(struct diff *diff, const struct place *place, const char *field, char *en, char *zh)
{
	struct book_changes *changes = &diff->changes;
	struct book_change change = {.whom = audience(place, field),
		.order = changes->count,
		.item = {strdup(place->text[0]), strdup(place->text[1])},
		.text = {en, zh}};

	if (changes->count == changes->capacity) {
		size_t capacity = changes->capacity ? changes->capacity * 2 : 64;
		void *grown = realloc(changes->items, capacity * sizeof *changes->items);
		diff->failed |= !grown;
		if (grown) {
			changes->items = grown;
			changes->capacity = capacity;
		}
	}
	diff->failed |= !change.item[0] || !change.item[1] || !en || !zh;
	if (changes->count < changes->capacity) {
		changes->items[changes->count++] = change;
		return;
	}
	free(change.item[0]);
	free(change.item[1]);
	free(en);
	free(zh);
}

/* A new string, NULL when there is no memory. */
static char *print(const char *format, ...) __attribute__((format(printf, 1, 2)));

static char *print(const char *format, ...)
{
	char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	return text;
}

/* Below an item or a field; its name in both languages. */
static void go_below(struct place *place, const struct place *above, const char *en, const char *zh)
{
	const char *const names[2] = {en, zh};

	*place = *above;
	for (int lang = 0; lang < 2; lang++) {
		size_t used = strlen(place->text[lang]);
		snprintf(place->text[lang] + used, sizeof place->text[lang] - used, "%s%s",
			used ? (lang == CREDIT_LANG_EN ? ", " : "，") : "", names[lang]);
	}
}

/* --- values ------------------------------------------------------------------------------------- */

static void compare_value(struct diff *diff, const struct place *place,
	const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *field,
	const void *old, const void *new)
{
	char *was[2], *is[2];
	const char *en = credit_field_title(type, field->name, CREDIT_LANG_EN);
	const char *zh = credit_field_title(type, field->name, CREDIT_LANG_ZH);

	for (int lang = 0; lang < 2; lang++) {
		was[lang] = book_value(field, old, (enum credit_lang)lang);
		is[lang] = book_value(field, new, (enum credit_lang)lang);
		diff->failed |= !was[lang] || !is[lang];
	}
	if (!diff->failed && strcmp(was[0], is[0]) != 0)
		add(diff, place, field->name, print("%s: %s -> %s", en, was[0], is[0]),
			print("%s：%s → %s", zh, was[1], is[1]));
	for (int lang = 0; lang < 2; lang++) {
		free(was[lang]);
		free(is[lang]);
	}
}

static const void *value_at(
	const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, size_t index)
{
	const char *items = *(const char *const *)book_member(message, field);

	return items + index * book_value_size(field);
}

/* Values of a repeated field that the other message lacks, each a change. */
static void compare_set(struct diff *diff, const struct place *place, const ProtobufCMessage *here,
	const ProtobufCMessage *there, const ProtobufCFieldDescriptor *field, bool added)
{
	const char *en = credit_field_title(here->descriptor, field->name, CREDIT_LANG_EN);
	const char *zh = credit_field_title(here->descriptor, field->name, CREDIT_LANG_ZH);

	for (size_t i = 0; i < book_count(here, field); i++) {
		char *text = book_value(field, value_at(here, field, i), CREDIT_LANG_EN);
		char *text_zh = book_value(field, value_at(here, field, i), CREDIT_LANG_ZH);
		bool found = false;
		for (size_t k = 0; !found && k < book_count(there, field); k++) {
			char *other = book_value(field, value_at(there, field, k), CREDIT_LANG_EN);
			found = text && other && strcmp(text, other) == 0;
			free(other);
		}
		diff->failed |= !text || !text_zh;
		if (!found && !diff->failed)
			add(diff, place, field->name,
				print("%s: %s %s", en, added ? "now" : "no longer", text),
				print("%s：%s %s", zh, added ? "增加" : "取消", text_zh));
		free(text);
		free(text_zh);
	}
}

/* --- messages ----------------------------------------------------------------------------------- */

static void compare_messages(struct diff *diff, const struct place *place,
	const ProtobufCMessage *old, const ProtobufCMessage *new);

static const ProtobufCMessage *find_item(
	const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, const char *key)
{
	char other[BOOK_KEY_SIZE];

	for (size_t i = 0; i < book_count(message, field); i++) {
		if (strcmp(book_key(book_item(message, field, i), other), key) == 0)
			return book_item(message, field, i);
	}
	return NULL;
}

/* What people call an item; "" for one that has only its key. */
static const char *item_title(const ProtobufCMessage *item, enum credit_lang lang)
{
	const char *title = book_text(item, lang == CREDIT_LANG_EN ? "title_en" : "title");

	if (*title)
		return title;
	if (item->descriptor == &credit__v1__time_limit__descriptor)
		return credit_rule_limit_title(book_text(item, "id"), lang);
	return book_text(item, "title");
}

/* "lists black.tax-major (Major tax violators)". */
static void go_to_item(struct place *place, const struct place *above,
	const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
	const ProtobufCMessage *item, const char *key)
{
	char names[2][600];

	for (int i = 0; i < 2; i++) {
		enum credit_lang lang = (enum credit_lang)i;
		const char *title = item_title(item, lang);
		snprintf(names[i], sizeof names[i], "%s %s%s%s%s",
			credit_field_title(message->descriptor, field->name, lang), key,
			*title ? (lang == CREDIT_LANG_EN ? " (" : "（") : "", title,
			*title ? (lang == CREDIT_LANG_EN ? ")" : "）") : "");
	}
	go_below(place, above, names[CREDIT_LANG_EN], names[CREDIT_LANG_ZH]);
	if (item->descriptor == &credit__v1__time_limit__descriptor)
		place->limit = book_text(item, "id");
}

static void tell_item(struct diff *diff, const struct place *place, bool added)
{
	add(diff, place, "", print("%s", added ? "is new" : "is there no longer"),
		print("%s", added ? "新增" : "取消"));
}

static void compare_items(struct diff *diff, const struct place *place, const ProtobufCMessage *old,
	const ProtobufCMessage *new, const ProtobufCFieldDescriptor *field)
{
	char key[BOOK_KEY_SIZE];
	struct place below;

	for (size_t i = 0; i < book_count(old, field); i++) {
		const ProtobufCMessage *item = book_item(old, field, i);
		const ProtobufCMessage *other = find_item(new, field, book_key(item, key));
		go_to_item(&below, place, old, field, item, key);
		if (other)
			compare_messages(diff, &below, item, other);
		else
			tell_item(diff, &below, false);
	}
	for (size_t i = 0; i < book_count(new, field); i++) {
		const ProtobufCMessage *item = book_item(new, field, i);
		if (find_item(old, field, book_key(item, key)))
			continue;
		go_to_item(&below, place, new, field, item, key);
		tell_item(diff, &below, true);
	}
}

/* A message that is there on one side only is compared with an empty one; a period speaks for itself. */
static void compare_submessage(struct diff *diff, const struct place *place,
	const ProtobufCMessage *parent, const ProtobufCFieldDescriptor *field,
	const ProtobufCMessage *old, const ProtobufCMessage *new)
{
	const ProtobufCMessageDescriptor *type = field->descriptor;
	ProtobufCMessage *empty = calloc(1, type->sizeof_message);
	struct place below;

	diff->failed |= !empty;
	if (!empty)
		return;
	protobuf_c_message_init(type, empty);
	if (type == &credit__v1__period__descriptor) {
		compare_value(diff, place, parent->descriptor, field, &old, &new);
		go_below(&below, place,
			credit_field_title(parent->descriptor, field->name, CREDIT_LANG_EN),
			credit_field_title(parent->descriptor, field->name, CREDIT_LANG_ZH));
		/* Months are told of; where both are there, so is the source. */
		for (unsigned i = 0; old && new &&i < type->n_fields; i++) {
			if (strcmp(type->fields[i].name, "months") != 0)
				compare_value(diff, &below, type, &type->fields[i],
					book_member(old, &type->fields[i]),
					book_member(new, &type->fields[i]));
		}
	} else if (old || new) {
		go_below(&below, place,
			credit_field_title(parent->descriptor, field->name, CREDIT_LANG_EN),
			credit_field_title(parent->descriptor, field->name, CREDIT_LANG_ZH));
		compare_messages(diff, &below, old ? old : empty, new ? new : empty);
	}
	free(empty);
}

static void compare_field(struct diff *diff, const struct place *place, const ProtobufCMessage *old,
	const ProtobufCMessage *new, const ProtobufCFieldDescriptor *field)
{
	bool message = field->type == PROTOBUF_C_TYPE_MESSAGE;

	if (field->label == PROTOBUF_C_LABEL_REPEATED && message) {
		compare_items(diff, place, old, new, field);
	} else if (field->label == PROTOBUF_C_LABEL_REPEATED) {
		compare_set(diff, place, old, new, field, false);
		compare_set(diff, place, new, old, field, true);
	} else if (message) {
		compare_submessage(diff, place, old, field,
			*(const ProtobufCMessage *const *)book_member(old, field),
			*(const ProtobufCMessage *const *)book_member(new, field));
	} else {
		compare_value(diff, place, old->descriptor, field, book_member(old, field),
			book_member(new, field));
	}
}

/* As deep as the proto file nests. */
static void compare_messages(struct diff *diff, const struct place *place,
	const ProtobufCMessage *old, const ProtobufCMessage *new)
{
	const ProtobufCMessageDescriptor *type = old->descriptor;
	struct place here = *place;

	for (unsigned i = 0; !diff->failed && i < type->n_fields; i++) {
		if (type == &credit__v1__rule_book__descriptor)
			here.section = type->fields[i].name;
		else if (!place->field)
			here.field = type->fields[i].name;
		compare_field(diff, &here, old, new, &type->fields[i]);
	}
}

static int by_audience(const void *a, const void *b)
{
	const struct book_change *left = a, *right = b;

	if (left->whom != right->whom)
		return left->whom < right->whom ? -1 : 1;
	return (left->order > right->order) - (left->order < right->order);
}

bool book_diff(const Credit__V1__RuleBook *old, const Credit__V1__RuleBook *new,
	struct book_changes *ret_changes)
{
	const struct place place = {.section = ""};
	struct diff diff = {0};

	compare_messages(&diff, &place, &old->base, &new->base);
	if (diff.changes.count > 1)
		qsort(diff.changes.items, diff.changes.count, sizeof *diff.changes.items,
			by_audience);
	*ret_changes = diff.changes;
	return !diff.failed;
}

void book_changes_free(struct book_changes *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		for (int lang = 0; lang < 2; lang++) {
			free(changes->items[i].item[lang]);
			free(changes->items[i].text[lang]);
		}
	}
	free(changes->items);
}
