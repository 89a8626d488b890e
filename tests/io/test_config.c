/* The configuration engine against a small table of its own: values, messages, round trip. */
#include "config.h"
#include "facts.h"
#include "failing_memory.h"
#include "suite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct settings {
    char *file;
    struct string_list checkpoints;
    int64_t count;
    double tolerance;
    int distance;
    uint32_t figures;
    char *directory;
};

static const char *const distances[] = {"euclidean", "cosine", "correlation", NULL};
static const char *const formats[] = {"png", "svg", "pdf", NULL};

#define AT(member) offsetof(struct settings, member)
static const struct config_key table[] = {
    {"input.activations", CONFIG_STRING, false, NULL, 0, 0, NULL, AT(file), "the file to read"},
    {"input.checkpoints", CONFIG_STRINGS, false, "all", 0, 0, NULL, AT(checkpoints), "which steps"},
    {"sampling.count", CONFIG_INTEGER, false, "1000", 2, 100000, NULL, AT(count), "rows"},
    {"solver.tolerance", CONFIG_REAL, false, "1e-9", 0, 1, NULL, AT(tolerance), "when to stop"},
    {"metric.distance", CONFIG_CHOICE, false, "euclidean", 0, 0, distances, AT(distance),
     "between rows"},
    {"output.figures", CONFIG_CHOICES, true, "[png, pdf]", 0, 0, formats, AT(figures), "formats"},
    {"output.directory", CONFIG_STRING, true, "", 0, 0, NULL, AT(directory), "where to"},
    {0}};

/* Writes the text as a file and loads it. The path is the same for all, and has no directory in
 * messages. */
static int load_bytes(const char *text, size_t length, char *const *overrides, int count,
                      struct settings *settings, struct fault *fault)
{
    char path[] = "/tmp/strata-config-XXXXXX";
    int descriptor = mkstemp(path);
    CU_ASSERT_EQUAL_FATAL(write(descriptor, text, length), (ssize_t)length);
    close(descriptor);
    memset(settings, 0, sizeof *settings);
    memset(fault, 0, sizeof *fault);
    int status = config_load(table, path, overrides, count, settings, fault);
    unlink(path);
    CU_ASSERT_EQUAL(status, fault->status);
    return status;
}

static int load(const char *text, struct settings *settings, struct fault *fault)
{
    return load_bytes(text, strlen(text), NULL, 0, settings, fault);
}

static void refuses(const char *text, const char *facts)
{
    struct settings settings;
    struct fault fault;
    load(text, &settings, &fault);
    expect_facts(&fault, facts);
    CU_ASSERT(settings.file == NULL && settings.checkpoints.items == NULL);
    config_reset(table, &settings);
}

static void refuses_override(const char *override, const char *facts)
{
    struct settings settings;
    struct fault fault;
    char *overrides[] = {(char *) override};
    const char *text = "input: {activations: a.h5}\n";
    load_bytes(text, strlen(text), overrides, 1, &settings, &fault);
    expect_facts(&fault, facts);
    config_reset(table, &settings);
}

static void test_defaults(void)
{
    struct settings settings;
    struct fault fault;
    CU_ASSERT_EQUAL(load("input: {activations: runs/a.h5}\nsampling:\n", &settings, &fault), 0);
    CU_ASSERT_STRING_EQUAL(settings.file, "runs/a.h5");
    CU_ASSERT_EQUAL(settings.checkpoints.count, 1);
    CU_ASSERT_STRING_EQUAL(settings.checkpoints.items[0], "all");
    CU_ASSERT_EQUAL(settings.count, 1000);
    CU_ASSERT_EQUAL(settings.tolerance, 1e-9);
    CU_ASSERT_EQUAL(settings.distance, 0);
    CU_ASSERT_EQUAL(settings.figures, 5);
    CU_ASSERT_STRING_EQUAL(settings.directory, "");
    config_reset(table, &settings);
    CU_ASSERT_PTR_NULL(settings.file);
}

