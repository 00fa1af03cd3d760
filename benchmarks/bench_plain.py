"""
Compare the package with the plain algorithm, side by side in one process, on growing cases.

The plain algorithm is that of ``tests/reference.py``: all brackets expanded, all ranks and kernels
dense over QQ. It is given the vector fields; ours starts from the model. Times are CPU times of
this process, which do not depend on what else the machine is doing. Run by ``make bench``, or
``sage -python benchmarks/bench_plain.py``.
"""

import importlib.util
import math
import pathlib
import signal
import statistics
import subprocess
import sys
import time

import sage.all  # noqa: F401  (single Sage modules imported first can fail on circular imports)

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sage_conslaw import (  # noqa: E402
    NMF,
    GradientFlow,
    LinearNetwork,
    MomentumFlow,
    polynomial_laws,
    trace_dimension,
)

#: seconds of CPU time that the plain algorithm may take for one case
LIMIT = 60
#: how many times faster ours is to be on the largest case that the plain algorithm finishes
TARGET = 1000
#: runs of ours, of which the median counts
RUNS = 9


def load_reference():
    """Return the module ``tests/reference.py``."""
    path = ROOT / "tests" / "reference.py"
    spec = importlib.util.spec_from_file_location("reference", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


reference = load_reference()


def linear_momentum(widths):
    return MomentumFlow(LinearNetwork(widths), damping=1)


def nmf_gradient(sizes):
    return GradientFlow(NMF(*sizes))


def nmf_momentum(sizes):
    return MomentumFlow(NMF(*sizes), damping=1)


def plain_laws(fields):
    laws = reference.polynomial_laws(fields, 2, time=0, time_degree=1)
    return reference.number_of_independent(laws)


def our_laws(flow):
    return polynomial_laws(flow, 2).number_of_independent


FAMILIES = [
    ("dimension of the trace: linear networks, momentum", linear_momentum,
     reference.trace_dimension, trace_dimension,
     [(1, 2, 1), (2, 2, 2), (3, 2, 3), (3, 3, 3), (4, 3, 4), (4, 4, 4)]),
    ("dimension of the trace: NMF, gradient", nmf_gradient,
     reference.trace_dimension, trace_dimension,
     [(2, 2, 2), (3, 3, 3), (4, 3, 4), (4, 4, 4), (5, 4, 5), (5, 5, 5)]),
    ("dimension of the trace: NMF, momentum", nmf_momentum,
     reference.trace_dimension, trace_dimension,
     [(2, 2, 2), (3, 3, 3), (4, 3, 4), (4, 4, 4), (5, 4, 5)]),
    ("laws of degree 2: linear networks, momentum", linear_momentum, plain_laws, our_laws,
     [(1, 2, 1), (2, 2, 2), (3, 2, 3), (3, 3, 3), (4, 3, 4)]),
]


def timed(function, argument):
    """Return the result of a call and its CPU time in seconds."""
    start = time.process_time()
    result = function(argument)
    return result, time.process_time() - start


class LimitExceeded(Exception):
    """The plain algorithm took longer than it may."""


def stop(signum, frame):
    raise LimitExceeded


def timed_within_limit(function, argument):
    """Return the result and its time, or two times ``None`` when the limit is exceeded."""
    signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT)
    try:
        return timed(function, argument)
    except LimitExceeded:
        return None, None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def growth(points):
    """Return the exponent e of the least-squares fit time = c D^e."""
    xs = [math.log(size) for size, _ in points]
    ys = [math.log(seconds) for _, seconds in points]
    x, y = statistics.fmean(xs), statistics.fmean(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys)) / sum((a - x) ** 2 for a in xs)


def run_family(title, make, plain, ours, cases):
    """Time one family of cases, print its table, and return its last row (D, ratio) and errors."""
    print(f"\n{title}")
    print(f"  {'sizes':<14}{'D':>4}{'result':>8}{'plain':>12}{'ours':>12}{'ratio':>10}")
    rows, errors = [], 0
    for sizes in cases:
        flow = make(sizes)
        fields = [list(field) for field in flow.vector_fields()]
        expected, slow = timed_within_limit(plain, fields)
        runs = [timed(lambda s: ours(make(s)), sizes) for _ in range(RUNS)]
        found, fast = int(runs[0][0]), statistics.median(seconds for _, seconds in runs)
        line = f"  {'x'.join(map(str, sizes)):<14}{flow.number_of_variables:>4}{found:>8}"
        if slow is None:
            print(f"{line}{f'> {LIMIT} s':>12}{fast * 1000:>9.1f} ms")
            left = len(cases) - cases.index(sizes) - 1
            if left:
                print(f"  the plain algorithm exceeds {LIMIT} s: {left} larger not tried")
            break
        ratio = slow / fast
        rows.append((flow.number_of_variables, slow, fast))
        print(f"{line}{slow:>10.2f} s{fast * 1000:>9.1f} ms{ratio:>10.0f}", flush=True)
        if found != expected:
            print(f"  WRONG: the plain algorithm finds {expected}")
            errors += 1
    if len(rows) > 1:
        print(f"  growth with D: plain D^{growth([(d, s) for d, s, _ in rows]):.1f}, "
              f"ours D^{growth([(d, s) for d, _, s in rows]):.1f}")
    largest = (rows[-1][0], rows[-1][1] / rows[-1][2]) if rows else None
    return largest, errors


def import_cost(statement):
    """Return the median time in seconds of a statement after ``import sage.all``."""
    program = ("import sage.all, time; start = time.perf_counter(); "
               f"{statement}; print(time.perf_counter() - start)")
    times = []
    for _ in range(5):
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                              check=True, cwd=ROOT)
        times.append(float(done.stdout.split()[-1]))
    return statistics.median(times)


def main():
    """Print all tables and return the exit status: 1 if an answer differs."""
    for _, make, _, ours, cases in FAMILIES:  # whatever is loaded on first use
        ours(make(cases[0]))
    results = [(family[0], *run_family(*family)) for family in FAMILIES]
    print("\nimport, on top of sage.all (median of 5 processes)")
    for statement in ("import sage_conslaw", "from sage_conslaw import *"):
        print(f"  {statement:<30}{import_cost(statement) * 1000:8.1f} ms")
    print("\nlargest case that the plain algorithm finishes within "
          f"{LIMIT} s (target: ours {TARGET} times faster)")
    for title, largest, _ in results:
        if largest:
            print(f"  {title:<52} D = {largest[0]:<4} {largest[1]:>8.0f} times")
    finished = [largest for _, largest, _ in results if largest]
    size, ratio = max(finished, default=(0, 0))
    errors = sum(count for _, _, count in results)
    verdict = "reached" if ratio >= TARGET else "MISSED"
    print(f"\ntarget {verdict}: {ratio:.0f} times faster at D = {size}; "
          + ("all answers agree" if not errors else f"{errors} ANSWERS DIFFER"))
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
