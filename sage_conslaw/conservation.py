r"""
How many conservation laws there are, which they are, and whether that is all

The dimension of the trace of the Lie algebra, found modulo a prime, is a rigorous
lower bound; so `D` minus it is a rigorous **upper bound** for the number of
independent laws. Laws that were checked over `\QQ`, and whose gradients are
independent at a point modulo a prime, are a rigorous **lower bound**. Where the
two meet, the number is proved, with no probability in the statement, and there are
no other laws. Where they do not, both are reported: there may be laws that are not
polynomial, or not of the degrees that were searched.
"""
import sage.all  # noqa: F401  single modules of Sage cannot always be imported first

import time

from sage.rings.rational import Rational
from sage.structure.sage_object import SageObject

from sage_conslaw.ansatz import MAX_ALL_ENTRIES, MAX_MONOMIALS
from sage_conslaw.brackets import BracketTrial
from sage_conslaw.checks import checked_integer, checked_probability, checked_seed
from sage_conslaw.flows import Flow
from sage_conslaw.laws import ansatz_size, polynomial_laws
from sage_conslaw.lie_algebra import trace_dimension
from sage_conslaw.modular import Echelon, PrimeSource
from sage_conslaw.notation import law_in_latex
from sage_conslaw.runtime import parallel_map
from sage_conslaw.terms import TermTable
from sage_conslaw.vector_fields import as_vector_fields

#: While the degree rises by itself, no higher degree is tried, and beyond that of the laws
#: of networks, which is tried wherever it fits into memory, no ansatz with more monomials,
#: or more entries in its system.
ALWAYS_TRIED = 2
MAX_RISING_DEGREE = 12
MAX_RISING_MONOMIALS = 200_000
MAX_RISING_ENTRIES = 20_000_000


