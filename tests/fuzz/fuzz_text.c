/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_text.c - the short texts that people type and paste: base64, base45, hexadecimal, days, names of
 * resources, places of tiles, tokens of slips.
 *
 * Beside not crashing: what is read is written again as it was, where there is but one way to write it.
 *
 * Decoder: libcredit/base/base45.c libcredit/base/text.c libcredit/base/day.c libcredit/model/name.c
 *          libcredit/log/tile_path.c
 */
#include <credit/log.h>
#include <credit/model.h>
#include <credit/view.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TEXT_MAX 8192

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void fuzz_bytes(const char *text, size_t length)
{
	static uint8_t bytes[TEXT_MAX];
	static char again[2 * TEXT_MAX + 8];
	size_t size;

	if (credit_base64_decode(text, length, bytes, sizeof bytes, &size) == CREDIT_OK) {
		require(credit_base64(bytes, size, again) == length);
		require(memcmp(again, text, length) == 0);
	}
	if (credit_base45_decode(text, length, bytes, sizeof bytes, &size) == CREDIT_OK) {
		require(credit_base45(bytes, size, again) == length);
		require(memcmp(again, text, length) == 0);
	}
	if (length % 2 == 0 && credit_hex_decode(text, length, bytes, length / 2) == CREDIT_OK)
		require(strncasecmp(credit_hex(bytes, length / 2, again), text, length) == 0);
}

static void fuzz_day(struct credit_bytes text)
{
	credit_day_t day, again;
	char written[CREDIT_DAY_TEXT_SIZE];

	if (credit_day_parse(text, &day) != CREDIT_OK)
		return;
	credit_day_text(day, written);
	require(credit_day_parse(credit_bytes_of(written), &again) == CREDIT_OK);
	require(day.days == again.days);
}

/* Names are NUL-terminated where they are read: fields of messages, arguments. */
static void fuzz_names(const char *text)
{
	struct credit_tile_place place;
	struct credit_problem problem;
	struct credit_record_id id;
	struct credit_hash hash;
	struct credit_token token, again;
	struct credit_uscc uscc;
	enum credit_error plain;
	char path[CREDIT_TILE_PATH_SIZE], written[CREDIT_TOKEN_TEXT_SIZE];

	if (credit_tile_path_parse(text, &place) == CREDIT_OK)
		require(strcmp(credit_tile_path(&place, path), text) == 0);
	(void)!credit_entity_name_parse(text, "", &uscc, &plain, &problem);
	(void)!credit_entity_name_parse(text, "/status", &uscc, &plain, &problem);
	(void)!credit_authority_name_parse(text, &uscc, &problem);
	(void)!credit_entity_item_parse(text, "notices", &uscc, &plain, &id, &problem);
	(void)!credit_case_name_parse(text, &uscc, &id, NULL, &problem);
	(void)!credit_case_name_parse(text, &uscc, &id, &hash, &problem);
	(void)!credit_act_name_parse(text, &hash, &problem);
	if (credit_token_parse(text, &token) == CREDIT_OK) {
		credit_token_text(&token, written);
		require(credit_token_parse(written, &again) == CREDIT_OK);
		require(memcmp(&token, &again, sizeof token) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[TEXT_MAX + 1];
	uint8_t packed[CREDIT_HISTORY_PLACE_SIZE];
	struct credit_history_place place;

	if (size > TEXT_MAX)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	fuzz_bytes((const char *)data, size);
	fuzz_day((struct credit_bytes){data, size});
	fuzz_names(text);
	/* What a page's token holds, once it is no base64 any more. */
	memset(packed, 0, sizeof packed);
	memcpy(packed, data, size < sizeof packed ? size : sizeof packed);
	(void)!credit_history_place_unpack(packed, &place);
	return 0;
}
