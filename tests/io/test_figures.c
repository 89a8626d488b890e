/* Pictures: every one is there and is what its ending says, whatever names and values hold; and
 * without gnuplot, or where nothing can be written, the run goes on or says why. */
#include "figure_names.h"
#include "figure_time.h"
#include "figures.h"
#include "suite.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const odd_names[] = {
    "it's \"quoted\"", "back\\slash", "_{x}^2 @m", "<script>alert(1)</script>",
    "two\nlines",      "größe ∑ 層",  "100% %d",   "`touch strata-was-here`",
    "$(id)",           "bad\xff\xfe", "",          "a.name.that.is.much.longer.than.its.axis.0.w",
};

/* Which cells have a value. */
enum values { ALL, SOME, NONE };

static bool has_value(enum values values, int i, int j)
{
    return values == ALL || (values == SOME && i != 1 && j != 1);
}

/* Two groups, growing apart; odd names throughout. */
static struct results *sample_new(int layers, int checkpoints, enum values values)
{
    const struct results shape = {.layer_count = layers,
                                  .checkpoint_count = checkpoints,
                                  .replicate_count = 1,
                                  .scalar_count = 2};
    struct results *r = results_new(&shape);
    r->scalars[0] = strdup("test 'acc' %d");
    r->scalars[1] = strdup("LOSS\n");
    r->model = strdup("it's a `model` <b>");
    for (int i = 0; i < layers; i++)
        r->layers[i] = strdup(odd_names[i % (int)(sizeof odd_names / sizeof *odd_names)]);
    for (int t = 0; t < checkpoints; t++) {
        r->checkpoints[t] = strdup("");
        r->steps[t] = t == 0 ? 0 : 1LL << (2 * t);
        r->segment_count[t] = values == NONE ? 0 : 2;
        for (int i = 0; i < layers; i++) {
            r->segments[t * layers + i] = values == NONE ? -1 : 2 * i / layers;
            for (int j = 0; j < layers; j++)
                if (has_value(values, i, j))
                    r->distance[(t * layers + i) * layers + j] =
                        i == j ? 0 : 0.1 + 0.01 * t * abs(2 * i / layers - 2 * j / layers);
        }
        if (values == NONE)
            continue;
        r->within_gw[t] = 0.1;
        r->between_gw[t] = 0.1 + 0.01 * t;
        r->contrast[t] = -0.1;
        r->scalar_values[2L * t] = 90 + t;
        for (int k = 0; k + 1 < layers; k++)
            r->boundary_strength[t * (layers - 1) + k] = 0.1 * k - 0.1;
    }
    return r;
}

static char *folder_new(void)
{
    char template[] = "/tmp/strata-figures-'XXXXXX"; /* a quote in the path must not matter */
    return strdup(mkdtemp(template));
}

static void folder_remove(char *folder)
{
    char command[256];
    snprintf(command, sizeof command, "rm -rf \"%s\"", folder);
    CU_ASSERT_EQUAL(system(command), 0);
    free(folder);
}

/* The number of files in folder/figures with that ending; "" counts all, -1: no such folder. */
static int count_files(const char *folder, const char *ending)
{
    char path[512];
    snprintf(path, sizeof path, "%s/figures", folder);
    DIR *directory = opendir(path);
    int count = 0;
    if (!directory)
        return -1;
    for (struct dirent *entry; (entry = readdir(directory));) {
        size_t length = strlen(entry->d_name);
        bool self = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        count += !self && length >= strlen(ending) &&
                 strcmp(entry->d_name + length - strlen(ending), ending) == 0;
    }
    closedir(directory);
    return count;
}

/* The whole file, with a zero behind it; NULL if there is none. */
static char *read_figure(const char *folder, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/figures/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    struct stat status;
    CU_ASSERT_EQUAL(fstat(fileno(file), &status), 0);
    char *bytes = calloc(1, (size_t)status.st_size + 1);
    CU_ASSERT_EQUAL(fread(bytes, 1, (size_t)status.st_size, file), (size_t)status.st_size);
    CU_ASSERT_TRUE(status.st_size > 1000);
    fclose(file);
    return bytes;
}

static void assert_begins(const char *folder, const char *name, const char *magic)
{
    char *bytes = read_figure(folder, name);
    CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
    CU_ASSERT_EQUAL(strncmp(bytes, magic, strlen(magic)), 0);
    free(bytes);
}

