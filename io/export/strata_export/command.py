"""The command `python -m strata_export`."""

import argparse
import glob
import importlib
import inspect
import os
import re
import sys
import time
import zipfile

import torch

from .errors import ExportError, quoted
from .layers import shape_of
from .pooling import POOLS
from .recorder import Recorder, default_forward, frozen

HELP = """\
Record activations from saved checkpoints into a Strata activations file.

--entry names a function without arguments that builds the model and the inputs:

    def build():
        return model, loader                         # loader must not shuffle
        return model, loader, {"sample_ids": ids}    # or any option of Recorder

A checkpoint is a state dict, or a dict with one under 'model', 'state_dict' or
'model_state_dict'; other numbers in it (loss, accuracy, epoch) are carried along.
Its step is the entry 'step' (or --step-key), else the last number in the file
name (or the first group of --step-regex), else in a folder named like checkpoint-500.
"""


def main(argv=None):
    """The command; returns the exit status (0 done, 1 system fault, 2 bad usage or input)."""
    args = _parser().parse_args(argv)
    try:
        return run(args)
    except ExportError as error:
        print("strata_export: %s" % error, file=sys.stderr)
        return 2
    except OSError as error:  # disk full, no permission
        print("strata_export: %s" % error, file=sys.stderr)
        return 1


def _parser():
    p = argparse.ArgumentParser(prog="strata_export", description=HELP,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--entry", required=True, metavar="MODULE:FUNCTION",
                   help="function that returns (model, loader[, options])")
    p.add_argument("--checkpoints", nargs="+", default=[], metavar="GLOB",
                   help="checkpoint files; recorded in the order of their steps")
    p.add_argument("--layers", nargs="+", metavar="PATTERN",
                   help="module names: '*' within one part, '**' across, '!x' except x, "
                        "'x:0' or 'x:key' for part of a tuple or dict")
    p.add_argument("--out", metavar="FILE",
                   help="activations file; with a {step} field, one file per checkpoint")
    p.add_argument("--list", action="store_true",
                   help="list the modules, with their outputs on the first batch, and stop")
    p.add_argument("--pool", nargs="+", default=["flatten"], metavar="[PATTERN=]POOL",
                   help="%s (default flatten)" % ", ".join(POOLS))
    p.add_argument("--dtype", choices=("float16", "float32"), default="float32")
    p.add_argument("--calls", choices=("error", "first", "last", "each"), default="error",
                   help="which run of a module that runs more than once (default: refuse)")
    p.add_argument("--limit", type=int, metavar="N", help="record the first N inputs")
    p.add_argument("--compress", action="store_true", help="gzip with byte shuffle")
    p.add_argument("--device", default="cpu", help="where the model runs (default cpu)")
    p.add_argument("--initial", action="store_true",
                   help="also record the model as built, as step 0")
    p.add_argument("--skip-existing", action="store_true",
                   help="leave out steps that are in the output already, instead of refusing")
    p.add_argument("--step-key", default="step", metavar="KEY",
                   help="entry of the checkpoint that holds the step (default 'step')")
    p.add_argument("--step-regex", metavar="REGEX",
                   help="take the step from the file's path: the first group")
    p.add_argument("--allow-pickle", action="store_true",
                   help="load checkpoints that hold more than tensors and numbers; this runs "
                        "code from the file, so trust it")
    return p


def run(args):
    """Carry out the command for parsed arguments."""
    model, loader, options = load_entry(args.entry)
    model.to(_device(args.device))
    if args.list:
        return list_modules(model, loader, options)
    _check_usage(args)
    recorder = Recorder(model, args.layers, args.out, **dict(
        {"pool": _parse_pool(args.pool), "dtype": args.dtype, "calls": args.calls,
         "limit": args.limit, "compress": args.compress}, **options))
    plan = plan_steps(args)
    done = recorder.file.steps()
    if not args.skip_existing and done & set(plan):
        raise ExportError("step %d is in %s already; --skip-existing leaves it out"
                          % (min(done & set(plan)), recorder.file.path(min(done & set(plan)))))
    todo = [step for step in sorted(plan) if step not in done]
    for k, step in enumerate(todo):
        # The model as built is step 0: record it before a state dict overwrites it.
        scalars = {}
        if plan[step] is not None:
            state, scalars = read_checkpoint(plan[step], args)
            load_state(model, state, plan[step])
        _record_with_progress(recorder, loader, step, scalars, k, len(todo))
    print("%s: %d checkpoints recorded, %d left out" % (args.out, len(todo),
                                                        len(plan) - len(todo)))
    return 0


def _check_usage(args):
    for value, option in ((args.layers, "--layers"), (args.out, "--out"),
                          (args.checkpoints or args.initial, "--checkpoints")):
        if not value:
            raise ExportError("%s is needed; see --help" % option)
    if args.limit is not None and args.limit < 1:
        raise ExportError("--limit must be at least 1")


def _device(name):
    try:
        return torch.device(name)
    except RuntimeError as error:
        raise ExportError("--device %s: %s" % (name, str(error).split("\n")[0])) from None


def _parse_pool(words):
    """['mean'] -> 'mean'; ['conv*=grid', 'flatten'] -> {'conv*': 'grid', '**': 'flatten'}."""
    return dict(word.split("=", 1) if "=" in word else ("**", word) for word in words)


