r"""
The mathematics of a certificate: primes, laws over `\QQ`, independence modulo `p`
"""
from sage_conslaw.certificate.reader import CertificateError, shown

#: Multiplications of residues that checking a certificate may take, in all. Ordinary
#: machines do a few million a second.
MAX_WORK = 150_000_000
#: Products of a law's and a field's terms that are added up at one time.
MAX_PRODUCTS = 1_000_000


class Work:
    r"""
    The work that may still be planned.

    EXAMPLES::

        sage: from sage_conslaw.certificate.algebra import Work
        sage: work = Work(5)
        sage: work.plan(3, "words"); work.plan(3, "words")
        Traceback (most recent call last):
        ...
        sage_conslaw.certificate.reader.CertificateError: words: too much work to check
    """
    def __init__(self, most=MAX_WORK):
        self.left = most

    def plan(self, amount, where):
        r"""
        Take an amount of work, or refuse the certificate.
        """
        self.left -= amount
        if self.left < 0:
            raise CertificateError(f"{where}: too much work to check")


def is_prime(n):
    r"""
    Decide whether an integer below `2^{64}` is prime.

    ALGORITHM: The test of Miller and Rabin for the first twelve primes as bases, which no
    composite number below `3.1 \cdot 10^{23}` passes.

    REFERENCES: J. Sorenson, J. Webster, Strong pseudoprimes to twelve prime bases, 2017.

    EXAMPLES::

        sage: from sage_conslaw.certificate.algebra import is_prime
        sage: [n for n in range(50) if is_prime(n)]
        [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47]
        sage: is_prime(3825123056546413051), is_prime(2^64 - 59)
        (False, True)
    """
    bases = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)
    n = int(n)
    if n < 2 or any(n % base == 0 for base in bases):
        return n in bases
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in bases:
        power = pow(base, odd, n)
        if power in (1, n - 1):
            continue
        for _ in range(twos - 1):
            power = power * power % n
            if power == n - 1:
                break
        else:
            return False
    return True


def check_prime(certificate):
    r"""
    Check that the prime is one, and that it divides no denominator of laws and fields.
    """
    prime = certificate.prime
    if prime >= 2**64:
        raise CertificateError(f"prime: got {shown(prime)}, expected a prime below 2^64")
    if not is_prime(prime):
        raise CertificateError(f"prime: {prime} is not a prime")
    check_denominators(certificate.fields or (), prime, "fields")
    check_denominators(certificate.laws, prime, "laws")


def check_denominators(polynomials, prime, name):
    r"""
    Check that the prime divides no denominator of a list of fields or laws.
    """
    for i, terms in enumerate(polynomials):
        if terms.denominator % prime == 0:
            raise CertificateError(f"prime: {prime} divides a denominator in {name}[{i}]")


class Laws:
    r"""
    The laws of a certificate, to be checked over `\QQ` against all fields.

    INPUT:

    - ``certificate`` -- a :class:`Certificate <sage_conslaw.certificate.contents.Certificate>`
    - ``work`` -- a :class:`Work`, from which the work to be done is taken at once
    """
    def __init__(self, certificate, work):
        self._certificate = certificate
        self._fields = []
        self._having = [[] for _ in certificate.variables]
        lengths = [0] * len(certificate.variables)
        bits = 0
        for i, field in enumerate(certificate.fields or ()):
            entries = {}
            for (component, monomial), coefficient in field.integral():
                entries.setdefault(component, []).append((monomial, coefficient))
                bits = max(bits, coefficient.bit_length())
            self._fields.append(entries)
            for component, terms in entries.items():
                self._having[component].append(i)
                lengths[component] += len(terms)
        for k, law in enumerate(certificate.laws):
            if sum(len(monomial)**2 for monomial in law.terms) > 16 * MAX_PRODUCTS:
                raise CertificateError(f"laws[{k}]: too many and too long terms")
            longest = max(coefficient.bit_length() for _, coefficient in law.integral())
            products = sum(lengths[x] for monomial in law.terms for x in set(monomial))
            # a product of terms takes as long as four of residues, or more if it is long
            work.plan(products * (4 + (bits * longest >> 15)), f"laws[{k}]")

    def check(self):
        r"""
        Check that all fields annihilate all laws identically.

        ALGORITHM: Fields and laws are multiplied by their denominators. For a law `h` and
        every field `\chi` that has an entry for a variable of `h`, the terms of `\sum_x
        \chi^x \, \partial h / \partial x` are added up in integers; all have to vanish.
        """
        for k, law in enumerate(self._certificate.laws):
            gradient = _gradient(law.integral())
            for i in sorted(set().union(*(self._having[x] for x in gradient))):
                if not _annihilates(self._fields[i], gradient, k):
                    raise CertificateError(f"laws[{k}] is no law: fields[{i}] does not annihilate "
                                           "it")

    def gradients(self):
        r"""
        Yield the gradients at the point modulo the prime.
        """
        point, prime = self._certificate.point, self._certificate.prime
        for law in self._certificate.laws:
            row = [0] * len(point)
            for monomial, coefficient in law.modulo(prime):
                before = [coefficient]
                for x in monomial:
                    before.append(before[-1] * point[x] % prime)
                after = 1
                for place in range(len(monomial) - 1, -1, -1):
                    x = monomial[place]
                    row[x] = (row[x] + before[place] * after) % prime
                    after = after * point[x] % prime
            yield row


