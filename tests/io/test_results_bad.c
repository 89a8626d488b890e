/* results.h5 that is broken or foreign is refused with a reason. */
#include "results_fixture.h"

#include <hdf5.h>

/* Writes a good file, lets damage() change it, and demands EXIT_INPUT with path and `expected`. */
static void refuse(void (*damage)(const char *path), const char *expected)
{
    struct fault fault = {0};
    struct results *results = sample_new(4, 2, 2, 2);
    struct results *read = NULL;
    char *folder = folder_new();
    char *path = in_folder(folder, "results.h5");
    CU_ASSERT_EQUAL(results_write(results, &legend, path, &fault), 0);
    damage(path);
    CU_ASSERT_EQUAL(results_read(path, &read, &fault), EXIT_INPUT);
    CU_ASSERT_PTR_NULL(read);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, path));
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, expected));
    if (!strstr(fault.text, expected))
        printf("\n    %s\n    lacks: %s\n", fault.text, expected);
    results_destroy(&results);
    free(path);
    folder_remove(folder);
}

static void damage_remove(const char *path)
{
    unlink(path);
}

static void damage_text(const char *path)
{
    FILE *file = fopen(path, "w");
    fputs("hello\n", file);
    fclose(file);
}

static void damage_empty(const char *path)
{
    CU_ASSERT_EQUAL(truncate(path, 0), 0);
}

static void damage_truncate(const char *path)
{
    struct stat status;
    CU_ASSERT_EQUAL(stat(path, &status), 0);
    CU_ASSERT_EQUAL(truncate(path, status.st_size * 2 / 3), 0);
}

static void damage_folder(const char *path)
{
    unlink(path);
    mkdir(path, 0700);
}

static void replace_attribute(const char *path, const char *name, hid_t type, const void *value)
{
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    H5Adelete(file, name);
    if (value) {
        hid_t space = H5Screate(H5S_SCALAR);
        hid_t attribute = H5Acreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
        H5Awrite(attribute, type, value);
        H5Aclose(attribute);
        H5Sclose(space);
    }
    H5Fclose(file);
}

static void damage_format(const char *path)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    replace_attribute(path, "strata_format", type, &(const char *){"activations"});
    H5Tclose(type);
}

static void damage_no_format(const char *path)
{
    replace_attribute(path, "strata_format", H5T_NATIVE_INT, NULL);
}

static void damage_format_type(const char *path)
{
    replace_attribute(path, "strata_format", H5T_NATIVE_INT, &(int){7});
}

static void damage_version(const char *path)
{
    replace_attribute(path, "strata_version", H5T_NATIVE_INT, &(int){3});
}

static void damage_version_of_before(const char *path)
{
    replace_attribute(path, "strata_version", H5T_NATIVE_INT, &(int){1});
}

static void damage_no_version(const char *path)
{
    replace_attribute(path, "strata_version", H5T_NATIVE_INT, NULL);
}

static void replace_dataset(const char *path, const char *name, hid_t type, int rank,
                            const hsize_t *extents)
{
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    H5Ldelete(file, name, H5P_DEFAULT);
    if (rank > 0) {
        hid_t space = H5Screate_simple(rank, extents, NULL);
        hid_t dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        H5Dclose(dataset);
        H5Sclose(space);
    }
    H5Fclose(file);
}

static void damage_no_dataset(const char *path)
{
    replace_dataset(path, "/gw/loss", H5T_NATIVE_DOUBLE, 0, NULL);
}

static void damage_no_layers(const char *path)
{
    replace_dataset(path, "/layers", H5T_NATIVE_DOUBLE, 0, NULL);
}

static void damage_type(const char *path)
{
    replace_dataset(path, "/gw/distance", H5T_NATIVE_FLOAT, 3, (hsize_t[]){2, 4, 4});
}

static void damage_shape(const char *path)
{
    replace_dataset(path, "/gw/status", H5T_NATIVE_INT32, 3, (hsize_t[]){2, 4, 5});
}

