/* SPDX-License-Identifier: Apache-2.0
 *
 * test_backup.c - backups that are whole, hold nothing erased, and never make a fork by themselves.
 */
#include <criterion/criterion.h>

#include "tests/support/temp_dir.h"
#include "tests/support/town.h"
#include "tests/support/traces.h"

#include <credit/store.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLACK "black.market-serious"
#define REVOKED CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED
#define FACT "将过期原料掺入一批罐头并销往外县"

TestSuite(registry_backup, .init = temp_dir_make, .fini = temp_dir_remove);

static struct town town;
static char live[512], backups[512], fresh[512], head[600];

static void begin(void)
{
	snprintf(live, sizeof live, "%s", temp_dir_path("live"));
	snprintf(backups, sizeof backups, "%s", temp_dir_path("backups"));
	snprintf(fresh, sizeof fresh, "%s", temp_dir_path("fresh"));
	snprintf(head, sizeof head, "%s/head", live);
	town_open(&town, live);
	for (uint32_t i = 1; i <= 5; i++)
		town_enrol_now(&town, i);
	town_publish(&town);
}

/* Makes one and gives its path, which is valid until the next call but one. */
static const char *back_up(struct credit_backup *ret_backup)
{
	static char path[2][800];
	static unsigned next;
	char name[CREDIT_BACKUP_NAME_MAX], *text = path[next++ % 2];
	struct credit_problem problem = {0};

	cr_assert_eq(
		credit_backup_make(town.registry, backups, NULL, NULL, NULL, ret_backup, &problem),
		CREDIT_OK, "%s %s", problem.field, problem.detail);
	snprintf(text, sizeof path[0], "%s/%s", backups, credit_backup_name(ret_backup, name));
	return text;
}

static enum credit_error check(const char *path)
{
	struct credit_backup backup;
	struct credit_problem problem;

	return credit_backup_check(path, &town.log_name, NULL, &backup, &problem);
}

static enum credit_error restore(const char *path, const char *head_path, bool head_from_backup,
	const struct credit_bytes *asked, size_t asked_count)
{
	struct credit_restore_options options = {.backup = path,
		.path = fresh,
		.head_path = head_path,
		.origin = TOWN_ORIGIN,
		.log = town.log_name,
		.head_from_backup = head_from_backup,
		.asked = asked,
		.asked_count = asked_count};
	struct credit_backup backup;
	struct credit_problem problem;

	return credit_backup_restore(&options, &backup, &problem);
}

/* Opens what was restored, with the head file that is meant. */
static void open_restored(const char *head_path)
{
	struct credit_registry_options options;
	struct credit_problem problem = {0};
	credit_ms_t now = town.now;

	town_close(&town);
	town_keys(&town);
	town.now = now;
	options = town_options(&town, fresh);
	options.head_path = head_path;
	cr_assert_eq(credit_registry_open(&options, NULL, NULL, &town.registry, &problem),
		CREDIT_OK, "%s: %s", problem.field, problem.detail);
	cr_assert_eq(credit_sealer_new(&town.sealer), CREDIT_OK);
}

/* The newest checkpoint; allocated. */
static struct credit_bytes checkpoint(void)
{
	struct credit_signed_head newest;
	struct credit_view *view;
	uint8_t *copy;

	cr_assert_eq(credit_view_new(town.registry, &view), CREDIT_OK);
	cr_assert_eq(credit_view_begin(view), CREDIT_OK);
	cr_assert_eq(credit_view_head(view, &newest), CREDIT_OK);
	copy = malloc(newest.checkpoint.size);
	cr_assert_not_null(copy);
	memcpy(copy, newest.checkpoint.data, newest.checkpoint.size);
	credit_view_end(view);
	credit_view_free(view);
	return (struct credit_bytes){copy, newest.checkpoint.size};
}

static void drop(struct credit_bytes bytes)
{
	free((void *)(uintptr_t)bytes.data);
}

/* --- making and checking ----------------------------------------------------------------------- */

