r"""
Fuzz the checker of certificates: no false accept, no false refusal, no crash, no hang.

Valid certificates of all models, programs and flows are mutated, as JSON values, in their
mathematics and as bytes, and given to the checker as files. Every verdict is compared with that of
a slow second reading of the format, which ``tests/certificate_theorems.py`` and
``tests/program_theorems.py`` do on Sage's polynomials. Mutants that end in a new way are mutated
further.

Run as ``sage -python benchmarks/fuzz_certificate.py [NUMBER [SEED [VERSION]]]``, by default for
both versions; the exit status is 1 if anything was found. A run takes three to nine ms a mutant.
"""

import collections
import contextlib
import copy
import json
import math
import os
import pathlib
import random
import re
import sys
import tempfile
import time
import traceback

import sage.all  # noqa: F401  (single Sage modules imported first can fail on circular imports)
from cysignals.alarm import AlarmInterrupt, alarm, cancel_alarm
from sage.all import QQ

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from certificate_theorems import examples  # noqa: E402
from program_certificates import flow_example, fuzz_names  # noqa: E402
from program_mutations import change_program, keep_program_true  # noqa: E402
from program_theorems import is_theorem  # noqa: E402
from sage_conslaw.certificate import CertificateError, check_certificate  # noqa: E402

#: seconds after which a check counts as hanging
LIMIT = 30
#: refusals of what is true: too large, as the format says
BOUNDS = ("expected at most", "too much work", "accepted is at most", "too many", "more than",
          "larger than", "nested too deeply", "has more than 20", "accepted are")


# Mutations ---------------------------------------------------------------------------------------

ODD = [None, True, False, 0, 1, 2, 3, -1, 7, 2**31, 2**61 - 1, 2**64, 10**30, 1.0, 0.5, 1e300,
       math.nan, math.inf, "", "0", "1", "-1", "2", "1/2", "2/2", "2/4", "1/0", "-0", "+1", "1/-2",
       "1e3", " 1", "x", "t", "s", "3/t", "0/t", "5/2/t", "U", "V", "b", "U1", "\u0663", "\ud800",
       "GradientFlow", "MomentumFlow", "LinearNetwork", "ReLUNetwork", "NMF", "ICNN", "9" * 700,
       [], {}, [[]], [0], [0, 0], [1, 0], [[0], "1"], [[0, 0], "1"], [0, [], "1"], [0] * 70]


def nodes(data):
    """Return the places (container, key) of all values inside a JSON value."""
    found, stack = [], [data]
    while stack:
        container = stack.pop()
        keys = list(container) if isinstance(container, dict) else range(len(container))
        for key in keys:
            found.append((container, key))
            if isinstance(container[key], (dict, list)):
                stack.append(container[key])
    return found


def change_value(data, generator, others):
    """Change one value of the JSON, or where it stands."""
    container, key = generator.choice(nodes(data))
    value = container[key]
    kind = generator.randrange(8)
    if kind == 0:
        container[key] = copy.deepcopy(generator.choice(ODD))
    elif kind == 1:
        # the value of another place, of this certificate or of another one
        source, place = generator.choice(nodes(generator.choice([data, *others])))
        container[key] = copy.deepcopy(source[place])
    elif isinstance(container, dict) and kind < 4:
        if kind == 2:
            del container[key]
        else:
            container[generator.choice([key + "s", key.upper(), "x", ""])] = value
    elif isinstance(container, list) and kind < 5:
        position = generator.randrange(len(container))
        if kind == 2:
            del container[key]
        elif kind == 3:
            container.insert(position, copy.deepcopy(value))
        else:
            container[key], container[position] = container[position], value
    elif isinstance(value, bool) or value is None:
        container[key] = generator.choice([None, True, False, 0, 1])
    elif isinstance(value, int):
        container[key] = generator.choice([value + 1, value - 1, -value, 2 * value,
                                           generator.randrange(12), generator.randrange(2**31)])
    elif isinstance(value, str):
        place = generator.randrange(len(value) + 1)
        letter = generator.choice("0123456789/-+ tsUVbd_e.\n")
        container[key] = value[:place] + letter + value[place + generator.randrange(2):]
    elif isinstance(value, list) and value:
        generator.choice([value.reverse, value.clear, value.pop,
                          lambda: generator.shuffle(value)])()
    else:
        container[key] = generator.choice([[], {}, [1], 0])


