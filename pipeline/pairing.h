/* Which mm-spaces a frame holds, and which of them are compared: the one place that knows.
 *
 * A frame is one replicate's samples at one checkpoint. Its spaces come in groups: the layers of an
 * input, at this or another checkpoint, on the rows that were drawn or on others apart from them.
 * Its pairs come in blocks: two groups, and how their spaces meet. A block fills a part of the
 * results.
 *
 *     within    own x own, each pair once          [L, L] symmetric
 *     against   own x other, all with all          [L, M]
 *     across    own x last, before x own           [L, 2] a layer with itself, at other checkpoints
 *     floor     own x own apart                    [L] a layer with itself, on other inputs */
#ifndef STRATA_PAIRING_H
#define STRATA_PAIRING_H

#include <stdbool.h>
#include <stdint.h>

enum { PAIRING_GROUPS = 4, PAIRING_BLOCKS = 3, PAIRING_INPUTS = 2 };

/* What is compared with what. WITHIN and ACROSS in the order of pairing_names. */
enum pairing_kind { PAIRING_WITHIN, PAIRING_ACROSS, PAIRING_AGAINST };
extern const char *const pairing_names[]; /* within, across: input.pairs */

/* The columns of ACROSS: what the rows are compared with. */
enum { PAIRING_LAST, PAIRING_BEFORE, PAIRING_ACROSS_COLUMNS };
extern const char *const pairing_columns[]; /* [PAIRING_ACROSS_COLUMNS] */

enum pairing_time { TIME_NOW, TIME_BEFORE, TIME_LAST };
enum pairing_shape { SHAPE_TRIANGLE, SHAPE_RECTANGLE, SHAPE_DIAGONAL };

/* The part of the results that a pair fills. */
enum pairing_target { TARGET_MATRIX, TARGET_FLOOR, TARGET_COLUMN_FLOOR, PAIRING_TARGETS };

struct pairing_group {
    int input, layers;
    enum pairing_time time;
    bool apart; /* on the other rows */
    int first;  /* its first space in the frame */
};

struct pairing_block {
    enum pairing_shape shape;
    int a, b; /* groups */
    enum pairing_target target;
    int column; /* of the matrix, for a diagonal */
};

struct pairing {
    enum pairing_kind kind;
    int rows, columns; /* of the matrix */
    int checkpoints;   /* T */
    int groups, blocks;
    struct pairing_group group[PAIRING_GROUPS];
    struct pairing_block block[PAIRING_BLOCKS];
    int spaces; /* of a frame */
};

/* layers: of each input; the second counts for AGAINST only. floor: with the noise floor of that
 * input. */
struct pairing pairing_make(enum pairing_kind kind, const int layers[PAIRING_INPUTS],
                            int checkpoints, const bool floor[PAIRING_INPUTS]);

/* The group of a space. */
const struct pairing_group *pairing_group_of(const struct pairing *pairing, int space);

/* The checkpoint, of T, that a group is of in a frame at checkpoint t; -1: there is none, or it is
 * t itself. */
int pairing_checkpoint(const struct pairing *pairing, const struct pairing_group *group, int t);

/* How many pairs there are at checkpoint t, and the spaces a and b of the pair of a number. */
int64_t pairing_count(const struct pairing *pairing, int t);
void pairing_get(const struct pairing *pairing, int t, int64_t number, int *a, int *b);

/* The number of a pair of spaces: pairing_get backwards. */
int64_t pairing_number(const struct pairing *pairing, int t, int a, int b);

/* Where the outcome of a pair of spaces belongs. */
struct pairing_cell {
    enum pairing_target target;
    int row, column;
};
struct pairing_cell pairing_cell(const struct pairing *pairing, int a, int b);

#endif
