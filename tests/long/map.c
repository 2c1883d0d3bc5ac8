/* SPDX-License-Identifier: Apache-2.0
 *
 * map.c - the map through a million random inserts, updates and deletes, held against the oracle at every
 * publication (tests/support/map_life.h says how).
 *
 *     long_map [OPERATIONS [SEED]]
 */
#include "tests/support/map_life.h"
#include "tests/support/temp_dir.h"

#include <stdio.h>
#include <stdlib.h>

static void tell(uint64_t done, uint64_t live)
{
	static uint64_t told;

	if (done - told < 100000)
		return;
	told = done;
	printf("%llu operations, %llu leaves\n", (unsigned long long)done,
		(unsigned long long)live);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct map_life_report report;
	struct map_life_options options = {
		.operations = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000,
		.publications = 500,
		.keys = 120000,
		.depth = 20,
		.seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 2026,
		.progress = tell,
	};

	temp_dir_make();
	options.folder = temp_dir_path("map");
	map_life_run(&options, &report);
	temp_dir_remove();
	printf("%llu inserted, %llu updated, %llu deleted, %llu deleted in vain; %llu "
	       "publications, "
	       "%llu proofs, %llu derivations, at most %llu leaves\n",
		(unsigned long long)report.inserted, (unsigned long long)report.updated,
		(unsigned long long)report.deleted, (unsigned long long)report.idle,
		(unsigned long long)report.publications, (unsigned long long)report.proofs,
		(unsigned long long)report.derivations, (unsigned long long)report.most_live);
	return 0;
}
