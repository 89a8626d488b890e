/* The store: the mm-spaces that all ranks of a node share are those that one process would build.
 */
#include "../io/activations_fixture.h"
#include "../io/scratch.h"
#include "store.h"
#include "suite.h"

#include <math.h>

enum { ROWS = 40, POINTS = 21, REPLICATES = 2, CHECKPOINTS = 3, LAYERS = 3 };
static const char *const names[] = {"a", "b", "c", NULL};

static struct scratch scratch;
static struct settings settings = {.sampling = {POINTS, 5, REPLICATES, (char *)""},
                                   .input.against = (char *)""};

static char *path_of(const char *name)
{
    static char path[400];
    snprintf(path, sizeof path, "%s/%s", scratch.path, name);
    return path;
}

/* Collective: writes the file and opens it. constant: layer "b" has one value at the second
 * checkpoint. */
static struct activations *open_fixture(bool constant)
{
    const struct fixture fixture = {.path = path_of("store.h5"),
                                    .layers = names,
                                    .checkpoint_count = CHECKPOINTS,
                                    .stride = 10,
                                    .rows = ROWS,
                                    .width = 4,
                                    .type = FIXTURE_DOUBLE,
                                    .ids_from = -1};
    const struct activations_selection all = {0};
    struct activations *input = NULL;
    struct fault fault = {0};
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (rank == 0) {
        fixture_write(&fixture);
        double values[ROWS * 5];
        for (int k = 0; k < ROWS * 5; k++)
            values[k] = 0.1;
        if (constant) {
            hid_t file = H5Fopen(fixture.path, H5F_ACC_RDWR, H5P_DEFAULT);
            hid_t set = H5Dopen2(file, "/checkpoints/step-10/b", H5P_DEFAULT);
            H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
            H5Dclose(set);
            H5Fclose(file);
        }
    }
    MPI_Barrier(MPI_COMM_WORLD);
    settings.input.activations = (char *)fixture.path;
    CU_ASSERT_EQUAL(activations_open(fixture.path, &all, MPI_COMM_WORLD, &input, &fault), 0);
    CU_ASSERT_STRING_EQUAL(fault.text, "");
    return input;
}

/* The values of a layer in a frame as they were written. */
static void read_directly(const struct plan *plan, int frame, int layer, double *values)
{
    const int width = 4 + layer;
    const int64_t step = 10 * (frame % CHECKPOINTS);
    for (int k = 0; k < POINTS; k++) {
        int64_t row = plan->draws[0][0].rows[frame / CHECKPOINTS * POINTS + k];
        for (int c = 0; c < width; c++)
            values[k * width + c] = fixture_value(step, layer, row, c);
    }
}

/* The space of a layer in a frame as the solver builds it from these. */
static int build_directly(const struct plan *plan, int frame, int layer, struct strata_space *space)
{
    double values[POINTS * 6];
    read_directly(plan, frame, layer, values);
    return strata_space_from_activations(space, values, POINTS, 4 + layer, settings.metric.distance,
                                         settings.metric.normalize);
}

static int wait(void *context)
{
    (void)context;
    return 0;
}

/* Every rank asks for every space, beginning at a different one. */
static void check_window(struct store *store, const struct plan *plan, int first, int count,
                         bool constant)
{
    struct strata_space *direct = aligned_alloc(64, (strata_space_size(POINTS) + 63) / 64 * 64);
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    for (int k = 0; k < count * LAYERS; k++) {
        const int place = (k + 2 * rank) % (count * LAYERS);
        const int frame = first + place / LAYERS;
        const int layer = place % LAYERS;
        const struct strata_space *space = NULL;
        int status = store_space(store, frame, layer, wait, NULL, &space);
        if (constant && frame % CHECKPOINTS == 1 && layer == 1) {
            CU_ASSERT_EQUAL(status, STRATA_CONSTANT);
            CU_ASSERT_PTR_NULL(space);
            continue;
        }
        CU_ASSERT_EQUAL(status, build_directly(plan, frame, layer, direct));
        if (status != STRATA_OK) /* correlation: these rows differ by a constant only */
            continue;
        CU_ASSERT_EQUAL(memcmp(strata_space_distances(space), strata_space_distances(direct),
                               sizeof(double) * POINTS * POINTS),
                        0);
        CU_ASSERT_EQUAL(strata_space_scale(space), strata_space_scale(direct));
    }
    free(direct);
}

/* The digests are those of the values, whoever took them. */
static void check_contents(struct store *store, const struct plan *plan, int first, int count)
{
    for (int frame = first; frame < first + count; frame++)
        for (int l = 0; l < LAYERS; l++) {
            double values[POINTS * 6];
            read_directly(plan, frame, l, values);
            CU_ASSERT(digest_equal(store_contents(store, frame)[l],
                                   digest_content(values, POINTS, 4 + l, NULL)));
        }
}

/* Collective: all frames, in windows. */
static void check_all(int window, bool constant)
{
    struct activations *input = open_fixture(constant);
    struct store *store = NULL;
    struct plan plan;
    struct fault fault = {0};
    const struct plan_inputs inputs = {{input, NULL}};
    plan_make(&settings, &inputs, (size_t)1 << 30, &plan, &fault);
    plan.window = window;
    CU_ASSERT_EQUAL(store_new(MPI_COMM_WORLD, &plan, &settings, &inputs, &store, &fault), 0);
    CU_ASSERT_EQUAL(store_node(store), 0);
    for (int first = 0; first < plan.frames; first += window) {
        int count = plan.frames - first < window ? plan.frames - first : window;
        CU_ASSERT_EQUAL(store_load(store, first, count, &fault), 0);
        check_window(store, &plan, first, count, constant);
        if (!constant)
            check_contents(store, &plan, first, count);
        MPI_Barrier(MPI_COMM_WORLD); /* as the end of dispatch_run */
    }
    store_destroy(&store);
    CU_ASSERT_PTR_NULL(store);
    plan_reset(&plan);
    activations_close(&input);
}

static void test_all_at_once(void)
{
    check_all(CHECKPOINTS * REPLICATES, false);
}

static void test_windows(void)
{
    check_all(1, false);
    check_all(4, false);
}

static void test_distances(void)
{
    for (settings.metric.distance = 0; strata_distance_names[settings.metric.distance];
         settings.metric.distance++)
        check_all(2, false);
    settings.metric.distance = 0;
}

/* Its state goes to all ranks, and nothing else suffers. */
static void test_constant(void)
{
    check_all(CHECKPOINTS * REPLICATES, true);
    check_all(1, true);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"all frames at once", test_all_at_once},
        {"windows smaller than the run", test_windows},
        {"all distances", test_distances},
        {"a constant layer", test_constant},
    };
    MPI_Init(&argc, &argv);
    scratch = scratch_new();
    int failed = suite_run("store", cases, sizeof cases / sizeof *cases);
    scratch_remove(&scratch);
    MPI_Finalize();
    return failed;
}
