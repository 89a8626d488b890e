/* Contiguous groups: the cut against all cuts, error rates and power on made-up networks, edges. */
#include "cuts.h"
#include "lags.h"
#include "matrices.h"
#include "segments.h"
#include "suite.h"

/* --- the optimal cut against every cut -------------------------------------------------------- */

/* Bit k of cut: a group starts at layer k+1. */
static double gain_of(const double *residual, int n, unsigned cut, int *groups)
{
    double gain = 0;
    int group[10] = {0};
    *groups = 1;
    for (int k = 1; k < n; k++) {
        *groups += (int)(cut >> (k - 1) & 1);
        group[k] = *groups;
    }
    group[0] = 1;
    for (int m = 1; m < n; m++)
        for (int i = 0; i < n - m; i++)
            if (group[i] == group[i + m])
                gain -= residual[lags_cell(n, m) + i];
    return gain;
}

static void check_cut(const double *residual, int n, int most)
{
    double best = -1e300;
    int fewest = 0;
    for (unsigned cut = 0; cut < 1U << (n - 1); cut++) {
        int groups = 0;
        double gain = gain_of(residual, n, cut, &groups);
        if ((most > 0 && groups > most) || gain < best - 1e-9)
            continue;
        if (gain > best + 1e-9 || groups < fewest)
            fewest = groups;
        best = gain > best ? gain : best;
    }
    int start[10] = {0};
    int count = 0;
    struct cuts *cuts = cuts_new(n, most);
    CU_ASSERT_PTR_NOT_NULL_FATAL(cuts);
    double found = cuts_find(cuts, residual, start, &count);
    cuts_destroy(&cuts);
    CU_ASSERT_DOUBLE_EQUAL(found, best, 1e-9);
    CU_ASSERT_EQUAL(count, fewest);

    unsigned cut = 0;
    int groups = 0;
    CU_ASSERT_EQUAL(start[0], 0);
    for (int k = 1; k < count; k++) {
        CU_ASSERT_TRUE(start[k] > start[k - 1] && start[k] < n);
        cut |= 1U << (start[k] - 1);
    }
    CU_ASSERT_DOUBLE_EQUAL(gain_of(residual, n, cut, &groups), best, 1e-9);
}

static void test_cut_is_optimal(void)
{
    uint64_t state = 11;
    double residual[45];
    for (int n = 1; n <= 10; n++)
        for (int most = 0; most <= n; most++) {
            for (int k = 0; k < 45; k++)
                residual[k] = normal(&state);
            check_cut(residual, n, most);
            for (int k = 0; k < 45; k++) /* ties */
                residual[k] = floor(3 * random_unit(&state)) - 1;
            check_cut(residual, n, most);
        }
}

/* --- rates ------------------------------------------------------------------------------------ */

struct found {
    int32_t label[MOST_LAYERS];
    double strength[MOST_LAYERS];
    struct segments_result result;
};

static void find(const struct matrix *matrix, struct found *found)
{
    CU_ASSERT_EQUAL(segments_find(matrix->D, matrix->n, &segments_defaults, found->label,
                                  found->strength, &found->result),
                    0);
}

static int is_exact(const struct found *found, int n, const struct shape *shape)
{
    for (int k = 0; k < n; k++)
        if (found->label[k] != group_of(shape, k))
            return 0;
    return 1;
}

enum { tries = 60 };

/* How many of the tries have more than one group. */
static int count_grouped(int n, const struct shape *shape)
{
    uint64_t state = 5;
    struct matrix matrix;
    struct found found;
    int grouped = 0;
    for (int k = 0; k < tries; k++) {
        matrix_make(&matrix, n, shape, &state);
        find(&matrix, &found);
        grouped += found.result.count > 1;
    }
    return grouped;
}

static void test_no_structure(void)
{
    const struct shape shapes[] = {
        {.base = 1, .noise = 0.1},                                    /* independent cells */
        {.base = 1, .noise = 0.4},                                    /* the same, rough */
        {.scale = 1, .power = 1, .noise = 0.2},                       /* straight drift */
        {.scale = 1, .power = 0.75, .noise = 0.1},                    /* */
        {.scale = 1, .power = 0.5, .noise = 0.1},                     /* drift of a random walk */
        {.base = 1, .scale = 0.005, .power = 1, .noise = 0.05},       /* untrained: weak drift */
        {.scale = 0.3, .power = 0.5, .interleaved = 1, .noise = 0.1}, /* two kinds in turn */
    };
    const int layers[] = {4, 6, 12, 24};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (int k = 0; k < 4; k++)
            CU_ASSERT_TRUE(count_grouped(layers[k], &shapes[s]) <= tries / 20);
}

