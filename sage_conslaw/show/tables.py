r"""
What the tables and sections of a report hold, whatever they are set in

Nothing is computed but sums of times.
"""
#: Columns of words; all others are numbers and are set flush right.
WORDS = ("sizes", "bias", "damping", "experiment", "variant", "proved", "verdict",
         "what", "value")


def alignments(header: list[str]) -> list[str]:
    r"""
    Return how the columns of a table are set, by their titles.

    EXAMPLES::

        sage: from sage_conslaw.show.tables import alignments
        sage: alignments(["sizes", "D"])
        ['left', 'right']
    """
    return ["left" if title in WORDS else "right" for title in header]


def verdict(passed):
    r"""
    Return the verdict on claims in words.

    EXAMPLES::

        sage: from sage_conslaw.show.tables import verdict
        sage: verdict(True), verdict(False)
        ('confirmed', 'FAILED')
    """
    return "confirmed" if passed else "FAILED"


def case_table(results, seconds):
    r"""
    Return the header and the rows of the table of cases of one section.

    INPUT:

    - ``results`` -- list of :class:`~sage_conslaw.papers.results.ExperimentResult` of one
      name and variant

    - ``seconds`` -- boolean; whether to show the times
    """
    # The experiments of one name and variant have the same sizes case by case: a row
    # is a size, and numbers that differ by damping stand side by side.
    cases = [[result.cases[k] for result in results] for k in range(len(results[0].cases))]
    columns = [("sizes", lambda row: str(row[0].case.dims))]
    if any(row[0].case.bias is not None for row in cases):
        columns.append(("bias", lambda row: "yes" if row[0].case.bias else "no"))
    if len({row[0].case.damping for row in cases}) > 1:
        columns.append(("damping", lambda row: row[0].case.damping))
    if any(row[0].case.draw is not None for row in cases):
        columns.append(("draw", lambda row: row[0].case.draw))
    columns.append(("D", lambda row: _joined(each.variables for each in row)))
    for title, name in (("dim Lie", "lie_dimension"), ("laws", "laws"),
                        ("polynomial laws", "polynomial_laws"), ("known laws", "known_laws")):
        if all(getattr(each, name) is not None for row in cases for each in row):
            columns.append((title, lambda row, name=name: _joined(getattr(each, name)
                                                                  for each in row)))
    columns.append(("proved", lambda row: _joined("yes" if each.proved else "no"
                                                  for each in row)))
    if seconds:
        columns.append(("seconds", lambda row: f"{sum(each.seconds for each in row):.3f}"))
    return [title for title, _ in columns], [[entry(row) for _, entry in columns]
                                             for row in cases]


def _joined(values):
    values = [str(value) for value in values]
    return values[0] if len(set(values)) == 1 else ", ".join(values)


def _groups(results):
    groups = {}
    for result in results:
        groups.setdefault(result.experiment.variant, []).append(result)
    return list(groups.values())


def section(results, table, seconds):
    r"""
    Return the paragraphs of one section as a list of strings.

    INPUT:

    - ``results`` -- list of :class:`~sage_conslaw.papers.results.ExperimentResult` of one name

    - ``table`` -- function of a header and rows that sets a table

    - ``seconds`` -- boolean; whether to show the times
    """
    paragraphs = []
    for group in _groups(results):
        first = group[0].experiment
        heading = f"As {first.variant}, {len(first.cases)} cases"
        if len(group) > 1:
            dampings = ", ".join(str(each.experiment.damping) for each in group)
            heading += f", each under damping {dampings}: " + (
                "equal numbers" if _all_equal(group) else "the numbers in this order")
        elif first.damping is not None:
            heading += f", damping {first.damping}"
        paragraphs.append(heading)
        paragraphs.append("\n".join(
            f"- {verdict(all(each.holds(claim) for each in group))}: {claim.text}"
            for claim in first.claims))
        paragraphs += [f"FAILED: {line}" for each in group for line in each.failures]
        paragraphs.append(table(*case_table(group, seconds)))
    return paragraphs


def _all_equal(group):
    def numbers(result):
        return [(each.variables, each.lie_dimension, each.laws, each.polynomial_laws, each.proved)
                for each in result.cases]
    return all(numbers(result) == numbers(group[0]) for result in group)


def heading(results):
    r"""
    Return the heading of one section.
    """
    first = results[0].experiment
    return f"{first.part} {first.title}".strip()


def summary_table(reproduction, seconds):
    r"""
    Return the header and the rows of the table of all experiments.
    """
    header = ["experiment", "variant", "damping", "cases", "number proved", "largest D",
              "most laws"]
    header += ["seconds"] * seconds + ["verdict"]
    rows = []
    for each in reproduction.experiments:
        row = [each.experiment.name, each.experiment.variant, _dampings(each), len(each.cases),
               sum(result.proved for result in each.cases),
               max(result.variables for result in each.cases),
               max(result.laws for result in each.cases)]
        row += [f"{each.seconds:.2f}"] * seconds + [verdict(each.passed)]
        rows.append(row)
    return header, rows


def _dampings(result):
    values = dict.fromkeys(each.case.damping or "-" for each in result.cases)
    return ", ".join(values)


def one_line(reproduction):
    r"""
    Return the outcome in one line, without times.

    EXAMPLES::

        sage: from sage_conslaw.papers import reproduce
        sage: from sage_conslaw.show.tables import one_line
        sage: one_line(reproduce("icml2024", "published", only="icnn_gradient"))
        'icml2024: 1 experiment, 20 cases, all proved: every claim holds'
    """
    number = len(reproduction.experiments)
    failed = len(reproduction.failures)
    return (f"{reproduction.paper}: {number} experiment{'s' * (number != 1)}, "
            f"{reproduction.number_of_cases} cases, {_proved(reproduction)}: "
            + ("every claim holds" if reproduction.passed else
               f"{failed} claim{'s' * (failed != 1)} FAILED"))


def _proved(reproduction):
    number = reproduction.number_of_proved
    return ("all proved" if number == reproduction.number_of_cases else
            f"{number} of them proved")
