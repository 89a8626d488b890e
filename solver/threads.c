#include "strata.h"

#include <cblas.h>

void strata_use_one_thread(void)
{
    openblas_set_num_threads(1);
}