/* Real distances obey the triangle inequality, so their cells are not independent. */
static void check_walks(double unevenness, double slowing, int walking, int most)
{
    uint64_t state = 6;
    struct matrix matrix;
    struct found found;
    for (int n = 6; n <= 24; n *= 2) {
        int grouped = 0;
        for (int k = 0; k < tries; k++) {
            matrix_walk(&matrix, n, unevenness, slowing, walking, &state);
            find(&matrix, &found);
            grouped += found.result.count > 1;
        }
        CU_ASSERT_TRUE(grouped <= most);
    }
}

static void test_walks_are_no_structure(void)
{
    check_walks(0, 0, 0, tries / 20);   /* independent layers */
    check_walks(0.3, 0, 0, tries / 20); /* of different size: outliers */
    check_walks(0.2, 0, 1, tries / 20); /* uneven drift */
    check_walks(0.1, 1, 1, tries / 20); /* drift that slows down to a third */
}

static void test_outlier_is_no_boundary(void)
{
    uint64_t state = 7;
    struct matrix matrix;
    struct found found;
    const struct shape shape = {.scale = 1, .power = 0.5, .noise = 0.05};
    int grouped = 0;
    for (int k = 0; k < tries; k++) {
        matrix_make(&matrix, 12, &shape, &state);
        for (int j = 0; j < 12; j++)
            if (j != 5)
                matrix_set(&matrix, 5, j, 2 * matrix.D[5 * 12 + j]);
        find(&matrix, &found);
        grouped += found.result.count > 1;
    }
    CU_ASSERT_TRUE(grouped <= tries / 20);
}

static void check_power(int n, const int *sizes, double between, double interleaved, int least)
{
    uint64_t state = 8;
    struct matrix matrix;
    struct found found;
    const struct shape shape = {.scale = 1 - between,
                                .power = 0.5,
                                .between = between,
                                .interleaved = interleaved,
                                .noise = 0.1,
                                .sizes = sizes};
    int exact = 0;
    for (int k = 0; k < tries; k++) {
        matrix_make(&matrix, n, &shape, &state);
        find(&matrix, &found);
        exact += is_exact(&found, n, &shape);
        for (int b = 0; b + 1 < n && found.result.count > 1; b++)
            if (found.label[b] != found.label[b + 1])
                CU_ASSERT_TRUE(found.strength[b] >= segments_defaults.min_contrast);
    }
    CU_ASSERT_TRUE(exact >= least);
}

static void test_power(void)
{
    check_power(6, (const int[]){3, 3}, 0.8, 0, tries / 2);
    check_power(8, (const int[]){4, 4}, 0.8, 0, tries * 9 / 10);
    check_power(12, (const int[]){6, 6}, 0.8, 0, tries * 19 / 20);
    check_power(12, (const int[]){6, 6}, 0.6, 0, tries * 9 / 10);
    check_power(12, (const int[]){4, 4, 4}, 0.8, 0, tries * 19 / 20);
    check_power(24, (const int[]){8, 8, 8}, 0.6, 0, tries * 19 / 20);
    check_power(24, (const int[]){6, 6, 6, 6}, 0.8, 0, tries * 19 / 20);
    check_power(24, (const int[]){3, 16, 5}, 0.8, 0, tries * 19 / 20);  /* unequal */
    check_power(16, (const int[]){14, 2}, 0.8, 0, tries * 19 / 20);     /* a group of two */
    check_power(16, (const int[]){8, 1, 7}, 0.8, 0, tries * 19 / 20);   /* a group of one */
    check_power(18, (const int[]){6, 6, 6}, 0.8, 0.4, tries * 19 / 20); /* interleaved kinds */
}

/* --- a trained network ------------------------------------------------------------------------ */

/* tests/data/modular-sum.h5 at steps 0, 250 and 5000, planted groups of 5, 7 and 3 layers: 10^4
 * times the distance of matching each of the first 400 inputs to itself; rows below the diagonal.
 */
