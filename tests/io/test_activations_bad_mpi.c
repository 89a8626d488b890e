/* Activations that are not as they should be: every defect gives EXIT_INPUT with the same message
 * on all ranks, which says where it is, what was expected and what was found; and memory that is
 * short on one rank is an error on all, without a hang and without a leak. */
#include "activations.h"
#include "activations_fixture.h"
#include "failing_memory.h"
#include "scratch.h"
#include "suite.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const two_layers[] = {"conv1", "fc", NULL};

static struct scratch scratch;

static int world_rank(void)
{
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    return rank;
}

static const char *scratch_path(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", scratch.path, name);
    return path;
}

/* Three checkpoints at steps 0, 10, 20 with two layers of 20 x 4 and 20 x 5 values. */
static struct fixture small_fixture(void)
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

/* All facts, "|" between them, are in the message, which is one line and the same on all ranks. */
static void expect_facts(const struct fault *fault, const char *facts)
{
    char copy[512];
    struct fault root = *fault;
    snprintf(copy, sizeof copy, "%s", facts);
    CU_ASSERT_EQUAL(fault->status, EXIT_INPUT);
    for (char *fact = strtok(copy, "|"); fact != NULL; fact = strtok(NULL, "|")) {
        CU_ASSERT(strstr(fault->text, fact) != NULL);
        if (strstr(fault->text, fact) == NULL)
            fprintf(stderr, "\n  no \"%s\" in: %s\n", fact, fault->text);
    }
    CU_ASSERT(strchr(fault->text, '\n') == NULL);
    MPI_Bcast(&root, (int)sizeof root, MPI_BYTE, 0, MPI_COMM_WORLD);
    CU_ASSERT_STRING_EQUAL(fault->text, root.text);
    if (getenv("STRATA_SHOW_MESSAGES") != NULL && world_rank() == 0)
        fprintf(stderr, "\n    %s", fault->text);
}

static void open_refuses(const char *pattern, const struct activations_selection *selection,
                         const char *facts)
{
    struct activations *activations = NULL;
    struct fault fault = {0};
    MPI_Barrier(MPI_COMM_WORLD); /* rank 0 has written the file */
    activations_open(pattern, selection, MPI_COMM_WORLD, &activations, &fault);
    CU_ASSERT_PTR_NULL(activations);
    expect_facts(&fault, facts);
    activations_close(&activations);
}

/* Writes a good file, lets rank 0 damage it, and expects the facts. */
static void damage_refuses(void (*damage)(hid_t file), const char *facts)
{
    struct activations_selection selection = {0};
    struct fixture fixture = small_fixture();
    if (world_rank() == 0) {
        fixture_write(&fixture);
        hid_t file = H5Fopen(fixture.path, H5F_ACC_RDWR, H5P_DEFAULT);
        damage(file);
        H5Fclose(file);
    }
    open_refuses(fixture.path, &selection, facts);
}

/* Replaces a dataset by one of this type and shape, its values all zero. */
static void replace(hid_t file, const char *path, hid_t type, int rank, const hsize_t *dims)
{
    hsize_t total = 1;
    hid_t space = rank > 0 ? H5Screate_simple(rank, dims, NULL) : H5Screate(H5S_SCALAR);
    for (int k = 0; k < rank; k++)
        total *= dims[k];
    if (H5Lexists(file, path, H5P_DEFAULT) > 0)
        H5Ldelete(file, path, H5P_DEFAULT);
    hid_t dataset = H5Dcreate2(file, path, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    void *zeros = calloc((size_t)total + 1, H5Tget_size(type));
    if (total > 0)
        H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, zeros);
    free(zeros);
    H5Dclose(dataset);
    H5Sclose(space);
}

/* --- files --- */

static void write_bytes(const char *path, const char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    fwrite(bytes, 1, size, file);
    fclose(file);
}

