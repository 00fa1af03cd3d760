r"""
What a certificate proves, in words
"""

#: Names that are listed before the others are counted.
MAX_NAMES = 8


class Report:
    r"""
    A theorem that a certificate proved.

    Its ``repr`` is one sentence; printed, it says how each part was proved.

    ATTRIBUTES:

    - ``number_of_variables``, ``lie_dimension``, ``number_of_laws`` -- the numbers
      `D = r + L`, `r` and `L`
    - ``number_of_fields`` -- how many fields there are
    - ``model`` -- what the fields are, in words; ``None`` if the certificate names no model
    - ``prime`` -- the prime of the two ranks
    - ``longest_word`` -- the number of fields in the longest bracket, 0 if there is none

    EXAMPLES::

        sage: from sage_conslaw import VectorFields
        sage: from sage_conslaw.certificate import build_certificate, check_certificate
        sage: R.<x, y> = ZZ[]
        sage: report = check_certificate(build_certificate(
        ....:     VectorFields([[y, -x]]), 101, [1, 2], [[0]], [x^2 + y^2]))
        sage: report.number_of_laws, report.lie_dimension, report.model
        (1, 1, None)
        sage: print(report)
        Proved: around a generic point the fields of the certificate have exactly 1 independent
        conservation law, of which every law is a function.
          The certificate names no model: this is about its 1 field in 2 variables.
          Over the rationals every field annihilates its 1 law identically.
          Modulo 101 the gradients of its laws have rank 1 at its point.
          Modulo 101 the values of its 1 bracket of up to 1 field have rank 1 at its point.
          As 1 + 1 = 2, there is no further law, and the Lie algebra of the fields has
          dimension 1 around a generic point.
    """
    def __init__(self, certificate):
        self.number_of_variables = len(certificate.variables)
        self.lie_dimension = certificate.lie_dimension
        self.number_of_laws = len(certificate.laws)
        self.number_of_fields = len(certificate.fields)
        self.model = None if certificate.model is None else described(certificate.model)
        self.prime = certificate.prime
        self.longest_word = max(map(len, certificate.words), default=0)

    def __repr__(self):
        subject = f"{self.model} has" if self.model else "the fields of the certificate have"
        laws = "no conservation law but constants"
        if self.number_of_laws:
            laws = (f"exactly {_count(self.number_of_laws, 'independent conservation law')}, of "
                    "which every law is a function")
        return f"Proved: around a generic point {subject} {laws}."

    def _subject_lines(self):
        # what the theorem is about
        about = (f"{_count(self.number_of_fields, 'field')} in "
                 f"{_count(self.number_of_variables, 'variable')}")
        if self.model is None:
            return [f"The certificate names no model: this is about its {about}."]
        return [f"Its {about} are those of the model and flow, built again from their formulas."]

    def _trace_line(self):
        r = self.lie_dimension
        return (f"Modulo {self.prime} the values of its {_count(r, 'bracket')} of up to "
                f"{_count(self.longest_word, 'field')} have rank {r} at its point.")

    def __str__(self):
        r, laws, size = self.lie_dimension, self.number_of_laws, self.number_of_variables
        lines = [repr(self)] + self._subject_lines()
        if laws:
            lines += [f"Over the rationals every field annihilates its {_count(laws, 'law')} "
                      "identically.",
                      f"Modulo {self.prime} the gradients of its laws have rank {laws} at its "
                      "point."]
        if r:
            lines.append(self._trace_line())
        lines.append(f"As {r} + {laws} = {size}, there is no further law, and the Lie algebra of "
                     f"the fields has dimension {r} around a generic point.")
        return "\n  ".join(lines)


