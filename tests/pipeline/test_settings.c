/* The table of settings: defaults, nearest keys, and the echo that reads back. */
#include "figures.h"
#include "fingerprint.h"
#include "settings.h"
#include "strata.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/strata-settings-XXXXXX";

static int load(const char *text, struct settings *settings, struct fault *fault)
{
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
    *settings = (struct settings){0};
    *fault = (struct fault){0};
    return config_load(settings_table, path, NULL, 0, settings, fault);
}

static void test_defaults(void)
{
    struct settings s;
    struct fault fault;
    CU_ASSERT_EQUAL(load("input: {activations: a.h5}\n", &s, &fault), 0);
    CU_ASSERT_STRING_EQUAL(s.input.activations, "a.h5");
    CU_ASSERT_EQUAL(s.sampling.count, 0);
    CU_ASSERT_EQUAL(s.sampling.replicates, 1);
    CU_ASSERT_STRING_EQUAL(strata_distance_names[s.metric.distance], "euclidean");
    CU_ASSERT_STRING_EQUAL(strata_normalization_names[s.metric.normalize], "mean");
    CU_ASSERT_EQUAL(s.solver.effort, STRATA_STANDARD);
    CU_ASSERT_EQUAL(s.subnets.significance, 0.05);
    CU_ASSERT_STRING_EQUAL(s.output.directory, "strata-out");
    CU_ASSERT_EQUAL(s.output.figures, FIGURE_PNG | FIGURE_SVG);
    config_reset(settings_table, &s);
}

/* Every key has a default but one, a help text, and a section that is not torn apart. */
static void test_table(void)
{
    int required = 0;
    for (const struct config_key *key = settings_table; key->name; key++) {
        required += key->fallback == NULL;
        CU_ASSERT_PTR_NOT_NULL(key->help);
        CU_ASSERT_PTR_NOT_NULL(strchr(key->name, '.'));
        for (const struct config_key *other = settings_table; other != key; other++)
            CU_ASSERT_STRING_NOT_EQUAL(other->name, key->name);
    }
    CU_ASSERT_EQUAL(required, 1);
}

static void test_echo(void)
{
    struct settings s;
    struct settings again;
    struct fault fault;
    CU_ASSERT_EQUAL(
        load("input:\n  activations: 'odd \"name\" *.h5'\n  layers: [block*, '!x']\n"
             "  checkpoints: {every: 3}\n"
             "  against: b.h5\n  against_layers: [c, d]\n  pairs: across\n"
             "sampling: {count: 50, seed: 9007199254740992, replicates: 4, weights: w}\n"
             "metric: {distance: geodesic, normalize: none, neighbours: 7}\n"
             "solver: {method: entropic, epsilon: 0.1, effort: fast, memory: 0.25}\n"
             "subnets: {max_groups: 6, significance: 0.01}\n"
             "output: {directory: 'with space', figures: []}\n",
             &s, &fault),
        0);
    CU_ASSERT_EQUAL(s.output.figures, 0);
    char *text = config_text(settings_table, &s);
    CU_ASSERT_EQUAL(load(text, &again, &fault), 0);
    char *second = config_text(settings_table, &again);
    CU_ASSERT_STRING_EQUAL(text, second);
    free(text);
    free(second);
    config_reset(settings_table, &s);
    config_reset(settings_table, &again);
}

/* Pairs solved by another solver have other keys. */
static void test_fingerprint(void)
{
    char head[64];
    struct settings s;
    struct fault fault;
    CU_ASSERT_EQUAL(load("input: {activations: a.h5}\n", &s, &fault), 0);
    char *text = fingerprint_text(&s);
    snprintf(head, sizeof head, "strata: %s, numerics %d\n", STRATA_VERSION, STRATA_NUMERICS);
    CU_ASSERT_EQUAL(strncmp(text, head, strlen(head)), 0);
    free(text);
    config_reset(settings_table, &s);
}

/* Keys that exclude each other are named. */
static void test_check(void)
{
    static const struct {
        const char *text, *said;
    } cases[] = {{"input: {activations: a.h5, against: b.h5, pairs: across}\n", "input.against"},
                 {"input: {activations: a.h5}\nsolver: {epsilon: 1}\n", "solver.epsilon"},
                 {"input: {activations: a.h5, against: b.h5}\n", NULL},
                 {"input: {activations: a.h5}\nsolver: {method: proximal, epsilon: 1}\n", NULL}};
    for (int k = 0; k < 4; k++) {
        struct settings s;
        struct fault fault;
        CU_ASSERT_EQUAL(load(cases[k].text, &s, &fault), 0);
        CU_ASSERT_EQUAL(settings_check(&s, &fault), cases[k].said ? EXIT_INPUT : 0);
        CU_ASSERT(cases[k].said == NULL || strstr(fault.text, cases[k].said) != NULL);
        config_reset(settings_table, &s);
    }
}

static void test_nearest(void)
{
    struct settings s;
    struct fault fault;
    CU_ASSERT_EQUAL(load("input: {activations: a.h5}\nsampling: {cuont: 3}\n", &s, &fault),
                    EXIT_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "sampling.count"));
    CU_ASSERT_EQUAL(load("input: {activations: a.h5}\nsolver: {effort: fats}\n", &s, &fault),
                    EXIT_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "fast"));
    CU_ASSERT_EQUAL(load("sampling: {count: 3}\n", &s, &fault), EXIT_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "input.activations"));
}

int main(void)
{
    static const struct test_case cases[] = {
        {"defaults", test_defaults},
        {"the table", test_table},
        {"the echo reads back", test_echo},
        {"the fingerprint names the solver", test_fingerprint},
        {"keys that exclude each other", test_check},
        {"messages name what was meant", test_nearest},
    };
    int file = mkstemp(path);
    if (file < 0)
        return 1;
    close(file);
    int failed = suite_run("settings", cases, sizeof cases / sizeof *cases);
    unlink(path);
    return failed;
}
