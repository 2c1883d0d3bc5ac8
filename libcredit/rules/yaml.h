/* SPDX-License-Identifier: Apache-2.0
 *
 * yaml.h - YAML to any protobuf struct, by its descriptor.
 *
 * Keys are the field names of the proto file, enum values their names in lower case without the
 * enum's own ("black" for COLOUR_BLACK), and an int32 field whose FieldRule says that it is a date
 * is written YYYY-MM-DD. So a new field of a proto file needs no code here. Unknown and doubled
 * keys, aliases and tags are refused, with line and column in the problem's detail.
 */
#ifndef CREDIT_RULES_YAML_H
#define CREDIT_RULES_YAML_H

#include <credit/model.h>

struct credit__yaml; /* a parsed document */

/* `text` must outlive it. At most CREDIT_RULE_BOOK_MAX bytes. CREDIT_E_RULE_BOOK_SYNTAX. */
enum credit_error credit__yaml_open(struct credit_bytes text, struct credit__yaml **ret_yaml,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
void credit__yaml_close(struct credit__yaml *yaml); /* NULL is allowed */
/* The whole document as one message, in the arena. CREDIT_E_RULE_BOOK_SYNTAX. */
enum credit_error credit__yaml_message(const struct credit__yaml *yaml,
	const ProtobufCMessageDescriptor *type, struct credit_arena *arena,
	ProtobufCMessage **ret_message, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* Puts line and column of what problem->field names, or of the nearest thing around it, before the
 * problem's detail. NULL problem: no effect. */
void credit__yaml_place(const struct credit__yaml *yaml, struct credit_problem *problem);

#endif
