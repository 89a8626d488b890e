#include "transport.h"
#include "kernels.h"
#include "weights.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Reduced costs this small a part of the largest cost are rounding. */
static const double rounding = 64 * DBL_EPSILON;

struct strata_transport *strata_transport_new(int n, int m)
{
    struct strata_transport *w =
        n < 1 || m < 1 || n > INT32_MAX / 2 || m > INT32_MAX / 2 ? NULL : calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    size_t count = (size_t)n + (size_t)m;
    w->row_capacity = n;
    w->column_capacity = m;
    w->mass = malloc(count * sizeof *w->mass);
    w->left = malloc(count * sizeof *w->left);
    w->flow = malloc(count * sizeof *w->flow);
    w->parent = malloc(count * sizeof *w->parent);
    w->next = malloc(count * sizeof *w->next);
    w->back = malloc(count * sizeof *w->back);
    w->last = malloc(count * sizeof *w->last);
    w->size = malloc(count * sizeof *w->size);
    w->order = malloc(count * sizeof *w->order);
    w->dual = malloc(count * sizeof *w->dual);
    if (!w->mass || !w->left || !w->flow || !w->parent || !w->next || !w->back || !w->last ||
        !w->size || !w->order || !w->dual)
        strata_transport_destroy(&w);
    return w;
}

void strata_transport_destroy(struct strata_transport **transport)
{
    struct strata_transport *w = *transport;
    if (w != NULL) {
        free(w->mass);
        free(w->left);
        free(w->flow);
        free(w->parent);
        free(w->next);
        free(w->back);
        free(w->last);
        free(w->size);
        free(w->order);
        free(w->dual);
        free(w);
    }
    *transport = NULL;
}

void transport_forget(struct strata_transport *w)
{
    w->total = 0;
}

/* --- Tree ------------------------------------------------------------------------------------- */

static inline void link(struct strata_transport *w, int node, int next)
{
    w->next[node] = next;
    w->back[next] = node;
}

/* Takes the nodes from … to, neighbours in the thread, out of it. */
static void cut(struct strata_transport *w, int from, int to)
{
    link(w, w->back[from], w->next[to]);
}

/* Puts the chain from … to into the thread, after a node. */
static void splice(struct strata_transport *w, int after, int from, int to)
{
    link(w, to, w->next[after]);
    link(w, after, from);
}

/* Cost of the cell between a node and its parent. */
static inline double cell(const struct strata_transport *w, const double *cost, int node)
{
    int parent = w->parent[node];
    int row = node < w->n ? node : parent;
    int column = (node < w->n ? parent : node) - w->n;
    return cost[(size_t)row * w->m + column];
}

/* Duals for which the tree's cells have reduced cost zero; costs may be others than before. Columns
 * outside the tree get none that could bring them in. */
static void set_duals(struct strata_transport *w, const double *cost)
{
    for (int k = 0; k < w->n + w->m; k++)
        w->dual[k] = -INFINITY;
    w->dual[w->root] = 0;
    for (int node = w->next[w->root]; node != w->root; node = w->next[node])
        w->dual[node] = cell(w, cost, node) - w->dual[w->parent[node]];
}

/* Thread, sizes and ends of the tree that parents make; order[count] are its nodes but the root,
 * children before parents. */
static void thread(struct strata_transport *w, const int *order, int count)
{
    link(w, w->root, w->root);
    w->size[w->root] = count + 1;
    for (int k = 0; k < count; k++)
        w->size[order[k]] = 1;
    for (int k = 0; k < count; k++) {
        if (w->parent[order[k]] != w->root)
            w->size[w->parent[order[k]]] += w->size[order[k]];
    }
    for (int k = count - 1; k >= 0; k--)
        splice(w, w->parent[order[k]], order[k], order[k]);
    /* backwards, a node without children is its own end, another has that of its last child */
    w->last[w->root] = w->root;
    for (int node = w->back[w->root]; node != w->root; node = w->back[node])
        w->last[node] = node;
    for (int node = w->back[w->root]; node != w->root; node = w->back[node]) {
        int parent = w->parent[node];
        if (w->last[parent] == parent)
            w->last[parent] = w->last[node];
    }
}

/* --- Masses ----------------------------------------------------------------------------------- */