class FlowReport(Report):
    r"""
    A theorem that a certificate of version 2 proved.

    ATTRIBUTES: those of a :class:`Report`, and

    - ``hypotheses`` -- tuple of texts: what the program needs to be assumed of its controls,
      and then what the file assumes besides
    - ``highest_order`` -- the highest order of a vector along a trajectory, ``None`` if the file
      has words; ``longest_word`` is ``None`` otherwise
    - ``number_of_fields`` -- ``None`` if the fields were not expanded
    """
    def __init__(self, certificate):
        flow, program = certificate.flow, certificate.program
        self.number_of_variables = len(certificate.variables)
        self.lie_dimension = certificate.lie_dimension
        self.number_of_laws = len(certificate.laws)
        self.number_of_fields = None if certificate.fields is None else len(certificate.fields)
        self.prime = certificate.prime
        self.model = described_flow(flow)
        self.hypotheses = tuple(certificate.hypotheses)
        self.longest_word = self.highest_order = None
        if certificate.trajectory is None:
            self.longest_word = max(map(len, certificate.words), default=0)
        else:
            self.highest_order = certificate.trajectory.order
        controls = [program.instructions[k] for k in program.having("control")]
        self._program = (
            f"{_count(len(program.instructions), 'instruction')}, of the parameters "
            f"{_listed(f'{name} {shape}' for name, shape in flow.blocks)}, with the free arrays "
            + (_listed(f"{step.name} {step.shape} ({step.role})" for step in controls) or "none"))
        self._state = _state(flow)
        self._further = tuple(certificate.further)

    def _subject_lines(self):
        lines = [f"The network is the program in the certificate: {self._program}."]
        if self._state:
            lines.append(f"The state is {self._state}.")
        lines += [f"It is supposed that {text}." for text in self.hypotheses]
        lines += [f"The certificate supposes besides: {text!r}." for text in self._further]
        if self.number_of_fields is not None:
            lines.append(f"Its {_count(self.number_of_fields, 'field')} in "
                         f"{_count(self.number_of_variables, 'variable')} were expanded from its "
                         "programs.")
        return lines

    def _trace_line(self):
        if self.highest_order is None:
            return super()._trace_line()
        r = self.lie_dimension
        return (f"Modulo {self.prime} its {_count(r, 'vector')} of orders up to "
                f"{self.highest_order} along its trajectory, computed from its programs, "
                f"{'has' if r == 1 else 'have'} rank {r} at its point.")


def described(model):
    r"""
    Return a model and its flow in words.
    """
    widths = ", ".join(map(str, model.widths))
    arguments = widths if model.architecture in ("NMF", "ICNN") else f"[{widths}]"
    if model.bias is not None:
        arguments += f", bias={model.bias}"
    if model.flow == "GradientFlow":
        flow = "the gradient flow"
    else:
        flow = f"the momentum flow with damping {model.damping}"
    geometry = f"mirror geometry on {', '.join(model.mirror)}" if model.mirror else (
        "Euclidean geometry")
    return f"{flow} of {model.architecture}({arguments}), {geometry},"


def described_flow(flow):
    r"""
    Return a flow of a program in words.
    """
    text = "the gradient flow"
    if flow.momentum:
        text = f"the momentum flow with damping {flow.damping}"
    rates = [f"{above if below == 1 else f'{above}/{below}'} on {name}"
             for name, (above, below) in flow.decay.items()]
    if rates:
        text += f"{' and' if flow.momentum else ' with'} decay {_listed(rates)}"
    metrics = {}
    for name, _ in flow.blocks:
        metrics.setdefault(flow.metric_of(name), []).append(name)
    geometry = "Euclidean geometry"
    if "other" in metrics or "mirror" in metrics:
        geometry = " and ".join(
            f"{kind} on {_listed(metrics[key])}" for key, kind in
            (("mirror", "mirror geometry"), ("other", "the metric of the certificate"))
            if key in metrics)
    return (f"{text} of the network in the certificate, with parameters "
            f"{_listed(name for name, _ in flow.blocks)} and {geometry},")


def _state(flow):
    # which variables there are besides the parameters
    time = flow.names[0]
    if flow.momentum and flow.root > 1:
        time = f"{time} with t = {time}^{flow.root}"
    elif flow.momentum and flow.rate[0] and not flow.inverse_time:
        time = f"{time} = exp({flow.damping} t)"
    elif not flow.momentum and flow.decay:
        above, below = flow.measure
        time = f"{time} = exp({above if below == 1 else f'{above}/{below}'} t)"
    elif not flow.momentum:
        return ""
    else:
        time = f"the time {time}"
    return f"{time}, the parameters{' and their velocities' if flow.momentum else ''}"


def _listed(texts):
    texts = list(texts)
    if len(texts) > MAX_NAMES:
        texts[MAX_NAMES - 1:] = [f"{len(texts) - MAX_NAMES + 1} more"]
    return ", ".join(texts)


def _count(number, noun):
    return f"{number} {noun}{'' if number == 1 else 's'}"
