/* What is compared: each pair once, each cell once, whatever the comparison. */
#include "pairing.h"
#include "suite.h"

#include <string.h>

enum { MOST = 12, T = 4 };

static const struct {
    enum pairing_kind kind;
    int layers, others;
    bool floor, other_floor;
} cases[] = {
    {PAIRING_WITHIN, 2, 0, false, false},  {PAIRING_WITHIN, 9, 0, true, false},
    {PAIRING_AGAINST, 1, 1, false, false}, {PAIRING_AGAINST, 5, 8, true, true},
    {PAIRING_AGAINST, 8, 5, false, true},  {PAIRING_ACROSS, 1, 0, false, false},
    {PAIRING_ACROSS, 7, 0, true, false},
};
enum { CASES = sizeof cases / sizeof *cases };

static struct pairing make(int k)
{
    const int layers[] = {cases[k].layers, cases[k].others};
    const bool floor[] = {cases[k].floor, cases[k].other_floor};
    return pairing_make(cases[k].kind, layers, T, floor);
}

/* How often a cell of the matrix should be filled at checkpoint t. */
static int expected(const struct pairing *p, int t, int row, int column)
{
    switch (p->kind) {
    case PAIRING_WITHIN:
        return row < column;
    case PAIRING_AGAINST:
        return 1;
    default:
        return column == PAIRING_LAST ? t < T - 1 : t > 0;
    }
}

static void check_checkpoint(const struct pairing *p, int t, int floors)
{
    int filled[PAIRING_TARGETS][MOST][MOST];
    int64_t matrix = 0;
    memset(filled, 0, sizeof filled);
    for (int64_t k = 0; k < pairing_count(p, t); k++) {
        int a = -1;
        int b = -1;
        pairing_get(p, t, k, &a, &b);
        CU_ASSERT_FATAL(a >= 0 && b >= 0 && a < p->spaces && b < p->spaces && a != b);
        CU_ASSERT(pairing_checkpoint(p, pairing_group_of(p, a), t) >= 0);
        CU_ASSERT(pairing_checkpoint(p, pairing_group_of(p, b), t) >= 0);
        CU_ASSERT_EQUAL(pairing_number(p, t, a, b), k);
        const struct pairing_cell cell = pairing_cell(p, a, b);
        filled[cell.target][cell.row][cell.column]++;
        matrix += cell.target == TARGET_MATRIX;
    }
    for (int i = 0; i < p->rows; i++)
        for (int j = 0; j < p->columns; j++)
            CU_ASSERT_EQUAL(filled[TARGET_MATRIX][i][j], expected(p, t, i, j));
    CU_ASSERT_EQUAL(pairing_count(p, t) - matrix, floors);
}

static void test_each_once(void)
{
    for (int k = 0; k < CASES; k++) {
        const struct pairing p = make(k);
        const int floors =
            cases[k].floor * cases[k].layers + cases[k].other_floor * cases[k].others;
        for (int t = 0; t < T; t++)
            check_checkpoint(&p, t, floors);
    }
}

/* Every space is of one group, in order. */
static void test_spaces(void)
{
    for (int k = 0; k < CASES; k++) {
        const struct pairing p = make(k);
        int first = 0;
        for (int g = 0; g < p.groups; g++) {
            CU_ASSERT_EQUAL(p.group[g].first, first);
            for (int l = 0; l < p.group[g].layers; l++)
                CU_ASSERT_PTR_EQUAL(pairing_group_of(&p, first + l), &p.group[g]);
            first += p.group[g].layers;
        }
        CU_ASSERT_EQUAL(p.spaces, first);
    }
}

/* Of two checkpoints the earlier one comes first, from whichever frame: one key in the ledger. */
static void test_across_order(void)
{
    const struct pairing p = make(CASES - 1);
    for (int t = 0; t < T; t++) {
        for (int64_t k = 0; k < pairing_count(&p, t); k++) {
            int a = -1;
            int b = -1;
            pairing_get(&p, t, k, &a, &b);
            CU_ASSERT(pairing_group_of(&p, b)->apart ||
                      pairing_checkpoint(&p, pairing_group_of(&p, a), t) <
                          pairing_checkpoint(&p, pairing_group_of(&p, b), t));
        }
    }
}

int main(void)
{
    static const struct test_case tests[] = {
        {"each cell once", test_each_once},
        {"spaces and groups", test_spaces},
        {"the earlier checkpoint first", test_across_order},
    };
    return suite_run("pairing", tests, sizeof tests / sizeof *tests);
}
