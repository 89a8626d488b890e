#include "strata.h"

const char *strata_status_name(int status)
{
    switch (status) {
#define X(name, code, brief, text)                                                                 \
    case code:                                                                                     \
        return brief;
        STRATA_STATUSES(X)
#undef X
    default:
        return "unknown";
    }
}

const char *strata_status_text(int status)
{
    switch (status) {
#define X(name, code, brief, text)                                                                 \
    case code:                                                                                     \
        return text;
        STRATA_STATUSES(X)
#undef X
    default:
        return "unknown status";
    }
}
