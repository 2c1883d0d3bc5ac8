/* SPDX-License-Identifier: Apache-2.0
 *
 * test_documents.c - documents of cases at rest: unreadable without their keys, gone with them.
 */
#include <criterion/criterion.h>

#include "registry/internal.h"
#include "tests/support/temp_dir.h"
#include "tests/support/town.h"
#include "tests/support/traces.h"

#include <string.h>

static struct town town;
static struct credit__document_name name;
static struct credit_record_id case_id;
static struct credit_hash digest;
static struct credit_bytes plain;
static struct credit_view *view;

static void put(void)
{
	struct credit_write *write;

	cr_assert_eq(credit_write_begin(town.registry->journal, 4096, &write), CREDIT_OK);
	cr_assert_eq(credit__document_put(write, &name, plain), CREDIT_OK);
	cr_assert_eq(credit_write_commit(write), CREDIT_OK);
}

static void set_up(void)
{
	temp_dir_make();
	town_open(&town, temp_dir_path("town"));
	plain = credit_bytes_of("a proof that all was performed, known to few");
	memset(case_id.byte, 3, sizeof case_id.byte);
	credit_sha256(plain, &digest);
	memcpy(name.byte, case_id.byte, sizeof case_id.byte);
	memcpy(name.byte + sizeof case_id.byte, digest.byte, sizeof digest.byte);
	cr_assert_eq(credit_view_new(town.registry, &view), CREDIT_OK);
	put();
}

static void tear_down(void)
{
	credit_view_free(view);
	town_close(&town);
	temp_dir_remove();
}

TestSuite(documents, .init = set_up, .fini = tear_down);

/* Reads it as a service would; true when the bytes are those that were put. */
static enum credit_error read_back(
	const struct credit_record_id *id, const struct credit_hash *hash, bool *ret_same)
{
	struct credit_bytes found = {NULL, 0};
	struct credit_arena arena;
	enum credit_error error;

	credit_arena_init(&arena, NULL, 0, (size_t)1 << 20);
	cr_assert_eq(credit_view_begin(view), CREDIT_OK);
	error = credit_view_document(view, id, hash, &arena, &found);
	*ret_same = error == CREDIT_OK && credit_bytes_equal(found, plain);
	credit_view_end(view);
	credit_arena_deinit(&arena);
	return error;
}

/* The sealed bytes, copied. */
static size_t sealed_bytes(uint8_t *memory, size_t room)
{
	struct credit_write *write;
	struct credit_bytes sealed;
	size_t size;

	cr_assert_eq(credit_write_begin(town.registry->journal, 4096, &write), CREDIT_OK);
	cr_assert_eq(credit_write_get(write, JOURNAL_DOCUMENTS,
			     (struct credit_bytes){name.byte, sizeof name.byte}, &sealed),
		CREDIT_OK);
	size = sealed.size;
	cr_assert_leq(size, room);
	memcpy(memory, sealed.data, size);
	credit_write_abort(write);
	return size;
}

Test(documents, come_back_as_they_were_and_lie_sealed)
{
	uint8_t sealed[256];
	bool same;
	size_t size = sealed_bytes(sealed, sizeof sealed);

	cr_expect_eq(read_back(&case_id, &digest, &same), CREDIT_OK);
	cr_expect(same);
	cr_expect_eq(size, plain.size + CREDIT_SEAL_OVERHEAD);
	cr_expect_null(memmem(sealed, size, plain.data, 8));
}

Test(documents, the_same_document_of_two_cases_has_two_keys)
{
	uint8_t first[256], second[256];
	size_t size = sealed_bytes(first, sizeof first);

	name.byte[0] ^= 1;
	put();
	cr_expect_eq(sealed_bytes(second, sizeof second), size);
	cr_expect_neq(memcmp(first, second, size), 0);
}

Test(documents, what_is_not_there_is_not_found)
{
	struct credit_record_id other = case_id;
	bool same;

	other.byte[0] ^= 1;
	cr_expect_eq(read_back(&other, &digest, &same), CREDIT_E_NOT_FOUND);
}

/* Its key, copied. */
static size_t key_bytes(uint8_t *memory, size_t room)
{
	struct credit_write *write;
	struct credit_bytes key;
	size_t size;

	cr_assert_eq(credit_write_begin(town.registry->journal, 4096, &write), CREDIT_OK);
	cr_assert_eq(credit_write_get(write, JOURNAL_DOCUMENT_KEYS,
			     (struct credit_bytes){name.byte, sizeof name.byte}, &key),
		CREDIT_OK);
	size = key.size;
	cr_assert_leq(size, room);
	memcpy(memory, key.data, size);
	credit_write_abort(write);
	return size;
}

/* The document lies under the id of a record that is erased, as under that of a case that goes with it. */
Test(documents, a_scrub_leaves_neither_the_key_nor_the_sealed_bytes_in_any_file)
{
	static struct town_act act;
	const char *folder = temp_dir_path("town");
	uint8_t sealed[256], key[64];
	struct credit_hash listed;
	uint64_t scrubbed;
	bool same;

	town_enrol_now(&town, 1);
	town_list_now(&town, 1, "black.market-serious", &listed);
	memcpy(case_id.byte, listed.byte, sizeof case_id.byte);
	memcpy(name.byte, listed.byte, sizeof case_id.byte);
	put();
	struct credit_bytes parts[] = {
		{sealed, sealed_bytes(sealed, sizeof sealed)}, {key, key_bytes(key, sizeof key)}};
	town_remove(&act, 1, &listed, CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED);
	town_file_one(&town, &act, NULL);
	town_erase(&act, 1, &listed);
	town_file_one(&town, &act, NULL);
	for (size_t i = 0; i < 2; i++)
		cr_assert_gt(traces_files_with(folder, parts[i]), 0U, "looked for and found");
	cr_expect_eq(traces_files_with(folder, plain), 0U);
	cr_assert_eq(credit_registry_scrub(town.registry, town.now, &scrubbed), CREDIT_OK);
	cr_expect_eq(scrubbed, 1U);
	for (size_t i = 0; i < 2; i++)
		cr_expect_eq(traces_files_with(folder, parts[i]), 0U, "%zu", i);
	cr_expect_eq(read_back(&case_id, &digest, &same), CREDIT_E_NOT_FOUND);
}

Test(documents, one_bit_changed_is_damage)
{
	uint8_t sealed[256];
	size_t size = sealed_bytes(sealed, sizeof sealed);
	struct credit_write *write;
	bool same;

	for (size_t at = 0; at < size; at += 13) {
		sealed[at] ^= 4;
		cr_assert_eq(credit_write_begin(town.registry->journal, 4096, &write), CREDIT_OK);
		cr_assert_eq(credit_write_put(write, JOURNAL_DOCUMENTS,
				     (struct credit_bytes){name.byte, sizeof name.byte},
				     (struct credit_bytes){sealed, size}),
			CREDIT_OK);
		cr_assert_eq(credit_write_commit(write), CREDIT_OK);
		cr_expect_eq(
			read_back(&case_id, &digest, &same), CREDIT_E_STORE_CORRUPT, "%zu", at);
		sealed[at] ^= 4;
	}
}
