/* SPDX-License-Identifier: Apache-2.0
 *
 * unhex.c - hexadecimal of test vectors.
 */
#include "tests/support/unhex.h"

#include <err.h>
#include <string.h>

#define KEPT 4
#define BYTES_MAX 4096

void unhex(const char *text, void *ret_data, size_t size)
{
	if (credit_hex_decode(text, strlen(text), ret_data, size) != CREDIT_OK)
		errx(1, "a test vector is not %zu bytes of hexadecimal: %s", size, text);
}

struct credit_bytes unhex_bytes(const char *text)
{
	static uint8_t kept[KEPT][BYTES_MAX];
	static size_t next;
	uint8_t *data = kept[next++ % KEPT];
	size_t size = strlen(text) / 2;

	if (size > BYTES_MAX)
		errx(1, "a test vector is longer than %d bytes", BYTES_MAX);
	unhex(text, data, size);
	return (struct credit_bytes){data, size};
}

struct credit_hash unhex_hash(const char *text)
{
	struct credit_hash hash;

	unhex(text, &hash, sizeof(hash));
	return hash;
}
