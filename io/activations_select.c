/* Which layers and checkpoints a run uses. Layers keep the order of the network, checkpoints are
 * put into the order of their steps, whatever the order of the selection. */
#include "activations_internal.h"
#include "layer_pattern.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int by_step(const void *left, const void *right)
{
    const struct activations_checkpoint *a = left;
    const struct activations_checkpoint *b = right;
    return (a->step > b->step) - (a->step < b->step);
}

static int order_checkpoints(struct activations *activations, struct fault *fault)
{
    struct activations_checkpoint *checkpoints = activations->checkpoints;
    qsort(checkpoints, (size_t)activations->checkpoint_count, sizeof *checkpoints, by_step);
    for (int t = 1; t < activations->checkpoint_count; t++)
        if (checkpoints[t].step == checkpoints[t - 1].step)
            return fault_set(
                fault, EXIT_INPUT,
                "%s: checkpoint %s has step %lld, and so has checkpoint %s of %s; "
                "every checkpoint of a run needs its own step: does the pattern take in the "
                "files of two runs?",
                escape(checkpoints[t].file).text, quote(checkpoints[t].key).text,
                (long long)checkpoints[t].step, quote(checkpoints[t - 1].key).text,
                escape(checkpoints[t - 1].file).text);
    return 0;
}

/* An empty selection means everything, as "all" does. */
static bool selects_all(const struct string_list *list)
{
    return list->count == 0 || (list->count == 1 && strcmp(list->items[0], "all") == 0);
}

/* Marks the layers of one name or pattern as kept or, with a leading '!', as not. A name goes
 * before a pattern, since names may hold what patterns are made of. Returns how many match. */
static int mark_layers(const struct activations *activations, const char *pattern, bool *keep)
{
    bool kept = *pattern != '!';
    const char *name = pattern + !kept;
    int matches = 0;

    for (int l = 0; l < activations->layer_count; l++)
        if (strcmp(activations->layers[l], name) == 0) {
            keep[l] = kept;
            return 1;
        }
    for (int l = 0; l < activations->layer_count; l++)
        if (layer_matches(activations->layers[l], name)) {
            keep[l] = kept;
            matches++;
        }
    return matches;
}

static int refuse_layer(const struct activations *activations, const char *pattern,
                        struct fault *fault)
{
    /* h5_strings ends the list with NULL, which nearest_name needs */
    const char *const *names = (const char *const *)activations->layers;
    const char *nearest = nearest_name(pattern + (*pattern == '!'), names);
    return fault_set(fault, EXIT_INPUT,
                     "layers: %s matches no layer of %s; %s: %s; there are %d, which strata "
                     "inspect lists (* stays between the dots of a name, ** goes across them)",
                     quote(pattern).text, escape(activations->checkpoints[0].file).text,
                     nearest != NULL ? "nearest name" : "the first layer is",
                     quote(nearest != NULL ? nearest : names[0]).text, activations->layer_count);
}

/* Drops the layers that are not marked. */
static void keep_layers(struct activations *activations, const bool *keep)
{
    int kept = 0;
    for (int l = 0; l < activations->layer_count; l++)
        if (keep[l])
            activations->layers[kept++] = activations->layers[l];
        else
            free(activations->layers[l]);
    activations->layers[kept] = NULL;
    activations->layer_count = kept;
}

static int select_layers(struct activations *activations, const struct string_list *patterns,
                         struct fault *fault)
{
    int chosen = 0;
    bool *keep = calloc((size_t)activations->layer_count, sizeof *keep);
    if (keep == NULL)
        return fault_set(fault, EXIT_SYSTEM, "out of memory for the selection of layers");
    /* what is taken away first is taken from everything */
    for (int l = 0; l < activations->layer_count; l++)
        keep[l] = *patterns->items[0] == '!';
    for (int k = 0; k < patterns->count && fault->status == 0; k++)
        if (strcmp(patterns->items[k], "all") == 0)
            memset(keep, true, (size_t)activations->layer_count * sizeof *keep);
        else if (mark_layers(activations, patterns->items[k], keep) == 0)
            refuse_layer(activations, patterns->items[k], fault);
    for (int l = 0; l < activations->layer_count; l++)
        chosen += keep[l];
    if (fault->status == 0 && chosen == 0)
        fault_set(fault, EXIT_INPUT,
                  "layers: no layer is left: all that the patterns choose is taken away again "
                  "by patterns with '!'");
    if (fault->status == 0)
        keep_layers(activations, keep);
    free(keep);
    return fault->status;
}

