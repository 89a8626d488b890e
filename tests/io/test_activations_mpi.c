/* Activations that are as they should be: all types, storages and selections, read back by any
 * number of ranks. What is wrong with bad ones is in test_activations_bad_mpi.c. */
#include "activations.h"
#include "activations_fixture.h"
#include "scratch.h"
#include "suite.h"

#include <fcntl.h>
#include <math.h>
#include <unistd.h>

static const char *const three_layers[] = {"stem", "blocks.0.attn", "blocks.1.attn", NULL};

static struct scratch scratch;

static int world_rank(void)
{
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    return rank;
}

static int world_size(void)
{
    int size = 1;
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    return size;
}

/* Collective: rank 0 writes, all wait. Returns the path, valid until the next call. */
static const char *write_fixture(const char *name, struct fixture fixture)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", scratch.path, name);
    fixture.path = path;
    if (world_rank() == 0)
        fixture_write(&fixture);
    MPI_Barrier(MPI_COMM_WORLD);
    return path;
}

static struct fixture small_fixture(void)
{
    return (struct fixture){.layers = three_layers,
                            .checkpoint_count = 3,
                            .stride = 10,
                            .rows = 50,
                            .width = 4,
                            .type = FIXTURE_FLOAT,
                            .ids_from = -1};
}

