r"""
Values of iterated Lie brackets at a point, without expanding a polynomial

Let `\varepsilon_1, \dots, \varepsilon_{k-1}` be symbols with `\varepsilon_j^2 = 0` and
`\psi_j = \mathrm{id} + \varepsilon_j g_j`, an invertible map whose inverse is `\mathrm{id} -
\varepsilon_j g_j`. A field `w` is carried by `\psi_j` to

.. MATH::

    (\psi_j)_* w = (w + \varepsilon_j J_{g_j} w) \circ \psi_j^{-1} =
    w + \varepsilon_j (J_{g_j} w - J_w g_j) = w - \varepsilon_j [g_j, w].

So the coefficient of `\varepsilon_1 \cdots \varepsilon_{k-1}` in `(\psi_1)_* \cdots
(\psi_{k-1})_* w` is `(-1)^{k-1} [g_1, [g_2, [\dots, [g_{k-1}, w]]]]`. Its value at `x_0` takes

- the points `y_0 = x_0` and `y_j = y_{j-1} - \varepsilon_j g_j(y_{j-1})`,
- the vector `v_{k-1} = w(y_{k-1})`,
- for `j` from `k - 1` down to 1 the vector `v_{j-1} = a + J_{g_j}(y_{j-1}) b`, where
  `v_j = b + \varepsilon_j a`,

and is `(-1)^{k-1} v_0`. Here `y_j` and `v_j` have as entries polynomials in `\varepsilon_1,
\dots, \varepsilon_j`. Such a polynomial is an integer if it is constant; otherwise it is the
list of its coefficients, `2^m` of them if it is one in the first `m` symbols: the coefficient
of a product of symbols stands at the place that has these bits. Multiplying two takes `3^m`
multiplications.
"""