def _gradient(terms):
    gradient = {}
    for monomial, coefficient in terms:
        place = 0
        while place < len(monomial):
            x = monomial[place]
            exponent = monomial.count(x)
            gradient.setdefault(x, []).append((monomial[:place] + monomial[place + 1:],
                                               exponent * coefficient))
            place += exponent
    return gradient


def _annihilates(entries, gradient, k):
    shared = [x for x in (entries if len(entries) < len(gradient) else gradient)
              if x in entries and x in gradient]
    if sum(len(entries[x]) * len(gradient[x]) for x in shared) > MAX_PRODUCTS:
        raise CertificateError(f"laws[{k}]: too many products with one field; accepted are "
                               f"{MAX_PRODUCTS:,}")
    total = {}
    for x in shared:
        for left, a in gradient[x]:
            for right, b in entries[x]:
                key = tuple(sorted(left + right))
                total[key] = total.get(key, 0) + a * b
    return not any(total.values())


class Independence:
    r"""
    Whether vectors modulo a prime are linearly independent.

    INPUT:

    - ``number``, ``size`` -- how many vectors, and of how many entries
    - ``prime`` -- a prime
    - ``work`` -- a :class:`Work`, from which the work to be done is taken at once
    - ``describe`` -- function from the index of a vector to what it is

    ALGORITHM: A vector is held as one long integer with a slot for each entry, wide enough
    for ``number + 1`` products of residues, so that adding a multiple of one vector to another
    is one multiplication and one addition. Every vector is reduced by those before it, each
    of which is 1 at its pivot and 0 at the pivots before that.

    EXAMPLES::

        sage: from sage_conslaw.certificate.algebra import Independence, Work
        sage: rows = [[1, 2, 3], [2, 4, 1], [3, 6, 4]]
        sage: Independence(2, 3, 101, Work(), "row {}".format).check(rows[:2])
        sage: Independence(3, 3, 101, Work(), "row {}".format).check(rows)
        Traceback (most recent call last):
        ...
        sage_conslaw.certificate.reader.CertificateError: row 2 depends on those before it,
        at the point modulo the prime
    """
    def __init__(self, number, size, prime, work, describe):
        self._size, self._prime, self._describe = size, int(prime), describe
        bits = 2 * self._prime.bit_length() + int(number + 1).bit_length()
        self._width = bits // 8 + 1
        # in the time of a multiplication of residues 500 bytes of a long integer are done
        work.plan(number * number // 2 * (1 + size * self._width // 500) + number * size,
                  describe(number - 1))

    def check(self, vectors):
        r"""
        Check that the vectors, lists of residues, are independent.
        """
        prime, width = self._prime, self._width
        slot = (1 << 8 * width) - 1
        pivots = []
        for index, vector in enumerate(vectors):
            total = self._pack(vector)
            for shift, pivot in pivots:
                factor = (total >> shift & slot) % prime
                if factor:
                    total += (prime - factor) * pivot
            packed = total.to_bytes(width * self._size, "little")
            entries = [int.from_bytes(packed[k:k + width], "little") % prime
                       for k in range(0, len(packed), width)]
            place = next((k for k, x in enumerate(entries) if x), None)
            if place is None:
                raise CertificateError(f"{self._describe(index)} depends on those before it, at "
                                       "the point modulo the prime")
            inverse = pow(entries[place], -1, prime)
            pivots.append((8 * width * place, self._pack(x * inverse % prime for x in entries)))

    def _pack(self, entries):
        return int.from_bytes(b"".join(int(x).to_bytes(self._width, "little") for x in entries),
                              "little")
