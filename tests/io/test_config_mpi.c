/* Settings that rank 0 loaded arrive on all ranks, and so does its fault. */
#include "config.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct settings {
    char *file;
    struct string_list steps;
    int64_t count;
    double tolerance;
    int distance;
    uint32_t figures;
};

static const char *const names[] = {"one", "two", "three", NULL};

#define AT(member) offsetof(struct settings, member)
static const struct config_key table[] = {
    {"file", CONFIG_STRING, false, "", 0, 0, NULL, AT(file), ""},
    {"steps", CONFIG_STRINGS, false, "[]", 0, 0, NULL, AT(steps), ""},
    {"count", CONFIG_INTEGER, false, "3", 0, 10, NULL, AT(count), ""},
    {"tolerance", CONFIG_REAL, false, "0.25", 0, 10, NULL, AT(tolerance), ""},
    {"distance", CONFIG_CHOICE, false, "two", 0, 0, names, AT(distance), ""},
    {"figures", CONFIG_CHOICES, false, "[one, three]", 0, 0, names, AT(figures), ""},
    {0}};

static void load_on_root(const char *text, struct settings *settings, struct fault *fault)
{
    int rank = 0;
    char path[] = "/tmp/strata-config-XXXXXX";
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (rank != 0)
        return;
    int descriptor = mkstemp(path);
    CU_ASSERT_EQUAL_FATAL(write(descriptor, text, strlen(text)), (ssize_t)strlen(text));
    close(descriptor);
    config_load(table, path, NULL, 0, settings, fault);
    unlink(path);
}

static void test_values(void)
{
    struct settings settings = {0};
    struct fault fault = {0};
    load_on_root("steps: [a, 'b c', d]\ncount: 7\n", &settings, &fault);
    CU_ASSERT_EQUAL_FATAL(config_broadcast(table, &settings, MPI_COMM_WORLD, &fault), 0);
    CU_ASSERT_STRING_EQUAL(settings.file, "");
    CU_ASSERT_EQUAL_FATAL(settings.steps.count, 3);
    CU_ASSERT_STRING_EQUAL(settings.steps.items[1], "b c");
    CU_ASSERT_EQUAL(settings.count, 7);
    CU_ASSERT_EQUAL(settings.tolerance, 0.25);
    CU_ASSERT_EQUAL(settings.distance, 1);
    CU_ASSERT_EQUAL(settings.figures, 5);
    config_reset(table, &settings);
}

static void test_fault(void)
{
    struct settings settings = {0};
    struct fault fault = {0};
    load_on_root("cuont: 7\n", &settings, &fault);
    CU_ASSERT_EQUAL(config_broadcast(table, &settings, MPI_COMM_WORLD, &fault), EXIT_INPUT);
    CU_ASSERT(strstr(fault.text, "cuont: unknown key; nearest known key: count") != NULL);
    CU_ASSERT_PTR_NULL(settings.file);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {{"values", test_values}, {"fault", test_fault}};
    MPI_Init(&argc, &argv);
    int failed = suite_run("config broadcast", cases, sizeof cases / sizeof *cases);
    MPI_Finalize();
    return failed;
}
