/* SPDX-License-Identifier: Apache-2.0
 *
 * listing.h - what a notice and the entry that follows it must both satisfy, and what an entry takes
 * from the acts before it.
 */
#ifndef CREDIT_RULES_LISTING_H
#define CREDIT_RULES_LISTING_H

#include "rules/procedure.h"

/* --- listing_basis.c ------------------------------------------------------------------------------ */

/* What an act says of the entry that it announces or makes. */
struct credit__entry {
	const char *entity_uscc, *list, *ground, *instrument;
	int32_t day;           /* on which the instrument must be in force */
	const char *day_field; /* its name in the act */
};
/* Is the list of the book in force a basis for this entry? *ret_list is the book's. */
enum credit_error credit__entry_basis(struct credit__deciding *deciding,
	const struct credit__entry *entry, const Credit__V1__ListRule **ret_list) CREDIT_MUST_CHECK;
/* May an authority of this level decide on the list? CREDIT_E_LEVEL. */
enum credit_error credit__entry_level(struct credit__deciding *deciding,
	const Credit__V1__ListRule *list, const Credit__V1__Authority *decider) CREDIT_MUST_CHECK;
/* The issuer's own entry as an authority. */
enum credit_error credit__issuer(struct credit__deciding *deciding,
	const Credit__V1__Authority **ret_authority) CREDIT_MUST_CHECK;

struct credit__periods {
	const Credit__V1__Period *min; /* NULL: no repair */
	const Credit__V1__Period *max; /* NULL: until cured */
};
/* The periods of the list for what began on `day`. When another book was in force then, the list's
 * transition says whose periods hold; by default of each the one kinder to the entity. */
enum credit_error credit__entry_periods(struct credit__deciding *deciding,
	const Credit__V1__ListRule *list, int32_t day,
	struct credit__periods *ret_periods) CREDIT_MUST_CHECK;

/* --- decide_notice.c ------------------------------------------------------------------------------ */

/* Uses the notice up for this listing: of the same authority, list and ground, its hearing period
 * over, what the entity said answered. Without one: CREDIT_E_NOTICE_NEEDED when the list asks for
 * it. *ret_since: the day it was served, else the decision's. */
enum credit_error credit__notice_use(struct credit__deciding *deciding, const Credit__V1__Act *act,
	const Credit__V1__ListRule *list, int32_t *ret_since) CREDIT_MUST_CHECK;

/* --- decide_consent.c ----------------------------------------------------------------------------- */

/* Uses up the superior's consent to this very act, when the list asks authorities of the decider's
 * level for one. CREDIT_E_CONSENT_NEEDED. */
enum credit_error credit__consent_use(struct credit__deciding *deciding,
	const Credit__V1__ListRule *list, const Credit__V1__Authority *decider) CREDIT_MUST_CHECK;

#endif
