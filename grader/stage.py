"""The types of the stage table's rows."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Function:
    """A function that the learner writes.

    `returns_object` names the methods of a result that isn't plain data and therefore stays where
    the code runs (a tiktoken Encoding, for example); None means that the result is plain data.
    `reads_files` means that it opens a file named by an argument, so sandboxed code of later stages
    may not have it called by the grader.
    """

    name: str
    returns_object: tuple[str, ...] | None = None
    reads_files: bool = False


@dataclass(frozen=True)
class Constant:
    """A constant that the learner writes, graded by what these methods of it do."""

    name: str
    made_with: str  # what turns the constant into the object that has the methods
    methods: tuple[str, ...]


@dataclass(frozen=True)
class Stage:
    """One row: the stage's name, what the learner writes in it, and what it builds on."""

    number: int
    slug: str
    title: str
    objective: str
    minutes: int
    points: int
    functions: tuple[Function, ...]
    uses: tuple[int, ...] = ()  # the earlier stages that its code imports
    constants: tuple[Constant, ...] = ()
    own_stages: bool = False  # graded with the learner's own earlier stages
    bonus: bool = False  # beyond the 100 points, and graded only where it is named

    @property
    def name(self) -> str:
        return f"s{self.number:02d}_{self.slug}"

    @property
    def names(self) -> tuple[str, ...]:
        """The names that the learner defines: first functions, then constants."""
        functions = tuple(function.name for function in self.functions)
        return functions + tuple(constant.name for constant in self.constants)

    @property
    def has_code(self) -> bool:
        return bool(self.functions)
