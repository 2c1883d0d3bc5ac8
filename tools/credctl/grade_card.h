/* SPDX-License-Identifier: Apache-2.0
 *
 * grade_card.h - the grade of an entity on screen, with its reasons.
 */
#ifndef CREDCTL_GRADE_CARD_H
#define CREDCTL_GRADE_CARD_H

#include "app.h"

#include <credit/v1/grading_service.pb-c.h>

/* One JSON value. */
void grade_print_json(const Credit__V1__Grade *grade);
/* As `app` wants it: JSON, or for people in its language. */
void grade_show(const struct app *app, const Credit__V1__Grade *grade);

#endif
