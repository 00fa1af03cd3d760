"""What a verdict shows, how it compares and is kept, and the certificates that it gives."""

import dataclasses
import json
import pickle

import pytest
from sage.all import QQ, latex

from known_verdicts import KNOWN, fields, scaling, weighted
from sage_conslaw import (
    NESTEROV,
    NMF,
    ConservationLaws,
    GradientFlow,
    LinearNetwork,
    MomentumFlow,
    ReLUNetwork,
    VectorFields,
    conservation_laws,
)
from sage_conslaw.certificate import check_certificate
from sage_conslaw.system import limits


# --- what a result can do ---

def test_the_sentence_and_the_table():
    result = conservation_laws(GradientFlow(LinearNetwork([2, 2, 2])))
    assert repr(result) == ("Exactly 3 independent conservation laws in 8 variables, proved: "
                            "there are no others.")
    lines = str(result).splitlines()
    assert any(line.startswith("verdict") and line.endswith("proved") for line in lines)
    assert [line.split("  ")[-1] for line in lines if line.startswith("law ")] == [
        str(law) for law in result.laws]
    many = str(conservation_laws(fields("a b c d e f g h i j k l", lambda *x: [0] * 12)))
    assert "and 2 more, in .laws" in many


def test_latex():
    result = conservation_laws(GradientFlow(LinearNetwork([2, 2, 2])))
    text = str(latex(result))
    assert text.startswith("\\begin{aligned}") and text.endswith("\\end{aligned}")
    assert text.count("\\\\\n") == 2 and "(U_{1})_{1,1}^{2}" in text
    assert text.count("{") == text.count("}")
    assert str(latex(conservation_laws(scaling(), 1))) == "\\begin{aligned}\n\\end{aligned}"


@pytest.mark.parametrize("problem, degree", [
    (GradientFlow(LinearNetwork([2, 1, 2])), None), (MomentumFlow(NMF(1, 1, 2), NESTEROV), 2),
    (scaling(), 2)], ids=str)
def test_pickling(problem, degree):
    result = conservation_laws(problem, degree)
    again = pickle.loads(pickle.dumps(result))
    assert isinstance(again, ConservationLaws)
    assert again == result and not again != result
    assert again.seconds == result.seconds
    assert repr(again) == repr(result) and str(again) == str(result)
    if result.is_proved:
        assert again.certificate() == result.certificate()


@pytest.mark.parametrize("problem", [
    MomentumFlow(ReLUNetwork([1, 1, 1], bias=True)), MomentumFlow(LinearNetwork([1, 2, 1])),
    GradientFlow(NMF(2, 2, 2)), MomentumFlow(LinearNetwork([1, 1])), weighted()], ids=str)
def test_words_that_were_counted_are_those_a_certificate_finds_anew(problem):
    for seed in range(3):
        result = conservation_laws(problem, seed=seed)
        assert result.words is not None and len(result.words.words) == result.lie_dimension
        forgotten = dataclasses.replace(result, words=None)
        assert forgotten == result
        if result.is_proved:
            assert forgotten.certificate() == result.certificate()


def test_words_of_brackets_that_a_certificate_would_not_expand_are_not_taken():
    result = conservation_laws(GradientFlow(LinearNetwork([2, 2, 2])))
    false = dataclasses.replace(result.words, words=((0,),) * result.lie_dimension,
                                max_terms=limits.FLOW_WORD_TERMS + 1)
    assert dataclasses.replace(result, words=false).certificate() == result.certificate()


def test_equality_tells_results_apart():
    result = conservation_laws(weighted(), seed=1)
    assert result == conservation_laws(weighted(), seed=1)
    assert result != conservation_laws(weighted(), seed=2)
    assert result != conservation_laws(weighted(), 2, seed=1)
    assert result != conservation_laws(scaling(), 2, seed=1)
    assert result != 1
    with pytest.raises(TypeError):
        hash(result)


def test_progress_changes_nothing(capfd):
    assert conservation_laws(weighted(), progress=True) == conservation_laws(weighted())


def test_seconds():
    seconds = conservation_laws(weighted()).seconds
    assert set(seconds) == {"dimension", "laws"} and all(s > 0 for s in seconds.values())


# --- certificates ---

CERTIFIED = [flow for flow, _ in KNOWN] + [
    weighted(), fields("x y", lambda x, y: (y / 2, -x / 3), base=QQ),
    fields("x y z", lambda x, y, z: (0, 0, 0)),
    MomentumFlow(LinearNetwork([3, 1, 2, 2])), MomentumFlow(LinearNetwork([2, 1, 2]), QQ((1, 2))),
]


@pytest.mark.parametrize("problem", CERTIFIED, ids=str)
def test_certificates_are_accepted(problem):
    result = conservation_laws(problem, 3 if isinstance(problem, VectorFields) else 2)
    if not result.is_proved:
        with pytest.raises(ValueError, match="no proof to certify"):
            result.certificate()
        return
    certificate = result.certificate()
    report = check_certificate(certificate)
    assert str(report).startswith("Proved")
    assert certificate["claim"] == {"number_of_variables": result.number_of_variables,
                                    "lie_dimension": result.lie_dimension,
                                    "number_of_laws": result.lower_bound}
    if isinstance(problem, VectorFields):
        assert certificate["version"] == 1 and certificate["model"] is None
    else:
        assert certificate["version"] == 2
        assert certificate["program"] == problem.network.pairing.to_json()
    assert certificate == json.loads(json.dumps(certificate))
    assert certificate == result.certificate()


