/* Activations that cannot be opened: what is wrong with a file, or with several together. What is
 * found only while reading is in test_activations_unreadable_mpi.c. */
#include "bad_activations.h"

#include <sys/stat.h>
#include <unistd.h>

static void open_refuses(const char *pattern, const struct activations_selection *selection,
                         const char *facts)
{
    struct activations *activations = NULL;
    struct fault fault = {0};
    MPI_Barrier(MPI_COMM_WORLD); /* rank 0 has written the file */
    activations_open(pattern, selection, MPI_COMM_WORLD, &activations, &fault);
    CU_ASSERT_PTR_NULL(activations);
    expect_same_facts(&fault, facts);
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
    selection_refuses("cnov1", NULL, "layers: \"cnov1\" matches no layer|nearest name: \"conv1\"");
    selection_refuses("zz*", NULL, "layers: \"zz*\"|the first layer is: \"conv1\"");
    selection_refuses("!zz", NULL, "layers: \"!zz\" matches no layer");
    selection_refuses("!**", NULL, "layers: no layer is left");
    selection_refuses("a\nb", NULL, "layers: \"a\\nb\" matches no layer");
    selection_refuses(NULL, "11", "checkpoints: no checkpoint has step 11|nearest: 10|0 to 20");
    selection_refuses(NULL, "lst", "checkpoints: expected all|found \"lst\"");
    selection_refuses(NULL, "1.5", "checkpoints: expected|found \"1.5\"");
    selection_refuses(NULL, "every 0", "checkpoints: expected|found \"every 0\"");
    selection_refuses(NULL, "99999999999999999999", "checkpoints: expected");
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"files", test_files},           {"truncated files", test_truncated},
        {"header", test_header},         {"checkpoints", test_checkpoints},
        {"layers", test_layers},         {"several files", test_several_files},
        {"selections", test_selections},
    };
    MPI_Init(&argc, &argv);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    scratch = scratch_new();
    int failed = suite_run("bad activations", cases, sizeof cases / sizeof *cases);
    scratch_remove(&scratch);
    MPI_Finalize();
    return failed;
}
