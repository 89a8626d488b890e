#include "pairing.h"

#include <stddef.h>

const char *const pairing_names[] = {"within", "across", NULL};
const char *const pairing_columns[] = {"last", "before"};

/* Appends a group; returns its index. */
static int add_group(struct pairing *p, struct pairing_group group)
{
    group.first = p->spaces;
    p->spaces += group.layers;
    p->group[p->groups] = group;
    return p->groups++;
}

static void add_block(struct pairing *p, struct pairing_block block)
{
    p->block[p->blocks++] = block;
}

static void add_floor(struct pairing *p, int own, enum pairing_target target)
{
    struct pairing_group apart = p->group[own];
    apart.apart = true;
    const int other = add_group(p, apart);
    add_block(p, (struct pairing_block){SHAPE_DIAGONAL, own, other, target, 0});
}

struct pairing pairing_make(enum pairing_kind kind, const int layers[PAIRING_INPUTS],
                            int checkpoints, const bool floor[PAIRING_INPUTS])
{
    struct pairing p = {.kind = kind, .checkpoints = checkpoints, .rows = layers[0]};
    const int own = add_group(&p, (struct pairing_group){.layers = layers[0]});
    int other = own;
    switch (kind) {
    case PAIRING_WITHIN:
        p.columns = layers[0];
        add_block(&p, (struct pairing_block){SHAPE_TRIANGLE, own, own, TARGET_MATRIX, 0});
        break;
    case PAIRING_AGAINST:
        p.columns = layers[1];
        other = add_group(&p, (struct pairing_group){.input = 1, .layers = layers[1]});
        add_block(&p, (struct pairing_block){SHAPE_RECTANGLE, own, other, TARGET_MATRIX, 0});
        break;
    case PAIRING_ACROSS: /* the earlier checkpoint first: so a pair has one key in all frames */
        p.columns = PAIRING_ACROSS_COLUMNS;
        other = add_group(&p, (struct pairing_group){.layers = layers[0], .time = TIME_LAST});
        add_block(&p,
                  (struct pairing_block){SHAPE_DIAGONAL, own, other, TARGET_MATRIX, PAIRING_LAST});
        other = add_group(&p, (struct pairing_group){.layers = layers[0], .time = TIME_BEFORE});
        add_block(
            &p, (struct pairing_block){SHAPE_DIAGONAL, other, own, TARGET_MATRIX, PAIRING_BEFORE});
        break;
    }
    if (floor[0])
        add_floor(&p, own, TARGET_FLOOR);
    if (floor[1] && kind == PAIRING_AGAINST)
        add_floor(&p, other, TARGET_COLUMN_FLOOR);
    return p;
}

const struct pairing_group *pairing_group_of(const struct pairing *p, int space)
{
    int g = 0;
    while (space >= p->group[g].first + p->group[g].layers)
        g++;
    return &p->group[g];
}

int pairing_checkpoint(const struct pairing *p, const struct pairing_group *group, int t)
{
    switch (group->time) {
    case TIME_BEFORE:
        return t - 1;
    case TIME_LAST:
        return t < p->checkpoints - 1 ? p->checkpoints - 1 : -1;
    default:
        return t;
    }
}

static int64_t count_block(const struct pairing *p, const struct pairing_block *block, int t)
{
    const struct pairing_group *a = &p->group[block->a];
    const struct pairing_group *b = &p->group[block->b];
    if (pairing_checkpoint(p, a, t) < 0 || pairing_checkpoint(p, b, t) < 0)
        return 0;
    switch (block->shape) {
    case SHAPE_TRIANGLE:
        return (int64_t)a->layers * (a->layers - 1) / 2;
    case SHAPE_RECTANGLE:
        return (int64_t)a->layers * b->layers;
    default:
        return a->layers;
    }
}

int64_t pairing_count(const struct pairing *p, int t)
{
    int64_t count = 0;
    for (int k = 0; k < p->blocks; k++)
        count += count_block(p, &p->block[k], t);
    return count;
}

void pairing_get(const struct pairing *p, int t, int64_t number, int *a, int *b)
{
    const struct pairing_block *block = p->block;
    for (; number >= count_block(p, block, t); block++)
        number -= count_block(p, block, t);
    const struct pairing_group *left = &p->group[block->a];
    const struct pairing_group *right = &p->group[block->b];
    int i = (int)number;
    int j = (int)number;
    if (block->shape == SHAPE_RECTANGLE) {
        i = (int)(number / right->layers);
        j = (int)(number % right->layers);
    } else if (block->shape == SHAPE_TRIANGLE) { /* (0,1), (0,2), …, (1,2), … */
        i = 0;
        for (int64_t row = left->layers - 1; number >= row; row--) {
            number -= row;
            i++;
        }
        j = i + 1 + (int)number;
    }
    *a = left->first + i;
    *b = right->first + j;
}

/* The block of a pair of spaces. */
static const struct pairing_block *block_of(const struct pairing *p, int a, int b)
{
    const int left = (int)(pairing_group_of(p, a) - p->group);
    const int right = (int)(pairing_group_of(p, b) - p->group);
    const struct pairing_block *block = p->block;
    while (block->a != left || block->b != right)
        block++;
    return block;
}

int64_t pairing_number(const struct pairing *p, int t, int a, int b)
{
    const struct pairing_block *block = block_of(p, a, b);
    const int64_t i = a - p->group[block->a].first;
    const int64_t j = b - p->group[block->b].first;
    int64_t number = 0;
    for (const struct pairing_block *before = p->block; before < block; before++)
        number += count_block(p, before, t);
    switch (block->shape) {
    case SHAPE_TRIANGLE:
        return number + i * (2 * p->group[block->a].layers - i - 1) / 2 + (j - i - 1);
    case SHAPE_RECTANGLE:
        return number + i * p->group[block->b].layers + j;
    default:
        return number + i;
    }
}

struct pairing_cell pairing_cell(const struct pairing *p, int a, int b)
{
    const struct pairing_block *block = block_of(p, a, b);
    const int row = a - p->group[block->a].first;
    const int column =
        block->shape == SHAPE_DIAGONAL ? block->column : b - p->group[block->b].first;
    return (struct pairing_cell){block->target, row, column};
}
