/* SPDX-License-Identifier: Apache-2.0
 *
 * temp_dir.h - a directory of its own for each test, removed afterwards with all that is in it.
 *
 * Give the two functions to a suite as fixtures:
 *     TestSuite(store, .init = temp_dir_make, .fini = temp_dir_remove);
 * The directory lies under $TMPDIR (or /tmp), which the test runner makes and removes, so that a
 * test that crashes leaves nothing behind either. Any failure ends the process.
 */
#ifndef TESTS_SUPPORT_TEMP_DIR_H
#define TESTS_SUPPORT_TEMP_DIR_H

void temp_dir_make(void);
void temp_dir_remove(void);

/* The path of `name` in the directory; valid until the fourth call from now. */
const char *temp_dir_path(const char *name);

#endif
