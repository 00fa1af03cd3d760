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
    Draw the laws of each case against its size, and its time against the number of variables.

    INPUT:

    - ``reproduction`` -- a
      :class:`~sage_conslaw.papers.results.Reproduction`

    OUTPUT:

    A :class:`Picture`, with the published experiments if there are any, and with
    the intended ones otherwise. Each experiment has a panel of its own, with the closed
    form of the number of laws where one is known. Cases that fall on one point are one
    larger mark.

    EXAMPLES::

        sage: from sage_conslaw.papers import reproduce
        sage: from sage_conslaw.show.pictures import picture
        sage: picture(reproduce("icml2024", "intended", only="relu_momentum"))
        picture of 3 experiments: relu_momentum (intended, damping 0),
        relu_momentum (intended, damping 1), relu_momentum (intended, damping 3/t)
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    chosen = [each for each in reproduction.experiments
              if each.experiment.variant == "published"]
    labels = [each.experiment.name for each in chosen]
    if not chosen:
        chosen = list(reproduction.experiments)
        labels = [each.experiment.label for each in chosen]
    columns = 1 if len(chosen) == 1 else 2 if len(chosen) in (2, 4) else 3
    rows = -(-len(chosen) // columns)
    figure = Figure(figsize=(12.5, max(5, 0.6 + 2.5 * rows)), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subfigures(1, 2, width_ratios=[3, 2], wspace=0.03)
    panels = left.subplots(rows, columns, squeeze=False)
    left.supylabel("conservation laws", fontsize="medium")
    times = right.subplots()
    for position, (result, label, axes) in enumerate(zip(chosen, labels, panels.flat)):
        color, marker = _STYLES[position % len(_STYLES)]
        style = {"color": color, "marker": marker, "edgecolors": "white", "linewidths": 0.5,
                 "zorder": 3}
        _draw_laws(axes, result, label, style)
        times.scatter([each.variables for each in result.cases],
                      [each.seconds for each in result.cases], s=32, label=label, alpha=0.8,
                      **style)
    for axes in panels.flat[len(chosen):]:
        axes.set_visible(False)
    if len(chosen) > 1:
        times.legend(frameon=False, fontsize="small")
    _label_times(times)
    number = len(chosen)
    return Picture(figure, f"picture of {number} experiment{'s' * (number != 1)}: "
                           f"{', '.join(labels)}")


def _draw_laws(axes, result, label, style):
    # the laws that were counted, over those of the closed form
    from matplotlib.ticker import MaxNLocator

    experiment = result.experiment
    sizes = [experiment.size.value(each.case) for each in result.cases]
    if experiment.closed_form is not None:
        form = sorted({(size, experiment.closed_form.value(each.case))
                       for size, each in zip(sizes, result.cases)})
        # a line, where the size alone tells the number; wider than any mark in any case
        line = {"color": "0.35", "linewidth": 1.2, "zorder": 2,
                "label": f"closed form: {experiment.closed_form.text}"}
        if len(dict(form)) == len(form) > 1:
            axes.plot(*zip(*form), **line)
        else:
            axes.plot(*zip(*form), linestyle="none", marker="_", markersize=17,
                      markeredgewidth=1.5, **line)
        axes.legend(loc="upper left", frameon=False, fontsize="small", borderaxespad=0.1)
    points = Counter(zip(sizes, (each.laws for each in result.cases)))
    axes.scatter(*zip(*points), s=[min(28 + 16 * (n - 1), 124) for n in points.values()], **style)
    axes.set_title(label.replace(" (", "\n("), fontsize="medium", color=style["color"])
    axes.margins(x=0.1)
    axes.set_xlabel(experiment.size.text, fontsize="small")
    most = max(max(each.laws for each in result.cases), 3)
    axes.set_ylim(-0.06 * most, 1.22 * most)  # with room for the legend
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
    axes.grid(True, color="0.9", linewidth=0.8)
    axes.tick_params(labelsize="small")
    _open(axes)


def _label_times(axes):
    from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

    axes.set_yscale("log")
    # plain numbers, enough of them also where all times are within two powers of ten
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.grid(True, which="major", color="0.9", linewidth=0.8)
    axes.set_ylabel("time of the case [s]")
    axes.set_xlabel("number of variables $D$ of the state")
    _open(axes)


def _open(axes):
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
