"""Changes of certificates of version 2: of their mathematics, and such as leave them true."""

import copy
import math

from sage.all import QQ

NUMBERS = ["1", "-1", "2", "-2", "3", "1/2", "-3/2", "5/7", "0"]
DAMPINGS = [None, "0", "1", "2", "1/2", "1/t", "3/t", "1/2/t", "5/2/t", "0/t"]
TEXTS = ["the inputs take every value", "the gradient of the loss in the outputs takes every value",
         "all parameters are positive", "", "the gates are free: every entry takes every value, "
         "whatever the parameters and the inputs"]


def change_program(data, generator, others):
    """Change one mathematical entry into another one of the same form."""
    programs = [data["program"], data["program"], data["flow"]["metric"]["program"]]
    kind = generator.randrange(12)
    if kind < 4:
        change_step(generator.choice(programs)["instructions"], generator)
    elif kind == 4:
        change_flow(data["flow"], generator, others)
    elif kind < 7:
        change_trace(data, generator, others)
    elif kind < 9:
        change_laws(data, generator)
    elif kind == 9:
        change_prime(data, generator)
    elif kind == 10:
        texts = data["hypotheses"]
        generator.choice([texts.clear, texts.reverse, lambda: generator.shuffle(texts),
                          lambda: texts.insert(generator.randrange(len(texts) + 1),
                                               generator.choice(TEXTS))])()
    else:
        # a part of another certificate, alone or with what belongs to it
        parts = generator.choice([["program"], ["flow"], ["trace"], ["program", "flow"], ["laws"],
                                  ["program", "flow", "variables", "point", "hypotheses"],
                                  ["hypotheses"], ["variables"], ["claim", "trace"]])
        for part in parts:
            data[part] = copy.deepcopy(others[0][part])


def change_step(steps, generator):
    """Change one instruction, or the order of two."""
    step = generator.choice(steps)
    kind = generator.randrange(8)
    if kind == 0:
        one, other = generator.randrange(len(steps)), generator.randrange(len(steps))
        steps[one], steps[other] = steps[other], steps[one]
    elif kind == 1:
        steps.append(copy.deepcopy(step))
    elif kind == 2:
        steps.remove(step)
    elif "of" in step and kind < 5:
        step["of"][generator.randrange(len(step["of"]))] = generator.randrange(len(steps))
    elif step["op"] == "constant":
        step["values"][generator.randrange(len(step["values"]))] = generator.choice(NUMBERS)
    elif step["op"] in ("take", "put"):
        index = step["index"]
        index[generator.randrange(len(index))] = generator.choice([-1, 0, 1, max(index)])
    elif step["op"] == "multiply":
        key = generator.choice(["left", "right", "out"])
        step[key] = generator.choice([step["left"], step["right"], step["out"], step[key][::-1],
                                      step[key] + "k", step[key][1:]])
    elif step["op"] in ("add", "reciprocal", "sum"):
        step["op"] = generator.choice(["add", "reciprocal", "sum"])
        if step["op"] == "sum":
            step["axes"] = generator.choice([[], [0], [1], [0, 1]])
        else:
            step.pop("axes", None)
            step["of"] = step["of"][:1] * (1 + (step["op"] == "add"))
    elif step["op"] == "control" and kind < 7:
        step["role"] = generator.choice(["cotangent", "input", "gate", "restricted", "scale"])
    elif kind == 6:
        step["shape"] = generator.choice([[], [1], [2], [1, 1], [2, 1], [0], step["shape"][::-1],
                                          [math.prod(step["shape"])]])
    else:
        step["name"] = generator.choice(
            ["U", "V", "w", "x", "s", "t", "dU", "U1", step["name"] + "_"])


def change_flow(flow, generator, others):
    """Change a flow, its damping, its decay or its metric."""
    kind = generator.randrange(6)
    if kind == 0:
        flow["kind"] = generator.choice(["gradient", "momentum"])
    elif kind == 1:
        flow["damping"] = generator.choice(DAMPINGS)
    elif kind == 2:
        block = generator.choice(["U", "V", "V1", "a_"])
        entry = [block, generator.choice(NUMBERS)]
        flow["decay"] = generator.choice([[], [entry], flow["decay"] + [entry],
                                          flow["decay"][::-1]])
    elif kind == 3:
        flow["metric"]["form"] = generator.choice(["diagonal", "matrix"])
    elif kind == 4:
        flow["metric"] = copy.deepcopy(others[0]["flow"]["metric"])
    else:
        outputs = flow["metric"]["program"]["outputs"]
        outputs[generator.randrange(len(outputs))] = generator.randrange(
            len(flow["metric"]["program"]["instructions"]))


