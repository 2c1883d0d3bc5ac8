/* SPDX-License-Identifier: Apache-2.0
 *
 * unhex.h - published vectors are written in hexadecimal; these read them, or end the process.
 */
#ifndef TESTS_SUPPORT_UNHEX_H
#define TESTS_SUPPORT_UNHEX_H

#include <credit/base.h>

/* Exactly `size` bytes. */
void unhex(const char *text, void *ret_data, size_t size);

/* As many bytes as there are, in memory that lives until the fourth call from now. */
struct credit_bytes unhex_bytes(const char *text);

struct credit_hash unhex_hash(const char *text);

#endif
