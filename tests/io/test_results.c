/* results.h5: what is written comes back, broken files are refused with a reason, and a write that
 * fails leaves nothing behind. */
#include "results.h"
#include "suite.h"

#include <hdf5.h>

#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const starts[] = {"none", "product", "identity, of inputs", NULL};
static const char *const statuses[] = {"unsolved", "converged", "stalled", "failed", NULL};
static const struct results_legend legend = {.starts = starts, .statuses = statuses};

static const char *const odd_names[] = {
    "conv1",      "layer/1.0", "it's \"quoted\"", "back\\slash",
    "two\nlines", "_{x}^2",    "<script>",        "größe ∑ 層",
    "100%",       "",          "a\xff\xfe bytes", "`id` $(id) @macro",
};
static const char *const odd_scalars[] = {"", ".", "..", "%", "a/b", "acc%2F", "train_acc", "x\ty"};

/* A folder of its own for each test, removed with all that is in it. */
static char *folder_new(void)
{
    char template[] = "/tmp/strata-results-XXXXXX";
    return strdup(mkdtemp(template));
}

static int folder_entries(const char *folder)
{
    int count = 0;
    DIR *directory = opendir(folder);
    for (struct dirent *entry; (entry = readdir(directory));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(directory);
    return count;
}

static void folder_remove(char *folder)
{
    char command[256];
    chmod(folder, 0700);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    CU_ASSERT_EQUAL(system(command), 0);
    free(folder);
}

static char *in_folder(const char *folder, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return strdup(path);
}

static void fill_reals(double *values, int64_t count, double first)
{
    for (int64_t k = 0; k < count; k++)
        values[k] = k % 7 == 3 ? NAN : first + 0.1 * (double)k;
}

static void fill_codes(int32_t *values, int64_t count, int modulus)
{
    for (int64_t k = 0; k < count; k++)
        values[k] = (int32_t)(k % modulus) - 1;
}

/* Results of odd names and NaN cells; every number differs from its neighbours. */
static struct results *sample_new(int layers, int checkpoints, int replicates, int scalars)
{
    const struct results shape = {.layer_count = layers,
                                  .checkpoint_count = checkpoints,
                                  .replicate_count = replicates,
                                  .sample_count = 5,
                                  .scalar_count = scalars};
    struct results *r = results_new(&shape);
    int64_t cells = (int64_t)checkpoints * layers * layers;
    for (int k = 0; k < layers; k++)
        r->layers[k] = strdup(odd_names[k % (int)(sizeof odd_names / sizeof *odd_names)]);
    for (int k = 0; k < scalars; k++)
        r->scalars[k] = strdup(odd_scalars[k]);
    for (int t = 0; t < checkpoints; t++) {
        r->checkpoints[t] = strdup(t ? "step \"2\"" : "step_1");
        r->steps[t] = t ? INT64_MAX - checkpoints + t : 0;
        r->contrast[t] = -0.0;
    }
    for (int k = 0; k < replicates * 5; k++)
        r->samples[k] = 3 * k;
    fill_reals(r->loss, cells, 1.0);
    fill_reals(r->distance, cells, 2.0);
    fill_reals(r->boundary_strength, (int64_t)checkpoints * (layers - 1), 3.0);
    fill_reals(r->scalar_values, (int64_t)checkpoints * scalars, 4.0);
    fill_codes(r->status, cells, 5);
    fill_codes(r->segments, (int64_t)checkpoints * layers, 4);
    if (replicates > 1) {
        fill_reals(r->loss_stderr, cells, 5.0);
        fill_reals(r->replicate_loss, replicates * cells, 6.0);
        fill_codes(r->replicate_status, replicates * cells, 6);
    }
    r->configuration = strdup("input:\n  activations: \"a'b.h5\"\n");
    r->versions = strdup("strata 0.1.0, HDF5 1.10.8");
    r->ranks = 4;
    return r;
}

static bool same_bytes(const void *a, const void *b, int64_t bytes)
{
    return memcmp(a, b, (size_t)bytes) == 0;
}

static bool same_texts(char *const *a, char *const *b, int count)
{
    for (int k = 0; k < count; k++)
        if (strcmp(a[k] ? a[k] : "", b[k] ? b[k] : "") != 0)
            return false;
    return true;
}

static void assert_same(const struct results *a, const struct results *b)
{
    int T = a->checkpoint_count;
    int64_t cells = (int64_t)T * a->layer_count * a->layer_count;
    CU_ASSERT_EQUAL_FATAL(a->layer_count, b->layer_count);
    CU_ASSERT_EQUAL_FATAL(a->checkpoint_count, b->checkpoint_count);
    CU_ASSERT_EQUAL_FATAL(a->replicate_count, b->replicate_count);
    CU_ASSERT_EQUAL_FATAL(a->sample_count, b->sample_count);
    CU_ASSERT_EQUAL_FATAL(a->scalar_count, b->scalar_count);
    CU_ASSERT_TRUE(same_texts(a->layers, b->layers, a->layer_count));
    CU_ASSERT_TRUE(same_texts(a->checkpoints, b->checkpoints, T));
    CU_ASSERT_TRUE(same_texts(a->scalars, b->scalars, a->scalar_count));
    CU_ASSERT_TRUE(same_bytes(a->steps, b->steps, T * 8));
    CU_ASSERT_TRUE(same_bytes(a->samples, b->samples, (int64_t)a->replicate_count * 5 * 8));
    CU_ASSERT_TRUE(same_bytes(a->loss, b->loss, cells * 8));
    CU_ASSERT_TRUE(same_bytes(a->loss_stderr, b->loss_stderr, cells * 8));
    CU_ASSERT_TRUE(same_bytes(a->distance, b->distance, cells * 8));
    CU_ASSERT_TRUE(same_bytes(a->status, b->status, cells * 4));
    CU_ASSERT_TRUE(same_bytes(a->segments, b->segments, (int64_t)T * a->layer_count * 4));
    CU_ASSERT_TRUE(same_bytes(a->boundary_strength, b->boundary_strength,
                              (int64_t)T * (a->layer_count - 1) * 8));
    CU_ASSERT_TRUE(same_bytes(a->contrast, b->contrast, T * 8));
    CU_ASSERT_TRUE(
        same_bytes(a->scalar_values, b->scalar_values, (int64_t)T * a->scalar_count * 8));
    CU_ASSERT_TRUE(same_texts(&a->configuration, &b->configuration, 1));
    CU_ASSERT_TRUE(same_texts(&a->model, &b->model, 1));
    CU_ASSERT_EQUAL(a->ranks, b->ranks);
    if (a->replicate_count > 1) {
        CU_ASSERT_TRUE(
            same_bytes(a->replicate_loss, b->replicate_loss, a->replicate_count * cells * 8));
        CU_ASSERT_TRUE(
            same_bytes(a->replicate_status, b->replicate_status, a->replicate_count * cells * 4));
    } else { /* not in the file: copies of what is */
        CU_ASSERT_TRUE(same_bytes(b->replicate_loss, a->loss, cells * 8));
        CU_ASSERT_TRUE(same_bytes(b->replicate_status, a->status, cells * 4));
    }
}

static void round_trip(int layers, int checkpoints, int replicates, int scalars)
{
    struct fault fault = {0};
    struct results *read = NULL;
    struct results *written = sample_new(layers, checkpoints, replicates, scalars);
    char *folder = folder_new();
    char *path = in_folder(folder, "results.h5");
    CU_ASSERT_EQUAL(results_write(written, &legend, path, &fault), 0);
    CU_ASSERT_EQUAL(results_read(path, &read, &fault), 0);
    CU_ASSERT_STRING_EQUAL(fault.text, "");
    CU_ASSERT_PTR_NOT_NULL_FATAL(read);
    assert_same(written, read);
    CU_ASSERT_STRING_EQUAL(results_name(read->starts, 2), "identity, of inputs");
    CU_ASSERT_STRING_EQUAL(results_name(read->statuses, 3), "failed");
    CU_ASSERT_PTR_NULL(results_name(read->statuses, 4));
    CU_ASSERT_PTR_NULL(results_name(read->statuses, -1));
    CU_ASSERT_EQUAL(folder_entries(folder), 1);
    results_destroy(&read);
    results_destroy(&written);
    CU_ASSERT_PTR_NULL(read);
    free(path);
    folder_remove(folder);
}

static void test_round_trip(void)
{
    round_trip(12, 3, 1, 8);
    round_trip(12, 3, 3, 8);
    round_trip(5, 1, 1, 0);
    round_trip(2, 1, 3, 1);
    round_trip(1, 1, 1, 0);
}

/* Comparisons with other columns than the layers: their names, axes and datasets of their own. */
static void other_columns(enum results_comparison comparison, int columns, int others)
{
    struct fault fault = {0};
    struct results *read = NULL;
    const struct results shape = {.comparison = comparison,
                                  .layer_count = 3,
                                  .checkpoint_count = 2,
                                  .replicate_count = 2,
                                  .sample_count = 4,
                                  .column_count = columns,
                                  .other_sample_count = others};
    struct results *written = results_new(&shape);
    const int64_t cells = (int64_t)2 * 3 * columns;
    char *folder = folder_new();
    char *path = in_folder(folder, "results.h5");
    CU_ASSERT_PTR_NOT_NULL_FATAL(written);
    for (int k = 0; k < 3; k++) {
        written->layers[k] = strdup("layer");
        written->settled[k] = 100 + k;
    }
    for (int k = 0; k < columns; k++)
        written->columns[k] = strdup(odd_names[k]);
    for (int k = 0; k < 2 * others; k++)
        written->other_samples[k] = 7 * k;
    fill_reals(written->loss, cells, 1);
    fill_reals(written->replicate_loss, 2 * cells, 2);
    fill_reals(written->column_noise_floor, 2 * columns, 3);
    fill_reals(written->noise_floor, 6, 4);
    fill_codes(written->swaps_left, cells, 3);
    CU_ASSERT_EQUAL(results_write(written, &legend, path, &fault), 0);
    CU_ASSERT_EQUAL(results_read(path, &read, &fault), 0);
    CU_ASSERT_STRING_EQUAL(fault.text, "");
    CU_ASSERT_PTR_NOT_NULL_FATAL(read);
    CU_ASSERT_EQUAL(read->comparison, comparison);
    CU_ASSERT_EQUAL(read->column_count, columns);
    CU_ASSERT_EQUAL(read->other_sample_count, others);
    CU_ASSERT_TRUE(same_texts(read->columns, written->columns, columns));
    CU_ASSERT_STRING_EQUAL(results_column(read, columns - 1), odd_names[columns - 1]);
    CU_ASSERT_TRUE(same_bytes(read->other_samples, written->other_samples, 2L * others * 8));
    CU_ASSERT_TRUE(same_bytes(read->loss, written->loss, cells * 8));
    CU_ASSERT_TRUE(same_bytes(read->replicate_loss, written->replicate_loss, 2 * cells * 8));
    CU_ASSERT_TRUE(same_bytes(read->noise_floor, written->noise_floor, 6L * 8));
    CU_ASSERT_TRUE(same_bytes(read->swaps_left, written->swaps_left, cells * 4));
    if (comparison == RESULTS_ACROSS) {
        CU_ASSERT_TRUE(same_bytes(read->settled, written->settled, 3L * 8));
    } else {
        const int64_t bytes = 2L * columns * 8;
        CU_ASSERT_TRUE(same_bytes(read->column_noise_floor, written->column_noise_floor, bytes));
    }
    results_destroy(&read);
    results_destroy(&written);
    free(path);
    folder_remove(folder);
}

static void test_other_columns(void)
{
    other_columns(RESULTS_AGAINST, 5, 6);
    other_columns(RESULTS_AGAINST, 1, 4);
    other_columns(RESULTS_ACROSS, 2, 0);
}

static char *file_bytes(const char *path, long *size)
{
    FILE *file = fopen(path, "rb");
    fseek(file, 0, SEEK_END);
    *size = ftell(file);
    rewind(file);
    char *bytes = malloc((size_t)*size);
    CU_ASSERT_EQUAL(fread(bytes, 1, (size_t)*size, file), (size_t)*size);
    fclose(file);
    return bytes;
}

/* The same content gives the same bytes: written twice, and written again after reading. */
static void test_same_bytes(void)
{
    struct fault fault = {0};
    long sizes[3] = {0};
    char *bytes[3] = {NULL};
    struct results *results = sample_new(6, 4, 2, 5);
    struct results *read = NULL;
    char *folder = folder_new();
    const char *const names[] = {"a.h5", "b.h5", "c.h5"};
    for (int k = 0; k < 3; k++) {
        char *path = in_folder(folder, names[k]);
        CU_ASSERT_EQUAL(results_write(k < 2 ? results : read, k < 2 ? &legend : NULL, path, &fault),
                        0);
        if (k == 1)
            CU_ASSERT_EQUAL_FATAL(results_read(path, &read, &fault), 0);
        bytes[k] = file_bytes(path, &sizes[k]);
        if (k == 0)
            sleep(1); /* time stamps of HDF5 count seconds */
        free(path);
    }
    for (int k = 1; k < 3; k++)
        CU_ASSERT_TRUE(sizes[k] == sizes[0] && same_bytes(bytes[k], bytes[0], sizes[0]));
    for (int k = 0; k < 3; k++)
        free(bytes[k]);
    results_destroy(&results);
    results_destroy(&read);
    folder_remove(folder);
}

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
    replace_attribute(path, "strata_version", H5T_NATIVE_INT, &(int){2});
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
    refuse(damage_version, "results of version 2; this program reads version 1");
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

/* The disk fills up after `limit` bytes: EXIT_SYSTEM, and neither file nor temporary stays. */
static void write_limited(rlim_t limit)
{
    struct fault fault = {0};
    struct rlimit old;
    struct results *results = sample_new(12, 12, 2, 3);
    char *folder = folder_new();
    char *path = in_folder(folder, "results.h5");
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){limit, old.rlim_max});
    int status = results_write(results, &legend, path, &fault);
    setrlimit(RLIMIT_FSIZE, &old);
    CU_ASSERT_EQUAL(status, EXIT_SYSTEM);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, path));
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "File too large"));
    if (!strstr(fault.text, "File too large"))
        printf("\n    at %ld: %s\n", (long)limit, fault.text);
    CU_ASSERT_EQUAL(folder_entries(folder), 0);
    /* and the library is still usable */
    fault = (struct fault){0};
    CU_ASSERT_EQUAL(results_write(results, &legend, path, &fault), 0);
    CU_ASSERT_EQUAL(folder_entries(folder), 1);
    results_destroy(&results);
    free(path);
    folder_remove(folder);
}

