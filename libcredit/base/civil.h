/* SPDX-License-Identifier: Apache-2.0
 *
 * civil.h - what the rooms of libcredit share of the calendar beyond the range of legal dates.
 */
#ifndef CREDIT_BASE_CIVIL_H
#define CREDIT_BASE_CIVIL_H

#include <stdint.h>

/* 28..31; month is 1..12, year any from 0 (birth dates lie before CREDIT_DAY_MIN). */
int32_t credit__days_in_month(int32_t year, int32_t month);

#endif
