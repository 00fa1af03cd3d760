"""Building certificates and writing them to files."""

import copy
import json

import pytest
from sage.all import ZZ, Integer, PolynomialRing

import sage_conslaw
from certificate_refusals import example
from sage_conslaw import NMF, GradientFlow, LinearNetwork, ReLUNetwork, polynomial_laws
from sage_conslaw.certificate import build_certificate, check_certificate, save_certificate


def test_save_and_check(tmp_path):
    path = tmp_path / "proof.json"
    save_certificate(example(), path)
    assert json.loads(path.read_text()) == example()
    assert [name.name for name in tmp_path.iterdir()] == ["proof.json"]
    assert repr(check_certificate(path)) == repr(check_certificate(example()))
    save_certificate(example(4), str(path))
    assert json.loads(path.read_text()) == example(4)


def test_files_are_lines_that_a_person_can_compare(tmp_path):
    path = tmp_path / "proof.json"
    for name, line in [(0, "[[0,[4],\"1\"],[1,[6],\"1\"],[4,[0],\"1\"],[6,[1],\"1\"]],"),
                       ("gated, words", '{"op":"control","name":"x","role":"input","shape":[1]},'),
                       ("decay, trajectory", "[1,-1]")]:
        save_certificate(example(name), path)
        assert json.loads(path.read_text()) == example(name)
        lines = path.read_text().split("\n")
        assert line in lines and max(map(len, lines)) < 300
    assert '"flow": {"kind": "gradient", "damping": null, "decay": [' in lines


def test_saving_with_the_permissions_of_ordinary_files(tmp_path):
    (tmp_path / "other").write_text("")
    save_certificate(example(), tmp_path / "proof.json")
    assert (tmp_path / "proof.json").stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize("step", ["os.fsync", "os.replace", "json.dumps"])
def test_an_interrupted_save_leaves_the_old_file(step, tmp_path, monkeypatch):
    path = tmp_path / "proof.json"
    save_certificate(example(), path)

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(f"sage_conslaw.certificate.writer.{step}", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_certificate(example(4), path)
    monkeypatch.undo()
    assert [name.name for name in tmp_path.iterdir()] == ["proof.json"]
    assert check_certificate(path).number_of_variables == 8


def test_saving_where_it_cannot_be(tmp_path):
    with pytest.raises(FileNotFoundError):
        save_certificate(example(), tmp_path / "missing" / "proof.json")
    with pytest.raises(TypeError):
        save_certificate(example(), 5)


def test_build_names_what_is_wrong():
    flow = GradientFlow(NMF(1, 1, 2))
    fields, laws = flow.vector_fields(), polynomial_laws(flow, 1)
    with pytest.raises(ValueError, match="words, laws: got 1 word and 1 law in 3 variables"):
        build_certificate(fields, 101, [1, 2, 3], [[0]], laws)
    with pytest.raises(ValueError, match="point: got 2 numbers, expected 3"):
        build_certificate(fields, 101, [1, 2], [[0], [1]], laws)
    other = PolynomialRing(ZZ, "x, y, z").gen(0)
    with pytest.raises(ValueError, match="laws: got a polynomial of"):
        build_certificate(fields, 101, [1, 2, 3], [[0], [1]], [other])


def test_build_takes_numbers_of_all_kinds():
    import numpy as np
    flow = GradientFlow(NMF(1, 1, 2))
    data = build_certificate(flow.vector_fields(), Integer(101), np.array([1, 2, 304]),
                             ((np.int64(0),), [Integer(1)]), list(polynomial_laws(flow, 1)), flow)
    assert check_certificate(json.loads(json.dumps(data))).number_of_laws == 1
    assert data["point"] == [1, 2, 1] and data["model"]["mirror"] == ["U", "V"]


def test_flows_of_someone_else_have_no_name():
    class GradientFlow(sage_conslaw.GradientFlow):
        pass

    flow = GradientFlow(ReLUNetwork([2, 1]))
    data = build_certificate(flow.vector_fields(), 101, [1, 2], [[0], [1]], [], flow)
    assert data["model"] is None


def test_building_does_not_share_with_what_it_is_given():
    words, point = [[0], [1]], [1, 2]
    flow = GradientFlow(LinearNetwork([2, 1]))
    data = build_certificate(flow.vector_fields(), 101, point, words, [], flow)
    before = copy.deepcopy(data)
    words[0].append(1), point.append(1)
    assert data == before and check_certificate(data)
    assert data == before


def test_a_file_that_would_be_refused_for_its_size_is_not_written(tmp_path, monkeypatch):
    path = tmp_path / "proof.json"
    path.write_text("an older file")
    with monkeypatch.context() as patch:
        patch.setattr("sage_conslaw.certificate.writer.MAX_BYTES", 300)
        with pytest.raises(ValueError, match="more than 300 bytes"):
            save_certificate(example(), path)
    monkeypatch.setattr("sage_conslaw.certificate.writer.MAX_VALUES", 30)
    with pytest.raises(ValueError, match="or 30 values"):
        save_certificate(example(), path)
    assert [name.name for name in tmp_path.iterdir()] == ["proof.json"]
    assert path.read_text() == "an older file"
