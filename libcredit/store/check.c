/* SPDX-License-Identifier: Apache-2.0
 *
 * check.c - CRC-32C in four lanes.
 *
 * One CRC waits for itself: eight bytes every three cycles. Values are up to 8 KiB and are checked
 * whenever they are read, so that four are run side by side, each over every fourth word, which the
 * processor does at once. Any burst of up to 32 bits in a lane is told for certain.
 *
 * Source: RFC 3720, appendix B.4, for the polynomial.
 */
#include "store/check.h"

#include <pthread.h>
#include <string.h>

#define POLYNOMIAL 0x82f63b78U /* 0x1edc6f41, reflected */
#define LANES 4
#define WORD 8

static uint32_t table[WORD][256];

static uint64_t load_word(const uint8_t *data)
{
	uint64_t word;

	memcpy(&word, data, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

/* --- one word, one byte -------------------------------------------------------------------------- */

static void make_tables(void)
{
	for (uint32_t byte = 0; byte < 256; byte++) {
		uint32_t crc = byte;

		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
		table[0][byte] = crc;
	}
	for (uint32_t byte = 0; byte < 256; byte++)
		for (size_t i = 1; i < WORD; i++)
			table[i][byte] =
				table[i - 1][byte] >> 8 ^ table[0][table[i - 1][byte] & 255];
}

static inline uint32_t soft_byte(uint32_t crc, uint8_t byte)
{
	return crc >> 8 ^ table[0][(crc ^ byte) & 255];
}

static inline uint32_t soft_word(uint32_t crc, uint64_t word)
{
	uint32_t next = 0;

	word ^= crc;
	for (size_t i = 0; i < WORD; i++)
		next ^= table[WORD - 1 - i][word >> 8 * i & 255];
	return next;
}

/* Written once for both ways to take a word and a byte, so that they cannot differ. */
#define DEFINE_CHECK(name, attribute, take_word, take_byte) \
	attribute static uint32_t name##_stretch(uint32_t crc, struct credit_bytes bytes) \
	{ \
		for (; bytes.size >= WORD; bytes.data += WORD, bytes.size -= WORD) \
			crc = (uint32_t)take_word(crc, load_word(bytes.data)); \
		for (; bytes.size > 0; bytes.data++, bytes.size--) \
			crc = take_byte(crc, *bytes.data); \
		return crc; \
	} \
	attribute static uint32_t name( \
		uint32_t seed, struct credit_bytes key, struct credit_bytes value) \
	{ \
		uint32_t lane[LANES] = {name##_stretch(seed, key), 1, 2, 3}; \
		uint32_t check = (uint32_t)value.size; \
\
		for (; value.size >= LANES * WORD; \
			value.data += LANES * WORD, value.size -= LANES * WORD) \
			for (size_t i = 0; i < LANES; i++) \
				lane[i] = (uint32_t)take_word( \
					lane[i], load_word(value.data + i * WORD)); \
		lane[0] = name##_stretch(lane[0], value); \
		for (size_t i = 0; i < LANES; i += 2) \
			check = (uint32_t)take_word(check, (uint64_t)lane[i] << 32 | lane[i + 1]); \
		return check; \
	}

DEFINE_CHECK(slow_check, , soft_word, soft_byte)

#if defined(__x86_64__)
DEFINE_CHECK(hard_check, __attribute__((target("sse4.2"))), __builtin_ia32_crc32di,
	__builtin_ia32_crc32qi)
#endif

/* --- which of them ------------------------------------------------------------------------------- */

static uint32_t (*chosen)(uint32_t seed, struct credit_bytes key, struct credit_bytes value);

static void choose(void)
{
	make_tables();
	chosen = slow_check;
#if defined(__x86_64__)
	if (__builtin_cpu_supports("sse4.2"))
		chosen = hard_check;
#endif
}

void credit__check_init(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, choose);
}

uint32_t credit__check_seed(const char *keyspace)
{
	return slow_check_stretch(0, credit_bytes_of(keyspace));
}

uint32_t credit__check(uint32_t seed, struct credit_bytes key, struct credit_bytes value)
{
	return chosen(seed, key, value);
}

uint32_t credit__check_slow(uint32_t seed, struct credit_bytes key, struct credit_bytes value)
{
	return slow_check(seed, key, value);
}
