/* Activations that are as they should be: all types and storages, read back by any number of ranks.
 * Which of them are chosen is in test_activations_choice_mpi.c, what is wrong with bad ones in
 * test_activations_bad_mpi.c. */
#include "good_activations.h"

#include <math.h>
#include <unistd.h>

/* A random subset of [0, total) in increasing order; each rank draws its own. */
static int draw_rows(unsigned *seed, int64_t total, double share, int64_t *rows)
{
    int count = 0;
    for (int64_t row = 0; row < total; row++)
        if (rand_r(seed) < share * RAND_MAX)
            rows[count++] = row;
    return count;
}

static void check_fixture(const char *name, struct fixture fixture)
{
    unsigned seed = 7u + 13u * (unsigned)world_rank();
    int64_t *rows = malloc((size_t)fixture.rows * sizeof *rows);
    const char *path = write_fixture(name, fixture);
    struct activations *activations = open_all(path);

    CU_ASSERT_EQUAL(activations->row_count, fixture.rows);
    for (int t = 0; t < activations->checkpoint_count; t++)
        for (int l = 0; l < activations->layer_count; l++) {
            static const double shares[] = {0, 0.02, 0.5, 2};
            for (int k = 0; k < 4; k++) {
                int count = draw_rows(&seed, fixture.rows, shares[k], rows);
                check_read(activations, t, l, l, rows, count);
            }
            /* only the last rank reads, and only the last row */
            rows[0] = fixture.rows - 1;
            check_read(activations, t, l, l, rows, world_rank() == world_size() - 1);
        }
    activations_close(&activations);
    CU_ASSERT_PTR_NULL(activations);
    free(rows);
}

static void test_types(void)
{
    struct fixture fixture = small_fixture();
    fixture.type = FIXTURE_HALF;
    check_fixture("half.h5", fixture);
    fixture.type = FIXTURE_FLOAT;
    check_fixture("float.h5", fixture);
    fixture.type = FIXTURE_DOUBLE;
    check_fixture("double.h5", fixture);
    fixture.type = FIXTURE_BIG_ENDIAN;
    check_fixture("big-endian.h5", fixture);
}

static void test_storage(void)
{
    struct fixture fixture = small_fixture();
    fixture.chunk_rows = 7;
    fixture.chunk_columns = 3;
    check_fixture("chunks.h5", fixture);
    fixture.gzip = 4;
    check_fixture("gzip.h5", fixture);
    fixture.type = FIXTURE_HALF;
    fixture.chunk_rows = 1;
    fixture.chunk_columns = 1000;
    check_fixture("row-chunks.h5", fixture);
    fixture.chunk_rows = 1000;
    check_fixture("one-chunk.h5", fixture);
}

static void test_more_dimensions(void)
{
    struct fixture fixture = small_fixture();
    fixture.channels = 3;
    check_fixture("channels.h5", fixture);
    fixture.chunk_rows = 6;
    fixture.chunk_columns = 2;
    fixture.gzip = 1;
    fixture.fixed_strings = 1;
    check_fixture("channels-gzip.h5", fixture);
}

/* Chunks that the cache cannot hold, and more runs than one batch takes. */
static void test_large(void)
{
    struct fixture fixture = small_fixture();
    fixture.checkpoint_count = 1;
    fixture.rows = 6000;
    fixture.width = 20;
    check_fixture("runs.h5", fixture);
    fixture.rows = 1100;
    fixture.width = 8000;
    fixture.type = FIXTURE_DOUBLE;
    fixture.chunk_rows = 1050;
    fixture.chunk_columns = 4000;
    fixture.layers = (const char *const[]){"wide", NULL};
    check_fixture("wide-chunks.h5", fixture);
}

