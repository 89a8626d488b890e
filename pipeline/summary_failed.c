/* The pairs without a value, by layer: where all pairs of a layer fail alike, it is the layer; and
 * those whose value is no good. */
#include "pair.h"
#include "summary.h"
#include "summary_parts.h"
#include "text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LAYERS_SHOWN = 20, STEPS_SHOWN = 8, ANY = -1 };

/* Whether a cell is of a pair that was to be compared. */
static bool is_pair(const struct results *results, int t, int i, int j)
{
    const bool itself = results->comparison == RESULTS_WITHIN
                            ? i == j
                            : results->comparison == RESULTS_ACROSS && j == RESULTS_LAST &&
                                  t == results->checkpoint_count - 1;
    return !itself && results->status[results_cell(results, t, i, j)] != pair_status_none;
}

static bool fails(const struct results *results, int t, int i, int j, int status)
{
    const size_t cell = results_cell(results, t, i, j);
    return is_pair(results, t, i, j) && !isfinite(results->distance[cell]) &&
           (status == ANY || results->status[cell] == status);
}

static long long count_failed(const struct results *results, int status)
{
    long long count = 0;
    for (int t = 0; t < results->checkpoint_count; t++)
        for (int i = 0; i < results->layer_count; i++)
            for (int j = results_first_column(results, i); j < results->column_count; j++)
                count += fails(results, t, i, j, status);
    return count;
}

long long summary_pairs(const struct results *results, bool failed)
{
    long long count = 0;
    for (int t = 0; t < results->checkpoint_count && !failed; t++)
        for (int i = 0; i < results->layer_count; i++)
            for (int j = results_first_column(results, i); j < results->column_count; j++)
                count += is_pair(results, t, i, j);
    return failed ? count_failed(results, ANY) : count;
}

/* --- Whose fault it is ------------------------------------------------------------------------ */

/* The layers of the rows, and, of another network, those of the columns behind them. */
static int line_count(const struct results *results)
{
    return results->layer_count +
           (results->comparison == RESULTS_AGAINST ? results->column_count : 0);
}

/* Whether all pairs of a line have failed, some of them in this way. */
static bool line_fails(const struct results *results, int t, int line, int status)
{
    const bool is_row = line < results->layer_count;
    const int cells = is_row ? results->column_count : results->layer_count;
    bool all = true;
    bool some = false;
    for (int k = 0; k < cells; k++) {
        const int i = is_row ? line : k;
        const int j = is_row ? k : line - results->layer_count;
        all = all && (!is_pair(results, t, i, j) || fails(results, t, i, j, ANY));
        some = some || fails(results, t, i, j, status);
    }
    return all && some;
}

/* failed[lines, T] */
static void find_lines(const struct results *results, int status, bool *failed)
{
    const int T = results->checkpoint_count;
    for (int line = 0; line < line_count(results); line++)
        for (int t = 0; t < T; t++)
            failed[(size_t)line * T + t] = line_fails(results, t, line, status);
}

/* Whether at some step all pairs fail: then some layers may only have had none to be compared with.
 */
static bool all_fail(const struct results *results)
{
    bool all = false;
    for (int t = 0; t < results->checkpoint_count && !all; t++) {
        all = results->comparison != RESULTS_ACROSS;
        for (int i = 0; i < results->layer_count; i++)
            all = all && line_fails(results, t, i, ANY);
    }
    return all;
}

/* The failed pairs of layers that others do not fail with. */
static long long count_others(const struct results *results, int status, const bool *failed)
{
    const int T = results->checkpoint_count;
    long long count = 0;
    for (int t = 0; t < T; t++)
        for (int i = 0; i < results->layer_count; i++)
            for (int j = results_first_column(results, i); j < results->column_count; j++) {
                const int other = results->comparison == RESULTS_AGAINST  ? results->layer_count + j
                                  : results->comparison == RESULTS_WITHIN ? j
                                                                          : i;
                count += fails(results, t, i, j, status) && !failed[(size_t)i * T + t] &&
                         !failed[(size_t)other * T + t];
            }
    return count;
}

/* --- In words --------------------------------------------------------------------------------- */

