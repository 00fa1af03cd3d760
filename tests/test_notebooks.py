"""The notebooks run through in the Sage kernel, and are kept with their outputs."""

from pathlib import Path
import re

import nbformat
import pytest

from sage_conslaw import cli
from sage_conslaw.papers.notebook_runner import execute, find_notebooks

DIRECTORY = Path(__file__).resolve().parents[1] / "notebooks"
NAMES = ["icml2024_A_euclidean_momentum", "icml2024_B_nmf", "icml2024_C_icnn", "icml2024_main",
         "neurips2023_main", "own_network"]
KERNEL = {"display_name": "SageMath", "language": "sage", "name": "sagemath"}


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_the_notebooks_are_there():
    assert set(NAMES) <= {path.stem for path in find_notebooks(DIRECTORY)}


@pytest.mark.parametrize("path", find_notebooks(DIRECTORY), ids=lambda path: path.stem)
def test_notebook_runs_through(path):
    before = path.read_bytes()
    executed = nbformat.reads(execute(path).decode(), as_version=4)
    assert all(cell.execution_count for cell in code_cells(executed))
    assert path.read_bytes() == before


@pytest.mark.parametrize("path", find_notebooks(DIRECTORY), ids=lambda path: path.stem)
def test_notebook_is_kept_with_outputs_and_nothing_of_the_machine(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "sagemath"
    assert any(cell.outputs for cell in code_cells(notebook))
    assert all(cell.execution_count for cell in code_cells(notebook))
    outputs = [str(data) for cell in code_cells(notebook) for output in cell.outputs
               for kind, data in output.get("data", {}).items() if kind.startswith("text")]
    assert not re.search(r"/(home|root|tmp|usr|work)/", "\n".join(outputs))
    assert not any(output.output_type in ("stream", "error") for cell in code_cells(notebook)
                   for output in cell.outputs)


def test_a_notebook_that_fails_is_reported_and_left_as_it_was(tmp_path, capsys):
    path = tmp_path / "wrong.ipynb"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("assert 1 + 1 == 3")])
    nbformat.write(notebook, path)
    before = path.read_bytes()
    assert cli.main(["notebooks", "--directory", str(tmp_path)]) == 1
    captured = capsys.readouterr()
    assert "wrong.ipynb: FAILED" in captured.out and "0 of 1 notebooks" in captured.out
    assert captured.err.startswith(f"error: {path}: nbclient.exceptions.CellExecutionError: ")
    assert "AssertionError" in captured.err and "nbconvert" not in captured.err
    assert path.read_bytes() == before


def test_executing_again_writes_the_outputs_unless_only_checking(tmp_path, capsys):
    path = tmp_path / "right.ipynb"
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": KERNEL}, cells=[
        nbformat.v4.new_code_cell("import sage_conslaw\nfactor(2024)",
                                  metadata={"tags": ["kept"]})])
    nbformat.write(notebook, path)
    before = path.read_bytes()
    assert cli.main(["notebooks", "--check", "--directory", str(tmp_path)]) == 0
    assert path.read_bytes() == before
    assert cli.main(["notebooks", "--directory", str(tmp_path)]) == 0
    written = nbformat.read(path, as_version=4)
    assert written.cells[0].outputs[0]["data"]["text/plain"] == "2^3 * 11 * 23"
    # nothing that changes from run to run, or with the version of the kernel
    assert written.cells[0].metadata == {"tags": ["kept"]}
    assert written.metadata == {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    again = path.read_bytes()
    assert cli.main(["notebooks", "--directory", str(tmp_path)]) == 0
    assert path.read_bytes() == again
    assert "1 of 1 notebooks ran through" in capsys.readouterr().out


def test_a_directory_without_notebooks_is_an_error(tmp_path, capsys):
    assert cli.main(["notebooks", "--directory", str(tmp_path)]) == 1
    assert "there is no notebook in" in capsys.readouterr().err
