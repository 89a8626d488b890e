/* The summary in words and the table, with unfriendly names. */
#include "across.h"
#include "matrices.h"
#include "pair.h"
#include "series.h"
#include "strata.h"
#include "subnets.h"
#include "suite.h"
#include "summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { L = 12, T = 3 };

static struct results *make(void)
{
    uint64_t state = 1;
    struct fault fault = {0};
    struct results shape;
    memset(&shape, 0, sizeof shape);
    shape.layer_count = L;
    shape.checkpoint_count = T;
    shape.replicate_count = 1;
    shape.sample_count = 100;
    shape.scalar_count = 1;
    struct results *results = results_new(&shape);
    if (!results)
        abort();
    for (int k = 0; k < L; k++) {
        char name[32];
        snprintf(name, sizeof name, "block%d.mlp", k);
        results->layers[k] = strdup(k == 3 ? "say \"hi\",\n\033[31mred" : name);
    }
    results->scalars[0] = strdup("top-1, \"%\"");
    results->model = strdup("toy\033]0;title\a");
    for (int t = 0; t < T; t++) {
        struct matrix matrix;
        const struct shape kind = {.scale = 0.2,
                                   .power = 0.5,
                                   .between = t == 0 ? 0 : 0.7,
                                   .noise = 0.05,
                                   .sizes = (const int[]){6, 6}};
        matrix_make(&matrix, L, &kind, &state);
        memcpy(results->distance + (size_t)t * L * L, matrix.D, sizeof(double) * L * L);
        results->checkpoints[t] = strdup(t == 0 ? "init" : "a,b");
        results->steps[t] = 100 * t;
        results->scalar_values[t] = t == 1 ? NAN : 0.1 * t;
    }
    results->distance[(size_t)2 * L * L + 7] = results->distance[(size_t)2 * L * L + 7 * L] = NAN;
    results->status[(size_t)2 * L * L + 7] = results->status[(size_t)2 * L * L + 7 * L] = 1;
    CU_ASSERT_EQUAL(subnets_find(results, &subnets_defaults, &fault), 0);
    series_compute(results);
    return results;
}

static char *read_all(FILE *file)
{
    char *text = calloc(1, 1 << 16);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    rewind(file);
    CU_ASSERT_TRUE(fread(text, 1, (1 << 16) - 1, file) > 0);
    return text;
}

static char *print(const struct results *results)
{
    FILE *file = tmpfile();
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    summary_print(results, file);
    char *text = read_all(file);
    fclose(file);
    return text;
}

static void test_words(void)
{
    struct results *results = make();
    char *text = print(results);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "12 layers, 3 checkpoints (steps 0 to 200), 100 samples"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "2 groups of consecutive layers, clear (p = 0.005)"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "block0.mlp … block5.mlp"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "block5.mlp | block6.mlp"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "since step 100"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "1 of 198 pairs have no value"));
    for (const char *c = text; *c; c++)
        CU_ASSERT_TRUE((unsigned char)*c >= 0x20 || *c == '\n');
    free(text);
    results_destroy(&results);
}

/* Whose fault it is that pairs have no value: the layer all of whose pairs fail. */
static void test_failures(void)
{
    struct results *results = make();
    const int constant = pair_status_of(STRATA_CONSTANT);
    for (int t = 1; t < T; t++)
        for (int k = 0; k < L; k++)
            if (k != 5) {
                const size_t cells[] = {results_cell(results, t, 5, k),
                                        results_cell(results, t, k, 5)};
                for (int c = 0; c < 2; c++) {
                    results->distance[cells[c]] = NAN;
                    results->status[cells[c]] = constant;
                }
            }
    char *text = print(results);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "23 of 198 pairs have no value"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "22 constant: all inputs have the same activations"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n    layer block5.mlp at steps 100, 200\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "input.layers"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "1 stopped")); /* from make() */
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n    1 pair of layers"));
    free(text);
    results_destroy(&results);
}

/* Distances of zero have no structure. */
static void test_alike(void)
{
    struct results *results = make();
    struct fault fault = {0};
    for (int k = 0; k < T * L * L; k++)
        results->distance[k] = 0;
    CU_ASSERT_EQUAL(subnets_find(results, &subnets_defaults, &fault), 0);
    series_compute(results);
    char *text = print(results);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "All layers are alike"));
    CU_ASSERT_PTR_NULL(strstr(text, "(strength"));
    CU_ASSERT_PTR_NULL(strstr(text, "clusters"));
    free(text);
    results_destroy(&results);
}

static void test_one_group_and_none(void)
{
    struct results *results = make();
    results->checkpoint_count = 1; /* the first checkpoint alone */
    char *text = print(results);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "One group: the best division is not significant (p = "));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, ", above 0.05)"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "All 66 pairs solved."));
    free(text);
    results->segment_p[0] = 0.03;
    text = print(results);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "is significant (p = 0.03, at most 0.05), but no boundary"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "which takes 1.5 times as far"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "Nearest to a boundary: block"));
    free(text);
    for (int k = 0; k < L * L; k++)
        results->distance[k] = NAN;
    struct fault fault = {0};
    CU_ASSERT_EQUAL(subnets_find(results, &subnets_defaults, &fault), 0);
    series_compute(results);
    text = print(results);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "no layer has a valid comparison"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, " -       -             -             -             -\n"));
    free(text);
    results->checkpoint_count = T;
    results_destroy(&results);
}

