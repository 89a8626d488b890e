/* Whether one value of the results can be trusted: what `strata inspect --pair` prints. */
#include "config.h"
#include "results.h"
#include "text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A gap of less than this part of the loss is rounding. */
static const double negligible = 1e-6;
/* Of the largest loss: what is left of zero in double precision. */
static const double rounding = 1e-12;
/* A loss so near its bound is as good as proven. */
static const double proven = 0.01;

/* A cell, and how its pair is called. */
struct asked {
    const struct results *results;
    results_explain *explain;
    int checkpoint, row, column;
    size_t cell;
};

static bool is_zero(const struct asked *a)
{
    const struct results *r = a->results;
    const size_t cells = results_cell(r, r->checkpoint_count, 0, 0);
    double largest = 0;
    for (size_t k = 0; k < cells; k++)
        largest = fmax(largest, r->loss[k]); /* NaN is passed over */
    return r->loss[a->cell] <= rounding * largest;
}

static bool is_stationary(const struct asked *a)
{
    const struct results *r = a->results;
    return r->gap[a->cell] <= negligible * r->loss[a->cell] && r->swaps_left[a->cell] == 0;
}

/* --- Which cell ------------------------------------------------------------------------------- */

static int find_name(const char *name, const char *const *names, int count, const char *what,
                     const char *path, struct fault *fault)
{
    for (int k = 0; k < count; k++)
        if (strcmp(names[k], name) == 0)
            return k;
    const char *nearest = nearest_name(name, names);
    fault_set(fault, EXIT_INPUT, "--pair: %s has no %s %s; %s %s", escape(path).text, what,
              quote(name).text, nearest ? "nearest name:" : "there is, for one,",
              quote(nearest ? nearest : names[0]).text);
    return -1;
}

static int find_layer(const struct results *r, const char *name, const char *path,
                      struct fault *fault)
{
    const char **names = calloc((size_t)r->layer_count + 1, sizeof *names);
    if (names == NULL)
        return -fault_set(fault, EXIT_SYSTEM, "memory is short");
    for (int k = 0; k < r->layer_count; k++)
        names[k] = r->layers[k];
    const int found = find_name(name, names, r->layer_count, "layer", path, fault);
    free(names);
    return found;
}

static int find_column(const struct results *r, const char *name, const char *path,
                       struct fault *fault)
{
    const char **names = calloc((size_t)r->column_count + 1, sizeof *names);
    if (names == NULL)
        return -fault_set(fault, EXIT_SYSTEM, "memory is short");
    for (int k = 0; k < r->column_count; k++)
        names[k] = results_column(r, k);
    const char *what =
        r->comparison == RESULTS_AGAINST ? "layer of the other network" : "layer or checkpoint";
    const int found = find_name(name, names, r->column_count, what, path, fault);
    free(names);
    return found;
}

static int find_step(const struct results *r, const char *text, const char *path,
                     struct fault *fault)
{
    char *end = NULL;
    const int last = r->checkpoint_count - 1;
    if (text == NULL)
        return last;
    errno = 0;
    const long long step = strtoll(text, &end, 10);
    for (int t = 0; t <= last && end != text && *end == '\0' && errno == 0; t++)
        if (r->steps[t] == step)
            return t;
    fault_set(fault, EXIT_INPUT,
              "--step: %s has no checkpoint of step %s; there are %d, from %lld to %lld",
              escape(path).text, quote(text).text, last + 1, (long long)r->steps[0],
              (long long)r->steps[last]);
    return -1;
}

/* --- What is known of it ---------------------------------------------------------------------- */

static const char *name_of(char *const *names, int code)
{
    const char *name = results_name(names, code);
    return name ? name : "unknown";
}

static void print_value(const struct asked *a)
{
    const struct results *r = a->results;
    printf("  distance      %.6g\n  loss          %.6g", r->distance[a->cell], r->loss[a->cell]);
    if (r->replicate_count > 1)
        printf(" ± %.2g, the mean and its error over %d replicates", r->loss_stderr[a->cell],
               r->replicate_count);
    printf(" of %d samples\n  lower bound   %.6g, certified: the optimum is not below\n",
           r->sample_count, r->lower_bound[a->cell]);
    if (isfinite(r->identity_loss[a->cell]))
        printf("  identity      %.6g, the loss of matching each input to itself\n",
               r->identity_loss[a->cell]);
    else
        printf("  identity      none: the inputs differ\n");
}

