/* SPDX-License-Identifier: Apache-2.0
 *
 * test_tail.c - the head file's tail in every order of loss: what was acknowledged is there or the
 * registry does not open; what was not is not half there.
 *
 * A child is the daemon that is killed: it neither publishes nor closes. Its data directory is then bent
 * as a crash of the machine, a raw copy or an old backup would bend it.
 */
#include <criterion/criterion.h>

#include "registry/internal.h"
#include "tests/support/temp_dir.h"
#include "tests/support/town.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOCK 4096
#define BLACK "black.market-serious"

TestSuite(registry_tail, .init = temp_dir_make, .fini = temp_dir_remove);

static void in_child(const char *folder, void (*work)(struct town *town))
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		struct town town;

		town_open(&town, folder);
		work(&town);
		_exit(0);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert_eq(status, 0);
}

static void enrol_three(struct town *town)
{
	for (uint32_t i = 0; i < 3; i++)
		town_enrol_now(town, i);
}

static void enrol_three_published(struct town *town)
{
	enrol_three(town);
	town_publish(town);
}

static void enrol_two_more(struct town *town)
{
	for (uint32_t i = 3; i < 5; i++)
		town_enrol_now(town, i);
}

static void enrol_a_last_one(struct town *town)
{
	town_enrol_now(town, 9);
}

static void copy_tree(const char *from, const char *to)
{
	char command[2048];

	snprintf(command, sizeof command, "rm -rf '%s' && cp -a '%s' '%s'", to, from, to);
	cr_assert_eq(system(command), 0);
}

static void copy_head(const char *from, const char *to)
{
	char command[2048];

	snprintf(command, sizeof command, "cp '%s/head' '%s/head'", from, to);
	cr_assert_eq(system(command), 0);
}

static void path_of(const char *folder, const char *name, char ret_path[1024])
{
	snprintf(ret_path, 1024, "%s/%s", folder, name);
}

/* How many of the first ten are enrolled once all is published. */
static unsigned enrolled(const char *folder)
{
	enum credit_error error;
	struct town town;
	unsigned count = 0;

	town_open(&town, folder);
	town_publish(&town);
	for (uint32_t i = 0; i < 10; i++) {
		Credit__V1__Status *status = town_ask(&town, i, &error);

		count += status != NULL;
		credit__v1__status__free_unpacked(status, NULL);
	}
	town_close(&town);
	return count;
}

static enum credit_error opening(const char *folder)
{
	struct town town = {0};
	struct credit_registry_options options;
	struct credit_problem problem;
	enum credit_error error;

	town_keys(&town);
	options = town_options(&town, folder);
	error = credit_registry_open(&options, NULL, NULL, &town.registry, &problem);
	credit_registry_close(town.registry);
	return error;
}

static void tell(void *context, const struct credit_fault *fault)
{
	cr_log_error("%s: %s", fault->place, fault->what[CREDIT_LANG_EN]);
	++*(unsigned *)context;
}

static unsigned faults(const char *folder)
{
	unsigned count = 0;
	const struct credit_fsck_options options = {.fault = tell, .context = &count};
	struct credit_fsck_report report = {0};
	struct town town;

	town_open(&town, folder);
	cr_assert_eq(credit_registry_fsck(town.registry, &options, &report), CREDIT_OK);
	town_close(&town);
	return count;
}

/* Where records begin, one after the other; ends with the end of the last. */
static size_t records(const char *folder, off_t *ret_at, size_t max)
{
	char path[1024];
	struct credit__head_file file = {.fd = -1};
	struct credit__signed_size base, last;
	size_t count = 0;
	bool found;
	int fd;

	path_of(folder, "head", path);
	cr_assert_eq(credit__head_open(&file, path, &base, &last, &found, NULL), CREDIT_OK);
	cr_assert(found);
	fd = open(path, O_RDONLY);
	for (off_t at = CREDIT__TAIL_BEGIN; at < (off_t)file.end && count < max;) {
		uint8_t header[104];
		uint64_t size;

		cr_assert_eq(pread(fd, header, sizeof header, at), (ssize_t)sizeof header);
		ret_at[count++] = at;
		size = sizeof header + credit_read_u64(header + 64);
		at += (off_t)((size + BLOCK - 1) / BLOCK * BLOCK);
	}
	ret_at[count] = (off_t)file.end;
	close(fd);
	credit__head_close(&file);
	return count;
}

