/* Made by make_golden.py with POT 0.9.7.post1, NumPy 2.4.6. */
#ifndef TESTS_GOLDEN_H
#define TESTS_GOLDEN_H

#include <stdint.h>

/* points.h makes x[n, dx], then y[n, dy], then permutation[n] from the seed. */
static const struct golden_problem {
    uint64_t seed;
    int n, dx, dy, distance;
    double loss;          /* of the permutation: gwloss */
    double identity_loss; /* of the identity: gwloss */
    double gromov;        /* gromov_wasserstein2 from its default start */
} golden_problems[] = {
    {1, 20, 3, 3, 0, 0.3163232565147609, 0.26793800410362067, 0.10815179570718604},
    {2, 23, 2, 5, 1, 1.1969536881229454, 1.0281618711327041, 0.32994833488722147},
    {3, 24, 4, 3, 2, 1.1483903607427932, 1.309963395686861, 0.32697676995929109},
    {4, 25, 5, 7, 3, 0.40707718941072435, 0.45996231297267232, 0.18050005378461487},
    {5, 30, 3, 6, 0, 0.18010087369694019, 0.18614456509802751, 0.11648953562455848},
    {6, 31, 2, 2, 1, 1.580018609647734, 1.6423026562212626, 0.34042038266612157},
    {7, 32, 8, 3, 2, 0.91013265651184616, 0.98286049091545158, 0.36815995510971483},
    {8, 33, 4, 4, 3, 0.75828346162336169, 0.71568559294504319, 0.14648620308263102},
    {9, 36, 1, 3, 0, 0.64185507443346212, 0.62126938547130073, 0.38295519701268627},
    {10, 37, 10, 2, 1, 0.85253870698531653, 0.73257717161188585, 0.40431155905402438},
    {11, 39, 3, 12, 2, 0.87660053631281665, 0.78520416364236967, 0.46618367371506514},
    {12, 40, 6, 6, 3, 0.42211278366246968, 0.43763426981162878, 0.14608805945593331},
};

/* random_points(seed) makes cost[n, n], rounded to single precision. */
static const struct golden_costs {
    uint64_t seed;
    int n;
    double total; /* n * emd2 */
} golden_costs[] = {
    {101, 16, 1.7848864155821502},
    {102, 25, 1.1599673486780375},
    {103, 32, 1.4002628289163113},
    {104, 40, 1.8711784677579995},
};

/* points.h makes x[n, dx], y[m, dy], then weights p[n], q[m] before they are divided
 * by their sums. */
static const struct golden_general {
    uint64_t seed;
    int n, m, dx, dy, distance;
    double transport; /* emd2 of costs -<x, y>, of the columns that both have */
    double gromov;    /* gromov_wasserstein2 from its default start */
} golden_general[] = {
    {201, 18, 12, 3, 4, 0, -0.64441165038590054, 0.15015206601830208},
    {202, 15, 25, 2, 3, 1, -0.66651100953694797, 0.57928458780247671},
    {203, 20, 20, 4, 4, 0, -1.2881478227995562, 0.15087373216819536},
    {204, 30, 17, 5, 3, 2, -0.86080660213074112, 0.57349938583957238},
    {205, 24, 36, 3, 6, 0, -0.89874939386805108, 0.11762506750292068},
    {206, 33, 32, 2, 2, 1, -0.51813249652653859, 0.26883081980523654},
};

#endif
