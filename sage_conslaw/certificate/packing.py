r"""
Many residues in one long integer

A *batch* of residues modulo `p` is one integer `\sum_k x_k 2^{w k}` with a slot of `w` bits for
each. To multiply all of them by one residue, or to add two batches, is one operation of Python, and
takes a few nanoseconds an entry. Slots are wide enough for a stated number of products; then all
of them are reduced at once, after Barrett. Let `p` have `n` bits, let `x < 2^B`, and

.. MATH::

    h = \lfloor x / 2^a \rfloor, \quad
    q = \lfloor h \mu / 2^s \rfloor, \quad
    \mu = \lfloor 2^{s + a} / p \rfloor, \quad
    a = \max(n - 3, 0), \quad s = B - a + 2.

Then `q \le x / p`, and as `2^a \le p / 4` or `a = 0`, and `h < 2^{s-2}`,

.. MATH::

    x / p - q < 1 + (x / 2^a - h) 2^a / p + h / 2^s < 1 + 1/4 + 1/4,

so `0 \le x - q p < 2 p`. Numbers in slots are below `2 p` after that, and residues again when they
are taken out.

EXAMPLES::

    sage: from sage_conslaw.certificate.packing import Batch
    sage: batch = Batch(101, 3, 1000)
    sage: x = batch.pack([1r, 2r, 100r])
    sage: batch.unpack(batch.reduce(50r * x + 999r * x))
    [39, 78, 62]
"""


class Batch:
    r"""
    Batches of residues.

    INPUT:

    - ``prime`` -- the prime `p`
    - ``slots`` -- how many residues are in a batch
    - ``products`` -- how many products of a residue and a number below `2 p` a slot has to hold
    """
    def __init__(self, prime, slots, products):
        # plain integers: others might be as short as those of NumPy
        self._prime, self._slots = prime, slots = int(prime), int(slots)
        length = prime.bit_length()
        bits = 2 * length + 1 + int(products).bit_length()
        self._first = max(length - 3, 0)
        self._second = bits - self._first + 2
        self._factor = (1 << self._second + self._first) // prime
        # h has bits - first bits, and the factor has second + first - length + 1 at most
        longest = max(bits, bits - self._first + self._second + self._first - length + 1)
        self.width = longest // 8 + 1
        self.bytes = self.width * slots
        width = 8 * self.width
        ones = int.from_bytes(b"\1".ljust(self.width, b"\0") * slots, "little")
        self._after_first = ones * ((1 << width - self._first) - 1)
        self._after_second = ones * ((1 << width - self._second) - 1)

    def reduce(self, x):
        r"""
        Reduce all numbers to numbers below `2 p`.
        """
        quotients = (x >> self._first & self._after_first) * self._factor
        return x - (quotients >> self._second & self._after_second) * self._prime

    def pack(self, numbers, start=0):
        r"""
        Return a batch of some residues, the first of them in slot ``start``, and of zeros.
        """
        width = self.width
        packed = b"".join([x.to_bytes(width, "little") for x in numbers])
        return int.from_bytes(packed, "little") << 8 * width * start

    def unpack(self, x):
        r"""
        Return the residues in all slots.
        """
        packed, width, prime = x.to_bytes(self.bytes, "little"), self.width, self._prime
        return [int.from_bytes(packed[k:k + width], "little") % prime
                for k in range(0, self.bytes, width)]


class Single:
    r"""
    Batches of one residue, as they are.

    INPUT:

    - ``prime`` -- the prime
    """
    width = bytes = 0

    def __init__(self, prime):
        self._prime = prime

    def reduce(self, x):
        r"""
        Reduce a number.
        """
        return x % self._prime
