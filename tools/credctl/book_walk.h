/* SPDX-License-Identifier: Apache-2.0
 *
 * book_walk.h - walking a rule book by its own descriptors, so that no field is forgotten.
 */
#ifndef CREDCTL_BOOK_WALK_H
#define CREDCTL_BOOK_WALK_H

#include <credit/base.h>

#include <protobuf-c/protobuf-c.h>

#include <stdbool.h>

/* What tells an item from its neighbours: its id, the severity of a class, the year of a calendar; "" of
 * what is no item. Returns `text`. */
#define BOOK_KEY_SIZE 65
const char *book_key(const ProtobufCMessage *item, char text[BOOK_KEY_SIZE]);

/* How the YAML writes the value: COLOUR_BLACK is "black". */
const char *book_enum_name(
	const ProtobufCEnumDescriptor *type, int value, char text[BOOK_KEY_SIZE]);

/* A member of a message. */
const void *book_member(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);
size_t book_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);
/* The index-th item of a repeated message field. */
const ProtobufCMessage *book_item(
	const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, size_t index);
/* A string member by name; "" when it is empty or there is none. */
const char *book_text(const ProtobufCMessage *message, const char *field);

/* Tells of each message that is marked `uncertain: true`: its path, items named by their keys
 * ("lists[black.tax-major].publication_max"), and its source. */
typedef void book_uncertain_fn(void *context, const char *path, const char *source);
void book_uncertain(const ProtobufCMessage *book, book_uncertain_fn *each, void *context);

#endif
