"""The command line: what it prints and writes, and the status it ends with."""

import dataclasses
import json
import os
from pathlib import Path
import signal
import subprocess
import sys
import time
import types

import pytest

import sage_conslaw
from sage_conslaw import cli
from sage_conslaw.papers import load_paper, runner
from sage_conslaw.papers.cases import NO_LAWS, Paper

ROOT = str(Path(sage_conslaw.__file__).resolve().parents[1])


def environment():
    return {**os.environ, "PYTHONPATH": os.pathsep.join(
        [ROOT] + [path for path in [os.environ.get("PYTHONPATH")] if path])}


def command(*arguments, **options):
    return subprocess.Popen([sys.executable, "-m", "sage_conslaw.cli", *arguments],
                            env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True, **options)


def files_in(directory):
    """The files of a directory and of those in it, hidden ones too."""
    return sorted(name for _, _, names in os.walk(directory) for name in names)


@pytest.fixture
def small_paper(monkeypatch):
    """A paper of one experiment with three cases, all of which meet the paper's claims."""
    def build(**changes):
        paper = load_paper("icml2024")
        experiment = paper.select("published", ["nmf_gradient"])[0]
        experiment = dataclasses.replace(experiment, cases=experiment.cases[1:4], **changes)
        module = types.SimpleNamespace(
            PAPER=Paper("small", paper.reference, (experiment,)))
        monkeypatch.setitem(sys.modules, "a_small_paper", module)
        monkeypatch.setitem(runner.PAPERS, "small", "a_small_paper")
    return build


def test_reproduce_writes_and_ends_with_one_line(small_paper, tmp_path, capsys):
    small_paper()
    status = cli.main(["reproduce", "--paper", "small", "--output", str(tmp_path), "--picture"])
    output = capsys.readouterr().out
    assert status == 0
    assert output.rstrip().split("\n")[-1].startswith(
        "small: 1 experiment, 3 cases, all proved: every claim holds (")
    assert sorted(os.listdir(tmp_path)) == ["certificates", "small.json", "small.md", "small.png"]
    directory = tmp_path / "certificates" / "small"
    assert sorted(os.listdir(directory)) == [f"nmf_gradient_published_0{k}.json" for k in (1, 2, 3)]
    assert "3 certificates checked in a Python without Sage: 3 accepted" in output
    content = json.loads((tmp_path / "small.json").read_text())
    assert content["experiments"][0]["passed"] is True


def test_without_certificates_none_are_written(small_paper, tmp_path, capsys):
    small_paper()
    assert cli.main(["reproduce", "--paper", "small", "--output", str(tmp_path),
                     "--no-certificates"]) == 0
    assert sorted(os.listdir(tmp_path)) == ["small.json", "small.md"]
    assert "certificates checked" not in capsys.readouterr().out


def test_results_and_certificates_are_of_one_run(small_paper, tmp_path, capsys):
    small_paper()
    arguments = ["reproduce", "--paper", "small", "--output", str(tmp_path)]
    assert cli.main(arguments + ["--picture", "--seed", "1"]) == 0
    assert cli.main(arguments + ["--no-certificates", "--seed", "2"]) == 0
    # neither the picture nor the certificates of the run before are there any more
    assert files_in(tmp_path) == ["small.json", "small.md"]


def test_a_part_leaves_the_whole_as_it_was(monkeypatch, tmp_path, capsys):
    paper = load_paper("neurips2023")
    few = tuple(dataclasses.replace(each, cases=each.cases[:1])
                for each in paper.select("all", ["linear_poly", "monomial"]))
    module = types.SimpleNamespace(PAPER=Paper("few", paper.reference, few))
    monkeypatch.setitem(sys.modules, "a_paper_of_few_cases", module)
    monkeypatch.setitem(runner.PAPERS, "few", "a_paper_of_few_cases")
    arguments = ["reproduce", "--paper", "few", "--output", str(tmp_path)]
    assert cli.main(arguments) == 0
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert len(before) == 4
    assert cli.main(arguments + ["--only", "monomial", "--seed", "5"]) == 0
    assert f"Written: {tmp_path}/only-monomial/few.json" in capsys.readouterr().out
    assert before.items() <= {path: path.read_bytes() for path in tmp_path.rglob("*")
                              if path.is_file()}.items()
    assert files_in(tmp_path / "only-monomial") == ["few.json", "few.md",
                                                    "monomial_published_01.json"]
    # all names are the whole
    assert cli.main(arguments + ["--only", "monomial", "linear_poly", "--seed", "5"]) == 0
    assert json.loads((tmp_path / "few.json").read_text())["environment"]["seed"] == 5


