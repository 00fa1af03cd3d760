"""Tables, files and pictures of results."""

import dataclasses
import json
import os

import pytest

from sage_conslaw.papers import load_paper, reproduce
from sage_conslaw.papers.cases import NO_LAWS, Paper
from sage_conslaw.papers.icml2024 import laws_of_linear_momentum
from sage_conslaw.show.json import to_json
from sage_conslaw.show.markdown import markdown, markdown_table
from sage_conslaw.show.report import write_files
from sage_conslaw.show.text import section_text, text_table


def small(name, **changes):
    paper = load_paper("icml2024")
    return Paper(paper.name, paper.reference, tuple(
        dataclasses.replace(each, cases=each.cases[1:4], **changes)
        for each in paper.experiments if each.name == name))


@pytest.fixture(scope="module")
def linear():
    return reproduce(small("linear_momentum"))


@pytest.fixture(scope="module")
def failed():
    return reproduce(small("nmf_gradient", claims=(NO_LAWS,)))


def test_text_table_sets_numbers_flush_right():
    lines = text_table(["sizes", "laws"], [["(2, 2)", 1], ["(3, 3, 3)", 10]]).split("\n")
    assert lines == ["sizes        laws", "---------  ------", "(2, 2)          1",
                     "(3, 3, 3)      10"]


def test_entries_of_tables_are_shown_as_they_are():
    rows = [["1e5", "007", 0], ["(2,)", "0, 1", None]]
    for table in (text_table, markdown_table):
        text = table(["sizes", "laws", "D"], rows)
        assert "1e5" in text and "007" in text and "0, 1" in text
    assert text_table(["sizes", "D"], []).split("\n")[0].split() == ["sizes", "D"]


def test_text_ends_with_the_outcome(linear):
    lines = str(linear).split("\n")
    assert lines[-1].startswith(
        "icml2024: 4 experiments, 12 cases, all proved: every claim holds (")
    assert "A.1 Linear networks, Euclidean momentum flow" == lines[0]
    assert all(len(line) < 160 for line in lines)


def test_a_section_states_each_claim_with_its_own_verdict(linear):
    text = section_text(linear.sections()[0])
    assert ("- confirmed: D - dim Lie = number of independent polynomial laws that are "
            "homogeneous of degree 2 + damping") in text
    assert "- confirmed: D and D - dim Lie are those recorded of the published run" in text
    assert "each under damping 0, 1, 3/t: equal numbers" in text


def test_numbers_that_differ_by_damping_stand_side_by_side(linear):
    intended = linear.experiments[1:]
    case = intended[2].cases[0]
    other = dataclasses.replace(case, lie_dimension=case.lie_dimension - 1, laws=case.laws + 1)
    changed = dataclasses.replace(intended[2], cases=(other,) + intended[2].cases[1:])
    text = section_text([intended[0], intended[1], changed])
    assert "the numbers in this order" in text
    assert f"{case.laws}, {case.laws}, {case.laws + 1}" in text
    assert "- FAILED: D - dim Lie" in text


def test_markdown_tables_are_well_formed(linear):
    for text in (markdown(linear), linear._repr_markdown_(),
                 linear.experiments[0]._repr_markdown_()):
        blocks = [block for block in text.split("\n\n") if block.startswith("|")]
        assert blocks
        for block in blocks:
            assert len({line.count("|") for line in block.split("\n")}) == 1
    assert "seconds" in markdown(linear) and "seconds" not in linear._repr_markdown_()


def test_failed_claims_are_shown_everywhere(failed):
    assert repr(failed).endswith("3 claims FAILED")
    for text in (str(failed), markdown(failed), failed._repr_markdown_()):
        assert "- FAILED: there is no conservation law" in text
        assert "sizes (7, 1, 5)" in text
    assert str(failed).count("\n- confirmed") == 0