def change_entry(data, generator, others):
    """Change one mathematical entry into another one of the same form."""
    size, prime = len(data["variables"]), data["prime"]
    fields, laws, words, point = data["fields"], data["laws"], data["words"], data["point"]
    number = generator.choice(["1", "-1", "2", "-2", "3", "1/2", "-3/2", "5/7", str(prime),
                               f"1/{prime}"])
    monomial = sorted(generator.choices(range(size), k=generator.randrange(4)))
    kind = generator.randrange(16)
    if kind < 14 and generator.randrange(2):
        # fields that are not those of the model are refused before anything else
        data["model"] = None
    if kind == 0:
        generator.choice(generator.choice(fields + laws))[-1] = number
    elif kind == 1:
        generator.choice(generator.choice(fields + laws))[-2] = monomial
    elif kind == 2:
        generator.choice(generator.choice(fields))[0] = generator.randrange(size)
    elif kind == 3:
        generator.choice(laws).append([monomial, number])
    elif kind == 4:
        generator.choice(fields).append([generator.randrange(size), monomial, number])
    elif kind == 5:
        terms = generator.choice(laws + fields)
        terms.pop(generator.randrange(len(terms)))
    elif kind == 6:
        # a sum, twice the same, or something else altogether
        one, law = generator.randrange(len(laws)), generator.choice(laws)
        laws[one] = copy.deepcopy(generator.choice([laws[one] + law, law, [[monomial, number]]]))
    elif kind < 9:
        words[generator.randrange(len(words))] = generator.choices(
            range(len(fields)), k=generator.randrange(1, 5))
    elif kind == 9:
        point[generator.randrange(size)] = generator.choice([0, 1, generator.choice(point)])
    elif kind == 10:
        data["point"] = [generator.choice([0, 1]) for _ in range(size)]
    elif kind == 11:
        data["prime"] = generator.choice([prime + 1, prime - 2, prime**2, 561, 3215031751,
                                          3825123056546413051, 2**61 + 1, 4, 9, 1, 2, 3, 5])
        data["point"] = [x % data["prime"] for x in point]
    elif kind == 12:
        # one law more for one bracket less, or the other way round
        new = generator.choice(laws) + [[monomial, number]] if laws else [[monomial, number]]
        law_more = generator.randrange(2)
        (laws.append(new), words.pop()) if law_more else (laws.pop(), words.append([0, 1]))
        data["claim"]["number_of_laws"] += 1 if law_more else -1
        data["claim"]["lie_dimension"] -= 1 if law_more else -1
    elif kind == 13:
        part = generator.choice([fields, data["variables"], data["model"]["widths"]])
        one, other = generator.randrange(len(part)), generator.randrange(len(part))
        part[one], part[other] = part[other], part[one]
    elif kind == 14:
        data["model"].update([generator.choice(
            [("flow", "GradientFlow"), ("flow", "MomentumFlow"), ("damping", "0"),
             ("damping", "2"), ("damping", "3/t"), ("damping", "5/2/t"), ("damping", None),
             ("bias", None), ("bias", True), ("bias", False), ("mirror", []), ("mirror", ["U"]),
             ("mirror", ["U", "V"]), ("mirror", ["U1"]), ("architecture", "NMF"),
             ("architecture", "ICNN"), ("architecture", "LinearNetwork"),
             ("architecture", "ReLUNetwork")])])
    else:
        data["model"] = generator.choice(others)["model"]


