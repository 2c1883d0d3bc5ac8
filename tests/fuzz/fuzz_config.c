/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_config.c - any bytes as credd.yaml: refused with a place and a reason, or every setting set.
 *
 * Decoder: credd/config.c credd/config_value.c
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
	if (!condition)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct credit_problem problem = {.error = CREDIT_OK};
	struct credd_config_place place = {0};
	struct credd_config config;

	if (size > CREDD_CONFIG_FILE_MAX)
		return 0;
	enum credit_error error = credd_config_parse(
		(struct credit_bytes){data, size}, "/folder", &config, &problem, &place);
	if (error != CREDIT_OK) {
		demand(problem.error == error);
		demand(place.line <= size + 1);
		return 0;
	}
	demand(config.origin && config.data && config.head && config.log_key && config.system_key);
	demand(config.data[0] == '/' && config.head[0] == '/');
	demand(config.tcp || config.socket);
	demand(!config.tcp || (config.tls_certificate && config.tls_key && config.tls_client_ca));
	demand(config.root_uscc.given);
	demand(config.queue > 0 && config.epoch_filings > 0 && config.calls > 0);
	demand(strlen(config.origin) <= 100);
	credd_config_deinit(&config);
	return 0;
}