static void draw_all(int layers, int checkpoints, enum values values)
{
    struct fault fault = {0};
    int written = -1;
    struct results *results = sample_new(layers, checkpoints, values);
    char *folder = folder_new();
    int status = figures_draw(results, folder, FIGURE_PNG, &written, &fault);
    CU_ASSERT_EQUAL(status, 0);
    CU_ASSERT_STRING_EQUAL(fault.text, "");
    CU_ASSERT_EQUAL(written, checkpoints + 2);
    CU_ASSERT_EQUAL(count_files(folder, ""), checkpoints + 2);
    assert_begins(folder, "gw-0.png", "\x89PNG\r\n");
    assert_begins(folder, "overview.png", "\x89PNG\r\n");
    assert_begins(folder, "series.png", "\x89PNG\r\n");
    results_destroy(&results);
    folder_remove(folder);
}

/* Other columns than the layers, with noise marks and cells without a value. */
static void test_other_columns(void)
{
    static const struct {
        enum results_comparison comparison;
        int layers, checkpoints, columns, pictures;
        const char *first;
    } cases[] = {{RESULTS_AGAINST, 3, 2, 7, 3, "overview.png"},
                 {RESULTS_AGAINST, 9, 1, 1, 2, "gw-0.png"},
                 {RESULTS_ACROSS, 1, 2, 2, 1, "across.png"},
                 {RESULTS_ACROSS, 11, 40, 2, 1, "across.png"}};
    for (int k = 0; k < 4; k++) {
        const struct results shape = {.comparison = cases[k].comparison,
                                      .layer_count = cases[k].layers,
                                      .checkpoint_count = cases[k].checkpoints,
                                      .column_count = cases[k].columns,
                                      .replicate_count = 1};
        struct fault fault = {0};
        int written = -1;
        struct results *r = results_new(&shape);
        char *folder = folder_new();
        for (int i = 0; i < cases[k].layers; i++)
            r->layers[i] = strdup(odd_names[i]);
        for (int j = 0; j < cases[k].columns; j++)
            r->columns[j] = strdup(odd_names[11 - j]);
        for (int t = 0; t < cases[k].checkpoints; t++) {
            r->steps[t] = 10 * t;
            for (int i = 0; i < cases[k].layers; i++) {
                r->noise_floor[t * cases[k].layers + i] = 0.1 * i;
                for (int j = 0; j < cases[k].columns; j++) {
                    r->column_noise_floor[t * cases[k].columns + j] = 0.3;
                    if (i + j + t != 1)
                        r->distance[results_cell(r, t, i, j)] = 0.05 * (i + j + t);
                }
            }
        }
        CU_ASSERT_EQUAL(figures_draw(r, folder, FIGURE_PNG, &written, &fault), 0);
        CU_ASSERT_STRING_EQUAL(fault.text, "");
        CU_ASSERT_EQUAL(written, cases[k].pictures);
        assert_begins(folder, cases[k].first, "\x89PNG\r\n");
        results_destroy(&r);
        folder_remove(folder);
    }
}

static void test_sizes(void)
{
    draw_all(2, 1, ALL);
    draw_all(12, 3, ALL);
    draw_all(70, 1, SOME);
    draw_all(3, 26, SOME); /* more than the overview has panels */
}

static void test_no_values(void)
{
    draw_all(4, 1, NONE);
    draw_all(4, 3, NONE);
}

static void test_formats(void)
{
    struct fault fault = {0};
    int written = 0;
    struct results *results = sample_new(12, 2, SOME);
    char *folder = folder_new();
    CU_ASSERT_EQUAL(
        figures_draw(results, folder, FIGURE_PNG | FIGURE_SVG | FIGURE_PDF, &written, &fault), 0);
    CU_ASSERT_EQUAL(written, 12);
    CU_ASSERT_EQUAL(count_files(folder, ".png"), 4);
    CU_ASSERT_EQUAL(count_files(folder, ".svg"), 4);
    CU_ASSERT_EQUAL(count_files(folder, ".pdf"), 4);
    assert_begins(folder, "gw-4.png", "\x89PNG\r\n");
    assert_begins(folder, "gw-4.svg", "<?xml");
    assert_begins(folder, "gw-4.pdf", "%PDF-");
    CU_ASSERT_EQUAL(figures_draw(results, folder, 0, &written, &fault), 0);
    CU_ASSERT_EQUAL(written, 0);
    results_destroy(&results);
    folder_remove(folder);
}