static struct activations *open_all(const char *pattern)
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
static void check_read(struct activations *activations, int t, int l, int layer_code,
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

static void test_metadata(void)
{
    struct fixture fixture = small_fixture();
    fixture.ids_from = 100;
    struct activations *activations = open_all(write_fixture("meta.h5", fixture));
    CU_ASSERT_EQUAL(activations->layer_count, 3);
    CU_ASSERT_EQUAL(activations->checkpoint_count, 3);
    CU_ASSERT_STRING_EQUAL(activations->layers[1], "blocks.0.attn");
    CU_ASSERT_STRING_EQUAL(activations->checkpoints[2].key, "step-20");
    CU_ASSERT_EQUAL(activations->checkpoints[2].step, 20);
    CU_ASSERT_EQUAL(activations->widths[5], 6);
    CU_ASSERT_STRING_EQUAL(activations->model, "a model");
    CU_ASSERT_STRING_EQUAL(activations->dataset, "");
    CU_ASSERT_EQUAL_FATAL(activations->scalar_count, 2);
    CU_ASSERT_STRING_EQUAL(activations->scalars[0], "epoch");
    CU_ASSERT_STRING_EQUAL(activations->scalars[1], "loss");
    CU_ASSERT(isnan(activations->scalar_values[0]));
    CU_ASSERT_EQUAL(activations->scalar_values[2], 1);
    CU_ASSERT_EQUAL(activations->scalar_values[5], 1.0 / 21);
    activations_close(&activations);
    activations_close(&activations); /* nothing left to close */
}

/* One file per checkpoint, their names not in the order of the steps. */
static void test_several_files(void)
{
    struct fixture fixture = small_fixture();
    char pattern[512];
    fixture.checkpoint_count = 1;
    fixture.ids_from = 5;
    fixture.first_step = 1000;
    write_fixture("many-b.h5", fixture);
    fixture.first_step = 200;
    write_fixture("many-c.h5", fixture);
    fixture.first_step = 30;
    fixture.chunk_rows = 8;
    fixture.chunk_columns = 8;
    write_fixture("many-a.h5", fixture);
    fixture.layers = (const char *const[]){"unfinished", NULL};
    write_fixture("many-d.h5.part", fixture);

    snprintf(pattern, sizeof pattern, "%s/many-*", scratch.path);
    struct activations *activations = open_all(pattern);
    CU_ASSERT_EQUAL_FATAL(activations->checkpoint_count, 3);
    CU_ASSERT_EQUAL(activations->checkpoints[0].step, 30);
    CU_ASSERT_EQUAL(activations->checkpoints[1].step, 200);
    CU_ASSERT_EQUAL(activations->checkpoints[2].step, 1000);
    int64_t rows[] = {0, 1, 7, 8, 9, 30, 49};
    for (int l = 2; l >= 0; l--)
        for (int t = 0; t < 3; t++)
            check_read(activations, t, l, l, rows, 7);
    activations_close(&activations);
}

/* Opens with a selection, each a "|"-separated list; the result as "layers;steps". */
static void check_selection(const char *path, const char *layers, const char *steps,
                            const char *expected)
{
    char text[2][200];
    char *items[2][8];
    char found[400] = "";
    struct string_list lists[2] = {{items[0], 0}, {items[1], 0}};
    struct activations *activations = NULL;
    struct fault fault = {0};
    snprintf(text[0], sizeof text[0], "%s", layers);
    snprintf(text[1], sizeof text[1], "%s", steps);
    for (int k = 0; k < 2; k++)
        for (char *item = strtok(text[k], "|"); item != NULL; item = strtok(NULL, "|"))
            lists[k].items[lists[k].count++] = item;
    struct activations_selection selection = {lists[0], lists[1], NULL};
    activations_open(path, &selection, MPI_COMM_WORLD, &activations, &fault);
    CU_ASSERT_EQUAL(fault.status, 0);
    if (fault.status != 0) {
        fprintf(stderr, "\n  %s\n", fault.text);
        return;
    }
    for (int l = 0; l < activations->layer_count; l++)
        snprintf(found + strlen(found), sizeof found - strlen(found), "%s ",
                 activations->layers[l]);
    for (int t = 0; t < activations->checkpoint_count; t++)
        snprintf(found + strlen(found), sizeof found - strlen(found), "%lld ",
                 (long long)activations->checkpoints[t].step);
    CU_ASSERT_STRING_EQUAL(found, expected);
    activations_close(&activations);
}

static void test_selection(void)
{
    static const char *const layers[] = {"stem", "blocks.0", "blocks.0.attn", "blocks.1", "head:0",
                                         "a[0]", NULL};
    struct fixture fixture = small_fixture();
    fixture.layers = layers;
    fixture.checkpoint_count = 5;
    const char *path = write_fixture("select.h5", fixture);
    check_selection(path, "head:0|stem", "40|0", "stem head:0 0 40 ");
    check_selection(path, "blocks.*", "first|last", "blocks.0 blocks.1 0 40 ");
    check_selection(path, "blocks.**", "every 2", "blocks.0 blocks.0.attn blocks.1 0 20 40 ");
    check_selection(path, "**.attn", "every 100", "blocks.0.attn 0 ");
    check_selection(path, "blocks.**|!**.attn", "10", "blocks.0 blocks.1 10 ");
    check_selection(path, "!blocks.**", "10", "stem head:0 a[0] 10 ");
    check_selection(path, "all|!stem|!head:?|!a[0]", "10|10",
                    "blocks.0 blocks.0.attn blocks.1 10 ");
    check_selection(path, "a[0]|s?em", "last", "stem a[0] 40 ");

    struct activations_selection selection = {
        {(char *[]){"blocks.1"}, 1}, {(char *[]){"20"}, 1}, NULL};
    struct activations *activations = NULL;
    struct fault fault = {0};
    int64_t rows[] = {3, 4};
    CU_ASSERT_EQUAL_FATAL(activations_open(path, &selection, MPI_COMM_WORLD, &activations, &fault),
                          0);
    check_read(activations, 0, 0, 3, rows, 2);
    activations_close(&activations);
}

/* Whatever a name may hold that HDF5 can find again; with a slash it is a path. */
static void test_names(void)
{
    static const char *const layers[] = {"it's \"quoted\"",
                                         "two words",
                                         "<script>alert(1)</script>",
                                         "new\nline",
                                         "\xc3\xa9t\xc3\xa9",
                                         "100%s",
                                         "block/conv",
                                         NULL};
    struct fixture fixture = small_fixture();
    fixture.layers = layers;
    fixture.checkpoint_count = 1;
    struct activations *activations = open_all(write_fixture("names.h5", fixture));
    int64_t rows[] = {0, 49};
    for (int l = 0; layers[l] != NULL; l++) {
        CU_ASSERT_STRING_EQUAL(activations->layers[l], layers[l]);
        check_read(activations, 0, l, l, rows, 2);
    }
    activations_close(&activations);
}

/* An exporter's unfinished checkpoint is not there yet. */
static void test_unfinished(void)
{
    char path[512];
    snprintf(path, sizeof path, "%s", write_fixture("unfinished.h5", small_fixture()));
    if (world_rank() == 0) {
        hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
        H5Gclose(H5Gcreate2(file, "checkpoints/.partial", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
        H5Fclose(file);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    struct activations *activations = open_all(path);
    CU_ASSERT_EQUAL(activations->checkpoint_count, 3);
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

/* What strata inspect prints; on one rank, as it is not collective. */
static void test_inspect(void)
{
    struct fixture fixture = small_fixture();
    struct fault fault = {0};
    static char text[8192];
    char output[512];
    fixture.gzip = 3;
    fixture.chunk_rows = 10;
    fixture.chunk_columns = 4;
    const char *path = write_fixture("inspect.h5", fixture);
    if (world_rank() != 0)
        return;
    snprintf(output, sizeof output, "%s/inspect.txt", scratch.path);
    fflush(stdout);
    int saved = dup(STDOUT_FILENO);
    int file = open(output, O_CREAT | O_RDWR | O_TRUNC, 0600);
    dup2(file, STDOUT_FILENO);
    CU_ASSERT_EQUAL(activations_inspect(path, &fault), 0);
    fflush(stdout);
    dup2(saved, STDOUT_FILENO);
    CU_ASSERT(pread(file, text, sizeof text - 1, 0) > 0);
    close(file);
    close(saved);
    static const char *const facts[] = {"model         a model",
                                        "rows          50 inputs",
                                        "step 0 to 20",
                                        "blocks.0.attn  float32  50 x 5",
                                        "chunks 10x4, shuffle, gzip 3",
                                        "all numbers are finite",
                                        "epoch",
                                        "step-10"};
    for (size_t k = 0; k < sizeof facts / sizeof *facts; k++) {
        CU_ASSERT(strstr(text, facts[k]) != NULL);
        if (strstr(text, facts[k]) == NULL)
            fprintf(stderr, "\n  no \"%s\" in:\n%s", facts[k], text);
    }
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
        {"metadata", test_metadata},
        {"several files", test_several_files},
        {"selection", test_selection},
        {"names", test_names},
        {"unfinished checkpoint", test_unfinished},
        {"part of the ranks", test_part_of_the_ranks},
        {"handles for some ranks", test_shared},
        {"inspect", test_inspect},
    };
    MPI_Init(&argc, &argv);
    scratch = scratch_new();
    int failed = suite_run("activations", cases, sizeof cases / sizeof *cases);
    scratch_remove(&scratch);
    MPI_Finalize();
    return failed;
}
