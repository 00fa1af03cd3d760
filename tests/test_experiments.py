"""The experiments: their cases, what is claimed of them, and what comes out."""

import dataclasses
import io
import json
import os
import re
import subprocess
import sys

import pytest

from sage_conslaw.papers import certificates, load_paper, reproduce, runner
from sage_conslaw.papers.cases import ALL_PROVED, NO_LAWS, Case, Paper, load_data
from sage_conslaw.papers.certificates import check_all
from sage_conslaw.papers.runner import compute_case

MOMENTUM = ["linear_momentum", "relu_momentum", "nmf_momentum", "icnn_momentum"]
NAMES = ["linear_momentum", "relu_momentum", "nmf_gradient", "nmf_momentum", "icnn_gradient",
         "icnn_momentum"]
CASE_KEYS = ["dims", "bias", "damping", "variables", "lie_dimension", "laws", "polynomial_laws",
             "proved", "seconds"]


@pytest.fixture(scope="module")
def paper():
    return load_paper("icml2024")


@pytest.fixture(scope="module")
def published():
    return reproduce("icml2024", "published")


def shortened(paper, number=3, **changes):
    """The paper with few cases an experiment, the smallest ones, and with other claims if given."""
    def smallest(cases):
        return tuple(sorted(cases, key=lambda case: sum(case.dims))[:number])
    return Paper(paper.name, paper.reference, tuple(
        dataclasses.replace(each, cases=smallest(each.cases), **changes)
        for each in paper.experiments))


def without_times(result):
    content = result.to_dict()
    del content["environment"]
    for experiment in content["experiments"]:
        for case in experiment["cases"]:
            assert case.pop("seconds") >= 0
    return content


# The cases

def test_the_published_list_is_carried_whole(paper):
    data = load_data("icml2024_cases.json")
    assert data["paper"]["arxiv"] == "2405.12888" and data["obtained"]
    assert list(data["experiments"]) == NAMES == list(paper.names())
    for experiment in paper.select("published"):
        entries = data["experiments"][experiment.name]["cases"]
        assert [list(case.dims) for case in experiment.cases] == [each["dims"] for each in entries]
        assert len(entries) == 20


def test_the_published_relu_cases_are_those_evaluated(paper):
    cases = paper.select("published", ["relu_momentum"])[0].cases
    entries = load_data("icml2024_cases.json")["experiments"]["relu_momentum"]["cases"]
    assert all(case.bias is False for case in cases)
    assert [case.damping for case in cases] == ["1" if each["sampled_bias"] else "0"
                                                for each in entries]
    assert {case.damping for case in cases} == {"0", "1"}


def test_the_intended_cases_have_the_drawn_bias_and_every_damping(paper):
    assert [(each.name, each.damping) for each in paper.select("intended")] == [
        (name, damping) for name in MOMENTUM for damping in ("0", "1", "3/t")]
    data = load_data("icml2024_cases.json")["experiments"]
    for experiment in paper.select("intended"):
        assert all(case.damping == experiment.damping for case in experiment.cases)
        bias = [case.bias for case in experiment.cases]
        entries = data[experiment.name]["cases"]
        if experiment.name == "relu_momentum":
            assert bias == [each["sampled_bias"] for each in entries] and True in bias
        elif experiment.name == "icnn_momentum":
            assert bias == [each["bias"] for each in entries] and True in bias
        else:
            assert bias == [None] * 20


def test_the_flows_are_those_of_the_case(paper):
    from sage_conslaw import ICNN, NESTEROV, GradientFlow, MomentumFlow, ReLUNetwork
    relu = paper.select("intended", ["relu_momentum"])
    assert relu[2].flow(Case((2, 1, 2), True, "3/t")) == MomentumFlow(
        ReLUNetwork([2, 1, 2], bias=True), NESTEROV)
    icnn = paper.select("published", ["icnn_gradient"])[0]
    assert icnn.flow(Case((2, 1, 3), True)) == GradientFlow(ICNN(2, 1, 3, bias=True))


# What comes out

def test_every_published_claim_holds(published):
    assert published.passed and not published.failures
    assert [each.experiment.name for each in published.experiments] == NAMES
    assert [each.experiment.damping for each in published.experiments] == [
        "0", None, None, "0", None, "0"]
    for each in published.experiments:
        asked = each.experiment.name in ("linear_momentum", "nmf_gradient", "icnn_gradient")
        for result in each.cases:
            assert result.laws == result.variables - result.lie_dimension
            assert (result.polynomial_laws is not None) == asked
            assert result.laws == (result.polynomial_laws if asked else 0)
            assert result.proved


