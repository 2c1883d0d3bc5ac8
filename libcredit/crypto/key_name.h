/* SPDX-License-Identifier: Apache-2.0
 *
 * key_name.h - what may be the name of a key on a signed note.
 */
#ifndef CREDIT_CRYPTO_KEY_NAME_H
#define CREDIT_CRYPTO_KEY_NAME_H

#include <credit/base.h>

/* The rule for everybody's keys, also those of strangers who signed a note beside us: valid UTF-8,
 * not empty, no Unicode white space, no plus sign. */
bool credit__key_name_is_noteworthy(struct credit_bytes name);

/* The rule for keys of this registry: the above, at most CREDIT_KEY_NAME_MAX bytes, no control
 * characters. */
bool credit__key_name_is_ours(struct credit_bytes name);

#endif