static int is_uniform(const double *weights, int count)
{
    for (int k = 1; weights != NULL && k < count; k++) {
        if (weights[k] != weights[0])
            return 0;
    }
    return 1;
}

static int greatest_common_divisor(int a, int b)
{
    while (b != 0) {
        int rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* mass[count]: the weights in units of 1/total, their rest on the largest. */
static void to_units(const double *weights, int count, int64_t total, int64_t *mass)
{
    double sum = 0;
    for (int k = 0; weights != NULL && k < count; k++)
        sum += weights[k];
    int largest = 0;
    int64_t rest = total;
    for (int k = 0; k < count; k++) {
        double share = weights != NULL ? weights[k] / sum : 1.0 / count;
        mass[k] = (int64_t)(share * (double)total);
        rest -= mass[k];
        largest = mass[k] > mass[largest] ? k : largest;
    }
    mass[largest] += rest;
}

static void set_masses(struct strata_transport *w, const double *p, const double *q)
{
    if (is_uniform(p, w->n) && is_uniform(q, w->m)) {
        int divisor = greatest_common_divisor(w->n, w->m);
        for (int i = 0; i < w->n; i++)
            w->left[i] = w->m / divisor;
        for (int j = 0; j < w->m; j++)
            w->left[w->n + j] = w->n / divisor;
    } else {
        to_units(p, w->n, (int64_t)1 << 61, w->left);
        to_units(q, w->m, (int64_t)1 << 61, w->left + w->n);
    }
}

/* --- First plan ------------------------------------------------------------------------------- */

static int cheapest_with_room(const struct strata_transport *w, const double *row)
{
    int best = w->root;
    double least = INFINITY;
    for (int j = 0; j < w->m; j++) {
        if (w->left[w->n + j] > 0 && w->n + j != w->root && row[j] < least) {
            least = row[j];
            best = w->n + j;
        }
    }
    return best;
}

/* Greedy: each row in turn sends its mass to the cheapest columns that have room; the root is
 * filled last. Who is used up first becomes the child of the other. A row that is used up together
 * with its column counts as having a little left, so that each empty cell of the tree points to the
 * root: the tree is strongly feasible. */
static void plan_greedily(struct strata_transport *w, const double *cost)
{
    int *order = w->order;
    int count = 0;
    for (int i = 0; i < w->n; i++) {
        for (int done = w->left[i] == 0; !done;) {
            int best = cheapest_with_room(w, cost + (size_t)i * w->m);
            done = best == w->root || w->left[i] < w->left[best];
            int64_t amount = done ? w->left[i] : w->left[best];
            w->left[i] -= amount;
            w->left[best] -= amount;
            int used = done ? i : best;
            w->flow[used] = amount;
            w->parent[used] = done ? best : i;
            order[count++] = used;
        }
    }
    thread(w, order, count);
}

static void start(struct strata_transport *w, const double *cost)
{
    const int count = w->n + w->m;
    memcpy(w->mass, w->left, (size_t)count * sizeof *w->mass);
    w->total = 0;
    w->root = -1;
    for (int k = 0; k < count; k++) {
        w->parent[k] = -1;
        w->flow[k] = 0;
        if (k < w->n)
            w->total += w->mass[k];
        else if (w->mass[k] > 0)
            w->root = k;
    }
    plan_greedily(w, cost);
}

/* --- Pivots ----------------------------------------------------------------------------------- */

/* The last cell on the cycle of (row, column) that is emptied first, going from the apex to the row
 * and back from the column, given as its lower node; *amount is what can flow. */
static int leaving(const struct strata_transport *w, int row, int column, int apex, int64_t *amount)
{
    int leave = -1;
    int64_t least = INT64_MAX;
    for (int k = row; k != apex; k = w->parent[k]) {
        if (k < w->n && w->flow[k] < least) {
            least = w->flow[k];
            leave = k;
        }
    }
    for (int k = column; k != apex; k = w->parent[k]) {
        if (k >= w->n && w->flow[k] <= least) {
            least = w->flow[k];
            leave = k;
        }
    }
    *amount = least;
    return leave;
}

static int apex_of(const struct strata_transport *w, int a, int b)
{
    while (a != b) {
        if (w->size[a] < w->size[b])
            a = w->parent[a];
        else
            b = w->parent[b];
    }
    return a;
}

/* Adds to the duals of rows, and takes from those of columns, of count nodes along the thread. */
static void shift_duals(struct strata_transport *w, int node, int count, double amount)
{
    for (; count > 0; count--) {
        w->dual[node] += node < w->n ? amount : -amount;
        node = w->next[node];
    }
}

static void send(struct strata_transport *w, int row, int column, int apex, int64_t amount)
{
    for (int k = row; k != apex; k = w->parent[k])
        w->flow[k] += k < w->n ? -amount : amount;
    for (int k = column; k != apex; k = w->parent[k])
        w->flow[k] += k < w->n ? amount : -amount;
}

/* Cuts the subtree of top out of the thread; sizes and ends above it follow. */
static void prune(struct strata_transport *w, int top)
{
    const int end = w->last[top];
    const int before = w->back[top];
    cut(w, top, end);
    for (int k = w->parent[top]; k >= 0; k = w->parent[k]) {
        w->size[k] -= w->size[top];
        w->last[k] = w->last[k] == end ? before : w->last[k];
    }
}

/* Turns the pruned subtree of top over, so that node, in it, becomes its top: the links of the path
 * between them are reversed, and their parts of the thread come in the order of that path. flow:
 * on the new cell above node. */
static void turn(struct strata_transport *w, int node, int top, int parent, int64_t flow)
{
    const int whole = w->size[top];
    const int first = node;
    int end = -1;  /* of the new thread */
    int below = 0; /* size of the part before */
    int left = -1; /* what came before that part in the thread, and its end */
    int right = -1;
    link(w, w->last[top], top); /* a thread of its own */
    for (int done = 0; !done;) {
        int above = w->parent[node];
        int64_t above_flow = w->flow[node];
        int size = w->size[node];
        int to = w->last[node] == right ? left : w->last[node];
        done = node == top;
        right = w->last[node];
        left = w->back[node];
        cut(w, node, to);
        if (end >= 0)
            link(w, end, node);
        end = to;
        w->parent[node] = parent;
        w->flow[node] = flow;
        w->size[node] = whole - below;
        below = size;
        parent = node;
        flow = above_flow;
        node = above;
    }
    for (node = top;; node = w->parent[node]) {
        w->last[node] = end;
        if (node == first)
            break;
    }
}

/* Hangs the chain of top below its parent, as the first child. */
static void graft(struct strata_transport *w, int top)
{
    const int parent = w->parent[top];
    const int end = w->last[top];
    splice(w, parent, top, end);
    for (int k = parent; k >= 0; k = w->parent[k]) {
        w->size[k] += w->size[top];
        w->last[k] = w->last[k] == parent ? end : w->last[k];
    }
}

/* Brings in the cell (row, column), of the given reduced cost. */
static void pivot(struct strata_transport *w, int row, int column, double reduced)
{
    int64_t amount = 0;
    const int apex = apex_of(w, row, column);
    const int leave = leaving(w, row, column, apex, &amount);
    if (amount > 0)
        send(w, row, column, apex, amount);
    int from_row = 0; /* whether the part that is cut off holds the row */
    for (int k = row; k != apex && !from_row; k = w->parent[k])
        from_row = k == leave;
    const int top = from_row ? row : column;

    prune(w, leave);
    if (w->size[leave] <= w->size[w->root]) /* the smaller part moves */
        shift_duals(w, leave, w->size[leave], from_row ? reduced : -reduced);
    else
        shift_duals(w, w->root, w->size[w->root], from_row ? -reduced : reduced);
    turn(w, top, leave, from_row ? column : row, amount);
    graft(w, top);
}

enum { BLOCK = 2 }; /* rows that are looked at for a pivot */

/* The least reduced cost of a row outside the tree is of no interest: zero. */
static double price(const struct strata_transport *w, const double *cost, int i)
{
    if (w->mass[i] == 0)
        return 0;
    return kernel_least(cost + (size_t)i * w->m, w->dual + w->n, w->m) - w->dual[i];
}

/* Pivots until no row has a cell below zero, or the limit. Returns how many. */
static int64_t optimize(struct strata_transport *w, const double *cost, int64_t limit)
{
    int64_t pivots = 0;
    int quiet = 0; /* rows in sequence that had nothing */
    int i = 0;
    while (quiet < w->n && pivots < limit) {
        double least = -w->tolerance;
        int row = -1;
        for (int k = 0; k < BLOCK && quiet < w->n; k++) {
            double reduced = price(w, cost, i);
            quiet = reduced < -w->tolerance ? 0 : quiet + 1;
            if (reduced < least) {
                least = reduced;
                row = i;
            }
            i = i + 1 < w->n ? i + 1 : 0;
        }
        if (row >= 0) {
            const double *c = cost + (size_t)row * w->m;
            const double *v = w->dual + w->n;
            int j = 0;
            while (c[j] - v[j] - w->dual[row] != least)
                j++;
            pivot(w, row, w->n + j, least);
            pivots++;
        }
    }
    return pivots;
}

/* --- Solving ---------------------------------------------------------------------------------- */

static double largest_cost(const double *cost, size_t count)
{
    double largest = 0;
    double sum = 0;
    for (size_t k = 0; k < count; k++) {
        double size = fabs(cost[k]);
        largest = size > largest ? size : largest;
        sum += size;
    }
    return isfinite(sum) ? largest : INFINITY;
}

/* Duals of points of weight zero, and all rows' as large as the columns' allow: feasible exactly.
 */
static void complete_duals(struct strata_transport *w, const double *cost)
{
    const int n = w->n;
    double *u = w->dual;
    double *v = w->dual + n;
    for (int j = 0; j < w->m; j++) {
        if (w->mass[n + j] > 0)
            continue;
        v[j] = INFINITY;
        for (int i = 0; i < n; i++) {
            double rest = cost[(size_t)i * w->m + j] - u[i];
            v[j] = w->mass[i] > 0 && rest < v[j] ? rest : v[j];
        }
    }
    for (int i = 0; i < n; i++)
        u[i] = kernel_least(cost + (size_t)i * w->m, v, w->m);
}

/* The plan, its cost, and the gap to the duals. */
static void publish(struct strata_transport *w, const double *cost, struct strata_plan *plan)
{
    const double total = (double)w->total;
    double difference = 0;
    plan->count = 0;
    plan->cost = 0;
    for (int node = 0; node < w->n + w->m; node++) {
        difference -= (double)w->mass[node] / total * w->dual[node];
        if (w->parent[node] < 0 || w->flow[node] == 0)
            continue;
        int parent = w->parent[node];
        int k = plan->count++;
        plan->row[k] = node < w->n ? node : parent;
        plan->column[k] = (node < w->n ? parent : node) - w->n;
        plan->mass[k] = (double)w->flow[node] / total;
        plan->cost += plan->mass[k] * cell(w, cost, node);
    }
    difference += plan->cost;
    plan->gap = difference > 0 ? difference : 0;
}

int strata_transport_solve(struct strata_transport *w, const double *cost, int n, int m,
                           const double *p, const double *q, int64_t limit,
                           struct strata_plan *plan, double *u, double *v)
{
    if (!w || !cost || !plan || !plan->row || !plan->column || !plan->mass || n < 1 || m < 1 ||
        n > w->row_capacity || m > w->column_capacity)
        return STRATA_ARGUMENT;
    int status = weights_check(p, n);
    status = status == STRATA_OK ? weights_check(q, m) : status;
    if (status != STRATA_OK)
        return status;
    double largest = largest_cost(cost, (size_t)n * (size_t)m);
    if (!isfinite(largest))
        return STRATA_NOT_FINITE;

    int same = w->total > 0 && w->n == n && w->m == m;
    w->n = n;
    w->m = m;
    w->tolerance = rounding * largest;
    set_masses(w, p, q);
    if (!same || memcmp(w->left, w->mass, ((size_t)n + (size_t)m) * sizeof *w->mass) != 0)
        start(w, cost);
    if (limit <= 0)
        limit = 1000 * ((int64_t)n + m) + 1000000;
    plan->pivots = 0;
    int64_t done = -1;
    while (done != 0 && plan->pivots < limit) { /* again with fresh duals, until these hold */
        set_duals(w, cost);
        done = optimize(w, cost, limit - plan->pivots);
        plan->pivots += done;
    }
    complete_duals(w, cost);
    publish(w, cost, plan);
    if (u != NULL)
        memcpy(u, w->dual, (size_t)n * sizeof *u);
    if (v != NULL)
        memcpy(v, w->dual + n, (size_t)m * sizeof *v);
    return done == 0 ? STRATA_OK : STRATA_LIMIT;
}