class Brackets:
    r"""
    The values of the words of a certificate at its point modulo its prime.

    INPUT:

    - ``certificate`` -- a :class:`Certificate <sage_conslaw.certificate.contents.Certificate>`
    - ``work`` -- a :class:`Work <sage_conslaw.certificate.algebra.Work>`, from which the
      work to be done is taken at once

    EXAMPLES::

        sage: from sage_conslaw import VectorFields
        sage: from sage_conslaw.certificate import build_certificate
        sage: from sage_conslaw.certificate.algebra import Work
        sage: from sage_conslaw.certificate.brackets import Brackets
        sage: from sage_conslaw.certificate.contents import parse
        sage: R.<x, y> = ZZ[]
        sage: fields = VectorFields([[y, 0], [0, x^2]])
        sage: certificate = parse(build_certificate(fields, 101, [2, 3], [[0], [0, 1]], []))
        sage: list(Brackets(certificate, Work()).values())
        [[3, 0], [97, 12]]
        sage: fields.bracket(0, 1)
        (-x^2, 2*x*y)
    """
    def __init__(self, certificate, work):
        self._words, self._point = certificate.words, certificate.point
        self._prime = certificate.prime
        self._fields, steps = {}, {}
        for i in {i for word in certificate.words for i in word}:
            self._fields[i] = _as_tree(certificate.fields[i], self._prime)
            steps[i] = sum(1 + len(tail) for _, tail, _, _ in self._fields[i])
        for number, word in enumerate(certificate.words):
            # a value takes one product for each step in the tree, a derivative three
            amount = sum((4 * steps[i] + len(self._point) // 8) * 3**j for j, i in enumerate(word))
            work.plan(amount, f"words[{number}]")

    def values(self):
        r"""
        Yield the values of the words, as lists of residues.
        """
        for word in self._words:
            points, half = [self._point], 1
            for i in word[:-1]:
                points.append(self._moved(points[-1], self._value(self._fields[i], points[-1]),
                                          half))
                half *= 2
            vector = self._value(self._fields[word[-1]], points.pop())
            for i, point in zip(word[-2::-1], reversed(points)):
                half //= 2
                result, free = {}, {}
                for x, entry in vector.items():
                    if type(entry) is list and len(entry) > half:
                        result[x] = entry[half:] if half > 1 else entry[1]
                        entry = entry[:half] if half > 1 else entry[0]
                    free[x] = entry
                for x, entry in self._derivative(self._fields[i], point, free).items():
                    result[x] = self._sum(result[x], entry) if x in result else entry
                vector = result
            row = [0] * len(self._point)
            for x, entry in vector.items():
                row[x] = (entry if len(word) % 2 else -entry) % self._prime
            yield row

    def _moved(self, point, values, half):
        # point - e values, where e is the symbol after those of the point
        point = list(point)
        for x, change in values.items():
            parts = []
            for entry in (point[x], change):
                entry = entry if type(entry) is list else [entry]
                parts.append(entry + [0] * (half - len(entry)))
            point[x] = parts[0] + [-c % self._prime for c in parts[1]]
        return point

    def _value(self, field, point):
        prime, result, products = self._prime, {}, [1]
        for keep, tail, component, coefficient in field:
            del products[keep:]
            value = products[-1]
            for x in tail:
                y = point[x]
                value = (value * y % prime if type(y) is int and type(value) is int
                         else self._product(value, y))
                products.append(value)
            if coefficient != 1:
                value = self._product(value, coefficient)
            result[component] = (self._sum(result[component], value) if component in result
                                 else value)
        return result

    def _derivative(self, field, point, direction):
        # of the field along a vector; pairs are (product, its derivative)
        prime, result, pairs = self._prime, {}, [(1, 0)]
        for keep, tail, component, coefficient in field:
            del pairs[keep:]
            value, slope = pairs[-1]
            for x in tail:
                y, along = point[x], direction.get(x, 0)
                if (type(y) is int and type(along) is int and type(value) is int
                        and type(slope) is int):
                    value, slope = value * y % prime, (slope * y + value * along) % prime
                else:
                    slope = self._sum(self._product(slope, y), self._product(value, along))
                    value = self._product(value, y)
                pairs.append((value, slope))
            if slope == 0:
                continue
            if coefficient != 1:
                slope = self._product(slope, coefficient)
            result[component] = (self._sum(result[component], slope) if component in result
                                 else slope)
        return result

    def _sum(self, a, b):
        prime = self._prime
        if type(a) is int:
            if type(b) is int:
                return (a + b) % prime
            return [(a + b[0]) % prime] + b[1:] if a else b
        if type(b) is int:
            return [(a[0] + b) % prime] + a[1:] if b else a
        if len(a) < len(b):
            a, b = b, a
        return [(x + y) % prime for x, y in zip(a, b)] + a[len(b):]

    def _product(self, a, b):
        prime = self._prime
        if type(a) is int:
            if type(b) is int:
                return a * b % prime
            return [a * x % prime for x in b] if a else 0
        if type(b) is int:
            return [x * b % prime for x in a] if b else 0
        if len(a) > len(b):
            a, b = b, a
        if len(b) == 2:
            (a, top), (low, high) = a, b
            return [a * low % prime, (a * high + top * low) % prime]
        half = len(b) // 2
        low, high = b[:half], b[half:]
        if len(a) <= half:
            return self._product(a, low) + self._product(a, high)
        # (a + top e)(low + high e) with e^2 = 0
        a, top = a[:half], a[half:]
        return self._product(a, low) + [
            (x + y) % prime for x, y in zip(self._product(a, high), self._product(top, low))]


def _as_tree(field, prime):
    # The terms in the order of their monomials, so that the products along a monomial go on
    # from those of the term before: a term is (how many products to keep, the variables that
    # follow, component, coefficient).
    terms, before = [], ()
    for monomial, component, coefficient in sorted(
            (monomial, component, c) for (component, monomial), c in field.modulo(prime) if c):
        keep = 0
        for x, y in zip(before, monomial):
            if x != y:
                break
            keep += 1
        terms.append((keep + 1, monomial[keep:], component, coefficient))
        before = monomial
    return terms
