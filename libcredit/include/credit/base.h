/* SPDX-License-Identifier: Apache-2.0
 *
 * base.h - bytes, buffers, arenas, text encodings, civil and working days.
 *
 * The ground floor: depends on nothing but the C library. Types carry sizes and units, so that a
 * day cannot be passed for a millisecond nor a hash for an opening.
 *
 * Threads: pure functions, safe from any thread; an arena or a buffer belongs to one thread at a
 * time.
 */
#ifndef CREDIT_BASE_H
#define CREDIT_BASE_H

#include <credit/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- bytes --- */

/* A view: never owns what it points at. {NULL, 0} is empty. */
struct credit_bytes {
	const uint8_t *data;
	size_t size;
};

CREDIT_API bool credit_bytes_equal(struct credit_bytes a, struct credit_bytes b);
/* Of a NUL-terminated string, without the NUL. */
CREDIT_API struct credit_bytes credit_bytes_of(const char *text);

/* --- fixed-size values --- */

#define CREDIT_HASH_SIZE 32
struct credit_hash { /* SHA-256 or HMAC-SHA-256 */
	uint8_t byte[CREDIT_HASH_SIZE];
};
CREDIT_API bool credit_hash_equal(const struct credit_hash *a, const struct credit_hash *b);

/* Money in fen (0.01 yuan), never negative on the wire. */
typedef struct {
	int64_t fen;
} credit_fen_t;

/* Milliseconds since 1970-01-01T00:00:00Z. */
typedef struct {
	int64_t ms;
} credit_ms_t;

/* A legal date: days since 1970-01-01 in the civil calendar of Asia/Shanghai (UTC+8, no summer
 * time since 1992). Range 1949-10-01 .. 9999-12-31; day 0 stands for "none" on the wire. */
typedef struct {
	int32_t days;
} credit_day_t;

#define CREDIT_DAY_MIN (-7397) /* 1949-10-01 */
#define CREDIT_DAY_MAX 2932896 /* 9999-12-31 */

/* --- a buffer that remembers overflow --- */

/* Writes go into caller's memory; a write that does not fit sets `failed` and writes nothing.
 * Check once, at the end, with credit_buffer_done(). */
struct credit_buffer {
	uint8_t *data;
	size_t capacity;
	size_t size;
	bool failed;
};

CREDIT_API void credit_buffer_init(struct credit_buffer *buffer, void *memory, size_t capacity);
CREDIT_API void credit_buffer_put(struct credit_buffer *buffer, const void *data, size_t size);
CREDIT_API void credit_buffer_put_text(struct credit_buffer *buffer, const char *text);
/* Numbers are big-endian. */
CREDIT_API void credit_buffer_put_u8(struct credit_buffer *buffer, uint8_t value);
CREDIT_API void credit_buffer_put_u16(struct credit_buffer *buffer, uint16_t value);
CREDIT_API void credit_buffer_put_u32(struct credit_buffer *buffer, uint32_t value);
CREDIT_API void credit_buffer_put_u64(struct credit_buffer *buffer, uint64_t value);
/* CREDIT_OK and the view, or CREDIT_E_TOO_LARGE when anything did not fit. */
CREDIT_API enum credit_error credit_buffer_done(
	const struct credit_buffer *buffer, struct credit_bytes *ret_bytes) CREDIT_MUST_CHECK;

CREDIT_API uint16_t credit_read_u16(const uint8_t *data); /* big-endian */
CREDIT_API uint32_t credit_read_u32(const uint8_t *data); /* big-endian */
CREDIT_API uint64_t credit_read_u64(const uint8_t *data); /* big-endian */
CREDIT_API void credit_write_u32(uint8_t *data, uint32_t value);
CREDIT_API void credit_write_u64(uint8_t *data, uint64_t value);

/* --- a capped arena --- */

/* Bump allocation in blocks, freed all at once, never more than `limit` bytes in all: the bound on
 * what a decoded message may cost. The first block may be the caller's memory. */
struct credit_arena {
	uint8_t *block; /* current block */
	size_t capacity;
	size_t used;
	size_t total; /* handed out since init or reset, all blocks */
	size_t limit;
	void *spill; /* further blocks, newest first */
	uint8_t *first;
	size_t first_capacity;
	bool refused; /* an allocation was, since init, reset, or whoever set it to false */
};

/* memory may be NULL with size 0. Owns: the spill blocks, until _reset or _deinit. */
CREDIT_API void credit_arena_init(
	struct credit_arena *arena, void *memory, size_t size, size_t limit);
/* 16-byte aligned, not zeroed; NULL when the limit or the memory is exhausted. size 0: not NULL. */
CREDIT_API void *credit_arena_alloc(struct credit_arena *arena, size_t size) CREDIT_MUST_CHECK;
CREDIT_API void *credit_arena_copy(
	struct credit_arena *arena, const void *data, size_t size) CREDIT_MUST_CHECK;
CREDIT_API void credit_arena_reset(struct credit_arena *arena);
CREDIT_API void credit_arena_deinit(struct credit_arena *arena);

