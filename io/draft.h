/* A text in the making: what is printed to it becomes a string. */
#ifndef STRATA_DRAFT_H
#define STRATA_DRAFT_H

#include <stdio.h>

struct draft {
    FILE *out; /* to print to */
    char *text;
    size_t size;
};

/* The stream, or NULL: memory is short. The draft stays where it is until its end. */
FILE *draft_begin(struct draft *draft);

/* The text, owned by the caller. NULL if memory is or was short. */
char *draft_end(struct draft *draft);

#endif