static void test_files(void)
{
    struct activations_selection selection = {0};
    const char *path = scratch_path("none.h5");
    open_refuses(path, &selection, "none.h5: cannot open the activations: No such file");
    path = scratch_path("none-*.h5");
    open_refuses(path, &selection,
                 "none-*.h5: no file matches this pattern|the folder that you start in");
    open_refuses(scratch.path, &selection, "found a folder|/*.h5");
    open_refuses("/dev/null", &selection, "/dev/null: |not a regular file");

    path = scratch_path("empty.h5");
    if (world_rank() == 0)
        write_bytes(path, "", 0);
    open_refuses(path, &selection, "empty.h5: expected an activations file, found an empty file");
    path = scratch_path("text.h5");
    if (world_rank() == 0)
        write_bytes(path, "epoch,loss\n0,1\n", 15);
    open_refuses(path, &selection, "text.h5: not an HDF5 file");
    path = scratch_path("header.h5");
    if (world_rank() == 0)
        write_bytes(path, "\x89HDF\r\n\x1a\n then noise", 20);
    open_refuses(path, &selection, "header.h5: HDF5 cannot open the file: ");
    path = scratch_path("loop.h5");
    if (world_rank() == 0)
        CU_ASSERT_EQUAL(symlink(path, path), 0);
    open_refuses(path, &selection, "loop.h5: cannot open the activations: Too many levels");
    if (world_rank() == 0)
        unlink(path);
}

static void test_truncated(void)
{
    struct activations_selection selection = {0};
    struct fixture fixture = small_fixture();
    struct stat status = {0};
    for (int part = 1; part < 8; part++) {
        if (world_rank() == 0) {
            fixture_write(&fixture);
            CU_ASSERT_EQUAL(stat(fixture.path, &status), 0);
            CU_ASSERT_EQUAL(truncate(fixture.path, status.st_size * part / 8), 0);
        }
        open_refuses(fixture.path, &selection, "bad.h5: HDF5 cannot open the file: |truncated");
    }
}

/* --- what a file says about itself --- */

