/* SPDX-License-Identifier: Apache-2.0
 *
 * test_erase_row.c - which effects of a row an erasure takes away, by what they are about.
 *
 * White box: rows are made by hand and erased already, so that only their effects are looked at.
 */
#include "registry/internal.h"

#include "credit/v1/status.pb-c.h"

#include <criterion/criterion.h>

#include <string.h>

#define KIND(name) CREDIT__V1__EFFECT_KIND__EFFECT_KIND_##name
#define ENTITY "91110108MA0000015T"
#define OFFICE "11330106MB0000022C"
#define ID "the erased record" /* its first 16 bytes */
#define OTHER "another one lives"

static struct credit_arena arena;
static struct credit__erasures erasures;

static void set_up(void)
{
	static struct credit__erasure item = {
		.since_epoch = 5, .since_row = 2, .epoch = 9, .row = 1};

	memcpy(item.key, ENTITY, CREDIT_USCC_SIZE);
	memcpy(item.key + CREDIT_USCC_SIZE, ID, CREDIT_RECORD_ID_SIZE);
	erasures = (struct credit__erasures){
		.items = &item, .count = 1, .capacity = 1, .first = 5, .last = 9};
	credit_arena_init(&arena, NULL, 0, 1 << 20);
}

static void tear_down(void)
{
	credit_arena_deinit(&arena);
}

TestSuite(registry_erase_row, .init = set_up, .fini = tear_down);

static ProtobufCBinaryData data(const char *text, size_t size)
{
	return (ProtobufCBinaryData){size, (uint8_t *)(uintptr_t)text};
}

static ProtobufCBinaryData pack(const ProtobufCMessage *message)
{
	struct credit_bytes bytes;

	cr_assert_eq(credit_encode(message, &arena, &bytes), CREDIT_OK);
	return credit__binary(bytes);
}

/* How many effects of a row with this one are left. */
static size_t left_of(uint32_t kind, ProtobufCBinaryData key, ProtobufCBinaryData value,
	uint64_t epoch, uint32_t number)
{
	static uint8_t mac[CREDIT_HASH_SIZE] = {1};
	Credit__V1__Effect effect = CREDIT__V1__EFFECT__INIT, *effects[] = {&effect};
	Credit__V1__EpochRow row = CREDIT__V1__EPOCH_ROW__INIT, *after;
	struct credit_bytes bytes, erased;
	size_t left;

	effect.kind = (Credit__V1__EffectKind)kind;
	effect.key = key;
	effect.value = value;
	row.n_effects = 1;
	row.effects = effects;
	row.leaf_mac = (ProtobufCBinaryData){sizeof mac, mac};
	cr_assert_eq(credit_encode(&row.base, &arena, &bytes), CREDIT_OK);
	cr_assert_eq(credit__erase_row(&erasures, NULL, epoch, number, bytes, &arena, &erased),
		CREDIT_OK);
	after = credit__v1__epoch_row__unpack(NULL, erased.size, erased.data);
	cr_assert_not_null(after);
	left = after->n_effects;
	credit__v1__epoch_row__free_unpacked(after, NULL);
	return left;
}

Test(registry_erase_row, every_keyspace_keyed_by_code_and_id_is_seen)
{
	static const uint32_t kinds[] = {KIND(RECORD), KIND(NOTICE), KIND(MEASURE), KIND(CASE)};
	ProtobufCBinaryData none = {0};
	char key[ERASURE_KEY_SIZE], alive[ERASURE_KEY_SIZE];

	memcpy(key, erasures.items[0].key, sizeof key);
	memcpy(alive, ENTITY OTHER, sizeof alive);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		cr_expect_eq(left_of(kinds[i], data(key, sizeof key), none, 7, 0), 0);
		cr_expect_eq(left_of(kinds[i], data(alive, sizeof alive), none, 7, 0), 1);
	}
}

Test(registry_erase_row, a_timer_is_known_by_the_end_of_its_key)
{
	ProtobufCBinaryData none = {0};
	char key[CREDIT_TIMER_KEY_SIZE] = {0};

	memcpy(key + 9, erasures.items[0].key, ERASURE_KEY_SIZE);
	cr_expect_eq(left_of(KIND(TIMER), data(key, sizeof key), none, 7, 0), 0);
	memcpy(key + 9 + CREDIT_USCC_SIZE, OTHER, CREDIT_RECORD_ID_SIZE);
	cr_expect_eq(left_of(KIND(TIMER), data(key, sizeof key), none, 7, 0), 1);
}

Test(registry_erase_row, tasks_and_decisions_are_known_by_what_they_name)
{
	Credit__V1__Task task = CREDIT__V1__TASK__INIT;
	Credit__V1__Decision decision = CREDIT__V1__DECISION__INIT;
	const struct {
		uint32_t kind;
		const ProtobufCMessage *message;
		ProtobufCBinaryData *id;
	} rows[] = {{KIND(TASK), &task.base, &task.subject},
		{KIND(DECISION), &decision.base, &decision.record}};
	ProtobufCBinaryData key = data(OFFICE "and a task's id.", ERASURE_KEY_SIZE);

	task.entity_uscc = decision.entity_uscc = (char *)ENTITY;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		*rows[i].id = data(ID, CREDIT_RECORD_ID_SIZE);
		cr_expect_eq(left_of(rows[i].kind, key, pack(rows[i].message), 7, 0), 0);
		*rows[i].id = data(OTHER, CREDIT_RECORD_ID_SIZE);
		cr_expect_eq(left_of(rows[i].kind, key, pack(rows[i].message), 7, 0), 1);
	}
}

Test(registry_erase_row, a_status_goes_from_the_records_row_to_the_erasures)
{
	static const struct {
		uint64_t epoch;
		uint32_t row;
		size_t left;
	} rows[] = {{4, 9, 1}, {5, 1, 1}, {5, 2, 0}, {6, 0, 0}, {9, 0, 0}, {9, 1, 1}, {10, 0, 1}};
	ProtobufCBinaryData value = data("some status", 11);

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_expect_eq(left_of(KIND(STATUS), data(ENTITY, CREDIT_USCC_SIZE), value,
				     rows[i].epoch, rows[i].row),
			rows[i].left, "epoch %d row %u", (int)rows[i].epoch, rows[i].row);
		cr_expect_eq(left_of(KIND(STATUS), data(OFFICE, CREDIT_USCC_SIZE), value,
				     rows[i].epoch, rows[i].row),
			1, "another's");
	}
	erasures.items[0].dependent = true;
	cr_expect_eq(left_of(KIND(STATUS), data(ENTITY, CREDIT_USCC_SIZE), value, 6, 0), 1);
	erasures.items[0].dependent = false;
}

Test(registry_erase_row, that_it_was_erased_stays_and_so_does_what_is_about_nobody)
{
	ProtobufCBinaryData value = data("value", 5);
	char key[ERASURE_KEY_SIZE];

	memcpy(key, erasures.items[0].key, sizeof key);
	cr_expect_eq(left_of(KIND(ERASURE), data(key, sizeof key), value, 9, 1), 1);
	cr_expect_eq(left_of(KIND(TALLY), data(OFFICE "\x00\x03\x16", 22), value, 7, 0), 1);
	cr_expect_eq(left_of(KIND(ENTITY), data(ENTITY, CREDIT_USCC_SIZE), value, 7, 0), 1);
}
