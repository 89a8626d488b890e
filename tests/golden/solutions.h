/* Made by test_numerics --print. */
#include <math.h>

static const int golden_numerics = 3; /* STRATA_NUMERICS */
/* by effort; NAN: not held */
static const double golden_losses[][3] = {
    {0.08961851, 0.07826128, 0.07826128}, {0.04430386, NAN, 0.04190638}, {0.29240532, NAN, NAN},
    {0.06604698, 0.06483884, NAN},        {0.12022457, NAN, NAN},        {0.14670203, NAN, NAN},
};
