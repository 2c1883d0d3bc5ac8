/* SPDX-License-Identifier: Apache-2.0
 *
 * fields.h - the table that tools/dev/gen_fields.py makes of the FieldRule options.
 */
#ifndef CREDIT_MODEL_FIELDS_H
#define CREDIT_MODEL_FIELDS_H

#include <protobuf-c/protobuf-c.h>

#include <stddef.h>
#include <stdint.h>

/* One field's rule; the columns are those of proto/credit/v1/field.proto. */
struct credit__field_rule {
	uint32_t number; /* of the field, in its message */
	uint32_t kind;   /* Credit__V1__FieldKind */
	uint32_t required;
	uint32_t max;
	uint32_t max_items;
	const char *en;
	const char *zh;
};

struct credit__message_rules {
	const ProtobufCMessageDescriptor *message;
	const struct credit__field_rule *rules;
	size_t count;
};

extern const struct credit__message_rules credit__message_rules[];
extern const size_t credit__message_rules_count;

#endif
