/* SPDX-License-Identifier: Apache-2.0
 *
 * histogram.c - latencies in logarithmic buckets.
 */
#include "load/histogram.h"

#define STEPS_LOG2 6 /* of HISTOGRAM_STEPS */

/* Below one step the bucket is the value; above, the exponent and the six bits after the first. */
static unsigned bucket_of(uint64_t value)
{
	unsigned exponent, bucket;

	if (value < HISTOGRAM_STEPS)
		return (unsigned)value;
	exponent = 63 - (unsigned)__builtin_clzll(value);
	bucket = (exponent - STEPS_LOG2 + 1) * HISTOGRAM_STEPS +
		 (unsigned)((value >> (exponent - STEPS_LOG2)) & (HISTOGRAM_STEPS - 1));
	return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

/* The middle of a bucket. */
static double value_of(unsigned bucket)
{
	unsigned shift;

	if (bucket < HISTOGRAM_STEPS)
		return bucket;
	shift = bucket / HISTOGRAM_STEPS - 1;
	return ((double)(HISTOGRAM_STEPS + bucket % HISTOGRAM_STEPS) + 0.5) *
	       (double)(1ULL << shift);
}

void histogram_add(struct histogram *histogram, int64_t nanoseconds)
{
	histogram->count++;
	histogram->bucket[bucket_of(nanoseconds > 0 ? (uint64_t)nanoseconds : 0)]++;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
	into->count += from->count;
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		into->bucket[i] += from->bucket[i];
}

double histogram_quantile(const struct histogram *histogram, double quantile)
{
	double wanted = quantile * (double)histogram->count;
	uint64_t seen = 0;

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += histogram->bucket[i];
		if (seen > 0 && (double)seen >= wanted)
			return value_of(i) / 1000;
	}
	return 0;
}