/* Layers are within the noise in blocks of three; without floors that is said. */
static void test_noise(void)
{
    struct results *results = make();
    const size_t last = (size_t)(T - 1) * L;
    results->replicate_count = 2;
    char *text = print(results);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "Noise floor: not measured"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "200 rows"));
    free(text);
    for (int i = 0; i < L; i++) {
        results->noise_floor[last + (size_t)i] = 0.25 + 0.01 * i;
        for (int j = 0; j < L; j++)
            results->distance[(last + (size_t)i) * L + (size_t)j] = i / 3 == j / 3 ? 0.1 : 0.5;
    }
    text = print(results);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "0.25 to 0.36"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "cannot be told apart with 100 samples"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n  block0.mlp, block1.mlp, block2.mlp\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n  block9.mlp, block10.mlp, block11.mlp\n"));
    free(text);
    for (int i = 0; i < L; i++)
        results->noise_floor[last + (size_t)i] = 0.05;
    text = print(results);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "Every layer can be told from every other"));
    free(text);
    results->replicate_count = 1;
    results_destroy(&results);
}

/* When each layer is halfway for good, and since when it is within the noise. */
static void test_across(void)
{
    enum { layers = 2, checkpoints = 4 };
    static const double from_last[checkpoints][layers] = {
        {0.8, 0.6}, {0.3, 0.2}, {0.2, 0.5}, {0, 0}};
    const struct results shape = {.comparison = RESULTS_ACROSS,
                                  .layer_count = layers,
                                  .column_count = 2,
                                  .checkpoint_count = checkpoints,
                                  .replicate_count = 2,
                                  .sample_count = 10};
    struct results *results = results_new(&shape);
    if (!results)
        abort();
    results->layers[0] = strdup("one");
    results->layers[1] = strdup("two");
    results->columns[0] = strdup("last");
    results->columns[1] = strdup("before");
    for (int t = 0; t < checkpoints; t++) {
        results->steps[t] = 100 * t;
        results->checkpoints[t] = strdup("x");
        for (int i = 0; i < layers; i++) {
            results->distance[results_cell(results, t, i, RESULTS_LAST)] = from_last[t][i];
            results->noise_floor[t * layers + i] = 0.25;
        }
    }
    across_compute(results);
    CU_ASSERT_EQUAL(results->settled[0], 100);
    CU_ASSERT_EQUAL(results->settled[1], 300); /* it went away again */
    char *text = print(results);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "         100            200         0.8  one\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "         300              -         0.6  two\n"));
    free(text);
    results_destroy(&results);
}

/* Which network the columns are of, and how far it is at each checkpoint. */
static void test_against(void)
{
    const struct results shape = {.comparison = RESULTS_AGAINST,
                                  .layer_count = 2,
                                  .column_count = 3,
                                  .checkpoint_count = 2,
                                  .replicate_count = 1,
                                  .sample_count = 10,
                                  .other_sample_count = 10};
    struct results *results = results_new(&shape);
    if (!results)
        abort();
    results->configuration =
        strdup("input:\n    activations: \"a/*.h5\"\n    against: \"b/*.h5\"\n");
    for (int i = 0; i < 2; i++)
        results->layers[i] = strdup(i == 0 ? "one" : "two");
    for (int j = 0; j < 3; j++)
        results->columns[j] = strdup("other");
    for (int t = 0; t < 2; t++) {
        results->steps[t] = 100 * t;
        results->other_steps[t] = 70 * t;
        results->checkpoints[t] = strdup("x");
        for (int i = 0; i < 2; i++)
            for (int j = 0; j < 3; j++)
                results->distance[results_cell(results, t, i, j)] = 0.1 * (1 + j + t);
    }
    char *text = print(results);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "Against the 3 layers of another network, b/*.h5, on other"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n       100          70           0.3           0.2\n"));
    CU_ASSERT_PTR_NULL(strstr(text, "\n\n\n"));
    free(text);
    results_destroy(&results);
}

static void test_table(void)
{
    struct results *results = make();
    struct fault fault = {0};
    char path[] = "/tmp/strata-summary-XXXXXX";
    int handle = mkstemp(path);
    CU_ASSERT_TRUE_FATAL(handle >= 0);
    close(handle);
    CU_ASSERT_EQUAL(summary_csv(results, path, &fault), 0);
    FILE *file = fopen(path, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    char *text = read_all(file);
    const char *head =
        "checkpoint,step,\"top-1, \"\"%\"\"\",mean_gw,within_gw,between_gw,contrast,";
    CU_ASSERT_EQUAL(strncmp(text, head, strlen(head)), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\ninit,0,0,0."));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n\"a,b\",100,,0."));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, " say \"\"hi\"\",\n\033[31mred block4.mlp"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "block5.mlp | block6.mlp"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, ",65,\"block0.mlp"));
    fclose(file);
    remove(path);
    free(text);
    results_destroy(&results);
}

static void test_no_such_folder(void)
{
    struct results *results = make();
    struct fault fault = {0};
    CU_ASSERT_EQUAL(summary_csv(results, "/nonexistent/folder/summary.csv", &fault), EXIT_SYSTEM);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "/nonexistent/folder/summary.csv"));
    results_destroy(&results);
}

int main(void)
{
    const struct test_case cases[] = {
        {"the summary in words", test_words},
        {"one group, no group", test_one_group_and_none},
        {"pairs without a value", test_failures},
        {"nothing but zeros", test_alike},
        {"the noise floor", test_noise},
        {"across checkpoints", test_across},
        {"against another network", test_against},
        {"the table", test_table},
        {"a folder that is not there", test_no_such_folder},
    };
    return suite_run("summary", cases, sizeof cases / sizeof *cases);
}
