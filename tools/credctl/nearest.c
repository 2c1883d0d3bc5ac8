/* SPDX-License-Identifier: Apache-2.0
 *
 * nearest.c - what was probably meant by a mistyped word.
 *
 * Edit distance with swapped neighbours counted as one (optimal string alignment): most mistakes in
 * typing are one letter left out, doubled, wrong or swapped.
 */
#include "options.h"

#include <string.h>

#define WORD_MAX 48

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t table[WORD_MAX + 1][WORD_MAX + 1];

	for (size_t i = 0; i <= a_length; i++)
		table[i][0] = i;
	for (size_t j = 0; j <= b_length; j++)
		table[0][j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		for (size_t j = 1; j <= b_length; j++) {
			size_t same = a[i - 1] == b[j - 1] ? 0 : 1;

			table[i][j] = least(table[i - 1][j] + 1, table[i][j - 1] + 1,
				table[i - 1][j - 1] + same);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
				table[i][j] > table[i - 2][j - 2] + 1)
				table[i][j] = table[i - 2][j - 2] + 1;
		}
	}
	return table[a_length][b_length];
}

const char *nearest_name(const char *word, const char *const *names, size_t count)
{
	size_t length = strlen(word);
	const char *best = NULL;
	size_t best_distance = length / 3 + 1; /* farther away it is another word */

	if (length > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t name_length = strlen(names[i]);
		size_t found;

		if (name_length > WORD_MAX)
			continue;
		found = distance(word, length, names[i], name_length);
		if (found <= best_distance && (!best || found < best_distance)) {
			best = names[i];
			best_distance = found;
		}
	}
	return best;
}
