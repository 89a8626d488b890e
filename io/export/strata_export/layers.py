"""Which modules are recorded, and what of their outputs."""

import difflib
import fnmatch

import torch

from .errors import ExportError, quoted


def match_name(name, pattern):
    """Does a dotted module name match a pattern (`*` one part, `**` any number)?"""
    def match(parts, globs):
        if not globs:
            return not parts
        if globs[0] == "**":
            return any(match(parts[i:], globs[1:]) for i in range(len(parts) + 1))
        return bool(parts) and fnmatch.fnmatchcase(parts[0], globs[0]) \
            and match(parts[1:], globs[1:])
    return match(name.split("."), pattern.split("."))


def choose_layers(model, patterns):
    """The layers that patterns name: list of (module name, part or '', module).

    A pattern that asks for a part (`attn:0`) wins over one that does not, so that
    `blocks.**` with `blocks.*.attn:0` records the attention by its part only.
    """
    if isinstance(patterns, str):
        patterns = [patterns]
    modules = {name: module for name, module in model.named_modules() if name}
    dropped = [p[1:] for p in patterns if p.startswith("!")]
    chosen = {}  # module name -> parts asked for, '' for the output itself
    for pattern in (p for p in patterns if not p.startswith("!")):
        base, _, part = pattern.partition(":")
        hits = [name for name, module in modules.items()
                if match_name(name, base) and _can_run(module)]
        if not hits:
            raise ExportError("layer pattern '%s' matches no module; %s"
                              % (pattern, _nearest(base, modules)))
        for name in hits:
            if not any(match_name(name, d) for d in dropped):
                parts = chosen.setdefault(name, [])
                if part not in parts:
                    parts.append(part)
    if not chosen:
        raise ExportError("no layers: every match of %s is taken away by %s"
                          % (quoted(patterns), quoted("!" + d for d in dropped)))
    for name, parts in chosen.items():
        if len(parts) > 1 and "" in parts:
            parts.remove("")
    layers = [(name, part, modules[name]) for name in modules if name in chosen
              for part in chosen[name]]
    for name, part, _ in layers:
        if "/" in name + part:
            raise ExportError("layer '%s': a name with '/' would be a path in HDF5; "
                              "rename the module" % layer_name(name, part))
    return layers


def layer_name(name, part="", call=None):
    """What a layer is called in the file: module[:part][@call]."""
    return name + (":" + part if part else "") + ("" if call is None else "@%d" % call)


def _can_run(module):
    """ModuleList and the like have no forward, never run, and so match no pattern."""
    return type(module).forward is not torch.nn.Module.forward


def _nearest(pattern, modules):
    near = difflib.get_close_matches(pattern.replace("*", ""), modules, 3, 0.5)
    known = near or list(modules)[:5]
    return "%s %s" % ("did you mean" if near else "the model has, for example,", quoted(known))


def take_part(output, part, name):
    """The tensor in a module's output; `part` is a path of keys and indices, or ''."""
    for step in part.split(".") if part else ():
        try:
            if isinstance(output, (tuple, list)):
                # A named tuple has both indices and names.
                output = output[int(step)] if step.lstrip("-").isdigit() else getattr(output, step)
            elif isinstance(output, dict):
                output = output[step]
            else:
                output = getattr(output, step)
        except (KeyError, IndexError, ValueError, AttributeError):
            raise ExportError("layer '%s' has no part '%s': it returns %s"
                              % (name, part, shape_of(output))) from None
    if not torch.is_tensor(output):
        raise ExportError("layer '%s' returns %s, not a tensor; name the part to record, "
                          "such as '%s'" % (name, shape_of(output), _example_part(name, output)))
    return output


def shape_of(output):
    """A short description of a module's output, for messages and --list."""
    if torch.is_tensor(output):
        return "%s%s" % (str(output.dtype).replace("torch.", ""), list(output.shape))
    if isinstance(output, dict):
        return "dict(%s)" % ", ".join("%s: %s" % (k, shape_of(v)) for k, v in output.items())
    if isinstance(output, (tuple, list)):
        return "%s(%s)" % (type(output).__name__, ", ".join(shape_of(v) for v in output))
    return type(output).__name__


def _example_part(name, output):
    if isinstance(output, dict):
        return "%s:%s" % (name, next((k for k, v in output.items() if torch.is_tensor(v)), "key"))
    return name + ":0"
