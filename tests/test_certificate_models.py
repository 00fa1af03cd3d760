"""The checker's own fields of the models and flows that certificates name."""

import pytest
from certificate_refusals import example, refused
from sage_conslaw import ICNN, InverseTime, MomentumFlow
from sage_conslaw.certificate import (
    CertificateError,
    build_certificate,
    check_certificate,
    contents,
    models,
)
from small_cases import MODELS, gradient_flows, momentum_flows


def every_flow():
    cases = gradient_flows(MODELS) + momentum_flows(MODELS)
    return [flow for _, flow, _, _ in cases]


def parsed(flow, changes=()):
    """Return the fields of a flow as a certificate that is well formed and no more."""
    fields = flow.vector_fields()
    size = fields.number_of_variables
    data = build_certificate(fields, 2**31 - 1, [1] * size, [[0]] * size, [], flow)
    if data["model"]:
        data["model"].update(changes)
    return contents.parse(data)


def test_fields_of_all_models_are_built_again():
    named = 0
    for flow in every_flow():
        certificate = parsed(flow)
        if certificate.model is None:
            # these are certified as fields: a root of the time, or only some multiplied by it
            assert flow.damping.c.denominator > 1 or flow.metric
            continue
        models.check_model(certificate)
        named += 1
    assert named > 30


def test_other_parts_of_a_model_are_other_fields():
    flow = MomentumFlow(ICNN(2, 2, 3, bias=True), InverseTime(5), metric=("U", "b"))
    models.check_model(parsed(flow))
    for changes, fragment in [
        ({"damping": "5/2"}, "variables: got t where the model has s"),
        ({"damping": "0"}, "fields[0]"), ({"damping": "3/t"}, "fields[0]"),
        ({"mirror": []}, "fields[1]"), ({"mirror": ["U"]}, "fields[1]"),
        ({"mirror": ["U", "V"]}, "fields[1]"), ({"mirror": ["b", "U"]}, "order"),
        ({"mirror": ["U", "U"]}, "order"), ({"mirror": ["W"]}, "U, V, b"),
        ({"bias": False}, "variables"), ({"bias": None}, "true or false"),
        ({"widths": [2, 3, 2]}, "variables"), ({"widths": [2, 2]}, "expected 3"),
        ({"widths": [2, 2, 4]}, "variables"), ({"widths": [3, 2, 2]}, "variables: got V1_1"),
        ({"flow": "GradientFlow"}, "expected null"),
        ({"flow": "GradientFlow", "damping": None}, "variables"),
        ({"architecture": "NMF"}, "bias"), ({"architecture": "NMF", "bias": None}, "variables"),
        ({"architecture": "ReLUNetwork"}, "variables"), ({"architecture": "RNN"}, "expected one"),
    ]:
        with pytest.raises(CertificateError) as caught:
            models.check_model(parsed(flow, changes))
        assert fragment in str(caught.value), changes


def test_fields_in_another_order_are_not_those_of_the_model():
    certificate = example()
    certificate["fields"].reverse()
    assert "fields[0] is not the field of the model" in refused(certificate)
    certificate["model"] = None
    assert "no law" not in str(check_certificate(certificate))
