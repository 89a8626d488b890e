/* Results to write and read, and folders for them. */
#ifndef STRATA_RESULTS_FIXTURE_H
#define STRATA_RESULTS_FIXTURE_H

#include "results.h"
#include "suite.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
static inline char *folder_new(void)
{
    char template[] = "/tmp/strata-results-XXXXXX";
    return strdup(mkdtemp(template));
}

static inline int folder_entries(const char *folder)
{
    int count = 0;
    DIR *directory = opendir(folder);
    for (struct dirent *entry; (entry = readdir(directory));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(directory);
    return count;
}

static inline void folder_remove(char *folder)
{
    char command[256];
    chmod(folder, 0700);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    CU_ASSERT_EQUAL(system(command), 0);
    free(folder);
}

static inline char *in_folder(const char *folder, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return strdup(path);
}

static inline void fill_reals(double *values, int64_t count, double first)
{
    for (int64_t k = 0; k < count; k++)
        values[k] = k % 7 == 3 ? NAN : first + 0.1 * (double)k;
}

static inline void fill_codes(int32_t *values, int64_t count, int modulus)
{
    for (int64_t k = 0; k < count; k++)
        values[k] = (int32_t)(k % modulus) - 1;
}

/* Results of odd names and NaN cells; every number differs from its neighbours. */
static inline struct results *sample_new(int layers, int checkpoints, int replicates, int scalars)
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
    fill_codes(r->nearest, checkpoints, layers);
    fill_reals(r->nearest_strength, checkpoints, 7.0);
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

static inline char *file_bytes(const char *path, long *size)
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

#endif
