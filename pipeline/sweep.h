/* A sweep: many runs by one configuration (config_sweep.h). Each member is an ordinary run, in the
 * folder <output.directory>/<what tells it from the others>. */
#ifndef STRATA_SWEEP_H
#define STRATA_SWEEP_H

#include "config_sweep.h"
#include "settings.h"

/* A configuration file and what was set on the command line. */
struct sweep_source {
    const char *config;
    char *const *overrides; /* "key=value" */
    int override_count;
};

struct sweep {
    struct config_sweep members;
    char *directory;  /* output.directory: where the members' folders are */
    uint32_t figures; /* output.figures */
};

/* EXIT_INPUT: no good sweep, or an override of a key that it varies. Not collective. */
int sweep_open(const struct sweep_source *source, struct sweep *sweep, struct fault *fault);
void sweep_reset(struct sweep *sweep);

/* The settings of a member, made by overrides as --set makes them. EXIT_INPUT where it is out of
 * range. Not collective. */
int sweep_load(const struct sweep_source *source, const struct sweep *sweep, int64_t member,
               struct settings *settings, struct fault *fault);

/* Both in one, for a run. */
int sweep_load_member(const struct sweep_source *source, int64_t member, struct settings *settings,
                      struct fault *fault);

/* The member's folder; owned by the caller, NULL if memory is short. */
char *sweep_folder(const struct sweep *sweep, int64_t member);

/* What a run leaves in its folder for those who look at the sweep: why it failed, or nothing. */
void sweep_note(const char *directory, const struct fault *fault);

/* The note of a folder; NULL: there is none. Owned by the caller. */
char *sweep_noted(const char *directory);

/* strata sweep --list: index, name and state of each member, one a line, between tabs. */
int sweep_list(const struct sweep_source *source, struct fault *fault);

/* strata sweep --show: the effective configuration of a member, as YAML. */
int sweep_show(const struct sweep_source *source, int64_t member, struct fault *fault);

#endif
