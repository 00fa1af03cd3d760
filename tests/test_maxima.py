"""The heap limits of both Maximas: sizes, reading, setting, and failures."""

import pickle
import sys
from fractions import Fraction

import numpy as np
import pytest
from sage.all import QQ, ZZ, RealField
from sage.interfaces.maxima import maxima

from sage_conslaw.system import MaximaHeap, maxima_heap, parallel_map
from sage_conslaw.system import maxima as maxima_module
from sage_conslaw.system.maxima import format_bytes, parse_bytes

pytestmark = pytest.mark.usefixtures("handlers_of_sage", "nothing_left_behind")

GET_LIMIT = "(ext:get-limit 'ext:heap-size)"


@pytest.fixture
def heaps():
    """Leave both Maximas as they were: the process stopped, the other with its limit."""
    from sage.libs.ecl import ecl_eval
    before = str(ecl_eval(GET_LIMIT))
    maxima.quit()
    yield
    maxima.quit()
    ecl_eval(f"(ext:set-limit 'ext:heap-size {before})")


def embedded_limit():
    from sage.libs.ecl import ecl_eval
    return int(str(ecl_eval(GET_LIMIT)))


@pytest.mark.parametrize("limit, number", [
    ("100G", 100000000000), ("100000000000", 100000000000), (10**11, 100000000000),
    ("512M", 512 * 10**6), ("1.5 GiB", 3 * 2**29), ("1.5gib", 3 * 2**29), (" 2 Ti ", 2**41),
    ("0.1GiB", 107374182), ("70000 kB", 7 * 10**7), ("70000Ki", 71680000), ("5B", 5),
    (ZZ(10)**11, 10**11), (np.int64(10**11), 10**11), (np.uint32(7 * 10**7), 7 * 10**7),
])
def test_sizes(limit, number):
    assert parse_bytes(limit) == number
    assert type(parse_bytes(limit)) is int


@pytest.mark.parametrize("limit, error", [
    (0, ValueError), (-1, ValueError), ("-5G", ValueError), ("0", ValueError), ("0G", ValueError),
    ("abc", ValueError), ("", ValueError), ("G", ValueError), ("1e11", ValueError),
    ("1,5G", ValueError), ("10 X", ValueError), ("10GG", ValueError), ("inf", ValueError),
    ("__import__('os')", ValueError), ("9" * 10**6, ValueError), ("٣G", ValueError),
    (1000, ValueError), ("63MiB", ValueError), (2**48, ValueError), (10**30, ValueError),
    pytest.param(10**5000, ValueError, id="5001 digits"),
    ("1000000T", ValueError), (True, TypeError), (np.bool_(True), TypeError), (1e11, TypeError),
    (float("nan"), TypeError), (Fraction(3, 2), TypeError), (QQ((1, 2)), TypeError),
    (RealField(53)(10**11), TypeError), ([10**11], TypeError), (b"100G", TypeError),
    (np.array([10**11, 1]), TypeError), (np.float64(1e11), TypeError),
])
def test_nonsense_is_refused_before_anything_starts(limit, error, monkeypatch):
    for side in (maxima_module._Process, maxima_module._Embedded):
        monkeypatch.setattr(side, "evaluate", staticmethod(lambda lisp: pytest.fail("started")))
    with pytest.raises(error, match="^limit: got ") as caught:
        maxima_heap(limit)
    assert len(str(caught.value)) < 400


def test_sizes_in_words():
    assert [format_bytes(n) for n in (0, 1, 1000, 1024, 10**12, 2**40, 3 * 2**29, 10**9 + 1)] == [
        "0 bytes", "1 bytes", "1 kB", "1 KiB", "1 TB", "1 TiB", "1536 MiB", "1000000001 bytes"]


def test_set_and_read_both(heaps):
    heap = maxima_heap("100G")
    assert isinstance(heap, MaximaHeap)
    assert heap.process.running and heap.embedded.running
    assert (heap.process.after, heap.embedded.after) == (10**11, 10**11)
    # two routes that the package does not take
    assert embedded_limit() == 10**11
    assert "100000000000" in maxima.lisp(GET_LIMIT)
    assert repr(maxima_heap()) == "Heap limits of Maxima: process 100 GB; embedded 100 GB"
    again = maxima_heap(ZZ(2)**31)
    assert (again.process.before, again.process.after) == (10**11, 2**31)
    assert (again.embedded.before, again.embedded.after) == (10**11, 2**31)
    assert repr(again) == ("Heap limits of Maxima: process 100 GB -> 2 GiB; "
                           "embedded 100 GB -> 2 GiB")
    assert maxima.eval("6*7") == "42"
    assert pickle.loads(pickle.dumps(again)) == again