static void test_values(void)
{
    struct settings settings;
    struct fault fault;
    CU_ASSERT_EQUAL(load("# a comment\ninput:\n    activations: \"a b: #1.h5\"\n"
                         "    checkpoints: [0, 10, last]\nsampling.count: +20\n"
                         "solver: {tolerance: .5e-3}\nmetric: {distance: correlation}\n"
                         "output: {figures: svg, directory: 'it''s'}\n",
                         &settings, &fault),
                    0);
    CU_ASSERT_STRING_EQUAL(settings.file, "a b: #1.h5");
    CU_ASSERT_EQUAL(settings.checkpoints.count, 3);
    CU_ASSERT_STRING_EQUAL(settings.checkpoints.items[2], "last");
    CU_ASSERT_EQUAL(settings.count, 20);
    CU_ASSERT_EQUAL(settings.tolerance, 0.5e-3);
    CU_ASSERT_EQUAL(settings.distance, 2);
    CU_ASSERT_EQUAL(settings.figures, 2);
    CU_ASSERT_STRING_EQUAL(settings.directory, "it's");
    config_reset(table, &settings);

    CU_ASSERT_EQUAL(load("input: {activations: a, checkpoints: {every: 5}}\noutput: {figures: []}",
                         &settings, &fault),
                    0);
    CU_ASSERT_EQUAL(settings.checkpoints.count, 1);
    CU_ASSERT_STRING_EQUAL(settings.checkpoints.items[0], "every 5");
    CU_ASSERT_EQUAL(settings.figures, 0);
    config_reset(table, &settings);
}

static void test_overrides(void)
{
    struct settings settings;
    struct fault fault;
    const char *text = "input: {activations: a.h5}\nsampling: {count: 5}\n";
    char *overrides[] = {"sampling.count=6", "sampling.count=7", "input.checkpoints=[1, 2]",
                         "input.activations=b=c.h5", "output.figures=[svg,pdf]"};
    CU_ASSERT_EQUAL(load_bytes(text, strlen(text), overrides, 5, &settings, &fault), 0);
    CU_ASSERT_EQUAL(settings.count, 7);
    CU_ASSERT_EQUAL(settings.checkpoints.count, 2);
    CU_ASSERT_STRING_EQUAL(settings.file, "b=c.h5");
    CU_ASSERT_EQUAL(settings.figures, 6);
    config_reset(table, &settings);

    char *every[] = {"input.checkpoints={every: 3}"};
    CU_ASSERT_EQUAL(load_bytes(text, strlen(text), every, 1, &settings, &fault), 0);
    CU_ASSERT_STRING_EQUAL(settings.checkpoints.items[0], "every 3");
    config_reset(table, &settings);

    refuses_override("sampling.count", "--set sampling.count: |expected key=value");
    refuses_override("=5", "--set =5: |expected key=value");
    refuses_override("sampling.count=", "no value after");
    refuses_override("sampling.cuont=5", "unknown key|nearest known key: sampling.count");
    refuses_override("sampling={count: 5}", "sampling is a section");
    refuses_override("sampling.count=x", "--set sampling.count=x: sampling.count: expected|\"x\"");
    refuses_override("output.figures=[png", "--set output.figures=[png: not valid YAML");
    refuses_override("sampling.count=5\n---\n6", "a second document");
}

static void test_keys(void)
{
    refuses("input: {activations: a}\nsampling:\n    cuont: 5\n",
            ":3: sampling.cuont: unknown key|nearest known key: sampling.count");
    refuses("count: 5\n", ":1: count: unknown key|sampling.count");
    refuses("sampling: {zzzzzzzzzzzzzz: 1}\n", "unknown key|known keys: sampling.count");
    refuses("zzzzzzzzzzzzzzzzzzzzzzzzz: 1\n", "unknown key|input.activations|output.directory");
    refuses("\"a\\nb<script>\": 1\n", ":1: a\\nb<script>: unknown key");
    refuses("sampling: {count: {count: 5}}\n", "sampling.count: expected|a mapping");
    refuses("sampling: 5\n", ":1: sampling: expected a section of keys, found \"5\"");
    refuses("sampling: [5]\n", "expected a section of keys, found a list");
    refuses("- 5\n", "expected sections of keys, found a list");
    refuses("just text\n", "expected sections of keys, found \"just text\"");
    refuses("[a]: 5\n", "expected the name of a key, found a list");
    refuses("sampling:\n  count: 5\n  count: 6\n", ":3: sampling.count: given twice|line 2");
    refuses("sampling: {count: 5}\nsampling: {}\n", ":2: sampling: given twice|line 1");
    refuses("sampling: {count: 5}\n", "input.activations: missing|the file to read|--set");
}

