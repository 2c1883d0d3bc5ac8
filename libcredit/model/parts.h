/* SPDX-License-Identifier: Apache-2.0
 *
 * parts.h - what the files of this room share, and nobody else needs.
 */
#ifndef CREDIT_MODEL_PARTS_H
#define CREDIT_MODEL_PARTS_H

#include "model/fields.h"

#include <credit/model.h>

/* The end of 9999-12-31 in Asia/Shanghai: every instant can be written out as a date. */
#define CREDIT__INSTANT_MAX 253402271999999LL

/* wire.c: may these bytes be unpacked? Nothing is allocated. With `canonical`, unknown, doubled and
 * disordered fields are refused too, so that what is left for the repacking to find costs little
 * memory. */
enum credit_error credit__wire_check(const ProtobufCMessageDescriptor *type,
	struct credit_bytes bytes, bool canonical, struct credit_problem *problem);

/* rules.c: puts one step before the problem's field: "fact" + "" -> "fact",
 * "items[2]" + "" -> "items[2]", "listing" + "fact" -> "listing.fact". */
void credit__path_add(
	struct credit_problem *problem, const char *name, bool repeated, size_t index);
/* The rules of a message; NULL when its fields carry none. */
const struct credit__message_rules *credit__rules_find(const ProtobufCMessageDescriptor *type);
/* Every field of the message by its rule. */
enum credit_error credit__message_check(
	const ProtobufCMessage *message, struct credit_problem *problem);
/* One field of a message by its rule. */
enum credit_error credit__field_check(const ProtobufCMessage *message,
	const struct credit__field_rule *rule, const ProtobufCFieldDescriptor *field,
	struct credit_problem *problem);

/* kinds.c: one value that is there, by the kind of its field. The problem's field is left empty. */
enum credit_error credit__value_check(const struct credit__field_rule *rule,
	const ProtobufCFieldDescriptor *field, const void *value, struct credit_problem *problem);
/* Eighteen folded characters of a code that is enrolled or could be. *ret_plain is the verdict
 * without evidence: CREDIT_OK, or what only evidence can make good. */
enum credit_error credit__code_check(
	struct credit_bytes code, enum credit_error *ret_plain, struct credit_problem *problem);

/* act.c: an attachment belongs to an act that names its digest, and to no other. `required`: and
 * such an act must have it. */
enum credit_error credit__attachment_check(const struct Credit__V1__Act *act,
	struct credit_bytes attachment, bool required, struct credit_problem *problem);

#endif