def change_trace(data, generator, others):
    """Change words or vectors, or give the one in place of the other."""
    trace = data["trace"]
    kind = generator.randrange(7)
    if kind == 0:
        data["trace"] = copy.deepcopy(others[0]["trace"])
    elif kind == 1:
        # one law more for one vector less, or the other way round
        rows = trace.get("words", trace.get("vectors"))
        size, law_more = len(data["variables"]), generator.randrange(2)
        if law_more:
            rows.pop(generator.randrange(len(rows)))
            data["laws"].append([[[generator.randrange(size)], "1"]])
        else:
            data["laws"].pop(generator.randrange(len(data["laws"])))
            rows.append([0, generator.randrange(9)] if "vectors" in trace else [0, 1])
        data["claim"]["number_of_laws"] += 1 if law_more else -1
        data["claim"]["lie_dimension"] -= 1 if law_more else -1
    elif trace["kind"] == "words":
        words = trace["words"]
        words[generator.randrange(len(words))] = [generator.randrange(4) for _ in range(
            generator.randrange(1, 5))]
    elif kind == 2:
        trace["seed"] = generator.choice([0, 1, 2**64 - 1, generator.randrange(2**32)])
    elif kind == 3:
        trace["samples"] = generator.choice([1, 2, 3])
    else:
        vectors = trace["vectors"]
        vectors[generator.randrange(len(vectors))] = [generator.randrange(4),
                                                      generator.randrange(-1, 9)]
        if generator.randrange(4):
            trace["order"] = max(k for k, _ in vectors)


def change_laws(data, generator):
    """Change a term of a law."""
    size, laws = len(data["variables"]), data["laws"]
    law = generator.choice(laws)
    monomial = sorted(generator.choices(range(size), k=generator.randrange(4)))
    kind = generator.randrange(5)
    if kind == 0:
        generator.choice(law)[1] = generator.choice(NUMBERS)
    elif kind == 1:
        generator.choice(law)[0] = monomial
    elif kind == 2:
        law.append([monomial, generator.choice(NUMBERS)])
    elif kind == 3:
        law.pop(generator.randrange(len(law)))
    else:
        laws[generator.randrange(len(laws))] = copy.deepcopy(law)


def change_prime(data, generator):
    """Change the prime or the point."""
    size, prime = len(data["variables"]), data["prime"]
    if generator.randrange(2):
        data["prime"] = prime = generator.choice([2, 3, 4, 5, 7, 9, 101, prime + 1, prime**2, 561,
                                                  2**61 - 1, 2**61 + 1, 2**64 - 59])
        data["point"] = [x % prime for x in data["point"]]
    else:
        data["point"][generator.randrange(size)] = generator.choice([0, 1, 2])


def keep_program_true(data, generator, others):
    """Change the certificate into another one that ought to be true as well, or nearly so."""
    trace, size = data["trace"], len(data["variables"])
    steps = data["program"]["instructions"]
    kind = generator.randrange(10)
    if kind == 0:
        generator.shuffle(data["laws"])
        generator.shuffle(trace.get("words", trace.get("vectors")))
    elif kind == 1:
        data["prime"] = generator.choice([7, 101, 65537, 2**31 - 1, 2**61 - 1, 2**64 - 59])
        data["point"] = [generator.randrange(data["prime"]) for _ in range(size)]
    elif kind == 2:
        data["point"] = [generator.randrange(data["prime"]) for _ in range(size)]
    elif kind == 3 and data["laws"]:
        factor = generator.choice([QQ((-2, 1)), QQ((1, 3)), QQ((5, 7))])
        for term in generator.choice(data["laws"]):
            term[1] = str(factor * QQ(term[1]))
    elif kind == 4 and data["laws"]:
        generator.choice(data["laws"]).append([[], "1"])
    elif kind == 5:
        data["hypotheses"].append(generator.choice(["all is well", "a" * 300, "x"]))
    elif kind == 6:
        # twice something, and then half of it
        output, number = data["program"]["outputs"][0], len(steps)
        steps += [{"op": "add", "of": [output, output]},
                  {"op": "constant", "shape": [], "values": ["1/2"]},
                  {"op": "multiply", "of": [number, number + 1], "left": "", "right": "",
                   "out": ""}]
        data["program"]["outputs"] = [number + generator.choice([0, 2])]
    elif kind == 7:
        # something without use, and sometimes without sense
        steps.append({"op": generator.choice(["add", "reciprocal"]),
                      "of": [generator.randrange(len(steps))]})
        steps[-1]["of"] *= 1 + (steps[-1]["op"] == "add")
    elif kind == 8 and trace["kind"] == "trajectory":
        trace["seed"], trace["samples"] = generator.randrange(2**64), generator.choice([1, 2])
        offset = generator.randrange(100)
        trace["vectors"] = [[k, c if c < 0 else c + offset] for k, c in trace["vectors"]]
    elif kind == 9:
        # a block, and the metric's, under another name of one letter
        old = generator.choice([step["name"] for step in steps if step["op"] == "parameter"])
        new = generator.choice("WXYZ") if len(old) == 1 else "long_name"
        for step in steps + data["flow"]["metric"]["program"]["instructions"]:
            if step.get("name") == old:
                step["name"] = new
        data["flow"]["decay"] = [[new if name == old else name, rate]
                                 for name, rate in data["flow"]["decay"]]
        data["variables"] = [name.replace(old, new, 1) for name in data["variables"]]