static void test_disk_full(void)
{
    static const rlim_t limits[] = {0, 96, 4096, 20000, 60000, 150000, 200000};
    for (size_t k = 0; k < sizeof limits / sizeof *limits; k++)
        write_limited(limits[k]);
}

static void test_unwritable(void)
{
    struct fault fault = {0};
    struct results *results = sample_new(3, 1, 1, 0);
    char *folder = folder_new();
    char *missing = in_folder(folder, "absent/results.h5");
    CU_ASSERT_EQUAL(results_write(results, &legend, missing, &fault), EXIT_SYSTEM);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, missing));
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "No such file or directory"));

    /* a folder in the way of the rename: the temporary is there by then, and must go */
    char *taken = in_folder(folder, "results.h5");
    fault = (struct fault){0};
    mkdir(taken, 0700);
    CU_ASSERT_EQUAL(results_write(results, &legend, taken, &fault), EXIT_SYSTEM);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "Is a directory"));
    CU_ASSERT_EQUAL(folder_entries(folder), 1);
    results_destroy(&results);
    free(missing);
    free(taken);
    folder_remove(folder);
}

/* A failed write leaves the file that was there. */
static void test_keeps_old(void)
{
    struct fault fault = {0};
    struct rlimit old;
    struct results *small = sample_new(3, 1, 1, 0);
    struct results *large = sample_new(12, 12, 1, 0);
    struct results *read = NULL;
    char *folder = folder_new();
    char *path = in_folder(folder, "results.h5");
    CU_ASSERT_EQUAL(results_write(small, &legend, path, &fault), 0);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){50000, old.rlim_max});
    CU_ASSERT_EQUAL(results_write(large, &legend, path, &fault), EXIT_SYSTEM);
    setrlimit(RLIMIT_FSIZE, &old);
    fault = (struct fault){0};
    CU_ASSERT_EQUAL(results_read(path, &read, &fault), 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(read);
    assert_same(small, read);
    results_destroy(&read);
    results_destroy(&small);
    results_destroy(&large);
    free(path);
    folder_remove(folder);
}