static void flip(const char *folder, off_t at)
{
	char path[1024];
	uint8_t byte;
	int fd;

	path_of(folder, "head", path);
	fd = open(path, O_RDWR);
	cr_assert_geq(fd, 0);
	cr_assert_eq(pread(fd, &byte, 1, at), 1);
	byte ^= 1;
	cr_assert_eq(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

Test(registry_tail, the_first_record_of_a_new_file_leaves_the_slot_alone)
{
	const char *path = temp_dir_path("head");
	const struct credit__signed_size slot = {.size = 4, .epoch = 2, .root = {{1}}};
	const struct credit__signed_size next = {.size = 6, .epoch = 3, .root = {{2}}};
	struct credit__head_file file;
	struct credit__signed_size base = {0}, last = {0};
	bool found;

	cr_assert_eq(credit__head_open(&file, path, &base, &last, &found, NULL), CREDIT_OK);
	cr_expect_not(found);
	cr_assert_eq(credit__head_write(&file, &slot), CREDIT_OK);
	cr_assert_eq(credit__tail_append(&file, &next, credit_bytes_of("an epoch")), CREDIT_OK);
	credit__head_close(&file);
	cr_assert_eq(credit__head_open(&file, path, &base, &last, &found, NULL), CREDIT_OK);
	cr_expect(found);
	cr_expect_eq(base.epoch, 2);
	cr_expect_eq(last.epoch, 3);
	credit__head_close(&file);
}

Test(registry_tail, a_registry_killed_before_its_first_publication_is_there_again)
{
	const char *folder = temp_dir_path("town");

	in_child(folder, enrol_three);
	cr_expect_eq(enrolled(folder), 3);
	cr_expect_eq(faults(folder), 0);
}

Test(registry_tail, killed_again_and_again_it_loses_nothing)
{
	const char *folder = temp_dir_path("town");

	in_child(folder, enrol_three_published);
	in_child(folder, enrol_two_more);
	cr_expect_eq(opening(folder), CREDIT_OK);
	cr_expect_eq(enrolled(folder), 5);
	cr_expect_eq(faults(folder), 0);
}

Test(registry_tail, the_record_that_was_being_written_is_whole_or_not_there)
{
	const char *folder = temp_dir_path("town");
	char torn[512], path[1024];
	off_t at[16];
	size_t count;

	snprintf(torn, sizeof torn, "%s", temp_dir_path("torn"));
	in_child(folder, enrol_three_published);
	in_child(folder, enrol_two_more);
	count = records(folder, at, 15);
	cr_assert_eq(count, 2);
	/* Cut off, or any part of it never written: one filing less, and it can go on. */
	copy_tree(folder, torn);
	flip(torn, at[1] + 200);
	cr_expect_eq(enrolled(torn), 4);
	copy_tree(folder, torn);
	flip(torn, at[1] + 30);
	cr_expect_eq(enrolled(torn), 4);
	cr_expect_eq(faults(torn), 0);
	copy_tree(folder, torn);
	path_of(torn, "head", path);
	cr_assert_eq(truncate(path, at[1] + 150), 0);
	cr_expect_eq(enrolled(torn), 4);
	cr_expect_eq(enrolled(folder), 5);
}

Test(registry_tail, what_the_store_took_before_the_slot_was_written_is_not_taken_twice)
{
	const char *folder = temp_dir_path("town");
	char before[512];
	off_t at[16];

	snprintf(before, sizeof before, "%s", temp_dir_path("before"));
	in_child(folder, enrol_three_published);
	in_child(folder, enrol_two_more);
	cr_assert_eq(records(folder, at, 15), 2);
	copy_tree(folder, before);
	/* The store has taken them; the head file is that of before. */
	cr_assert_eq(opening(folder), CREDIT_OK);
	copy_head(before, folder);
	cr_expect_eq(enrolled(folder), 5);
	cr_expect_eq(faults(folder), 0);
}

Test(registry_tail, a_store_older_than_the_slot_is_refused)
{
	const char *folder = temp_dir_path("town");
	char old[512];

	snprintf(old, sizeof old, "%s", temp_dir_path("old"));
	in_child(folder, enrol_three_published);
	copy_tree(folder, old);
	/* One publication further, and more in the tail after it. */
	cr_assert_eq(enrolled(folder), 3);
	in_child(folder, enrol_two_more);
	copy_head(folder, old);
	cr_expect_eq(opening(old), CREDIT_E_HEAD_AHEAD);
}

Test(registry_tail, a_store_that_went_another_way_does_not_take_the_tail)
{
	const char *folder = temp_dir_path("town");
	char other[512];

	snprintf(other, sizeof other, "%s", temp_dir_path("other"));
	in_child(folder, enrol_three_published);
	copy_tree(folder, other);
	/* Both record one epoch more and publish it: the same size, another root. */
	cr_assert_eq(opening(folder), CREDIT_OK);
	in_child(folder, enrol_two_more);
	in_child(other, enrol_two_more);
	cr_assert_eq(enrolled(other), 5);
	cr_assert_eq(enrolled(folder), 5);
	in_child(folder, enrol_a_last_one);
	copy_head(folder, other);
	cr_expect_eq(opening(other), CREDIT_E_HEAD_FORK);
}

Test(registry_tail, without_the_head_file_nothing_is_signed)
{
	const char *folder = temp_dir_path("town");
	char path[1024];

	in_child(folder, enrol_three_published);
	in_child(folder, enrol_two_more);
	path_of(folder, "head", path);
	cr_assert_eq(unlink(path), 0);
	cr_expect_eq(opening(folder), CREDIT_E_HEAD_AHEAD);
}

static bool same_answer(const Credit__V1__FilingReceipt *a, const Credit__V1__FilingReceipt *b)
{
	uint8_t first[8192], second[8192];
	size_t size = credit__v1__filing_receipt__get_packed_size(a);

	if (size > sizeof first || size != credit__v1__filing_receipt__get_packed_size(b))
		return false;
	credit__v1__filing_receipt__pack(a, first);
	credit__v1__filing_receipt__pack(b, second);
	return memcmp(first, second, size) == 0;
}

/* An act that lies in the tail only is answered again with the bytes it was answered with. */
Test(registry_tail, the_same_filing_again_gets_the_same_receipt_before_and_after_publication)
{
	struct town town;
	struct town_act act;
	struct town_act *acts[] = {&act};
	struct credit_hash commitment;
	Credit__V1__FilingReceipt *first = NULL, *again = NULL;
	struct credit_submission submission = {0}, *submissions[] = {&submission};
	struct credit_manifest_options options;
	struct credit_problem problem;
	struct credit_sealer *sealer;
	Credit__V1__Filing *filing;

	town_open(&town, temp_dir_path("town"));
	town_enrol(&act, 1);
	cr_assert_eq(town_file(&town, acts, 1, false, &commitment, &first), CREDIT_OK);
	credit__v1__filing_receipt__free_unpacked(first, NULL);
	options = (struct credit_manifest_options){
		.origin = TOWN_ORIGIN, .issuer = town.bureau_uscc, .created_at = town.now};
	cr_assert_eq(credit_sealer_new(&sealer), CREDIT_OK);
	town_enrol(&act, 2);
	cr_assert_eq(credit_sealer_add(sealer, &act.act, (struct credit_bytes){0}, NULL, &problem),
		CREDIT_OK);
	cr_assert_eq(
		credit_sealer_sign(sealer, &options, &town.bureau, &filing, &problem), CREDIT_OK);
	cr_assert_eq(credit_filing_open(filing, &submission.filing, &problem), CREDIT_OK);
	for (unsigned round = 0; round < 3; round++) {
		/* Round 0: recorded. 1: from the tail. 2: from the store. */
		if (round == 2)
			town_publish(&town);
		credit_registry_submit(town.registry, submissions, 1, town.now);
		cr_assert_eq(submission.error, CREDIT_OK);
		again = credit__v1__filing_receipt__unpack(
			NULL, submission.answer.size, submission.answer.data);
		if (round == 0)
			first = again;
		else {
			cr_expect(same_answer(first, again), "round %u", round);
			credit__v1__filing_receipt__free_unpacked(again, NULL);
		}
		cr_expect_eq(town.registry->pending.count > 0, round < 2);
	}
	credit__v1__filing_receipt__free_unpacked(first, NULL);
	credit_filing_free(submission.filing);
	credit_sealer_free(sealer);
	town_close(&town);
}

/* What the disk does not take is refused, and what was acknowledged before stays. */
Test(registry_tail, an_epoch_that_cannot_be_written_is_refused_and_the_next_goes_on)
{
	const char *folder = temp_dir_path("town");
	struct town town;
	struct town_act act;
	struct town_act *acts[] = {&act};
	int fd;

	town_open(&town, folder);
	town_enrol_now(&town, 0);
	cr_assert_eq(town.registry->pending.count > 0, true);
	fd = town.registry->head_file.fd;
	town.registry->head_file.fd = -1;
	town_enrol(&act, 1);
	cr_expect_eq(town_file(&town, acts, 1, false, NULL, NULL), CREDIT_E_IO);
	town.registry->head_file.fd = fd;
	town_enrol(&act, 2);
	cr_expect_eq(town_file(&town, acts, 1, false, NULL, NULL), CREDIT_OK);
	town_close(&town);
	cr_expect_eq(enrolled(folder), 2);
	cr_expect_eq(faults(folder), 0);
}

/* Past CREDIT__TAIL_MAX the store takes what is pending, and the tail begins anew. */
Test(registry_tail, a_full_tail_is_settled_without_a_publication)
{
	const char *folder = temp_dir_path("town");
	struct town town;

	town_open(&town, folder);
	town_enrol_now(&town, 0);
	town.registry->head_file.end = CREDIT__TAIL_MAX;
	town_enrol_now(&town, 1);
	cr_expect_eq(town.registry->pending.count, 0);
	cr_expect_eq(town.registry->head_file.end, CREDIT__TAIL_BEGIN);
	town_enrol_now(&town, 2);
	cr_expect_eq(town.registry->pending.count, 1);
	town_close(&town);
	cr_expect_eq(enrolled(folder), 3);
}

static void erase_one(struct town *town)
{
	struct credit_hash listed;
	struct town_act act;
	struct town_act *acts[] = {&act};
	uint64_t scrubbed = 0;

	town_enrol_now(town, 7);
	town_list_now(town, 7, BLACK, &listed);
	town_remove(&act, 7, &listed, CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED);
	if (town_file(town, acts, 1, false, NULL, NULL) != CREDIT_OK)
		_exit(2);
	town_erase(&act, 7, &listed);
	if (town_file(town, acts, 1, false, NULL, NULL) != CREDIT_OK)
		_exit(3);
	if (credit_registry_scrub(town->registry, town->now, &scrubbed) != CREDIT_OK || !scrubbed)
		_exit(4);
}

Test(registry_tail, a_scrub_leaves_nothing_in_the_tail)
{
	const char *folder = temp_dir_path("town");
	char path[1024];
	uint8_t block[BLOCK], any = 0;
	struct stat stat;
	int fd;

	in_child(folder, erase_one);
	path_of(folder, "head", path);
	fd = open(path, O_RDONLY);
	cr_assert_eq(fstat(fd, &stat), 0);
	cr_assert_gt(stat.st_size, (off_t)CREDIT__TAIL_BEGIN);
	for (off_t at = CREDIT__TAIL_BEGIN; at < stat.st_size; at += BLOCK) {
		ssize_t size = pread(fd, block, sizeof block, at);

		for (ssize_t i = 0; i < size; i++)
			any |= block[i];
	}
	close(fd);
	cr_expect_eq(any, 0);
}
