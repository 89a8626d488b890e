/* Made by test_numerics --print. */
#include <math.h>

static const int golden_numerics = 5; /* STRATA_NUMERICS */
/* by effort; NAN: not held */
static const double golden_losses[][3] = {
    {0.08578292, 0.07826128, 0.07826128},
    {0.04427518, 0.04190638, 0.04190638},
    {0.29240532, 0.28916192, NAN},
    {0.06442332, 0.06329364, NAN},
    {0.12022457, NAN, NAN},
    {0.14670203, NAN, NAN},
};
