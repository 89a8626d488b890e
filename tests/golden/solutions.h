/* Made by test_numerics --print. */
#include <math.h>

static const int golden_numerics = 1; /* STRATA_NUMERICS */
/* by effort; NAN: not held */
static const double golden_losses[][3] = {
    {0.08971903, 0.07848569, 0.07826128},
    {0.04372514, 0.04190638, 0.04190638},
    {0.29945207, 0.28916192, NAN},
    {0.07185863, 0.06487711, NAN},
    {0.26821589, 0.26573745, NAN},
    {0.33718740, 0.33707400, NAN},
    {0.04985185, NAN, NAN},
    {0.03009706, NAN, NAN},
    {0.14291487, NAN, NAN},
    {0.12997506, NAN, NAN},
};
