#include "figure_sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PANELS_MAX = 48 };

int figure_sweep_panels(const struct config_sweep *sweep)
{
    return sweep->member_count < PANELS_MAX ? (int)sweep->member_count : PANELS_MAX;
}

int64_t figure_sweep_panel_member(const struct config_sweep *sweep, int panel)
{
    const int panels = figure_sweep_panels(sweep);
    if (panels < 2)
        return 0;
    return llround((double)panel * (double)(sweep->member_count - 1) / (panels - 1));
}

static bool has_numbers(const struct config_sweep_key *swept)
{
    double *numbers = calloc((size_t)swept->count, sizeof *numbers);
    bool numeric = numbers != NULL && sweep_numbers(swept, numbers);
    free(numbers);
    return numeric;
}

int figure_sweep_axis_key(const struct config_sweep *sweep, int axis)
{
    int first = -1;
    for (int k = 0; k < sweep->key_count; k++) {
        if (sweep->keys[k].axis != axis)
            continue;
        first = first < 0 ? k : first;
        if (has_numbers(&sweep->keys[k]))
            return k;
    }
    return first;
}

const char *figure_sweep_word(const struct config_sweep_key *swept)
{
    const char *dot = strrchr(swept->key->name, '.');
    return dot != NULL ? dot + 1 : swept->key->name;
}

void figure_sweep_label(const struct config_sweep *sweep, int64_t member, int but, char *text,
                        size_t size)
{
    size_t used = 0;
    *text = '\0';
    for (int k = 0; k < sweep->key_count && used < size; k++) {
        const struct config_sweep_key *swept = &sweep->keys[k];
        const char *label = swept->labels[config_sweep_place(sweep, k, member)];
        const bool named = has_numbers(swept); /* a number does not tell of what */
        if (swept->axis == but)
            continue;
        used += (size_t)snprintf(text + used, size - used, "%s%s%s%s", used > 0 ? " · " : "",
                                 named ? figure_sweep_word(swept) : "", named ? " " : "", label);
    }
}

void figure_sweep_titles(const struct figure *figure, double left, double width, const char *second)
{
    const struct config_sweep *sweep = figure->sweep->sweep;
    char first[512] = "Sweep over";
    size_t used = strlen(first);
    for (int k = 0; k < sweep->key_count && used < sizeof first; k++)
        used += (size_t)snprintf(first + used, sizeof first - used, "%s %s",
                                 k == 0                      ? ""
                                 : k + 1 == sweep->key_count ? " and"
                                                             : ",",
                                 sweep->keys[k].key->name);
    figure_label(figure, left, 24, first, (int)(width / 9.5), "left font ',13'");
    figure_label(figure, left, 46, second, (int)(width / 7.4),
                 "left font ',10' textcolor '#666666'");
}
