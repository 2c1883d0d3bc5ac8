/* SPDX-License-Identifier: Apache-2.0
 *
 * parts.h - more items of one size than memory should hold, in 256 parts that each fit.
 *
 * Items are put in any order and read part by part. A part's items lie in a temporary file without a name, in
 * stretches one behind the other, so that writing them is in order wherever they belong.
 */
#ifndef CREDIT_REGISTRY_PARTS_H
#define CREDIT_REGISTRY_PARTS_H

#include <credit/base.h>

#define CREDIT__PARTS 256

struct credit__parts;

/* The temporary file lies in `folder`. */
enum credit_error credit__parts_new(
	const char *folder, size_t item_size, struct credit__parts **ret_parts) CREDIT_MUST_CHECK;
void credit__parts_free(struct credit__parts *parts); /* NULL is allowed */

enum credit_error credit__parts_put(
	struct credit__parts *parts, size_t part, const void *item) CREDIT_MUST_CHECK;
size_t credit__parts_count(const struct credit__parts *parts, size_t part);
/* All items of a part as they were put, into room for as many as there are. */
enum credit_error credit__parts_read(
	const struct credit__parts *parts, size_t part, void *ret_items) CREDIT_MUST_CHECK;
/* It has no items any more; its place in the file is not used again. */
void credit__parts_drop(struct credit__parts *parts, size_t part);

#endif