/* The whole of a layer, read by this rank alone. Owned. */
static double *read_alone(const char *path, const char *layer, int64_t count)
{
    double *values = malloc((size_t)count * sizeof *values);
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t dataset = H5Dopen2(file, layer, H5P_DEFAULT);
    CU_ASSERT(H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(dataset);
    H5Fclose(file);
    return values;
}

/* Ways in which ranks may ask for differing rows: which of `total` this rank wants. */
enum wish { FIRST_RANK_ALL, LAST_RANK_SOME, IN_TURN, ALL_THE_SAME, MORE_BY_RANK, NONE, WISHES };
static int wish_rows(enum wish wish, int64_t total, int64_t *rows)
{
    const int rank = world_rank();
    const int size = world_size();
    const int64_t stride = wish == IN_TURN          ? size
                           : wish == MORE_BY_RANK   ? 1 + total / (40 << (2 * rank))
                           : wish == LAST_RANK_SOME ? 7
                                                    : 1;
    int64_t row = wish == IN_TURN ? rank : wish == ALL_THE_SAME ? total / 3 : 0;
    int count = 0;
    if (wish == NONE || (wish == FIRST_RANK_ALL && rank > 0) ||
        (wish == LAST_RANK_SOME && rank < size - 1))
        return 0;
    for (; row < total; row += stride)
        if (wish != ALL_THE_SAME || row % 5 > 0)
            rows[count++] = row;
    return count;
}

/* Whatever each rank asks for, it gets what it would read alone; one opened file serves sparse and
 * dense wishes in turn. */
static void check_wishes(const char *name, struct fixture fixture)
{
    const char *path = write_fixture(name, fixture);
    struct activations *activations = open_all(path);
    const int64_t width = activations->widths[0];
    int64_t *rows = malloc((size_t)fixture.rows * sizeof *rows);
    double *alone = read_alone(path, "checkpoints/step-0/layer", fixture.rows * width);
    double *values = malloc((size_t)(fixture.rows * width) * sizeof *values);
    for (enum wish wish = 0; wish < WISHES; wish++) {
        struct fault fault = {0};
        int wrong = 0;
        const int count = wish_rows(wish, fixture.rows, rows);
        CU_ASSERT_EQUAL(activations_read(activations, 0, 0, rows, count, values, &fault), 0);
        for (int k = 0; k < count; k++)
            wrong += memcmp(values + k * width, alone + rows[k] * width,
                            (size_t)width * sizeof *values) != 0;
        CU_ASSERT_EQUAL(wrong, 0);
    }
    activations_close(&activations);
    free(rows);
    free(alone);
    free(values);
}

static void test_together_as_alone(void)
{
    struct fixture fixture = small_fixture();
    fixture.layers = (const char *const[]){"layer", NULL};
    fixture.checkpoint_count = 1;
    fixture.rows = 4000;
    fixture.width = 530;
    fixture.type = FIXTURE_DOUBLE; /* 17 MB: two blocks */
    check_wishes("together-blocks.h5", fixture);
    fixture.width = 9;
    fixture.type = FIXTURE_HALF;
    check_wishes("together-half.h5", fixture);
    fixture.chunk_rows = 50;
    fixture.chunk_columns = 4;
    check_wishes("together-chunks.h5", fixture);
    fixture.gzip = 1;
    check_wishes("together-gzip.h5", fixture);
    fixture.gzip = 0;
    fixture.channels = 3;
    check_wishes("together-channels.h5", fixture);
}

/* Bytes that this process has read from files so far. */
static int64_t bytes_read(void)
{
    char line[128];
    long long bytes = 0;
    FILE *file = fopen("/proc/self/io", "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    while (fgets(line, sizeof line, file) && sscanf(line, "rchar: %lld", &bytes) != 1)
        continue;
    fclose(file);
    return bytes;
}

/* Every 100th row: neither what lies between nor whole chunks are read. */
static void check_sparse(const char *name, struct fixture fixture)
{
    struct activations *activations = open_all(write_fixture(name, fixture));
    int64_t rows[200];
    int count = 0;
    for (int64_t row = world_rank(); row < fixture.rows; row += 100)
        rows[count++] = row;
    check_read(activations, 0, 0, 0, rows, 1); /* opens the file */
    const int64_t before = bytes_read();
    check_read(activations, 0, 0, 0, rows, count);
    const int64_t wanted = count * activations->widths[0] * (int64_t)sizeof(float);
    CU_ASSERT(bytes_read() - before < wanted + (1 << 16));
    activations_close(&activations);
}

static void test_only_sampled_rows(void)
{
    struct fixture fixture = small_fixture();
    fixture.layers = (const char *const[]){"layer", NULL};
    fixture.checkpoint_count = 1;
    fixture.rows = 20000;
    fixture.width = 64;
    check_sparse("sparse.h5", fixture);
    const char *layer = getenv("OMPI_MCA_io");
    if (layer != NULL && strcmp(layer, "ompio") == 0)
        return; /* each rank by itself, and so whole chunks */
    fixture.chunk_rows = 500;
    fixture.chunk_columns = 64;
    check_sparse("sparse-chunks.h5", fixture);
}

static void test_one_row(void)
{
    struct fixture fixture = small_fixture();
    fixture.rows = 1;
    fixture.width = 1;
    check_fixture("one.h5", fixture);
}

/* Every half-precision number there is, against HDF5's own conversion. */
static void test_half_precision(void)
{
    const char *path = write_fixture("halves.h5", small_fixture());
    enum { FINITE = 0x7c00 };
    uint16_t halves[2 * FINITE];
    double expected[2 * FINITE];
    double values[2 * FINITE];
    int64_t rows[1] = {0};
    struct fault fault = {0};

    for (int k = 0; k < FINITE; k++) {
        halves[k] = (uint16_t)k;
        halves[FINITE + k] = (uint16_t)(0x8000 | k);
    }
    hid_t type = fixture_file_type(FIXTURE_HALF);
    memcpy(expected, halves, sizeof halves);
    H5Tconvert(type, H5T_NATIVE_DOUBLE, 2 * FINITE, expected, NULL, H5P_DEFAULT);
    if (world_rank() == 0) {
        hsize_t dims[2] = {50, 2 * FINITE};
        hsize_t first[2] = {1, 2 * FINITE};
        hsize_t origin[2] = {0, 0};
        hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
        hid_t space = H5Screate_simple(2, dims, NULL);
        hid_t memory = H5Screate_simple(2, first, NULL);
        H5Ldelete(file, "checkpoints/step-0/stem", H5P_DEFAULT);
        hid_t dataset = H5Dcreate2(file, "checkpoints/step-0/stem", type, space, H5P_DEFAULT,
                                   H5P_DEFAULT, H5P_DEFAULT);
        H5Sselect_hyperslab(space, H5S_SELECT_SET, origin, NULL, first, NULL);
        H5Dwrite(dataset, type, memory, space, H5P_DEFAULT, halves);
        H5Dclose(dataset);
        H5Sclose(memory);
        H5Sclose(space);
        H5Fclose(file);
    }
    H5Tclose(type);
    MPI_Barrier(MPI_COMM_WORLD);

    struct activations *activations = open_all(path);
    CU_ASSERT_EQUAL(activations_read(activations, 0, 0, rows, 1, values, &fault), 0);
    int wrong = 0;
    for (int k = 0; k < 2 * FINITE; k++)
        wrong += values[k] != expected[k];
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(values[1], 0x1p-24);
    CU_ASSERT_EQUAL(values[FINITE - 1], 65504);
    CU_ASSERT(values[FINITE] == 0 && signbit(values[FINITE]));
    activations_close(&activations);
}

/* Fewer members than the world: nothing may wait for those left out. */
static void test_part_of_the_ranks(void)
{
    MPI_Comm comm = MPI_COMM_NULL;
    const char *path = write_fixture("split.h5", small_fixture());
    MPI_Comm_split(MPI_COMM_WORLD, world_rank() % 2, 0, &comm);
    if (world_rank() % 2 == 0) {
        struct activations_selection selection = {0};
        struct activations *activations = NULL;
        struct fault fault = {0};
        int64_t rows[] = {world_rank(), 20};
        CU_ASSERT_EQUAL_FATAL(activations_open(path, &selection, comm, &activations, &fault), 0);
        check_read(activations, 1, 1, 1, rows, 2);
        activations_close(&activations);
    }
    MPI_Comm_free(&comm);
    MPI_Barrier(MPI_COMM_WORLD);
}

/* A handle for some ranks of what all opened; each handle is closed by itself. */
static void test_shared(void)
{
    MPI_Comm comm = MPI_COMM_NULL;
    struct fault fault = {0};
    struct activations *own = NULL;
    struct activations *all = open_all(write_fixture("shared.h5", small_fixture()));
    MPI_Comm_split(MPI_COMM_WORLD, world_rank() % 2, 0, &comm);
    int64_t rows[] = {world_rank(), 20};
    if (world_rank() % 2 == 0) {
        CU_ASSERT_EQUAL_FATAL(activations_share(all, comm, &own, &fault), 0);
        CU_ASSERT_EQUAL(own->checkpoint_count, all->checkpoint_count);
        check_read(own, 1, 1, 1, rows, 2);
    }
    MPI_Comm_free(&comm);
    activations_close(&own);
    CU_ASSERT_EQUAL_FATAL(activations_share(all, MPI_COMM_SELF, &own, &fault), 0);
    if (world_rank() == 0)
        check_read(own, 2, 0, 0, rows, 2);
    check_read(all, 0, 2, 2, rows, 2);
    activations_close(&all);
    if (world_rank() != 0)
        check_read(own, 1, 2, 2, rows, 2);
    activations_close(&own);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"types", test_types},
        {"storage", test_storage},
        {"more dimensions", test_more_dimensions},
        {"large", test_large},
        {"together as alone", test_together_as_alone},
        {"only the sampled rows", test_only_sampled_rows},
        {"one row", test_one_row},
        {"half precision", test_half_precision},
        {"part of the ranks", test_part_of_the_ranks},
        {"handles for some ranks", test_shared},
    };
    MPI_Init(&argc, &argv);
    scratch = scratch_new();
    int failed = suite_run("activations", cases, sizeof cases / sizeof *cases);
    scratch_remove(&scratch);
    MPI_Finalize();
    return failed;
}
