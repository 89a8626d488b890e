/* One value: YAML node to member of the settings, and back to text and bytes. All that depends on
 * the type of a key is here. */
#include "config_internal.h"
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *scalar_text(const yaml_node_t *node)
{
    return (const char *)node->data.scalar.value;
}

/* "euclidean, sqeuclidean or cosine" */
static void list_choices(const char *const *choices, const char *last, char *text, size_t size)
{
    size_t used = 0;
    *text = '\0';
    for (int k = 0; choices[k] != NULL && used < size; k++) {
        const char *separator = k == 0 ? "" : choices[k + 1] != NULL ? ", " : last;
        used += (size_t)snprintf(text + used, size - used, "%s%s", separator, choices[k]);
    }
}

void config_value_expected(const struct config_key *key, char *text, size_t size)
{
    char choices[512] = "";
    if (key->choices != NULL)
        list_choices(key->choices, key->type == CONFIG_CHOICES ? ", " : " or ", choices,
                     sizeof choices);
    switch (key->type) {
    case CONFIG_STRING:
        snprintf(text, size, "a text");
        break;
    case CONFIG_STRINGS:
        snprintf(text, size, "a text or a list of texts");
        break;
    case CONFIG_INTEGER:
        snprintf(text, size, "an integer from %.0f to %.0f", key->minimum, key->maximum);
        break;
    case CONFIG_REAL:
        snprintf(text, size, "a number from %.15g to %.15g", key->minimum, key->maximum);
        break;
    case CONFIG_CHOICE:
        snprintf(text, size, "one of %s", choices);
        break;
    case CONFIG_CHOICES:
        snprintf(text, size, "a list of any of %s", choices);
        break;
    }
}

/* "key: expected ..., found ..." plus a hint, which may be empty. */
static int refuse(const struct config_key *key, const struct config_source *source,
                  const yaml_node_t *node, const char *hint, struct fault *fault)
{
    char expected[600];
    config_value_expected(key, expected, sizeof expected);
    return config_complain(source, node, fault, "%s: expected %s, found %s%s", key->name, expected,
                           config_describe(node).text, hint);
}

/* A scalar with text in it, or a fault. */
static int check_scalar(const struct config_key *key, const struct config_source *source,
                        const yaml_node_t *node, struct fault *fault)
{
    if (node->type != YAML_SCALAR_NODE)
        return refuse(key, source, node, "", fault);
    if (config_is_null(node))
        return refuse(key, source, node, "; leave the key out to get its default", fault);
    if (strlen(scalar_text(node)) != node->data.scalar.length)
        return config_complain(source, node, fault, "%s: a text with a zero byte in it", key->name);
    return 0;
}

/* The whole text is a decimal number: nothing before or after it, no hexadecimal, nan or inf. A
 * number in quotes is a text. */
static bool is_number(const yaml_node_t *node, const char *characters)
{
    const char *text = scalar_text(node);
    return node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && *text != '\0' &&
           strspn(text, characters) == strlen(text);
}

static int set_integer(const struct config_key *key, int64_t *value,
                       const struct config_source *source, const yaml_node_t *node,
                       struct fault *fault)
{
    if (check_scalar(key, source, node, fault) != 0)
        return fault->status;
    char *end = NULL;
    errno = 0;
    long long number = strtoll(scalar_text(node), &end, 10);
    if (!is_number(node, "+-0123456789") || end == scalar_text(node) || *end != '\0' ||
        errno != 0 || (double)number < key->minimum || (double)number > key->maximum)
        return refuse(key, source, node, "", fault);
    *value = number;
    return 0;
}

static int set_real(const struct config_key *key, double *value, const struct config_source *source,
                    const yaml_node_t *node, struct fault *fault)
{
    if (check_scalar(key, source, node, fault) != 0)
        return fault->status;
    char *end = NULL;
    double number = strtod(scalar_text(node), &end);
    if (!is_number(node, "+-0123456789.eE") || end == scalar_text(node) || *end != '\0' ||
        !isfinite(number) || number < key->minimum || number > key->maximum)
        return refuse(key, source, node, "", fault);
    *value = number;
    return 0;
}

/* Index of the choice that the node names, or -1 and a fault. */
static int find_choice(const struct config_key *key, const struct config_source *source,
                       const yaml_node_t *node, struct fault *fault)
{
    if (check_scalar(key, source, node, fault) != 0)
        return -1;
    for (int k = 0; key->choices[k] != NULL; k++)
        if (strcmp(key->choices[k], scalar_text(node)) == 0)
            return k;
    char hint[128] = "";
    const char *nearest = nearest_name(scalar_text(node), key->choices);
    if (nearest != NULL)
        snprintf(hint, sizeof hint, "; nearest: %s", nearest);
    refuse(key, source, node, hint, fault);
    return -1;
}

