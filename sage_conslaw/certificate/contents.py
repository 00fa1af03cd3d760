r"""
The contents of a certificate, those of version 1 and what both have, checked for their form
"""
from sage_conslaw.certificate.form import (
    MAX_DEGREE,
    MAX_VARIABLES,
    NAME,
    check_integer,
    check_keys,
    check_list,
    check_schema,
    check_version,
    common_denominator,
    read_claim,
    read_damping,
    read_number,
    read_point,
)
from sage_conslaw.certificate.reader import CertificateError, shown

#: Words of k indices are evaluated on D 2^(k-1) numbers.
MAX_WORD_NUMBERS = 2**20

_KEYS = ("schema", "version", "claim", "model", "variables", "fields", "prime", "point", "words",
         "laws")
_MODEL_KEYS = ("flow", "architecture", "widths", "bias", "damping", "mirror")


class Polynomials:
    r"""
    Terms with rational coefficients, as a field or a law has them.

    ATTRIBUTES:

    - ``terms`` -- dictionary from a term's key to its coefficient, a pair (numerator,
      denominator); the key is a monomial for a law and (component, monomial) for a field
    - ``denominator`` -- the least common denominator of the coefficients
    """
    __slots__ = ("terms", "denominator")

    def __init__(self, terms, denominator):
        self.terms = terms
        self.denominator = denominator

    def integral(self):
        r"""
        Return the terms multiplied by the common denominator.
        """
        if self.denominator == 1:
            return [(key, numerator) for key, (numerator, _) in self.terms.items()]
        return [(key, numerator * (self.denominator // denominator))
                for key, (numerator, denominator) in self.terms.items()]

    def modulo(self, prime):
        r"""
        Return the terms modulo a prime that divides no denominator.
        """
        return [(key, numerator * pow(denominator, -1, prime) % prime)
                for key, (numerator, denominator) in self.terms.items()]


class Model:
    r"""
    The model and flow that a certificate names.
    """
    __slots__ = ("flow", "architecture", "widths", "bias", "rate", "inverse_time", "damping",
                 "mirror")


class Certificate:
    r"""
    The contents of a certificate: well formed, and nothing proved yet.
    """
    __slots__ = ("variables", "fields", "prime", "point", "words", "laws", "lie_dimension",
                 "model")


def parse(data):
    r"""
    Check the form of a certificate and return it as a :class:`Certificate`.

    EXAMPLES::

        sage: from sage_conslaw.certificate.contents import parse
        sage: parse({"schema": "sage_conslaw.certificate"})
        Traceback (most recent call last):
        ...
        sage_conslaw.certificate.reader.CertificateError: the key 'version' is missing
    """
    check_keys(data, _KEYS, "")
    check_schema(data)
    check_version(data["version"])
    result = Certificate()
    result.variables = check_variables(data["variables"])
    size = len(result.variables)
    fields = check_list(data["fields"], "fields", least=1)
    result.fields = [_field(field, size, f"fields[{i}]") for i, field in enumerate(fields)]
    result.prime, result.point = read_point(data, size)
    result.words = check_list(data["words"], "words", most=size)
    for i, word in enumerate(result.words):
        check_word(word, len(fields), size, f"words[{i}]")
    laws = check_list(data["laws"], "laws", most=size)
    result.laws = [read_law(law, size, f"laws[{i}]") for i, law in enumerate(laws)]
    result.lie_dimension = read_claim(data["claim"], size, len(result.words), "words", len(laws))
    result.model = None if data["model"] is None else _model(data["model"])
    return result


def check_variables(value):
    r"""
    Check the names of the variables, their number and their form, and return them.

    EXAMPLES::

        sage: from sage_conslaw.certificate.contents import check_variables
        sage: check_variables(["x", "x"])
        Traceback (most recent call last):
        ...
        sage_conslaw.certificate.reader.CertificateError: variables: a name occurs twice
    """
    for i, name in enumerate(check_list(value, "variables", least=1, most=MAX_VARIABLES)):
        if type(name) is not str or not NAME.fullmatch(name):
            raise CertificateError(f"variables[{i}]: got {shown(name)}, expected a name of at "
                                   "most 64 letters, digits and underscores")
    if len(set(value)) != len(value):
        raise CertificateError("variables: a name occurs twice")
    return value


def _field(value, size, where):
    terms, denominator = {}, 1
    for term in check_list(value, where):
        if type(term) is not list or len(term) != 3:
            raise CertificateError(f"{where}: a term is {shown(term)}, expected a list of "
                                   "component, monomial and coefficient")
        component = term[0]
        if type(component) is not int or not 0 <= component < size:
            raise CertificateError(f"{where}: a component is {shown(component)}, expected an "
                                   f"integer from 0 to {size - 1}")
        key = component, _monomial(term[1], size, where)
        if key in terms:
            raise CertificateError(f"{where}: a term occurs twice")
        terms[key] = coefficient = read_number(term[2], where)
        if coefficient[1] != 1:
            denominator = common_denominator(denominator, coefficient[1], where)
    return Polynomials(terms, denominator)


def read_law(value, size, where):
    terms, denominator = {}, 1
    for term in check_list(value, where):
        if type(term) is not list or len(term) != 2:
            raise CertificateError(f"{where}: a term is {shown(term)}, expected a list of monomial "
                                   "and coefficient")
        key = _monomial(term[0], size, where)
        if key in terms:
            raise CertificateError(f"{where}: a monomial occurs twice")
        terms[key] = coefficient = read_number(term[1], where)
        if coefficient[1] != 1:
            denominator = common_denominator(denominator, coefficient[1], where)
    if not any(terms):
        raise CertificateError(f"{where} is constant, and a constant is no law")
    return Polynomials(terms, denominator)


def _monomial(value, size, where):
    if type(value) is not list:
        raise CertificateError(f"{where}: a monomial is {shown(value)}, expected a list")
    if len(value) > MAX_DEGREE:
        raise CertificateError(f"{where}: a monomial is of degree {len(value)}, accepted is at "
                               f"most {MAX_DEGREE}")
    previous = 0
    for variable in value:
        if type(variable) is not int or not previous <= variable < size:
            raise CertificateError(f"{where}: a monomial has the entry {shown(variable)}, expected "
                                   f"integers from 0 to {size - 1} in ascending order")
        previous = variable
    return tuple(value)


def check_word(word, number_of_fields, size, where):
    r"""
    Check that a word is a list of indices of fields, and not too long.

    The number of fields may be ``None``: not yet known.
    """
    check_list(word, where, least=1)
    if size << min(len(word) - 1, 64) > MAX_WORD_NUMBERS:
        raise CertificateError(f"{where}: got {shown(word)}, too many to be evaluated in {size} "
                               "variables")
    for index in word:
        if number_of_fields is None:
            check_integer(index, 0, where)
        elif type(index) is not int or not 0 <= index < number_of_fields:
            raise CertificateError(f"{where}: got {shown(index)}, expected the index of a field, "
                                   f"from 0 to {number_of_fields - 1}")


def _model(value):
    check_keys(value, _MODEL_KEYS, "model")
    model = Model()
    for key, accepted in (("flow", ("GradientFlow", "MomentumFlow")),
                          ("architecture", ("LinearNetwork", "ReLUNetwork", "NMF", "ICNN"))):
        if type(value[key]) is not str or value[key] not in accepted:
            raise CertificateError(f"model: {key} is {shown(value[key])}, expected one of "
                                   f"{', '.join(accepted)}")
        setattr(model, key, value[key])
    factors = model.architecture in ("NMF", "ICNN")
    model.widths = check_list(value["widths"], "model: widths", least=2, most=MAX_DEGREE,
                         exactly=3 if factors else None)
    for width in model.widths:
        check_integer(width, 1, "model: widths", most=MAX_VARIABLES)
    model.bias = value["bias"]
    if (type(model.bias) is not bool if model.architecture in ("ReLUNetwork", "ICNN")
            else model.bias is not None):
        raise CertificateError(f"model: bias is {shown(model.bias)}, expected true or false for "
                               "ReLUNetwork and ICNN, null for the others")
    model.damping = value["damping"]
    if model.flow == "GradientFlow" and model.damping is not None:
        raise CertificateError(f"model: damping is {shown(model.damping)}, expected null for "
                               "GradientFlow")
    model.rate, model.inverse_time = (
        read_damping(model.damping, "model: damping", "MomentumFlow")
        if model.flow == "MomentumFlow" else (None, False))
    model.mirror = check_list(value["mirror"], "model: mirror", most=2 * MAX_DEGREE)
    return model
