/* SPDX-License-Identifier: Apache-2.0
 *
 * descriptors.c - an index over the descriptor set that the build puts into the program.
 *
 * The set is one FileDescriptorSet made by protoc, imports included. Its files are handed out as
 * the bytes that protoc wrote; decoding and packing again could lose what protobuf-c does not know.
 * Every name that a file defines goes into one sorted array, and so does every extension.
 */
#include "rpc/core.h"

#include "google/protobuf/descriptor.pb-c.h"

#include <stdlib.h>
#include <string.h>

extern const uint8_t _binary_descriptors_pb_start[], _binary_descriptors_pb_end[];

#define INDEX_MEMORY_MAX ((size_t)16 << 20)

struct symbol {
	const char *name;
	int file;
};

struct extension {
	const char *extendee;
	int32_t number;
	int file;
};

struct credd_descriptors {
	Google__Protobuf__FileDescriptorSet *set;
	ProtobufCBinaryData *raw; /* one for each file of the set */
	struct symbol *symbol;
	size_t symbol_count, symbol_capacity;
	struct extension *extension;
	size_t extension_count, extension_capacity;
	const char **service;
	size_t service_count, service_capacity;
	struct credit_arena names;
	bool failed; /* memory ran out while building */
};

/* --- building -------------------------------------------------------------------------------- */

static const char *join(struct credd_descriptors *index, const char *scope, const char *name)
{
	size_t before = strlen(scope), length = strlen(name), dot = before > 0;
	char *joined = credit_arena_alloc(&index->names, before + dot + length + 1);

	if (!joined) {
		index->failed = true;
		return name;
	}
	memcpy(joined, scope, before);
	if (dot)
		joined[before] = '.';
	memcpy(joined + before + dot, name, length + 1);
	return joined;
}

/* Room for one more element; NULL (and failed) when there is no memory. */
static void *grown(struct credd_descriptors *index, void *array, size_t count, size_t *capacity,
	size_t element)
{
	if (count < *capacity)
		return array;
	size_t larger = *capacity ? 2 * *capacity : 256;
	void *moved = realloc(array, larger * element);
	if (!moved) {
		index->failed = true;
		return NULL;
	}
	*capacity = larger;
	return moved;
}

static const char *define(
	struct credd_descriptors *index, int file, const char *scope, const char *name)
{
	const char *full = join(index, scope, name);
	void *moved = grown(index, index->symbol, index->symbol_count, &index->symbol_capacity,
		sizeof *index->symbol);

	if (moved) {
		index->symbol = moved;
		index->symbol[index->symbol_count++] = (struct symbol){full, file};
	}
	return full;
}

static void define_extensions(struct credd_descriptors *index, int file, const char *scope,
	Google__Protobuf__FieldDescriptorProto **field, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		define(index, file, scope, field[i]->name);
		void *moved = grown(index, index->extension, index->extension_count,
			&index->extension_capacity, sizeof *index->extension);
		if (!moved)
			return;
		index->extension = moved;
		/* Types in a descriptor set are fully qualified, with a dot in front. */
		index->extension[index->extension_count++] = (struct extension){
			field[i]->extendee + (*field[i]->extendee == '.'), field[i]->number, file};
	}
}

static void define_enum(struct credd_descriptors *index, int file, const char *scope,
	const Google__Protobuf__EnumDescriptorProto *type)
{
	define(index, file, scope, type->name);
	/* The values of an enum are its siblings, as in C++. */
	for (size_t i = 0; i < type->n_value; i++)
		define(index, file, scope, type->value[i]->name);
}

static void define_message(struct credd_descriptors *index, int file, const char *scope,
	const Google__Protobuf__DescriptorProto *type)
{
	const char *full = define(index, file, scope, type->name);

	for (size_t i = 0; i < type->n_field; i++)
		define(index, file, full, type->field[i]->name);
	for (size_t i = 0; i < type->n_oneof_decl; i++)
		define(index, file, full, type->oneof_decl[i]->name);
	define_extensions(index, file, full, type->extension, type->n_extension);
	for (size_t i = 0; i < type->n_enum_type; i++)
		define_enum(index, file, full, type->enum_type[i]);
	for (size_t i = 0; i < type->n_nested_type; i++)
		define_message(index, file, full, type->nested_type[i]);
}

static void define_file(struct credd_descriptors *index, int number)
{
	const Google__Protobuf__FileDescriptorProto *file = index->set->file[number];
	const char *scope = file->package ? file->package : "";

	for (size_t i = 0; i < file->n_message_type; i++)
		define_message(index, number, scope, file->message_type[i]);
	for (size_t i = 0; i < file->n_enum_type; i++)
		define_enum(index, number, scope, file->enum_type[i]);
	define_extensions(index, number, scope, file->extension, file->n_extension);
	for (size_t i = 0; i < file->n_service; i++) {
		const Google__Protobuf__ServiceDescriptorProto *service = file->service[i];
		const char *full = define(index, number, scope, service->name);

		for (size_t m = 0; m < service->n_method; m++)
			define(index, number, full, service->method[m]->name);
		void *moved = grown(index, index->service, index->service_count,
			&index->service_capacity, sizeof *index->service);
		if (!moved)
			return;
		index->service = moved;
		index->service[index->service_count++] = full;
	}
}

