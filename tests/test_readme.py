"""Every Python example of README and CONTRIBUTING runs and prints what is said there."""

import os
from pathlib import Path
import re
import subprocess
import sys

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```\n+```text\n(.*?)```", README + CONTRIBUTING, re.DOTALL)


def test_every_python_example_has_its_output():
    assert len(EXAMPLES) == (README + CONTRIBUTING).count("```python") >= 9


@pytest.mark.parametrize("code, output", EXAMPLES)
def test_example_prints_what_the_readme_says(code, output, tmp_path):
    file = tmp_path / "example.py"
    file.write_text(code, encoding="utf-8")
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    result = subprocess.run(
        [sys.executable, str(file)], capture_output=True, text=True, timeout=120, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))})
    assert result.stderr == ""
    assert result.stdout == output


def test_every_file_that_the_readme_names_is_there():
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    for target in targets:
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target
