r"""
Results in Markdown, for notebooks and files
"""
from tabulate import tabulate

from sage_conslaw.show.tables import alignments, heading, one_line, section, summary_table


def markdown_table(header, rows):
    r"""
    Return a table in Markdown.

    INPUT: as in :func:`~sage_conslaw.show.text.text_table`

    EXAMPLES::

        sage: from sage_conslaw.show.markdown import markdown_table
        sage: print(markdown_table(["bias", "D"], [["yes", 9]]))
        | bias   |   D |
        |:-------|----:|
        | yes    |   9 |
    """
    return tabulate(rows, header, tablefmt="pipe", colalign=alignments(header),
                    disable_numparse=True)


def section_markdown(results, seconds=False):
    r"""
    Return one section in Markdown.

    INPUT:

    - ``results`` -- as in :func:`~sage_conslaw.show.text.section_text`

    - ``seconds`` -- boolean (default: ``False``); whether to show the times

    OUTPUT: a string
    """
    return "\n\n".join([f"**{heading(results)}**"]
                       + section(results, markdown_table, seconds))


def tables_markdown(reproduction):
    r"""
    Return the tables in Markdown, without times, as a notebook shows them.

    INPUT: as in :func:`~sage_conslaw.show.text.text`; of several sections there is only the summary
    """
    sections = reproduction.sections()
    if len(sections) == 1:
        return section_markdown(sections[0])
    return markdown_table(*summary_table(reproduction, seconds=False))


def markdown(reproduction):
    r"""
    Return the whole report in Markdown.

    INPUT: as in :func:`~sage_conslaw.show.text.text`

    OUTPUT: a string that ends in a newline
    """
    environment = [[name, value] for name, value in reproduction.environment.items()]
    parts = [f"# {reproduction.paper}: replayed in exact arithmetic", reproduction.reference,
             f"**{one_line(reproduction)}**",
             markdown_table(*summary_table(reproduction, seconds=True))]
    for results in reproduction.sections():
        parts.append(f"## {heading(results)}")
        parts += section(results, markdown_table, seconds=True)
    parts += ["## Environment", markdown_table(["what", "value"], environment),
              f"Wall time without Sage's start: {reproduction.seconds:.1f} s."]
    return "\n\n".join(parts) + "\n"