def test_every_intended_claim_holds_on_small_cases(paper):
    result = reproduce(shortened(paper), "intended")
    assert result.passed and result.number_of_cases == 36
    for each in result.experiments:
        asked = each.experiment.name == "linear_momentum"
        assert all((case.polynomial_laws is not None) == asked for case in each.cases)


def test_the_layout_of_the_results(published):
    content = json.loads(json.dumps(published.to_dict()))
    assert list(content) == ["paper", "environment", "experiments"]
    assert content["paper"] == "icml2024"
    assert set(content["environment"]) == {"python", "sage", "numpy", "sage_conslaw", "platform",
                                           "processors", "date", "seed"}
    for experiment in content["experiments"]:
        assert list(experiment) == ["name", "variant", "damping", "claim", "passed", "cases"]
        assert all(list(case) == CASE_KEYS for case in experiment["cases"])
    relu = content["experiments"][1]
    assert relu["damping"] is None and {case["damping"] for case in relu["cases"]} == {"0", "1"}
    assert content["experiments"][0]["cases"][0]["bias"] is None


def test_results_depend_on_no_order_seed_or_number_of_processes(paper):
    small = shortened(paper)
    first = without_times(reproduce(small, processes=1))
    assert first == without_times(reproduce(small, processes=2))
    assert first == without_times(reproduce(small, seed=7, processes=1))
    alone = without_times(reproduce(small, "published", only="icnn_gradient"))
    assert alone["experiments"] == [each for each in first["experiments"]
                                    if each["name"] == "icnn_gradient"]


# What fails

def test_a_wrong_claim_fails_and_says_where(paper):
    result = reproduce(shortened(paper, claims=(NO_LAWS,)), "published", only="nmf_gradient")
    assert not result.passed and not result.experiments[0].passed
    assert len(result.failures) == 3
    assert result.failures[0] == (
        "nmf_gradient (published), sizes (2, 2, 1): D = 6, dim Lie = 4, polynomial laws = 2, "
        "proved, recorded: D = 6, laws = 2; the claim was: there is no conservation law: "
        "D - dim Lie = 0")
    assert result.to_dict()["experiments"][0]["passed"] is False
    assert repr(result) == "icml2024: 1 experiment, 3 cases, all proved: 3 claims FAILED"


@pytest.mark.parametrize("wrong", [{"recorded_laws": 2}, {"recorded_variables": 5}])
def test_a_number_other_than_the_recorded_one_fails_on_its_own(paper, wrong):
    experiment = paper.select("published", ["nmf_gradient"])[0]
    cases = tuple(dataclasses.replace(case, **wrong)
                  for case in experiment.cases if case.dims == (2, 1, 2))
    altered = Paper("icml2024", "", (dataclasses.replace(experiment, cases=cases),))
    result = reproduce(altered)
    assert not result.passed
    holds = [result.experiments[0].holds(claim) for claim in experiment.claims]
    assert holds == [True, True, False]


def test_recorded_numbers_are_never_the_answer(paper):
    experiment = paper.select("published", ["linear_momentum"])[0]
    case = dataclasses.replace(experiment.cases[3], recorded_laws=99, recorded_variables=1)
    result = compute_case(experiment, case)
    assert (result.variables, result.lie_dimension, result.laws, result.polynomial_laws) == (
        9, 7, 2, 2)


def test_no_cases_confirm_nothing(paper):
    result = reproduce(shortened(paper, number=0), "published", only="nmf_gradient")
    assert not result.passed


# The experiments of the NeurIPS paper

def test_the_list_of_the_earlier_paper_is_carried_whole():
    paper = load_paper("neurips2023")
    data = load_data("neurips2023_cases.json")
    assert data["paper"]["arxiv"] == "2307.00144" and data["obtained"]
    assert paper.names() == tuple(data["experiments"]) == (
        "linear_lie", "linear_poly", "relu_lie", "relu_poly", "random_fields", "monomial")
    assert [len(each.cases) for each in paper.experiments] == [50, 10, 50, 10, 10, 9]
    for experiment in paper.experiments:
        entries = data["experiments"][experiment.name]["cases"]
        assert [list(case.dims) for case in experiment.cases] == [each["dims"] for each in entries]
        assert [case.bias for case in experiment.cases] == [each.get("bias") for each in entries]
    biases = {case.bias for case in paper.select("all", ["relu_lie"])[0].cases}
    assert biases == {True, False}