Test(registry_backup, it_ends_with_the_last_publication_and_checks_whole)
{
	struct credit_backup backup, again;
	struct credit_problem problem;
	struct stat file;
	const char *path;
	char data[900];

	begin();
	town_enrol_now(&town, 6); /* not published */
	path = back_up(&backup);
	cr_expect_eq(backup.publication, 2);
	cr_expect_eq(backup.erasure_epoch, 0);
	cr_expect_str_eq(backup.origin, TOWN_ORIGIN);
	cr_expect_eq(check(path), CREDIT_OK);
	snprintf(data, sizeof data, "%s/journal/data.mdb", path);
	cr_assert_eq(stat(data, &file), 0);
	cr_expect_eq((uint64_t)file.st_size, backup.bytes);
	cr_assert_eq(credit_backup_make(town.registry, backups, NULL, NULL, NULL, &again, &problem),
		CREDIT_E_EXISTS);
	town_publish(&town);
	back_up(&again);
	cr_expect_eq(again.publication, 3);
	town_close(&town);
}

static bool never(void *context)
{
	++*(unsigned *)context;
	return false;
}

Test(registry_backup, one_that_is_given_up_leaves_nothing)
{
	struct credit_backup backup;
	struct credit_problem problem;
	unsigned asked = 0;

	begin();
	cr_expect_eq(
		credit_backup_make(town.registry, backups, NULL, never, &asked, &backup, &problem),
		CREDIT_E_CANCELLED);
	cr_expect_eq(asked, 1);
	cr_expect_eq(rmdir(backups), 0, "it is empty");
	town_close(&town);
}

Test(registry_backup, every_altered_byte_of_a_stretch_is_found)
{
	struct credit_backup backup;
	const char *path;
	char data[900];
	FILE *file;

	begin();
	path = back_up(&backup);
	snprintf(data, sizeof data, "%s/journal/data.mdb", path);
	for (long at = 1; at < (long)backup.bytes; at += 4099) {
		file = fopen(data, "r+b");
		cr_assert_not_null(file);
		fseek(file, at, SEEK_SET);
		int byte = fgetc(file);
		fseek(file, at, SEEK_SET);
		fputc(byte ^ 0x40, file);
		fclose(file);
		cr_assert_eq(check(path), CREDIT_E_BACKUP_FALSE, "byte %ld", at);
		file = fopen(data, "r+b");
		fseek(file, at, SEEK_SET);
		fputc(byte, file);
		fclose(file);
	}
	cr_expect_eq(check(path), CREDIT_OK);
	town_close(&town);
}

Test(registry_backup, a_manifest_that_says_something_else_is_found)
{
	static const char *const changes[] = {"s/^epoch .*/epoch 1/", "s/^tree [0-9]*/tree 3/",
		"s/^credit backup 1/credit backup 2/", "s/^time /time  /", "s/^end//",
		"s/^publication .*/publication 1/"};
	struct credit_backup backup;
	const char *path;
	char command[2048];

	begin();
	path = back_up(&backup);
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		snprintf(command, sizeof command,
			"cp '%s/manifest' '%s/kept' && sed -i '%s' '%s/manifest'", path, path,
			changes[i], path);
		cr_assert_eq(system(command), 0);
		cr_expect_eq(check(path), CREDIT_E_BACKUP_FALSE, "%s", changes[i]);
		snprintf(command, sizeof command, "mv '%s/kept' '%s/manifest'", path, path);
		cr_assert_eq(system(command), 0);
	}
	cr_expect_eq(check(path), CREDIT_OK);
	town_close(&town);
}

/* --- erasure ----------------------------------------------------------------------------------- */

Test(registry_backup, one_made_after_an_erasure_holds_nothing_of_it_scrubbed_or_not)
{
	static char fact[] = FACT;
	struct credit_bytes secret = credit_bytes_of(FACT);
	struct credit_backup older, newer;
	struct credit_hash listing;
	struct town_act act;
	char old_path[800];

	begin();
	town_list(&act, 1, BLACK);
	act.body.listing.fact = fact;
	town_file_one(&town, &act, &listing);
	town_remove(&act, 1, &listing, REVOKED);
	town_file_one(&town, &act, NULL);
	town_publish(&town);
	snprintf(old_path, sizeof old_path, "%s", back_up(&older));
	cr_assert_eq(traces_files_with(backups, secret), 1);
	town_erase(&act, 1, &listing);
	town_file_one(&town, &act, NULL);
	town_publish(&town);
	const char *path = back_up(&newer);
	cr_expect_eq(traces_files_with(path, secret), 0);
	cr_expect_eq(check(path), CREDIT_OK);
	cr_expect_eq(older.erasure_epoch, 0);
	cr_expect_eq(newer.erasure_epoch, newer.epoch);
	cr_assert_eq(credit_backup_destroy(old_path), CREDIT_OK);
	cr_expect_eq(traces_files_with(backups, secret), 0);
	cr_expect_neq(access(old_path, F_OK), 0);

	uint64_t scrubbed;
	cr_assert_eq(credit_registry_scrub(town.registry, town.now, &scrubbed), CREDIT_OK);
	struct credit_hash before = traces_state(&town);
	cr_assert_eq(restore(path, head, false, NULL, 0), CREDIT_OK);
	open_restored(head);
	struct credit_hash after = traces_state(&town);
	cr_expect(credit_hash_equal(&before, &after));
	cr_expect_eq(traces_fsck(&town).erased, 2);
	cr_expect_eq(traces_files_with(fresh, secret), 0);
	town_close(&town);
}