/* Names are drawn as they are: no command runs, no markup or format works. */
static void test_names(void)
{
    static const char *const drawn[] = {"it's \"quoted\"",
                                        "back\\slash",
                                        "_{x}^2 @m",
                                        "&lt;script>alert(1)",
                                        "two\\nlines",
                                        "größe ∑ 層",
                                        "100% %d",
                                        "`touch strata-was-here`",
                                        "$(id)",
                                        "bad\xef\xbf\xbd\xef\xbf\xbd",
                                        "a.name.that.is….its.axis.0.w"};
    struct fault fault = {0};
    int written = 0;
    struct results *results = sample_new(12, 1, ALL);
    char *folder = folder_new();
    CU_ASSERT_EQUAL(figures_draw(results, folder, FIGURE_SVG, &written, &fault), 0);
    char *svg = read_figure(folder, "gw-0.svg");
    CU_ASSERT_PTR_NOT_NULL_FATAL(svg);
    for (size_t k = 0; k < sizeof drawn / sizeof *drawn; k++) {
        CU_ASSERT_PTR_NOT_NULL(strstr(svg, drawn[k]));
        if (!strstr(svg, drawn[k]))
            printf("\n    not drawn: %s\n", drawn[k]);
    }
    CU_ASSERT_PTR_NULL(strstr(svg, "<script>alert"));
    CU_ASSERT_NOT_EQUAL(access("strata-was-here", F_OK), 0);
    free(svg);
    results_destroy(&results);
    folder_remove(folder);
}

/* Names of two long ends, made with one number. */
static struct results *named_new(int layers, const char *format)
{
    struct results *results = sample_new(layers, 1, ALL);
    for (int i = 0; i < layers; i++) {
        char name[200];
        snprintf(name, sizeof name, format, i);
        free(results->layers[i]);
        results->layers[i] = strdup(name);
    }
    return results;
}

/* However long, names stay apart, and what all have in common is left out and said. */
static void test_long_names(void)
{
    static const struct {
        const char *format, *common, *second;
    } cases[] = {
        {"block%d.out", "", "'block1.out'"},
        {"model.encoder.layers.%d.attention.output.LayerNorm",
         "model.encoder.layers.*.attention.output.LayerNorm", "'1'"},
        {"network/stage_%d", "", "'network/stage_1'"},
        {"a_name_without_a_word_in_common_%d_that_is_much_too_long",
         "a_name_without_a_word_in_common_*_that_is_much_too_long", "'1'"},
        {"x%04d0000000000000000000000000000000000000", "", "'x0001000000000…0000000000000'"},
        {"x00000000000000000%d00000000000000000000000", "", "'2 x00000000000…0000000000000'"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct results *results = named_new(30, cases[k].format);
        struct figure_names names = figure_names_new(results, "y", 20, 10, FIGURE_NAME_COLUMNS);
        CU_ASSERT_STRING_EQUAL(names.common, cases[k].common);
        CU_ASSERT_STRING_EQUAL(names.labels[1], cases[k].second);
        for (int i = 0; i < 30; i++)
            for (int j = 0; j < i; j++)
                CU_ASSERT_STRING_NOT_EQUAL(names.labels[i], names.labels[j]);
        figure_names_reset(&names);
        results_destroy(&results);
    }
}

/* The axis goes from the first step to the last; only steps that are dense at first are drawn on a
 * logarithmic one. */
static void test_axis(void)
{
    static const struct {
        int64_t steps[4];
        bool logarithmic;
    } cases[] = {{{0, 10, 20, 30}, false},
                 {{10, 1000, 2000, 3000}, false},
                 {{0, 10, 30, 100}, false},
                 {{0, 10, 100, 5000}, true},
                 {{-5, 1, 100, 5000}, false}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct results *results = sample_new(2, 4, ALL);
        double from = NAN;
        double to = NAN;
        memcpy(results->steps, cases[k].steps, sizeof cases[k].steps);
        const struct figure_time time = figure_time_of(results);
        CU_ASSERT_EQUAL(time.unit > 0, cases[k].logarithmic);
        figure_time_span(results, &time, 0, &from, &to);
        CU_ASSERT_EQUAL(from, figure_time_position(&time, (double)cases[k].steps[0]));
        figure_time_span(results, &time, 3, &from, &to);
        CU_ASSERT_EQUAL(to, figure_time_position(&time, (double)cases[k].steps[3]));
        results_destroy(&results);
    }
}

/* What the pictures of a run say about themselves. */
static void test_explained(void)
{
    struct fault fault = {0};
    int written = 0;
    struct results *results = sample_new(5, 3, SOME);
    char *folder = folder_new();
    for (int t = 0; t < 3; t++) { /* a layer without a value, within a group */
        results->segment_count[t] = 1;
        for (int i = 0; i < 5; i++)
            results->segments[t * 5 + i] = i == 1 ? -1 : 0;
    }
    CU_ASSERT_EQUAL(figures_draw(results, folder, FIGURE_SVG, &written, &fault), 0);
    static const char *const said[][2] = {
        {"overview.svg", "hatched: no value"},
        {"gw-0.svg", "hatched: no value"},
        {"overview.svg", "back\\slash"},
        {"series.svg", "grey: no boundary"},
        {"series.svg", "1.5"},
        {"series.svg", "accuracy"},
        {"series.svg", "LOSS\\n"},
    };
    for (size_t k = 0; k < sizeof said / sizeof *said; k++) {
        char *svg = read_figure(folder, said[k][0]);
        CU_ASSERT_TRUE(svg != NULL && strstr(svg, said[k][1]) != NULL);
        free(svg);
    }
    results_destroy(&results);
    folder_remove(folder);
}

static void test_one_layer(void)
{
    struct fault fault = {0};
    int written = -1;
    struct results *results = sample_new(1, 1, ALL);
    char *folder = folder_new();
    CU_ASSERT_EQUAL(figures_draw(results, folder, FIGURE_PNG, &written, &fault), 0);
    CU_ASSERT_EQUAL(written, 0);
    CU_ASSERT_EQUAL(count_files(folder, ""), -1);
    results_destroy(&results);
    folder_remove(folder);
}

/* Draws with another PATH; returns the status. */
static int draw_with_path(const char *path, const struct results *results, const char *folder,
                          int *written, struct fault *fault)
{
    char *old = strdup(getenv("PATH"));
    setenv("PATH", path, 1);
    int status = figures_draw(results, folder, FIGURE_PNG | FIGURE_SVG, written, fault);
    setenv("PATH", old, 1);
    free(old);
    return status;
}

static void test_no_gnuplot(void)
{
    struct fault fault = {0};
    int written = -1;
    struct results *results = sample_new(3, 1, ALL);
    char *folder = folder_new();
    CU_ASSERT_EQUAL(draw_with_path("/nowhere", results, folder, &written, &fault), 0);
    CU_ASSERT_EQUAL(fault.status, 0);
    CU_ASSERT_EQUAL(written, 0);
    CU_ASSERT_EQUAL(count_files(folder, ""), -1);
    results_destroy(&results);
    folder_remove(folder);
}

/* A stand-in for gnuplot: the script, run by sh, with gnuplot's script as its stdin. */
static void stand_in(const char *folder, const char *script)
{
    char path[512];
    snprintf(path, sizeof path, "%s/gnuplot", folder);
    FILE *file = fopen(path, "w");
    fprintf(file, "#!/bin/sh\n%s\n", script);
    fclose(file);
    chmod(path, 0700);
}

static void fail_with(const char *script, const char *expected)
{
    struct fault fault = {0};
    int written = -1;
    struct results *results = sample_new(3, 1, ALL);
    char *folder = folder_new();
    char path[512];
    snprintf(path, sizeof path, "%s:/usr/bin:/bin", folder);
    stand_in(folder, script);
    CU_ASSERT_EQUAL(draw_with_path(path, results, folder, &written, &fault), EXIT_SYSTEM);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, expected));
    CU_ASSERT_EQUAL(written, 0);
    CU_ASSERT_EQUAL(count_files(folder, ""), 0);
    results_destroy(&results);
    folder_remove(folder);
}