def test_a_certificate_that_is_refused_is_status_1(small_paper, tmp_path, capsys, monkeypatch):
    small_paper()
    save = sage_conslaw.ConservationLaws.save

    def wrong(self, path):
        save(self, path)
        text = Path(path).read_text()
        Path(path).write_text(text.replace('"prime": ', '"prime": 2'))
    monkeypatch.setattr(sage_conslaw.ConservationLaws, "save", wrong)
    assert cli.main(["reproduce", "--paper", "small", "--output", str(tmp_path)]) == 1
    output = capsys.readouterr().out
    assert "0 accepted, 3 REFUSED" in output and output.count(": refused: ") == 3
    assert "every claim holds" in output


def test_names_choose_among_the_papers(tmp_path, capsys):
    arguments = ["reproduce", "--output", str(tmp_path), "--no-certificates", "--only", "monomial"]
    assert cli.main(arguments) == 0
    assert files_in(tmp_path) == ["neurips2023.json", "neurips2023.md"]
    assert cli.main(arguments + ["icnn_gradient"]) == 0
    assert files_in(tmp_path) == ["icml2024.json", "icml2024.md", "neurips2023.json",
                                  "neurips2023.md"]
    assert sorted(os.listdir(tmp_path)) == ["only-icnn_gradient", "only-monomial"]
    chosen = cli._chosen_papers(cli._parser().parse_args(["reproduce"]))
    assert chosen == [("icml2024", None), ("neurips2023", None)]
    chosen = cli._chosen_papers(cli._parser().parse_args(["reproduce", "--variant", "intended"]))
    assert chosen == [("icml2024", None)]


def test_a_claim_that_fails_is_status_1(small_paper, tmp_path, capsys):
    small_paper(claims=(NO_LAWS,))
    assert cli.main(["reproduce", "--paper", "small", "--output", str(tmp_path)]) == 1
    output = capsys.readouterr().out
    assert "3 claims FAILED" in output.rstrip().split("\n")[-1]
    assert output.count("\nFAILED: nmf_gradient (published), sizes") >= 3
    assert json.loads((tmp_path / "small.json").read_text())["experiments"][0]["passed"] is False
    assert "FAILED" in (tmp_path / "small.md").read_text()


def test_two_runs_write_the_same_but_for_times(small_paper, tmp_path, capsys):
    small_paper()
    contents = []
    for name in ("one", "two"):
        directory = tmp_path / name
        assert cli.main(["reproduce", "--paper", "small", "--output", str(directory)]) == 0
        content = json.loads((directory / "small.json").read_text())
        del content["environment"]
        for case in content["experiments"][0]["cases"]:
            del case["seconds"]
        contents.append(content)
    assert contents[0] == contents[1]


