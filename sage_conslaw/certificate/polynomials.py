r"""
Polynomials over `\QQ`, in integers

A polynomial is a dictionary from monomials to integers that are not zero, over one common
denominator. A monomial is the ascending tuple of its variables, each as often as its exponent
says. All work is planned before it is done: a sum of products takes the product of the numbers
of terms.
"""
import math

from sage_conslaw.certificate.reader import CertificateError

#: Bounds of what is expanded: products of terms and terms of all polynomials together, degrees
#: (controls and reciprocals included), bits of a numerator and of a denominator.
MAX_EXPANSION = 20_000_000
MAX_TERMS = 1_500_000
MAX_FULL_DEGREE = 256
MAX_BITS = 20_000


class Polynomial:
    r"""
    A polynomial.

    ATTRIBUTES:

    - ``terms`` -- dictionary from monomials to numerators
    - ``denominator`` -- positive; it has no factor in common with all numerators
    - ``degree``, ``bits`` -- the largest degree of a monomial, and length of an integer
    """
    __slots__ = ("terms", "denominator", "degree", "bits")

    def __init__(self, terms, denominator=1):
        if denominator != 1:
            common = math.gcd(denominator, *terms.values())
            if common != 1:
                terms = {key: value // common for key, value in terms.items()}
                denominator //= common
        self.terms, self.denominator = terms, denominator
        self.degree = max(map(len, terms), default=0)
        self.bits = max(denominator.bit_length(),
                        max(map(int.bit_length, terms.values()), default=0))

    def is_one(self):
        r"""
        Return whether the polynomial is 1.
        """
        return self.degree == 0 and self.denominator == 1 and self.terms.get(()) == 1


class Algebra:
    r"""
    Sums and products of polynomials, within bounds.

    INPUT:

    - ``work`` -- a :class:`Work <sage_conslaw.certificate.algebra.Work>`, from which the work is
      taken before it is done
    - ``where`` -- what is being expanded, for refusals; it may be changed

    EXAMPLES::

        sage: from sage_conslaw.certificate.algebra import Work
        sage: from sage_conslaw.certificate.polynomials import Algebra, Polynomial
        sage: algebra = Algebra(Work(), "program")
        sage: x, half = Polynomial({(int(0),): int(1)}), Polynomial({(): int(1)}, int(2))
        sage: total = algebra.sum_of_products([(x, x), (half, half)])
        sage: total.terms, total.denominator
        ({(): 1, (0, 0): 4}, 4)
        sage: algebra.sum_of_products([(total, half), (total, half)]).terms == total.terms
        True
        sage: algebra.derivatives(total)[int(0)].terms
        {(0,): 2}
    """
    def __init__(self, work, where):
        self.where = where
        self._work, self._room, self._left = work, MAX_TERMS, MAX_EXPANSION
        self.one = Polynomial({(): 1})

    def sum_of_products(self, pairs):
        r"""
        Return the sum of the products of pairs of polynomials.
        """
        if len(pairs) == 1:
            for a, b in (pairs[0], pairs[0][::-1]):
                if b.is_one():
                    return a
        products = 0
        for a, b in pairs:
            number = len(a.terms) * len(b.terms)
            if number:
                self._check_sizes(a.degree + b.degree, a.bits + b.bits)
                products += number * (1 + (a.degree + b.degree) // 16 + (a.bits + b.bits) // 1024)
        self.plan(products + len(pairs))
        common = 1
        for denominator in {a.denominator * b.denominator for a, b in pairs} - {1}:
            common = common * denominator // math.gcd(common, denominator)
            self._check_sizes(0, common.bit_length())
        total = {}
        for a, b in pairs:
            scale = common // (a.denominator * b.denominator)
            for left, c in a.terms.items():
                c *= scale
                for right, d in b.terms.items():
                    key = tuple(sorted(left + right)) if left and right else left or right
                    total[key] = total.get(key, 0) + c * d
        return self._kept(Polynomial({key: c for key, c in total.items() if c}, common))

    def sum(self, polynomials):
        r"""
        Return the sum of some polynomials.
        """
        if len(polynomials) == 1:
            return polynomials[0]
        return self.sum_of_products([(p, self.one) for p in polynomials])

    def derivatives(self, polynomial):
        r"""
        Return the formal derivatives, a dictionary from the variables that occur.
        """
        self.plan(len(polynomial.terms) * (1 + polynomial.degree))
        found = {}
        for monomial, c in polynomial.terms.items():
            place = 0
            while place < len(monomial):
                x = monomial[place]
                exponent = monomial.count(x)
                found.setdefault(x, {})[monomial[:place] + monomial[place + 1:]] = exponent * c
                place += exponent
        return {x: self._kept(Polynomial(terms, polynomial.denominator))
                for x, terms in found.items()}

    def plan(self, amount):
        r"""
        Take an amount of work, or refuse the certificate.
        """
        self._left -= amount
        if self._left < 0:
            raise CertificateError(f"{self.where}: too much work to expand it")
        self._work.plan(amount, self.where)

    def _kept(self, polynomial):
        self._room -= len(polynomial.terms)
        if self._room < 0:
            raise CertificateError(f"{self.where}: expanded it has too many terms; accepted are "
                                   f"{MAX_TERMS:,}")
        return polynomial

    def _check_sizes(self, degree, bits):
        if degree > MAX_FULL_DEGREE:
            raise CertificateError(f"{self.where}: expanded it has a degree of more than "
                                   f"{MAX_FULL_DEGREE}")
        if bits > MAX_BITS:
            raise CertificateError(f"{self.where}: expanded it has coefficients of more than "
                                   f"{MAX_BITS:,} bits")
