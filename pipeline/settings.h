/* The settings of a run: every key of a configuration, declared once in settings.c. */
#ifndef STRATA_SETTINGS_H
#define STRATA_SETTINGS_H

#include "config.h"

#include <stdint.h>

struct settings {
    struct {
        char *activations;                      /* path or glob */
        struct string_list layers;              /* names or patterns; "all" */
        struct string_list checkpoints;         /* steps; "all"; "every k" */
        char *against;                          /* path or glob of another network's; "": none */
        struct string_list against_layers;      /* as layers; "same" as these */
        struct string_list against_checkpoints; /* as checkpoints; "same" as these */
        int pairs;                              /* index into pairing_names */
    } input;
    struct {
        int64_t count; /* rows to draw; 0: all, at most 1000 */
        int64_t seed;
        int64_t replicates;
        char *weights; /* dataset of the activations; "": none */
    } sampling;
    struct {
        int distance;       /* index into strata_distance_names */
        int normalize;      /* index into strata_normalization_names */
        int64_t neighbours; /* of geodesic distances */
    } metric;
    struct {
        int method;        /* index into strata_method_names */
        int effort;        /* index into strata_effort_names */
        double epsilon;    /* of entropic and proximal; 0: a default */
        int gang;          /* index into gang_choice_names */
        int64_t gang_size; /* ranks; 0: as it suits */
        double memory;     /* GB per node for activations and distance matrices; 0: automatic */
    } solver;
    struct {
        int64_t max_groups;  /* 0: as many as the layers allow */
        double significance; /* of the test against "one group" */
    } subnets;
    struct {
        char *directory;
        uint32_t figures; /* FIGURE_* bits */
    } output;
};

extern const struct config_key settings_table[];

/* Whether the keys fit together. EXIT_INPUT, and the keys are named. */
int settings_check(const struct settings *settings, struct fault *fault);

#endif
