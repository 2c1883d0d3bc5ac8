/* SPDX-License-Identifier: Apache-2.0
 *
 * traces.h - what lies in the files of a folder, and what a registry's readers see, for tests of
 * erasure.
 */
#ifndef TESTS_SUPPORT_TRACES_H
#define TESTS_SUPPORT_TRACES_H

#include "tests/support/town.h"

/* How many of the files in a folder, and below it, hold these bytes anywhere. */
unsigned traces_files_with(const char *folder, struct credit_bytes bytes);
/* One digest over every row of the published state that effects can make. */
struct credit_hash traces_state(struct town *town);
/* A digest over every row of each keyspace of a state store that nobody has open: what effects made, the
 * look-ups, the marks, and the status map with its root. */
#define TRACES_KEYSPACES 32
void traces_store(const char *folder, struct credit_hash ret_digests[TRACES_KEYSPACES]);
const char *traces_keyspace(unsigned keyspace);
/* Runs fsck; ends the test with the first fault that it tells. */
struct credit_fsck_report traces_fsck(struct town *town);

#endif
