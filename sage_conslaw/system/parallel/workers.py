r"""
Forked workers that run the tasks of a parallel map

The workers are those of ``sage.parallel``: its class ``p_iter_fork`` prepares each forked
process, so that Sage notices its new process number and leaves the interfaces of its
parent alone. What differs is how they are looked after:

- a worker lives on and runs many tasks, because a fork costs some 25 milliseconds;
- results come back through a pipe for each worker, so that it is always known which
  task a worker is at, and why it ended;
- the parent waits for the workers by their process numbers, where ``p_iter_fork`` waits
  for any child of the session, and it leaves the alarm of the session alone.
"""
import sage.all  # noqa: F401  single modules of Sage cannot always be imported first

import ctypes
import logging
import mmap
import os
import pickle
import re
import signal
import sys
import tempfile
import time
from collections import deque
from multiprocessing import Pipe
from multiprocessing.connection import wait

from sage.interfaces.process import ContainChildren
from sage.parallel.parallelism import Parallelism
from sage.parallel.use_fork import p_iter_fork

from sage_conslaw.system.parallel.tasks import Outcome

logger = logging.getLogger(__name__)

#: Tasks are handed out in portions that take about this many seconds.
PORTION_SECONDS = 0.02

#: A worker that has not begun to work after this many seconds counts as being at it.
START_SECONDS = 5

#: How often to look whether a worker has ended that left its pipe open to others.
LOOK_SECONDS = 1

# Python turns these signals into exceptions, which must not come at the wrong moment.
_INTERRUPTS = {signal.SIGINT, signal.SIGALRM}

_READY = b""

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
                     "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "SAGE_NUM_THREADS")
_THREAD_SETTERS = ("openblas_set_num_threads", "openblas_set_num_threads64_",
                   "scipy_openblas_set_num_threads", "scipy_openblas_set_num_threads64_",
                   "MKL_Set_Num_Threads", "omp_set_num_threads")
_THREAD_LIBRARY = re.compile(r"/[^/]*(?:openblas|mkl_rt|libgomp|libiomp|libomp)[^/]*\.so[^/]*$")

#: What OpenBLAS takes at most for its buffers, for each library of it that is loaded. Where
#: the address space is limited to less, it does not fail but asks the system for ever.
BUFFER_BYTES = 2**27 + 2**16

_PR_SET_PDEATHSIG = 1

in_worker = False


class _Worker:
    """A worker, as its parent sees it."""

    def __init__(self, pid, connection, portion):
        self.pid = pid
        self.connection = connection
        self.portion = portion  # the tasks it has, the one it is at first
        self.since = time.monotonic() + START_SECONDS  # when it began that one
        self.ended = False
        self.status = None


