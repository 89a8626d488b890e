/* Cells: a partition into equal parts that keeps together what lies together. */
#include "cells.h"
#include "strata.h"
#include "suite.h"

#include "points.h"

/* points[n, 1 + rank] at random; values decrease. */
static float *points_at_random(struct random *r, int n, int rank, float *values)
{
    float *points = test_memory((size_t)n * (1 + rank) * sizeof *points);
    for (int k = 0; k < n * (1 + rank); k++)
        points[k] = (float)random_normal(r);
    for (int c = 0; c < rank; c++)
        values[c] = -10.0F / (float)(1 + c);
    return points;
}

/* The mean of the cells, each by its number of points, is that of all points. */
static void test_partition(void)
{
    static const int sizes[] = {2, 3, 63, 64, 65, 100, 241, 500};
    struct random r = random_new(43);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        const int n = sizes[s];
        const int rank = n <= 40 ? n - 1 : 40;
        const int columns = cells_columns(rank);
        float values[40];
        float *points = points_at_random(&r, n, rank, values);
        float *cells = test_memory((size_t)cells_size(n, rank) * sizeof *cells);
        CU_ASSERT_EQUAL(cells_build(points, 1 + rank, values, n, rank, cells), STRATA_OK);
        for (int k = 0; k < RESOLUTIONS; k++) {
            const int count = cells_count(n, k);
            const float *at = cells + cells_offset(n, rank, k);
            for (int c = 0; c < columns; c++) {
                double sum = 0;
                for (int i = 0; i < n; i++)
                    sum += points[(size_t)i * (1 + rank) + c];
                for (int i = 0; i < count; i++)
                    sum -= (double)at[(size_t)i * columns + c] *
                           ((long)n * (i + 1) / count - (long)n * i / count);
                CU_ASSERT_DOUBLE_EQUAL(sum, 0, 1e-4 * n);
            }
        }
        free(points);
        free(cells);
    }
}

/* Sixteen far clusters of 15 points: at 64 cells, four each, and none of two clusters. */
static void test_clusters(void)
{
    enum { CLUSTERS = 16, EACH = 15, N = CLUSTERS * EACH, RANK = 16, COLUMNS = 1 + RANK };
    struct random r = random_new(44);
    float values[RANK];
    float *points = points_at_random(&r, N, RANK, values);
    float cells[(64 + 96 + N) * COLUMNS];
    CU_ASSERT_EQUAL_FATAL(cells_size(N, RANK), (int)(sizeof cells / sizeof *cells));
    for (int i = 0; i < N; i++) /* neighbours in number are in different clusters */
        points[i * COLUMNS + 1 + i % CLUSTERS] += 1000;
    CU_ASSERT_EQUAL(cells_build(points, COLUMNS, values, N, RANK, cells), STRATA_OK);
    int count[CLUSTERS] = {0};
    for (int i = 0; i < 64; i++) {
        for (int c = 0; c < CLUSTERS; c++)
            count[c] += cells[i * COLUMNS + 1 + c] > 990;
    }
    for (int c = 0; c < CLUSTERS; c++)
        CU_ASSERT_EQUAL(count[c], 4);
    free(points);
}

/* Points that all coincide can be cut anywhere. */
static void test_coinciding(void)
{
    enum { N = 300, RANK = 3 };
    static float points[N * (1 + RANK)];
    const float values[RANK] = {-1, 0, 0};
    float *cells = test_memory((size_t)cells_size(N, RANK) * sizeof *cells);
    CU_ASSERT_EQUAL(cells_build(points, 1 + RANK, values, N, RANK, cells), STRATA_OK);
    for (int k = 0; k < cells_size(N, RANK); k++)
        CU_ASSERT_EQUAL(cells[k], 0);
    free(cells);
}

int main(void)
{
    const struct test_case cases[] = {{"a partition into equal parts", test_partition},
                                      {"clusters stay whole", test_clusters},
                                      {"points that coincide", test_coinciding}};
    return suite_run("cells", cases, sizeof cases / sizeof *cases);
}
