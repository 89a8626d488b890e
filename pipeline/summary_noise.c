/* What the noise floor says: which layers the samples cannot tell apart. */
#include "summary_parts.h"
#include "text.h"

#include <math.h>
#include <stdlib.h>

/* Whether layer l cannot be told from any of those marked. */
static bool joins(const struct results *results, int t, const int *set, int number, int l)
{
    for (int k = 0; k < results->layer_count; k++)
        if (set[k] == number && !results_within_noise(results, t, k, l))
            return false;
    return true;
}

/* Layers that cannot be told from each other, in sets, each from its first layer on: set[L] gets
 * numbers from 1, 0 for layers that can be told from all. Returns how many sets there are. */
static int find_sets(const struct results *results, int t, int *set)
{
    const int L = results->layer_count;
    int count = 0;
    for (int l = 0; l < L; l++)
        set[l] = 0;
    for (int first = 0; first < L; first++) {
        int size = 1;
        if (set[first] > 0)
            continue;
        set[first] = count + 1;
        for (int l = first + 1; l < L; l++)
            if (set[l] == 0 && joins(results, t, set, count + 1, l)) {
                set[l] = count + 1;
                size++;
            }
        set[first] = size > 1 ? count + 1 : 0;
        count += size > 1;
    }
    return count;
}

static void print_sets(const struct results *results, const int *set, int count, FILE *out)
{
    for (int number = 1; number <= count; number++) {
        const char *separator = "  ";
        for (int l = 0; l < results->layer_count; l++)
            if (set[l] == number) {
                fprintf(out, "%s%s", separator, escape(results->layers[l]).text);
                separator = ", ";
            }
        fputc('\n', out);
    }
}

/* The smallest and largest floor at t; false: none was measured. */
static bool find_range(const struct results *results, int t, double *least, double *most)
{
    *least = INFINITY;
    *most = -INFINITY;
    for (int l = 0; l < results->layer_count; l++) {
        const double floor = results_row_floor(results, t, l);
        *least = fmin(*least, floor); /* NaN is passed over */
        *most = fmax(*most, floor);
    }
    return isfinite(*least);
}

void summary_noise(const struct results *results, FILE *out)
{
    const int t = results->checkpoint_count - 1;
    double least = NAN;
    double most = NAN;
    if (results->replicate_count < 2)
        return;
    if (!find_range(results, t, &least, &most)) {
        fprintf(out,
                "Noise floor: not measured; the activations have fewer than %d rows, twice the "
                "samples of a replicate.\n\n",
                2 * results->sample_count);
        return;
    }
    int *set = malloc((size_t)results->layer_count * sizeof *set);
    const int count = set != NULL ? find_sets(results, t, set) : 0;
    fprintf(out,
            "Noise floor at step %lld, of a layer against itself on other inputs: %.3g to "
            "%.3g.\n",
            (long long)results->steps[t], least, most);
    if (set != NULL && count == 0)
        fprintf(out, "Every layer can be told from every other.\n");
    if (count > 0) {
        fprintf(out,
                "These layers cannot be told apart with %d samples: they are no farther from "
                "each other than each is from itself on other inputs.\n",
                results->sample_count);
        print_sets(results, set, count, out);
    }
    fputc('\n', out);
    free(set);
}