def test_json_is_json_with_one_case_a_line(linear):
    text = to_json(linear.to_dict())
    assert json.loads(text) == json.loads(json.dumps(linear.to_dict()))
    assert sum(line.lstrip().startswith('{"dims"') for line in text.split("\n")) == 12


@pytest.mark.parametrize("value", [{}, [], None, "é\n\"", [[]] * 80, {"a": {"b": ["c" * 200]}}])
def test_json_round_trip(value):
    assert json.loads(to_json(value)) == value


def test_files_are_written_and_the_same_again(linear, tmp_path):
    directory = tmp_path / "new" / "results"
    paths = write_files(linear, directory)
    assert [os.path.basename(path) for path in paths] == ["icml2024.json", "icml2024.md"]
    contents = [open(path, "rb").read() for path in paths]
    write_files(linear, directory)
    assert contents == [open(path, "rb").read() for path in paths]
    assert sorted(os.listdir(directory)) == ["icml2024.json", "icml2024.md"]


def test_picture_shows_the_published_cases(linear, tmp_path):
    picture = linear.picture()
    assert repr(picture) == "picture of 1 experiment: linear_momentum"
    laws, times = picture.figure.axes
    assert times.get_yscale() == "log"
    assert times.get_ylabel() == "time of the case [s]"
    drawn = sorted(x for x, _ in times.collections[0].get_offsets())
    assert drawn == sorted(case.variables for case in linear.experiments[0].cases)
    assert picture.to_bytes() == linear.picture()._repr_png_()
    for kind in ("png", "svg", "pdf"):
        picture.save(tmp_path / f"laws.{kind}")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["laws.pdf", "laws.png", "laws.svg"]
    with pytest.raises(ValueError, match="kind: got 'txt', expected one of png, pdf, svg"):
        picture.save(tmp_path / "laws.txt")


def test_picture_shows_the_closed_form_under_the_laws(linear):
    laws, _ = linear.picture().figure.axes
    cases = linear.experiments[0].cases
    sizes = [sum(case.case.dims[1:-1]) for case in cases]
    assert laws.get_xlabel() == "hidden neurons"
    drawn = {tuple(point) for point in laws.collections[0].get_offsets()}
    assert drawn == {(size, case.laws) for size, case in zip(sizes, cases)}
    form, = laws.lines
    assert set(zip(*form.get_data())) == {
        (size, laws_of_linear_momentum(case.case)) for size, case in zip(sizes, cases)}
    assert "closed form: r(r-1)/2 a layer" in laws.get_legend().get_texts()[0].get_text()


@pytest.mark.parametrize("name", ["icml2024", "neurips2023"])
def test_closed_forms_are_the_recorded_numbers(name):
    for experiment in load_paper(name).select("published"):
        for case in experiment.cases:
            if case.recorded_laws is not None:
                assert experiment.closed_form.value(case) == case.recorded_laws


def test_pictures_have_a_panel_for_each_experiment():
    paper = load_paper("icml2024")
    few = Paper("icml2024", "", tuple(dataclasses.replace(each, cases=each.cases[:1])
                                      for each in paper.select("published")))
    axes = reproduce(few).picture().figure.axes
    assert [each.get_title() for each in axes] == [*paper.names(), ""]


def test_a_mark_that_stands_for_several_cases_is_larger():
    experiment = load_paper("icml2024").select("published", ["nmf_gradient"])[0]
    repeated = dataclasses.replace(experiment, cases=experiment.cases[6:7] * 2
                                   + experiment.cases[4:5])
    laws, _ = reproduce(Paper("icml2024", "", (repeated,))).picture().figure.axes
    sizes = sorted(laws.collections[0].get_sizes())
    assert len(sizes) == 2 and sizes[0] < sizes[1]


def test_picture_of_intended_experiments_names_them(linear):
    intended = dataclasses.replace(linear, experiments=linear.experiments[1:])
    assert "linear_momentum (intended, damping 3/t)" in repr(intended.picture())