static void test_numbers(void)
{
    static const char *const bad[] = {
        "many", "1.5", "1e3",  "0x10", "10 rows", "1", "100001", "-5", "99999999999999999999",
        "'5'",  "[5]", "true", "+",    "5-5"};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        char text[100];
        snprintf(text, sizeof text, "input: {activations: a}\n\nsampling: {count: %s}\n", bad[k]);
        refuses(text, ":3: sampling.count: expected an integer from 2 to 100000, found ");
    }
    static const char *const reals[] = {"x",   "1e999", ".nan", "nan",   "inf", "2",
                                        "-.1", "1e",    "0x1",  "\"1\"", ".",   "1..2"};
    for (size_t k = 0; k < sizeof reals / sizeof *reals; k++) {
        char text[100];
        snprintf(text, sizeof text, "solver: {tolerance: %s}\n", reals[k]);
        refuses(text, "solver.tolerance: expected a number from 0 to 1, found ");
    }
    refuses("sampling: {count: }\n", "found nothing (null)|leave the key out");
    refuses("sampling: {count: ~}\n", "found nothing (null)");
}

static void test_texts(void)
{
    refuses("input: {activations: ''}\n", "input.activations: expected a text, found an empty one");
    refuses("input: {activations: null}\n", "expected a text, found nothing (null)");
    refuses("input: {activations: [a]}\n", "expected a text, found a list");
    refuses("input: {activations: \"a\\0b\"}\n", "a zero byte");
    refuses("input: {checkpoints: []}\n", "input.checkpoints: expected|an empty list");
    refuses("input: {checkpoints: [1, [2]]}\n", "input.checkpoints: expected|a list");
    refuses("input: {checkpoints: {every: 5, from: 2}}\n", "input.checkpoints: expected|a mapping");
    refuses("metric: {distance: cosin}\n",
            "one of euclidean, cosine or correlation|nearest: cosine");
    refuses("metric: {distance: [cosine]}\n", "metric.distance: expected one of");
    refuses("output: {figures: [png, gif]}\n", "any of png, svg, pdf, found \"gif\"");
    refuses("output: {figures: [png, sgv]}\n", "nearest: svg");
}

static void test_yaml(void)
{
    struct settings settings;
    struct fault fault = {0};
    static const char binary[] = "\x89HDF\r\n\x1a\n\0\0\0";

    refuses("", "empty: expected settings");
    refuses("# nothing\n", "empty: expected settings");
    refuses("input:\n\tactivations: a\n", ":2: a tab in the indentation");
    refuses("input: {activations: a\n", "not valid YAML");
    refuses("input:\n  activations: a\n bad\n", ":3|not valid YAML");
    refuses("a: 1\n---\nb: 1\n", ":2: a second document");
    refuses("input:\n  activations: &x a\n", ":2: an anchor");
    refuses("input:\n  activations: *x\n", ":2: an alias");
    refuses("input: {checkpoints: !all x}\n", ":1: a tag");
    refuses("input: {activations: a\xff}\n", ":1: not valid YAML: invalid leading UTF-8 octet");
    load_bytes(binary, sizeof binary, NULL, 0, &settings, &fault);
    expect_facts(&fault, "a control character|right file");

    memset(&fault, 0, sizeof fault);
    config_load(table, "/nonexistent/x.yaml", NULL, 0, &settings, &fault);
    expect_facts(&fault, "/nonexistent/x.yaml: cannot open the configuration: No such file");
    memset(&fault, 0, sizeof fault);
    config_load(table, "/tmp", NULL, 0, &settings, &fault);
    expect_facts(&fault, "/tmp: cannot read the configuration: Is a directory");
}

