"""Whether processes are forked here; elsewhere they start as fresh interpreters."""

import os
import sys

# Forking a process that has used torch is safe only on Linux, and Windows can't fork at all. The
# variable is for tests: with it, Linux takes the same path as the other systems.
CAN_FORK = sys.platform == "linux" and "KATA_NO_FORK" not in os.environ
