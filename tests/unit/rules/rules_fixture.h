/* SPDX-License-Identifier: Apache-2.0
 *
 * rules_fixture.h - a founded toy registry for each test, and one line for a refusal.
 */
#ifndef TESTS_UNIT_RULES_FIXTURE_H
#define TESTS_UNIT_RULES_FIXTURE_H

#include "tests/support/toy_registry.h"

#include <criterion/criterion.h>
#include <string.h>

static struct toy toy;

/* The act is refused with this error; field is the path in the problem, NULL: not looked at. */
#define cr_refused(office, payload, message, expected, path) \
	do { \
		enum credit_error error_ = \
			toy_file(&toy, &(office), TOY_PAYLOAD(payload), (message)); \
		cr_expect_str_eq(credit_error_name(error_), #expected); \
		const char *path_ = (path); \
		if (path_) \
			cr_expect_str_eq(toy.problem.field, path_); \
	} while (0)
#define cr_accepted(office, payload, message) \
	cr_expect_eq(toy_file(&toy, &(office), TOY_PAYLOAD(payload), (message)), CREDIT_OK, \
		"%s: %s", credit_error_name(toy.problem.error), toy.problem.detail)

#endif
