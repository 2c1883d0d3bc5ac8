/* SPDX-License-Identifier: Apache-2.0
 *
 * qr.c - a proof of a status as one QR code: the text in it, and its picture.
 *
 * Text rather than bytes goes into the code, because scanners hand on text: many change bytes on the
 * way, taking them for some character set. Base45 costs a little over 3% more than bytes would.
 */
#include "qr.h"

#include "bilingual.h"
#include "file.h"

#include <errno.h>
#include <png.h>
#include <qrencode.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX_LENGTH (sizeof QR_PREFIX - 1)
#define MODULE 4 /* pixels */
#define QUIET 4  /* modules; docs/spec/proof.md: "a quiet zone of four modules" */
#define VERSION_MAX 40
#define WIDTH_OF_VERSION(version) (17 + 4 * (version)) /* modules */
#define PIXELS_MAX ((WIDTH_OF_VERSION(VERSION_MAX) + 2 * QUIET) * MODULE)
#define ROW_MAX ((PIXELS_MAX + 7) / 8)
/* Pixels that do not compress, a filter byte a row, and ample room for what stands around them. */
#define PNG_MAX (PIXELS_MAX * (ROW_MAX + 1) + 4096)

_Static_assert(PREFIX_LENGTH + CREDIT_BASE45_SIZE(QR_BUNDLE_MAX) - 1 == QR_TEXT_MAX,
	"the largest bundle fills the largest symbol");

/* --- the text --------------------------------------------------------------------------------- */

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct credit_bytes trim(struct credit_bytes text)
{
	while (text.size > 0 && is_space(text.data[0])) {
		text.data++;
		text.size--;
	}
	/* docs/spec/proof.md: "A payload never ends with a space" */
	while (text.size > 0 && is_space(text.data[text.size - 1]))
		text.size--;
	return text;
}

bool qr_text_is(struct credit_bytes bytes)
{
	bytes = trim(bytes);
	return bytes.size >= PREFIX_LENGTH && memcmp(bytes.data, QR_PREFIX, PREFIX_LENGTH) == 0;
}

enum credit_error qr_text_read(struct credit_bytes text, uint8_t *memory,
	struct credit_bytes *ret_bundle, struct credit_problem *problem)
{
	enum credit_error error;
	size_t size;

	text = trim(text);
	if (text.size > QR_TEXT_MAX)
		return credit_problem_set(problem, CREDIT_E_TOO_LARGE, "bundle", NULL,
			"%zu characters, one QR code holds %d" BILINGUAL
			"%zu 个字符，一个二维码最多容纳 %d 个",
			text.size, QR_TEXT_MAX, text.size, QR_TEXT_MAX);
	error = credit_base45_decode((const char *)text.data + PREFIX_LENGTH,
		text.size - PREFIX_LENGTH, memory, QR_BUNDLE_MAX, &size);
	if (error != CREDIT_OK)
		return credit_problem_set(problem, error, "bundle", NULL,
			"the text after " QR_PREFIX BILINGUAL QR_PREFIX " 之后的文本");
	*ret_bundle = (struct credit_bytes){memory, size};
	return CREDIT_OK;
}

/* --- the picture ------------------------------------------------------------------------------ */

/* In the smallest symbol of that level; NULL and errno, ERANGE when there is none. */
static QRcode *encode(const char *text, size_t length, QRecLevel level)
{
	QRinput *input = QRinput_new2(0, level);
	QRcode *code = NULL;

	if (!input)
		return NULL;
	if (QRinput_append(input, QR_MODE_AN, (int)length, (const unsigned char *)text) == 0)
		code = QRcode_encodeInput(input);
	QRinput_free(input);
	return code;
}

static void put(png_structp png, png_bytep data, size_t size)
{
	credit_buffer_put(png_get_io_ptr(png), data, size);
}

static void flush(png_structp png)
{
	(void)png; /* the buffer is all there is */
}