class Workers(p_iter_fork):
    r"""
    A pool of forked workers.

    INPUT:

    - ``ncpus`` -- the largest number of workers at a time
    - ``timeout`` -- ``None``, or the seconds that a task may take

    EXAMPLES::

        sage: from sage_conslaw.system.parallel.tasks import Tasks
        sage: from sage_conslaw.system.parallel.workers import Workers
        sage: tasks = Tasks(factorial, [3, 4, 5], seed=0, timeout=None)
        sage: Workers(2, None).run(tasks, range(3))
        sage: tasks.results
        [6, 24, 120]
    """

    def __init__(self, ncpus, timeout):
        super().__init__(ncpus, timeout=timeout or 0)
        self._tasks = None
        self._left = deque()
        self._workers = {}
        self._libraries = []

    def run(self, tasks, indices):
        """Run tasks, given by their numbers in ascending order, until all or one failed."""
        self._tasks = tasks
        self._left = deque(indices)
        self._libraries = thread_libraries()
        with tempfile.TemporaryDirectory() as directory:
            try:
                while self._wanted(self._left) and len(self._workers) < self.ncpus:
                    if not self._fork(directory):
                        break
                while any(self._wanted(worker.portion) for worker in self._workers.values()):
                    self._attend()
            finally:
                mask = signal.pthread_sigmask(signal.SIG_BLOCK, _INTERRUPTS)
                try:
                    for worker in list(self._workers.values()):
                        self._end(worker)
                finally:
                    signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def _wanted(self, indices):
        return bool(indices) and indices[0] < self._tasks.wanted

    def _next_portion(self):
        """Take the next tasks: enough to keep a worker busy for a moment."""
        tasks = self._tasks
        size = 1
        if tasks.done:
            mean = max(tasks.seconds / tasks.done, 1e-6)
            fair = len(self._left) // (2 * self.ncpus)
            size = max(1, min(int(PORTION_SECONDS / mean), fair))
        return deque(self._left.popleft() for _ in range(min(size, len(self._left))))

    def _fork(self, directory):
        """Fork a worker, and return whether that worked."""
        portion = self._next_portion()
        # an interrupt between the fork and the note of its number would leave an orphan
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, _INTERRUPTS)
        pipe = ()
        try:
            mmap.mmap(-1, 1 + BUFFER_BYTES * len(self._libraries)).close()
            ours, theirs = pipe = Pipe()
            with ContainChildren(silent=True):
                pid = os.fork()
                if not pid:
                    # a pipe breaks only when all who hold an end have closed it
                    for connection in [ours, *(w.connection for w in self._workers.values())]:
                        connection.close()
                    self._subprocess(_serve, directory,
                                     (self._tasks, theirs, self._libraries, mask))
            worker = self._workers[pid] = _Worker(pid, ours, portion)
            theirs.close()
        except OSError as error:
            for connection in pipe:
                connection.close()
            self._do_without(portion, error)
            return False
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        self._send(worker)
        return True

    def _do_without(self, portion, error):
        """Leave tasks to the workers that are there; they fail if there are none."""
        if self._workers:
            logger.warning("only %s workers could be forked: %s", len(self._workers), error)
            self._left.extendleft(reversed(portion))
        else:
            self._tasks.accept(portion[0], Outcome(
                "not started", reason=f"no worker could be forked for it: {error}"))

    def _send(self, worker):
        """Tell a worker what its tasks are."""
        try:
            worker.connection.send_bytes(pickle.dumps(list(worker.portion)))
        except OSError:
            # it has ended; the next look at its pipe finds that out and says why
            logger.debug("worker %s has ended already", worker.pid)

    def _attend(self):
        """Wait until a worker has something to tell, ends or is late, and see to it."""
        busy = [worker for worker in self._workers.values() if worker.portion]
        patience = LOOK_SECONDS
        if self.timeout:
            late = min(worker.since for worker in busy) + self.timeout
            patience = min(patience, max(0, late - time.monotonic()))
        heard = wait([worker.connection for worker in busy], patience)
        for worker in busy:
            if worker.connection in heard:
                self._hear(worker)
            elif self.timeout and time.monotonic() - worker.since >= self.timeout:
                self._fail(worker, "timeout", f"it took longer than {self.timeout:g} s")
            elif not heard and self._has_ended(worker) and not worker.connection.poll():
                self._fail(worker)
        for worker in busy:
            if not self._wanted(worker.portion):
                self._end(worker)

    def _hear(self, worker):
        """Read what a worker sent, or find out why its pipe is broken."""
        try:
            message = worker.connection.recv_bytes()
        except (EOFError, OSError):
            self._fail(worker)
            return
        if message != _READY:
            self._tasks.accept(worker.portion.popleft(), pickle.loads(message))
            if not worker.portion and self._wanted(self._left):
                worker.portion = self._next_portion()
                self._send(worker)
        worker.since = time.monotonic()

    def _fail(self, worker, kind=None, reason=None):
        """End a worker and its task, as late or else for the reason that it ended with."""
        status = self._end(worker)
        if kind is None:
            kind, reason = _ending(status)
        self._tasks.accept(worker.portion.popleft(), Outcome(kind, reason=reason))

    @staticmethod
    def _has_ended(worker):
        """Return whether a worker has ended, and keep its status if so."""
        try:
            pid, status = os.waitpid(worker.pid, os.WNOHANG)
        except ChildProcessError:
            # the session waited for all its children elsewhere, or ignores SIGCHLD
            worker.ended = True
        else:
            if pid:
                worker.ended, worker.status = True, status
        return worker.ended

    def _end(self, worker):
        """End a worker and all that it started; return its status, ``None`` if unknown."""
        if worker.pid not in self._workers:
            return worker.status
        # its group first, as long as nothing else can have taken over the number
        for kill in (os.killpg, os.kill):
            if worker.ended and kill is os.kill:
                continue
            try:
                kill(worker.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                logger.debug("worker %s is gone, or has no group yet", worker.pid)
        worker.connection.close()
        if not worker.ended:
            try:
                worker.status = os.waitpid(worker.pid, 0)[1]
            except ChildProcessError:
                logger.debug("the status of worker %s went elsewhere", worker.pid)
            worker.ended = True
        # noted as gone only now: after an interrupt on the way here it is ended again
        del self._workers[worker.pid]
        return worker.status


def _ending(status):
    """Return the kind of a failure, and in words, how a worker ended."""
    if status is None:
        return "killed", "its worker ended, and its exit status went to another part of the session"
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        try:
            name = signal.Signals(number).name
        except ValueError:
            name = "unnamed"
        return "killed", f"its worker was killed by signal {number} ({name})"
    return "exited", (f"its worker ended itself, with exit status {os.WEXITSTATUS(status)}, "
                      "before the task was done")


def _serve(tasks, connection, libraries, mask):
    """Run tasks, as told by the parent, until it closes the pipe."""
    global in_worker
    in_worker = True
    # ctrl-C in the terminal is for the parent, which ends the workers
    os.setpgid(0, 0)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    _die_with_parent()
    use_one_thread(libraries)
    sys.stdin = open(os.devnull)
    connection.send_bytes(_READY)
    while True:
        try:
            portion = pickle.loads(connection.recv_bytes())
        except EOFError:
            return
        for index in portion:
            connection.send_bytes(pickle.dumps(tasks.run_in_worker(index)))


def _die_with_parent():
    """Have the system end this process when its parent ends, where it can do that."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def use_one_thread(libraries):
    """
    Have this process compute with one thread, in BLAS, OpenMP and Sage.

    The loaded libraries are told so, those to come find it in the environment.
    """
    for variable in _THREAD_VARIABLES:
        os.environ[variable] = "1"
    Parallelism().set(nproc=1)
    for path in libraries:
        library = ctypes.CDLL(path)
        for name in _THREAD_SETTERS:
            if hasattr(library, name):
                getattr(library, name)(1)


def thread_libraries():
    """Return the paths of the loaded libraries that have threads of their own, on Linux."""
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
            return sorted({line.split(maxsplit=5)[5].rstrip("\n") for line in maps
                           if _THREAD_LIBRARY.search(line.rstrip("\n"))})
    except FileNotFoundError:
        return []
