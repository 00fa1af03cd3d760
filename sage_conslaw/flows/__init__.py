r"""
Training flows: gradient and momentum, with their metrics and damping

A flow of a model with parameters `\theta \in \mathbb{R}^n` and metric
`M(\theta)` is turned into polynomial vector fields whose joint first integrals
are its conservation laws:

==========================================  =======================  ===========
flow                                        state                    number `D`
==========================================  =======================  ===========
gradient, `\theta' = -M \nabla E`           `\theta`                 `n`
momentum, `\theta'' + \tau \theta' =        `(s, \theta, v)`,        `2 n + 1`
-M \nabla E`                                `v = \theta'`
==========================================  =======================  ===========

For momentum the fields are `\chi_0`, which moves the state without data, and
`(0, 0, M \nabla\phi_i)` for every entry of `\phi`.

================================================  =========================================
:mod:`~sage_conslaw.flows.flow`                   what both flows share
:mod:`~sage_conslaw.flows.gradient`               the gradient flow
:mod:`~sage_conslaw.flows.momentum`               the momentum flow
:mod:`~sage_conslaw.flows.metrics`                the metrics `M(\theta)`
:mod:`~sage_conslaw.flows.damping`                the damping `c / t`
:mod:`~sage_conslaw.flows.rates`                  dampings and decays, exactly
:mod:`~sage_conslaw.flows.field_programs`         the fields of a flow as programs
:mod:`~sage_conslaw.flows.expansion`              from programs to tables of terms
:mod:`~sage_conslaw.flows.vector_fields`          polynomial vector fields, a flow's or a user's
:mod:`~sage_conslaw.flows.sage_polynomials`       from tables of terms to polynomials and back
:mod:`~sage_conslaw.flows.reading`                reading the fields that users give
:mod:`~sage_conslaw.flows.entries`                what kinds of fields and entries there are
:mod:`~sage_conslaw.flows.sage_entries`           entries that are polynomials of Sage
:mod:`~sage_conslaw.flows.symbolic_entries`       expressions of SymPy and of Sage
================================================  =========================================
"""
