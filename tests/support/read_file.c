/* SPDX-License-Identifier: Apache-2.0 */
#include "read_file.h"

#include <stdio.h>
#include <stdlib.h>

struct credit_bytes read_file(const char *path, void *memory, size_t capacity)
{
	FILE *file = fopen(path, "rb");
	size_t size = file ? fread(memory, 1, capacity, file) : 0;

	if (!file || size == capacity || ferror(file)) {
		perror(path);
		abort();
	}
	fclose(file);
	return (struct credit_bytes){memory, size};
}
