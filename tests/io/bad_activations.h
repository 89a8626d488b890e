/* For tests of activations that are not as they should be: every defect gives EXIT_INPUT with the
 * same message on all ranks, which says where it is, what was expected and what was found. */
#ifndef TESTS_BAD_ACTIVATIONS_H
#define TESTS_BAD_ACTIVATIONS_H

#include "activations.h"
#include "activations_fixture.h"
#include "facts.h"
#include "scratch.h"
#include "suite.h"
#include "world.h"

static const char *const two_layers[] = {"conv1", "fc", NULL};

static struct scratch scratch;

static inline const char *scratch_path(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", scratch.path, name);
    return path;
}

/* Three checkpoints at steps 0, 10, 20 with two layers of 20 x 4 and 20 x 5 values. */
static inline struct fixture small_fixture(void)
{
    return (struct fixture){.path = scratch_path("bad.h5"),
                            .layers = two_layers,
                            .checkpoint_count = 3,
                            .stride = 10,
                            .rows = 20,
                            .width = 4,
                            .type = FIXTURE_FLOAT,
                            .ids_from = 0};
}

/* The same on all ranks, too. Collective. */
static inline void expect_same_facts(const struct fault *fault, const char *facts)
{
    struct fault root = *fault;
    expect_facts(fault, facts);
    MPI_Bcast(&root, (int)sizeof root, MPI_BYTE, 0, MPI_COMM_WORLD);
    CU_ASSERT_STRING_EQUAL(fault->text, root.text);
    if (getenv("STRATA_SHOW_MESSAGES") != NULL && world_rank() == 0)
        fprintf(stderr, "\n    %s", fault->text);
}

#define PLACE "bad.h5: checkpoint \"step-10\", layer \"fc\""
static const char layer_path[] = "checkpoints/step-10/fc";

#endif
