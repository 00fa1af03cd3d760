r"""
Architectures of the literature, a file each: sizes, function, geometry, source

=============================================  =====================================
:mod:`sage_conslaw.architectures.base`         what all of them share
:mod:`sage_conslaw.architectures.linear`       linear networks of any depth
:mod:`sage_conslaw.architectures.relu`         ReLU networks, with or without bias
:mod:`sage_conslaw.architectures.nmf`          non-negative matrix factorisation
:mod:`sage_conslaw.architectures.icnn`         two-layer input-convex networks
:mod:`sage_conslaw.architectures.convolution`  convolutional networks, linear or ReLU
:mod:`sage_conslaw.architectures.attention`    attention, through its matrix products
=============================================  =====================================
"""
