/* Sweeps: which members a configuration describes, what they are called, and their pictures. */
#include "config_sweep.h"
#include "failing_memory.h"
#include "figures.h"
#include "figures_sweep.h"
#include "suite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct settings {
    char *file;
    struct string_list layers;
    int64_t seed;
    double level;
    int distance;
    char *directory;
};

static const char *const distances[] = {"euclidean", "cosine", NULL};

#define AT(member) offsetof(struct settings, member)
static const struct config_key table[] = {
    {"input.activations", CONFIG_STRING, false, NULL, 0, 0, NULL, AT(file), "the file to read"},
    {"input.layers", CONFIG_STRINGS, false, "all", 0, 0, NULL, AT(layers), "which layers"},
    {"sampling.seed", CONFIG_INTEGER, false, "0", 0, 1000, NULL, AT(seed), "of the draw"},
    {"input.level", CONFIG_REAL, false, "0", 0, 1, NULL, AT(level), "of sparsity"},
    {"metric.distance", CONFIG_CHOICE, false, "euclidean", 0, 0, distances, AT(distance), "which"},
    {"output.directory", CONFIG_STRING, true, "out", 0, 0, NULL, AT(directory), "where to"},
    {0}};

static void write_file(char path[32], const char *text)
{
    strcpy(path, "/tmp/strata-sweep-XXXXXX");
    int descriptor = mkstemp(path);
    CU_ASSERT_EQUAL_FATAL(write(descriptor, text, strlen(text)), (ssize_t)strlen(text));
    close(descriptor);
}

static int load(const char *text, struct config_sweep *sweep, struct fault *fault)
{
    char path[32];
    write_file(path, text);
    memset(fault, 0, sizeof *fault);
    int status = config_sweep_load(table, path, sweep, fault);
    CU_ASSERT_EQUAL(status, fault->status);
    unlink(path);
    return status;
}

static void expect_name(const struct config_sweep *sweep, int64_t member, const char *expected)
{
    char *name = config_sweep_name(sweep, member);
    CU_ASSERT_STRING_EQUAL(name, expected);
    free(name);
}

static void test_grid(void)
{
    struct config_sweep sweep;
    struct fault fault;
    CU_ASSERT_EQUAL(
        load("input: {nonsense: is not looked at}\n"
             "sweep: {metric: {distance: [cosine, euclidean]}, sampling.seed: [3, 1, 2]}",
             &sweep, &fault),
        0);
    CU_ASSERT_EQUAL_FATAL(sweep.member_count, 6);
    CU_ASSERT_EQUAL(sweep.axis_count, 2);
    for (int64_t m = 0; m < 6; m++) {
        CU_ASSERT_EQUAL(config_sweep_place(&sweep, 0, m), m / 3);
        CU_ASSERT_EQUAL(config_sweep_place(&sweep, 1, m), m % 3);
    }
    expect_name(&sweep, 0, "distance=cosine_seed=3");
    expect_name(&sweep, 5, "distance=euclidean_seed=2");
    CU_ASSERT_STRING_EQUAL(sweep.keys[1].values[2], "2");
    config_sweep_reset(&sweep);
}

static void test_zip(void)
{
    struct config_sweep sweep;
    struct fault fault;
    CU_ASSERT_EQUAL(
        load("sweep:\n  input.level: [0.5, 1e-3]\n  zip:\n    sampling.seed: [1, 2, 3]\n"
             "    metric.distance: [cosine, cosine, euclidean]\n",
             &sweep, &fault),
        0);
    CU_ASSERT_EQUAL_FATAL(sweep.member_count, 6);
    CU_ASSERT_EQUAL(sweep.axis_count, 2);
    expect_name(&sweep, 4, "level=0.001_seed=2_distance=cosine");
    double numbers[2] = {0, 0};
    CU_ASSERT(sweep_numbers(&sweep.keys[0], numbers));
    CU_ASSERT_EQUAL(numbers[0], 0.5);
    CU_ASSERT(!sweep_numbers(&sweep.keys[2], (double[3]){0}));
    config_sweep_reset(&sweep);
}

