r"""
Results as plain text, for a terminal

EXAMPLES::

    sage: from sage_conslaw.show.text import text_table
    sage: print(text_table(["sizes", "laws"], [["(2, 2)", 1], ["(3, 2, 2)", 12]]))
    sizes        laws
    ---------  ------
    (2, 2)          1
    (3, 2, 2)      12
"""
from tabulate import tabulate

from sage_conslaw.show.tables import alignments, heading, one_line, section, summary_table


def text_table(header, rows):
    r"""
    Return a table as plain text.

    INPUT:

    - ``header`` -- list of strings

    - ``rows`` -- list of lists, each as long as the header

    OUTPUT: a string without a newline at its end

    EXAMPLES::

        sage: from sage_conslaw.show.text import text_table
        sage: print(text_table(["bias", "D"], [["yes", 9], ["no", 101]]))
        bias      D
        ------  ---
        yes       9
        no      101
    """
    return tabulate(rows, header, tablefmt="simple", colalign=alignments(header),
                    disable_numparse=True)


def section_text(results):
    r"""
    Return one section as plain text.

    INPUT:

    - ``results`` -- list of
      :class:`~sage_conslaw.papers.results.ExperimentResult` of one name

    OUTPUT: a string
    """
    title = heading(results)
    return "\n\n".join([f"{title}\n{'=' * len(title)}"]
                       + section(results, text_table, seconds=True))


def text(reproduction, *notes):
    r"""
    Return all sections as plain text, with the summary and one last line.

    INPUT:

    - ``reproduction`` -- a
      :class:`~sage_conslaw.papers.results.Reproduction`

    - ``notes`` -- strings, set before the last line

    OUTPUT: a string
    """
    parts = [section_text(results) for results in reproduction.sections()]
    parts.append("Summary\n=======")
    parts.append(text_table(*summary_table(reproduction, seconds=True)))
    if reproduction.failures:
        parts.append("\n".join(f"FAILED: {line}" for line in reproduction.failures))
    parts += notes
    parts.append(f"{one_line(reproduction)} ({reproduction.seconds:.1f} s)")
    return "\n\n".join(parts)