static bool parse_integer(const char *text, int64_t *value)
{
    char *end = NULL;
    errno = 0;
    *value = strtoll(text, &end, 10);
    return end != text && *end == '\0' && errno == 0;
}

/* The checkpoint with this step, or the nearest one to tell the user. */
static int nearest_step(const struct activations *activations, int64_t step)
{
    int nearest = 0;
    for (int t = 1; t < activations->checkpoint_count; t++) {
        double now = (double)activations->checkpoints[t].step - (double)step;
        double best = (double)activations->checkpoints[nearest].step - (double)step;
        if (now * now < best * best)
            nearest = t;
    }
    return nearest;
}

static int mark_checkpoint(const struct activations *activations, const char *item, bool *keep,
                           struct fault *fault)
{
    int last = activations->checkpoint_count - 1;
    int64_t number = 0;

    if (strcmp(item, "first") == 0 || strcmp(item, "last") == 0) {
        keep[*item == 'f' ? 0 : last] = true;
        return 0;
    }
    if (strncmp(item, "every ", 6) == 0 && parse_integer(item + 6, &number) && number > 0) {
        for (int64_t t = 0; t <= last; t += number)
            keep[t] = true;
        return 0;
    }
    if (!parse_integer(item, &number))
        return fault_set(fault, EXIT_INPUT,
                         "checkpoints: expected all, {every: K}, or a list of steps, first "
                         "and last, found %s",
                         quote(item).text);
    int t = nearest_step(activations, number);
    if (activations->checkpoints[t].step != number)
        return fault_set(fault, EXIT_INPUT,
                         "checkpoints: no checkpoint has step %lld; nearest: %lld; there are "
                         "%d, from %lld to %lld",
                         (long long)number, (long long)activations->checkpoints[t].step, last + 1,
                         (long long)activations->checkpoints[0].step,
                         (long long)activations->checkpoints[last].step);
    keep[t] = true;
    return 0;
}

static int select_checkpoints(struct activations *activations, const struct string_list *items,
                              struct fault *fault)
{
    bool *keep = calloc((size_t)activations->checkpoint_count, sizeof *keep);
    if (keep == NULL)
        return fault_set(fault, EXIT_SYSTEM, "out of memory for the selection of checkpoints");
    for (int k = 0; k < items->count && fault->status == 0; k++)
        mark_checkpoint(activations, items->items[k], keep, fault);
    if (fault->status == 0) {
        int kept = 0;
        for (int t = 0; t < activations->checkpoint_count; t++) {
            struct activations_checkpoint *checkpoint = &activations->checkpoints[t];
            if (keep[t]) {
                activations->checkpoints[kept++] = *checkpoint;
            } else {
                free(checkpoint->file);
                free(checkpoint->key);
            }
        }
        activations->checkpoint_count = kept;
    }
    free(keep);
    return fault->status;
}

int activations_select(struct activations *activations,
                       const struct activations_selection *selection, struct fault *fault)
{
    if (order_checkpoints(activations, fault) != 0 || selection == NULL)
        return fault->status;
    if (!selects_all(&selection->layers) &&
        select_layers(activations, &selection->layers, fault) != 0)
        return fault->status;
    if (!selects_all(&selection->checkpoints))
        select_checkpoints(activations, &selection->checkpoints, fault);
    return fault->status;
}