def keep_true(data, generator, others):
    """Change the certificate into another one that ought to be true as well, or nearly so."""
    kind = generator.randrange(10)
    size = len(data["variables"])
    if kind == 0:
        generator.shuffle(data["laws"])
        generator.shuffle(data["words"])
    elif kind == 1:
        for terms in data["laws"] + data["fields"]:
            generator.shuffle(terms)
    elif kind == 2:
        data["point"] = [generator.randrange(data["prime"]) for _ in range(size)]
    elif kind == 3:
        data["prime"] = generator.choice([2, 3, 5, 7, 101, 65537, 2**31 - 1, 2**61 - 1, 2**64 - 59])
        data["point"] = [generator.randrange(data["prime"]) for _ in range(size)]
    elif kind == 4:
        data["model"] = None
    elif kind == 5 and data["laws"]:
        factor = generator.choice([QQ((-2, 1)), QQ((1, 3)), QQ((5, 7))])
        for term in generator.choice(data["laws"]):
            term[1] = str(factor * QQ(term[1]))
    elif kind == 6 and data["words"]:
        word = generator.choice(data["words"])
        word[-2:] = word[-2:][::-1]
    elif kind == 7 and data["words"]:
        word = generator.choice(data["words"])
        word.insert(generator.randrange(len(word) + 1), generator.randrange(len(data["fields"])))
    elif kind == 8 and data["laws"]:
        generator.choice(data["laws"]).append([[], generator.choice(["1", "-2/3", "0"])])
    elif kind == 9:
        # the claim that one law less or one bracket less gives
        part, name = generator.choice([("laws", "number_of_laws"), ("words", "lie_dimension")])
        if data[part]:
            data[part].pop(generator.randrange(len(data[part])))
            data["claim"][name] -= 1


def change_bytes(text, generator):
    """Change some bytes of a text."""
    start = generator.randrange(len(text))
    end = min(len(text), start + generator.choice([0, 1, 1, 2, 5, 50]))
    kind = generator.randrange(6)
    if kind == 0:
        digits = [i for i, byte in enumerate(text) if 48 <= byte < 58]
        start = generator.choice(digits) if digits else start
        return text[:start] + b"%d" % generator.randrange(10) + text[start + 1:]
    if kind == 1:
        return text[:start] + text[end:]
    if kind == 2:
        return text[:end] + text[start:end] + text[end:]
    if kind == 3:
        return text[:start] + bytes([generator.randrange(256)]) + text[end:]
    if kind == 4:
        return text[:start] + generator.choice(
            [b"[", b"]", b"{", b"}", b",", b":", b'"', b"\\", b"null", b"true", b"NaN", b"Infinity",
             b"1.5", b"1e9", b"-0", b"-", b"/", b"\xff", b"\xef\xbb\xbf", b"\\u0000", b"\x00",
             b"[" * 3000, b"9" * 5000, b"/*", b'"version":1,']) + text[end:]
    return text[:start] if generator.randrange(2) else text[start:]


def starts(version):
    """Return the valid certificates of a version, as JSON texts."""
    return examples() if version == 1 else [flow_example(name) for name in fuzz_names()]


CHANGES = {1: [change_value, change_entry, change_entry, keep_true],
           2: [change_value, change_program, change_program, keep_program_true]}


def mutant(corpus, generator, version=1):
    """Return a mutant of a text of the corpus, as bytes."""
    text = generator.choice(corpus)
    for _ in range(generator.choice([1, 1, 1, 2, 3])):
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            data = None
        if isinstance(data, dict) and data and generator.randrange(4):
            others = [json.loads(generator.choice(starts(version)))]
            change = generator.choice(CHANGES[version])
            # a change that needs an entry which an earlier one took away leaves the text as it is
            with contextlib.suppress(KeyError, TypeError, ValueError, IndexError,
                                     AttributeError, ZeroDivisionError):
                change(data, generator, others)
                text = json.dumps(data).encode("utf-8", "surrogatepass")
        elif text:
            text = change_bytes(text, generator)
    return text


# The run -----------------------------------------------------------------------------------------

class Hanging(Exception):
    """The checker did not end in time."""