static int set_choices(const struct config_key *key, uint32_t *value, struct config_source *source,
                       const yaml_node_t *node, struct fault *fault)
{
    uint32_t set = 0;
    if (node->type == YAML_SEQUENCE_NODE) {
        const yaml_node_item_t *item = node->data.sequence.items.start;
        for (; item < node->data.sequence.items.top && fault->status == 0; item++) {
            int k =
                find_choice(key, source, yaml_document_get_node(&source->document, *item), fault);
            set |= k >= 0 ? UINT32_C(1) << k : 0;
        }
    } else {
        int k = find_choice(key, source, node, fault);
        set = k >= 0 ? UINT32_C(1) << k : 0;
    }
    if (fault->status == 0)
        *value = set;
    return fault->status;
}

/* A copy of the node's text, or NULL and a fault. */
static char *copy_text(const struct config_key *key, const struct config_source *source,
                       const yaml_node_t *node, bool empty_allowed, struct fault *fault)
{
    if (check_scalar(key, source, node, fault) != 0)
        return NULL;
    if (*scalar_text(node) == '\0' && !empty_allowed) {
        config_complain(source, node, fault, "%s: expected a text, found an empty one", key->name);
        return NULL;
    }
    char *text = strdup(scalar_text(node));
    if (text == NULL)
        fault_set(fault, EXIT_SYSTEM, "out of memory while reading %s", source->name);
    return text;
}

static int set_string(const struct config_key *key, char **value,
                      const struct config_source *source, const yaml_node_t *node,
                      struct fault *fault)
{
    bool empty_allowed =
        key->fallback != NULL && (*key->fallback == '\0' || strcmp(key->fallback, "\"\"") == 0);
    char *text = copy_text(key, source, node, empty_allowed, fault);
    if (text == NULL)
        return fault->status;
    free(*value);
    *value = text;
    return 0;
}

/* {every: 5} becomes "every 5". */
static char *join_entry(const struct config_key *key, struct config_source *source,
                        const yaml_node_t *node, struct fault *fault)
{
    const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
    if (node->data.mapping.pairs.top - pair != 1) {
        refuse(key, source, node, "", fault);
        return NULL;
    }
    const yaml_node_t *left = yaml_document_get_node(&source->document, pair->key);
    const yaml_node_t *right = yaml_document_get_node(&source->document, pair->value);
    if (check_scalar(key, source, left, fault) != 0 || check_scalar(key, source, right, fault) != 0)
        return NULL;
    size_t size = left->data.scalar.length + right->data.scalar.length + 2;
    char *text = malloc(size);
    if (text == NULL)
        fault_set(fault, EXIT_SYSTEM, "out of memory while reading %s", source->name);
    else
        snprintf(text, size, "%s %s", scalar_text(left), scalar_text(right));
    return text;
}

static void reset_strings(struct string_list *list)
{
    for (int k = 0; k < list->count; k++)
        free(list->items[k]);
    free(list->items);
    *list = (struct string_list){NULL, 0};
}

static int set_strings(const struct config_key *key, struct string_list *value,
                       struct config_source *source, const yaml_node_t *node, struct fault *fault)
{
    struct string_list list = {NULL, 0};
    bool sequence = node->type == YAML_SEQUENCE_NODE;
    const yaml_node_item_t *items = sequence ? node->data.sequence.items.start : NULL;
    long count = sequence ? node->data.sequence.items.top - items : 1;

    if (count == 0 && (key->fallback == NULL || strcmp(key->fallback, "[]") != 0))
        return config_complain(source, node, fault,
                               "%s: expected a text or a list of texts, found "
                               "an empty list",
                               key->name);
    list.items = calloc((size_t)count + 1, sizeof *list.items);
    if (list.items == NULL)
        return fault_set(fault, EXIT_SYSTEM, "out of memory while reading %s", source->name);
    for (long k = 0; k < count && fault->status == 0; k++) {
        const yaml_node_t *item =
            sequence ? yaml_document_get_node(&source->document, items[k]) : node;
        char *text = item->type == YAML_MAPPING_NODE && !sequence
                         ? join_entry(key, source, item, fault)
                         : copy_text(key, source, item, false, fault);
        if (text != NULL)
            list.items[list.count++] = text;
    }
    if (fault->status != 0) {
        reset_strings(&list);
        return fault->status;
    }
    reset_strings(value);
    *value = list;
    return 0;
}

