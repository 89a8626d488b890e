/* Adjusted Rand index (Hubert & Arabie, J. Classif. 2 (1985), doi:10.1007/BF01908075):
 *
 *     (S - E) / (M - E),   S = sum over cells of C(n_ab, 2),   E = A B / C(n, 2),   M = (A + B) / 2
 *
 * with n_ab layers in group a of the one and b of the other, and A, B the same sums over the groups
 * of one. S is counted over pairs of layers, O(n^2), so that no table of groups is needed. */
#include "agreement.h"

#include <math.h>
#include <stdlib.h>

double agreement(const int32_t *a, const int32_t *b, int n)
{
    double pairs = 0;
    double together_a = 0;
    double together_b = 0;
    double together = 0;
    for (int i = 0; i < n; i++)
        for (int j = i + 1; j < n; j++) {
            if (a[i] < 0 || b[i] < 0 || a[j] < 0 || b[j] < 0)
                continue;
            pairs++;
            together_a += a[i] == a[j];
            together_b += b[i] == b[j];
            together += a[i] == a[j] && b[i] == b[j];
        }
    if (pairs == 0)
        return NAN;
    double expected = together_a * together_b / pairs;
    double most = (together_a + together_b) / 2;
    return most == expected ? 1 : (together - expected) / (most - expected);
}

int labels_in_order(int32_t *label, int n)
{
    int32_t *order = malloc(((size_t)n + 1) * sizeof *order);
    if (!order)
        return -1;
    for (int k = 0; k < n; k++)
        order[k] = -1;
    int count = 0;
    for (int i = 0; i < n; i++) {
        if (label[i] < 0) {
            label[i] = -1;
            continue;
        }
        if (order[label[i]] < 0)
            order[label[i]] = count++;
        label[i] = order[label[i]];
    }
    free(order);
    return count;
}
