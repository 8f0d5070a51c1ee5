"""Import the program and its tests as if only what Windows has were there.

The standard library and the packages are imported first, because those that are installed here are
built for this system.
"""

import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import time
from fnmatch import fnmatch
from importlib import import_module

ONLY_UNIX = ("fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty")
LACKING = {
    os: "chown fork geteuid getppid getuid killpg memfd_create openpty setsid sched_getaffinity "
    "sched_setaffinity uname O_DIRECTORY O_NOFOLLOW O_PATH WNOHANG",
    signal: "SIGALRM SIGCONT SIGIO SIGKILL SIGPROF SIGSTOP SIGTSTP SIGXCPU setitimer pause",
    select: "poll",
    socket: "AF_UNIX send_fds recv_fds",
    time: "clock_gettime",
}
PACKAGES = (
    *("asyncio", "click", "distributed", "getpass", "jinja2", "logging.handlers"),
    *("matplotlib.pyplot", "multiprocessing.connection", "multiprocessing.popen_spawn_posix"),
    *("multiprocessing.resource_tracker", "numpy.random", "prompt_toolkit.input", "psutil"),
    *("pytest", "rich.console", "rich.markdown", "safetensors.torch", "subprocess", "tarfile"),
    *("tempfile", "tiktoken", "torch", "watchfiles", "filelock"),
    *("transformers.generation.logits_process", "transformers.models.llama.modeling_llama"),
)
# `__main__` runs the program; the others help with tests that are left out.
HELPERS = (
    *("__main__.py", "attack_server.py", "fork_server.py", "old_kernel.py", "other_user.py"),
    *("sitecustomize.py", "without_unix.py"),
)


def without_unix() -> None:
    """Remove what Windows lacks from this process."""
    for name in ONLY_UNIX:
        sys.modules[name] = None  # type: ignore[assignment]  # importing it then fails
    for module, names in LACKING.items():
        for name in names.split():
            vars(module).pop(name, None)
    vars(subprocess)["CREATE_NEW_PROCESS_GROUP"] = 0x200
    sys.platform = "win32"


def main() -> None:
    """Import every module, and print those that can't be imported."""
    for package in PACKAGES:
        import_module(package)
    without_unix()
    import grader
    from grader.tests.conftest import ONLY_ON_LINUX

    for module in pkgutil.walk_packages(grader.__path__, "grader.", onerror=lambda _: None):
        file = f"{module.name.rpartition('.')[2]}.py"
        is_left_out = any(fnmatch(file, pattern) for pattern in (*ONLY_ON_LINUX, *HELPERS))
        if not is_left_out and not module.name.startswith("grader.tests.attacks"):
            try:
                import_module(module.name)
            except Exception as error:
                print(f"{module.name}: {type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