/* --- restoring --------------------------------------------------------------------------------- */

Test(registry_backup, a_restored_registry_is_the_one_that_was_and_goes_on)
{
	struct credit_backup backup;
	struct credit_hash before, after;
	const char *path;

	begin();
	town_list_now(&town, 2, BLACK, NULL);
	town_publish(&town);
	path = back_up(&backup);
	before = traces_state(&town);
	cr_assert_eq(restore(path, head, false, NULL, 0), CREDIT_OK);
	cr_expect_eq(restore(path, head, false, NULL, 0), CREDIT_E_EXISTS);
	open_restored(head);
	after = traces_state(&town);
	cr_expect(credit_hash_equal(&before, &after));
	town_list_now(&town, 3, BLACK, NULL);
	town_publish(&town);
	traces_fsck(&town);
	town_close(&town);
}

Test(registry_backup, one_that_is_behind_the_head_file_is_not_laid_down)
{
	struct credit_backup backup;
	struct credit_bytes old, newest;
	const char *path;

	begin();
	path = back_up(&backup);
	old = checkpoint();
	town_enrol_now(&town, 7);
	town_publish(&town);
	newest = checkpoint();
	cr_expect_eq(restore(path, head, false, NULL, 0), CREDIT_E_RESTORE_BEHIND);
	cr_expect_eq(restore(path, head, false, &old, 1), CREDIT_E_RESTORE_BEHIND,
		"asking alone is not enough");
	cr_expect_eq(restore(path, head, true, NULL, 0), CREDIT_E_FIELD_MISSING,
		"somebody must have been asked");
	cr_expect_eq(restore(path, head, true, &newest, 1), CREDIT_E_RESTORE_SEEN);
	struct credit_bytes both[] = {old, newest};
	cr_expect_eq(restore(path, head, true, both, 2), CREDIT_E_RESTORE_SEEN);
	cr_expect(access(fresh, F_OK) != 0 || rmdir(fresh) == 0, "nothing was laid down");
	cr_assert_eq(restore(path, head, true, &old, 1), CREDIT_OK);
	drop(old);
	drop(newest);
	open_restored(head);
	town_enrol_now(&town, 8);
	town_publish(&town);
	traces_fsck(&town);
	town_close(&town);
}

Test(registry_backup, a_lost_head_file_is_as_bad_as_one_that_is_ahead)
{
	struct credit_backup backup;
	struct credit_bytes newest;
	const char *path;

	begin();
	path = back_up(&backup);
	newest = checkpoint();
	cr_expect_eq(restore(path, NULL, false, NULL, 0), CREDIT_E_RESTORE_BEHIND);
	cr_assert_eq(restore(path, NULL, true, &newest, 1), CREDIT_OK);
	drop(newest);
	open_restored(NULL);
	traces_fsck(&town);
	town_close(&town);
}

Test(registry_backup, a_checkpoint_of_a_fork_is_told)
{
	struct credit_backup backup;
	struct credit_bytes other;
	const char *path;
	char path_kept[800], command[2048];

	begin();
	town_close(&town);
	snprintf(command, sizeof command, "cp -a '%s' '%s'", live, temp_dir_path("twin"));
	cr_assert_eq(system(command), 0);
	town_open(&town, temp_dir_path("twin"));
	town_list_now(&town, 1, BLACK, NULL);
	town_publish(&town);
	other = checkpoint();
	town_close(&town);
	town_open(&town, live);
	town_list_now(&town, 2, BLACK, NULL);
	town_publish(&town);
	path = back_up(&backup);
	snprintf(path_kept, sizeof path_kept, "%s", path);
	cr_expect_eq(restore(path_kept, NULL, true, &other, 1), CREDIT_E_RESTORE_SEEN);
	drop(other);
	town_close(&town);
}

