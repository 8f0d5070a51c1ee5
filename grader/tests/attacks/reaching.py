"""Reaching out: to files, to other processes, to the network, to the kernel's larger doors.

Every expression is harmless if it is not refused, so the tests can also show that it does what it
says.
"""

import os

from grader.tests.attacks.attack import Attack, attempting

# Tests side by side, some of them without the sandbox, must not see each other's file.
IN_SHARED_MEMORY = f"/dev/shm/kata-was-here-{os.getpid()}"

_KERNEL = """
import ctypes, struct
LIBC = ctypes.CDLL(None, use_errno=True)
def kernel(number, *args):
    result = LIBC.syscall(number, *args)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
"""
_MEMORY = """
import ctypes
LIBC = ctypes.CDLL(None, use_errno=True)
def map_memory(flags):
    LIBC.mmap.restype = ctypes.c_void_p
    if LIBC.mmap(None, ctypes.c_size_t(4096), 3, flags, -1, ctypes.c_long(0)) == 2**64 - 1:
        raise OSError(ctypes.get_errno(), "mmap")
"""
_SIGNALS = """
import fcntl, socket, struct
left, right = os.pipe()
"""
_NOTES = """
import fcntl, struct, time
null, library = os.open("/dev/null", os.O_RDWR), os.open(os.__file__, os.O_RDONLY)
lock = struct.pack("hhqqi", fcntl.F_RDLCK, 0, 42, 1, 0)
"""
_FORK = """
def fork():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
def double_fork():
    pid = os.fork()
    if pid == 0:
        os.setsid()
        if os.fork() == 0:
            import time
            print("daemon is", os.getpid(), flush=True)
            time.sleep(60)
        os._exit(0)
    os.waitpid(pid, 0)
"""


