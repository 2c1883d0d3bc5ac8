/* SPDX-License-Identifier: Apache-2.0
 *
 * test_lost.c - journal, state and head file, each lost, old or newest, where they were and copied elsewhere.
 *
 * The rule (docs/spec/journal.md, section 6): nothing is signed behind what was signed. So a head file that is
 * missing beside a journal, or ahead of it, refuses; a state ahead of its journal does; and everything
 * else opens, ends where its journal ends, and is sound.
 */
#include <criterion/criterion.h>

#include "tests/support/temp_dir.h"
#include "tests/support/town.h"
#include "tests/support/traces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum age {
	LOST,
	OLD,
	NEWEST,
	AGES
};

static const char *const age_names[AGES] = {"lost", "old", "newest"};
static const char *const part_names[] = {"journal", "state", "head"};

static char kept[AGES][256]; /* a copy of the whole folder, as it was */
static uint64_t sizes[AGES]; /* of the tree then */

static void shell(const char *command)
{
	cr_assert_eq(system(command), 0, "%s", command);
}

static void keep(struct town *town, const char *live, enum age age)
{
	char command[1024];

	sizes[age] = town_tree_size(town);
	town_close(town);
	snprintf(kept[age], sizeof kept[age], "%s", temp_dir_path(age_names[age]));
	snprintf(command, sizeof command, "cp -a '%s' '%s'", live, kept[age]);
	shell(command);
	town_open(town, live);
}

static void set_up(void)
{
	char live[256];
	struct town town;

	temp_dir_make();
	snprintf(live, sizeof live, "%s", temp_dir_path("live"));
	town_open(&town, live);
	town_enrol_now(&town, 1);
	town_publish(&town);
	keep(&town, live, OLD);
	town_enrol_now(&town, 2);
	town_list_now(&town, 2, "black.market-serious", NULL);
	town_publish(&town);
	keep(&town, live, NEWEST);
	town_close(&town);
}

TestSuite(registry_lost, .init = set_up, .fini = temp_dir_remove);

/* Lays the three parts, each of its age, into `folder`. */
static void lay(const char *folder, const enum age age[3])
{
	char command[2048];

	snprintf(command, sizeof command, "rm -rf '%s' && mkdir -p '%s'", folder, folder);
	shell(command);
	for (size_t part = 0; part < 3; part++) {
		if (age[part] == LOST)
			continue;
		snprintf(command, sizeof command, "cp -a '%s/%s' '%s/'", kept[age[part]],
			part_names[part], folder);
		shell(command);
	}
}

static bool may_open(const enum age age[3])
{
	if (age[0] == LOST)
		return age[1] == LOST && age[2] == LOST;
	return age[2] != LOST && age[2] <= age[0] && age[1] <= age[0];
}

/* Opened, it ends where its journal ends, takes a filing, and fsck finds nothing. */
static void expect_sound(const char *folder, enum age journal, const char *what)
{
	struct town town;
	enum credit_error error;

	town_open(&town, folder);
	if (journal != LOST)
		cr_expect_geq(town_tree_size(&town), sizes[journal], "%s", what);
	town_publish(&town);
	if (journal != LOST)
		cr_expect_eq(town_lists_of(&town, 1), 0U, "%s", what);
	Credit__V1__Status *status = town_ask(&town, 2, &error);
	cr_expect_eq(status != NULL, journal == NEWEST, "%s", what);
	if (status)
		credit__v1__status__free_unpacked(status, NULL);
	town_enrol_now(&town, 9);
	town_publish(&town);
	traces_fsck(&town);
	town_close(&town);
}

static enum credit_error try(const char *folder)
{
	struct credit_registry_options options;
	struct credit_problem problem;
	struct town town = {0};
	enum credit_error error;

	town_keys(&town);
	options = town_options(&town, folder);
	error = credit_registry_open(&options, NULL, NULL, &town.registry, &problem);
	credit_registry_close(town.registry);
	return error;
}

static void try_all(const char *folder)
{
	unsigned opened = 0, refused = 0;

	for (unsigned i = 0; i < AGES * AGES * AGES; i++) {
		const enum age age[3] = {
			(enum age)(i % AGES), (enum age)(i / AGES % AGES), (enum age)(i / 9)};
		char what[128];

		snprintf(what, sizeof what, "journal %s, state %s, head %s", age_names[age[0]],
			age_names[age[1]], age_names[age[2]]);
		lay(folder, age);
		if (may_open(age)) {
			expect_sound(folder, age[0], what);
			opened++;
		} else {
			cr_expect_neq(try(folder), CREDIT_OK, "%s", what);
			refused++;
		}
	}
	cr_expect_eq(opened, 9U);
	cr_expect_eq(refused, 18U);
}

Test(registry_lost, in_every_order_where_they_were)
{
	char live[256];

	snprintf(live, sizeof live, "%s", temp_dir_path("live"));
	try_all(live);
}

Test(registry_lost, in_every_order_copied_elsewhere)
{
	char elsewhere[256];

	snprintf(elsewhere, sizeof elsewhere, "%s", temp_dir_path("elsewhere"));
	try_all(elsewhere);
}