/* One row of pixels through module row `y` of the symbol; rows outside it are quiet. */
static void fill_row(const QRcode *code, int y, uint8_t *row)
{
	memset(row, 0xFF, ROW_MAX); /* white */
	if (y < 0 || y >= code->width)
		return;
	for (int x = 0; x < code->width; x++) {
		if ((code->data[y * code->width + x] & 1) == 0)
			continue;
		for (int pixel = (x + QUIET) * MODULE; pixel < (x + QUIET + 1) * MODULE; pixel++)
			row[pixel / 8] &= (uint8_t) ~(0x80u >> pixel % 8);
	}
}

static enum credit_error draw(const QRcode *code, struct credit_buffer *buffer)
{
	const png_uint_32 pixels = (png_uint_32)(code->width + 2 * QUIET) * MODULE;
	uint8_t row[ROW_MAX];
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png ? png_create_info_struct(png) : NULL;

	/* Writing into memory fails for want of memory alone; libpng then comes back here. */
	if (!info || setjmp(png_jmpbuf(png))) {
		png_destroy_write_struct(&png, &info);
		return CREDIT_E_NO_MEMORY;
	}
	png_set_write_fn(png, buffer, put, flush);
	png_set_IHDR(png, info, pixels, pixels, 1, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
		PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_write_info(png, info);
	for (int y = -QUIET; y < code->width + QUIET; y++) {
		fill_row(code, y, row);
		for (int i = 0; i < MODULE; i++)
			png_write_row(png, row);
	}
	png_write_end(png, NULL);
	png_destroy_write_struct(&png, &info);
	return CREDIT_OK;
}

static enum credit_error write_png(
	const char *path, const QRcode *code, struct credit_problem *problem)
{
	struct credit_buffer buffer;
	struct credit_bytes bytes;
	uint8_t *memory = malloc(PNG_MAX);
	enum credit_error error = memory ? CREDIT_OK : CREDIT_E_NO_MEMORY;

	credit_buffer_init(&buffer, memory, PNG_MAX);
	if (error == CREDIT_OK)
		error = draw(code, &buffer);
	if (error == CREDIT_OK)
		error = credit_buffer_done(&buffer, &bytes);
	if (error == CREDIT_OK)
		error = file_create(path, 0644, bytes, problem);
	else
		credit_problem_set(problem, error, path, NULL, NULL);
	free(memory);
	return error;
}

enum credit_error qr_create(const char *path, struct credit_bytes bundle,
	struct qr_symbol *ret_symbol, struct credit_problem *problem)
{
	static const struct {
		QRecLevel level;
		char letter;
	} levels[] = {{QR_ECLEVEL_M, 'M'}, {QR_ECLEVEL_L, 'L'}};
	char text[QR_TEXT_MAX + 1] = QR_PREFIX;
	enum credit_error error;
	QRcode *code = NULL;
	size_t length, used = 0;

	if (bundle.size > QR_BUNDLE_MAX)
		return credit_problem_set(problem, CREDIT_E_TOO_LARGE, path, NULL,
			"the proof has %zu bytes, one QR code holds %d; write it with "
			"--proof" BILINGUAL
			"证明为 %zu 字节，一个二维码最多容纳 %d 字节；请用 --proof 写出",
			bundle.size, QR_BUNDLE_MAX, bundle.size, QR_BUNDLE_MAX);
	length = PREFIX_LENGTH + credit_base45(bundle.data, bundle.size, text + PREFIX_LENGTH);
	for (size_t i = 0; !code && i < sizeof levels / sizeof levels[0]; i++) {
		used = i;
		code = encode(text, length, levels[i].level);
		if (!code && errno != ERANGE)
			break;
	}
	if (!code)
		return credit_problem_set(problem,
			errno == ENOMEM ? CREDIT_E_NO_MEMORY : CREDIT_E_INTERNAL, path, NULL, "%s",
			strerror(errno));
	error = write_png(path, code, problem);
	if (error == CREDIT_OK)
		*ret_symbol = (struct qr_symbol){(unsigned)code->version, levels[used].letter};
	QRcode_free(code);
	return error;
}
