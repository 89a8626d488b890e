/* What a file of activations, or several, offer: names, steps, scalars; what is chosen of them; and
 * how strata inspect describes it. */
#include "good_activations.h"

#include <fcntl.h>
#include <math.h>
#include <unistd.h>

static void test_metadata(void)
{
    struct fixture fixture = small_fixture();
    fixture.ids_from = 100;
    struct activations *activations = open_all(write_fixture("meta.h5", fixture));
    CU_ASSERT_EQUAL(activations->layer_count, 3);
    CU_ASSERT_EQUAL(activations->checkpoint_count, 3);
    CU_ASSERT_STRING_EQUAL(activations->layers[1], "blocks.0.attn");
    CU_ASSERT_STRING_EQUAL(activations->checkpoints[2].key, "step-20");
    CU_ASSERT_EQUAL(activations->checkpoints[2].step, 20);
    CU_ASSERT_EQUAL(activations->widths[5], 6);
    CU_ASSERT_STRING_EQUAL(activations->model, "a model");
    CU_ASSERT_STRING_EQUAL(activations->dataset, "");
    CU_ASSERT_EQUAL_FATAL(activations->scalar_count, 2);
    CU_ASSERT_STRING_EQUAL(activations->scalars[0], "epoch");
    CU_ASSERT_STRING_EQUAL(activations->scalars[1], "loss");
    CU_ASSERT(isnan(activations->scalar_values[0]));
    CU_ASSERT_EQUAL(activations->scalar_values[2], 1);
    CU_ASSERT_EQUAL(activations->scalar_values[5], 1.0 / 21);
    activations_close(&activations);
    activations_close(&activations); /* nothing left to close */
}

/* One file per checkpoint, their names not in the order of the steps. */
static void test_several_files(void)
{
    struct fixture fixture = small_fixture();
    char pattern[512];
    fixture.checkpoint_count = 1;
    fixture.ids_from = 5;
    fixture.first_step = 1000;
    write_fixture("many-b.h5", fixture);
    fixture.first_step = 200;
    write_fixture("many-c.h5", fixture);
    fixture.first_step = 30;
    fixture.chunk_rows = 8;
    fixture.chunk_columns = 8;
    write_fixture("many-a.h5", fixture);
    fixture.layers = (const char *const[]){"unfinished", NULL};
    write_fixture("many-d.h5.part", fixture);

    snprintf(pattern, sizeof pattern, "%s/many-*", scratch.path);
    struct activations *activations = open_all(pattern);
    CU_ASSERT_EQUAL_FATAL(activations->checkpoint_count, 3);
    CU_ASSERT_EQUAL(activations->checkpoints[0].step, 30);
    CU_ASSERT_EQUAL(activations->checkpoints[1].step, 200);
    CU_ASSERT_EQUAL(activations->checkpoints[2].step, 1000);
    int64_t rows[] = {0, 1, 7, 8, 9, 30, 49};
    for (int l = 2; l >= 0; l--)
        for (int t = 0; t < 3; t++)
            check_read(activations, t, l, l, rows, 7);
    activations_close(&activations);
}

/* Opens with a selection, each a "|"-separated list; the result as "layers;steps". */
static void check_selection(const char *path, const char *layers, const char *steps,
                            const char *expected)
{
    char text[2][200];
    char *items[2][8];
    char found[400] = "";
    struct string_list lists[2] = {{items[0], 0}, {items[1], 0}};
    struct activations *activations = NULL;
    struct fault fault = {0};
    snprintf(text[0], sizeof text[0], "%s", layers);
    snprintf(text[1], sizeof text[1], "%s", steps);
    for (int k = 0; k < 2; k++)
        for (char *item = strtok(text[k], "|"); item != NULL; item = strtok(NULL, "|"))
            lists[k].items[lists[k].count++] = item;
    struct activations_selection selection = {lists[0], lists[1], NULL};
    activations_open(path, &selection, MPI_COMM_WORLD, &activations, &fault);
    CU_ASSERT_EQUAL(fault.status, 0);
    if (fault.status != 0) {
        fprintf(stderr, "\n  %s\n", fault.text);
        return;
    }
    for (int l = 0; l < activations->layer_count; l++)
        snprintf(found + strlen(found), sizeof found - strlen(found), "%s ",
                 activations->layers[l]);
    for (int t = 0; t < activations->checkpoint_count; t++)
        snprintf(found + strlen(found), sizeof found - strlen(found), "%lld ",
                 (long long)activations->checkpoints[t].step);
    CU_ASSERT_STRING_EQUAL(found, expected);
    activations_close(&activations);
}

