r"""
Pictures of results

Matplotlib is loaded when a picture is drawn, and drawn on without ``pyplot``:
no window is opened, and no setting of the session is changed.

EXAMPLES::

    sage: from sage_conslaw.papers import reproduce
    sage: reproduce("icml2024", "published", only="icnn_gradient").picture()
    picture of 1 experiment: icnn_gradient
"""
from collections import Counter
import io
import os

from sage_conslaw.system.files import write_whole

# Okabe and Ito's colours, which also the colour-blind tell apart; the markers
# differ too, so that the picture can be read in grey.
_STYLES = (("#0072B2", "o"), ("#D55E00", "s"), ("#009E73", "^"), ("#CC79A7", "v"),
           ("#E69F00", "D"), ("#000000", "X"), ("#56B4E9", "P"), ("#7F7F7F", "p"))


#: Up to so many laws, each number of laws has a band of its own.
MAX_BANDS = 12


class Picture:
    r"""
    Hold a picture that a notebook shows and that can be saved.

    INPUT:

    - ``figure`` -- a Matplotlib figure

    - ``caption`` -- string; the picture in words
    """

    def __init__(self, figure, caption):
        self.figure = figure
        self.caption = caption

    def to_bytes(self, kind="png"):
        r"""
        Return the picture as a file's content.

        INPUT:

        - ``kind`` -- ``"png"`` (default), ``"pdf"`` or ``"svg"``

        OUTPUT: bytes

        EXAMPLES::

            sage: from sage_conslaw.papers import reproduce
            sage: picture = reproduce("icml2024", "published", only="icnn_gradient").picture()
            sage: picture.to_bytes()[1:4]
            b'PNG'

        TESTS::

            sage: picture.to_bytes("jpeg2000")
            Traceback (most recent call last):
            ...
            ValueError: kind: got 'jpeg2000', expected one of png, pdf, svg
        """
        # Without the date and the version of Matplotlib equal pictures are equal files.
        metadata = {"png": {"Software": None}, "pdf": {"CreationDate": None},
                    "svg": {"Date": None}}
        if kind not in metadata:
            raise ValueError(f"kind: got {kind!r}, expected one of {', '.join(metadata)}")
        content = io.BytesIO()
        self.figure.savefig(content, format=kind, metadata=metadata[kind])
        return content.getvalue()

    def save(self, path):
        r"""
        Write the picture to a file whose name tells the format.

        INPUT:

        - ``path`` -- path that ends in ``.png``, ``.pdf`` or ``.svg``

        EXAMPLES::

            sage: import os, tempfile
            sage: from sage_conslaw.papers import reproduce
            sage: picture = reproduce("icml2024", "published", only="icnn_gradient").picture()
            sage: with tempfile.TemporaryDirectory() as directory:
            ....:     picture.save(os.path.join(directory, "laws.png"))
            ....:     os.listdir(directory)
            ['laws.png']
        """
        content = self.to_bytes(os.path.splitext(os.fspath(path))[1].lstrip(".").lower())
        write_whole({os.fspath(path): content})

    def __repr__(self):
        return self.caption

    def _repr_png_(self):
        return self.to_bytes()


def picture(reproduction):
    r"""
    Draw the laws and the time of each case against the number of variables.

    INPUT:

    - ``reproduction`` -- a
      :class:`~sage_conslaw.papers.results.Reproduction`

    OUTPUT:

    A :class:`Picture`, with the published experiments if there are any, and with
    the intended ones otherwise.  Cases that fall on one point are one larger mark.

    EXAMPLES::

        sage: from sage_conslaw.papers import reproduce
        sage: from sage_conslaw.show.pictures import picture
        sage: picture(reproduce("icml2024", "intended", only="relu_momentum"))
        picture of 3 experiments: relu_momentum (intended, damping 0),
        relu_momentum (intended, damping 1), relu_momentum (intended, damping 3/t)
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

    chosen = [each for each in reproduction.experiments
              if each.experiment.variant == "published"]
    labels = [each.experiment.name for each in chosen]
    if not chosen:
        chosen = list(reproduction.experiments)
        labels = [each.experiment.label for each in chosen]
    most = max(each.laws for result in chosen for each in result.cases)
    bands = most <= MAX_BANDS
    figure = Figure(figsize=(11, 5), dpi=110)
    FigureCanvasAgg(figure)
    laws, times = figure.subplots(1, 2)
    handles = []
    for position, (result, label) in enumerate(zip(chosen, labels)):
        color, marker = _STYLES[position % len(_STYLES)]
        style = {"color": color, "marker": marker, "alpha": 0.8, "edgecolors": "white",
                 "linewidths": 0.5}
        # Equal numbers of different experiments would hide each other.
        shift = 0.8 * ((position + 0.5) / len(chosen) - 0.5) if bands else 0
        points = Counter((each.variables, each.laws) for each in result.cases)
        laws.scatter([x for x, _ in points], [y - shift for _, y in points],
                     s=[min(32 + 20 * (n - 1), 152) for n in points.values()], **style)
        handles.append(times.scatter([each.variables for each in result.cases],
                                     [each.seconds for each in result.cases], s=32,
                                     label=label, **style))
    if bands:
        laws.set_ylim(-0.5, most + 0.5)
        laws.set_yticks(range(most + 1))
        laws.tick_params(axis="y", length=0)
        for level in range(0, most + 1, 2):
            laws.axhspan(level - 0.5, level + 0.5, color="0.94", linewidth=0, zorder=0)
        laws.set_ylabel("number of conservation laws (one band each)")
    else:
        laws.grid(True, color="0.88", linewidth=0.8)
        laws.set_axisbelow(True)
        laws.set_ylabel("number of conservation laws")
    laws.set_title("Conservation laws of each case")
    times.set_yscale("log")
    # plain numbers, enough of them also where all times are within two powers of ten
    times.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    times.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    times.yaxis.set_minor_locator(NullLocator())
    times.grid(True, which="major", color="0.88", linewidth=0.8)
    times.set_axisbelow(True)
    times.set_ylabel("time of the case [s]")
    times.set_title("Time of each case")
    for axes in (laws, times):
        axes.set_xlabel("number of variables $D$ of the state")
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    columns = min(6 if len(chosen) <= 6 and max(map(len, labels)) < 20 else 3, len(chosen))
    rows = -(-len(chosen) // columns)
    figure.subplots_adjust(left=0.055, right=0.985, top=0.93, bottom=0.13 + 0.045 * rows,
                           wspace=0.16)
    figure.legend(handles=handles, loc="lower center", ncol=columns, frameon=False)
    number = len(chosen)
    return Picture(figure, f"picture of {number} experiment{'s' * (number != 1)}: "
                           f"{', '.join(labels)}")