static const int network[3][105] = {
    {972,  301,  901,  1121, 1207, 1068, 405,  928,  277,  1063, 533, 936,  406,  1108, 289,
     1133, 1162, 1073, 1324, 1082, 998,  582,  958,  467,  1097, 366, 202,  979,  1122, 1178,
     1062, 1241, 1000, 935,  1180, 900,  631,  972,  527,  1091, 439, 302,  976,  213,  851,
     1082, 1177, 1048, 1327, 1039, 979,  1134, 975,  1175, 965,  679, 1001, 574,  1113, 496,
     377,  1013, 318,  874,  224,  972,  651,  981,  547,  1089, 479, 370,  1009, 317,  899,
     267,  952,  222,  1114, 1185, 1043, 1273, 996,  943,  1142, 903, 986,  879,  1079, 882,
     880,  712,  1017, 600,  1136, 531,  423,  1039, 388,  917,  341, 975,  271,  225,  855},
    {391,  207,  186,  442,  281,  310,  279,  168,  113, 197,  737,  793,  742,  790,  745,
     1179, 1188, 1167, 1221, 1178, 745,  859,  899,  858, 908,  865,  234,  536,  1196, 1204,
     1184, 1242, 1197, 763,  235,  566,  944,  975,  940, 992,  948,  369,  417,  143,  434,
     1251, 1253, 1236, 1286, 1246, 839,  320,  644,  268, 524,  1010, 1033, 1003, 1055, 1012,
     473,  334,  252,  342,  117,  413,  986,  1011, 980, 1032, 988,  488,  571,  375,  591,
     363,  676,  396,  1158, 1196, 1162, 1206, 1169, 886, 950,  836,  955,  833,  982,  843,
     977,  986,  1011, 979,  1031, 987,  491,  579,  382, 598,  372,  685,  406,  23,   994},
    {341,  192,  151,  699,  475,  563,  378,  163,  224,  341,  2073, 2056, 2064, 2002, 2030,
     2031, 2043, 2038, 2014, 2020, 447,  2059, 2058, 2059, 2018, 2034, 254,  196,  1769, 1796,
     1784, 1787, 1773, 701,  492,  565,  1950, 1959, 1955, 1928, 1935, 386,  191,  204,  363,
     1637, 1673, 1656, 1680, 1651, 1166, 1039, 1090, 707,  937,  1832, 1848, 1841, 1827, 1825,
     551,  372,  417,  221,  238,  704,  2600, 2630, 2615, 2666, 2623, 3000, 2939, 2971, 2684,
     2869, 2090, 2682, 2643, 2667, 2654, 2697, 2659, 3016, 2976, 2999, 2727, 2902, 2143, 2720,
     309,  2629, 2656, 2642, 2688, 2648, 3013, 2964, 2991, 2713, 2892, 2124, 2708, 188,  123}};

static void test_network(void)
{
    const struct shape expected[] = {
        {.sizes = NULL}, {.sizes = (const int[]){5, 10}}, {.sizes = (const int[]){5, 7, 3}}};
    for (int t = 0; t < 3; t++) {
        struct matrix matrix = {.n = 15};
        struct found found;
        const int *value = network[t];
        for (int i = 0; i < 15; i++)
            for (int j = 0; j < i; j++)
                matrix_set(&matrix, i, j, 1e-4 * *value++);
        find(&matrix, &found);
        CU_ASSERT_TRUE(is_exact(&found, 15, &expected[t]));
        CU_ASSERT_TRUE((found.result.p <= 0.01) == (t > 0));
    }
}

/* --- edges ------------------------------------------------------------------------------------ */

static void test_few_layers(void)
{
    struct matrix matrix = {.n = 1};
    struct found found;
    find(&matrix, &found);
    CU_ASSERT_EQUAL(found.result.count, 1);
    CU_ASSERT_EQUAL(found.label[0], 0);
    matrix.n = 2;
    matrix_set(&matrix, 0, 1, 1);
    find(&matrix, &found);
    CU_ASSERT_EQUAL(found.result.count, 1);
    CU_ASSERT_EQUAL(found.result.p, 1);
    CU_ASSERT_EQUAL(found.label[1], 0);
    CU_ASSERT_EQUAL(found.strength[0], 0);
    CU_ASSERT_EQUAL(found.result.nearest, -1);
    CU_ASSERT_TRUE(isnan(found.result.depth));
}

/* No noise, no groups: rounding must not be cut. */
static void test_flat(void)
{
    const struct shape shapes[] = {{.base = 0}, {.base = 0.1}, {.scale = 0.1, .power = 0.7}};
    uint64_t state = 9;
    for (int s = 0; s < 3; s++) {
        struct matrix matrix;
        struct found found;
        matrix_make(&matrix, 15, &shapes[s], &state);
        find(&matrix, &found);
        CU_ASSERT_EQUAL(found.result.count, 1);
        CU_ASSERT_EQUAL(found.result.score, 0);
        CU_ASSERT_EQUAL(found.result.p, 1);
        for (int k = 0; k < 14; k++)
            CU_ASSERT_EQUAL(found.strength[k], 0);
    }
}

