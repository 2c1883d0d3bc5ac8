/* SPDX-License-Identifier: Apache-2.0
 *
 * layout.h - the folder of a registry: what `init` makes in it and `fsck` opens.
 *
 *     credd.yaml                  the daemon's configuration
 *     keys/{root,log,system}.key  private keys, .pub beside each
 *     tls/{ca,server}.{crt,key}   development certificates
 *     data/, head                 the database and the last signed head
 */
#ifndef CREDCTL_LAYOUT_H
#define CREDCTL_LAYOUT_H

#include <credit/base.h>
#include <credit/registry.h>

#include <limits.h>

struct layout {
	char data[PATH_MAX], head[PATH_MAX];
	char origin[CREDIT_KEY_NAME_MAX + 1];
	struct credit_uscc root_uscc;
	struct credit_named_key root_key;
	struct credit_key_pair log_key, system_key; /* wiped by layout_wipe */
};

/* What the library needs of <folder>/credd.yaml. The daemon checks the file as a whole; here only the
 * settings that are used are read, by the same rules for paths. */
enum credit_error layout_read(const char *folder, struct layout *ret_layout,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
void layout_wipe(struct layout *layout);

/* Options that point into the layout. */
struct credit_registry_options layout_options(const struct layout *layout);

#endif