class ConservationLaws(SageObject):
    r"""
    The conservation laws of a flow: bounds for their number, laws, a verdict.

    ATTRIBUTES:

    - ``problem`` -- the flow or the fields
    - ``number_of_variables`` -- `D`
    - ``lie_dimension`` -- the dimension of the trace of the Lie algebra that was
      found, never too large
    - ``upper_bound``, ``lower_bound`` -- for the number of independent laws; both
      are rigorous
    - ``unexplained`` -- their difference
    - ``is_proved`` -- whether they are equal
    - ``error_bound`` -- a rational: the probability that the true number is less than
      ``upper_bound`` is at most this; 0 when proved
    - ``laws`` -- independent laws, ``lower_bound`` of them, simplest first, each
      checked over `\QQ`
    - ``degree`` -- the degree up to which laws were searched, ``None`` if there was
      no need to; ``time_degree`` -- the same for the time
    - ``stopped`` -- why no higher degree was tried: ``"proved"``, ``"degree"`` (the
      one asked for) or ``"size"`` (the next degree or its ansatz is too large)
    - ``involutive`` -- whether no bracket was needed
    - ``probability``, ``seed``, ``primes`` -- as asked for, and as used
    - ``seconds`` -- dictionary: seconds for ``"dimension"`` and for ``"laws"``

    EXAMPLES::

        sage: from sage_conslaw import GradientFlow, LinearNetwork, conservation_laws
        sage: result = conservation_laws(GradientFlow(LinearNetwork([2, 1, 1])))
        sage: result
        Exactly 1 independent conservation law in 3 variables, proved: there are no others.
        sage: result.laws
        (U1_1_1^2 + U1_2_1^2 - U2_1_1^2,)
        sage: latex(result)
        \begin{aligned}
        & (U_{1})_{1,1}^{2} + (U_{1})_{2,1}^{2} - (U_{2})_{1,1}^{2}
        \end{aligned}
    """

    def __init__(self, problem, **facts):
        self.problem = problem
        vars(self).update(facts)

    @property
    def is_proved(self):
        r"""
        Whether the number of independent laws is proved.
        """
        return self.upper_bound == self.lower_bound

    @property
    def unexplained(self):
        r"""
        How many laws there may be besides those found.
        """
        return self.upper_bound - self.lower_bound

    def _facts(self):
        facts = dict(vars(self))
        facts.pop("seconds")
        return facts

    def __eq__(self, other):
        # equal results, whatever time they took
        return isinstance(other, ConservationLaws) and self._facts() == other._facts()

    def __ne__(self, other):
        return not self == other

    __hash__ = None

    def _repr_(self):
        count, variables = self.lower_bound, self.number_of_variables
        if self.is_proved:
            if not count:
                return f"No conservation law in {_counted(variables, 'variable')}, proved."
            return (f"Exactly {_counted(count, 'independent conservation law')} in "
                    f"{_counted(variables, 'variable')}, proved: there are no others.")
        return (f"At least {count} and at most "
                f"{_counted(self.upper_bound, 'independent conservation law')} in "
                f"{_counted(variables, 'variable')}: {self.unexplained} "
                f"{'is' if self.unexplained == 1 else 'are'} not explained by polynomials of "
                f"degree {self._searched()}; the upper bound is attained but for a probability of "
                f"at most {float(self.error_bound):.1e}.")

    def _searched(self):
        text = f"at most {self.degree}"
        return text if self.stopped != "size" else text + ", the largest tried"

    def __str__(self):
        rows = [("problem", repr(self.problem)),
                ("variables", self.number_of_variables),
                ("dim Lie", self.lie_dimension),
                ("brackets needed", "no" if self.involutive else "yes"),
                ("laws, upper bound", self.upper_bound),
                ("laws, found", self.lower_bound),
                ("verdict", "proved" if self.is_proved else f"{self.unexplained} unexplained, "
                 f"error at most {float(self.error_bound):.1e}"),
                ("degree", "-" if self.degree is None else self._searched())]
        width = max(len(name) for name, _ in rows)
        lines = [f"{name:<{width}}  {value}" for name, value in rows]
        shown = self.laws[:10]
        lines += [f"{'law ' + str(i + 1):<{width}}  {_shortened(law)}"
                  for i, law in enumerate(shown)]
        if len(self.laws) > len(shown):
            lines.append(f"{'':<{width}}  and {len(self.laws) - len(shown)} more, in .laws")
        return "\n".join(lines)

    def _latex_(self):
        lines = [f"& {law_in_latex(law)}" for law in self.laws]
        return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"

    def certificate(self):
        r"""
        Return the proof as a dictionary that anyone can check.

        OUTPUT: the fields, a prime and a point, iterated brackets that are
        independent there, and the laws; see :mod:`sage_conslaw.certificate`.

        ERRORS: ``ValueError`` where the number is not proved.

        EXAMPLES::

            sage: from sage_conslaw import GradientFlow, LinearNetwork, conservation_laws
            sage: from sage_conslaw.certificate import check_certificate
            sage: result = conservation_laws(GradientFlow(LinearNetwork([1, 2, 1])))
            sage: certificate = result.certificate()
            sage: certificate["claim"]
            {'lie_dimension': 1, 'number_of_laws': 3, 'number_of_variables': 4}
        """
        from sage_conslaw.certificate import build_certificate
        if not self.is_proved:
            raise ValueError(f"there is no proof to certify: {self!r}")
        fields = as_vector_fields(self.problem)
        prime, point, words = self._words(fields)
        flow = self.problem if isinstance(self.problem, Flow) else None
        return build_certificate(fields, prime, point.tolist(), words, self.laws, flow)

    def save(self, path):
        r"""
        Write the certificate to a file, whole or not at all.

        INPUT:

        - ``path`` -- the name of the file
        """
        from sage_conslaw.certificate import save_certificate
        save_certificate(self.certificate(), path)

    def _words(self, fields):
        # a prime and a point where brackets and gradients have their full ranks
        source, variables = PrimeSource(self.seed), self.number_of_variables
        table = TermTable.from_polynomials([[law] for law in self.laws], variables)
        for _ in range(100):
            prime = source.prime()
            point = source.point(variables, prime)
            gradients = table.modulo(prime).gradients(point, prime, len(self.laws))
            if len(Echelon(variables, prime).extend(gradients)) < len(self.laws):
                continue
            trial = BracketTrial(fields.terms.modulo(prime), point, prime,
                                 target=self.lie_dimension)
            if trial.rank == self.lie_dimension:
                return prime, point, trial.words
        raise RuntimeError("no point was found where the brackets are independent")


def _counted(number, noun):
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _shortened(law, width=100):
    # a law on one line of a table: the first of its terms, and how many there are
    text = str(law)
    if len(text) <= width:
        return text
    end = max(text.rfind(" + ", 0, width), text.rfind(" - ", 0, width))
    return f"{text[:end] if end > 0 else text[:width]} ... ({law.number_of_terms()} terms)"