static void test_inspect(void)
{
    struct fault fault = {0};
    struct results *results = sample_new(12, 2, 2, 3);
    char *folder = folder_new();
    char *path = in_folder(folder, "results.h5");
    char *printed = in_folder(folder, "printed");
    CU_ASSERT_EQUAL(results_write(results, &legend, path, &fault), 0);
    fflush(stdout);
    int saved = dup(STDOUT_FILENO);
    CU_ASSERT_PTR_NOT_NULL_FATAL(freopen(printed, "w", stdout));
    int status = results_inspect(path, &fault);
    fflush(stdout);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    CU_ASSERT_EQUAL(status, 0);

    long size = 0;
    char *bytes = file_bytes(printed, &size);
    bytes[size - 1] = '\0';
    CU_ASSERT_PTR_NOT_NULL(strstr(bytes, "/gw/replicates/loss"));
    CU_ASSERT_PTR_NOT_NULL(strstr(bytes, "[R=2, T=2, L=12, L=12], metric^2"));
    CU_ASSERT_PTR_NOT_NULL(strstr(bytes, "converged"));
    CU_ASSERT_PTR_NOT_NULL(strstr(bytes, "two?lines"));
    CU_ASSERT_EQUAL(results_inspect(printed, &fault), EXIT_INPUT);
    free(bytes);
    free(printed);
    free(path);
    results_destroy(&results);
    folder_remove(folder);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"other columns than the layers", test_other_columns},
        {"what is written comes back", test_round_trip},
        {"same content, same bytes", test_same_bytes},
        {"broken files are refused", test_refuses},
        {"a file cut anywhere is refused", test_cut_anywhere},
        {"a full disk leaves nothing", test_disk_full},
        {"an unwritable place leaves nothing", test_unwritable},
        {"a failed write keeps the old file", test_keeps_old},
        {"inspect prints", test_inspect},
    };
    return suite_run("results", cases, (int)(sizeof cases / sizeof *cases));
}
