/* Draws of inputs: without replacement, increasing, uniform, and the same everywhere. */
#include "sample.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>

static void test_known_values(void)
{
    /* Guards the promise that a seed means the same rows on every machine and in every version. */
    static const int64_t first[] = {281, 315, 462, 591, 720, 731, 773, 901};
    static const int64_t second[] = {29, 99, 389, 403, 453, 563, 710, 867};
    int64_t rows[8];
    sample_rows(0, 0, 1000, 8, rows);
    CU_ASSERT_EQUAL(memcmp(rows, first, sizeof rows), 0);
    sample_rows(7, 3, 1000, 8, rows);
    CU_ASSERT_EQUAL(memcmp(rows, second, sizeof rows), 0);
}

static void test_increasing_and_in_range(void)
{
    int64_t rows[300];
    for (int count = 0; count <= 300; count += 37) {
        for (uint64_t seed = 0; seed < 20; seed++) {
            sample_rows(seed, seed % 3, 300, count, rows);
            for (int k = 0; k < count; k++) {
                CU_ASSERT(rows[k] >= 0 && rows[k] < 300);
                CU_ASSERT(k == 0 || rows[k - 1] < rows[k]);
            }
        }
    }
}

/* Half of the rest, and all of it: increasing, in range, and none of those that were drawn. */
static void test_apart(void)
{
    enum { population = 120 };
    for (int count = 1; count <= population / 2; count += count < 58 ? 7 : 1) {
        for (uint64_t seed = 0; seed < 20; seed++) {
            int64_t rows[population];
            int64_t apart[population];
            int drawn[population] = {0};
            sample_rows(seed, seed % 3, population, count, rows);
            sample_apart(seed, seed % 3, population, rows, count, apart);
            for (int k = 0; k < count; k++)
                drawn[rows[k]] = 1;
            for (int k = 0; k < count; k++) {
                CU_ASSERT_FATAL(apart[k] >= 0 && apart[k] < population);
                CU_ASSERT(k == 0 || apart[k - 1] < apart[k]);
                CU_ASSERT_FALSE(drawn[apart[k]]);
            }
        }
    }
}

static void test_whole_population(void)
{
    int64_t rows[257];
    for (uint64_t seed = 0; seed < 50; seed++) {
        sample_rows(seed, 0, 257, 257, rows);
        for (int k = 0; k < 257; k++)
            CU_ASSERT_EQUAL(rows[k], k);
    }
}

/* Neither the seed nor the replicate may be without effect. */
static void test_draws_differ(void)
{
    enum { draws = 40, count = 20 };
    int64_t rows[draws][count];
    for (int k = 0; k < draws; k++)
        sample_rows((uint64_t)(k / 8), (uint64_t)(k % 8), 100000, count, rows[k]);
    for (int a = 0; a < draws; a++) {
        for (int b = 0; b < a; b++)
            CU_ASSERT_NOT_EQUAL(memcmp(rows[a], rows[b], sizeof rows[a]), 0);
    }
}

/* Each row, and each pair of rows, comes as often as it should: chi-squared far below 1e-6. */
static void test_uniform(void)
{
    enum { population = 12, count = 5, draws = 60000 };
    int single[population] = {0};
    int together[population][population] = {{0}};
    int64_t rows[count];
    for (int k = 0; k < draws; k++) {
        sample_rows((uint64_t)k / 10, (uint64_t)k % 10, population, count, rows);
        for (int a = 0; a < count; a++) {
            single[rows[a]]++;
            for (int b = 0; b < a; b++)
                together[rows[b]][rows[a]]++;
        }
    }
    const double expected = (double)draws * count / population;
    const double expected_pair = expected * (count - 1) / (population - 1);
    double chi = 0;
    double chi_pair = 0;
    for (int a = 0; a < population; a++) {
        chi += (single[a] - expected) * (single[a] - expected) / expected;
        for (int b = a + 1; b < population; b++)
            chi_pair +=
                (together[a][b] - expected_pair) * (together[a][b] - expected_pair) / expected_pair;
    }
    CU_ASSERT(chi < 60);       /* 11 degrees of freedom */
    CU_ASSERT(chi_pair < 150); /* 65 */
}

int main(void)
{
    static const struct test_case cases[] = {
        {"rows apart", test_apart},
        {"known values", test_known_values},
        {"increasing and in range", test_increasing_and_in_range},
        {"the whole population", test_whole_population},
        {"draws differ by seed and replicate", test_draws_differ},
        {"uniform", test_uniform},
    };
    return suite_run("sample", cases, sizeof cases / sizeof *cases);
}
