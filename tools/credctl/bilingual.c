/* SPDX-License-Identifier: Apache-2.0
 *
 * bilingual.c - choosing a half.
 */
#include "bilingual.h"

#include <string.h>

void bilingual_choose(struct credit_problem *problem, enum credit_lang lang)
{
	char *mark = strchr(problem->detail, BILINGUAL[0]);

	if (!mark)
		return;
	if (lang == CREDIT_LANG_EN)
		*mark = '\0';
	else
		memmove(problem->detail, mark + 1, strlen(mark + 1) + 1);
}
