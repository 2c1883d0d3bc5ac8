/* SPDX-License-Identifier: Apache-2.0
 *
 * read_file.h - a whole file of tests/vectors in memory, and one byte of a file altered.
 */
#ifndef TEST_READ_FILE_H
#define TEST_READ_FILE_H

#include <credit/base.h>

/* Into `memory`; the program ends when it cannot be read or is larger. */
struct credit_bytes read_file(const char *path, void *memory, size_t capacity);

/* Alters one bit of the first place where `needle` stands in a file. False when it stands nowhere. */
bool alter_file(const char *path, struct credit_bytes needle);

#endif
