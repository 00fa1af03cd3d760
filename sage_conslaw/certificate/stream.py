r"""
Residues that a few numbers stand for

The controls of a trajectory are many residues, and no one cares which. A file names a seed, and
everyone computes the residues from it: those of a *label*, a text, modulo a prime `p` are

1. the SHA-256 digests of the ASCII texts ``sage_conslaw SEED PRIME LABEL NUMBER``, with one space
   between the parts, integers in decimal digits, and ``NUMBER`` running through 0, 1, 2, ...;
2. each digest cut into four parts of eight bytes, read as integers `w < 2^{64}`, the most
   significant byte first;
3. without those `w` that are not below `2^{64} - (2^{64} \bmod p)`; for the others, in this
   order, `w \bmod p`.

So they are uniform if the digests are. Nothing depends on that: the checker proves what it says
for any residues at all.
"""
import hashlib


def residues(seed, prime, label, count):
    r"""
    Return the first residues of a label.

    INPUT:

    - ``seed``, ``prime`` -- integers; the prime is below `2^{64}`
    - ``label`` -- text
    - ``count`` -- how many

    EXAMPLES::

        sage: from sage_conslaw.certificate.stream import residues
        sage: residues(5, 101, "drift 0", 6)
        [73, 62, 38, 8, 16, 91]
        sage: residues(5, 101, "drift 0", 2), residues(5, 101, "drift 1", 2)
        ([73, 62], [5, 93])
    """
    found, number = [], 0
    accepted = 2**64 - 2**64 % prime
    while len(found) < count:
        digest = hashlib.sha256(f"sage_conslaw {seed} {prime} {label} {number}".encode()).digest()
        for start in range(0, 32, 8):
            word = int.from_bytes(digest[start:start + 8], "big")
            if word < accepted:
                found.append(word % prime)
        number += 1
    return found[:count]
