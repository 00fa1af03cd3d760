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
from threadpoolctl import ThreadpoolController

from sage_conslaw.system import limits
from sage_conslaw.system.parallel.tasks import Outcome

logger = logging.getLogger(__name__)


# Python turns these signals into exceptions, which must not come at the wrong moment.
_INTERRUPTS = {signal.SIGINT, signal.SIGALRM}

_READY = None

# For libraries that a worker loads later; those that are loaded are told by threadpoolctl.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
                             "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "SAGE_NUM_THREADS"),
                            "1")


_PR_SET_PDEATHSIG = 1

in_worker = False


class _Worker:
    """A worker, as its parent sees it."""

    def __init__(self, pid, connection, task):
        self.pid = pid
        self.connection = connection
        self.task = task  # the number of the task that it is at
        self.since = time.monotonic() + limits.START_SECONDS  # when it began that one
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
        sage: tasks = Tasks(factorial, [3, 4, 5], seed=0)
        sage: Workers(2, None).run(tasks, range(3))
        sage: tasks.results
        [6, 24, 120]
    """

    def __init__(self, ncpus, timeout):
        super().__init__(ncpus, timeout=timeout or 0)
        self._tasks = None
        self._left = deque()
        self._workers = {}
        self._threads = None

    def run(self, tasks, indices):
        """Run tasks, given by their numbers in ascending order, until all or one failed."""
        self._tasks = tasks
        self._left = deque(indices)
        self._threads = ThreadpoolController()
        with tempfile.TemporaryDirectory() as directory:
            try:
                while self._left or self._workers:
                    if self._left and len(self._workers) < self.ncpus:
                        self._fork(directory)
                    self._attend()
            finally:
                mask = signal.pthread_sigmask(signal.SIG_BLOCK, _INTERRUPTS)
                try:
                    for worker in list(self._workers.values()):
                        self._end(worker)
                finally:
                    signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def _fork(self, directory):
        """Fork a worker for the next task; where that does not work, do with those there are."""
        task = self._left.popleft()
        # an interrupt between the fork and the note of its number would leave an orphan
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, _INTERRUPTS)
        pipe = ()
        try:
            blas = sum(library.internal_api == "openblas"
                       for library in self._threads.lib_controllers)
            mmap.mmap(-1, 1 + limits.BLAS_BUFFER_BYTES * blas).close()
            ours, theirs = pipe = Pipe()
            with ContainChildren(silent=True):
                pid = os.fork()
                if not pid:
                    # a pipe breaks only when all who hold an end have closed it
                    for connection in [ours, *(w.connection for w in self._workers.values())]:
                        connection.close()
                    self._subprocess(_serve, directory, (self._tasks, theirs, self._threads, mask))
            worker = self._workers[pid] = _Worker(pid, ours, task)
            theirs.close()
        except OSError as error:
            for connection in pipe:
                connection.close()
            self.ncpus = len(self._workers)
            if self._workers:
                logger.warning("only %s workers could be forked: %s", self.ncpus, error)
                self._left.appendleft(task)
            else:
                self._tasks.accept(task, Outcome(
                    "not started", reason=f"no worker could be forked for it: {error}"))
                self._drop_unwanted()
            return
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        self._send(worker)

    def _send(self, worker):
        """Tell a worker what its task is."""
        try:
            worker.connection.send(worker.task)
        except OSError:
            # it has ended; the next look at its pipe finds that out and says why
            logger.debug("worker %s has ended already", worker.pid)

    def _attend(self):
        """Wait until a worker has something to tell, ends or is late, and see to it."""
        workers = list(self._workers.values())
        # while there are workers to fork, only what has come in is seen to
        patience = 0 if self._left and len(workers) < self.ncpus else limits.LOOK_SECONDS
        if self.timeout and workers:
            late = min(worker.since for worker in workers) + self.timeout
            patience = min(patience, max(0, late - time.monotonic()))
        heard = wait([worker.connection for worker in workers], patience)
        for worker in workers:
            if worker.pid not in self._workers:
                continue  # ended since, because an earlier task failed
            if worker.connection in heard:
                self._hear(worker)
            elif self.timeout and time.monotonic() - worker.since >= self.timeout:
                self._fail(worker, "timeout", f"it took longer than {self.timeout:g} s")
            elif not heard and self._has_ended(worker) and not worker.connection.poll():
                self._fail(worker)
        self._drop_unwanted()

    def _hear(self, worker):
        """Read what a worker sent, or find out why its pipe is broken."""
        try:
            message = worker.connection.recv()
        except (EOFError, OSError):
            self._fail(worker)
            return
        if message is not _READY:
            self._tasks.accept(worker.task, message)
            self._drop_unwanted()
            if not self._left:
                self._end(worker)
                return
            worker.task = self._left.popleft()
            self._send(worker)
        worker.since = time.monotonic()

    def _fail(self, worker, kind=None, reason=None):
        """End a worker and its task, as late or else for the reason that it ended with."""
        status = self._end(worker)
        if kind is None:
            kind, reason = _ending(status)
        self._tasks.accept(worker.task, Outcome(kind, reason=reason))

    def _drop_unwanted(self):
        """Forget the tasks after one that failed, and end the workers that are at one."""
        wanted = self._tasks.wanted
        while self._left and self._left[-1] >= wanted:
            self._left.pop()
        for worker in list(self._workers.values()):
            if worker.task >= wanted:
                self._end(worker)

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


def _serve(tasks, connection, threads, mask):
    """Run tasks, as told by the parent, until it closes the pipe."""
    global in_worker
    in_worker = True
    # ctrl-C in the terminal is for the parent, which ends the workers
    os.setpgid(0, 0)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    _die_with_parent()
    os.environ.update(_ONE_THREAD)
    Parallelism().set(nproc=1)
    threads.limit(limits=1)
    sys.stdin = open(os.devnull)
    connection.send(_READY)
    while True:
        try:
            index = connection.recv()
        except EOFError:
            return
        connection.send(tasks.run_in_worker(index))


def _die_with_parent():
    """Have the system end this process when its parent ends, where it can do that."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
