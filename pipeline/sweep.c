#include "sweep.h"
#include "output.h"
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int short_of_memory(struct fault *fault)
{
    return fault_set(fault, EXIT_SYSTEM, "memory is short");
}

/* --- The settings of a member ---------------------------------------------------------------- */

/* An override of a swept key would contradict the names of the members. */
static int check_overrides(const struct sweep_source *source, const struct config_sweep *members,
                           struct fault *fault)
{
    for (int o = 0; o < source->override_count; o++)
        for (int k = 0; k < members->key_count; k++) {
            const char *name = members->keys[k].key->name;
            const size_t length = strlen(name);
            if (strncmp(source->overrides[o], name, length) == 0 &&
                source->overrides[o][length] == '=')
                return fault_set(fault, EXIT_INPUT,
                                 "--set %s: the sweep in %s varies this key; change it there",
                                 source->overrides[o], source->config);
        }
    return 0;
}

/* "key=value" */
static char *override_new(const struct config_sweep_key *swept, int value)
{
    size_t size = strlen(swept->key->name) + strlen(swept->values[value]) + 2;
    char *text = malloc(size);
    if (text != NULL)
        snprintf(text, size, "%s=%s", swept->key->name, swept->values[value]);
    return text;
}

/* Loads a member's settings, with output.directory as it is for the whole sweep. */
static int load_values(const struct sweep_source *source, const struct config_sweep *members,
                       int64_t member, struct settings *settings, struct fault *fault)
{
    const int given = source->override_count;
    const int count = given + members->key_count;
    char **overrides = calloc((size_t)count, sizeof *overrides);
    bool filled = overrides != NULL;
    for (int k = 0; filled && k < given; k++)
        overrides[k] = source->overrides[k];
    for (int k = 0; filled && k < members->key_count; k++) {
        overrides[given + k] =
            override_new(&members->keys[k], config_sweep_place(members, k, member));
        filled = overrides[given + k] != NULL;
    }
    if (filled)
        config_load_member(settings_table, source->config, overrides, count, settings, fault);
    else
        short_of_memory(fault);
    for (int k = given; overrides != NULL && k < count; k++)
        free(overrides[k]);
    free(overrides);
    return fault->status;
}

int sweep_open(const struct sweep_source *source, struct sweep *sweep, struct fault *fault)
{
    struct settings settings = {0};
    *sweep = (struct sweep){0};
    if (config_sweep_load(settings_table, source->config, &sweep->members, fault) == 0 &&
        check_overrides(source, &sweep->members, fault) == 0 &&
        load_values(source, &sweep->members, 0, &settings, fault) == 0) {
        sweep->figures = settings.output.figures;
        sweep->directory = settings.output.directory;
        settings.output.directory = NULL;
    }
    config_reset(settings_table, &settings);
    if (fault->status)
        sweep_reset(sweep);
    return fault->status;
}

void sweep_reset(struct sweep *sweep)
{
    config_sweep_reset(&sweep->members);
    free(sweep->directory);
    *sweep = (struct sweep){0};
}

char *sweep_folder(const struct sweep *sweep, int64_t member)
{
    char *name = config_sweep_name(&sweep->members, member);
    char *folder = name != NULL ? output_path(sweep->directory, name) : NULL;
    free(name);
    return folder;
}

int sweep_load(const struct sweep_source *source, const struct sweep *sweep, int64_t member,
               struct settings *settings, struct fault *fault)
{
    if (member < 0 || member >= sweep->members.member_count)
        return fault_set(
            fault, EXIT_INPUT, "--index %lld: the sweep in %s has %lld member%s, from 0 to %lld",
            (long long)member, source->config, (long long)sweep->members.member_count,
            plural(sweep->members.member_count), (long long)sweep->members.member_count - 1);
    if (load_values(source, &sweep->members, member, settings, fault))
        return fault->status;
    free(settings->output.directory);
    settings->output.directory = sweep_folder(sweep, member);
    return settings->output.directory != NULL ? 0 : short_of_memory(fault);
}

int sweep_load_member(const struct sweep_source *source, int64_t member, struct settings *settings,
                      struct fault *fault)
{
    struct sweep sweep;
    if (sweep_open(source, &sweep, fault) == 0)
        sweep_load(source, &sweep, member, settings, fault);
    sweep_reset(&sweep);
    return fault->status;
}

/* --- Notes ----------------------------------------------------------------------------------- */

static const char note_name[] = "failure.txt";

void sweep_note(const char *directory, const struct fault *fault)
{
    const bool failed = fault->status == EXIT_SYSTEM || fault->status == EXIT_INPUT;
    struct fault ignored = {0}; /* the note is a courtesy; the fault itself is told by the run */
    char *path = output_path(directory, note_name);
    if (path == NULL)
        return;
    if (!failed) {
        unlink(path);
    } else if (output_prepare(directory, &ignored) == 0) {
        FILE *note = fopen(path, "w");
        if (note != NULL) {
            fprintf(note, "%s\n", fault->text);
            fclose(note);
        }
    }
    free(path);
}

char *sweep_noted(const char *directory)
{
    char *path = output_path(directory, note_name);
    FILE *note = path != NULL ? fopen(path, "r") : NULL;
    char *text = note != NULL ? calloc(1, sizeof((struct fault *)0)->text) : NULL;
    if (text != NULL) {
        const size_t length = fread(text, 1, sizeof((struct fault *)0)->text - 1, note);
        text[length] = '\0';
        text[strcspn(text, "\n")] = '\0';
    }
    if (note != NULL)
        fclose(note);
    free(path);
    return text;
}

/* --- List and show --------------------------------------------------------------------------- */

/* What the folder tells by itself. */
static const char *folder_state(const char *folder)
{
    const char *state = "not begun";
    char *note = sweep_noted(folder);
    char *results = output_path(folder, "results.h5");
    if (note != NULL)
        state = "failed";
    else if (results != NULL && access(results, F_OK) == 0)
        state = "finished";
    else if (access(folder, F_OK) == 0)
        state = "unfinished";
    free(results);
    free(note);
    return state;
}

int sweep_list(const struct sweep_source *source, struct fault *fault)
{
    struct sweep sweep;
    sweep_open(source, &sweep, fault);
    for (int64_t m = 0; m < sweep.members.member_count && fault->status == 0; m++) {
        char *folder = sweep_folder(&sweep, m);
        if (folder == NULL)
            short_of_memory(fault);
        else
            printf("%lld\t%s\t%s\n", (long long)m, folder + strlen(sweep.directory) + 1,
                   folder_state(folder));
        free(folder);
    }
    sweep_reset(&sweep);
    return fault->status;
}

int sweep_show(const struct sweep_source *source, int64_t member, struct fault *fault)
{
    struct settings settings = {0};
    if (sweep_load_member(source, member, &settings, fault) == 0) {
        char *text = config_text(settings_table, &settings);
        if (text == NULL)
            short_of_memory(fault);
        else
            fputs(text, stdout);
        free(text);
    }
    config_reset(settings_table, &settings);
    return fault->status;
}