/* "layer l2 at steps 0, 10, 20", if it failed at any. */
static bool print_line(const struct results *results, int line, const bool *failed, FILE *out)
{
    const int T = results->checkpoint_count;
    const bool is_row = line < results->layer_count;
    int steps = 0;
    int shown = 0;
    for (int t = 0; t < T; t++)
        steps += failed[t];
    if (steps == 0)
        return false;
    fprintf(out, "    %slayer %s at", is_row ? "" : "the other network's ",
            escape(is_row ? results->layers[line]
                          : results_column(results, line - results->layer_count))
                .text);
    if (steps == T && T > 1) {
        fprintf(out, " all %d steps\n", T);
        return true;
    }
    fprintf(out, " step%s", plural(steps));
    for (int t = 0; t < T && shown < STEPS_SHOWN; t++)
        if (failed[t])
            fprintf(out, "%s %lld", shown++ ? "," : "", (long long)results->steps[t]);
    if (steps > shown)
        fprintf(out, ", … (%d steps)", steps);
    fputc('\n', out);
    return true;
}

static void print_lines(const struct results *results, int status, FILE *out)
{
    const int T = results->checkpoint_count;
    const int lines = line_count(results);
    bool *failed = calloc((size_t)lines * (size_t)T, sizeof *failed);
    int shown = 0;
    int left = 0;
    if (failed == NULL)
        return; /* the counts have been said */
    find_lines(results, status, failed);
    for (int line = 0; line < lines; line++) {
        const bool *here = failed + (size_t)line * T;
        if (shown < LAYERS_SHOWN)
            shown += print_line(results, line, here, out);
        else
            left += memchr(here, true, (size_t)T) != NULL;
    }
    if (left > 0)
        fprintf(out, "    and %d more layers\n", left);
    const long long others = count_others(results, status, failed);
    if (others > 0)
        fprintf(out, "    %lld pair%s of %slayers (/gw/status)\n", others, plural(others),
                shown > 0 ? "other " : "");
    free(failed);
}

static void print_status(const struct results *results, int status, const char *name,
                         long long count, FILE *out)
{
    const struct results_reason reason = pair_reason(name);
    fprintf(out, "  %lld %s%s%s\n", count, escape(name).text, *reason.meaning ? ": " : "",
            reason.meaning);
    print_lines(results, status, out);
    if (*reason.advice)
        fprintf(out, "    what to do: %s\n", reason.advice);
}

static const char *status_name(const struct results *results, int status)
{
    if (results->statuses)
        return results_name(results->statuses, status);
    return status <= pair_status_none ? pair_status_names[status] : NULL;
}

/* Only regularised solves can end above the identity, from which all others begin. */
static void print_worse(const struct results *results, FILE *out)
{
    long long count = 0;
    for (int t = 0; t < results->checkpoint_count; t++)
        for (int i = 0; i < results->layer_count; i++)
            for (int j = results_first_column(results, i); j < results->column_count; j++)
                count += is_pair(results, t, i, j) &&
                         results_worse_than_identity(results, results_cell(results, t, i, j));
    if (count > 0)
        fprintf(out,
                "%lld of %lld pairs have a higher loss than matching each input to itself: their "
                "distances mean nothing; lower solver.epsilon, or set solver.method: auto.\n\n",
                count, summary_pairs(results, false));
}

void summary_failed(const struct results *results, FILE *out)
{
    const long long pairs = summary_pairs(results, false);
    const long long failed = summary_pairs(results, true);
    long long named = 0;
    print_worse(results, out);
    if (failed == 0) {
        fprintf(out, pairs == 1 ? "The %lld pair is solved.\n\n" : "All %lld pairs solved.\n\n",
                pairs);
        return;
    }
    fprintf(out, "%lld of %lld pairs have no value%s:\n", failed, pairs,
            results->comparison == RESULTS_WITHIN ? ", and are left out of groups and means" : "");
    for (int status = 0; status_name(results, status); status++) {
        const long long count = count_failed(results, status);
        if (count > 0)
            print_status(results, status, status_name(results, status), count, out);
        named += count;
    }
    if (named < failed)
        fprintf(out, "  %lld of unknown status\n", failed - named);
    if (all_fail(results))
        fprintf(out, "  (Where all fail, some may only have had none to be compared with.)\n");
    fputc('\n', out);
}
