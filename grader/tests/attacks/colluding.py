"""Two submissions graded at the same time: one sends what it has found, the other hands it in.

Before issue 11 the first one's process held the reference of all earlier stages, and 91 points were
gained through record locks. Both are ordinary programs: outside the sandbox, with the reference
beside the first, the second does get it in the end.
"""

from grader.stages import STAGES

_NOTES = """
import fcntl, json, os, socket, struct, sys, time, zlib
HERE = os.path.dirname(os.path.abspath(__file__))
OWN = os.path.basename(__file__)
NULL = os.open("/dev/null", os.O_RDWR)
STEP = 1 << 10  # between two bytes, each told by where its lock lies
def lock(kind, begin, length):
    return struct.pack("hhqqi", kind, 0, begin, length, 0)
def first_line(path):
    with open(path) as file:
        return file.readline()
"""

# Publishes all stage files that it finds, and reports which byte code its modules contain.
ACCOMPLICE = (
    _NOTES
    + """
def hold(address):
    global held
    held = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    held.bind(address)
def publish(blob):
    whole = struct.pack("I", len(blob)) + blob
    for at, byte in reversed(list(enumerate(whole))):  # how much there is comes last
        fcntl.fcntl(NULL, fcntl.F_SETLK, lock(fcntl.F_RDLCK, at * STEP + byte, 1))
found = {}
for folder in (HERE, os.path.dirname(HERE), os.getcwd(), *sys.path):
    for name in [f"s{number:02}_" for number in range(1, 20)]:
        try:
            files = [one for one in os.listdir(folder) if one.startswith(name) and one != OWN]
        except OSError:
            continue
        for file in files:
            found[file] = open(os.path.join(folder, file)).read()
print("found", sorted(found), flush=True)
names = set()
for module in {modules}:
    try:
        earlier = __import__(f"exercises.{module}", fromlist=["stages have an import of their own"])
    except ImportError:
        continue
    for value in vars(earlier).values():
        if getattr(value, "__module__", None) == earlier.__name__:
            names |= set(value.__code__.co_names)
print("byte code calls", sorted(names), flush=True)
ways = {
    "locks": lambda: publish(zlib.compress(json.dumps(found).encode())),
    "a name of its own": lambda: hold("\\0kata-notes"),
    "the folder above": lambda: open("../kata-notes", "w").close(),
    "shared memory": lambda: open("/dev/shm/kata-notes", "w").close(),
    "forgotten pages": lambda: os.posix_fadvise(
        os.open(os.__file__, os.O_RDONLY), 0, 0, os.POSIX_FADV_DONTNEED),
    "/dev/null": lambda: fcntl.fcntl(NULL, fcntl.F_SETFL, os.O_ASYNC),
}
for way, tell in ways.items():
    try:
        tell()
        print("told by", way, flush=True)
    except OSError as error:
        print("refused", way, type(error).__name__, flush=True)
time.sleep({seconds})
def next_token_logits(*args): return None
predict_next_token = complete = next_token_logits
"""
)

# Listens in every way, and runs what it has received in place of a stage.
FREERIDER = (
    _NOTES
    + """
def heard_at(at):
    asked = lock(fcntl.F_WRLCK, at * STEP, STEP)
    kind, _, begin, *_ = struct.unpack("hhqqi", fcntl.fcntl(NULL, fcntl.F_GETLK, asked))
    return None if kind == fcntl.F_UNLCK else begin - at * STEP
def heard():
    if heard_at(0) is None:
        raise OSError("nothing is locked")
    size = struct.unpack("I", bytes(map(heard_at, range(4))))[0]
    return json.loads(zlib.decompress(bytes(map(heard_at, range(4, 4 + size)))))
def connect(address):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as asking:
        asking.connect(address)
def pages(path):
    if os.preadv(os.open(path, os.O_RDONLY), [bytearray(1)], 0, os.RWF_NOWAIT):
        raise OSError("in memory")
text, ways = {}, {
    "locks": lambda: text.update(heard()),
    "a name of its own": lambda: connect("\\0kata-notes"),
    "the folder above": lambda: os.listdir("..").index("kata-notes"),
    "shared memory": lambda: open("/dev/shm/kata-notes").close(),
    "forgotten pages": lambda: pages(os.__file__),
    "other processes": lambda: [first_line(f"/proc/{pid}/cmdline") for pid in os.listdir("/proc")
                                if pid.isdecimal()],
}
until, told = time.monotonic() + {seconds}, set()
while "locks" not in told and time.monotonic() < until:
    for way, listen in ways.items():
        try:
            listen()
            told.add(way)
        except (OSError, ValueError):
            pass
    time.sleep(0.02)
print("heard by", sorted(told), flush=True)
exec(text.get(OWN, ""), globals())
"""
)


def accomplice(seconds: float) -> str:
    """Return the text of a stage 19 that sends what it has found, and runs for so many seconds."""
    modules = [stage.name for stage in STAGES if stage.number < 19]
    return ACCOMPLICE.replace("{seconds}", str(seconds)).replace("{modules}", str(modules))


def freerider(seconds: float) -> str:
    """Return the text of any other stage, which listens for at most so many seconds."""
    return FREERIDER.replace("{seconds}", str(seconds))
