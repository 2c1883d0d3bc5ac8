/* SPDX-License-Identifier: Apache-2.0
 *
 * code_set.h - a set of codes that grows.
 */
#ifndef CREDCTL_CODE_SET_H
#define CREDCTL_CODE_SET_H

#include <credit/uscc.h>

struct code_set;
struct code_set *code_set_new(void);      /* NULL: no memory */
void code_set_free(struct code_set *set); /* NULL is allowed */
bool code_set_has(const struct code_set *set, const struct credit_uscc *uscc);
/* CREDIT_E_NO_MEMORY; a code that is in it stays there once. */
enum credit_error code_set_add(
	struct code_set *set, const struct credit_uscc *uscc) CREDIT_MUST_CHECK;

#endif
