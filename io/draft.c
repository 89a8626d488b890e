#include "draft.h"

#include <stdlib.h>

FILE *draft_begin(struct draft *draft)
{
    *draft = (struct draft){0};
    draft->out = open_memstream(&draft->text, &draft->size);
    return draft->out;
}

char *draft_end(struct draft *draft)
{
    if (draft->out == NULL)
        return NULL;
    if (fclose(draft->out) == 0)
        return draft->text;
    free(draft->text);
    return NULL;
}
