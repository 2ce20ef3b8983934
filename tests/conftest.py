"""What all tests share: property tests try the same values in each run, however busy the machine is,
and interrupts arrive."""

import signal

from hypothesis import HealthCheck, settings

settings.register_profile(
    "tests", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("tests")

# A shell starts what runs in the background with interrupts ignored, and its children are born so.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
