r"""
A program as text that a person reads

EXAMPLES::

    sage: from sage_conslaw import Network
    sage: print(Network(lambda U, V: U @ V.T, {"U": (2, 3), "V": (4, 3)}))
    Network of U (2, 3), V (4, 3)
      U   parameter               (2, 3)
      V   parameter               (4, 3)
      a1  V rearranged            (3, 4)
      a2  U, a1: ab,bc->ac        (2, 4)
      returns a2
"""
from __future__ import annotations

from sage_conslaw.program.instructions import Instruction, Program

_NUMBERS_SHOWN = 6


def listed(program: Program) -> str:
    r"""
    Return the lines of a program: name, what it is, shape.
    """
    names: list[str] = []
    lines = []
    arrays = constants = 0
    for step in program.instructions:
        if step.op in ("parameter", "control"):
            names.append(step.detail if step.op == "parameter" else step.detail[0])
        elif step.op == "constant":
            constants += 1
            names.append(f"c{constants}")
        else:
            arrays += 1
            names.append(f"a{arrays}")
        lines.append((names[-1], _described(step, [names[k] for k in step.of]), str(step.shape)))
    widths = [max((len(line[k]) for line in lines), default=0) for k in (0, 1)]
    text = [f"  {name:<{widths[0]}}  {what:<{max(widths[1], 22)}}  {shape}"
            for name, what, shape in lines]
    outputs = ", ".join("0" if k is None else names[k] for k in program.outputs)
    return "\n".join([*text, f"  returns {outputs}"])


def _described(step: Instruction, of: list[str]) -> str:
    if step.op == "parameter":
        return "parameter"
    if step.op == "control":
        return {"input": "input", "gate": "gates", "restricted": "parameter, as a control"}.get(
            step.detail[1], step.detail[1])
    if step.op == "constant":
        numbers = [str(x) for x in step.detail.ravel()[:_NUMBERS_SHOWN]]
        return ", ".join(numbers) + (", ..." if step.size > _NUMBERS_SHOWN else "")
    if step.op == "add":
        return " + ".join(of)
    if step.op == "multiply":
        left, right, out = step.detail
        if not left or not right or left == right == out:
            return " * ".join(of)
        return f"{', '.join(of)}: {left},{right}->{out}"
    if step.op == "take":
        zeros = (step.detail < 0).any()
        return f"{of[0]} rearranged{', with zeros' if zeros else ''}"
    if step.op == "put":
        return f"{of[0]} added into zeros"
    if step.op == "sum":
        axes = ", ".join(map(str, step.detail))
        return f"{of[0]} summed over {'axis' if len(step.detail) == 1 else 'axes'} {axes}"
    if step.op == "function":
        return f"{step.detail[0]}({of[0]})"
    return f"1 / {of[0]}"
