/* SPDX-License-Identifier: Apache-2.0
 *
 * checkpoint.c - the signed head of the log, as a note.
 *
 * docs/spec/log.md: "its text is the origin, the size of the tree, and the base64 of the root"
 */
#include <credit/log.h>

#include "crypto/key_name.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SIZE_DIGITS_MAX 20

enum credit_error credit_checkpoint_body(
	const char *origin, const struct credit_tree_head *head, struct credit_buffer *body)
{
	char size[SIZE_DIGITS_MAX + 1];
	char root[CREDIT_BASE64_SIZE(CREDIT_HASH_SIZE)];
	struct credit_bytes written;

	/* docs/spec/log.md: "The origin is the name of the log's key." */
	if (!credit__key_name_is_ours(credit_bytes_of(origin)))
		return CREDIT_E_CHECKPOINT_ORIGIN;
	if (head->size > CREDIT_LOG_SIZE_MAX)
		return CREDIT_E_CHECKPOINT_MALFORMED;
	snprintf(size, sizeof(size), "%" PRIu64, head->size);
	credit_base64(head->root.byte, sizeof(head->root.byte), root);
	credit_buffer_put_text(body, origin);
	credit_buffer_put_text(body, "\n");
	credit_buffer_put_text(body, size);
	credit_buffer_put_text(body, "\n");
	credit_buffer_put_text(body, root);
	credit_buffer_put_text(body, "\n");
	return credit_buffer_done(body, &written);
}

enum credit_error credit_checkpoint_sign(const char *origin, const struct credit_tree_head *head,
	const struct credit_named_key *name, const struct credit_key_pair *pair,
	struct credit_buffer *note)
{
	uint8_t memory[CREDIT_CHECKPOINT_MAX];
	struct credit_buffer body;
	struct credit_bytes text;
	enum credit_error error;

	if (strcmp(origin, name->name) != 0)
		return CREDIT_E_CHECKPOINT_ORIGIN;
	credit_buffer_init(&body, memory, sizeof(memory));
	error = credit_checkpoint_body(origin, head, &body);
	if (error == CREDIT_OK)
		error = credit_buffer_done(&body, &text);
	if (error != CREDIT_OK)
		return error;
	return credit_note_sign(text, name, pair, note);
}

/* Takes the first line, without its newline, off *rest. False when none is left or it is empty. */
static bool take_line(struct credit_bytes *rest, struct credit_bytes *ret_line)
{
	const uint8_t *end = rest->size > 0 ? memchr(rest->data, '\n', rest->size) : NULL;

	if (end == NULL || end == rest->data)
		return false;
	*ret_line = (struct credit_bytes){rest->data, (size_t)(end - rest->data)};
	rest->size -= ret_line->size + 1;
	rest->data = end + 1;
	return true;
}

/* docs/spec/log.md: "The size is decimal, without sign and without leading zero" */
static bool read_size(struct credit_bytes line, uint64_t *ret_size)
{
	uint64_t size = 0;

	if (line.size > SIZE_DIGITS_MAX - 1 || (line.data[0] == '0' && line.size > 1))
		return false;
	for (size_t i = 0; i < line.size; i++) {
		if (line.data[i] < '0' || line.data[i] > '9')
			return false;
		size = size * 10 + (uint64_t)(line.data[i] - '0');
	}
	*ret_size = size;
	return size <= CREDIT_LOG_SIZE_MAX;
}

/* docs/spec/log.md: "The root is exactly 32 bytes" */
static bool read_root(struct credit_bytes line, struct credit_hash *ret_root)
{
	size_t size;

	return credit_base64_decode((const char *)line.data, line.size, ret_root->byte,
		       sizeof(ret_root->byte), &size) == CREDIT_OK &&
	       size == sizeof(ret_root->byte);
}

enum credit_error credit_checkpoint_read(
	struct credit_bytes body, struct credit_checkpoint *ret_checkpoint)
{
	struct credit_bytes rest = body, size, root, extension;
	struct credit_checkpoint checkpoint;
	struct credit_hash empty;

	if (!take_line(&rest, &checkpoint.origin))
		return CREDIT_E_CHECKPOINT_MALFORMED;
	if (!take_line(&rest, &size) || !read_size(size, &checkpoint.head.size))
		return CREDIT_E_CHECKPOINT_MALFORMED;
	if (!take_line(&rest, &root) || !read_root(root, &checkpoint.head.root))
		return CREDIT_E_CHECKPOINT_MALFORMED;
	/* docs/spec/log.md: "Further lines are passed over when read, but none may be empty" */
	while (rest.size > 0)
		if (!take_line(&rest, &extension))
			return CREDIT_E_CHECKPOINT_MALFORMED;
	/* docs/spec/log.md: "A log of size 0 has the root of the empty tree." */
	credit_tree_root(NULL, 0, &empty);
	if (checkpoint.head.size == 0 && !credit_hash_equal(&checkpoint.head.root, &empty))
		return CREDIT_E_CHECKPOINT_MALFORMED;
	*ret_checkpoint = checkpoint;
	return CREDIT_OK;
}

enum credit_error credit_checkpoint_open(struct credit_bytes note,
	const struct credit_named_key *trusted, struct credit_tree_head *ret_head)
{
	struct credit_checkpoint checkpoint;
	struct credit_bytes body;
	enum credit_error error = credit_note_open(note, trusted, &body);

	if (error == CREDIT_OK)
		error = credit_checkpoint_read(body, &checkpoint);
	if (error != CREDIT_OK)
		return error;
	if (!credit_bytes_equal(checkpoint.origin, credit_bytes_of(trusted->name)))
		return CREDIT_E_CHECKPOINT_ORIGIN;
	*ret_head = checkpoint.head;
	return CREDIT_OK;
}