static void no_format(hid_t file)
{
    H5Adelete(file, "strata_format");
}
static void other_format(hid_t file)
{
    H5Adelete(file, "strata_format");
    fixture_text(file, "strata_format", "results");
}
static void number_as_format(hid_t file)
{
    H5Adelete(file, "strata_format");
    fixture_integer(file, "strata_format", 1);
}
static void no_version(hid_t file)
{
    H5Adelete(file, "strata_version");
}
static void newer_version(hid_t file)
{
    H5Adelete(file, "strata_version");
    fixture_integer(file, "strata_version", 2);
}
static void no_layers(hid_t file)
{
    H5Ldelete(file, "layers", H5P_DEFAULT);
}
static void numbers_as_layers(hid_t file)
{
    hsize_t dims[1] = {3};
    replace(file, "layers", H5T_NATIVE_INT, 1, dims);
}
static void replace_layers(hid_t file, const char *const *layers, int count)
{
    H5Ldelete(file, "layers", H5P_DEFAULT);
    fixture_strings(file, "layers", layers, count, 0);
}
static void zero_layers(hid_t file)
{
    replace_layers(file, two_layers, 0);
}
static void layer_twice(hid_t file)
{
    replace_layers(file, (const char *const[]){"fc", "conv1", "fc"}, 3);
}
static void nameless_layer(hid_t file)
{
    replace_layers(file, (const char *const[]){"fc", ""}, 2);
}
static void absolute_layer(hid_t file)
{
    replace_layers(file, (const char *const[]){"/layers"}, 1);
}
static void wrong_ids(hid_t file)
{
    H5Ldelete(file, "sample_ids", H5P_DEFAULT);
    fixture_ids(file, 0, 19);
}
static void real_ids(hid_t file)
{
    hsize_t dims[1] = {20};
    replace(file, "sample_ids", H5T_NATIVE_DOUBLE, 1, dims);
}
static void group_as_ids(hid_t file)
{
    H5Ldelete(file, "sample_ids", H5P_DEFAULT);
    H5Gclose(H5Gcreate2(file, "sample_ids", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
}

static void test_header(void)
{
    damage_refuses(no_format, "bad.h5: expected the attribute strata_format=\"activations\"|none");
    damage_refuses(other_format, "strata_format=\"activations\", found \"results\"");
    damage_refuses(number_as_format, "strata_format=\"activations\"");
    damage_refuses(no_version, "strata_version=1, found none");
    damage_refuses(newer_version, "strata_version=1, found 2|update Strata");
    damage_refuses(no_layers, "bad.h5: /layers: expected a list of names|no such dataset");
    damage_refuses(numbers_as_layers, "/layers: expected|does not hold strings");
    damage_refuses(zero_layers, "/layers: expected names of layers, found none");
    damage_refuses(layer_twice, "/layers: \"fc\" stands there twice");
    damage_refuses(nameless_layer, "/layers: entry 1: expected the name of a layer, found \"\"");
    damage_refuses(absolute_layer, "/layers: entry 0: expected the name of a layer, found \"/lay");
    damage_refuses(wrong_ids, "/sample_ids: expected 20 ids, one for each row|found 19");
    damage_refuses(real_ids, "/sample_ids: expected a list of integers or strings");
    damage_refuses(group_as_ids, "/sample_ids: expected a dataset");
}

/* --- checkpoints --- */

static void no_checkpoints(hid_t file)
{
    H5Ldelete(file, "checkpoints", H5P_DEFAULT);
}
static void empty_checkpoints(hid_t file)
{
    H5Ldelete(file, "checkpoints", H5P_DEFAULT);
    H5Gclose(H5Gcreate2(file, "checkpoints", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
}
static void no_step(hid_t file)
{
    H5Adelete_by_name(file, "checkpoints/step-10", "step", H5P_DEFAULT);
}
static void real_step(hid_t file)
{
    no_step(file);
    hid_t group = H5Gopen2(file, "checkpoints/step-10", H5P_DEFAULT);
    fixture_real(group, "step", 10);
    H5Gclose(group);
}
static void same_step(hid_t file)
{
    no_step(file);
    hid_t group = H5Gopen2(file, "checkpoints/step-10", H5P_DEFAULT);
    fixture_integer(group, "step", 20);
    H5Gclose(group);
}
static void dataset_as_checkpoint(hid_t file)
{
    hsize_t dims[2] = {2, 2};
    replace(file, "checkpoints/stray", H5T_NATIVE_FLOAT, 2, dims);
}
static void looping_checkpoint(hid_t file)
{
    H5Lcreate_soft("/checkpoints/a", file, "checkpoints/b", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/checkpoints/b", file, "checkpoints/a", H5P_DEFAULT, H5P_DEFAULT);
}
static void outside_checkpoint(hid_t file)
{
    H5Lcreate_external("absent.h5", "/x", file, "checkpoints/out", H5P_DEFAULT, H5P_DEFAULT);
}

static void test_checkpoints(void)
{
    damage_refuses(no_checkpoints, "bad.h5: /checkpoints: expected a group, found none");
    damage_refuses(empty_checkpoints, "/checkpoints: expected a group per checkpoint, found none");
    damage_refuses(no_step, "bad.h5: checkpoint \"step-10\": expected the attribute step|found no");
    damage_refuses(real_step, "checkpoint \"step-10\": expected the attribute step, one integer");
    damage_refuses(same_step, "\"step-10\"|\"step-20\"|step 20|its own step");
    damage_refuses(dataset_as_checkpoint, "/checkpoints: \"stray\": expected a group, found");
    damage_refuses(looping_checkpoint, "/checkpoints: \"a\": expected a group, found: too many");
    damage_refuses(outside_checkpoint, "/checkpoints: \"out\": expected a group, found: ");
}

/* --- layers --- */

#define PLACE "bad.h5: checkpoint \"step-10\", layer \"fc\""
static const char layer_path[] = "checkpoints/step-10/fc";

static void missing_layer(hid_t file)
{
    H5Ldelete(file, layer_path, H5P_DEFAULT);
}
static void group_as_layer(hid_t file)
{
    missing_layer(file);
    H5Gclose(H5Gcreate2(file, layer_path, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
}
static void looping_layer(hid_t file)
{
    missing_layer(file);
    H5Lcreate_soft("/checkpoints/step-10/fc", file, layer_path, H5P_DEFAULT, H5P_DEFAULT);
}
static void integer_layer(hid_t file)
{
    hsize_t dims[2] = {20, 5};
    replace(file, layer_path, H5T_STD_I32LE, 2, dims);
}
static void string_layer(hid_t file)
{
    hsize_t dims[2] = {20, 5};
    replace(file, layer_path, H5T_C_S1, 2, dims);
}
static void long_layer(hid_t file)
{
    hsize_t dims[2] = {20, 5};
    replace(file, layer_path, H5T_NATIVE_LDOUBLE, 2, dims);
}
static void scalar_layer(hid_t file)
{
    replace(file, layer_path, H5T_NATIVE_FLOAT, 0, NULL);
}
static void flat_layer(hid_t file)
{
    hsize_t dims[1] = {20};
    replace(file, layer_path, H5T_NATIVE_FLOAT, 1, dims);
}
static void layer_without_columns(hid_t file)
{
    hsize_t dims[2] = {20, 0};
    replace(file, layer_path, H5T_NATIVE_FLOAT, 2, dims);
}
static void layer_of_other_rows(hid_t file)
{
    hsize_t dims[2] = {21, 5};
    replace(file, layer_path, H5T_NATIVE_FLOAT, 2, dims);
}

/* A dataset that was created, and of which the first `rows` rows were written. */
static void unfinished_layer(hid_t file, hsize_t chunk_rows, hsize_t rows)
{
    hsize_t dims[2] = {20, 5};
    hsize_t chunk[2] = {chunk_rows, 5};
    hsize_t part[2] = {rows, 5};
    hsize_t origin[2] = {0, 0};
    float values[100] = {0};
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    if (chunk_rows > 0)
        H5Pset_chunk(creation, 2, chunk);
    H5Ldelete(file, layer_path, H5P_DEFAULT);
    hid_t space = H5Screate_simple(2, dims, NULL);
    hid_t dataset =
        H5Dcreate2(file, layer_path, H5T_NATIVE_FLOAT, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    if (rows > 0) {
        hid_t memory = H5Screate_simple(2, part, NULL);
        H5Sselect_hyperslab(space, H5S_SELECT_SET, origin, NULL, part, NULL);
        H5Dwrite(dataset, H5T_NATIVE_FLOAT, memory, space, H5P_DEFAULT, values);
        H5Sclose(memory);
    }
    H5Dclose(dataset);
    H5Sclose(space);
    H5Pclose(creation);
}
static void unwritten_layer(hid_t file)
{
    unfinished_layer(file, 0, 0);
}
static void half_written_layer(hid_t file)
{
    unfinished_layer(file, 4, 8);
}

static void test_layers(void)
{
    damage_refuses(missing_layer, PLACE ": expected a dataset of activations, found none|export");
    damage_refuses(group_as_layer, PLACE ": expected a dataset of activations|cannot be opened");
    damage_refuses(looping_layer, PLACE ": expected a dataset of activations|too many");
    damage_refuses(integer_layer, PLACE ": expected floating-point values, found integers|float32");
    damage_refuses(string_layer, PLACE ": expected floating-point values, found strings");
    damage_refuses(long_layer, PLACE ": expected float16, float32 or float64, found 16-byte");
    damage_refuses(scalar_layer, PLACE ": expected the shape [rows, width...], found 0 dimensions");
    damage_refuses(flat_layer, PLACE ": expected the shape [rows, width...], found 1 dimension");
    damage_refuses(layer_without_columns,
                   PLACE ": expected at least one row and one column, found 20 x 0");
    damage_refuses(layer_of_other_rows, PLACE ": expected 20 rows as in|\"step-0\"|found 21");
    damage_refuses(unwritten_layer, PLACE ": expected activations|made but not written to its end");
    damage_refuses(half_written_layer,
                   PLACE ": expected activations|made but not written to its end");
}

/* --- several files --- */

static void two_files_refuse(void (*change)(struct fixture *second), const char *facts)
{
    struct activations_selection selection = {0};
    struct fixture fixture = small_fixture();
    char path[512];
    if (world_rank() == 0) {
        snprintf(path, sizeof path, "%s", scratch_path("two-a.h5"));
        fixture.path = path;
        fixture_write(&fixture);
        snprintf(path, sizeof path, "%s", scratch_path("two-b.h5"));
        fixture.first_step = 1000;
        change(&fixture);
        fixture_write(&fixture);
    }
    open_refuses(scratch_path("two-*.h5"), &selection, facts);
}

static void other_ids(struct fixture *second)
{
    second->ids_from = 1;
}
static void other_steps(struct fixture *second)
{
    second->first_step = 20;
}
static void other_layer(struct fixture *second)
{
    static const char *const layers[] = {"conv1", "fc2", NULL};
    second->layers = layers;
}
static void fewer_layers(struct fixture *second)
{
    static const char *const layers[] = {"conv1", NULL};
    second->layers = layers;
}
static void fewer_rows(struct fixture *second)
{
    second->rows = 19;
    second->ids_from = -1;
}

static void test_several_files(void)
{
    two_files_refuse(other_ids, "two-b.h5: /sample_ids: expected the same 20 ids as in|two-a.h5");
    two_files_refuse(other_steps, "\"step-20\" has step 20|two-a.h5|two-b.h5");
    two_files_refuse(other_layer, "two-b.h5: /layers: entry 1: expected \"fc\" as in|\"fc2\"");
    two_files_refuse(fewer_layers, "two-b.h5: /layers: expected the same 2 layers|found 1");
    two_files_refuse(fewer_rows, "two-b.h5: checkpoint \"step-1000\"|20 rows as in|found 19");
}

/* --- selections --- */

static void selection_refuses(const char *layer, const char *checkpoint, const char *facts)
{
    char *names[2] = {(char *)layer, (char *)checkpoint};
    struct activations_selection selection = {
        {&names[0], layer != NULL}, {&names[1], checkpoint != NULL}, NULL};
    struct fixture fixture = small_fixture();
    if (world_rank() == 0)
        fixture_write(&fixture);
    open_refuses(fixture.path, &selection, facts);
}

static void test_selections(void)
{
    selection_refuses("cnov1", NULL,
                      "input.layers: \"cnov1\" matches no layer|nearest name: \"conv1\"");
    selection_refuses("zz*", NULL, "input.layers: \"zz*\"|the first layer is: \"conv1\"");
    selection_refuses("!zz", NULL, "input.layers: \"!zz\" matches no layer");
    selection_refuses("!**", NULL, "input.layers: no layer is left");
    selection_refuses("a\nb", NULL, "input.layers: \"a\\nb\" matches no layer");
    selection_refuses(NULL, "11",
                      "input.checkpoints: no checkpoint has step 11|nearest: 10|0 to 20");
    selection_refuses(NULL, "lst", "input.checkpoints: expected all|found \"lst\"");
    selection_refuses(NULL, "1.5", "input.checkpoints: expected|found \"1.5\"");
    selection_refuses(NULL, "every 0", "input.checkpoints: expected|found \"every 0\"");
    selection_refuses(NULL, "99999999999999999999", "input.checkpoints: expected");
}

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
    expect_facts(&fault, facts);
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
    expect_facts(&fault, PLACE ", row 13, column 3: |found minus infinity");
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
    expect_facts(&fault, facts);
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
        {"files", test_files},
        {"truncated files", test_truncated},
        {"header", test_header},
        {"checkpoints", test_checkpoints},
        {"layers", test_layers},
        {"several files", test_several_files},
        {"selections", test_selections},
        {"values", test_values},
        {"reading", test_reading},
        {"wrong rows", test_wrong_rows},
        {"short memory", test_short_memory},
    };
    MPI_Init(&argc, &argv);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    scratch = scratch_new();
    int failed = suite_run("bad activations", cases, sizeof cases / sizeof *cases);
    scratch_remove(&scratch);
    MPI_Finalize();
    return failed;
}
