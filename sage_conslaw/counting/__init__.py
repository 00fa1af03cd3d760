r"""
The dimension of the trace of the Lie algebra, which counts the conservation laws

===================================================  ==========================================
:mod:`~sage_conslaw.counting.trace_dimension`        the dimension: engines, trials, the result
:mod:`~sage_conslaw.counting.trajectory`             one trial along random trajectories
:mod:`~sage_conslaw.counting.brackets`               one trial by Lie brackets
:mod:`~sage_conslaw.counting.program_systems`              fields in truncated power series
===================================================  ==========================================
"""
