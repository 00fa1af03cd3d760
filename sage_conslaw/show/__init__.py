r"""
Results as users see them: text, Markdown, JSON, pictures

Most of these take a :class:`~sage_conslaw.papers.results.Reproduction` and show it.

=====================================  ========================================================
:mod:`~sage_conslaw.show.tables`       what tables and sections hold, whatever they are set in
:mod:`~sage_conslaw.show.text`         plain text, for a terminal
:mod:`~sage_conslaw.show.markdown`     Markdown, for notebooks and files
:mod:`~sage_conslaw.show.json`         JSON
:mod:`~sage_conslaw.show.report`       the files of a report
:mod:`~sage_conslaw.show.pictures`     pictures
=====================================  ========================================================
"""
