r"""
What a replay leaves in a directory: results and certificates that belong together

A run of a whole paper writes to the directory itself, a run of a part of it to a
directory of its own in there, so that neither takes the place of the other.

EXAMPLES::

    sage: import os, tempfile
    sage: from sage_conslaw.papers.records import replay_into
    sage: with tempfile.TemporaryDirectory() as output:
    ....:     record = replay_into(output, "icml2024", "published", "icnn_gradient")
    ....:     [os.path.relpath(path, output) for path in record.paths]
    ['only-published-icnn_gradient/icml2024.json', 'only-published-icnn_gradient/icml2024.md']
"""
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Optional

from sage_conslaw.papers.cases import Paper
from sage_conslaw.papers.certificates import file_names
from sage_conslaw.papers.results import Reproduction
from sage_conslaw.papers.runner import load_paper, reproduce
from sage_conslaw.show import report
from sage_conslaw.system.checks import bounded_list
from sage_conslaw.system.files import drafts_for, make_directory


@dataclass(frozen=True)
class Record:
    r"""
    Hold a reproduction with the files that it was written to.

    INPUT:

    - ``reproduction`` -- a :class:`~sage_conslaw.papers.results.Reproduction`

    - ``paths`` -- tuple of strings; the files of the results

    - ``certificates`` -- string; the directory of the certificates, ``None`` if none were asked for
    """
    reproduction: Reproduction
    paths: tuple[str, ...]
    certificates: Optional[str]


def name_of_part(paper: Paper, variant: str = "all", only: Optional[Iterable[str]] = None) -> str:
    r"""
    Return the name of the directory for a part of a paper, empty for the whole paper.

    INPUT: as for :meth:`~sage_conslaw.papers.cases.Paper.select`

    EXAMPLES::

        sage: from sage_conslaw.papers import load_paper
        sage: from sage_conslaw.papers.records import name_of_part
        sage: icml, neurips = load_paper("icml2024"), load_paper("neurips2023")
        sage: name_of_part(icml, "all", ["nmf_momentum", "nmf_gradient"])
        'only-nmf_gradient-nmf_momentum'
        sage: name_of_part(icml, "intended")
        'only-intended'
        sage: name_of_part(neurips, "published"), name_of_part(neurips, "all", neurips.names())
        ('', '')
    """
    chosen = paper.select(variant, only)
    if chosen == paper.experiments:
        return ""
    chosen_names = [name for name in paper.names() if any(each.name == name for each in chosen)]
    words = ["only"]
    if variant != "all":
        words.append(variant)
    if len(chosen_names) < len(paper.select(variant)) and only is not None:
        words += chosen_names
    return "-".join(words)


def replay_into(output: Any, paper: Any = "icml2024", variant: str = "all",
                only: Optional[Iterable[str]] = None, *, certificates: bool = False,
                picture: bool = False, **options: Any) -> Record:
    r"""
    Replay a paper, or a part of it, and write its results down.

    At any moment the results that are there and the certificates beside them are of one
    run: see :func:`~sage_conslaw.system.files.drafts_for`. What an earlier run wrote that
    this one was not asked for, as a picture, is removed.

    INPUT:

    - ``output`` -- path of a directory, made if it is not there

    - ``paper``, ``variant``, ``only`` -- as for :func:`~sage_conslaw.papers.reproduce`

    - ``certificates`` -- boolean (default: ``False``); whether to write a certificate for
      each case that is proved

    - ``picture`` -- boolean (default: ``False``); whether to write the picture too

    - ``options`` -- others of :func:`~sage_conslaw.papers.reproduce`: ``seed``,
      ``processes``, ``progress``

    OUTPUT: a :class:`Record`
    """
    paper = paper if isinstance(paper, Paper) else load_paper(paper)
    if not (only is None or isinstance(only, str)):
        # read once, and it may be without end
        only = bounded_list(only, "only", f"names among {', '.join(paper.names())}")
    directory = os.path.join(os.fspath(output), name_of_part(paper, variant, only))
    make_directory(directory, "output")
    results = [f"{paper.name}.{kind}" for kind in ("json", "md", "png")]
    proofs = os.path.join("certificates", paper.name)
    names = results + [os.path.join(proofs, name) for name in file_names(paper.experiments)]
    with drafts_for(directory, names) as drafts:
        reproduction = reproduce(
            paper, variant, only,
            certificates=os.path.join(drafts, proofs) if certificates else None, **options)
        report.write_files(reproduction, drafts)
        if picture:
            reproduction.picture().save(os.path.join(drafts, results[-1]))
    paths = tuple(os.path.join(directory, name) for name in results[:2 + picture])
    return Record(reproduction, paths, os.path.join(directory, proofs) if certificates else None)
