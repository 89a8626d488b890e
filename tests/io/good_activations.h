/* For tests of activations that are as they should be. */
#ifndef TESTS_GOOD_ACTIVATIONS_H
#define TESTS_GOOD_ACTIVATIONS_H

#include "activations.h"
#include "activations_fixture.h"
#include "scratch.h"
#include "suite.h"
#include "world.h"

static const char *const three_layers[] = {"stem", "blocks.0.attn", "blocks.1.attn", NULL};

static struct scratch scratch;

/* Collective: rank 0 writes, all wait. Returns the path, valid until the next call. */
static inline const char *write_fixture(const char *name, struct fixture fixture)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", scratch.path, name);
    fixture.path = path;
    if (world_rank() == 0)
        fixture_write(&fixture);
    MPI_Barrier(MPI_COMM_WORLD);
    return path;
}

static inline struct fixture small_fixture(void)
{
    return (struct fixture){.layers = three_layers,
                            .checkpoint_count = 3,
                            .stride = 10,
                            .rows = 50,
                            .width = 4,
                            .type = FIXTURE_FLOAT,
                            .ids_from = -1};
}

static inline struct activations *open_all(const char *pattern)
{
    struct activations_selection selection = {0};
    struct activations *activations = NULL;
    struct fault fault = {0};
    activations_open(pattern, &selection, MPI_COMM_WORLD, &activations, &fault);
    CU_ASSERT_EQUAL(fault.status, 0);
    if (fault.status != 0)
        fprintf(stderr, "\n  %s\n", fault.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(activations);
    return activations;
}

/* Reads rows of one layer and compares every value. layer_code is what the fixture calls it. */
static inline void check_read(struct activations *activations, int t, int l, int layer_code,
                              const int64_t *rows, int count)
{
    struct fault fault = {0};
    int64_t width = activations->widths[(int64_t)t * activations->layer_count + l];
    int64_t wrong = 0;
    double *values = malloc((size_t)(count * width + 1) * sizeof *values);
    values[count * width] = 4711; /* a guard */
    CU_ASSERT_EQUAL(activations_read(activations, t, l, rows, count, values, &fault), 0);
    if (fault.status != 0)
        fprintf(stderr, "\n  %s\n", fault.text);
    for (int k = 0; k < count && fault.status == 0; k++)
        for (int64_t j = 0; j < width; j++)
            wrong += values[k * width + j] !=
                     fixture_value(activations->checkpoints[t].step, layer_code, rows[k], j);
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(values[count * width], 4711);
    free(values);
}

#endif
