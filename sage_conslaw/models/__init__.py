r"""
The architectures: their parameters by name and their functions `\phi`

======================================  ==================================
:mod:`sage_conslaw.models.base`         what all models share
:mod:`sage_conslaw.models.linear`       linear networks of any depth
:mod:`sage_conslaw.models.relu`         ReLU networks, with or without bias
:mod:`sage_conslaw.models.nmf`          non-negative matrix factorisation
:mod:`sage_conslaw.models.icnn`         two-layer input-convex networks
======================================  ==================================
"""
