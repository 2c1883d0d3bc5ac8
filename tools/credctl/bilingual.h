/* SPDX-License-Identifier: Apache-2.0
 *
 * bilingual.h - details of a problem in both languages at once.
 *
 * A refused row is shown in the user's language and written in Chinese to the rejects file. So what the
 * tools add to a problem carries both: "<English>" BILINGUAL "<Chinese>" in one detail, of which one
 * half is chosen where it is printed. The mark is a control character, which no shown value contains.
 */
#ifndef CREDCTL_BILINGUAL_H
#define CREDCTL_BILINGUAL_H

#include <credit/error.h>

#define BILINGUAL "\x1f"

/* Keeps the half of that language; a detail without a mark stays as it is. */
void bilingual_choose(struct credit_problem *problem, enum credit_lang lang);

#endif
