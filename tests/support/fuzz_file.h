/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_file.h - an input as a file, for what reads files by their path.
 */
#ifndef TESTS_SUPPORT_FUZZ_FILE_H
#define TESTS_SUPPORT_FUZZ_FILE_H

#include <stddef.h>
#include <stdint.h>

/* A path under which the bytes are read, by this process only, until fuzz_file_close; mode 0600. One at a
 * time. Aborts when there is no memory for it. */
const char *fuzz_file_open(const uint8_t *data, size_t size);
void fuzz_file_close(void);

#endif
