#include "plan_inputs.h"

#include <string.h>

int plan_inputs_match(const struct settings *settings, const struct plan_inputs *inputs,
                      struct fault *fault)
{
    const int own = inputs->of[0]->checkpoint_count;
    const int other = inputs->of[1] ? inputs->of[1]->checkpoint_count : 1;
    if (other != own && other != 1)
        return fault_set(fault, EXIT_INPUT,
                         "input.against: expected as many checkpoints as in \"%s\" (%d), or one, "
                         "found %d in \"%s\"; choose them with input.against_checkpoints",
                         settings->input.activations, own, other, settings->input.against);
    return 0;
}

/* What is chosen of the other network. */
static struct string_list choose(struct string_list there, struct string_list here)
{
    return there.count == 1 && strcmp(there.items[0], "same") == 0 ? here : there;
}

/* Collective. Messages begin with the key that named the files. */
static int open_input(const char *key, const char *pattern,
                      const struct activations_selection *selection, MPI_Comm comm,
                      struct activations **activations, struct fault *fault)
{
    struct fault found = {0};
    if (activations_open(pattern, selection, comm, activations, &found))
        fault_set(fault, found.status, "%s: %.*s", key, (int)sizeof fault->text - 64, found.text);
    return fault->status;
}

int plan_inputs_open(const struct settings *settings, MPI_Comm comm, struct plan_inputs *inputs,
                     struct fault *fault)
{
    const struct activations_selection own = {settings->input.layers, settings->input.checkpoints,
                                              settings->sampling.weights};
    const struct activations_selection other = {
        choose(settings->input.against_layers, settings->input.layers),
        choose(settings->input.against_checkpoints, settings->input.checkpoints),
        settings->sampling.weights};
    if (open_input("input.activations", settings->input.activations, &own, comm, &inputs->of[0],
                   fault) ||
        *settings->input.against == '\0')
        return fault->status;
    if (open_input("input.against", settings->input.against, &other, comm, &inputs->of[1], fault))
        return fault->status;
    return plan_inputs_match(settings, inputs, fault);
}

void plan_inputs_close(struct plan_inputs *inputs)
{
    for (int k = 0; k < PAIRING_INPUTS; k++)
        activations_close(&inputs->of[k]);
}