static void test_selection(void)
{
    static const char *const layers[] = {"stem", "blocks.0", "blocks.0.attn", "blocks.1", "head:0",
                                         "a[0]", NULL};
    struct fixture fixture = small_fixture();
    fixture.layers = layers;
    fixture.checkpoint_count = 5;
    const char *path = write_fixture("select.h5", fixture);
    check_selection(path, "head:0|stem", "40|0", "stem head:0 0 40 ");
    check_selection(path, "blocks.*", "first|last", "blocks.0 blocks.1 0 40 ");
    check_selection(path, "blocks.**", "every 2", "blocks.0 blocks.0.attn blocks.1 0 20 40 ");
    check_selection(path, "**.attn", "every 100", "blocks.0.attn 0 ");
    check_selection(path, "blocks.**|!**.attn", "10", "blocks.0 blocks.1 10 ");
    check_selection(path, "!blocks.**", "10", "stem head:0 a[0] 10 ");
    check_selection(path, "all|!stem|!head:?|!a[0]", "10|10",
                    "blocks.0 blocks.0.attn blocks.1 10 ");
    check_selection(path, "a[0]|s?em", "last", "stem a[0] 40 ");

    struct activations_selection selection = {
        {(char *[]){"blocks.1"}, 1}, {(char *[]){"20"}, 1}, NULL};
    struct activations *activations = NULL;
    struct fault fault = {0};
    int64_t rows[] = {3, 4};
    CU_ASSERT_EQUAL_FATAL(activations_open(path, &selection, MPI_COMM_WORLD, &activations, &fault),
                          0);
    check_read(activations, 0, 0, 3, rows, 2);
    activations_close(&activations);
}

/* Whatever a name may hold that HDF5 can find again; with a slash it is a path. */
static void test_names(void)
{
    static const char *const layers[] = {"it's \"quoted\"",
                                         "two words",
                                         "<script>alert(1)</script>",
                                         "new\nline",
                                         "\xc3\xa9t\xc3\xa9",
                                         "100%s",
                                         "block/conv",
                                         NULL};
    struct fixture fixture = small_fixture();
    fixture.layers = layers;
    fixture.checkpoint_count = 1;
    struct activations *activations = open_all(write_fixture("names.h5", fixture));
    int64_t rows[] = {0, 49};
    for (int l = 0; layers[l] != NULL; l++) {
        CU_ASSERT_STRING_EQUAL(activations->layers[l], layers[l]);
        check_read(activations, 0, l, l, rows, 2);
    }
    activations_close(&activations);
}

/* An exporter's unfinished checkpoint is not there yet. */
static void test_unfinished(void)
{
    char path[512];
    snprintf(path, sizeof path, "%s", write_fixture("unfinished.h5", small_fixture()));
    if (world_rank() == 0) {
        hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
        H5Gclose(H5Gcreate2(file, "checkpoints/.partial", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
        H5Fclose(file);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    struct activations *activations = open_all(path);
    CU_ASSERT_EQUAL(activations->checkpoint_count, 3);
    activations_close(&activations);
}

/* What strata inspect prints; on one rank, as it is not collective. */
static void test_inspect(void)
{
    struct fixture fixture = small_fixture();
    struct fault fault = {0};
    static char text[8192];
    char output[512];
    fixture.gzip = 3;
    fixture.chunk_rows = 10;
    fixture.chunk_columns = 4;
    const char *path = write_fixture("inspect.h5", fixture);
    if (world_rank() != 0)
        return;
    snprintf(output, sizeof output, "%s/inspect.txt", scratch.path);
    fflush(stdout);
    int saved = dup(STDOUT_FILENO);
    int file = open(output, O_CREAT | O_RDWR | O_TRUNC, 0600);
    dup2(file, STDOUT_FILENO);
    CU_ASSERT_EQUAL(activations_inspect(path, &fault), 0);
    fflush(stdout);
    dup2(saved, STDOUT_FILENO);
    CU_ASSERT(pread(file, text, sizeof text - 1, 0) > 0);
    close(file);
    close(saved);
    static const char *const facts[] = {"model         a model",
                                        "rows          50 inputs",
                                        "step 0 to 20",
                                        "blocks.0.attn  float32  50 x 5",
                                        "chunks 10x4, shuffle, gzip 3",
                                        "all numbers are finite",
                                        "epoch",
                                        "step-10"};
    for (size_t k = 0; k < sizeof facts / sizeof *facts; k++) {
        CU_ASSERT(strstr(text, facts[k]) != NULL);
        if (strstr(text, facts[k]) == NULL)
            fprintf(stderr, "\n  no \"%s\" in:\n%s", facts[k], text);
    }
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"metadata", test_metadata},
        {"several files", test_several_files},
        {"selection", test_selection},
        {"names", test_names},
        {"unfinished checkpoint", test_unfinished},
        {"inspect", test_inspect},
    };
    MPI_Init(&argc, &argv);
    scratch = scratch_new();
    int failed = suite_run("choice of activations", cases, sizeof cases / sizeof *cases);
    scratch_remove(&scratch);
    MPI_Finalize();
    return failed;
}