/* --- encrypted ones ------------------------------------------------------------------------------ */

static struct credit_key_pair holder, stranger;

static const char *back_up_sealed(struct credit_backup *ret_backup)
{
	static char path[800];
	char name[CREDIT_BACKUP_NAME_MAX];
	struct credit_problem problem = {0};

	credit_key_generate(&holder);
	credit_key_generate(&stranger);
	cr_assert_eq(credit_backup_make(town.registry, backups, &holder.public_key, NULL, NULL,
			     ret_backup, &problem),
		CREDIT_OK, "%s %s", problem.field, problem.detail);
	snprintf(path, sizeof path, "%s/%s", backups, credit_backup_name(ret_backup, name));
	return path;
}

static enum credit_error check_sealed(const char *path, const struct credit_key_pair *key)
{
	struct credit_backup backup;
	struct credit_problem problem;

	return credit_backup_check(path, &town.log_name, key, &backup, &problem);
}

static enum credit_error restore_sealed(const char *path, const struct credit_key_pair *key)
{
	struct credit_restore_options options = {.backup = path,
		.path = fresh,
		.head_path = head,
		.origin = TOWN_ORIGIN,
		.log = town.log_name,
		.key = key};
	struct credit_backup backup;
	struct credit_problem problem;

	return credit_backup_restore(&options, &backup, &problem);
}

Test(registry_backup, an_encrypted_one_shows_nothing_and_comes_back_with_its_key)
{
	struct credit_bytes name = credit_bytes_of("示例县青禾商贸有限公司");
	struct credit_backup backup;
	const char *path;

	begin();
	path = back_up_sealed(&backup);
	cr_expect(backup.sealed);
	cr_expect_gt(traces_files_with(live, name), 0, "what must not be seen is there to be seen");
	cr_expect_eq(traces_files_with(backups, name), 0);
	cr_expect_eq(check_sealed(path, NULL), CREDIT_OK, "the digest needs no key");
	cr_expect_eq(check_sealed(path, &holder), CREDIT_OK);
	cr_expect_eq(check_sealed(path, &stranger), CREDIT_E_BACKUP_KEY);
	cr_expect_eq(restore_sealed(path, NULL), CREDIT_E_BACKUP_SEALED);
	cr_expect_eq(restore_sealed(path, &stranger), CREDIT_E_BACKUP_KEY);
	cr_assert_eq(restore_sealed(path, &holder), CREDIT_OK);
	open_restored(head);
	traces_fsck(&town);
	town_close(&town);
}

Test(registry_backup, an_encrypted_one_that_was_altered_or_cut_off_is_not_laid_down)
{
	struct credit_backup backup;
	const char *path;
	char file[900];

	begin();
	path = back_up_sealed(&backup);
	snprintf(file, sizeof file, "%s/journal.sealed", path);
	for (long at = 0; at < (long)backup.sealed_bytes; at += 30011) {
		FILE *data = fopen(file, "r+b");
		int byte;

		cr_assert_not_null(data);
		fseek(data, at, SEEK_SET);
		byte = fgetc(data);
		fseek(data, at, SEEK_SET);
		fputc(byte ^ 1, data);
		fclose(data);
		cr_expect_eq(check_sealed(path, NULL), CREDIT_E_BACKUP_FALSE, "byte %ld", at);
		cr_expect_neq(restore_sealed(path, &holder), CREDIT_OK, "byte %ld", at);
		data = fopen(file, "r+b");
		fseek(data, at, SEEK_SET);
		fputc(byte, data);
		fclose(data);
	}
	cr_assert_eq(truncate(file, (off_t)backup.sealed_bytes - 1), 0);
	cr_expect_eq(check_sealed(path, &holder), CREDIT_E_BACKUP_FALSE);
	cr_expect_eq(restore_sealed(path, &holder), CREDIT_E_BACKUP_FALSE);
	town_close(&town);
}