def test_the_notebooks_line_reaches_one_maxima_only(heaps):
    maxima_heap("1GiB")
    maxima._eval_line(":lisp (ext:set-limit 'ext:heap-size 100000000000)", wait_for_prompt=False)
    heap = maxima_heap()
    assert (heap.process.after, heap.embedded.after) == (10**11, 2**30)


def test_no_limit_reads_as_none(heaps):
    from sage.libs.ecl import ecl_eval
    ecl_eval("(ext:set-limit 'ext:heap-size 0)")
    heap = maxima_heap()
    assert heap.embedded.running and heap.embedded.after is None
    assert repr(heap) == "Heap limits of Maxima: process not running; embedded no limit"
    assert maxima_heap("2G").embedded.before is None
    assert embedded_limit() == 2 * 10**9


def test_limit_acts_and_outlives_the_loading_of_maxima():
    def inside_a_worker(n):
        from sage.all import SR, integrate
        from sage.libs.ecl import ecl_eval
        found = [maxima_heap("200M").embedded.after]
        x = SR.var("x")
        found += [bool(integrate(x**2, x, 0, 3) == 9), embedded_limit()]
        with pytest.raises(RuntimeError, match="Memory limit reached"):
            ecl_eval("(length (make-array 100000000))")
        found += [bool(integrate(x**2, x, 0, 3) == 9), maxima_heap("2G").embedded.after]
        ecl_eval("(defparameter cl-user::*kept* (make-array 30000000))")
        with pytest.raises(ValueError, match="expected at least 2[0-9]{8} bytes.*embedded"):
            maxima_heap("100M")
        return found + [repr(maxima_heap())]

    assert parallel_map(inside_a_worker, [0], timeout=60)[0] == [
        2 * 10**8, True, 2 * 10**8, True, 2 * 10**9,
        "Heap limits of Maxima: process 2 GB; embedded 2 GB"]


def test_missing_process(heaps, monkeypatch):
    before = embedded_limit()
    monkeypatch.setattr(maxima, "_Expect__command", "no-such-maxima-here")
    with pytest.raises(RuntimeError, match="could not start its process Maxima"):
        maxima_heap("3G")
    assert embedded_limit() == before
    assert not maxima_heap().process.running


def test_missing_embedded(heaps, monkeypatch):
    monkeypatch.setitem(sys.modules, "sage.libs.ecl", None)
    with pytest.raises(RuntimeError, match="could not start its embedded Maxima"):
        maxima_heap("3G")
    assert not maxima.is_running()


@pytest.mark.parametrize("running, refuse", [(False, "error"), (True, "ignore")])
def test_both_or_neither(heaps, monkeypatch, running, refuse):
    if running:
        maxima_heap("1G")
    before = embedded_limit()
    evaluate = maxima_module._Embedded.evaluate

    def stubborn(lisp):
        if "set-limit" in lisp and "3000000000" in lisp:
            if refuse == "error":
                raise RuntimeError("ECL says: no")
            return "3000000000"
        return evaluate(lisp)

    monkeypatch.setattr(maxima_module._Embedded, "evaluate", staticmethod(stubborn))
    with pytest.raises(RuntimeError, match="ECL says: no|after it was set to 3000000000"):
        maxima_heap("3G")
    assert embedded_limit() == before
    assert maxima_heap().process.running == running
    if running:
        assert maxima_heap().process.after == 10**9


def test_maxima_on_another_lisp(heaps, monkeypatch):
    before = embedded_limit()
    answers = {"(lisp-implementation-type)": '"SBCL"', "(sb-ext:dynamic-space-size)": "8589934592"}
    monkeypatch.setattr(maxima_module._Process, "evaluate", staticmethod(answers.__getitem__))
    monkeypatch.setattr(maxima_module._Process, "running", staticmethod(lambda: True))
    assert maxima_heap().process.after == 2**33
    with pytest.raises(RuntimeError, match="SBCL.*at 8 GiB: nothing.*--dynamic-space-size 95368'"):
        maxima_heap("100G")
    assert embedded_limit() == before
    heap = maxima_heap("8GiB")
    assert (heap.process.before, heap.process.after, heap.embedded.after) == (2**33,) * 3
    answers["(lisp-implementation-type)"] = '"GCL"'
    with pytest.raises(RuntimeError, match="built on GCL"):
        maxima_heap("100G")
    assert embedded_limit() == 2**33


def test_worker_has_interfaces_of_its_own(heaps):
    maxima_heap("3G")
    maxima("sage_conslaw_test: 5")
    heap, value = parallel_map(lambda n: (maxima_heap(), maxima.eval("1 + 1")), [1], timeout=40)[0]
    assert (heap.process.running, heap.embedded.after, value) == (False, 3 * 10**9, "2")
    assert maxima.eval("sage_conslaw_test + 1") == "6"
