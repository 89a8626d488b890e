/* Activations that can be opened but not read: numbers that are not finite, files that change or
 * are damaged; and memory that is short on one rank, which is an error on all, without a hang and
 * without a leak. */
#include "bad_activations.h"
#include "failing_memory.h"

#include <math.h>

/* --- values --- */

static void put_value(double value)
{
    struct fixture fixture = small_fixture();
    hsize_t at[2] = {13, 3};
    if (world_rank() != 0)
        return;
    fixture_write(&fixture);
    hid_t file = H5Fopen(fixture.path, H5F_ACC_RDWR, H5P_DEFAULT);
    hid_t dataset = H5Dopen2(file, layer_path, H5P_DEFAULT);
    hid_t space = H5Dget_space(dataset);
    hid_t memory = H5Screate(H5S_SCALAR);
    H5Sselect_elements(space, H5S_SELECT_SET, 1, at);
    H5Dwrite(dataset, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, &value);
    H5Sclose(memory);
    H5Sclose(space);
    H5Dclose(dataset);
    H5Fclose(file);
}

static void value_refuses(double value, const char *facts)
{
    struct activations_selection selection = {0};
    struct activations *activations = NULL;
    struct fault fault = {0};
    int64_t rows[2] = {12, 13};
    double values[10];
    int size = 1;
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const char *path = small_fixture().path;
    put_value(value);
    MPI_Barrier(MPI_COMM_WORLD);
    CU_ASSERT_EQUAL_FATAL(activations_open(path, &selection, MPI_COMM_WORLD, &activations, &fault),
                          0);
    CU_ASSERT_EQUAL(activations_read(activations, 1, 1, rows, 1, values, &fault), 0);
    /* one rank meets it, all hear of it */
    activations_read(activations, 1, 1, rows, 1 + (world_rank() == size - 1), values, &fault);
    expect_same_facts(&fault, facts);
    fault.status = 0;
    CU_ASSERT_EQUAL(activations_read(activations, 2, 1, rows, 2, values, &fault), 0);
    activations_close(&activations);
}

static void test_values(void)
{
    value_refuses(NAN, PLACE ", row 13, column 3: expected a finite number, found NaN|float16");
    value_refuses(INFINITY, PLACE ", row 13, column 3: |found infinity");
    value_refuses(-INFINITY, PLACE ", row 13, column 3: |found minus infinity");
    struct fault fault = {0};
    if (world_rank() == 0)
        activations_inspect(small_fixture().path, &fault);
    MPI_Bcast(&fault, (int)sizeof fault, MPI_BYTE, 0, MPI_COMM_WORLD);
    expect_same_facts(&fault, PLACE ", row 13, column 3: |found minus infinity");
}

/* --- while reading --- */

/* Opens the good file and lets rank 0 do something to it before the first read. */
static void read_refuses(struct fixture fixture, void (*damage)(const char *path),
                         const char *facts)
{
    struct activations_selection selection = {0};
    struct activations *activations = NULL;
    struct fault fault = {0};
    int64_t rows[1] = {0};
    double values[5];
    if (world_rank() == 0)
        fixture_write(&fixture);
    MPI_Barrier(MPI_COMM_WORLD);
    CU_ASSERT_EQUAL_FATAL(
        activations_open(fixture.path, &selection, MPI_COMM_WORLD, &activations, &fault), 0);
    if (world_rank() == 0)
        damage(fixture.path);
    MPI_Barrier(MPI_COMM_WORLD);
    activations_read(activations, 1, 1, rows, world_rank() == 0, values, &fault);
    expect_same_facts(&fault, facts);
    activations_close(&activations);
}

static void remove_file(const char *path)
{
    remove(path);
}

static void write_other_widths(const char *path)
{
    struct fixture fixture = small_fixture();
    fixture.path = path;
    fixture.width = 1;
    fixture_write(&fixture);
}

/* Overwrites the first chunk, which is compressed. */
static void damage_chunk(const char *path)
{
    haddr_t address = 0;
    hsize_t size = 0;
    hsize_t offset[2];
    unsigned mask = 0;
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t dataset = H5Dopen2(file, layer_path, H5P_DEFAULT);
    hid_t space = H5Dget_space(dataset);
    H5Dget_chunk_info(dataset, space, 0, offset, &mask, &address, &size);
    H5Sclose(space);
    H5Dclose(dataset);
    H5Fclose(file);
    FILE *bytes = fopen(path, "r+b");
    fseek(bytes, (long)address, SEEK_SET);
    fputs("not deflated", bytes);
    fclose(bytes);
}

