/* How far two groupings of the same layers agree. */
#ifndef STRATA_AGREEMENT_H
#define STRATA_AGREEMENT_H

#include <stdint.h>

/* Adjusted Rand index of labels a[n] and b[n]: 1 for the same partition, about 0 for unrelated
 * ones, below 0 for less than chance. Layers with a negative label in either are left out. 1 where
 * both are one group, or both all single; NaN where fewer than two layers are left. */
double agreement(const int32_t *a, const int32_t *b, int n);

/* Numbers the labels from 0 by first appearance; negative ones become -1. Labels are below n.
 * Returns the number of different labels, or -1 if memory is short. */
int labels_in_order(int32_t *label, int n);

#endif
