"""Building certificates of version 2 from plain data."""

import copy
import json
from fractions import Fraction

import numpy as np
import pytest
from sage.all import QQ, Integer

from certificate_refusals import example
from sage_conslaw.certificate import (
    CertificateError,
    build_flow_certificate,
    check_certificate,
    save_certificate,
)

PARTS = ("program", "flow", "variables", "prime", "point", "trace", "laws")


def arguments(name):
    data = example(name)
    return {part: data[part] for part in PARTS}


@pytest.mark.parametrize("name", ["linear, trajectory", "gated, words", "decay, trajectory",
                                  "inverse metric, words"])
def test_what_was_taken_apart_is_put_together(name):
    data = example(name)
    further = ["all parameters are positive"] if "metric" in name else []
    built = build_flow_certificate(**arguments(name), hypotheses=further)
    assert built == data and list(built) == list(data)
    assert check_certificate(json.loads(json.dumps(built)))


def test_numbers_of_all_kinds(tmp_path):
    given = arguments("linear, trajectory")
    given["prime"] = Integer(given["prime"])
    given["point"] = np.array(given["point"]) + int(given["prime"])
    for kind in (QQ, Fraction, str):
        laws = [[(np.array(monomial), kind(c)) for monomial, c in law] for law in given["laws"]]
        built = build_flow_certificate(**{**given, "laws": laws})
        assert built == example("linear, trajectory")
    save_certificate(built, tmp_path / "proof.json")
    assert check_certificate(tmp_path / "proof.json").number_of_laws == 3


def test_building_does_not_share_laws_with_what_it_is_given():
    given = arguments("gated, words")
    built = build_flow_certificate(**given)
    before = copy.deepcopy(built)
    given["laws"][0].clear(), given["point"].clear(), given["variables"].clear()
    assert built == before


def test_build_names_what_is_wrong():
    given = arguments("linear, trajectory")
    with pytest.raises(ValueError, match="^trace, laws: got 5 vectors and 2 laws in 8 variables"):
        build_flow_certificate(**{**given, "laws": given["laws"][1:]})
    with pytest.raises(ValueError, match="^point: got 7 numbers, expected 8, one for each"):
        build_flow_certificate(**{**given, "point": given["point"][1:]})
    with pytest.raises(CertificateError, match="^program: got None, expected an object"):
        build_flow_certificate(**{**given, "program": None})