@pytest.mark.parametrize("arguments, words", [
    ([], "the following arguments are required: command"),
    (["replay"], "invalid choice: 'replay'"),
    (["reproduce", "--paper", "icml"], "paper: got 'icml', expected one of icml2024, neurips2023"),
    (["reproduce", "--variant", "best"], "variant: got 'best', expected one of published"),
    (["reproduce", "--paper", "neurips2023", "--variant", "intended"], "nothing is left to run"),
    (["reproduce", "--paper", "neurips2023", "--only", "nmf_gradient"],
     "only: got 'nmf_gradient', expected names among linear_lie"),
    (["reproduce", "--only", "relu"], "only: got 'relu', expected names among linear_momentum"),
    (["reproduce", "--only", "nmf_gradient", "--variant", "intended"], "nothing is left to run"),
    (["reproduce", "--only"], "--only: expected at least one argument"),
    (["reproduce", "--processes", "0"], "--processes: got 0, expected an integer"),
    (["reproduce", "--processes", "many"], "--processes: got 'many', expected an integer"),
    (["reproduce", "--seed", "1.5"], "--seed: got '1.5', expected an integer"),
    (["reproduce", "--output", "FILE"], "expected the path of a directory to write to"),
    (["reproduce", "--output", "FILE/results"], "expected the path of a directory to write to"),
    (["notebooks", "--directory", "nowhere"], "directory: got 'nowhere', expected a directory"),
    (["reproduce", "--sed", "1"], "unrecognized arguments: --sed 1"),
])
def test_bad_input_is_one_line_and_status_2(arguments, words, tmp_path, capsys):
    file = tmp_path / "file"
    file.write_text("")
    assert cli.main([each.replace("FILE", str(file)) for each in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ") and captured.err.count("\n") == 1
    assert words in captured.err


def test_without_sage_the_error_says_what_to_do(monkeypatch, capsys):
    monkeypatch.setattr(cli.importlib.util, "find_spec", lambda name: None)
    assert cli.main(["reproduce"]) == 2
    assert "this Python has no Sage; run `sage -python" in capsys.readouterr().err


def test_help_and_version_are_no_errors(capsys):
    for arguments in (["--help"], ["reproduce", "--help"], ["--version"]):
        with pytest.raises(SystemExit) as ending:
            cli.main(arguments)
        assert not ending.value.code
    assert sage_conslaw.__version__ in capsys.readouterr().out


def test_an_interrupt_is_status_130_and_leaves_files_whole(small_paper, tmp_path, capsys,
                                                           monkeypatch):
    small_paper()
    arguments = ["reproduce", "--paper", "small", "--output", str(tmp_path)]
    assert cli.main(arguments) == 0
    before = (tmp_path / "small.json").read_bytes()

    def interrupted(*arguments, **options):
        raise KeyboardInterrupt
    monkeypatch.setattr(runner, "compute_case", interrupted)
    assert cli.main(arguments + ["--processes", "1"]) == 130
    assert "interrupted" in capsys.readouterr().err
    assert (tmp_path / "small.json").read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["certificates", "small.json", "small.md"]
    assert len(os.listdir(tmp_path / "certificates" / "small")) == 3


def failing(case):
    raise ArithmeticError("no flow of this kind")


def test_a_computation_that_fails_is_one_line_and_status_1(small_paper, tmp_path, capsys):
    small_paper(flow=failing)
    assert cli.main(["reproduce", "--paper", "small", "--output", str(tmp_path)]) == 1
    errors = capsys.readouterr().err
    assert errors == ("error: nmf_gradient (published), sizes (7, 1, 5): ArithmeticError: no flow "
                      "of this kind\n")
    assert files_in(tmp_path) == []


def test_results_that_cannot_be_written_are_status_1(small_paper, tmp_path, capsys, monkeypatch):
    small_paper()

    def full(*arguments):
        raise OSError(28, "No space left on device")
    monkeypatch.setattr(os, "fsync", full)
    arguments = ["reproduce", "--paper", "small", "--output", str(tmp_path)]
    assert cli.main(arguments + ["--no-certificates"]) == 1
    expected = f"error: the results could not be written to {tmp_path}: No space left on device\n"
    assert capsys.readouterr().err == expected
    assert cli.main(arguments) == 1
    assert capsys.readouterr().err == expected
    assert files_in(tmp_path) == []


def test_output_that_no_one_reads_is_no_traceback(tmp_path):
    process = command("reproduce", "--variant", "published", "--only", "relu_momentum",
                      "--output", str(tmp_path))
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(timeout=120) == cli.BROKEN_PIPE
    assert sorted(os.listdir(tmp_path / "only-published-relu_momentum")) == [
        "certificates", "icml2024.json", "icml2024.md"]


@pytest.mark.parametrize("delay", [0, 0.5, 2])
def test_control_c_ends_the_command(delay, tmp_path):
    results = tmp_path / "results"
    process = command("reproduce", "--output", str(results), start_new_session=True)
    # The directory is made before Sage is loaded.
    deadline = time.monotonic() + 60
    while not results.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    (results / "icml2024.json").write_text("from before")
    time.sleep(delay)
    # Ctrl-C on a terminal goes to every process of the command.
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert errors.strip() == "interrupted: the run is not complete, and every file is whole"
    assert files_in(results) == ["icml2024.json"]
    assert (results / "icml2024.json").read_text() == "from before"


def test_the_command_runs_as_a_module_and_its_progress_bar_is_silent(tmp_path):
    process = command("reproduce", "--variant", "published", "--only", "relu_momentum",
                      "--output", str(tmp_path))
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0 and errors == ""
    assert "icml2024: 1 experiment, 20 cases, all proved: every claim holds" in output
