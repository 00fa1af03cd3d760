r"""
Networks: functions of named arrays, and what is made from them

=================  ========================================================================
``network``        :class:`~sage_conslaw.networks.network.Network`
``derived``        restricted, frozen, tied, composed networks
``gate_checks``    whether gates can be free controls
``gate_patterns``  patterns that gates were not seen to take
``names``          names and shapes, checked
=================  ========================================================================
"""
