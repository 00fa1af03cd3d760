"""
Time the large networks against one LinBox rank of a random matrix of the same size.

Each row runs in a process of its own, so that its peak of memory is its own; Sage's start and a
small case that loads what is loaded on first use are not counted. The rank is that of a random
D x D matrix modulo a prime just below 2^23, the largest that LinBox's dense matrices take, in the
same process, after the peak was read. Then the growth with D is fitted over several sizes a
family, and drawn into ``results/bench.png``. Run by ``make bench``, or
``sage -python benchmarks/bench_scale.py [--quick] [--only TEXT] [--results DIRECTORY]``.
"""

import argparse
import json
import math
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time
from collections import namedtuple

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

#: counts are asked for with this probability, for which one trial suffices
PROBABILITY = 0.99
#: --quick leaves out rows and sizes with more variables
QUICK_VARIABLES = 3000
#: how much larger than that of the rank the exponent of the growth may be
EXPONENT_MARGIN = 0.3
#: a work that took less is repeated twice, and the fastest run counts
SHORT = 2.0

#: ``laws`` is the known number, ``times`` the target as a multiple of the rank, ``seconds`` and
#: ``gigabytes`` are targets, ``None`` where there is none
Row = namedtuple("Row", "name work model sizes options variables laws times seconds gigabytes",
                 defaults=(None, None, None))
Family = namedtuple("Family", "name work model options sizes")

BIAS = {"bias": True}
ROWS = [
    Row("linear (32,32,32) gradient", "count", "LinearNetwork", (32, 32, 32), {}, 2048, 528,
        5, 10),
    Row("linear (64,64,64) gradient", "count", "LinearNetwork", (64, 64, 64), {}, 8192, 2080,
        4, None, 12),
    Row("linear (16,16,16) momentum", "count", "LinearNetwork", (16, 16, 16), {"damping": 0}, 1025,
        120, None, 10),
    Row("linear (16,16,16) Nesterov", "count", "LinearNetwork", (16, 16, 16),
        {"damping": "nesterov"}, 1025, 120, None, 10),
    Row("linear (4,4,4,4,4,4,4,4) gradient", "count", "LinearNetwork", (4,) * 8, {}, 112, 60,
        None, 5),
    Row("ReLU (64,64,64) bias gradient", "count", "ReLUNetwork", (64, 64, 64), BIAS, 8256, 64, 4),
    Row("ReLU (9,9,8,8,8) bias gradient", "count", "ReLUNetwork", (9, 9, 8, 8, 8), BIAS, 306, 25,
        None, 5),
    Row("ReLU (16,16,16,16) momentum", "count", "ReLUNetwork", (16, 16, 16, 16), {"damping": 0},
        1537, 0, None, 30),
    Row("NMF (24,24,24) gradient", "count", "NMF", (24, 24, 24), {}, 1152, 24, None, 30),
    Row("NMF (24,24,24) momentum", "count", "NMF", (24, 24, 24), {"damping": 0}, 2305, 0, None,
        30),
    Row("linear (16,16,16) quadratic laws, certificate", "certificate", "LinearNetwork",
        (16, 16, 16), {}, 512, 136, None, 15),
    Row("linear (32,32,32) quadratic laws", "laws", "LinearNetwork", (32, 32, 32), {}, 2048, 528,
        None, 180, 16),
]


def cubes(*sizes):
    """Return the sizes (n, n, n)."""
    return [(n, n, n) for n in sizes]


FAMILIES = [
    Family("linear (n,n,n) gradient, count", "count", "LinearNetwork", {},
           cubes(16, 20, 24, 28, 32, 36, 40)),
    Family("linear (n,n,n) momentum, count", "count", "LinearNetwork", {"damping": 0},
           cubes(10, 13, 16, 19, 22, 25, 28)),
    Family("ReLU (n,n,n) bias gradient, count", "count", "ReLUNetwork", BIAS,
           cubes(16, 20, 24, 28, 32, 36, 40)),
    Family("NMF (n,n,n) gradient, count", "count", "NMF", {},
           cubes(16, 20, 24, 28, 32, 36, 40)),
    Family("NMF (n,n,n) momentum, count", "count", "NMF", {"damping": 0},
           cubes(10, 13, 16, 19, 22, 25, 28)),
    Family("linear (n,n,n) gradient, quadratic laws", "laws", "LinearNetwork", {},
           cubes(10, 13, 16, 18, 20, 22, 24)),
]


# --- in the process of a row ---

def make_flow(model, sizes, options):
    """Return the flow: a momentum flow where there is a damping, else a gradient flow."""
    import sage_conslaw
    kind = getattr(sage_conslaw, model)
    options = dict(options)
    damped, damping = "damping" in options, options.pop("damping", None)
    network = kind(*sizes) if model == "NMF" else kind(sizes, **options)
    if not damped:
        return sage_conslaw.GradientFlow(network)
    return sage_conslaw.MomentumFlow(
        network, sage_conslaw.NESTEROV if damping == "nesterov" else damping)