/* --- hexadecimal, base64 and base45 --- */

/* Lower case, NUL-terminated; `text` has room for 2 * size + 1. Returns `text`. */
CREDIT_API const char *credit_hex(const void *data, size_t size, char *text);
/* Exactly 2 * size digits, either case. CREDIT_E_HEX_INVALID otherwise, nothing written. */
CREDIT_API enum credit_error credit_hex_decode(
	const char *text, size_t length, void *ret_data, size_t size) CREDIT_MUST_CHECK;

#define CREDIT_BASE64_SIZE(n) (((n) + 2) / 3 * 4 + 1)
/* Standard alphabet, padded, NUL-terminated; room for CREDIT_BASE64_SIZE(size). Returns length. */
CREDIT_API size_t credit_base64(const void *data, size_t size, char *text);
/* Strict: padding required, unused bits zero, no white space (RFC 4648 3.5). */
CREDIT_API enum credit_error credit_base64_decode(const char *text, size_t length, void *ret_data,
	size_t capacity, size_t *ret_size) CREDIT_MUST_CHECK;

#define CREDIT_BASE45_SIZE(n) (((n)*3 + 1) / 2 + 1)
/* Of the characters that a QR code packs most densely, the space among them but never last (RFC 9285);
 * NUL-terminated; room for CREDIT_BASE45_SIZE(size). Returns length. */
CREDIT_API size_t credit_base45(const void *data, size_t size, char *text);
/* Strict: capital letters, no white space but the space, no group that says more than its bytes.
 * CREDIT_E_BASE45_INVALID otherwise, CREDIT_E_TOO_LARGE; nothing written. */
CREDIT_API enum credit_error credit_base45_decode(const char *text, size_t length, void *ret_data,
	size_t capacity, size_t *ret_size) CREDIT_MUST_CHECK;

/* --- processors --- */

/* How many this process may run on, at least 1. */
CREDIT_API unsigned credit_processors(void);

/* --- UTF-8 --- */

/* Decodes one character (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF).
 * Returns its length 1..4, or 0 when the bytes are not UTF-8. */
CREDIT_API size_t credit_utf8_decode(const uint8_t *data, size_t size, uint32_t *ret_code_point);
/* The same, at once for ASCII. */
static inline size_t credit_utf8_next(const uint8_t *data, size_t size, uint32_t *ret_code_point)
{
	if (size == 0 || data[0] >= 0x80)
		return credit_utf8_decode(data, size, ret_code_point);
	*ret_code_point = data[0];
	return 1;
}
/* Whole text valid? *ret_characters counts code points; on failure it is the 1-based position. */
CREDIT_API bool credit_utf8_check(struct credit_bytes text, uint32_t *ret_characters);

/* --- days --- */

CREDIT_API enum credit_error credit_day_from_civil(
	int32_t year, int32_t month, int32_t day, credit_day_t *ret_day) CREDIT_MUST_CHECK;
CREDIT_API void credit_day_to_civil(
	credit_day_t day, int32_t *ret_year, int32_t *ret_month, int32_t *ret_day);
/* Accepts YYYY-MM-DD, YYYY/M/D, YYYY.M.D, YYYYMMDD and YYYY年M月D日. */
CREDIT_API enum credit_error credit_day_parse(
	struct credit_bytes text, credit_day_t *ret_day) CREDIT_MUST_CHECK;
#define CREDIT_DAY_TEXT_SIZE 11
/* "YYYY-MM-DD"; room for CREDIT_DAY_TEXT_SIZE. Returns `text`. */
CREDIT_API const char *credit_day_text(credit_day_t day, char *text);
/* Adds calendar months or years; the 31st of a shorter month becomes its last day. */
CREDIT_API credit_day_t credit_day_add_months(credit_day_t day, int32_t months);
/* The legal date on which an instant falls, and the instant at which a legal date begins. */
CREDIT_API credit_day_t credit_day_of(credit_ms_t instant);
CREDIT_API credit_ms_t credit_day_begins(credit_day_t day);
#define CREDIT_MS_TEXT_SIZE 30
/* RFC 3339 in Asia/Shanghai, e.g. "2026-11-23T22:30:00.000+08:00". Returns `text`. */
CREDIT_API const char *credit_ms_text(credit_ms_t instant, char *text);

/* Working days: Monday to Friday, except the weekdays and plus the weekend days of the State
 * Council's yearly notices. The arrays are sorted, borrowed and come from the rule book. */
struct credit_calendar {
	const credit_day_t *off; /* weekdays off */
	size_t off_count;
	const credit_day_t *worked; /* weekend days worked */
	size_t worked_count;
	int32_t first_year, last_year; /* for which the notices are known, inclusive */
};
CREDIT_API bool credit_day_is_working(const struct credit_calendar *calendar, credit_day_t day);
/* The day `count` working days after `day` (which itself does not count). *ret_provisional says
 * that the walk left the known calendar and plain weeks were assumed. */
CREDIT_API credit_day_t credit_day_add_working(const struct credit_calendar *calendar,
	credit_day_t day, uint32_t count, bool *ret_provisional);

#endif