def verdict(path):
    """Return (accepted, what the checker said, seconds); exceptions but refusals pass."""
    # Sage's own alarm: a handler set by Python would take the place of Sage's for good
    alarm(LIMIT)
    start = time.perf_counter()
    try:
        return True, str(check_certificate(path)), time.perf_counter() - start
    except CertificateError as refusal:
        return False, str(refusal), time.perf_counter() - start
    except AlarmInterrupt:
        raise Hanging(f"more than {LIMIT} seconds") from None
    finally:
        cancel_alarm()


def fuzz(number, seed=0, progress=False, version=1, until=()):
    """
    Check mutants and return (counts, ways of refusing, seconds of the slowest, findings).

    A finding is a pair of what is wrong and the text of the mutant. The run ends early with one
    that starts with one of the texts in ``until``.
    """
    generator = random.Random(seed)
    corpus = [text.encode() for text in starts(version)]
    counts, ways, findings, slowest = collections.Counter(), collections.Counter(), [], 0
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "mutant.json")
        for k in range(number):
            if findings and findings[-1][0].startswith(until or "none"):
                break
            text = mutant(corpus, generator, version)
            with open(path, "wb") as file:
                file.write(text)
            try:
                accepted, said, seconds = verdict(path)
            except Exception:
                findings.append((traceback.format_exc(), text))
                continue
            slowest = max(slowest, seconds)
            counts["accepted" if accepted else "refused"] += 1
            if not accepted and ("\n" in said or not said.isascii() or len(said) > 400):
                findings.append((f"not one short line: {said!r}", text))
            true = is_theorem(text)
            if true is None:
                # no finding, for the second reading is too slow
                counts["not read a second time"] += 1
            elif accepted and not true:
                findings.append(("false accept", text))
            elif true and not accepted:
                counts["refused for its size"] += 1
                if not any(bound in said for bound in BOUNDS):
                    findings.append((f"false refusal: {said}", text))
            way = "" if accepted else re.sub("'.*'|[0-9]+|got .*, exp", "", said)
            ways[way] += 1
            if ways[way] == 1 or accepted and generator.randrange(20) == 0:
                # what is new is a start for further mutants; huge texts would only slow them
                if len(text) < 20_000:
                    corpus.append(text)
                if len(corpus) > 500:
                    corpus.pop(generator.randrange(len(starts(version)), len(corpus)))
            if progress and (k + 1) % 5000 == 0:
                print(f"{k + 1:,} mutants: {dict(counts)}, {len(ways)} ways, slowest "
                      f"{slowest:.2f} s, {len(findings)} findings", flush=True)
    return counts, ways, slowest, findings


def main():
    """Run as the command line says."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    versions = [int(sys.argv[3])] if len(sys.argv) > 3 else [1, 2]
    return max([run(number, seed, version) for version in versions])


def run(number, seed, version):
    """Fuzz one version, print what was found, and return the exit status."""
    for text in starts(version):
        if not is_theorem(text.encode()):
            raise RuntimeError(f"not true before any mutation: {text}")
        print(repr(check_certificate(json.loads(text))))
    start = time.perf_counter()
    counts, ways, slowest, findings = fuzz(number, seed, True, version)
    for way, times in ways.most_common():
        print(f"{times:8,}  {way or 'accepted'}")
    for what, text in findings:
        print(f"FOUND: {what}\n{text[:3000]!r}")
    print(f"{number:,} mutants of {len(starts(version))} certificates of version {version} with "
          f"seed {seed} in {time.perf_counter() - start:.0f} s: {counts['accepted']:,} accepted, "
          f"all true{unread(counts)}; {counts['refused']:,} refused, of which "
          f"{counts['refused for its size']:,} for their size; slowest {slowest:.2f} s; "
          f"{len(findings)} findings")
    return 1 if findings else 0


def unread(counts):
    """Return how many were not read a second time, in words."""
    number = counts["not read a second time"]
    return f" but for {number} that were not read a second time" if number else ""


if __name__ == "__main__":
    sys.exit(main())
