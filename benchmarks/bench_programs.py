"""
Time programs beside the hand-written chains of layers that the package had before them.

The version before is taken out of the repository's history and loaded in the same process, and
both count in turns. Then a network that is given as a function is timed beside the built-in one
of the same shape, the import beside the import before, and both replays. Run by ``make bench``,
or ``sage -python benchmarks/bench_programs.py [--quick]``. The exit status is 1 if a target is
missed.
"""

import argparse
import functools
import importlib
import io
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
#: turns of both versions; the least time of each is compared
TURNS = 3
COUNT_TARGET, FUNCTION_TARGET, REPLAY_TARGET, IMPORT_TARGET = 1.1, 1.2, 1.1, 1.0


def version_before(directory):
    """Write the files of the version before into a directory and return it."""
    archive = subprocess.run(["git", "-C", str(ROOT), "archive", revision_before(), "sage_conslaw"],
                             check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(directory, filter="data")
    return directory


def revision_before():
    """Return the last revision in which chains were written by hand."""
    found = subprocess.run(["git", "-C", str(ROOT), "log", "--format=%H", "--diff-filter=D", "-1",
                            "--", "sage_conslaw/chain.py"],
                           check=True, capture_output=True, text=True).stdout.strip()
    if not found:
        raise SystemExit("the history of this checkout does not have the version before")
    return f"{found}^"


def loaded(path):
    """Return the package of a directory, loaded beside others of the same name."""
    kept = {name: sys.modules.pop(name) for name in list(sys.modules)
            if name.split(".")[0] == "sage_conslaw"}
    sys.path.insert(0, str(path))
    try:
        package = importlib.import_module("sage_conslaw")
        for name in package.__all__:
            getattr(package, name)
        importlib.import_module(f"{package.__name__}."
                                f"{'papers' if 'papers' in _folders(path) else 'experiments'}")
        own = {name: module for name, module in sys.modules.items()
               if name.split(".")[0] == "sage_conslaw"}
    finally:
        sys.path.remove(str(path))
        for name in list(sys.modules):
            if name.split(".")[0] == "sage_conslaw":
                del sys.modules[name]
        sys.modules.update(kept)
    return package, own


def _folders(path):
    return {entry.name for entry in (pathlib.Path(path) / "sage_conslaw").iterdir()}


class Version:
    """One version of the package, whose modules are in place while it is used."""

    def __init__(self, path):
        self.package, self.modules = loaded(path)

    def __enter__(self):
        self.kept = {name: module for name, module in sys.modules.items()
                     if name.split(".")[0] == "sage_conslaw"}
        for name in self.kept:
            del sys.modules[name]
        sys.modules.update(self.modules)
        return self.package

    def __exit__(self, *_):
        for name in list(sys.modules):
            if name.split(".")[0] == "sage_conslaw":
                self.modules[name] = sys.modules.pop(name)
        sys.modules.update(self.kept)


CASES = {
    "linear (16, 16, 16)": lambda p: p.GradientFlow(p.LinearNetwork([16] * 3)),
    "linear (32, 32, 32)": lambda p: p.GradientFlow(p.LinearNetwork([32] * 3)),
    "linear (4, ..., 4), 8 layers": lambda p: p.GradientFlow(p.LinearNetwork([4] * 9)),
    "ReLU (24, 24, 24, 24), bias": lambda p: p.GradientFlow(p.ReLUNetwork([24] * 4, bias=True)),
    "NMF (24, 24, 24)": lambda p: p.GradientFlow(p.NMF(24, 24, 24)),
    "linear (16, 16, 16), momentum": lambda p: p.MomentumFlow(p.LinearNetwork([16] * 3)),
    "linear (16, 16, 16), 3/t": lambda p: p.MomentumFlow(p.LinearNetwork([16] * 3), p.NESTEROV),
    "ReLU (16, 16, 16, 16), momentum": lambda p: p.MomentumFlow(p.ReLUNetwork([16] * 4)),
    "NMF (24, 24, 24), momentum": lambda p: p.MomentumFlow(p.NMF(24, 24, 24)),
    "NMF (24, 24, 24), 3/t": lambda p: p.MomentumFlow(p.NMF(24, 24, 24), p.NESTEROV),
    "ICNN (24, 24, 24), momentum": lambda p: p.MomentumFlow(p.ICNN(24, 24, 24)),
    "linear (64, 64, 64)": lambda p: p.GradientFlow(p.LinearNetwork([64] * 3)),
}
QUICK = ("linear (16, 16, 16)", "linear (4, ..., 4), 8 layers", "ReLU (24, 24, 24, 24), bias",
         "linear (16, 16, 16), momentum")


def seconds(function):
    """Return the seconds of wall time that a call takes, and its value."""
    start = time.perf_counter()
    value = function()
    return time.perf_counter() - start, value


def count(package, make):
    """Count the laws of a new flow with one trial where one is enough."""
    return seconds(lambda: package.trace_dimension(make(package), probability=0.99,
                                                   engine="trajectory"))


def compare_counts(before, now, names):
    """Print the ratios of the counts, and return whether the targets are met."""
    met = True
    print(f"{'count':34}{'D':>6}{'before':>10}{'now':>10}{'ratio':>8}   target for D >= 1000: "
          f"{COUNT_TARGET}")
    for name in names:
        make = CASES[name]
        times = {before: [], now: []}
        for _ in range(1 if "64" in name else TURNS):
            found = []
            for version in (before, now):
                with version as package:
                    took, dimension = count(package, make)
                times[version].append(took)
                found.append(int(dimension))
            assert found[0] == found[1], (name, found)
            size = dimension.number_of_variables
        ratio = min(times[now]) / min(times[before])
        good = ratio <= COUNT_TARGET or size < 1000
        met &= good
        print(f"{name:34}{size:>6}{min(times[before]):>10.3f}{min(times[now]):>10.3f}"
              f"{ratio:>8.2f}{'' if good else '   MISSED'}", flush=True)
    return met


def compare_functions(now):
    """Print the ratios of networks given as functions, and return whether they are met."""
    met = True
    with now as package:
        relu = importlib.import_module("sage_conslaw.functions").relu
        pairs = {
            "U @ V, (32, 32, 32)": (
                package.LinearNetwork([32] * 3),
                lambda: package.Network(lambda U, V: U @ V, {"U": (32, 32), "V": (32, 32)})),
            "U relu(V x), (32, 32, 32)": (
                package.ReLUNetwork([32] * 3),
                lambda: package.Network(lambda x, U, V: U @ relu(V @ x),
                                        {"U": (32, 32), "V": (32, 32)}, {"x": (32,)})),
        }
        print(f"\n{'given as a function':34}{'built in':>16}{'function':>10}{'ratio':>8}   "
              f"target: {FUNCTION_TARGET}")
        for name, (built_in, own) in pairs.items():
            # in turns: what else the machine does takes from both
            least = [float("inf")] * 2
            for _ in range(TURNS):
                for k, model in enumerate((lambda built_in=built_in: built_in, own)):
                    taken = seconds(lambda model=model: package.trace_dimension(
                        package.GradientFlow(model()), probability=0.99))[0]
                    least[k] = min(least[k], taken)
            good = least[1] <= FUNCTION_TARGET * least[0]
            met &= good
            print(f"{name:34}{least[0]:>16.3f}{least[1]:>10.3f}{least[1] / least[0]:>8.2f}"
                  f"{'' if good else '   MISSED'}", flush=True)
    return met


def compare_replays(before, now):
    """Print the ratios of both replays, and return whether the targets are met."""
    met = True
    print(f"\n{'replay, one process':34}{'before':>16}{'now':>10}{'ratio':>8}   target: "
          f"{REPLAY_TARGET}")
    for paper, variant in (("icml2024", "published"), ("neurips2023", "all")):
        least = {}
        for version, room in ((before, "experiments"), (now, "papers")):
            with version:
                reproduce = importlib.import_module(f"sage_conslaw.{room}").reproduce
                replay = functools.partial(reproduce, paper, variant, processes=1)
                least[version] = min(seconds(replay)[0] for _ in range(2))
        good = least[now] <= REPLAY_TARGET * least[before]
        met &= good
        print(f"{paper:34}{least[before]:>16.2f}{least[now]:>10.2f}"
              f"{least[now] / least[before]:>8.2f}{'' if good else '   MISSED'}", flush=True)
    return met


def compare_imports(path):
    """Print the ratio of the imports in new processes, and return whether it is met."""
    code = ("import time; start = time.perf_counter(); import sage_conslaw; "
            "[getattr(sage_conslaw, name) for name in sage_conslaw.__all__]; "
            "print(time.perf_counter() - start)")
    least = []
    for place in (path, ROOT):
        taken = [float(subprocess.run([sys.executable, "-c", code], check=True, text=True,
                                      capture_output=True, cwd=place,
                                      env={**os.environ, "PYTHONPATH": str(place)}
                                      ).stdout) for _ in range(TURNS)]
        least.append(min(taken))
    good = least[1] <= IMPORT_TARGET * least[0]
    print(f"\n{'import, all public names':34}{least[0]:>16.2f}{least[1]:>10.2f}"
          f"{least[1] / least[0]:>8.2f}{'' if good else '   MISSED'}")
    return good


def main():
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--quick", action="store_true", help="small counts alone")
    options = parser.parse_args()
    import sage.all  # noqa: F401  (both versions need it; it is no part of the comparison)
    with tempfile.TemporaryDirectory() as directory:
        path = version_before(directory)
        before, now = Version(path), Version(ROOT)
        met = [compare_counts(before, now, QUICK if options.quick else CASES),
               compare_functions(now)]
        if not options.quick:
            met += [compare_replays(before, now), compare_imports(path)]
    print("all targets met" if all(met) else "a target was MISSED")
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
