"""Packaging of sage_conslaw.

``INSTALL_REQUIRES`` and ``EXTRAS_REQUIRE`` are plain literals: ``tools/sage_packages.py`` reads
them from this file too, to find what an existing Sage lacks.
"""

import ast
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).resolve().parent

INSTALL_REQUIRES = ["numpy", "scipy", "tabulate", "threadpoolctl", "tqdm"]

# Sage is an extra and never a plain requirement: pip would otherwise pull one Sage into another.
EXTRAS_REQUIRE = {
    "sage": ["passagemath-standard"],
    # from 2.6 on torch.export gives its table of decompositions; the version that is tested is in
    # tools/run.sh
    "torch": ["torch>=2.6,<3"],
    "test": [
        "pytest", "hypothesis", "sympy", "nbconvert", "nbformat", "ipykernel", "matplotlib",
    ],
}


def read_version():
    """Return the version written in ``sage_conslaw/_version.py``, without importing the package."""
    tree = ast.parse((HERE / "sage_conslaw" / "_version.py").read_text(encoding="utf-8"))
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and statement.targets[0].id == "__version__":
            return ast.literal_eval(statement.value)
    raise RuntimeError("sage_conslaw/_version.py sets no __version__")


setup(
    name="sage_conslaw",
    version=read_version(),
    description="Conservation laws of gradient and momentum flows of neural networks, "
                "found, counted and proved in exact arithmetic",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    author="The sage_conslaw developers",
    license="BSD-3-Clause",
    license_files=["LICENSE"],
    packages=find_packages(include=["sage_conslaw", "sage_conslaw.*"]),
    package_data={"sage_conslaw": ["py.typed"], "sage_conslaw.papers": ["data/*.json"]},
    python_requires=">=3.11",
    install_requires=INSTALL_REQUIRES,
    extras_require=EXTRAS_REQUIRE,
    classifiers=[
        "Development Status :: 4 - Beta",
        "Intended Audience :: Science/Research",
        "Operating System :: POSIX",
        "Programming Language :: Python :: 3",
        "Topic :: Scientific/Engineering :: Mathematics",
    ],
)
