/* SPDX-License-Identifier: Apache-2.0
 *
 * csv_encoding.c - which encoding a file has, and turning it into UTF-8.
 *
 * Both steps work on blocks; what is cut at the end of a block waits for the next.
 */
#include "csv.h"

#include "bilingual.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE 65536
#define CARRY_MAX 8 /* bytes of a character that is not all there; GB18030 and UTF-8 need 3 */

/* --- scanning --------------------------------------------------------------------------------- */

/* A look at the whole file in one encoding. */
struct look {
	uint8_t block[CARRY_MAX + BLOCK_SIZE];
	size_t carried;
	uint64_t lines; /* up to the first fault, then kept */
	bool valid;
};

static bool is_cut(const uint8_t *data, size_t size)
{
	uint8_t lead = data[0];
	size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 1;

	if (size >= length)
		return false;
	for (size_t i = 1; i < size; i++) {
		if ((data[i] & 0xc0) != 0x80)
			return false;
	}
	return true;
}

/* Takes whole characters off the front; what is left is put to the front of the block. */
static void look_utf8(struct look *look, size_t size, bool last)
{
	size_t at = 0;

	while (look->valid && at < size) {
		uint32_t character;
		size_t length = credit_utf8_next(look->block + at, size - at, &character);

		if (length == 0 && !last && is_cut(look->block + at, size - at))
			break;
		if (length == 0)
			look->valid = false;
		else if (character == '\n')
			look->lines++;
		at += length;
	}
	look->carried = look->valid ? size - at : 0;
	if (look->carried > 0)
		memmove(look->block, look->block + at, look->carried);
}

static void look_gb18030(struct look *look, size_t size, bool last, iconv_t converter)
{
	char *in = (char *)look->block;
	size_t in_left = size;

	while (look->valid && in_left > 0) {
		char output[4096], *out = output;
		size_t out_left = sizeof output;
		size_t result = iconv(converter, &in, &in_left, &out, &out_left);

		for (const char *p = output; p < out; p++)
			look->lines += *p == '\n';
		if (result != (size_t)-1 || errno == E2BIG)
			continue;
		if (errno == EINVAL && !last && in_left <= CARRY_MAX)
			break;
		look->valid = false;
	}
	look->carried = look->valid ? in_left : 0;
	if (look->carried > 0)
		memmove(look->block, in, look->carried);
}

/* The whole source: UTF-8 when `converter` is none. `scan` (may be NULL) gets size and digest. */
static enum credit_error look_over(const struct csv_source *source, iconv_t converter,
	struct look *look, struct csv_scan *scan)
{
	struct credit_hasher hasher;
	size_t size;

	credit_hasher_init(&hasher);
	look->carried = 0;
	look->lines = 1;
	look->valid = true;
	do {
		uint8_t *fresh = look->block + look->carried;
		enum credit_error error = source->read(source->context, fresh, BLOCK_SIZE, &size);

		if (error != CREDIT_OK)
			return error;
		credit_hasher_add(&hasher, fresh, size);
		if (scan)
			scan->size += size;
		if (converter == (iconv_t)-1)
			look_utf8(look, look->carried + size, size == 0);
		else
			look_gb18030(look, look->carried + size, size == 0, converter);
	} while (size > 0);
	if (scan)
		credit_hasher_done(&hasher, &scan->digest);
	return CREDIT_OK;
}

static enum credit_error look_again(const struct csv_source *source,
	enum credit_error (*rewind)(void *context), struct look *look,
	struct credit_problem *problem)
{
	uint64_t utf8_lines = look->lines;
	iconv_t converter = iconv_open("UTF-8", "GB18030");
	enum credit_error error;

	if (converter == (iconv_t)-1)
		return credit_problem_set(
			problem, CREDIT_E_UNSUPPORTED, NULL, NULL, "iconv GB18030");
	error = rewind(source->context);
	if (error == CREDIT_OK)
		error = look_over(source, converter, look, NULL);
	iconv_close(converter);
	if (error != CREDIT_OK)
		return credit_problem_set(problem, error, NULL, NULL, NULL);
	if (look->valid)
		return CREDIT_OK;
	/* The encoding that got farther is the one that was meant. */
	unsigned long long line = utf8_lines > look->lines ? utf8_lines : look->lines;
	return credit_problem_set(problem, CREDIT_E_CSV_ENCODING, NULL, NULL,
		"line %llu" BILINGUAL "第 %llu 行", line, line);
}

enum credit_error csv_scan(const struct csv_source *source,
	enum credit_error (*rewind)(void *context), struct csv_scan *ret_scan,
	struct credit_problem *problem)
{
	struct look *look = malloc(sizeof *look);
	struct csv_scan scan = {.encoding = CSV_UTF8};
	enum credit_error error;

