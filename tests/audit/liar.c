/* SPDX-License-Identifier: Apache-2.0
 *
 * liar.c - makes a stopped registry lie about the last act that it has not published yet, for the
 * functional tests:
 *
 *     liar DATA        prints the epoch and the row
 *
 * The act must be in the journal: opening the registry takes it there from the head file's tail.
 */
#include "tests/support/lie.h"

#include <inttypes.h>
#include <stdio.h>

int main(int count, char **words)
{
	if (count != 2) {
		fputs("usage: liar DATA\n", stderr);
		return 2;
	}
	uint64_t epoch = lie_last_epoch(words[1]);
	printf("%" PRIu64 " %" PRIu32 "\n", epoch, lie_about_lists(words[1], epoch));
	return 0;
}