static void test_missing(void)
{
    uint64_t state = 10;
    struct matrix matrix;
    struct found found;
    const int sizes[] = {6, 7, 0};
    const struct shape shape = {
        .scale = 0.2, .power = 0.5, .between = 0.8, .noise = 0.05, .sizes = sizes};
    matrix_make(&matrix, 13, &shape, &state);
    for (int j = 0; j < 13; j++)
        if (j != 6)
            matrix_set(&matrix, 6, j, NAN); /* layer 6 failed */
    matrix_set(&matrix, 2, 9, NAN);
    matrix_set(&matrix, 3, 4, NAN);
    find(&matrix, &found);
    CU_ASSERT_EQUAL(found.result.count, 2);
    for (int k = 0; k < 13; k++)
        CU_ASSERT_EQUAL(found.label[k], k == 6 ? -1 : k > 6);
    CU_ASSERT_TRUE(found.strength[5] > 0.3 && found.strength[6] == found.strength[5]);

    for (int i = 0; i < 13; i++)
        for (int j = 0; j < i; j++)
            matrix_set(&matrix, i, j, NAN);
    find(&matrix, &found);
    CU_ASSERT_EQUAL(found.result.count, 0);
    for (int k = 0; k < 13; k++)
        CU_ASSERT_EQUAL(found.label[k], -1);
    CU_ASSERT_TRUE(isnan(found.strength[0]));
}

/* What a division stood or fell by: with a limit just above the depth of its boundary it is gone,
 * and the boundary is still named. */
static void test_nearest(void)
{
    uint64_t state = 13;
    struct matrix matrix;
    struct found found;
    struct segments_options options = segments_defaults;
    const struct shape shape = {
        .scale = 0.2, .power = 0.5, .between = 0.8, .noise = 0.05, .sizes = (const int[]){6, 6}};
    matrix_make(&matrix, 12, &shape, &state);
    find(&matrix, &found);
    const double depth = found.result.depth;
    CU_ASSERT_EQUAL(found.result.count, 2);
    CU_ASSERT_EQUAL(found.result.nearest, 5);
    CU_ASSERT_EQUAL(depth, found.strength[5]);
    CU_ASSERT_TRUE(depth >= options.min_contrast);

    options.min_contrast = depth + 1e-9;
    segments_find(matrix.D, 12, &options, found.label, found.strength, &found.result);
    CU_ASSERT_EQUAL(found.result.count, 1);
    CU_ASSERT_TRUE(found.result.p <= options.significance);
    CU_ASSERT_EQUAL(found.result.nearest, 5);
    CU_ASSERT_EQUAL(found.result.depth, depth);
}

static void test_options(void)
{
    uint64_t state = 12;
    struct matrix matrix;
    struct found found;
    struct found again;
    const struct shape shape = {
        .scale = 0.2, .power = 0.5, .between = 0.8, .noise = 0.05, .sizes = (const int[]){6, 6, 6}};
    matrix_make(&matrix, 18, &shape, &state);
    find(&matrix, &found);
    find(&matrix, &again);
    CU_ASSERT_EQUAL(found.result.count, 3);
    CU_ASSERT_EQUAL(found.result.p, again.result.p);
    CU_ASSERT_EQUAL(found.result.score, again.result.score);
    for (int k = 0; k < 17; k++)
        CU_ASSERT_TRUE(found.label[k] == again.label[k] && found.strength[k] == again.strength[k]);

    struct segments_options options = segments_defaults;
    for (options.max_groups = 1; options.max_groups <= 3; options.max_groups++) {
        segments_find(matrix.D, 18, &options, found.label, found.strength, &found.result);
        CU_ASSERT_TRUE(found.result.count <= options.max_groups);
    }
    CU_ASSERT_EQUAL(found.result.count, 3);
    options.significance = 0;
    segments_find(matrix.D, 18, &options, found.label, found.strength, &found.result);
    CU_ASSERT_EQUAL(found.result.count, 1);
}

int main(void)
{
    const struct test_case cases[] = {
        {"the cut is the best of all cuts", test_cut_is_optimal},
        {"noise, drift, interleaving: at most 5 % are cut", test_no_structure},
        {"points and random walks: at most 5 % are cut", test_walks_are_no_structure},
        {"an outlier in the middle is not cut off", test_outlier_is_no_boundary},
        {"groups are found", test_power},
        {"a network at three steps of its training", test_network},
        {"one layer, two layers", test_few_layers},
        {"rounding is not cut", test_flat},
        {"layers and cells without values", test_missing},
        {"most groups, significance, same again", test_options},
        {"what a division stood or fell by", test_nearest},
    };
    return suite_run("segments", cases, sizeof cases / sizeof *cases);
}