/* FileDescriptorSet is nothing but `repeated FileDescriptorProto file = 1`: byte 0x0a, length,
 * file. */
static void slice_files(struct credd_descriptors *index)
{
	const uint8_t *at = _binary_descriptors_pb_start;

	for (size_t i = 0; i < index->set->n_file; i++) {
		size_t length = 0;
		unsigned shift = 0;

		at++;
		do {
			length |= (size_t)(*at & 0x7f) << shift;
			shift += 7;
		} while (*at++ & 0x80);
		index->raw[i] = (ProtobufCBinaryData){length, (uint8_t *)(uintptr_t)at};
		at += length;
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct symbol *)a)->name, ((const struct symbol *)b)->name);
}

struct credd_descriptors *credd__descriptors_new(void)
{
	struct credd_descriptors *index = calloc(1, sizeof *index);
	size_t size = (size_t)(_binary_descriptors_pb_end - _binary_descriptors_pb_start);

	if (!index)
		return NULL;
	credit_arena_init(&index->names, NULL, 0, INDEX_MEMORY_MAX);
	index->set = google__protobuf__file_descriptor_set__unpack(
		NULL, size, _binary_descriptors_pb_start);
	index->raw = index->set ? calloc(index->set->n_file, sizeof *index->raw) : NULL;
	if (!index->raw) {
		credd__descriptors_free(index);
		return NULL;
	}
	slice_files(index);
	for (size_t i = 0; i < index->set->n_file; i++)
		define_file(index, (int)i);
	if (index->failed) {
		credd__descriptors_free(index);
		return NULL;
	}
	qsort(index->symbol, index->symbol_count, sizeof *index->symbol, by_name);
	return index;
}

void credd__descriptors_free(struct credd_descriptors *descriptors)
{
	if (!descriptors)
		return;
	if (descriptors->set)
		google__protobuf__file_descriptor_set__free_unpacked(descriptors->set, NULL);
	credit_arena_deinit(&descriptors->names);
	free(descriptors->raw);
	free(descriptors->symbol);
	free(descriptors->extension);
	free(descriptors->service);
	free(descriptors);
}

/* --- asking ---------------------------------------------------------------------------------- */

int credd__descriptors_file(const struct credd_descriptors *descriptors, const char *name)
{
	for (size_t i = 0; i < descriptors->set->n_file; i++)
		if (strcmp(descriptors->set->file[i]->name, name) == 0)
			return (int)i;
	return -1;
}

int credd__descriptors_symbol(const struct credd_descriptors *descriptors, const char *symbol)
{
	const struct symbol wanted = {symbol, 0};
	const struct symbol *found = bsearch(
		&wanted, descriptors->symbol, descriptors->symbol_count, sizeof wanted, by_name);

	return found ? found->file : -1;
}

int credd__descriptors_extension(
	const struct credd_descriptors *descriptors, const char *extendee, int32_t number)
{
	for (size_t i = 0; i < descriptors->extension_count; i++)
		if (descriptors->extension[i].number == number &&
			strcmp(descriptors->extension[i].extendee, extendee) == 0)
			return descriptors->extension[i].file;
	return -1;
}

size_t credd__descriptors_numbers(const struct credd_descriptors *descriptors, const char *extendee,
	int32_t *ret_numbers, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < descriptors->extension_count && count < max; i++)
		if (strcmp(descriptors->extension[i].extendee, extendee) == 0)
			ret_numbers[count++] = descriptors->extension[i].number;
	return count;
}

size_t credd__descriptors_file_count(const struct credd_descriptors *descriptors)
{
	return descriptors->set->n_file;
}

size_t credd__descriptors_closure(
	const struct credd_descriptors *descriptors, int file, ProtobufCBinaryData *ret_files)
{
	size_t count = 1;

	/* Breadth first; what has been taken is recognised by its bytes. */
	ret_files[0] = descriptors->raw[file];
	for (size_t next = 0; next < count; next++) {
		size_t number = 0;

		while (descriptors->raw[number].data != ret_files[next].data)
			number++;
		const Google__Protobuf__FileDescriptorProto *from = descriptors->set->file[number];
		for (size_t i = 0; i < from->n_dependency; i++) {
			int wanted = credd__descriptors_file(descriptors, from->dependency[i]);
			size_t known = 0;

			if (wanted < 0)
				continue;
			while (known < count &&
				ret_files[known].data != descriptors->raw[wanted].data)
				known++;
			if (known == count)
				ret_files[count++] = descriptors->raw[wanted];
		}
	}
	return count;
}

size_t credd__descriptors_services(
	const struct credd_descriptors *descriptors, const char *const **ret_names)
{
	*ret_names = descriptors->service;
	return descriptors->service_count;
}
