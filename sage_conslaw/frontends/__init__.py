r"""
Networks from the modules of other frameworks

Each framework is an optional dependency, imported when a module of it is read.

===========================================  ====================================================
:mod:`~sage_conslaw.frontends.from_torch`    a network from a module of PyTorch
:mod:`~sage_conslaw.frontends.exporting`     what PyTorch is asked for: a graph of its operations
:mod:`~sage_conslaw.frontends.reading`       that graph, as steps in terms of NumPy
:mod:`~sage_conslaw.frontends.writing`       the steps that compute
:mod:`~sage_conslaw.frontends.operands`      values and constants of the steps
:mod:`~sage_conslaw.frontends.movement`      operations that move entries, as gathers
:mod:`~sage_conslaw.frontends.operations`    operations that compute, a row each
:mod:`~sage_conslaw.frontends.layers`        the longer ones of them: convolutions, norms
:mod:`~sage_conslaw.frontends.masks`         minus infinity before a softmax
:mod:`~sage_conslaw.frontends.agreement`     the network beside the module, in floats
===========================================  ====================================================
"""
