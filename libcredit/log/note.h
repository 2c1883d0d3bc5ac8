/* SPDX-License-Identifier: Apache-2.0
 *
 * note.h - signature lines, shared by the notes' and the cosignatures' files of this room.
 */
#ifndef CREDIT_LOG_NOTE_H
#define CREDIT_LOG_NOTE_H

#include <credit/log.h>

#define KEY_HASH_SIZE 4
#define SIGNATURE_LINE_DATA_MAX (KEY_HASH_SIZE + 8 + CREDIT_SIGNATURE_SIZE) /* of those made here */

/* Writes "-- name base64(data)" and a newline; `data` begins with the key's hash. */
void credit__signature_line_put(
	const char *name, const uint8_t *data, size_t size, struct credit_buffer *note);

/* Takes the first line off *rest. False when it is not a signature line; *rest is then of no use. */
bool credit__signature_line_take(
	struct credit_bytes *rest, struct credit_bytes *ret_name, struct credit_bytes *ret_base64);

#endif
