#include "figure_names.h"

#include "draft.h"
#include "figure.h"
#include "figure_text.h"
#include "palette.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char separators[] = "./_:- ";

static const char *name_on(const struct results *results, const char *axis, int k)
{
    return *axis == 'x' ? results_column(results, k) : results->layers[k];
}

/* What all names have in common in front and behind, in bytes, whole words of them only. */
struct common {
    size_t head, tail;
};

static struct common find_common(const struct results *results, const char *axis, int count)
{
    const char *first = name_on(results, axis, 0);
    struct common common = {strlen(first), strlen(first)};
    size_t least = strlen(first);
    for (int k = 1; k < count; k++) {
        const char *name = name_on(results, axis, k);
        const size_t length = strlen(name);
        size_t head = 0;
        size_t tail = 0;
        while (head < common.head && name[head] != '\0' && name[head] == first[head])
            head++;
        while (tail < common.tail && tail < length &&
               name[length - 1 - tail] == first[strlen(first) - 1 - tail])
            tail++;
        common = (struct common){head, tail};
        least = length < least ? length : least;
    }
    while (common.head > 0 && !strchr(separators, first[common.head - 1]))
        common.head--;
    while (common.tail > 0 && !strchr(separators, first[strlen(first) - common.tail]))
        common.tail--;
    if (common.head + common.tail >= least) /* nothing would be left of some name */
        common = (struct common){0, 0};
    return common;
}

/* A name as it is drawn; NULL if memory is short. number: in front of it; 0: none. */
static char *make_label(const char *name, struct common common, int number, int columns)
{
    struct draft draft;
    char text[1024];
    const int length = (int)(strlen(name) - common.head - common.tail);
    FILE *out = draft_begin(&draft);
    if (out == NULL)
        return NULL;
    if (number > 0)
        snprintf(text, sizeof text, "%d %.*s", number, length, name + common.head);
    else
        snprintf(text, sizeof text, "%.*s", length, name + common.head);
    figure_text(out, text, columns, true);
    return draft_end(&draft);
}

static int compare(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static bool are_distinct(char **labels, int count)
{
    char **sorted = malloc((size_t)count * sizeof *sorted);
    bool distinct = true;
    if (sorted == NULL)
        return false;
    memcpy(sorted, labels, (size_t)count * sizeof *sorted);
    qsort(sorted, (size_t)count, sizeof *sorted, compare);
    for (int k = 1; k < count; k++)
        distinct = distinct && strcmp(sorted[k - 1], sorted[k]) != 0;
    free(sorted);
    return distinct;
}

static void free_labels(struct figure_names *names)
{
    for (int k = 0; names->labels && k < names->count; k++)
        free(names->labels[k]);
    free(names->labels);
    names->labels = NULL;
}

static void make_labels(struct figure_names *names, const struct results *results,
                        struct common common, bool numbered, int columns)
{
    names->labels = calloc((size_t)names->count, sizeof *names->labels);
    for (int k = 0; names->labels != NULL && k < names->count; k++) {
        names->labels[k] =
            make_label(name_on(results, names->axis, k), common, numbered ? k + 1 : 0, columns);
        if (names->labels[k] == NULL)
            free_labels(names);
    }
}

struct figure_names figure_names_new(const struct results *results, const char *axis,
                                     double spacing, double font, int columns)
{
    const double height = FIGURE_LINE * font / 10;
    struct figure_names names = {.axis = axis, .font = font};
    struct common common = {0, 0};
    int longest = 0;
    names.count = *axis == 'x' ? results->column_count : results->layer_count;
    names.step = spacing >= height ? 1 : (int)ceil(height / spacing);
    for (int k = 0; k < names.count; k++)
        longest = (int)fmax(longest, figure_text_columns(name_on(results, axis, k), 1000));
    if (longest > columns && names.count > 1)
        common = find_common(results, axis, names.count);
    if (common.head + common.tail > 0) {
        const char *first = name_on(results, axis, 0);
        snprintf(names.common, sizeof names.common, "%.*s*%s", (int)common.head, first,
                 first + strlen(first) - common.tail);
    }
    make_labels(&names, results, common, false, columns);
    if (longest > columns && names.labels != NULL && !are_distinct(names.labels, names.count)) {
        free_labels(&names);
        make_labels(&names, results, common, true, columns);
    }
    for (int k = 0; names.labels != NULL && k < names.count; k += names.step)
        names.width = fmax(names.width, FIGURE_COLUMN * font / 10 *
                                            (figure_text_columns(names.labels[k], 1000) - 2));
    return names;
}

void figure_names_reset(struct figure_names *names)
{
    free_labels(names);
}

void figure_names_ticks(FILE *script, const struct figure_names *names, const char *options)
{
    fprintf(script, "set %stics scale 0 %s font ',%g' textcolor '" COLOUR_INK "' (", names->axis,
            options, names->font);
    for (int k = 0; names->labels != NULL && k < names->count; k += names->step)
        fprintf(script, "%s%s %d", k > 0 ? ", " : "", names->labels[k], k);
    fputs(")\n", script);
}

static void append(const char *what, const char *common, char *notes, size_t size)
{
    const size_t used = strlen(notes);
    if (*common != '\0')
        snprintf(notes + used, size - used, "%s%s: %s", used > 0 ? "; " : "", what, common);
}

void figure_names_explain(const struct figure_names *rows, const struct figure_names *columns,
                          char *notes, size_t size)
{
    const bool same = strcmp(rows->common, columns->common) == 0;
    append(same ? "layers" : "rows", rows->common, notes, size);
    append("columns", same ? "" : columns->common, notes, size);
}