	if (!look)
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	error = look_over(source, (iconv_t)-1, look, &scan);
	if (error != CREDIT_OK) {
		credit_problem_set(problem, error, NULL, NULL, NULL);
	} else if (!look->valid) {
		scan.encoding = CSV_GB18030;
		error = look_again(source, rewind, look, problem);
	}
	free(look);
	if (error == CREDIT_OK)
		*ret_scan = scan;
	return error;
}

/* --- decoding --------------------------------------------------------------------------------- */

struct csv_decoder {
	struct csv_source source;
	iconv_t converter; /* -1: the source is UTF-8 */
	bool begun;        /* past a byte-order mark */
	bool ended;
	uint8_t block[BLOCK_SIZE];
	size_t at, size;
};

enum credit_error csv_decoder_new(const struct csv_source *source, enum csv_encoding encoding,
	struct csv_decoder **ret_decoder)
{
	struct csv_decoder *decoder = malloc(sizeof *decoder);

	if (!decoder)
		return CREDIT_E_NO_MEMORY;
	decoder->source = *source;
	decoder->begun = decoder->ended = false;
	decoder->at = decoder->size = 0;
	decoder->converter = (iconv_t)-1;
	if (encoding == CSV_GB18030) {
		decoder->converter = iconv_open("UTF-8", "GB18030");
		if (decoder->converter == (iconv_t)-1) {
			free(decoder);
			return CREDIT_E_UNSUPPORTED;
		}
	}
	*ret_decoder = decoder;
	return CREDIT_OK;
}

void csv_decoder_free(struct csv_decoder *decoder)
{
	if (decoder && decoder->converter != (iconv_t)-1)
		iconv_close(decoder->converter);
	free(decoder);
}

/* Moves what is left to the front and reads more behind it. */
static enum credit_error fill(struct csv_decoder *decoder)
{
	size_t got = 0;
	enum credit_error error;

	memmove(decoder->block, decoder->block + decoder->at, decoder->size - decoder->at);
	decoder->size -= decoder->at;
	decoder->at = 0;
	error = decoder->source.read(decoder->source.context, decoder->block + decoder->size,
		BLOCK_SIZE - decoder->size, &got);
	decoder->size += got;
	decoder->ended = error == CREDIT_OK && got == 0;
	return error;
}

/* Passes bytes on; the reader's cells are checked as UTF-8 by the library. */
static size_t copy_out(struct csv_decoder *decoder, uint8_t *memory, size_t size)
{
	size_t length = decoder->size - decoder->at;

	if (length > size)
		length = size;
	memcpy(memory, decoder->block + decoder->at, length);
	decoder->at += length;
	return length;
}

/* CREDIT_E_CSV_ENCODING for bytes that are no character; nothing yet for one that is cut. */
static enum credit_error convert(
	struct csv_decoder *decoder, uint8_t *memory, size_t size, size_t *ret_size)
{
	char *in = (char *)decoder->block + decoder->at, *out = (char *)memory;
	size_t in_left = decoder->size - decoder->at, out_left = size;
	size_t result = iconv(decoder->converter, &in, &in_left, &out, &out_left);
	int why = errno;

	decoder->at = decoder->size - in_left;
	*ret_size = size - out_left;
	if (result != (size_t)-1 || why == E2BIG || *ret_size > 0)
		return CREDIT_OK;
	return why == EINVAL && !decoder->ended ? CREDIT_OK : CREDIT_E_CSV_ENCODING;
}

static void pass_mark(uint8_t *memory, size_t *size)
{
	static const uint8_t mark[] = {0xef, 0xbb, 0xbf};

	if (*size >= sizeof mark && memcmp(memory, mark, sizeof mark) == 0) {
		*size -= sizeof mark;
		memmove(memory, memory + sizeof mark, *size);
	}
}

/* So that a mark is whole in the first block, even from a source that gives single bytes. */
static enum credit_error fill_first(struct csv_decoder *decoder)
{
	enum credit_error error = CREDIT_OK;

	while (error == CREDIT_OK && !decoder->ended && decoder->size < 4)
		error = fill(decoder);
	return error;
}

static enum credit_error decode(void *context, uint8_t *memory, size_t size, size_t *ret_size)
{
	struct csv_decoder *decoder = context;
	bool first = !decoder->begun;
	size_t length = 0;
	enum credit_error error = first ? fill_first(decoder) : CREDIT_OK;

	decoder->begun = true;
	while (error == CREDIT_OK && length == 0) {
		if (!decoder->ended && decoder->size - decoder->at < CARRY_MAX)
			error = fill(decoder);
		if (error != CREDIT_OK || decoder->at == decoder->size)
			break;
		if (decoder->converter == (iconv_t)-1)
			length = copy_out(decoder, memory, size);
		else
			error = convert(decoder, memory, size, &length);
		if (first)
			pass_mark(memory, &length);
		first = false;
	}
	if (error == CREDIT_OK)
		*ret_size = length;
	return error;
}

struct csv_source csv_decoder_source(struct csv_decoder *decoder)
{
	return (struct csv_source){decoder, decode};
}
