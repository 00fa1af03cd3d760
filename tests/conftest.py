"""Settings shared by all tests: Sage comes first, and Hypothesis always draws the same examples."""

import sage.all  # noqa: F401  (single Sage modules imported first can fail on circular imports)
from hypothesis import HealthCheck, settings

settings.register_profile(
    "sage_conslaw",
    derandomize=True,
    deadline=None,
    database=None,
    print_blob=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("sage_conslaw")
