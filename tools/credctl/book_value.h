/* SPDX-License-Identifier: Apache-2.0
 *
 * book_value.h - a value of a rule book in words.
 */
#ifndef CREDCTL_BOOK_VALUE_H
#define CREDCTL_BOOK_VALUE_H

#include <credit/base.h>

#include <protobuf-c/protobuf-c.h>

/* Of a member in its struct, by type. */
size_t book_value_size(const ProtobufCFieldDescriptor *field);
/* A new string, NULL when there is no memory. `value` is the member; of messages only a Period is a
 * value ("36 months"). What is empty is "none". */
char *book_value(const ProtobufCFieldDescriptor *field, const void *value, enum credit_lang lang);

#endif
