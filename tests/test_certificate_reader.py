"""Hostile files and texts in the place of a certificate."""

import os

import pytest

from certificate_refusals import ROOT, refused
from certificate_theorems import examples
from sage_conslaw.certificate import check_certificate, reader


def of_text(text, tmp_path):
    path = tmp_path / "hostile.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return refused(str(path))


@pytest.mark.parametrize("text, fragment", [
    (b"", "empty"),
    (b" \n\t ", "empty"),
    (b"[]", "got a list of 0 entries, expected an object"),
    (b"null", "got None, expected an object"),
    (b"1", "expected an object"),
    (b'"x"', "expected an object"),
    (b"{}", "the key 'schema' is missing"),
    (b"[" * 2_000_000, "nested too deeply"),
    (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
    (b'{"a":' * 100_000, "nested too deeply"),
    (b'{"schema": 1, "schema": 1}', "the key 'schema' occurs twice"),
    (b'{"claim": {"a": 1, "a": 1}}', "the key 'a' occurs twice"),
    (b'{"a": NaN}', "the number 'NaN'"),
    (b'{"a": Infinity}', "the number 'Infinity'"),
    (b'{"a": -Infinity}', "the number '-Infinity'"),
    (b'{"a": 1.0}', "the number '1.0', where only integers are accepted"),
    (b'{"a": 1e5}', "the number '1e5'"),
    (b'{"a": 1E400}', "the number '1E400'"),
    (b'{"a": -0}', "the number -0"),
    (b'{"a": ' + b"9" * 10_000_000 + b"}", "an integer of 10000000 characters"),
    (b'{"a": -' + b"9" * 5_000 + b"}", "an integer of 5001 characters"),
    (b'{"a": 0.' + b"9" * 1_000_000 + b"}", "only integers"),
    (b'{"' + b"a" * 1_000_000 + b'": 1}', "the key 'schema' is missing"),
    (b'{"a": "\xff"}', "not UTF-8 at byte 7"),
    (b"\xef\xbb\xbf{}", "BOM"),
    ('{"a": 1}'.encode("utf-16"), "not UTF-8 at byte 0"),
    ("{}".encode("utf-16-le"), "not JSON"),
    (b"\x00" * 100, "not JSON"),
    (b'{"a": 1}{}', "not JSON: Extra data"),
    (b'{"a": 1,}', "not JSON"),
    (b"{'a': 1}", "not JSON"),
    (b'{"a": 01}', "not JSON"),
    (b'{"a": "', "not JSON"),
    (b'{"a": "\n"}', "not JSON"),
    (b"__import__('os').abort()", "not JSON"),
    (b"{}" * 1_000_000, "not JSON: Extra data"),
    (b"[" + b"[]," * 2_900_000 + b"[]]", "expected an object"),
    (b"[" + b"[]," * 4_000_000 + b"[]]", "the JSON has more than 6,000,000 values"),
    (b"[" + b"1," * 8_000_000 + b"1]", "the JSON has more than 6,000,000 values"),
    (b" " * (reader.MAX_BYTES + 1), "larger than"),
], ids=lambda value: repr(value[:20]) if isinstance(value, bytes) else None)
def test_hostile_texts(text, fragment, tmp_path):
    assert fragment in of_text(text, tmp_path)


def test_text_of_a_certificate_with_odd_strings(tmp_path):
    text = examples()[0]
    for old, new, fragment in [
        ('"U1_1_1"', '"\\ud800"', "variables[0]"),
        ('"U1_1_1"', '"\\u0000"', "variables[0]"),
        ('"U1_1_1"', '"\\u001b[2J"', "variables[0]"),
        ('"schema"', '"sch\\u0065ma"', None),
        ('"prime"', '"prime\\u0000"', "the key 'prime' is missing"),
        ('"model"', '"extra": 1, "model"', "the key 'extra' is unknown"),
        ('"model"', '"\\u001b\\n": 1, "model"', "the key '\\x1b\\n' is unknown"),
        ('"prime"', '"prime": 2, "prime"', "the key 'prime' occurs twice"),
    ]:
        path = tmp_path / "odd.json"
        path.write_text(text.replace(old, new, 1))
        if fragment is None:
            check_certificate(path)
        else:
            assert fragment in refused(path)


def test_what_is_no_file(tmp_path):
    assert refused(str(tmp_path)) == "not an ordinary file"
    assert refused("/dev/zero") == "not an ordinary file"
    assert "No such file" in refused(str(tmp_path / "missing"))
    assert "Not a directory" in refused(str(ROOT / "setup.py" / "x"))
    assert "cannot be read" in refused("x" * 10_000)
    assert "cannot be read" in refused("a\0b")
    os.mkfifo(tmp_path / "pipe")
    assert refused(tmp_path / "pipe") == "not an ordinary file"
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert "cannot be read" in refused(tmp_path / "loop")
    (tmp_path / "zero").symlink_to("/dev/zero")
    assert refused(tmp_path / "zero") == "not an ordinary file"
    # it takes no place on the disk
    with open(tmp_path / "huge", "wb") as file:
        file.truncate(10**11)
    assert "larger than" in refused(tmp_path / "huge")
    (tmp_path / "link").symlink_to(tmp_path / "proof")
    (tmp_path / "proof").write_text(examples()[0])
    assert check_certificate(tmp_path / "link").number_of_laws == 3
