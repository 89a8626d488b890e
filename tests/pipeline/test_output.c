/* The output folder: made, probed, and swept. */
#include "../io/scratch.h"
#include "output.h"
#include "suite.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct scratch scratch;
static char place[400];

/* A path below the scratch folder, valid until the next call. */
static const char *below(const char *name)
{
    snprintf(place, sizeof place, "%s/%s", scratch.path, name);
    return place;
}

static int prepare(const char *directory, struct fault *fault)
{
    *fault = (struct fault){0};
    return output_prepare(directory, fault);
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
    CU_ASSERT_EQUAL(prepare(below("one/two words/three"), &fault), 0);
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
    CU_ASSERT_EQUAL(prepare(below("file"), &fault), EXIT_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "is not a folder"));
    CU_ASSERT_EQUAL(prepare(below("file/inner"), &fault), EXIT_INPUT);
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
    CU_ASSERT_EQUAL(prepare(below("closed"), &fault), EXIT_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "--out"));
    rmdir(below("closed"));
}

static void touch(const char *name)
{
    FILE *file = fopen(below(name), "w");
    fclose(file);
}

static void test_sweep(void)
{
    const char *const left[] = {"results.h5", "note.tmp", "figures/series.svg"};
    const char *const gone[] = {".results.h5.123.tmp", ".progress.json.1.tmp", "summary.csv.12.tmp",
                                "figures/.series.svg.5.svg.tmp"};
    mkdir(below("figures"), 0777);
    for (int k = 0; k < 3; k++)
        touch(left[k]);
    for (int k = 0; k < 4; k++)
        touch(gone[k]);
    output_sweep(scratch.path);
    for (int k = 0; k < 3; k++)
        CU_ASSERT_EQUAL(unlink(below(left[k])), 0);
    for (int k = 0; k < 4; k++)
        CU_ASSERT_EQUAL(access(below(gone[k]), F_OK), -1);
    rmdir(below("figures"));
    output_sweep(below("nowhere"));
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"paths", test_path},
        {"makes the folder and its parents", test_makes_folders},
        {"a file in the way", test_not_a_folder},
        {"not writable", test_not_writable},
        {"what dead runs left", test_sweep},
    };
    MPI_Init(&argc, &argv);
    scratch = scratch_new();
    int failed = suite_run("output", cases, sizeof cases / sizeof *cases);
    scratch_remove(&scratch);
    MPI_Finalize();
    return failed;
}
