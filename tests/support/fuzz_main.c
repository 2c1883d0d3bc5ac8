/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_main.c - runs a fuzz target as an ordinary test, over its seeds and mutations of them.
 *
 *     fuzz_name DIRECTORY...
 *
 * Every file of the directories is a seed. The target gets each seed as it is, then a few hundred
 * inputs made from it: flipped bits, cut ends, doubled and dropped pieces. What is made depends on
 * the number of the mutation and nothing else, so a failure happens again. Each seed runs in a
 * child process; when one dies, the input that killed it is made once more, by the parent, and
 * written to <program>.crash. Each input lies in memory of exactly its size, so that
 * AddressSanitizer sees a read past its end. Prints how many inputs were run; no seeds is a
 * failure. With CREDIT_BRIEF set it makes a quarter of them.
 */
#include <dirent.h>
#include <err.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SEED_SIZE_MAX ((size_t)1 << 20)
#define MUTATIONS 400 /* of each seed; number 0 is the seed itself */
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));
/* A slow target says how many it has time for. */
extern const unsigned fuzz_mutations __attribute__((weak));
#define BRIEF 4
#define CHANGES_MAX 4 /* in one mutation */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	uint8_t *data; /* room for twice SEED_SIZE_MAX */
	size_t size;
};

static uint64_t random_state;

/* splitmix64: small, and the same on every machine. */
static uint64_t draw(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15U;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return z ^ (z >> 31);
}

static size_t draw_below(size_t bound)
{
	return bound ? (size_t)(draw() % bound) : 0;
}

static void flip_bit(struct input *input)
{
	if (input->size)
		input->data[draw_below(input->size)] ^= (uint8_t)(1U << (draw() & 7));
}

static void set_byte(struct input *input)
{
	static const uint8_t telling[] = {0x00, 0x01, 0x7f, 0x80, 0xff, '\n', '"', ' '};

	if (input->size)
		input->data[draw_below(input->size)] = telling[draw_below(sizeof telling)];
}

static void cut_end(struct input *input)
{
	input->size = draw_below(input->size + 1);
}

static void drop_piece(struct input *input)
{
	size_t at = draw_below(input->size), length = draw_below(input->size - at + 1);

	memmove(input->data + at, input->data + at + length, input->size - at - length);
	input->size -= length;
}

static void double_piece(struct input *input)
{
	size_t at = draw_below(input->size), length = draw_below(input->size - at + 1);

	if (input->size + length > 2 * SEED_SIZE_MAX)
		return;
	memmove(input->data + at + length, input->data + at, input->size - at);
	input->size += length;
}

static void mutate(struct input *input, const uint8_t *seed, size_t size, uint32_t number)
{
	static void (*const change[])(struct input *) = {
		flip_bit, flip_bit, set_byte, cut_end, drop_piece, double_piece};

	memcpy(input->data, seed, size);
	input->size = size;
	if (number == 0)
		return;
	random_state = number;
	for (size_t n = 1 + draw_below(CHANGES_MAX); n > 0; n--)
		change[draw_below(sizeof change / sizeof change[0])](input);
}

static void run_exactly(const struct input *input)
{
	uint8_t *copy = malloc(input->size ? input->size : 1);

	if (!copy)
		err(1, "malloc");
	memcpy(copy, input->data, input->size);
	LLVMFuzzerTestOneInput(copy, input->size);
	free(copy);
}

static void keep_crash(const char *program, const struct input *input)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof path, "%s.crash", program);
	file = fopen(path, "wb");
	if (!file || fwrite(input->data, 1, input->size, file) != input->size || fclose(file) != 0)
		err(1, "%s", path);
	fprintf(stderr, "the input is in %s\n", path);
}

/* `progress` is shared with the child. Returns whether all mutations passed. */
static int run_seed(const char *program, const char *path, struct input *input, uint32_t *progress)
{
	static uint8_t seed[SEED_SIZE_MAX + 1];
	FILE *file = fopen(path, "rb");
	uint32_t mutations = &fuzz_mutations ? fuzz_mutations : MUTATIONS;
	int status;
	size_t size;
	pid_t child;

	if (!file)
		err(1, "%s", path);
	size = fread(seed, 1, sizeof seed, file);
	fclose(file);
	if (size > SEED_SIZE_MAX)
		errx(1, "%s: a seed has at most %zu bytes", path, SEED_SIZE_MAX);
	if (getenv("CREDIT_BRIEF"))
		mutations = 1 + mutations / BRIEF;
	child = fork();
	if (child < 0)
		err(1, "fork");
	if (child == 0) {
		for (*progress = 0; *progress < mutations; ++*progress) {
			mutate(input, seed, size, *progress);
			run_exactly(input);
		}
		free(input->data);
		exit(0);
	}
	if (waitpid(child, &status, 0) != child)
		err(1, "waitpid");
	if (status == 0)
		return 1;
	fprintf(stderr, "%s: mutation %u failed (wait status 0x%x)\n", path, *progress,
		(unsigned)status);
	mutate(input, seed, size, *progress);
	keep_crash(program, input);
	return 0;
}

int main(int argc, char **argv)
{
	struct input input = {.data = malloc(2 * SEED_SIZE_MAX)};
	uint32_t *progress = mmap(
		NULL, sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned seeds = 0, failed = 0, inputs = 0;
	struct dirent **entry;
	char path[PATH_MAX];

	if (!input.data || progress == MAP_FAILED)
		err(1, "memory");
	if (LLVMFuzzerInitialize && LLVMFuzzerInitialize(&argc, &argv) != 0)
		errx(1, "the target cannot begin");
	for (int i = 1; i < argc; i++) {
		int count = scandir(argv[i], &entry, NULL, alphasort);

		if (count < 0)
			err(1, "%s", argv[i]);
		for (int e = 0; e < count; e++) {
			snprintf(path, sizeof path, "%s/%s", argv[i], entry[e]->d_name);
			if (entry[e]->d_name[0] != '.') {
				seeds++;
				failed += !run_seed(argv[0], path, &input, progress);
				inputs += *progress;
			}
			free(entry[e]);
		}
		free(entry);
	}
	free(input.data);
	if (seeds == 0)
		errx(1, "no seeds: give the directories that hold them");
	printf("%u inputs from %u seeds, %u seeds failed\n", inputs, seeds, failed);
	return failed ? 1 : 0;
}
