/* A program of another project: a triangle, and a copy with one point split in two. */
#include <stdio.h>
#include <stdlib.h>
#include <strata.h>

int main(void)
{
    const double A[] = {0, 3, 4, 3, 0, 5, 4, 5, 0};
    const double B[] = {0, 0, 3, 4, 0, 0, 3, 4, 3, 3, 0, 5, 4, 4, 5, 0};
    const double p[] = {0.5, 0.25, 0.25};
    struct strata_space *a = aligned_alloc(64, strata_space_size(3));
    struct strata_space *b = aligned_alloc(64, strata_space_size(4));
    struct strata_solver *solver = strata_solver_new(4);
    struct strata_solution s = {0};
    int status = strata_space_from_distances(a, A, 3, 3) | strata_space_from_distances(b, B, 4, 3) |
                 strata_space_set_weights(a, p, 3);
    status = status ? status : strata_solve_with(solver, a, b, NULL, &s, NULL, NULL);
    printf("%s, %s: loss %.6f\n", strata_status_name(status), strata_method_names[s.method],
           s.loss);
    strata_solver_destroy(&solver);
    free(a);
    free(b);
    return status;
}