/* Overwrites what says where the chunks are: all nodes of trees of chunks. */
static void damage_index(const char *path)
{
    static const char node[] = {'T', 'R', 'E', 'E', 1};
    FILE *bytes = fopen(path, "r+b");
    static char text[1 << 20];
    const size_t size = fread(text, 1, sizeof text, bytes);
    for (size_t k = 0; k + sizeof node <= size; k++)
        if (memcmp(text + k, node, sizeof node) == 0)
            memset(text + k, '?', sizeof node);
    rewind(bytes);
    fwrite(text, 1, size, bytes);
    fclose(bytes);
}

static void test_reading(void)
{
    struct fixture chunked = small_fixture();
    chunked.chunk_rows = 6;
    chunked.chunk_columns = 5;
    struct fixture compressed = small_fixture();
    compressed.chunk_rows = 6;
    compressed.chunk_columns = 5;
    compressed.gzip = 4;
    read_refuses(small_fixture(), remove_file, "bad.h5: cannot be opened on rank 0: No such file");
    read_refuses(small_fixture(), write_other_widths, PLACE ": changed since the start");
    read_refuses(compressed, damage_chunk, PLACE ": cannot be read: |damaged");
    read_refuses(chunked, damage_index, PLACE ": cannot be read: |damaged");
}

/* Rows out of order are a fault of the program, not of the input. */
static void test_wrong_rows(void)
{
    static const int64_t bad[][2] = {{3, 3}, {4, 3}, {-1, 3}, {3, 20}};
    struct activations_selection selection = {0};
    struct activations *activations = NULL;
    struct fault fault = {0};
    struct fixture fixture = small_fixture();
    double values[10];
    if (world_rank() == 0)
        fixture_write(&fixture);
    MPI_Barrier(MPI_COMM_WORLD);
    CU_ASSERT_EQUAL_FATAL(
        activations_open(fixture.path, &selection, MPI_COMM_WORLD, &activations, &fault), 0);
    for (int k = 0; k < 4; k++) {
        fault.status = 0;
        int status =
            activations_read(activations, 0, 1, bad[k], world_rank() == 0 ? 2 : 0, values, &fault);
        CU_ASSERT_EQUAL(status, EXIT_SYSTEM);
        CU_ASSERT(strstr(fault.text, "rows must increase within 0 to 19") != NULL);
    }
    activations_close(&activations);
}

/* --- memory --- */

/* Opens, reads and closes with the k-th allocation failing on one rank. Returns whether it failed.
 */
static bool try_with_failure(int victim, long k)
{
    struct activations_selection selection = {
        {(char *[]){"**"}, 1}, {(char *[]){"every 2"}, 1}, "sample_ids"}; /* numbers like any */
    struct activations *activations = NULL;
    struct fault fault = {0};
    int64_t rows[1] = {5};
    double values[5];
    bool failed = false;
    const char *path = small_fixture().path;

    if (world_rank() == victim)
        failing_memory_arm(k);
    int status = activations_open(path, &selection, MPI_COMM_WORLD, &activations, &fault);
    if (status == 0)
        status = activations_read(activations, 1, 1, rows, 1, values, &fault);
    activations_close(&activations);
    if (world_rank() == victim) {
        CU_ASSERT_EQUAL(failing_memory_disarm(), 0);
        failed = failing_memory.failed;
    }
    MPI_Bcast(&failed, 1, MPI_C_BOOL, victim, MPI_COMM_WORLD);
    CU_ASSERT_EQUAL(status, failed ? EXIT_SYSTEM : EXIT_COMPLETE);
    CU_ASSERT(!failed || strstr(fault.text, "out of memory") != NULL);
    return failed;
}

static void test_short_memory(void)
{
    struct fixture fixture = small_fixture();
    int size = 1;
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (world_rank() == 0)
        fixture_write(&fixture);
    MPI_Barrier(MPI_COMM_WORLD);
    for (int victim = 0; failing_memory_works() && victim < size; victim++) {
        long k = 0;
        while (k < 1000 && try_with_failure(victim, k))
            k++;
        CU_ASSERT(k > 5 && k < 1000);
    }
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"values", test_values},
        {"reading", test_reading},
        {"wrong rows", test_wrong_rows},
        {"short memory", test_short_memory},
    };
    MPI_Init(&argc, &argv);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    scratch = scratch_new();
    int failed = suite_run("unreadable activations", cases, sizeof cases / sizeof *cases);
    scratch_remove(&scratch);
    MPI_Finalize();
    return failed;
}
