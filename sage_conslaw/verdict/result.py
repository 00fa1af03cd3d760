r"""
The conservation laws of a flow: bounds for their number, laws, a verdict

What :func:`~sage_conslaw.verdict.conservation.conservation_laws` returns, how it shows itself, and
how it becomes a certificate.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sage_conslaw.counting.brackets import Words
from sage_conslaw.flows.flow import Flow
from sage_conslaw.flows.vector_fields import VectorFields
from sage_conslaw.laws.law import Law
from sage_conslaw.laws.notation import aligned
from sage_conslaw.system import limits
from sage_conslaw.system.messages import counted, shown_chance
from sage_conslaw.system.rationals import ExactRational


_REASONS = {"limit": "no higher degree is tried unasked",
            "size": "the next ansatz is too large",
            "memory": "the next ansatz did not fit into the memory that was left",
            "fields": "the fields are too large to be written down"}


@dataclass(frozen=True, repr=False)
class ConservationLaws:
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
    - ``error_bound`` -- an exact rational: the probability that the true number is less than
      ``upper_bound`` is at most this; 0 when proved
    - ``laws`` -- independent laws, ``lower_bound`` of them, simplest first, each a
      :class:`~sage_conslaw.laws.law.Law` that was checked over `\QQ`
    - ``degree`` -- the degree up to which laws were searched, ``None`` if there was
      no need to; ``time_degree`` -- the same for the time
    - ``stopped`` -- why no higher degree was tried: ``"proved"``; ``"degree"``, the one
      asked for; ``"limit"``, no higher one is tried unasked; ``"size"``, the next ansatz
      is too large; ``"memory"``, there was not enough memory for it; ``"fields"``, the
      fields of the flow are too large to be written down
    - ``involutive`` -- whether no bracket was needed
    - ``probability``, ``seed``, ``primes`` -- as asked for, and as used
    - ``seconds`` -- dictionary: seconds for ``"dimension"`` and for ``"laws"``
    - ``words`` -- :class:`~sage_conslaw.counting.brackets.Words`, the brackets that were found
      to be independent, if it was brackets that were counted
    - ``law_error_bound`` -- an exact rational: the probability that one of the laws is none is at
      most this; 0 where all were checked over `\QQ`
    - ``structured`` -- whether the laws were sought among linear polynomials and Gram entries of
      the blocks, and not among all polynomials of a degree

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

    problem: Flow | VectorFields
    number_of_variables: int
    lie_dimension: int
    upper_bound: int
    lower_bound: int
    error_bound: ExactRational
    laws: tuple[Law, ...]
    degree: int | None
    time_degree: int | None
    stopped: str
    involutive: bool
    probability: Any
    seed: int
    primes: tuple[int, ...]
    # equal results are equal, whatever time they took
    seconds: dict[str, float] = field(compare=False)
    # what a certificate need not find again
    words: Words | None = field(default=None, compare=False)
    law_error_bound: ExactRational = ExactRational(0)
    structured: bool = False

    @property
    def is_proved(self) -> bool:
        r"""
        Whether the number of independent laws is proved.
        """
        return self.certainty == "proved"

    @property
    def certainty(self) -> str:
        r"""
        How sure it is that there are these laws and no others.

        OUTPUT: ``"proved"``; ``"certain"``, but for the chance ``law_error_bound`` that a law is
        none; or ``"open"``: there may be more laws.

        EXAMPLES::

            sage: from sage_conslaw import GradientFlow, Network, conservation_laws
            sage: from sage_conslaw.functions import softmax
            sage: head = Network(lambda x, W: softmax(W @ x), {"W": (2, 2)}, {"x": (2,)})
            sage: result = conservation_laws(GradientFlow(head)); result
            Exactly 2 independent conservation laws in 4 variables, certain but for a
            probability of at most 2.9e-37: there are no others.
            sage: result.certainty, result.is_proved
            ('certain', False)
        """
        if self.upper_bound != self.lower_bound:
            return "open"
        return "certain" if self.law_error_bound else "proved"

    @property
    def hypotheses(self) -> tuple[str, ...]:
        r"""
        What is supposed of the data, the loss and the gates, in words; nothing for fields.

        EXAMPLES::

            sage: from sage_conslaw import GradientFlow, NMF, conservation_laws
            sage: conservation_laws(GradientFlow(NMF(1, 1, 1))).hypotheses
            ('the gradient of the loss takes every direction',)
        """
        return self.problem.hypotheses if isinstance(self.problem, Flow) else ()

    @property
    def unexplained(self) -> int:
        r"""
        How many laws there may be besides those found.
        """
        return self.upper_bound - self.lower_bound

    __hash__ = None

    def __repr__(self) -> str:
        count = self.lower_bound
        variables = counted(self.number_of_variables, "variable")
        if isinstance(self.problem, Flow) and self.problem.network.gates:
            variables += ", all gates taken as free"
        if self.certainty != "open":
            if not count:
                return f"No conservation law in {variables}, proved."
            return (f"Exactly {counted(count, 'independent conservation law')} in {variables}, "
                    f"{self._how_certain()}: there are no others.")
        among = (f"polynomials of degree {self._searched()}" if self.degree is not None else
                 f"linear polynomials and Gram entries of the blocks, since {self._reason()}")
        left = (f"{self.unexplained} {'is' if self.unexplained == 1 else 'are'} not explained by "
                f"{among}" if self.degree is not None or self.structured else
                f"no polynomials were searched, since {self._reason()}")
        return (f"At least {count} and at most "
                f"{counted(self.upper_bound, 'independent conservation law')} in {variables}: "
                f"{left}; the upper bound is attained{self._but_for()}.")

    def _how_certain(self):
        if self.is_proved:
            return "proved"
        return f"certain but for a probability of at most {shown_chance(self.law_error_bound)}"

    def _but_for(self):
        if self.error_bound >= 1:
            return " but for a probability that is not known"
        return (f" but for a probability of at most {shown_chance(self.error_bound)}"
                if self.error_bound else "")

    def _reason(self):
        return _REASONS.get(self.stopped, "no others were tried")

    def _searched(self):
        text = f"at most {self.degree}"
        if self.time_degree is not None:
            text += f", and at most {self.time_degree} in the time"
            text += "" if self.certainty != "open" else " (time_degree= asks for another)"
        if self.stopped in _REASONS:
            text += f", the largest tried, since {_REASONS[self.stopped]}"
        return text

    def __str__(self) -> str:
        rows = [("problem", repr(self.problem)),
                ("variables", self.number_of_variables),
                ("dim Lie", self.lie_dimension),
                ("brackets needed", "no" if self.involutive else "yes"),
                ("laws, upper bound", self.upper_bound),
                ("laws, found", self.lower_bound),
                ("verdict", self._how_certain() if self.certainty != "open" else
                 f"{self.unexplained} unexplained, "
                 f"upper bound attained{self._but_for()}"),
                ("degree", self._searched() if self.degree is not None else
                 "2, linear polynomials and Gram entries of the blocks" if self.structured else
                 "-")]
        if isinstance(self.problem, Flow) and self.problem.time_meaning():
            rows.append(("time", self.problem.time_meaning()))
        rows += [("supposed" if not i else "", text) for i, text in enumerate(self.hypotheses)]
        width = max(len(name) for name, _ in rows)
        lines = [f"{name:<{width}}  {value}" for name, value in rows]
        lines += [f"{'law ' + str(i + 1):<{width}}  {_shortened(law)}"
                  for i, law in enumerate(self.laws[:limits.SHOWN_LAWS])]
        if len(self.laws) > limits.SHOWN_LAWS:
            lines.append(f"{'':<{width}}  and {len(self.laws) - limits.SHOWN_LAWS} more, in .laws")
        return "\n".join(lines)

    def _latex_(self) -> str:
        return aligned(self.laws)

    def certificate(self) -> dict[str, Any]:
        r"""
        Return the proof as a dictionary that anyone can check.

        OUTPUT: the program of the network and its flow, or the fields; a prime and a point;
        vectors of the trace that are independent there, and the laws; see
        :mod:`sage_conslaw.certificate`.

        ERRORS: ``ValueError`` where the number is not proved, and where the proof does not
        fit into a certificate, by its size or by the names of the variables.

        EXAMPLES::

            sage: from sage_conslaw import GradientFlow, LinearNetwork, conservation_laws
            sage: from sage_conslaw.certificate import check_certificate
            sage: result = conservation_laws(GradientFlow(LinearNetwork([1, 2, 1])))
            sage: certificate = result.certificate()
            sage: certificate["claim"]
            {'lie_dimension': 1, 'number_of_laws': 3, 'number_of_variables': 4}
        """
        from sage_conslaw.verdict.proofs import certificate_of
        if not self.is_proved:
            raise ValueError(f"there is no proof to certify: {self!r}")
        return certificate_of(self.problem, self.laws, self.lie_dimension, self.seed, self.words)

    def save(self, path: Any) -> None:
        r"""
        Write the certificate to a file, whole or not at all.

        INPUT:

        - ``path`` -- the name of the file

        ERRORS: those of :meth:`certificate`; ``TypeError`` or ``OSError`` for a path that
        cannot be written to, before anything is computed.
        """
        from sage_conslaw.verdict.proofs import save_to
        save_to(path, self.certificate)


def _shortened(law, width=100):
    # a law on one line of a table: the first of its terms, and how many there are
    text = str(law)
    if len(text) <= width:
        return text
    end = max(text.rfind(" + ", 0, width), text.rfind(" - ", 0, width))
    return f"{text[:end] if end > 0 else text[:width]} ... ({law.number_of_terms()} terms)"
