/* The output folder: made, probed, and guarded against another run's results. */
#include "../io/scratch.h"
#include "output.h"
#include "results.h"
#include "suite.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const configuration = "input:\n    activations: a.h5\n    layers: [all]\n"
                                         "sampling:\n    count: 100\n"
                                         "solver:\n    memory: 0\n"
                                         "output:\n    directory: \"x\"\n";

static struct scratch scratch;
static char place[400];

/* A path below the scratch folder, valid until the next call. */
static const char *below(const char *name)
{
    snprintf(place, sizeof place, "%s/%s", scratch.path, name);
    return place;
}

static int prepare(const char *directory, const char *now, const char *input, bool fresh,
                   struct fault *fault)
{
    *fault = (struct fault){0};
    return output_prepare(directory, now, input, fresh, fault);
}

static void test_path(void)
{
    char *path = output_path("a/b", "c.h5");
    CU_ASSERT_STRING_EQUAL(path, "a/b/c.h5");
    free(path);
}

static void test_makes_folders(void)
{
    struct fault fault;
    struct stat info;
    CU_ASSERT_EQUAL(prepare(below("one/two words/three"), configuration, "a.h5", false, &fault), 0);
    CU_ASSERT_EQUAL(stat(below("one/two words/three"), &info), 0);
    CU_ASSERT_EQUAL(rmdir(below("one/two words/three")), 0); /* the probe is gone */
    CU_ASSERT_EQUAL(rmdir(below("one/two words")), 0);
    CU_ASSERT_EQUAL(rmdir(below("one")), 0);
}

static void test_not_a_folder(void)
{
    struct fault fault;
    FILE *file = fopen(below("file"), "w");
    fclose(file);
    CU_ASSERT_EQUAL(prepare(below("file"), configuration, "a.h5", false, &fault), EXIT_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "is not a folder"));
    CU_ASSERT_EQUAL(prepare(below("file/inner"), configuration, "a.h5", false, &fault), EXIT_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "output.directory"));
    unlink(below("file"));
}

static void test_not_writable(void)
{
    struct fault fault;
    if (geteuid() == 0) {
        CU_PASS("root may write everywhere");
        return;
    }
    mkdir(below("closed"), 0500);
    CU_ASSERT_EQUAL(prepare(below("closed"), configuration, "a.h5", false, &fault), EXIT_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "--out"));
    rmdir(below("closed"));
}

static void write_results(void)
{
    const struct results shape = {
        .layer_count = 2, .checkpoint_count = 1, .replicate_count = 1, .sample_count = 2};
    struct results *results = results_new(&shape);
    struct fault fault = {0};
    results->layers[0] = strdup("a");
    results->layers[1] = strdup("b");
    results->checkpoints[0] = strdup("0");
    results->configuration = strdup(configuration);
    results->input = strdup("a.h5 (10 bytes)");
    CU_ASSERT_EQUAL(results_write(results, NULL, below("results.h5"), &fault), 0);
    results_destroy(&results);
}

/* The configuration with one text in place of another. */
static char *changed(const char *from, const char *to)
{
    static char text[4000];
    const char *at = strstr(configuration, from);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - configuration), configuration, to,
             at + strlen(from));
    return text;
}

static void test_other_runs(void)
{
    struct fault fault;
    char long_list[1200] = "layers: [";
    write_results();
    const char *const folder = scratch.path;
    const char *const input = "a.h5 (10 bytes)";
    CU_ASSERT_EQUAL(prepare(folder, configuration, input, false, &fault), 0);
    CU_ASSERT_EQUAL(prepare(folder, changed("memory: 0", "memory: 4"), input, false, &fault), 0);
    CU_ASSERT_EQUAL(prepare(folder, changed("\"x\"", "\"y\""), input, false, &fault), 0);

    CU_ASSERT_EQUAL(prepare(folder, changed("100", "200"), input, false, &fault), EXIT_INPUT);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(fault.text, "sampling: there \"count: 100\", now \"count: 200\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "--fresh"));
    CU_ASSERT_EQUAL(prepare(folder, changed("100", "200"), input, true, &fault), 0);
    CU_ASSERT_EQUAL(prepare(folder, configuration, "a.h5 (11 bytes)", false, &fault), EXIT_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "other input"));

    for (int k = 0; k < 100; k++)
        strcat(long_list, "layer, ");
    CU_ASSERT_EQUAL(prepare(folder, changed("layers: [", long_list), input, false, &fault),
                    EXIT_INPUT);
    unlink(below("results.h5"));
}

static void test_foreign_file(void)
{
    struct fault fault;
    FILE *file = fopen(below("results.h5"), "w");
    fputs("not HDF5", file);
    fclose(file);
    CU_ASSERT_EQUAL(prepare(scratch.path, configuration, "a.h5", false, &fault), EXIT_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "--fresh"));
    CU_ASSERT_EQUAL(prepare(scratch.path, configuration, "a.h5", true, &fault), 0);
    unlink(below("results.h5"));
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"paths", test_path},
        {"makes the folder and its parents", test_makes_folders},
        {"a file in the way", test_not_a_folder},
        {"not writable", test_not_writable},
        {"results of another run", test_other_runs},
        {"a foreign results.h5", test_foreign_file},
    };
    MPI_Init(&argc, &argv);
    scratch = scratch_new();
    int failed = suite_run("output", cases, sizeof cases / sizeof *cases);
    scratch_remove(&scratch);
    MPI_Finalize();
    return failed;
}