/* Paths go by what tells them apart; names of files are safe; the values are what was meant. */
static void test_labels(void)
{
    static const char *const cases[][3] = {
        {"[runs/a/acts.h5, runs/b/acts.h5]", "activations=a", "activations=b"},
        {"[runs/a/*.h5, runs/b-2/*.h5]", "activations=a", "activations=b-2"},
        {"[runs/a.h5, runs/b/*.h5]", "activations=a", "activations=b"},
        {"[a.1.h5, a.2.h5]", "activations=a.1", "activations=a.2"},
        {"[/x/a.h5, /y/a.h5]", "activations=x", "activations=y"},
        {"[a.h5, aa.h5]", "activations=a", "activations=aa"},
        {"[\"it's $HOME `x`\", 'b\"\\c']", "activations=it-s--HOME--x-", "activations=b--c"},
        {"{0.5: x.h5, a label: y.h5}", "activations=0.5", "activations=a-label"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct config_sweep sweep;
        struct fault fault;
        char text[128];
        snprintf(text, sizeof text, "sweep: {input.activations: %s}", cases[k][0]);
        CU_ASSERT_EQUAL_FATAL(load(text, &sweep, &fault), 0);
        expect_name(&sweep, 0, cases[k][1]);
        expect_name(&sweep, 1, cases[k][2]);
        config_sweep_reset(&sweep);
    }
}

/* A value goes through --set unchanged, whatever is in it. */
static void test_values(void)
{
    struct config_sweep sweep;
    struct fault fault;
    struct settings settings = {0};
    char path[32];
    char text[256];
    CU_ASSERT_EQUAL_FATAL(load("sweep: {input.activations: [\"a 'b' \\\"c\\\" \\\\d: [e]\"], "
                               "input.layers: [[x, '!y*']]}",
                               &sweep, &fault),
                          0);
    char *overrides[2] = {text, malloc(256)};
    snprintf(overrides[0], 256, "input.activations=%s", sweep.keys[0].values[0]);
    snprintf(overrides[1], 256, "input.layers=%s", sweep.keys[1].values[0]);
    write_file(path, "sweep: {input.activations: [any]}");
    CU_ASSERT_EQUAL(config_load(table, path, overrides, 2, &settings, &fault), EXIT_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "strata sweep"));
    fault = (struct fault){0};
    CU_ASSERT_EQUAL(config_load_member(table, path, overrides, 2, &settings, &fault), 0);
    CU_ASSERT_STRING_EQUAL(settings.file, "a 'b' \"c\" \\d: [e]");
    CU_ASSERT_EQUAL_FATAL(settings.layers.count, 2);
    CU_ASSERT_STRING_EQUAL(settings.layers.items[1], "!y*");
    unlink(path);
    free(overrides[1]);
    config_reset(table, &settings);
    config_sweep_reset(&sweep);
}

static void test_refused(void)
{
    static const char *const cases[][2] = {
        {"input: {activations: x}", "no section"},
        {"sweep:", "found nothing"},
        {"sweep: {}", "empty"},
        {"sweep: [1]", "found a list"},
        {"sweep: {sampling: {}}", "sampling"},
        {"sweep: {sampling.seeds: [1]}", "nearest known key: sampling.seed"},
        {"sweep: {sampling.seed: []}", "empty"},
        {"sweep: {sampling.seed: 1}", "a list of values"},
        {"sweep: {sampling.seed: [1001]}", "from 0 to 1000"},
        {"sweep: {sampling.seed: [1, 1]}", "values 1 and 2"},
        {"sweep: {input.activations: ['a b', 'a?b']}", "values 1 and 2"},
        {"sweep: {output.directory: [a, b]}", "folder of its own"},
        {"sweep: {zip: {sampling.seed: [1, 2], input.level: [0]}}", "as many values"},
        {"sweep: {zip: {zip: {sampling.seed: [1, 2]}}}", "unknown key"},
        {"sweep: {[a]: 1}", "the name of a key"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct config_sweep sweep;
        struct fault fault;
        CU_ASSERT_EQUAL(load(cases[k][0], &sweep, &fault), EXIT_INPUT);
        CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, cases[k][1]));
        if (!strstr(fault.text, cases[k][1]))
            printf("\n    %s\n    said: %s\n", cases[k][0], fault.text);
        CU_ASSERT_EQUAL(sweep.member_count, 0);
    }
}