static void print_search(const struct asked *a)
{
    const struct results *r = a->results;
    printf("  found by      %s", escape(name_of(r->methods, r->method[a->cell])).text);
    printf(" from the start %s; %d steps and %d swaps of all starts, %.3g s\n",
           escape(name_of(r->starts, r->start[a->cell])).text, r->iterations[a->cell],
           r->swaps[a->cell], r->seconds[a->cell]);
    printf("  gap           %.2g%s\n", r->gap[a->cell],
           r->gap[a->cell] <= negligible * r->loss[a->cell] ? ": no linear step improves it"
                                                            : " might be gained by linear steps");
    if (r->swaps_left[a->cell] >= 0)
        printf("  swaps left    %d%s\n", r->swaps_left[a->cell],
               r->swaps_left[a->cell] ? " points would gain by one" : ": no swap improves it");
    else
        printf("  swaps left    not counted\n");
}

static void print_noise(const struct asked *a)
{
    const struct results *r = a->results;
    const double row = results_row_floor(r, a->checkpoint, a->row);
    const double column = results_column_floor(r, a->checkpoint, a->row, a->column);
    if (isfinite(row) && isfinite(column))
        printf("  noise floor   %.4g and %.4g: how far each is from itself on other inputs\n", row,
               column);
    else
        printf("  noise floor   not measured (it takes sampling.replicates of 2 or more, and twice "
               "the rows)\n");
}

/* --- The answer ------------------------------------------------------------------------------- */

static void print_answer(const struct asked *a)
{
    const struct results *r = a->results;
    const double loss = r->loss[a->cell];
    const double bound = fmax(r->lower_bound[a->cell], 0);
    printf("\nCan this cell be trusted? ");
    if (results_worse_than_identity(r, a->cell))
        printf("No: matching each input to itself is better, so solver.epsilon is too large.");
    else if (r->status[a->cell] != 0)
        printf("With care: the solver came to its limit of steps before the end.");
    else if (is_zero(a))
        printf("Yes: it is zero up to rounding, and no loss is below zero.");
    else if (loss - bound <= proven * loss)
        printf("Yes: it is proven to be within %.2g %% of the optimum.",
               100 * (loss - bound) / loss);
    else if (is_stationary(a))
        printf("Yes, as far as can be told: neither a linear step nor a swap improves it. Proven "
               "is that the distance is between %.4g and %.4g.",
               0.5 * sqrt(bound), r->distance[a->cell]);
    else if (r->swaps_left[a->cell] < 0)
        printf("Yes, as an upper bound: it is the loss of a coupling. Proven is that the distance "
               "is between %.4g and %.4g.",
               0.5 * sqrt(bound), r->distance[a->cell]);
    else
        printf("As an upper bound only: single moves still improve it; solve again with a higher "
               "solver.effort.");
    if (results_within_noise(r, a->checkpoint, a->row, a->column))
        printf(" But these samples cannot tell the two apart: each is as far from itself on other "
               "inputs.");
    printf("\n");
}

static void print_reason(const struct asked *a)
{
    const char *name = name_of(a->results->statuses, a->results->status[a->cell]);
    const struct results_reason reason = a->explain(name);
    printf("\nCan this cell be trusted? It has no value: %s", escape(name).text);
    printf("%s%s%s%s.\n", *reason.meaning ? ", " : "", reason.meaning, *reason.advice ? "; " : "",
           reason.advice);
}

static void print_certificate(const struct asked *a)
{
    const struct results *r = a->results;
    printf("%s and ", escape(r->layers[a->row]).text);
    printf("%s at step %lld\n", escape(results_column(r, a->column)).text,
           (long long)r->steps[a->checkpoint]);
    if (!isfinite(r->loss[a->cell])) {
        print_reason(a);
        return;
    }
    if (r->comparison == RESULTS_WITHIN && a->row == a->column) {
        printf("\nCan this cell be trusted? Yes: it is a layer compared with itself.\n");
        return;
    }
    print_value(a);
    print_search(a);
    print_noise(a);
    print_answer(a);
}

int results_certify(const char *path, const char *layer, const char *column, const char *step,
                    results_explain *explain, struct fault *fault)
{
    struct results *results = NULL;
    if (results_read(path, &results, fault))
        return fault->status;
    struct asked asked = {.results = results, .explain = explain};
    asked.row = find_layer(results, layer, path, fault);
    if (!fault->status)
        asked.column = find_column(results, column, path, fault);
    if (!fault->status)
        asked.checkpoint = find_step(results, step, path, fault);
    if (!fault->status) {
        asked.cell = results_cell(results, asked.checkpoint, asked.row, asked.column);
        print_certificate(&asked);
    }
    results_destroy(&results);
    return fault->status;
}