def conservation_laws(flow_or_fields, degree=None, *, probability=1 - 1e-9, seed=0, processes=1,
                      progress=False):
    r"""
    Count the independent conservation laws, find them, and prove that these are all.

    INPUT:

    - ``flow_or_fields`` -- a flow, :class:`VectorFields`, or an array of
      polynomials of shape `D \times d`, variables x fields
    - ``degree`` -- a non-negative integer: the degree of the laws in the parameters
      and velocities, the time having a bound of its own; ``None`` lets it rise from 1
      until the number is proved, 12 is reached, or the next ansatz does not fit into
      memory or, beyond degree 2, has more than 200,000 monomials or 20,000,000 entries
    - ``probability`` -- a number strictly between 0 and 1: where the number is not
      proved, the upper bound is to be attained with at least this probability
    - ``seed`` -- an integer; equal seeds give equal results
    - ``processes`` -- a positive integer: with more than one, dimension and laws are
      computed side by side; the result does not depend on it
    - ``progress`` -- whether to show a progress bar, in a terminal

    OUTPUT: a :class:`ConservationLaws`.

    ALGORITHM: :func:`~sage_conslaw.lie_algebra.trace_dimension` gives the upper
    bound and :func:`~sage_conslaw.laws.polynomial_laws` the lower one. How the
    probability is bounded for numbers that are not proved is derived in
    :mod:`sage_conslaw.brackets` and :mod:`sage_conslaw.trajectory`.

    REFERENCES: arXiv 2307.00144, Sections 2 and 3; arXiv 2405.12888, Section 3.

    EXAMPLES:

        sage: from sage_conslaw import (LinearNetwork, MomentumFlow, VectorFields,
        ....:                           conservation_laws)
        sage: flow = MomentumFlow(LinearNetwork([3, 1, 2, 2]))
        sage: conservation_laws(flow, degree=2)
        Exactly 1 independent conservation law in 19 variables, proved: there are no others.

    The law `y / x` of this field is no polynomial, and so it stays open::

        sage: R.<x, y> = ZZ[]
        sage: result = conservation_laws(VectorFields([[x, y]]), degree=2)
        sage: result.is_proved, result.unexplained
        (False, 1)

    TESTS::

        sage: conservation_laws(flow, degree=-1)
        Traceback (most recent call last):
        ...
        ValueError: degree: got -1, expected a non-negative integer or None
        sage: conservation_laws(flow, processes=0)
        Traceback (most recent call last):
        ...
        ValueError: processes: got 0, expected a positive integer
    """
    if degree is not None:
        degree = checked_integer(degree, "degree", "a non-negative integer or None", 0)
    checked_probability(probability)
    seed = checked_seed(seed)
    processes = checked_integer(processes, "processes", "a positive integer", 1)
    problem = (flow_or_fields if isinstance(flow_or_fields, Flow)
               else as_vector_fields(flow_or_fields))
    fields = as_vector_fields(problem)
    first = degree if degree is not None else 1
    ansatz_size(fields, first, check=degree is not None)
    from tqdm import tqdm  # not needed by those who import all names
    bar = tqdm(total=2, desc="dimension", disable=None if progress else True)
    tasks = [("dimension", problem, None, probability, seed),
             ("laws", fields, first, probability, seed)]
    if processes > 1:
        (dimension, took), (laws, took_laws) = parallel_map(
            _task, tasks, processes=2, task_seconds=10)
    else:
        dimension, took = _task(tasks[0])
        bar.update()
        laws = None
    upper = dimension.number_of_laws
    if not upper and degree is None:
        laws, took_laws = None, 0.0
    elif laws is None:
        bar.set_description(f"laws of degree {first}")
        laws, took_laws = _task(tasks[1])
    stopped = "degree" if degree is not None else "proved"
    while degree is None and laws is not None and laws.number_of_independent < upper:
        rising = laws.degree + 1
        if not _may_rise_to(rising, fields):
            stopped = "size"
            break
        bar.set_description(f"laws of degree {rising}")
        laws, more = _task(("laws", fields, rising, probability, seed))
        took_laws += more
    bar.update(bar.total - bar.n)
    bar.close()
    found = laws.independent() if laws is not None else ()
    if len(found) == upper:
        stopped = "proved"
    return ConservationLaws(
        problem, number_of_variables=fields.number_of_variables, lie_dimension=int(dimension),
        upper_bound=upper, lower_bound=len(found), laws=found,
        error_bound=Rational(0) if len(found) == upper else dimension.error_bound,
        degree=None if laws is None else laws.degree,
        time_degree=None if laws is None else laws.time_degree, stopped=stopped,
        involutive=dimension.involutive, probability=probability, seed=seed,
        primes=dimension.primes + (() if laws is None else laws.primes),
        seconds={"dimension": took, "laws": took_laws})


def _may_rise_to(degree, fields):
    monomials, entries = ansatz_size(fields, degree)
    if degree <= ALWAYS_TRIED:
        return monomials <= MAX_MONOMIALS and entries <= MAX_ALL_ENTRIES
    return (degree <= MAX_RISING_DEGREE and monomials <= MAX_RISING_MONOMIALS
            and entries <= MAX_RISING_ENTRIES)


def _task(task):
    stage, problem, degree, probability, seed = task
    start = time.perf_counter()
    result = (trace_dimension(problem, probability=probability, seed=seed)
              if stage == "dimension"
              else polynomial_laws(problem, degree, probability=probability, seed=seed))
    return result, time.perf_counter() - start