def test_networks_of_the_earlier_paper_are_proved_and_as_known():
    result = reproduce(shortened(load_paper("neurips2023"), 4))
    assert result.passed and result.number_of_cases == 24 and result.number_of_proved == 20
    for each in result.experiments[:4]:
        for case in each.cases:
            assert case.proved and case.laws == case.known_laws == case.case.recorded_laws
            asked = each.experiment.name.endswith("poly")
            assert case.polynomial_laws == (case.laws if asked else None)
            assert case.to_dict()["known_laws"] == case.laws
            assert list(case.to_dict()) == CASE_KEYS + ["known_laws"]


def test_random_fields_have_laws_and_no_polynomial_ones_and_nothing_is_proved_of_them():
    result = reproduce("neurips2023", only="random_fields").experiments[0]
    assert result.passed and len({case.case.draw for case in result.cases}) == 10
    for case in result.cases:
        assert (case.variables, case.lie_dimension, case.laws, case.polynomial_laws) == (5, 1, 4, 0)
        assert not case.proved and "known_laws" not in case.to_dict()
    flow = result.experiment.flow
    assert len({str(flow(case.case)[0]) for case in result.cases}) == 10


def test_the_product_of_all_variables_has_all_laws_but_one():
    result = reproduce("neurips2023", only="monomial").experiments[0]
    assert result.passed
    assert [(case.variables, case.laws, case.polynomial_laws, case.known_laws, case.proved)
            for case in result.cases] == [(n, n - 1, n - 1, n - 1, True) for n in range(2, 11)]


def test_a_case_that_is_not_proved_fails_the_claim_that_all_are():
    experiment = load_paper("neurips2023").select("all", ["random_fields"])[0]
    altered = Paper("small", "", (dataclasses.replace(experiment, claims=(ALL_PROVED,)),))
    result = reproduce(altered)
    assert not result.passed and len(result.failures) == 10
    assert "not proved" in result.failures[0] and "draw 0" in result.failures[0]


# The certificates

def test_each_proved_case_has_a_certificate_that_a_plain_python_accepts(tmp_path):
    small = shortened(load_paper("neurips2023"), 2)
    (tmp_path / "random_fields_published_01.json").write_text("of another run")
    (tmp_path / "unrelated.json").write_text("")
    result = reproduce(small, certificates=tmp_path)
    assert sorted(os.listdir(tmp_path)) == sorted(result.certificates) + ["unrelated.json"]
    assert len(result.certificates) == 10 and "monomial_published_01.json" in result.certificates
    certificate = json.loads((tmp_path / "relu_lie_published_01.json").read_text())
    roles = {step.get("role") for step in certificate["program"]["instructions"]}
    assert certificate["version"] == 2 and roles >= {"gate", "input", "cotangent"}
    report = check_all(tmp_path, result.certificates)
    assert report.passed and repr(report) == (
        "10 certificates checked in a Python without Sage: 10 accepted")


def test_a_certificate_that_was_changed_is_refused(tmp_path):
    small = shortened(load_paper("neurips2023"), 2)
    names = reproduce(small, only="monomial", certificates=tmp_path).certificates
    path = tmp_path / names[0]
    path.write_text(path.read_text().replace('"number_of_laws": 1', '"number_of_laws": 2'))
    report = check_all(tmp_path, names, processes=1)
    assert not report.passed and (report.checked, report.accepted) == (2, 1)
    assert len(report.problems) == 1 and f"{names[0]}: refused: " in report.problems[0]
    assert repr(report).endswith("1 accepted, 1 REFUSED")


def test_the_checking_python_has_neither_sage_nor_numpy(tmp_path, monkeypatch):
    calls = []
    real = subprocess.Popen

    def recorded(command, **options):
        calls.append((command, options))
        return real([*command[:command.index("-m")], "-c",
                     "import importlib.util as u\n"
                     "print(u.find_spec('sage'), u.find_spec('numpy'))"], **options)
    monkeypatch.setattr(certificates.subprocess, "Popen", recorded)
    (tmp_path / "a.json").write_text("{}")
    checker = certificates._Checker(str(tmp_path), ["a.json"])
    checker._process.wait()
    assert checker._lines(checker._output) == ["None None"]
    checker.close()
    command, _ = calls[0]
    assert command[0] == sys.executable and "-S" in command
    assert command[command.index("-m") + 1:] == ["sage_conslaw.certificate", "check", "a.json"]


