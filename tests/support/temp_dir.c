/* SPDX-License-Identifier: Apache-2.0
 *
 * temp_dir.c - makes and removes the directory that one test works in.
 */
#include "tests/support/temp_dir.h"

#include <err.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PATHS_ALIVE 4

static char directory[PATH_MAX / 2];

void temp_dir_make(void)
{
	const char *base = getenv("TMPDIR");

	snprintf(directory, sizeof directory, "%s/credit-test-XXXXXX", base ? base : "/tmp");
	if (!mkdtemp(directory))
		err(1, "%s", directory);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	(void)status;
	(void)kind;
	(void)where;
	return remove(path);
}

void temp_dir_remove(void)
{
	if (nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
		err(1, "%s", directory);
}

const char *temp_dir_path(const char *name)
{
	static char path[PATHS_ALIVE][PATH_MAX];
	static unsigned turn;
	char *text = path[turn++ % PATHS_ALIVE];

	snprintf(text, PATH_MAX, "%s/%s", directory, name);
	return text;
}
