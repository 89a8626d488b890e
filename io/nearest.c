/* The nearest name: optimal string alignment distance (insertions, deletions, substitutions and
 * swaps of neighbours, each counting 1), blind to case. O(|a| |b|) time, three rows of memory. */
#include "config.h"

#include <ctype.h>
#include <string.h>

enum { LONGEST = 255 };

static int lower(char c)
{
    return tolower((unsigned char)c);
}

static int smallest(int a, int b, int c)
{
    int least = a < b ? a : b;
    return least < c ? least : c;
}

static int edit_distance(const char *a, int a_length, const char *b, int b_length)
{
    int rows[3][LONGEST + 1] = {{0}};
    int *before = rows[0]; /* distances for a[..i-2], a[..i-1], a[..i] to every start of b */
    int *above = rows[1];
    int *current = rows[2];

    for (int j = 0; j <= b_length; j++)
        above[j] = j;
    for (int i = 1; i <= a_length; i++) {
        current[0] = i;
        for (int j = 1; j <= b_length; j++) {
            int differ = lower(a[i - 1]) != lower(b[j - 1]);
            current[j] = smallest(above[j] + 1, current[j - 1] + 1, above[j - 1] + differ);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1]) && before[j - 2] + 1 < current[j])
                current[j] = before[j - 2] + 1;
        }
        int *spare = before;
        before = above;
        above = current;
        current = spare;
    }
    return above[b_length];
}

const char *nearest_name(const char *name, const char *const *candidates)
{
    const char *nearest = NULL;
    int least = LONGEST;
    size_t length = strlen(name);

    if (length > LONGEST)
        return NULL;
    for (int k = 0; candidates[k] != NULL; k++) {
        size_t other = strlen(candidates[k]);
        if (other > LONGEST)
            continue;
        int longer = (int)(length > other ? length : other);
        int distance = edit_distance(name, (int)length, candidates[k], (int)other);
        if (distance < least && 3 * distance <= longer + 1) {
            least = distance;
            nearest = candidates[k];
        }
    }
    return nearest;
}
