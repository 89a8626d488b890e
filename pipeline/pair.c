#include "pair.h"
#include "strata.h"

#include <stddef.h>
#include <string.h>

static const int solver_codes[] = {
#define X(name, code, brief, text) code,
    STRATA_STATUSES(X)
#undef X
};

const char *const pair_status_names[] = {
#define X(name, code, brief, text) brief,
    STRATA_STATUSES(X)
#undef X
        "none",
    NULL};

const char *const pair_start_names[] = {"none",
#define X(name, brief) brief,
                                        STRATA_START_LIST(X)
#undef X
                                            NULL};

const char *const pair_method_names[] = {"none",
#define X(NAME, name, text) text,
                                         STRATA_METHODS(X)
#undef X
                                             NULL};

enum { STATUSES = sizeof solver_codes / sizeof *solver_codes };

const int32_t pair_status_none = STATUSES;

int32_t pair_status_of(int solver_status)
{
    for (int32_t k = 0; k < STATUSES; k++) {
        if (solver_codes[k] == solver_status)
            return k;
    }
    return pair_status_of(STRATA_ARGUMENT);
}

int32_t pair_start_of(int solver_start)
{
    return solver_start + 1;
}

bool pair_lasts(const struct pair_record *record)
{
    return record->status != pair_status_of(STRATA_MEMORY) &&
           record->status != pair_status_of(STRATA_STOPPED);
}

bool pair_has_value(int32_t status)
{
    return status == PAIR_OK || status == pair_status_of(STRATA_LIMIT);
}

static const char *advice_of(int solver_status)
{
    switch (solver_status) {
    case STRATA_CONSTANT:
        return "leave the layer out with input.layers, or these steps with input.checkpoints";
    case STRATA_OVERFLOW:
    case STRATA_UNDERFLOW:
        return "multiply the layer's activations by a constant where they are recorded, which "
               "changes no normalised distance";
    case STRATA_MEMORY:
        return "run fewer ranks a node or lower sampling.count; the same command tries these again";
    default:
        return "";
    }
}

struct results_reason pair_reason(const char *status_name)
{
    for (int32_t k = 0; k < STATUSES; k++)
        if (strcmp(pair_status_names[k], status_name) == 0)
            return (struct results_reason){strata_status_text(solver_codes[k]),
                                           advice_of(solver_codes[k])};
    return (struct results_reason){"", ""};
}
