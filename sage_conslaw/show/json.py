r"""
JSON with what fits on one line on one line
"""
import json


def to_json(value, indent=0):
    r"""
    Return a value as JSON with what fits on one line on one line.

    INPUT:

    - ``value`` -- dictionaries, lists, strings, numbers, booleans, ``None``

    EXAMPLES::

        sage: from sage_conslaw.show.json import to_json
        sage: print(to_json({"dims": [int(2), int(3)], "bias": None}))
        {"dims": [2, 3], "bias": null}
    """
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, (dict, list)) or not value or indent + len(line) <= 200:
        return line
    if isinstance(value, dict):
        entries = [f"{json.dumps(key, ensure_ascii=False)}: {to_json(entry, indent + 1)}"
                   for key, entry in value.items()]
        opening, closing = "{}"
    else:
        entries = [to_json(entry, indent + 1) for entry in value]
        opening, closing = "[]"
    pad = "\n" + " " * (indent + 1)
    return opening + pad + ("," + pad).join(entries) + "\n" + " " * indent + closing
