/* results.h5: what is written comes back, and a write that fails leaves nothing behind. */
#include "results_fixture.h"

#include <signal.h>
#include <sys/resource.h>

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
    CU_ASSERT_TRUE(same_bytes(a->nearest, b->nearest, T * 4));
    CU_ASSERT_TRUE(same_bytes(a->nearest_strength, b->nearest_strength, T * 8));
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
        {"a full disk leaves nothing", test_disk_full},
        {"an unwritable place leaves nothing", test_unwritable},
        {"a failed write keeps the old file", test_keeps_old},
        {"inspect prints", test_inspect},
    };
    return suite_run("results", cases, (int)(sizeof cases / sizeof *cases));
}