static void test_round_trip(void)
{
    struct settings first;
    struct settings second;
    struct fault fault;
    const char *text =
        "input: {activations: \"q\\\"uo\\\\te\\n\\ttab \xc3\xa9 #: -\", checkpoints: [all, '~', "
        "'null', 'a, b', '{x}', '- y', '0', \"\\x01\", '!z', 'Null']}\n"
        "sampling: {count: 77}\nsolver: {tolerance: 0.1234567890123456789}\n"
        "metric: {distance: cosine}\noutput: {figures: [pdf]}\n";

    CU_ASSERT_EQUAL_FATAL(load(text, &first, &fault), 0);
    char *echo = config_text(table, &first);
    CU_ASSERT_PTR_NOT_NULL(echo);
    if (echo == NULL)
        return;
    CU_ASSERT_EQUAL(load(echo, &second, &fault), 0);
    if (fault.status != 0)
        fprintf(stderr, "%s\n%s\n", fault.text, echo);
    CU_ASSERT_STRING_EQUAL(second.file, first.file);
    CU_ASSERT_EQUAL(second.checkpoints.count, first.checkpoints.count);
    for (int k = 0; k < second.checkpoints.count && k < first.checkpoints.count; k++)
        CU_ASSERT_STRING_EQUAL(second.checkpoints.items[k], first.checkpoints.items[k]);
    CU_ASSERT_EQUAL(second.count, first.count);
    CU_ASSERT_EQUAL(second.tolerance, first.tolerance);
    CU_ASSERT_EQUAL(second.distance, first.distance);
    CU_ASSERT_EQUAL(second.figures, first.figures);
    CU_ASSERT_STRING_EQUAL(second.directory, first.directory);
    CU_ASSERT(strstr(echo, "\nsampling:\n    count: 77\n") != NULL);
    free(echo);
    config_reset(table, &first);
    config_reset(table, &second);
}

static void test_help(void)
{
    char *help = config_help(table);
    CU_ASSERT_PTR_NOT_NULL(help);
    if (help == NULL)
        return;
    CU_ASSERT(strstr(help, "input.activations: a text; required\n      the file to read") != NULL);
    CU_ASSERT(strstr(help, "sampling.count: an integer from 2 to 100000; default 1000") != NULL);
    CU_ASSERT(strstr(help, "one of euclidean, cosine or correlation; default euclidean") != NULL);
    free(help);
}

static void test_nearest(void)
{
    static const char *const names[] = {"layer1.conv1", "layer2.conv1", "head", "x", NULL};
    CU_ASSERT_STRING_EQUAL(nearest_name("layer2.conv2", names), "layer2.conv1");
    CU_ASSERT_STRING_EQUAL(nearest_name("haed", names), "head");
    CU_ASSERT_STRING_EQUAL(nearest_name("HEAD", names), "head");
    CU_ASSERT_PTR_NULL(nearest_name("completely different", names));
    CU_ASSERT_PTR_NULL(nearest_name("", names));
    char longest[1000];
    memset(longest, 'a', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    CU_ASSERT_PTR_NULL(nearest_name(longest, names));
}

/* Each allocation fails once: an error, nothing leaked, and success when none fails. */
static void test_short_memory(void)
{
    struct settings settings = {0};
    char *overrides[] = {"input.checkpoints={every: 5}", "output.directory=x"};
    char path[] = "/tmp/strata-config-XXXXXX";
    const char *text = "input: {activations: a, checkpoints: [1, 2, 3]}\n";
    int descriptor = mkstemp(path);
    CU_ASSERT_EQUAL_FATAL(write(descriptor, text, strlen(text)), (ssize_t)strlen(text));
    close(descriptor);

    bool failed = failing_memory_works();
    for (long k = 0; failed && k < 1000; k++) {
        struct fault fault = {0};
        failing_memory_arm(k);
        int status = config_load(table, path, overrides, 2, &settings, &fault);
        config_reset(table, &settings);
        CU_ASSERT_EQUAL(failing_memory_disarm(), 0);
        failed = failing_memory.failed;
        CU_ASSERT_EQUAL(status, failed ? EXIT_SYSTEM : EXIT_COMPLETE);
        CU_ASSERT(!failed || strstr(fault.text, "out of memory") != NULL);
    }
    CU_ASSERT(!failed);
    unlink(path);
}

/* What a run may change and still go on is not in the decisive text. */
static void test_decisive(void)
{
    struct settings settings;
    struct fault fault;
    load("input: {activations: a.h5}\noutput: {directory: there}", &settings, &fault);
    char *text = config_decisive_text(table, &settings);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "tolerance: 1e-09"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "activations: "));
    CU_ASSERT_PTR_NULL(strstr(text, "output"));
    CU_ASSERT_PTR_NULL(strstr(text, "there"));
    free(text);
    config_reset(table, &settings);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"defaults", test_defaults},      {"values", test_values},
        {"overrides", test_overrides},    {"unknown and misplaced keys", test_keys},
        {"numbers", test_numbers},        {"texts and choices", test_texts},
        {"decisive keys", test_decisive}, {"YAML", test_yaml},
        {"round trip", test_round_trip},  {"help", test_help},
        {"nearest name", test_nearest},   {"short memory", test_short_memory},
    };
    return suite_run("config", cases, sizeof cases / sizeof *cases);
}