static void damage_rank(const char *path)
{
    replace_dataset(path, "/subnets/segments", H5T_NATIVE_INT32, 1, (hsize_t[]){2});
}

static void damage_replicates(const char *path)
{
    replace_dataset(path, "/gw/replicates/loss", H5T_NATIVE_DOUBLE, 4, (hsize_t[]){3, 2, 4, 4});
}

static void damage_scalar(const char *path)
{
    replace_dataset(path, "/series/scalars/%2E", H5T_NATIVE_DOUBLE, 1, (hsize_t[]){3});
}

static void damage_no_scalar(const char *path)
{
    replace_dataset(path, "/series/scalars/%", H5T_NATIVE_DOUBLE, 0, NULL);
}

static void damage_texts(const char *path)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    replace_dataset(path, "/checkpoints", type, 1, (hsize_t[]){2});
    H5Tclose(type);
}

static void damage_huge(const char *path)
{
    replace_dataset(path, "/steps", H5T_NATIVE_INT64, 1, (hsize_t[]){1ULL << 40});
}

static void damage_no_rows(const char *path)
{
    replace_dataset(path, "/steps", H5T_NATIVE_INT64, 1, (hsize_t[]){0});
}

static void test_refuses(void)
{
    refuse(damage_remove, "No such file");
    refuse(damage_text, "not an HDF5 file");
    refuse(damage_empty, "not an HDF5 file");
    refuse(damage_folder, "not an HDF5 file");
    refuse(damage_truncate, "truncated");
    refuse(damage_format, "expected \"results\", found \"activations\"");
    refuse(damage_no_format, "not a results file");
    refuse(damage_format_type, "not a results file");
    refuse(damage_version, "results of version 3; this program reads version 2");
    refuse(damage_version_of_before, "make them anew with strata run");
    refuse(damage_no_version, "strata_version");
    refuse(damage_no_dataset, "no dataset /gw/loss");
    refuse(damage_no_layers, "no dataset /layers");
    refuse(damage_type, "/gw/distance: expected float64 [T=2, L=4, L=4], found float32 [2, 4, 4]");
    refuse(damage_shape, "/gw/status: expected int32 [T=2, L=4, L=4], found int32 [2, 4, 5]");
    refuse(damage_rank, "/subnets/segments: expected int32 [T=2, L=4], found int32 [2]");
    refuse(damage_replicates, "/gw/replicates/loss: expected float64 [R=2, T=2, L=4, L=4]");
    refuse(damage_scalar, "/series/scalars/%2E: expected float64 [T=2], found float64 [3]");
    refuse(damage_no_scalar, "no dataset /series/scalars/%");
    refuse(damage_texts, "/checkpoints: expected string [T=2], found string of variable width [2]");
    refuse(damage_huge, "/steps: expected int64 [T], found int64 [1099511627776]");
    refuse(damage_no_rows, "/steps: expected int64 [T], found int64 [0]");
}

static void test_cut_anywhere(void)
{
    struct fault fault = {0};
    struct results *results = sample_new(3, 2, 1, 1);
    char *folder = folder_new();
    char *path = in_folder(folder, "results.h5");
    long size = 0;
    CU_ASSERT_EQUAL(results_write(results, &legend, path, &fault), 0);
    char *bytes = file_bytes(path, &size);
    for (long cut = 0; cut < size; cut += 509) {
        struct results *read = NULL;
        fault = (struct fault){0};
        FILE *file = fopen(path, "wb");
        CU_ASSERT_EQUAL(fwrite(bytes, 1, (size_t)cut, file), (size_t)cut);
        fclose(file);
        CU_ASSERT_EQUAL(results_read(path, &read, &fault), EXIT_INPUT);
        CU_ASSERT_PTR_NULL(read);
    }
    free(bytes);
    free(path);
    results_destroy(&results);
    folder_remove(folder);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"broken files are refused", test_refuses},
        {"a file cut anywhere is refused", test_cut_anywhere},
    };
    return suite_run("results, bad", cases, (int)(sizeof cases / sizeof *cases));
}
