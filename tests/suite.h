/* A CUnit program in one call: list the cases, get an exit status. */
#ifndef TESTS_SUITE_H
#define TESTS_SUITE_H

#include <CUnit/Basic.h>

struct test_case {
    const char *name;
    void (*run)(void);
};

/* Runs the cases as one suite and returns the number of failed assertions (0: all passed). */
static inline int suite_run(const char *name, const struct test_case *cases, int count)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 1;
    CU_pSuite suite = CU_add_suite(name, NULL, NULL);
    int failed = suite == NULL;
    for (int k = 0; !failed && k < count; k++)
        failed = CU_add_test(suite, cases[k].name, cases[k].run) == NULL;
    if (!failed) {
        CU_basic_set_mode(CU_BRM_VERBOSE);
        failed = CU_basic_run_tests() != CUE_SUCCESS || CU_get_number_of_failures() > 0;
    }
    CU_cleanup_registry();
    return failed;
}

#endif
