/* SPDX-License-Identifier: Apache-2.0 */
#include "read_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

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

bool alter_file(const char *path, struct credit_bytes needle)
{
	int file = open(path, O_RDWR | O_CLOEXEC);
	struct stat state;
	char *all = MAP_FAILED, *found;

	if (file >= 0 && fstat(file, &state) == 0)
		all = mmap(
			NULL, (size_t)state.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (all == MAP_FAILED) {
		perror(path);
		abort();
	}
	found = memmem(all, (size_t)state.st_size, needle.data, needle.size);
	if (found)
		*found ^= 1;
	munmap(all, (size_t)state.st_size);
	close(file);
	return found != NULL;
}