/* gnuplot that fails half-way, dies at once without reading, or says all is well and writes nothing
 */
static void test_gnuplot_fails(void)
{
    const char *probe =
        "read line; case \"$line\" in print*) echo ' pngcairo svg ' >&2; exit;; esac;";
    char script[512];
    snprintf(script, sizeof script, "%s echo 'line 7: cannot' >&2; exit 1", probe);
    fail_with(script, "line 7: cannot");
    snprintf(script, sizeof script, "%s kill -9 $$", probe);
    fail_with(script, "gnuplot failed");
    snprintf(script, sizeof script, "%s exit 0", probe);
    fail_with(script, "cannot write");
}

static void test_unwritable(void)
{
    struct fault fault = {0};
    int written = -1;
    struct results *results = sample_new(3, 1, ALL);
    CU_ASSERT_EQUAL(figures_draw(results, "/nowhere/at all", FIGURE_PNG, &written, &fault),
                    EXIT_SYSTEM);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "/nowhere/at all/figures"));
    CU_ASSERT_EQUAL(written, 0);
    results_destroy(&results);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"all sizes", test_sizes},
        {"no cell has a value", test_no_values},
        {"other columns than the layers", test_other_columns},
        {"all formats", test_formats},
        {"odd names are drawn literally", test_names},
        {"long names stay apart", test_long_names},
        {"the axis of steps", test_axis},
        {"pictures explain their marks", test_explained},
        {"one layer", test_one_layer},
        {"no gnuplot", test_no_gnuplot},
        {"gnuplot fails", test_gnuplot_fails},
        {"an unwritable place", test_unwritable},
    };
    return suite_run("figures", cases, (int)(sizeof cases / sizeof *cases));
}
