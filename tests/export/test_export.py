"""Tests of the exporter: python -m unittest discover -s tests/export

Needs torch, h5py and numpy; without torch or h5py everything is skipped, saying so.
"""

import contextlib
import io
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import unittest

try:
    import h5py
    import numpy as np
    import torch
    from torch import nn
    MISSING = ""
except ImportError as missing:
    MISSING = "the exporter needs PyTorch and h5py: %s" % missing

EXPORT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", "io", "export"))
sys.path.insert(0, EXPORT)
if not MISSING:
    import strata_export
    from strata_export import ExportError, Recorder


def setUpModule():
    if MISSING:
        raise unittest.SkipTest(MISSING)
    torch.set_num_threads(1)


def mlp():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 5), nn.ReLU(inplace=True), nn.Linear(5, 2))


def inputs(rows=10, seed=0):
    return torch.randn(rows, 3, generator=torch.Generator().manual_seed(seed))


def loader(x, batch=4, **options):
    return torch.utils.data.DataLoader(x, batch_size=batch, **options)


class Returns(nn.Module if not MISSING else object):
    """A module that runs a function; a layer to be recorded."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def network(**functions):
    """A model that runs each named function on the same input."""
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            for name, function in functions.items():
                self.add_module(name, Returns(function))

        def forward(self, x):
            return [module(x) for module in self.children()]
    return Model()


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.out = os.path.join(self.folder, "a.h5")

    def record(self, model, patterns, x, step=0, out=None, scalars=None, **options):
        Recorder(model, patterns, out or self.out, **options).record(
            x if hasattr(x, "batch_size") else loader(x), step, **(scalars or {}))

    def read(self, layer, step=0, path=None):
        with h5py.File(path or self.out, "r") as f:
            return f["checkpoints/step-%08d" % step][layer][()]

    def refused(self, pattern, *args, **options):
        """record(...) is refused with a text that matches, and the folder is as it was."""
        before = self.snapshot()
        with self.assertRaisesRegex(ExportError, pattern):
            self.record(*args, **options)
        self.assertEqual(self.snapshot(), before)

    def snapshot(self):
        files = {}
        for name in os.listdir(self.folder):
            with open(os.path.join(self.folder, name), "rb") as f:
                files[name] = f.read()
        return files


class Layout(Case):
    def test_file_is_as_the_format_says(self):
        model, x = mlp(), inputs()
        for step in (0, 7):
            self.record(model, ["?"], x, step, sample_ids=range(100, 110),
                        scalars={"loss": 0.5, "accuracy": torch.tensor(0.25), "epoch": step},
                        attributes={"model": "mlp"})
        with h5py.File(self.out, "r") as f:
            self.assertEqual(f.attrs["strata_format"], "activations")
            self.assertEqual(f.attrs["strata_version"], 1)
            self.assertEqual(f.attrs["model"], "mlp")
            self.assertEqual([s.decode() for s in f["layers"]], ["0", "1", "2"])
            self.assertEqual(f["sample_ids"].dtype, np.int64)
            self.assertEqual(f["sample_ids"][0], 100)
            group = f["checkpoints/step-00000007"]
            self.assertEqual(group.attrs["step"], 7)
            self.assertEqual(group.attrs["step"].dtype, np.int64)
            self.assertEqual(group.attrs["loss"], 0.5)
            self.assertEqual(group.attrs["accuracy"], 0.25)
            self.assertEqual(set(group), {"0", "1", "2"})
            self.assertEqual(group["0"].dtype, np.float32)
        # Row by row what the model gives, though the ReLU works in place on layer 0's output.
        with torch.no_grad():
            np.testing.assert_allclose(self.read("0"), model[0](x).numpy(), rtol=1e-6)
            np.testing.assert_allclose(self.read("2"), model(x).numpy(), rtol=1e-6)

    def test_one_file_per_checkpoint(self):
        out = os.path.join(self.folder, "step-{step:04d}.h5")
        for step in (0, 10):
            self.record(mlp(), ["?"], inputs(), step, out=out)
        self.assertEqual(sorted(os.listdir(self.folder)), ["step-0000.h5", "step-0010.h5"])
        self.assertEqual(self.read("2", 10, out.format(step=10)).shape, (10, 2))
        self.refused("step 10 is recorded already", mlp(), ["?"], inputs(), 10, out=out)
        self.refused("missing '0'", mlp(), ["1"], inputs(), 20, out=out)
        self.refused("9 inputs, but 10", mlp(), ["?"], inputs(9), 20, out=out)

    def test_compressed_chunks_and_many_batches(self):
        x = torch.randn(3000, 3, generator=torch.Generator().manual_seed(0))
        self.record(mlp(), ["0"], loader(x, 7), dtype="float16", compress=True)
        with torch.no_grad():
            np.testing.assert_array_equal(self.read("0"), mlp()[0](x).numpy().astype("f2"))
        with h5py.File(self.out, "r") as f:
            self.assertEqual(f["checkpoints/step-00000000/0"].compression, "gzip")

    def test_layers_are_in_order_of_execution(self):
        class Backwards(nn.Module):
            def __init__(self):
                super().__init__()
                self.late, self.early = nn.Linear(3, 3), nn.Linear(3, 3)

            def forward(self, x):
                return self.late(self.early(x))
        self.record(Backwards(), ["*"], inputs())
        with h5py.File(self.out, "r") as f:
            self.assertEqual([s.decode() for s in f["layers"]], ["early", "late"])

    def test_limit_cuts_a_batch(self):
        self.record(mlp(), ["0"], inputs(), limit=6)
        self.assertEqual(len(self.read("0")), 6)

    def test_ids_from_the_loader(self):
        rows = [{"x": x, "sample_ids": "img%d" % k} for k, x in enumerate(inputs())]
        self.record(mlp(), ["0"], loader(rows),
                    forward=lambda model, batch: model(batch["x"]))
        with h5py.File(self.out, "r") as f:
            self.assertEqual(f["sample_ids"][3], b"img3")
        rows[3]["sample_ids"] = "other"
        self.refused("sample ids differ .* from row 3", mlp(), ["0"], loader(rows), 1,
                     forward=lambda model, batch: model(batch["x"]))


class Training(Case):
    def test_model_and_random_state_are_left_alone(self):
        model = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5), nn.BatchNorm1d(3))
        model[2].eval()
        torch.manual_seed(5)
        expected = torch.rand(3)
        torch.manual_seed(5)
        self.record(model, ["?"], inputs())
        self.assertTrue(torch.equal(torch.rand(3), expected))
        self.assertEqual([m.training for m in model], [True, True, False])
        self.assertFalse(any(m._forward_hooks for m in model))
        np.testing.assert_array_equal(self.read("0"), self.read("1"))  # no dropout

    def test_data_parallel_names_are_the_models_own(self):
        self.record(nn.DataParallel(mlp()), ["0"], inputs())
        self.assertEqual(self.read("0").shape, (10, 5))

    def test_bfloat16_is_widened(self):
        self.record(network(a=lambda x: x.bfloat16()), ["a"], inputs())
        self.assertEqual(self.read("a").dtype, np.float32)


class Refusals(Case):
    def setUp(self):
        super().setUp()
        self.record(mlp(), ["?"], inputs(), 0, sample_ids=range(10))

    def test_other_checkpoints(self):
        ids = {"sample_ids": range(10)}
        wide = nn.Sequential(nn.Linear(3, 6), nn.ReLU(), nn.Linear(6, 2))
        for text, model, patterns, x, step, options in (
                ("step 0 is recorded already", mlp(), ["?"], inputs(), 0, ids),
                ("step -1 is negative", mlp(), ["?"], inputs(), -1, ids),
                ("missing '1'", mlp(), ["0", "2"], inputs(), 1, ids),
                ("layer '0' has shape \\(6,\\) per input, \\(5,\\) in the file", wide, ["?"],
                 inputs(), 1, ids),
                ("9 inputs, but 10", mlp(), ["?"], inputs(9), 1, {"sample_ids": range(9)}),
                ("5 sample ids for 10 inputs", mlp(), ["?"], inputs(), 1,
                 {"sample_ids": range(5)}),
                ("11 sample ids for 10 inputs", mlp(), ["?"], inputs(), 1,
                 {"sample_ids": range(11)}),
                ("from row 0 on", mlp(), ["?"], inputs(), 1, {"sample_ids": range(1, 11)}),
                ("in the file, but not now", mlp(), ["?"], inputs(), 1, {}),
                ("not unique", mlp(), ["?"], inputs(), 1, {"sample_ids": [1] * 10}),
                ("inputs differ", mlp(), ["?"], inputs(seed=1), 1, ids)):
            with self.subTest(text):
                self.refused(text, model, patterns, x, step, **options)

    def test_shuffling_loaders(self):
        self.refused("RandomSampler", mlp(), ["?"], loader(inputs(), shuffle=True), 1)
        sampler = torch.utils.data.SubsetRandomSampler(range(10))
        self.refused("SubsetRandomSampler", mlp(), ["?"], loader(inputs(), sampler=sampler), 1)

    def test_a_file_that_is_something_else(self):
        other = os.path.join(self.folder, "other.h5")
        h5py.File(other, "w").close()
        self.refused("not an activations file", mlp(), ["?"], inputs(), out=other)
        with open(other, "w") as f:
            f.write("text")
        self.refused("not a readable HDF5 file", mlp(), ["?"], inputs(), out=other)

    def test_empty_loader(self):
        self.refused("no inputs", mlp(), ["?"], loader(inputs(0)), 1)


class Patterns(Case):
    def match(self, pattern, *names):
        return [n for n in names if strata_export.match_name(n, pattern)]

    def test_globs_work_by_parts(self):
        names = ("blocks", "blocks.0", "blocks.0.mlp", "blocks.0.mlp.fc", "head")
        self.assertEqual(self.match("blocks.*", *names), ["blocks.0"])
        self.assertEqual(self.match("blocks.**", *names), list(names[:4]))
        self.assertEqual(self.match("**.mlp", *names), ["blocks.0.mlp"])
        self.assertEqual(self.match("blocks.[01].m?p", *names), ["blocks.0.mlp"])

    def test_overlap_and_exclusion(self):
        self.record(mlp(), ["0", "?", "!1"], inputs())
        with h5py.File(self.out, "r") as f:
            self.assertEqual([s.decode() for s in f["layers"]], ["0", "2"])

    def test_patterns_that_give_nothing(self):
        self.refused("'blocks.\\*' matches no module", mlp(), ["blocks.*"], inputs())
        self.refused("every match .* taken away", mlp(), ["0", "!0"], inputs())
        model = network(encoder=lambda x: x)
        self.refused("did you mean 'encoder'", model, ["encodr"], inputs())
        model.add_module("idle", nn.Linear(3, 3))
        model.forward = lambda x: model.encoder(x)
        self.refused("not run in the forward pass: 'idle'", model, ["*"], inputs())

    def test_name_with_slash(self):
        model = nn.Sequential()
        model.add_module("a/b", nn.Linear(3, 3))
        self.refused("'a/b'.*HDF5", model, ["*"], inputs())


class Outputs(Case):
    def test_tuple_and_dict_parts(self):
        model = network(pair=lambda x: (x, 2 * x), keyed=lambda x: {"h": [x, 3 * x]})
        self.refused("'pair' returns tuple.*such as 'pair:0'", model, ["pair"], inputs())
        self.refused("no part 'k'", model, ["keyed:k"], inputs())
        self.refused("no part '5'", model, ["pair:5"], inputs())
        self.record(model, ["*", "pair:1", "keyed:h.1"], inputs())
        with h5py.File(self.out, "r") as f:
            self.assertEqual([s.decode() for s in f["layers"]], ["pair:1", "keyed:h.1"])
        np.testing.assert_array_equal(self.read("pair:1"), 2 * inputs().numpy())
        np.testing.assert_array_equal(self.read("keyed:h.1"), 3 * inputs().numpy())

    def test_repeated_calls(self):
        class Twice(nn.Module):
            def __init__(self):
                super().__init__()
                self.step = Returns(lambda x: x + 1)

            def forward(self, x):
                return self.step(self.step(x))
        self.refused("'step' runs more than once", Twice(), ["step"], inputs())
        for calls, layer, add in (("first", "step", 1), ("last", "step", 2), ("each", "step@1", 2)):
            out = os.path.join(self.folder, calls)
            self.record(Twice(), ["step"], inputs(), out=out, calls=calls)
            np.testing.assert_allclose(self.read(layer, path=out), inputs().numpy() + add,
                                       rtol=1e-5)

    def test_what_cannot_be_recorded(self):
        for text, function in (
                ("only floating point", lambda x: x.long()),
                ("first axis must be the batch", lambda x: x.sum()),
                ("first axis must be the batch", lambda x: x.t()),
                ("NaN or infinite in row 6", lambda x: x / (x - inputs()[6])),
                ("changes shape .* at row 8", lambda x: x[:, :len(x) - 1])):
            with self.subTest(text):
                self.refused("layer 'a'.*" + text, network(a=function), ["a"], inputs())

    def test_float16_overflow(self):
        model = network(a=lambda x: x, big=lambda x: 1e5 * torch.ones_like(x))
        self.refused("'big' does not fit float16: \\|100000\\|.*float32", model, ["*"], inputs(),
                     dtype="float16")
        self.record(model, ["*"], inputs(), dtype="float32")


class Pooling(Case):
    def setUp(self):
        super().setUp()
        self.x = torch.randn(6, 4, 3, generator=torch.Generator().manual_seed(0))
        self.mask = torch.tensor([[1, 1, 1, 1], [1, 0, 0, 0], [0, 0, 1, 1], [1, 1, 1, 0],
                                  [0, 1, 0, 1], [1, 1, 0, 0]])

    def pooled(self, pool, mask=None, x=None):
        return strata_export.pool_output(self.x if x is None else x, pool, mask)

    def test_tokens(self):
        x = self.x
        for pool, want in (("flatten", x), ("none", x), ("mean", x.mean(1)),
                           ("first", x[:, 0]), ("last", x[:, 3])):
            self.assertTrue(torch.allclose(self.pooled(pool), want), pool)

    def test_mask_ignores_padding_even_where_it_is_not_finite(self):
        x = torch.where(self.mask[:, :, None] > 0, self.x, torch.full_like(self.x, np.nan))
        mean, last = self.pooled("mean", self.mask, x), self.pooled("last", self.mask, x)
        for k, row in enumerate(self.mask):
            tokens = self.x[k][row > 0]
            self.assertTrue(torch.allclose(mean[k], tokens.mean(0)))
            self.assertTrue(torch.equal(last[k], tokens[-1]))
        with self.assertRaisesRegex(ExportError, "no token"):
            self.pooled("mean", self.mask * 0)
        with self.assertRaisesRegex(ExportError, "does not fit"):
            self.pooled("mean", self.mask[:, :3])

    def test_maps(self):
        x = torch.arange(32.0).reshape(1, 2, 4, 4)
        self.assertTrue(torch.equal(self.pooled("mean", x=x), x.mean((2, 3))))
        self.assertEqual(self.pooled("grid", x=x)[0, 0, 0, 0], x[0, 0, :2, :2].mean())
        with self.assertRaisesRegex(ExportError, "need \\[B, T, D\\]"):
            self.pooled("first", x=x)

    def test_mask_of_the_batch_and_pool_by_pattern(self):
        rows = [{"x": x, "attention_mask": m} for x, m in zip(self.x, self.mask)]
        model = network(a=lambda x: x, b=lambda x: x)
        self.record(model, ["*"], loader(rows), pool={"a": "last", "**": "flatten"},
                    forward=lambda model, batch: model(batch["x"]))
        np.testing.assert_array_equal(self.read("a")[1], self.x[1, 0].numpy())
        self.assertEqual(self.read("b").shape, (6, 4, 3))
        self.refused("no pool given", model, ["*"], loader(rows), 1, pool={"a": "last"},
                     forward=lambda model, batch: model(batch["x"]))


class Kill(Case):
    """A job that dies in the middle of a checkpoint loses that checkpoint, no more."""

    JOB = """
        import os, signal, sys, torch
        from strata_export import Recorder
        torch.manual_seed(0)
        model = torch.nn.Linear(3, 70000)  # a layer so wide that every batch is written at once
        x = torch.randn(8, 3, generator=torch.Generator().manual_seed(0))

        def batches(die):
            for k in range(4):
                if die and k == 3:
                    os.kill(os.getpid(), signal.SIGKILL)
                yield x[2 * k:2 * k + 2]
        model = torch.nn.Sequential(model)
        recorder = Recorder(model, ["0"], sys.argv[1])
        for step in map(int, sys.argv[3:]):
            recorder.record(batches(step == int(sys.argv[2])), step)
    """

    def job(self, out, die, *steps):
        return subprocess.run(
            [sys.executable, "-c", textwrap.dedent(self.JOB), out, str(die)]
            + [str(s) for s in steps], env=dict(os.environ, PYTHONPATH=EXPORT,
                                                OMP_NUM_THREADS="1")).returncode

    def kill_and_go_on(self, out, path):
        self.assertEqual(self.job(out, 2, 0, 1, 2), -signal.SIGKILL)
        part = path(2) + ".part"
        self.assertGreater(os.path.getsize(part), 1 << 20)  # it was writing indeed
        before = self.read("0", 1, path(1))
        self.assertEqual(self.job(out, -1, 2, 3), 0)
        self.assertFalse(os.path.exists(part))
        np.testing.assert_array_equal(self.read("0", 1, path(1)), before)
        for step in (0, 1, 2, 3):
            self.assertEqual(self.read("0", step, path(step)).shape, (8, 70000))

    def test_one_file(self):
        self.kill_and_go_on(self.out, lambda step: self.out)

    def test_file_per_checkpoint(self):
        out = os.path.join(self.folder, "{step}.h5")
        self.kill_and_go_on(out, lambda step: out.format(step=step))

    def test_reader_keeps_its_file_while_the_next_checkpoint_is_recorded(self):
        self.record(mlp(), ["?"], inputs(), 0)
        with h5py.File(self.out, "r") as f:
            self.record(mlp(), ["?"], inputs(), 1)
            self.assertEqual(list(f["checkpoints"]), ["step-00000000"])
            self.assertEqual(f["checkpoints/step-00000000/0"].shape, (10, 5))
        self.assertEqual(self.read("0", 1).shape, (10, 5))


class Command(Case):
    ENTRY = """
        import torch
        def build():
            torch.manual_seed(0)
            model = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.ReLU(),
                                        torch.nn.Linear(5, 2))
            x = torch.randn(10, 3, generator=torch.Generator().manual_seed(0))
            y = torch.zeros(10)
            loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), 4)
            return model, loader, {"sample_ids": range(10)}
        def wrong():
            return 1
    """

    def setUp(self):
        super().setUp()
        with open(os.path.join(self.folder, "entry_for_test.py"), "w") as f:
            f.write(textwrap.dedent(self.ENTRY))
        here = os.getcwd()
        os.chdir(self.folder)
        self.addCleanup(os.chdir, here)
        path = list(sys.path)
        self.addCleanup(lambda: sys.path.__setitem__(slice(None), path))
        self.addCleanup(sys.modules.pop, "entry_for_test", None)
        self.state = mlp().state_dict()
        torch.save({"model": {"module." + k: v for k, v in self.state.items()}, "step": 300,
                    "loss": 0.25, "optimizer": {"lr": 0.1}}, "last.pt")
        torch.save(self.state, "run2_step20.pt")
        os.mkdir("checkpoint-100")
        torch.save(self.state, "checkpoint-100/weights.pt")

    def run_command(self, *args, entry="entry_for_test:build"):
        """(exit status, what was printed)."""
        text = io.StringIO()
        with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
            try:
                status = strata_export.main(["--entry", entry, *args])
            except SystemExit as stop:
                status = stop.code
        return status, text.getvalue()

    def test_records_checkpoints_in_order_of_their_steps(self):
        # PyTorch 1.13 cannot read a plain number without pickle.
        old = ["--allow-pickle"] if torch.__version__.startswith("1.") else []
        to = ["--layers", "?", "--out", "a.h5"] + old
        status, text = self.run_command("--checkpoints", "*.pt", "checkpoint-*/*.pt", "--initial",
                                        *to)
        self.assertEqual(status, 0, text)
        self.assertIn("[4/4] step 300: 10 inputs", text)
        with h5py.File("a.h5", "r") as f:
            steps = [int(g.attrs["step"]) for g in f["checkpoints"].values()]
            self.assertEqual(steps, [0, 20, 100, 300])
            self.assertEqual(f["checkpoints/step-00000300"].attrs["loss"], 0.25)
            self.assertEqual(len(f["sample_ids"]), 10)
        status, text = self.run_command("--checkpoints", "*.pt", *to)
        self.assertEqual((status, "step 20 is in a.h5 already" in text), (2, True), text)
        status, text = self.run_command("--checkpoints", "*.pt", "--skip-existing", *to)
        self.assertEqual((status, "0 checkpoints recorded, 2 left out" in text), (0, True), text)

    def test_step_options(self):
        status, text = self.run_command(
            "--checkpoints", "run2_step20.pt", "--layers", "?", "--out", "{step}.h5",
            "--step-regex", r"run(\d+)")
        self.assertEqual(status, 0, text)
        self.assertTrue(os.path.exists("2.h5"))

    def test_list(self):
        status, text = self.run_command("--list")
        self.assertEqual(status, 0)
        self.assertIn("float32[4, 5]", text)

    def test_bad_usage_is_status_2_with_a_reason(self):
        torch.save({"x": 1}, "bad7.pt")
        with open("junk8.pt", "w") as f:
            f.write("junk")
        torch.save(self.state, "nothing.pt")
        os.mkdir("twice")
        torch.save(self.state, "twice/step20.pt")
        full = ("--layers", "?", "--out", "b.h5", "--checkpoints")
        for text, args, entry in (
                ("--layers is needed", ("--out", "b.h5"), None),
                ("--checkpoints is needed", full[:4], None),
                ("matches no file", full + ("none*.pt",), None),
                ("does not fit the model", full + ("bad7.pt",), None),
                ("cannot be loaded", full + ("junk8.pt",), None),
                ("no number in its name", full + ("nothing.pt",), None),
                ("step 20 twice", full + ("run2_step20.pt", "twice/step20.pt"), None),
                ("'blocks' matches no module", ("--layers", "blocks", *full[2:], "last.pt"), None),
                ("pool 'max'", full + ("last.pt", "--pool", "max"), None),
                ("the only field is {step}", ("--layers", "?", "--out", "{epoch}.h5",
                                              "--checkpoints", "last.pt"), None),
                ("No module named", full + ("last.pt",), "nowhere:build"),
                ("has no 'nothing'", full + ("last.pt",), "entry_for_test:nothing"),
                ("must return", full + ("last.pt",), "entry_for_test:wrong")):
            with self.subTest(text):
                status, said = self.run_command(*args, entry=entry or "entry_for_test:build")
                self.assertEqual(status, 2, said)
                self.assertIn(text, said)
                self.assertNotIn("b.h5", os.listdir("."))


if __name__ == "__main__":
    unittest.main()
