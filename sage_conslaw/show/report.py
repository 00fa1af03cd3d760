r"""
The files of a report
"""
import os

from sage_conslaw.show.json import to_json
from sage_conslaw.show.markdown import markdown
from sage_conslaw.system.files import write_whole


def write_files(reproduction, directory):
    r"""
    Write the results as JSON and as Markdown.

    INPUT:

    - ``reproduction`` -- a
      :class:`~sage_conslaw.papers.results.Reproduction`

    - ``directory`` -- path; created if it is not there

    OUTPUT: the list of the paths written

    EXAMPLES::

        sage: import os, tempfile
        sage: from sage_conslaw.papers import reproduce
        sage: from sage_conslaw.show.report import write_files
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
