/* YAML text to a tree of nodes. What YAML offers beyond plain nested settings (several documents,
 * anchors, aliases, tags) is refused: each would be a second way to say the same. */
#include "config_internal.h"
#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_FILE = 1 << 20 };

static int complain_at(const struct config_source *source, size_t line, struct fault *fault,
                       const char *text)
{
    struct quoted name = escape(source->name);
    if (source->has_lines && line > 0)
        return fault_set(fault, EXIT_INPUT, "%s:%zu: %s", name.text, line, text);
    return fault_set(fault, EXIT_INPUT, "%s: %s", name.text, text);
}

int config_complain(const struct config_source *source, const yaml_node_t *node,
                    struct fault *fault, const char *format, ...)
{
    char text[1600];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return complain_at(source, node != NULL ? node->start_mark.line + 1 : 0, fault, text);
}

bool config_is_null(const yaml_node_t *node)
{
    if (node->type != YAML_SCALAR_NODE || node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return false;
    const char *text = (const char *)node->data.scalar.value;
    return *text == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0 ||
           strcmp(text, "Null") == 0 || strcmp(text, "NULL") == 0;
}

struct quoted config_describe(const yaml_node_t *node)
{
    if (node->type == YAML_SEQUENCE_NODE)
        return escape("a list");
    if (node->type == YAML_MAPPING_NODE)
        return escape("a mapping of keys to values");
    if (config_is_null(node))
        return escape("nothing (null)");
    return quote((const char *)node->data.scalar.value);
}

/* Line of the byte at an offset; errors of libyaml's reader carry no line. */
static size_t line_of(const char *text, size_t offset)
{
    size_t line = 1;
    for (size_t k = 0; k < offset; k++)
        line += text[k] == '\n';
    return line;
}

/* libyaml says nothing helpful about tabs and control characters. */
static int check_characters(const struct config_source *source, const char *text, size_t length,
                            struct fault *fault)
{
    bool indentation = true;
    for (size_t k = 0; k < length; k++) {
        unsigned char byte = (unsigned char)text[k];
        if (byte == '\t' && indentation)
            return complain_at(source, line_of(text, k), fault,
                               "a tab in the indentation; YAML is indented with spaces");
        if ((byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t') || byte == 0x7f)
            return complain_at(source, line_of(text, k), fault,
                               "a control character; expected a configuration in YAML, found "
                               "something else: is this the right file?");
        indentation = byte == '\n' || (indentation && byte == ' ');
    }
    return 0;
}

static int complain_parser(const struct config_source *source, const yaml_parser_t *parser,
                           const char *text, size_t length, struct fault *fault)
{
    if (parser->error == YAML_MEMORY_ERROR)
        return fault_set(fault, EXIT_SYSTEM, "out of memory while reading %s", source->name);
    char message[256];
    if (parser->context != NULL && (strstr(parser->context, "an alias") != NULL ||
                                    strstr(parser->context, "an anchor") != NULL))
        return complain_at(source, parser->problem_mark.line + 1, fault,
                           "put a value that begins with * or & in quotes, as in '*.h5'");
    snprintf(message, sizeof message, "not valid YAML: %s%s%s", parser->problem,
             parser->context != NULL ? " " : "", parser->context != NULL ? parser->context : "");
    size_t offset = parser->problem_offset < length ? parser->problem_offset : length;
    size_t line =
        parser->error == YAML_READER_ERROR ? line_of(text, offset) : parser->problem_mark.line + 1;
    return complain_at(source, line, fault, message);
}

/* What is wrong with an event, or NULL. */
static const char *event_defect(const yaml_event_t *event, int documents)
{
    const yaml_char_t *anchor = NULL;
    const yaml_char_t *tag = NULL;

    if (event->type == YAML_DOCUMENT_START_EVENT && documents > 0)
        return "a second document (---); a configuration is one document";
    if (event->type == YAML_ALIAS_EVENT)
        return "an alias (*name) is not understood here; put a value that begins with * in quotes, "
               "as in '*.h5'";
    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
    }
    if (anchor != NULL)
        return "an anchor (&name) is not understood here; put a value that begins with & in quotes";
    if (tag != NULL)
        return "a tag (!name) is not understood here; put a value that begins with ! in quotes";
    return NULL;
}

/* A first pass over the events, because the tree no longer shows anchors and aliases. */
static int check_events(const struct config_source *source, const char *text, size_t length,
                        struct fault *fault)
{
    yaml_parser_t parser;
    int documents = 0;
    bool done = false;

    if (!yaml_parser_initialize(&parser))
        return fault_set(fault, EXIT_SYSTEM, "out of memory while reading %s", source->name);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
    while (!done && fault->status == 0) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            complain_parser(source, &parser, text, length, fault);
            break;
        }
        const char *defect = event_defect(&event, documents);
        if (defect != NULL)
            complain_at(source, event.start_mark.line + 1, fault, defect);
        documents += event.type == YAML_DOCUMENT_START_EVENT;
        done = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return fault->status;
}

int config_parse(struct config_source *source, const char *text, size_t length, struct fault *fault)
{
    yaml_parser_t parser;

    if (check_characters(source, text, length, fault) != 0 ||
        check_events(source, text, length, fault) != 0)
        return fault->status;
    if (!yaml_parser_initialize(&parser))
        return fault_set(fault, EXIT_SYSTEM, "out of memory while reading %s", source->name);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
    if (!yaml_parser_load(&parser, &source->document)) {
        complain_parser(source, &parser, text, length, fault);
    } else if (yaml_document_get_root_node(&source->document) == NULL) {
        yaml_document_delete(&source->document);
        complain_at(source, 0, fault, "empty: expected settings as YAML, found none");
    }
    yaml_parser_delete(&parser);
    return fault->status;
}

/* The whole file, owned by the caller; NULL and a fault. */
static char *read_file(const char *path, size_t *length, struct fault *fault)
{
    char *text = NULL;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fault_set(fault, EXIT_INPUT, "%s: cannot open the configuration: %s", escape(path).text,
                  strerror(errno));
        return NULL;
    }
    text = malloc(LARGEST_FILE + 1);
    if (text == NULL) {
        fault_set(fault, EXIT_SYSTEM, "out of memory while reading %s", path);
        goto cleanup;
    }
    *length = fread(text, 1, LARGEST_FILE + 1, file);
    if (ferror(file))
        fault_set(fault, EXIT_INPUT, "%s: cannot read the configuration: %s", escape(path).text,
                  strerror(errno));
    else if (*length > LARGEST_FILE)
        fault_set(fault, EXIT_INPUT,
                  "%s: longer than %d bytes; a configuration is a short YAML text: is this the "
                  "right file?",
                  escape(path).text, LARGEST_FILE);
cleanup:
    fclose(file);
    if (fault->status != 0) {
        free(text);
        text = NULL;
    }
    return text;
}

int config_parse_file(struct config_source *source, const char *path, struct fault *fault)
{
    size_t length = 0;
    char *text = read_file(path, &length, fault);
    *source = (struct config_source){.name = path, .has_lines = true};
    if (text != NULL)
        config_parse(source, text, length, fault);
    free(text);
    return fault->status;
}
