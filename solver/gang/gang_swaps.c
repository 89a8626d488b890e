#include "gang_swaps.h"
int gang_swaps(struct gang *g, const struct gang_space *a, const struct gang_space *b, double *loss)
{
    (void)g;
    (void)a;
    (void)b;
    (void)loss;
    return STRATA_OK;
}