@pytest.mark.parametrize("path, error", [(None, TypeError), (5, TypeError), ("", OSError),
                                         ("/", OSError), ("missing/proof.json", OSError)])
def test_a_path_that_cannot_be_written_to_is_refused_first(path, error, monkeypatch):
    result = conservation_laws(weighted())
    monkeypatch.setattr(ConservationLaws, "certificate",
                        lambda self: pytest.fail("long work before the check"))
    with pytest.raises(error, match="^path: got .*, expected the path of a file in a directory"):
        result.save(path)


def test_names_that_do_not_fit_are_refused_before_brackets_are_sought(monkeypatch):
    result = conservation_laws(fields("x " + "y" * 70, lambda x, y: (y, x)), 2)
    monkeypatch.setattr("sage_conslaw.verdict.proofs.word_trace",
                        lambda *arguments: pytest.fail("long work before the check"))
    with pytest.raises(ValueError, match="at most 64 letters"):
        result.certificate()


@pytest.mark.parametrize("name", ["x" * 300, "a\0b"])
def test_a_name_that_no_file_can_have_is_refused_first(name, tmp_path, monkeypatch):
    result = conservation_laws(weighted())
    monkeypatch.setattr(ConservationLaws, "certificate",
                        lambda self: pytest.fail("long work before the check"))
    with pytest.raises(OSError, match="^path: got "):
        result.save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_path_may_be_bytes(tmp_path):
    path = tmp_path / "proof.json"
    conservation_laws(weighted()).save(str(path).encode())
    assert str(check_certificate(path)).startswith("Proved")


@pytest.mark.parametrize("problem, words", [
    (fields("x y", lambda x, y: (x**70 * y**0, 0 * y)), "of degree 70, accepted is at most 64"),
    (fields("x " + "y" * 70, lambda x, y: (y, x)), "at most 64 letters"),
    (fields("x y", lambda x, y: (10**400 * y, x)), "at most 300 digits"),
], ids=["degree", "name", "digits"])
def test_a_proof_that_no_one_would_accept_is_not_given_out(problem, words):
    result = conservation_laws(problem, 2)
    assert result.is_proved
    with pytest.raises(ValueError, match="^the proof does not fit into a certificate: ") as caught:
        result.certificate()
    assert words in str(caught.value)


def test_brackets_too_large_to_be_found_are_said_to_be(monkeypatch):
    monkeypatch.setattr("sage_conslaw.system.limits.WORD_TERMS", 1)
    result = conservation_laws(MomentumFlow(ReLUNetwork([2, 2, 2])).vector_fields())
    assert result.is_proved
    with pytest.raises(ValueError, match="^the proof does not fit into a certificate: .* terms"):
        result.certificate()


@pytest.mark.parametrize("flow, limit", [
    (MomentumFlow(ReLUNetwork([2, 2, 2])), "FLOW_WORD_TERMS"),
    (MomentumFlow(LinearNetwork([2, 2, 2]), NESTEROV), "FLOW_WORD_TERMS"),
    (GradientFlow(LinearNetwork([2, 2, 2])), "WORD_FIELD_TERMS"),
], ids=repr)
def test_where_brackets_are_large_a_trajectory_is_certified(flow, limit, monkeypatch):
    result = conservation_laws(flow)
    words = result.certificate()
    assert words["trace"]["kind"] == "words"
    monkeypatch.setattr(f"sage_conslaw.system.limits.{limit}", 1)
    certificate = result.certificate()
    assert certificate["trace"]["kind"] == "trajectory"
    assert certificate == result.certificate() and certificate["claim"] == words["claim"]
    report = check_certificate(json.loads(json.dumps(certificate)))
    assert report.number_of_laws == result.lower_bound


def test_fields_that_are_not_expanded_have_a_certificate_where_there_is_no_law():
    # 12 layers: the paths are too many to be written down, and none is needed
    result = conservation_laws(MomentumFlow(ReLUNetwork([2] * 13)))
    assert result.is_proved and not result.laws
    certificate = result.certificate()
    assert certificate["trace"]["kind"] == "trajectory"
    assert check_certificate(certificate).number_of_laws == 0


def test_saving(tmp_path):
    path = tmp_path / "proof.json"
    path.write_text("an older file")
    result = conservation_laws(GradientFlow(LinearNetwork([2, 2, 2])))
    result.save(str(path))
    assert [entry.name for entry in tmp_path.iterdir()] == ["proof.json"]
    assert json.loads(path.read_text()) == result.certificate()
    assert str(check_certificate(str(path))).startswith("Proved")
    with pytest.raises(OSError):
        result.save(tmp_path / "missing" / "proof.json")
