r"""
A parallel map over the workers of ``sage.parallel``

=================================================  ===========================================
:mod:`~sage_conslaw.system.parallel.maps`          ``parallel_map``: how many workers, and when
:mod:`~sage_conslaw.system.parallel.tasks`         one task: its seed, its outcome, its error
:mod:`~sage_conslaw.system.parallel.workers`       the workers, how they start and end
=================================================  ===========================================
"""