def do(work, flow):
    """Carry out the work; return the number of laws, whether proved, and the certificate."""
    import sage_conslaw
    if work == "count":
        dimension = sage_conslaw.trace_dimension(flow, probability=PROBABILITY)
        return dimension.number_of_laws, dimension.is_proved, None
    result = sage_conslaw.conservation_laws(flow, degree=2)
    certificate = result.certificate() if work == "certificate" else None
    return result.lower_bound, result.is_proved, certificate


def timed(function, *arguments):
    """Return the result and the seconds of the fastest run: of one, or of three short ones."""
    best = math.inf
    for _ in range(3):
        start = time.perf_counter()
        result = function(*arguments)
        best = min(best, time.perf_counter() - start)
        if best > SHORT:
            break
    return result, best


def random_matrix(size, prime, seed=0):
    """Return a random matrix over GF(p), its entries handed over as one block of bytes."""
    import numpy
    from sage.all import GF, MatrixSpace
    zero = MatrixSpace(GF(prime), size, size)(0)
    (word, little, _), version = zero._pickle()
    order = "<" if little else ">"
    entries = numpy.random.default_rng(seed).integers(0, prime, size=(size, size)).astype(
        f"{order}u{word}")
    zero._unpickle((word, little, entries.tobytes()), version)
    for i, j in ((0, 0), (0, size - 1), (size - 1, 0), (size // 2, size // 3)):
        if int(zero[i, j]) != int(entries[i, j]):
            raise RuntimeError("the matrix was not filled as expected")
    return zero


def rank_time(size, prime=None):
    """Return the seconds of one LinBox rank of a random matrix; by default p is just below 2^23."""
    if prime is None:
        from sage.all import previous_prime
        prime = int(previous_prime(2**23))
    best = math.inf
    for attempt in range(3):
        matrix = random_matrix(size, prime, attempt)
        start = time.perf_counter()
        rank = matrix.rank()
        best = min(best, time.perf_counter() - start)
        if rank < size - 5:
            raise RuntimeError(f"a random matrix of size {size} has rank {rank}")
        if best > SHORT:
            break
    return best


def measure(work, model, sizes, options):
    """Return the figures of one piece of work, and then those of the rank."""
    make_and_do = lambda: do(work, make_flow(model, sizes, options))  # noqa: E731
    (laws, proved, certificate), seconds = timed(make_and_do)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    figures = {"laws": int(laws), "proved": bool(proved), "seconds": seconds, "gigabytes": peak}
    if certificate is not None:
        from sage_conslaw.certificate import check_certificate
        start = time.perf_counter()
        check_certificate(certificate)  # an error if it proves nothing
        figures["check"] = time.perf_counter() - start
    size = make_flow(model, sizes, options).number_of_variables
    figures.update(variables=int(size), rank=rank_time(size))
    return figures


def run_child(task):
    """Run what the parent process asked for and print the figures as the last line."""
    import sage.all  # noqa: F401  (single Sage modules imported first can fail on circular imports)
    # whatever is loaded on first use
    do(task["work"], make_flow(task["model"], (5, 5, 5), task["options"]))
    rank_time(50)
    figures = [measure(task["work"], task["model"], tuple(sizes), task["options"])
               for sizes in task["sizes"]]
    print(json.dumps(figures))


# --- in the parent process, which does not load Sage ---

def in_process(work, model, options, sizes):
    """Return the figures for a list of sizes, measured in a process of their own."""
    task = json.dumps({"work": work, "model": model, "options": options, "sizes": sizes})
    done = subprocess.run([sys.executable, __file__, "--task", task], cwd=ROOT, text=True,
                          stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def target_of(row):
    """Return the targets of a row in words."""
    parts = [f"<= {row.times} ranks"] if row.times else []
    parts += [f"<= {row.seconds} s"] if row.seconds else []
    parts += [f"< {row.gigabytes} GB"] if row.gigabytes else []
    return ", ".join(parts)


def is_met(row, figures):
    """Return whether all targets of a row are met."""
    return ((not row.times or figures["seconds"] <= row.times * figures["rank"])
            and (not row.seconds or figures["seconds"] <= row.seconds)
            and (not row.gigabytes or figures["gigabytes"] < row.gigabytes))


def is_right(row, figures):
    """Return whether the number is the known one, and proved where laws were asked for."""
    return (figures["laws"] == row.laws and figures["variables"] == row.variables
            and (row.work == "count" or figures["proved"]))


def run_rows(rows):
    """Measure and print the table of the targets; return the figures."""
    width = max(len(row.name) for row in rows)
    print(f"{'work':<{width}}{'D':>6}{'laws':>6}{'time':>10}{'memory':>10}{'rank':>9}{'ratio':>8}"
          "  target")
    results = []
    for row in rows:
        figures = in_process(row.work, row.model, row.options, [row.sizes])[0]
        figures.update(name=row.name, met=is_met(row, figures), right=is_right(row, figures),
                       target=target_of(row))
        results.append(figures)
        verdict = "met" if figures["met"] else "MISSED"
        if not figures["right"]:
            verdict += f"; WRONG: {row.laws} laws in {row.variables} variables are known"
        if "check" in figures:
            verdict += f" (certificate checked in {figures['check']:.1f} s)"
        print(f"{row.name:<{width}}{figures['variables']:>6}{figures['laws']:>6}"
              f"{figures['seconds']:>8.2f} s{figures['gigabytes']:>7.2f} GB"
              f"{figures['rank']:>7.2f} s{figures['seconds'] / figures['rank']:>8.1f}"
              f"  {target_of(row)}: {verdict}", flush=True)
    return results


def exponent(points):
    """Return the exponent e of the least-squares fit time = c D^e."""
    xs, ys = ([math.log(value) for value in column] for column in zip(*points))
    x, y = statistics.fmean(xs), statistics.fmean(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys)) / sum((a - x) ** 2 for a in xs)


def run_families(families, quick):
    """Measure and print the growth of each family; return its figures."""
    width = max(len(family.name) for family in families)
    print(f"\n{'growth with D':<{width}}{'D':>13}{'exponent':>10}{'of rank':>9}  target")
    results = []
    for family in families:
        sizes = family.sizes[:5] if quick else family.sizes
        points = in_process(family.work, family.model, family.options, sizes)
        ours = exponent([(p["variables"], p["seconds"]) for p in points])
        rank = exponent([(p["variables"], p["rank"]) for p in points])
        met = ours <= rank + EXPONENT_MARGIN
        results.append({"name": family.name, "points": points, "exponent": ours,
                        "rank_exponent": rank, "met": met})
        span = f"{points[0]['variables']}-{points[-1]['variables']}"
        print(f"{family.name:<{width}}{span:>13}{ours:>10.2f}{rank:>9.2f}"
              f"  <= rank's + {EXPONENT_MARGIN}: {'met' if met else 'MISSED'}", flush=True)
    return results


def draw(families, path):
    """Draw time against D for each family, with the rank's own curve."""
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    from matplotlib.ticker import FixedLocator, NullFormatter, ScalarFormatter
    columns = min(3, len(families))
    rows = -(-len(families) // columns)
    figure, axes = pyplot.subplots(rows, columns, figsize=(4.2 * columns, 3.5 * rows + 0.4),
                                   sharex=True, sharey=True, squeeze=False)
    for axis, family in zip(axes.flat, families):
        sizes = [p["variables"] for p in family["points"]]
        axis.loglog(sizes, [p["seconds"] for p in family["points"]], "o-", color="#0072B2",
                    label=f"this package, ~ $D^{{{family['exponent']:.2f}}}$")
        axis.loglog(sizes, [p["rank"] for p in family["points"]], "s--", color="#D55E00",
                    label=f"one LinBox rank, ~ $D^{{{family['rank_exponent']:.2f}}}$")
        axis.set_title(family["name"], fontsize=10)
        axis.grid(True, which="major", color="0.85")
        axis.xaxis.set_major_locator(FixedLocator([250, 500, 1000, 2000, 4000]))
        axis.xaxis.set_major_formatter(ScalarFormatter())
        axis.xaxis.set_minor_formatter(NullFormatter())
        axis.legend(fontsize=8, loc="upper left")
    for axis in axes.flat[len(families):]:
        axis.set_visible(False)
    figure.supxlabel("number D of variables")
    figure.supylabel("time (seconds)")
    low, high = axes[0, 0].get_ylim()
    axes[0, 0].set_ylim(low, high * 4)  # room for the legends
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130)


def main():
    """Print all tables and return the exit status: 1 if an answer is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--quick", action="store_true",
                        help=f"leave out what has more than {QUICK_VARIABLES} variables, and the "
                             "longest row")
    parser.add_argument("--only", metavar="TEXT", default="",
                        help="only rows and families whose name contains this")
    parser.add_argument("--results", metavar="DIRECTORY", type=pathlib.Path,
                        default=ROOT / "results", help="where figures and picture are written")
    parser.add_argument("--task", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.task is not None:
        run_child(json.loads(options.task))
        return 0
    rows = [row for row in ROWS if options.only.lower() in row.name.lower()]
    if options.quick:
        rows = [row for row in rows if row.variables <= QUICK_VARIABLES and row is not ROWS[-1]]
    families = [family for family in FAMILIES if options.only.lower() in family.name.lower()]
    if not rows and not families:
        parser.error(f"--only: no row and no family has {options.only!r} in its name")
    print(f"load of the machine at the start: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    table = run_rows(rows) if rows else []
    growth = run_families(families, options.quick) if families else []
    print(f"load of the machine at the end: {os.getloadavg()[0]:.1f}")
    options.results.mkdir(parents=True, exist_ok=True)
    if growth:
        draw(growth, options.results / "bench.png")
    path = options.results / "bench.json"
    path.write_text(json.dumps({"rows": table, "growth": growth}, indent=1) + "\n")
    missed = sum(not part["met"] for part in table + growth)
    wrong = sum(not figures["right"] for figures in table)
    print(f"{len(table) + len(growth) - missed} of {len(table) + len(growth)} targets met; "
          + (f"{wrong} ANSWERS WRONG" if wrong else "all answers as known")
          + f"; written to {options.results}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
