/* SPDX-License-Identifier: Apache-2.0
 *
 * histogram.h - latencies in logarithmic buckets: constant memory, at most 1.6 % off.
 *
 * Each power of two of nanoseconds is divided into 64 equal buckets, from 1 ns to over a minute.
 *
 * Threads: one histogram belongs to one thread at a time; merge them afterwards.
 */
#ifndef TOOLS_LOAD_HISTOGRAM_H
#define TOOLS_LOAD_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_STEPS 64
#define HISTOGRAM_BUCKETS (HISTOGRAM_STEPS * 32)

struct histogram {
	uint64_t count;
	uint64_t bucket[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, int64_t nanoseconds);
void histogram_merge(struct histogram *into, const struct histogram *from);
/* The latency in microseconds that the share `quantile` (0 to 1) of all did not exceed; 0 when there
 * are none. */
double histogram_quantile(const struct histogram *histogram, double quantile);

#endif
