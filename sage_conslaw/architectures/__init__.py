r"""
The architectures: their parameters by name and their functions `\phi`

============================================  ==================================
:mod:`~sage_conslaw.architectures.base`       what all models share
:mod:`~sage_conslaw.architectures.linear`     linear networks of any depth
:mod:`~sage_conslaw.architectures.relu`       ReLU networks, with or without bias
:mod:`~sage_conslaw.architectures.nmf`        non-negative matrix factorisation
:mod:`~sage_conslaw.architectures.icnn`       two-layer input-convex networks
============================================  ==================================
"""
