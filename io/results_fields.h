/* Private to results*.c: the declaration of every dataset in results.h5, and what follows from it.
 */
#ifndef STRATA_RESULTS_FIELDS_H
#define STRATA_RESULTS_FIELDS_H

#include "results.h"

#define RESULTS_FORMAT "results"

enum { RESULTS_VERSION = 2, RESULTS_RANK_MAX = 4 };

enum results_type { RESULTS_FLOAT64, RESULTS_INT32, RESULTS_INT64, RESULTS_TEXT };

/* Axes of the datasets. A shape is a list of axes ended by AXIS_END; an empty one is a scalar. */
enum results_axis {
    AXIS_END,
    AXIS_LAYER,
    AXIS_CHECKPOINT,
    AXIS_REPLICATE,
    AXIS_SAMPLE,
    AXIS_SCALAR,
    AXIS_BOUNDARY, /* between consecutive layers: L - 1 */
    AXIS_COLUMN,
    AXIS_OTHER_SAMPLE,
    AXIS_COUNT
};

enum results_storage {
    STORED_ALWAYS,
    STORED_REPLICATED, /* only where R > 1 */
    STORED_WITHIN,     /* only where layers are compared with each other */
    STORED_ACROSS,     /* with themselves, at other checkpoints */
    STORED_AGAINST,    /* with those of another network */
    STORED_OTHER,      /* one of these two */
    STORED_BY_SCALAR   /* [T, S]: one dataset [T] for each scalar, below path */
};

enum results_names { NAMES_NONE, NAMES_START, NAMES_STATUS, NAMES_METHOD };

struct results_field {
    const char *path;
    enum results_type type;
    enum results_axis shape[RESULTS_RANK_MAX + 1];
    const char *units;
    const char *description;
    size_t offset; /* in struct results: of the array, or of the value where the shape is empty */
    enum results_storage storage;
    enum results_names names; /* whether the values are codes with names */
    const char *single;       /* STORED_REPLICATED: path of the same values where R = 1, or NULL */
};

/* Ends with a NULL path. The fields that define an axis come before those that use it. */
extern const struct results_field results_fields[];

/* The count of an axis; AXIS_BOUNDARY follows from the layers, as AXIS_COLUMN WITHIN. */
int results_extent(const struct results *results, enum results_axis axis);

/* The member that holds the count of an axis, or NULL where it follows from another. */
int *results_extent_member(struct results *results, enum results_axis axis);

/* The letter of an axis: L, T, R, n, S, L-1, M, m. */
const char *results_axis_symbol(const struct results *results, enum results_axis axis);

int results_field_rank(const struct results_field *field);

/* The number of elements, or -1 where it does not fit. */
int64_t results_field_count(const struct results *results, const struct results_field *field);

size_t results_type_size(enum results_type type); /* of an element in memory */
const char *results_type_name(enum results_type type);

/* The elements: the array, or the address of the scalar. Text elements are char *. */
void *results_field_data(const struct results *results, const struct results_field *field);

/* Whether the file holds a dataset of this field. */
bool results_field_stored(const struct results *results, const struct results_field *field);

/* The field of that path, or NULL. */
const struct results_field *results_field_find(const char *path);

/* Where the values of scalar `name` are: field->path/name with "/", "%", control characters and a
 * leading "." written as %XX, because an HDF5 name cannot hold them (or hides them). Owned by the
 * caller; NULL if memory is short. */
char *results_scalar_path(const struct results_field *field, const char *name);

#endif