def attacks(root: str, outside: str) -> list[Attack]:
    """Return the attacks of this family.

    Args:
        root: the root of the kata that grades.
        outside: a folder that no submission may reach.
    """
    return [
        attempting(
            "reading_the_answers",
            (15,),
            "the reference to copy, the suite and its tolerances",
            {
                "suite": f"open('{root}/tests/test_s09_rms_norm.py').read()",
                "reference": f"open('{root}/solutions/s09_rms_norm.py').read()",
                "later reference": f"open('{root}/solutions/s18_transformer.py').read()",
                "mistakes": f"open('{root}/mistakes/s09_rms_norm.py').read()",
                "right ways": f"open('{root}/grader/author/right_ways/s09_rms_norm.py').read()",
                "what models answer": f"open('{root}/tiny_weights/prompts.json').read()",
                "listing": f"os.listdir('{root}/solutions')",
            },
        ),
        attempting(
            "writing_the_result",
            (3, 43),
            "a result file of its own making; messages to the next submission",
            {
                "a file": f"open('{outside}/results.json', 'w').write('100')",
                "a folder": f"os.mkdir('{outside}/made')",
                "a link": f"os.symlink('/etc/passwd', '{outside}/link')",
                "other times": f"os.utime('{outside}/victim', (0, 0))",
                "other rights": f"os.chmod('{outside}/victim', 0o777)",
                "another length": f"os.truncate('{outside}/victim', 0)",
                "removal": f"os.remove('{outside}/victim')",
                "shared memory": f"open('{IN_SHARED_MEMORY}', 'w')",
            },
        ),
        attempting(
            "looking_into_the_grader",
            (17,),
            "expected values and secrets from the memory and the environment of its parent",
            {
                "environment": "open(f'/proc/{os.getppid()}/environ', 'rb').read()",
                "memory": "open(f'/proc/{os.getppid()}/mem', 'rb').close()",
                "command line": "open(f'/proc/{os.getppid()}/cmdline', 'rb').read()",
                "open files": "os.listdir(f'/proc/{os.getppid()}/fd')",
                "its own maps": "open('/proc/self/maps').read()",
            },
        ),
        attempting(
            "looking_into_the_grader_by_number",
            (17,),
            "the same through the kernel, or a frozen grader",
            {
                "process_vm_readv": "kernel(310, os.getppid(), None, 0, None, 0, 0)",
                "ptrace": "kernel(101, 0x4206, os.getppid(), 0, 0)",
                "pidfd_open": "kernel(434, os.getppid(), 0)",
                "kcmp": "kernel(312, os.getpid(), os.getppid(), 1, 0, 0)",
            },
            _KERNEL,
            numbered=True,
        ),
        attempting(
            "the_network",
            (21,),
            "answers from outside, and the teacher's files sent there",
            {
                "tcp": "__import__('socket').socket()",
                "udp": "__import__('socket').socket(type=2)",
                "unix": "__import__('socket').socket(1)",
                "pair": "__import__('socket').socketpair()",
                "netlink": "__import__('socket').socket(16, 3, 0)",
            },
        ),
        attempting(
            "processes_of_its_own",
            (33, 40),
            "a fork bomb; a daemon that spoils later results",
            {
                "fork": "fork()",
                "daemon": "double_fork()",
                "program": "__import__('subprocess').run(['true'], check=True)",
                "spawn": "os.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0)",
                "session": "os.setpgid(0, 0)",
            },
            _FORK,
        ),
        attempting(
            "signals_to_the_grader",
            (42,),
            "a grader that is killed, stopped or starved",
            {
                "kill": "os.kill(os.getppid(), 0)",
                "everybody": "os.kill(-1, 0)",
                "own group": "os.killpg(0, 0)",
                "its limits": "__import__('resource').prlimit(os.getppid(), 7)",
                "its processors": "os.sched_setaffinity(os.getppid(), os.sched_getaffinity(0))",
                "its priority": "os.setpriority(0, os.getppid(), os.getpriority(0, 0))",
            },
        ),
        attempting(
            "signals_by_the_kernel",
            (42,),
            "the same, sent by the kernel when something can be read",
            {
                "F_SETOWN": "fcntl.fcntl(left, fcntl.F_SETOWN, os.getppid())",
                "F_SETSIG": "fcntl.fcntl(left, 10, 28)",
                "F_SETOWN_EX": "fcntl.fcntl(left, 15, struct.pack('ii', 1, os.getppid()))",
                "FIOASYNC": "fcntl.ioctl(left, 0x5452, struct.pack('i', 1))",
            },
            _SIGNALS,
        ),
        attempting(
            "notes_for_another_worker",
            (43,),
            "what another submission knows, as 91 points once were by record locks",
            {
                "a lock": "fcntl.fcntl(null, fcntl.F_SETLK, lock)",
                "a lock as opened": "fcntl.fcntl(null, 37, lock)",
                "others' locks": "fcntl.fcntl(null, fcntl.F_GETLK, lock)",
                "pages forgotten": "os.posix_fadvise(library, 0, 0, os.POSIX_FADV_DONTNEED)",
                "flags of its opening": "fcntl.fcntl(library, fcntl.F_SETFL, os.O_DIRECT)",
                "free space": "os.statvfs('.')",
                "others' processor time": "time.clock_gettime((~os.getppid() << 3) | 2)",
            },
            _NOTES,
        ),
        attempting(
            "outliving_the_grader",
            (40, 49),
            "a worker that goes on when the grader is killed",
            {"prctl": "kernel(157, 1, 0, 0, 0, 0)", "subreaper": "kernel(157, 36, 1, 0, 0, 0)"},
            _KERNEL,
            numbered=True,
        ),
        attempting(
            "what_no_limit_counts",
            (34, 43, 49),
            "memory and messages that stay when their process has ended",
            {
                "memfd": "os.close(os.memfd_create('a'))",
                "shared mapping": "__import__('mmap').mmap(-1, 4096)",
                "message queue": "kernel(71, kernel(68, 0, 0o1600), 0, 0)",
                "semaphores": "kernel(66, kernel(64, 0, 1, 0o1600), 0, 0, 0)",
                "shared memory": "kernel(31, kernel(29, 0, 4096, 0o1600), 0, 0)",
                "io_uring": "os.close(kernel(425, 1, ctypes.create_string_buffer(200)))",
                "aio": "kernel(206, 1, ctypes.byref(ctypes.c_ulong()))",
                "watching files": "os.close(kernel(294, 0))",
                "keys": "kernel(250, 0, -3, 1)",
            },
            _KERNEL,
            numbered=True,
        ),
    ]