static void test_memory(void)
{
    char path[32];
    write_file(path, "sweep: {zip: {input.activations: {a: 'x y', b: z}, sampling.seed: [1, 2]},"
                     " metric.distance: [cosine, euclidean]}");
    bool failed = failing_memory_works();
    for (long k = 0; failed && k < 1000; k++) {
        struct fault fault = {0};
        struct config_sweep sweep;
        failing_memory_arm(k);
        int status = config_sweep_load(table, path, &sweep, &fault);
        config_sweep_reset(&sweep);
        CU_ASSERT_EQUAL(failing_memory_disarm(), 0);
        failed = failing_memory.failed;
        CU_ASSERT_EQUAL(status, failed ? EXIT_SYSTEM : EXIT_COMPLETE);
    }
    CU_ASSERT(!failed);
    unlink(path);
}

/* --- Pictures -------------------------------------------------------------------------------- */

static struct results *matrix_new(int layers, bool hole)
{
    const struct results shape = {
        .layer_count = layers, .checkpoint_count = 1, .replicate_count = 1};
    struct results *results = results_new(&shape);
    results->segment_count[0] = 1;
    for (int k = 0; k < layers * layers; k++)
        results->distance[k] = hole && k == 1 ? NAN : 0.1 * (k % layers);
    return results;
}

/* Every third member has no results; layers differ from member to member. */
static void draw(const char *text, int expected)
{
    struct config_sweep sweep;
    struct fault fault;
    int written = 0;
    char folder[] = "/tmp/strata-sweep-XXXXXX";
    char command[64];
    CU_ASSERT_EQUAL_FATAL(load(text, &sweep, &fault), 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    struct sweep_table *members = sweep_table_new(&sweep);
    for (int64_t m = 0; m < sweep.member_count; m++) {
        struct sweep_member *member = &members->members[m];
        member->state = m % 3 == 2 ? SWEEP_FAILED : SWEEP_COMPLETE;
        if (m % 3 == 2)
            continue;
        member->groups = (double)(m % 4);
        member->contrast = 0.5 - 0.1 * (double)(m % 7);
        member->mean_gw = 0.1;
        if (figures_sweep_shows(&sweep, m))
            member->last = matrix_new(2 + (int)(m % 5), m % 2);
    }
    CU_ASSERT_EQUAL(figures_sweep_draw(members, folder, FIGURE_PNG | FIGURE_SVG, &written, &fault),
                    0);
    CU_ASSERT_STRING_EQUAL(fault.text, "");
    CU_ASSERT_EQUAL(written, 2 * expected);
    sweep_table_destroy(&members);
    config_sweep_reset(&sweep);
    snprintf(command, sizeof command, "rm -r %s", folder);
    CU_ASSERT_EQUAL(system(command), 0);
}

static void test_pictures(void)
{
    draw("sweep: {sampling.seed: [5]}", 1); /* one value has no curve */
    draw("sweep: {input.level: [0, 0.5, 0.25], metric.distance: [cosine, euclidean]}", 3);
    draw("sweep: {input.activations: ['`x`', \"it's %d\", '{/Symbol a}_b']}", 2);
    draw("sweep: {sampling.seed: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], input.level: [0.01, 0.1, 1, 0.5,"
         " 0.6, 0.7, 0.8, 0.9]}",
         3); /* more members than panels, more lines than colours */
}

int main(void)
{
    static const struct test_case cases[] = {
        {"a grid", test_grid},
        {"zipped lists", test_zip},
        {"labels", test_labels},
        {"values go through --set", test_values},
        {"what is refused", test_refused},
        {"memory is short", test_memory},
        {"pictures", test_pictures},
    };
    return suite_run("sweep", cases, (int)(sizeof cases / sizeof *cases));
}