def load_entry(entry):
    """Call MODULE:FUNCTION; returns (model, loader, options of Recorder)."""
    module, colon, function = entry.partition(":")
    if not colon:
        raise ExportError("--entry '%s' is not MODULE:FUNCTION" % entry)
    sys.path.insert(0, os.getcwd())
    try:
        build = getattr(importlib.import_module(module), function)
    except ModuleNotFoundError as error:
        raise ExportError("--entry %s: %s" % (entry, error)) from None
    except AttributeError:
        raise ExportError("--entry %s: module '%s' has no '%s'"
                          % (entry, module, function)) from None
    made = build()
    if not isinstance(made, tuple) or len(made) not in (2, 3) \
            or not isinstance(made[0], torch.nn.Module):
        raise ExportError("--entry %s must return (model, loader) or (model, loader, options)"
                          % entry)
    options = made[2] if len(made) == 3 else {}
    known = set(inspect.signature(Recorder).parameters) - {"model", "patterns", "out"}
    for name in set(options) - known:
        raise ExportError("--entry %s: option '%s' is not one of %s"
                          % (entry, name, quoted(sorted(known))))
    return made[0], made[1], options


def plan_steps(args):
    """{step: checkpoint file}, with None for the model as built."""
    plan = {0: None} if args.initial else {}
    for pattern in args.checkpoints:
        # A file by this very name comes first, so that '[' in a name is no pattern.
        paths = [pattern] if os.path.exists(pattern) else sorted(glob.glob(pattern))
        if not paths:
            raise ExportError("--checkpoints '%s' matches no file" % pattern)
        for path in paths:
            step = find_step(path, args)
            if step in plan and plan[step] != path:
                raise ExportError("step %d twice: %s and %s" % (step, plan[step] or "--initial",
                                                                path))
            plan[step] = path
    return plan


def find_step(path, args):
    """The training step of a checkpoint file: by regex, its own entry, or its name."""
    if args.step_regex:
        found = re.search(args.step_regex, path)
        if not found or not found.groups() or not found.group(1).isdigit():
            raise ExportError("--step-regex '%s' finds no number in '%s'"
                              % (args.step_regex, path))
        return int(found.group(1))
    content = _load(path, args)
    if isinstance(content, dict) and isinstance(content.get(args.step_key), int):
        return content[args.step_key]
    stem = os.path.splitext(os.path.basename(path))[0]
    folder = os.path.basename(os.path.dirname(os.path.abspath(path)))
    digits = re.findall(r"\d+", stem) or re.findall(
        r"^(?:checkpoint|ckpt|step|iter|iteration|epoch)[-_]?(\d+)$", folder)
    if not digits:
        raise ExportError("%s: no entry '%s' and no number in its name; see --step-key and "
                          "--step-regex" % (path, args.step_key))
    return int(digits[-1])


def _load(path, args):
    # Mapped, a checkpoint costs little to look at (find_step) before it is used.
    mapped = {"mmap": True} if "mmap" in inspect.signature(torch.load).parameters \
        and zipfile.is_zipfile(path) else {}
    try:
        return torch.load(path, map_location="cpu", weights_only=not args.allow_pickle, **mapped)
    except Exception as error:  # torch.load raises whatever the damaged file leads it to
        first = str(error).strip().split("\n")[0]
        hint = "" if args.allow_pickle else "; if you trust it, try --allow-pickle"
        raise ExportError("%s: cannot be loaded as a checkpoint (%s)%s"
                          % (path, first, hint)) from None


def read_checkpoint(path, args):
    """(state dict, scalars) of a checkpoint file."""
    content = _load(path, args)
    if isinstance(content, torch.nn.Module):
        return content.state_dict(), {}
    if not isinstance(content, dict):
        raise ExportError("%s holds %s, not a state dict" % (path, type(content).__name__))
    for key in ("model", "state_dict", "model_state_dict"):
        if isinstance(content.get(key), dict):
            scalars = {k: v for k, v in content.items() if isinstance(v, (int, float))
                       and k not in ("step", args.step_key)}
            return content[key], scalars
    return content, {}


def load_state(model, state, path):
    """Load a state dict, with the prefixes of DataParallel and torch.compile taken off."""
    own = model.state_dict()
    clean = {k if k in own else re.sub(r"^(module\.|_orig_mod\.)+", "", k): v
             for k, v in state.items()}
    try:
        model.load_state_dict(clean)
    except (RuntimeError, AttributeError) as error:
        lines = " ".join(line.strip() for line in str(error).split("\n"))
        raise ExportError("%s does not fit the model: %s" % (path, lines[:400])) from None


def _record_with_progress(recorder, loader, step, scalars, k, total):
    """Record one checkpoint: a line that moves on a terminal, one line in a log."""
    start, head = time.time(), "[%d/%d] step %d" % (k + 1, total, step)
    live = sys.stderr.isatty()

    def show(rows):
        if live:
            print("\r%s: %d inputs, %.0f/s " % (head, rows, rows / (time.time() - start + 1e-9)),
                  end="", file=sys.stderr, flush=True)
    recorder.progress = show
    rows = recorder.record(loader, step, **scalars)
    print("%s%s: %d inputs in %.1f s" % ("\r" if live else "", head, rows, time.time() - start),
          file=sys.stderr, flush=True)


def list_modules(model, loader, options):
    """Print every module that runs on the first batch: name, runs, output."""
    seen = {}

    def hook_for(name):
        def hook(module, inputs, output):
            runs, first = seen.get(name, (0, shape_of(output)))
            seen[name] = runs + 1, first
        return hook
    handles = [m.register_forward_hook(hook_for(n)) for n, m in model.named_modules() if n]
    try:
        with frozen(model):
            options.get("forward", default_forward)(model, next(iter(loader)))
    finally:
        for handle in handles:
            handle.remove()
    width = max([len(n) for n in seen] + [6])
    print("%-*s  runs  output on the first batch" % (width, "module"))
    for name, (runs, output) in seen.items():
        print("%-*s  %4d  %s" % (width, name, runs, output))
    return 0
