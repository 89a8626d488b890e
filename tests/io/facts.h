/* What a message about bad input must say. */
#ifndef TESTS_FACTS_H
#define TESTS_FACTS_H

#include "fault.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

/* The fault is of bad input, and all facts, "|" between them, are in its message, which is one
 * line. */
static inline void expect_facts(const struct fault *fault, const char *facts)
{
    char copy[512];
    snprintf(copy, sizeof copy, "%s", facts);
    CU_ASSERT_EQUAL(fault->status, EXIT_INPUT);
    for (char *fact = strtok(copy, "|"); fact != NULL; fact = strtok(NULL, "|")) {
        CU_ASSERT(strstr(fault->text, fact) != NULL);
        if (strstr(fault->text, fact) == NULL)
            fprintf(stderr, "\n  no \"%s\" in: %s\n", fact, fault->text);
    }
    CU_ASSERT(strchr(fault->text, '\n') == NULL);
}

#endif
