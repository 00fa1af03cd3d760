r"""
Tables and files of results

Everything here takes a :class:`~sage_conslaw.experiments.results.Reproduction`
and shows it: as text on a terminal, as Markdown, as JSON.  Nothing is computed
but sums of times.  Pictures are in :mod:`sage_conslaw.pictures`.

EXAMPLES::

    sage: from sage_conslaw.report import text_table
    sage: print(text_table(["sizes", "laws"], [["(2, 2)", 1], ["(3, 2, 2)", 12]]))
    sizes      laws
    ---------  ----
    (2, 2)        1
    (3, 2, 2)    12
"""
import json
import os

#: Columns of words; all others are numbers and are set flush right.
_WORDS = ("sizes", "bias", "damping", "experiment", "variant", "proved", "verdict")


# ----------------------------------------------------------------------------
# Tables

def text_table(header, rows):
    r"""
    Return a table as plain text.

    INPUT:

    - ``header`` -- list of strings

    - ``rows`` -- list of lists, each as long as the header

    OUTPUT: a string without a newline at its end

    EXAMPLES::

        sage: from sage_conslaw.report import text_table
        sage: print(text_table(["bias", "D"], [["yes", 9], ["no", 101]]))
        bias    D
        ----  ---
        yes     9
        no    101
    """
    rows = [[str(entry) for entry in row] for row in rows]
    widths = [max(len(row[k]) for row in [header] + rows) for k in range(len(header))]
    lines = [header, ["-" * width for width in widths]] + rows
    return "\n".join(
        "  ".join(entry.ljust(width) if title in _WORDS else entry.rjust(width)
                  for title, entry, width in zip(header, line, widths)).rstrip()
        for line in lines)


def markdown_table(header, rows):
    r"""
    Return a table in Markdown.

    INPUT: as in :func:`text_table`

    EXAMPLES::

        sage: from sage_conslaw.report import markdown_table
        sage: print(markdown_table(["bias", "D"], [["yes", 9]]))
        | bias | D |
        | :--- | ---: |
        | yes | 9 |
    """
    marks = [":---" if title in _WORDS else "---:" for title in header]
    return "\n".join("| " + " | ".join(str(entry) for entry in line) + " |"
                     for line in [header, marks] + rows)


def verdict(passed):
    r"""
    Return the verdict on claims in words.

    EXAMPLES::

        sage: from sage_conslaw.report import verdict
        sage: verdict(True), verdict(False)
        ('confirmed', 'FAILED')
    """
    return "confirmed" if passed else "FAILED"


def _case_table(results, seconds):
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


def _section(results, table, seconds):
    # the paragraphs of one section; ``table`` sets its tables
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
        paragraphs.append(table(*_case_table(group, seconds)))
    return paragraphs


def _all_equal(group):
    def numbers(result):
        return [(each.variables, each.lie_dimension, each.laws, each.polynomial_laws, each.proved)
                for each in result.cases]
    return all(numbers(result) == numbers(group[0]) for result in group)


def _heading(results):
    first = results[0].experiment
    return f"{first.part} {first.title}".strip()


def section_text(results):
    r"""
    Return one section as plain text.

    INPUT:

    - ``results`` -- list of
      :class:`~sage_conslaw.experiments.results.ExperimentResult` of one name

    OUTPUT: a string
    """
    heading = _heading(results)
    return "\n\n".join([f"{heading}\n{'=' * len(heading)}"]
                       + _section(results, text_table, seconds=True))


def section_markdown(results, seconds=False):
    r"""
    Return one section in Markdown.

    INPUT:

    - ``results`` -- as in :func:`section_text`

    - ``seconds`` -- boolean (default: ``False``); whether to show the times

    OUTPUT: a string
    """
    return "\n\n".join([f"**{_heading(results)}**"]
                       + _section(results, markdown_table, seconds))


def _summary_table(reproduction, seconds):
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

        sage: from sage_conslaw.experiments import reproduce
        sage: from sage_conslaw.report import one_line
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


def text(reproduction, *notes):
    r"""
    Return all sections as plain text, with the summary and one last line.

    INPUT:

    - ``reproduction`` -- a
      :class:`~sage_conslaw.experiments.results.Reproduction`

    - ``notes`` -- strings, set before the last line

    OUTPUT: a string
    """
    parts = [section_text(results) for results in reproduction.sections()]
    parts.append("Summary\n=======")
    parts.append(text_table(*_summary_table(reproduction, seconds=True)))
    if reproduction.failures:
        parts.append("\n".join(f"FAILED: {line}" for line in reproduction.failures))
    parts += notes
    parts.append(f"{one_line(reproduction)} ({reproduction.seconds:.1f} s)")
    return "\n\n".join(parts)


