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

/* Collective: the other network. */
static int open_against(const struct settings *settings, MPI_Comm comm, struct plan_inputs *inputs,
                        struct fault *fault)
{
    const struct activations_selection selection = {
        choose(settings->input.against_layers, settings->input.layers),
        choose(settings->input.against_checkpoints, settings->input.checkpoints),
        settings->sampling.weights};
    struct fault found = {0};
    if (activations_open(settings->input.against, &selection, comm, &inputs->of[1], &found))
        return fault_set(fault, found.status, "input.against: %.*s", (int)sizeof fault->text - 32,
                         found.text);
    return plan_inputs_match(settings, inputs, fault);
}

int plan_inputs_open(const struct settings *settings, MPI_Comm comm, struct plan_inputs *inputs,
                     struct fault *fault)
{
    const struct activations_selection selection = {
        settings->input.layers, settings->input.checkpoints, settings->sampling.weights};
    if (activations_open(settings->input.activations, &selection, comm, &inputs->of[0], fault))
        return fault->status;
    return *settings->input.against ? open_against(settings, comm, inputs, fault) : 0;
}

void plan_inputs_close(struct plan_inputs *inputs)
{
    for (int k = 0; k < PAIRING_INPUTS; k++)
        activations_close(&inputs->of[k]);
}