def test_no_certificates_are_checked_without_a_process(tmp_path):
    report = check_all(tmp_path, [])
    assert report.passed and report.checked == 0


def test_a_run_that_is_interrupted_leaves_older_certificates(tmp_path, monkeypatch):
    (tmp_path / "monomial_published_01.json").write_text("older")

    def interrupted(*arguments):
        raise KeyboardInterrupt
    monkeypatch.setattr(runner, "compute_case", interrupted)
    with pytest.raises(KeyboardInterrupt):
        reproduce("neurips2023", only="monomial", processes=1, certificates=tmp_path)
    assert os.listdir(tmp_path) == ["monomial_published_01.json"]
    assert (tmp_path / "monomial_published_01.json").read_text() == "older"


def test_every_proved_case_has_a_certificate(tmp_path):
    # the largest of the published cases, with 47,385 fields
    experiment = load_paper("neurips2023").select("all", ["relu_lie"])[0]
    case = max(experiment.cases, key=lambda case: case.recorded_variables)
    path = tmp_path / "proof.json"
    result = compute_case(experiment, case, certificate=str(path))
    assert result.proved and result.certificate == "proof.json"
    report = check_all(tmp_path, ["proof.json"])
    assert report.passed and report.accepted == 1


def test_names_of_certificates_differ():
    for name in ("icml2024", "neurips2023"):
        names = [certificates.file_name(each, k) for each in load_paper(name).experiments
                 for k in range(len(each.cases))]
        assert len(set(names)) == len(names)
        assert all(re.fullmatch(r"[a-z0-9_]+\.json", each) for each in names)


@pytest.mark.parametrize("arguments, error, words", [
    ({"paper": "icml2023"}, ValueError,
     "paper: got 'icml2023', expected one of icml2024, neurips2023"),
    ({"variant": "best"}, ValueError, "variant: got 'best', expected one of published"),
    ({"only": ["relu"]}, ValueError, "only: got 'relu', expected names among linear_momentum"),
    ({"only": []}, ValueError, "only: got no name, expected names among linear_momentum"),
    ({"only": 5}, TypeError, "only: got 5, expected names among linear_momentum"),
    ({"only": [5]}, ValueError, "only: got 5, expected names among linear_momentum"),
    ({"paper": None}, ValueError, "paper: got None, expected one of icml2024, neurips2023"),
    ({"paper": []}, ValueError, "paper: got [], expected one of icml2024, neurips2023"),
    ({"paper": "neurips2023", "variant": "intended"}, ValueError,
     "variant: got 'intended', of which neurips2023 has no experiment"),
    ({"progress": "x"}, TypeError, "progress: got 'x', expected True or False"),
    ({"certificates": 5}, TypeError, "certificates: got 5, expected the path of a directory"),
    ({"certificates": ""}, OSError, "certificates: got '', expected the path of a directory"),
    ({"certificates": "a\0b"}, OSError, "certificates: got 'a\\x00b', expected the path of"),
    ({"certificates": __file__}, OSError, "certificates: got '"),
    ({"only": "nmf_gradient", "variant": "intended"}, ValueError, "nothing is left to run"),
    ({"seed": 0.5}, TypeError, "seed: got 0.5, expected an integer"),
    ({"processes": 0}, ValueError, "processes: got 0, expected a positive integer"),
    ({"processes": "two"}, TypeError, "processes: got 'two', expected a positive integer"),
])
def test_bad_arguments(arguments, error, words):
    with pytest.raises(error, match=re.escape(words)):
        reproduce(**arguments)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_the_progress_bar_counts_cases_whatever_they_print(paper, monkeypatch, capsys):
    experiment = shortened(paper).select("published", ["nmf_gradient"])[0]
    marks = "\ue000\ue000 7/3"

    def talking(case):
        print(marks)
        return experiment.flow(case)

    talkative = Paper("icml2024", "", (dataclasses.replace(experiment, flow=talking),))
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TQDM_MININTERVAL", "0")
    assert reproduce(talkative, progress=True, processes=1).passed
    assert capsys.readouterr().out == f"{marks}\n" * 3
    counts = re.findall(r"\| (\d+)/3 ", terminal.getvalue())
    assert counts[0] == "0" and counts == sorted(counts) and int(counts[-1]) <= 3