def tables_markdown(reproduction):
    r"""
    Return the tables in Markdown, without times, as a notebook shows them.

    INPUT: as in :func:`text`; of several sections there is only the summary
    """
    sections = reproduction.sections()
    if len(sections) == 1:
        return section_markdown(sections[0])
    return markdown_table(*_summary_table(reproduction, seconds=False))


# ----------------------------------------------------------------------------
# Files

def markdown(reproduction):
    r"""
    Return the whole report in Markdown.

    INPUT: as in :func:`text`

    OUTPUT: a string that ends in a newline
    """
    environment = [[name, value] for name, value in reproduction.environment.items()]
    parts = [f"# {reproduction.paper}: replayed in exact arithmetic", reproduction.reference,
             f"**{one_line(reproduction)}**",
             markdown_table(*_summary_table(reproduction, seconds=True))]
    for results in reproduction.sections():
        parts.append(f"## {_heading(results)}")
        parts += _section(results, markdown_table, seconds=True)
    parts += ["## Environment", markdown_table(["what", "value"], environment),
              f"Wall time without Sage's start: {reproduction.seconds:.1f} s."]
    return "\n\n".join(parts) + "\n"


def to_json(value, indent=0):
    r"""
    Return a value as JSON with what fits on one line on one line.

    INPUT:

    - ``value`` -- dictionaries, lists, strings, numbers, booleans, ``None``

    EXAMPLES::

        sage: from sage_conslaw.report import to_json
        sage: print(to_json({"dims": [int(2), int(3)], "bias": None}))
        {"dims": [2, 3], "bias": null}
    """
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, (dict, list)) or not value or indent + len(line) <= 200:
        return line
    if isinstance(value, dict):
        entries = [f"{json.dumps(key, ensure_ascii=False)}: {to_json(entry, indent + 1)}"
                   for key, entry in value.items()]
        opening, closing = "{}"
    else:
        entries = [to_json(entry, indent + 1) for entry in value]
        opening, closing = "[]"
    pad = "\n" + " " * (indent + 1)
    return opening + pad + ("," + pad).join(entries) + "\n" + " " * indent + closing


def write_files(reproduction, directory):
    r"""
    Write the results as JSON and as Markdown.

    Each file is written under another name and renamed when it is complete, so
    that an interrupt leaves an older file as it was.

    INPUT:

    - ``reproduction`` -- a
      :class:`~sage_conslaw.experiments.results.Reproduction`

    - ``directory`` -- path; created if it is not there

    OUTPUT: the list of the paths written

    EXAMPLES::

        sage: import os, tempfile
        sage: from sage_conslaw.experiments import reproduce
        sage: from sage_conslaw.report import write_files
        sage: result = reproduce("icml2024", "published", only="icnn_gradient")
        sage: with tempfile.TemporaryDirectory() as directory:
        ....:     [os.path.basename(path) for path in write_files(result, directory)]
        ['icml2024.json', 'icml2024.md']
    """
    os.makedirs(directory, exist_ok=True)
    return write_whole({
        os.path.join(directory, f"{reproduction.paper}.json"):
            (to_json(reproduction.to_dict()) + "\n").encode(),
        os.path.join(directory, f"{reproduction.paper}.md"): markdown(reproduction).encode()})


def write_whole(contents):
    r"""
    Write files so that each is old or new, never in part.

    INPUT:

    - ``contents`` -- dictionary of paths and bytes

    OUTPUT: the list of the paths

    EXAMPLES::

        sage: import os, tempfile
        sage: from sage_conslaw.report import write_whole
        sage: with tempfile.TemporaryDirectory() as directory:
        ....:     path = os.path.join(directory, "a.txt")
        ....:     _ = write_whole({path: b"one"})
        ....:     os.listdir(directory)
        ['a.txt']
    """
    drafts = {path: f"{path}.{os.getpid()}.part" for path in contents}
    try:
        for path, draft in drafts.items():
            with open(draft, "wb") as file:
                file.write(contents[path])
                file.flush()
                os.fsync(file.fileno())
        for path, draft in drafts.items():
            os.replace(draft, path)
    finally:
        for draft in drafts.values():
            if os.path.exists(draft):
                os.remove(draft)
    return list(contents)