int config_value_set(const struct config_key *key, void *value, struct config_source *source,
                     const yaml_node_t *node, struct fault *fault)
{
    switch (key->type) {
    case CONFIG_STRING:
        return set_string(key, value, source, node, fault);
    case CONFIG_STRINGS:
        return set_strings(key, value, source, node, fault);
    case CONFIG_INTEGER:
        return set_integer(key, value, source, node, fault);
    case CONFIG_REAL:
        return set_real(key, value, source, node, fault);
    case CONFIG_CHOICES:
        return set_choices(key, value, source, node, fault);
    case CONFIG_CHOICE:
        break;
    }
    int choice = find_choice(key, source, node, fault);
    if (choice >= 0)
        *(int *)value = choice;
    return fault->status;
}

void config_value_reset(const struct config_key *key, void *value)
{
    if (key->type == CONFIG_STRING) {
        free(*(char **)value);
        *(char **)value = NULL;
    } else if (key->type == CONFIG_STRINGS) {
        reset_strings(value);
    }
}

/* Bytes of a value that holds no pointer. */
static size_t plain_size(enum config_type type)
{
    switch (type) {
    case CONFIG_INTEGER:
        return sizeof(int64_t);
    case CONFIG_REAL:
        return sizeof(double);
    case CONFIG_CHOICE:
        return sizeof(int);
    case CONFIG_CHOICES:
        return sizeof(uint32_t);
    default:
        return 0;
    }
}

void config_value_pack(const struct config_key *key, const void *value, struct pack *pack)
{
    if (key->type == CONFIG_STRING) {
        const char *text = *(char *const *)value;
        pack_text(pack, text != NULL ? text : "");
    } else if (key->type == CONFIG_STRINGS) {
        const struct string_list *list = value;
        pack_bytes(pack, &list->count, sizeof list->count);
        for (int k = 0; k < list->count; k++)
            pack_text(pack, list->items[k]);
    } else {
        pack_bytes(pack, value, plain_size(key->type));
    }
}

static void unpack_strings(struct string_list *list, struct pack *pack)
{
    int count = 0;
    unpack_bytes(pack, &count, sizeof count);
    list->items = calloc((size_t)count + 1, sizeof *list->items);
    if (list->items == NULL) {
        pack->failed = true;
        return;
    }
    while (list->count < count) {
        char *text = unpack_text(pack);
        if (text == NULL)
            return;
        list->items[list->count++] = text;
    }
}

void config_value_unpack(const struct config_key *key, void *value, struct pack *pack)
{
    config_value_reset(key, value);
    if (key->type == CONFIG_STRING)
        *(char **)value = unpack_text(pack);
    else if (key->type == CONFIG_STRINGS)
        unpack_strings(value, pack);
    else
        unpack_bytes(pack, value, plain_size(key->type));
}

/* Plain where YAML and this program can only read it as that text, else in double quotes. */
static void print_text(const char *text, FILE *out)
{
    const char *plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";
    if (isalnum((unsigned char)*text) && strspn(text, plain) == strlen(text) &&
        strcasecmp(text, "null") != 0) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\')
            fprintf(out, "\\%c", byte);
        else if (byte < 0x20 || byte == 0x7f)
            fprintf(out, "\\x%02x", byte);
        else
            fputc(byte, out);
    }
    fputc('"', out);
}

/* The shortest text that reads back to the same number. */
static void print_real(double value, FILE *out)
{
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    fputs(text, out);
}

void config_value_print(const struct config_key *key, const void *value, FILE *out)
{
    const char *separator = "";
    switch (key->type) {
    case CONFIG_STRING:
        print_text(*(char *const *)value, out);
        break;
    case CONFIG_STRINGS:
        fputc('[', out);
        for (int k = 0; k < ((const struct string_list *)value)->count; k++, separator = ", ") {
            fputs(separator, out);
            print_text(((const struct string_list *)value)->items[k], out);
        }
        fputc(']', out);
        break;
    case CONFIG_INTEGER:
        fprintf(out, "%lld", (long long)*(const int64_t *)value);
        break;
    case CONFIG_REAL:
        print_real(*(const double *)value, out);
        break;
    case CONFIG_CHOICE:
        fputs(key->choices[*(const int *)value], out);
        break;
    case CONFIG_CHOICES:
        fputc('[', out);
        for (int k = 0; key->choices[k] != NULL; k++) {
            if ((*(const uint32_t *)value >> k & 1) == 0)
                continue;
            fprintf(out, "%s%s", separator, key->choices[k]);
            separator = ", ";
        }
        fputc(']', out);
        break;
    }
}
