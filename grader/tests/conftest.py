"""Fixtures of the project's own tests: the reference, and texts and patterns to test it with."""

# ruff: noqa: RUF001 - texts in many scripts have letters that look like Latin ones

import gc
import os
import random
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tiktoken_ext.openai_public import cl100k_base

from grader.calls.stage_modules import reference_modules
from grader.can_fork import CAN_FORK
from grader.editions import find_kata
from grader.kata import Kata
from grader.suite.oracle import reference_of
from grader.suite.yours_and_reference import Reference
from grader.tests.forked_program import FRESH, popen_that_forks
from grader.tests.handed_out import compile_program, made, with_few_mistakes
from grader.tests.made_once import made_once
from grader.tests.programs import fork_server
from grader.tests.small_process import pool_of_small_workers  # noqa: F401 - it must be early
from grader.tests.wire_channel import Block, with_norm
from grader.workers.warm_torch import freeze_garbage

# A class is graded in a sandbox, and there is one only on Linux. `termios` is there and on macOS.
ONLY_ON_LINUX = [
    *("test_attacks*.py", "test_author_command.py", "test_class*.py", "test_confined*.py"),
    *("test_earlier_*.py", "test_export*.py", "test_fork_server.py", "test_grade*.py"),
    *("test_intake*.py", "test_journal.py", "test_local_grader.py"),
    *("test_merge.py", "test_neighbours.py", "test_nested_results.py", "test_no_answer_inside.py"),
    *("test_sandbox*.py", "test_scheduler.py", "test_watch.py"),
]
collect_ignore_glob = [] if CAN_FORK else ONLY_ON_LINUX

# Tests run side by side, and threads that wait for each other in one of them slow down the rest.
os.environ["OMP_NUM_THREADS"] = "1"
# Messages are compared in English, whatever the language of this machine.
os.environ["LANGUAGE"] = "en"
# Servers that tests start from this process are forks, so that they need not import torch.
if CAN_FORK:
    subprocess.Popen = popen_that_forks(lambda: fork_server().address)  # type: ignore[misc]
# tiktoken caches vocabulary files by their path, so it would miss that one has changed.
os.environ["TIKTOKEN_CACHE_DIR"] = ""

NATURAL = [
    "The answer was there all along, wasn't it? They'd looked for it, I'VE heard, in 1979.",
    "O'Donnell's and O'Connor's boats: $12,345.67 each (or 1000000 in all)!",
    "Die Antwort? Zweiundvierzig. Größe, Maß und Übermut kosten 42 €.",
    "« Où est la clé ? » – l'été dernier, elle l'avait cachée à Noël.",
    "¿Cuántos caminos hay? Mañana lo sabremos, ¡por fin!",
    "A resposta não é tão difícil: é só somar três e trinta e nove.",
    "Zażółć gęślą jaźń, potem policz do czterdziestu dwóch.",
    "Příští úterý přijde řeka až k našemu stolu.",
    "İstanbul'da ışıklar yandı; şüphesiz ağaçlar da gördü.",
    "Tiếng Việt có nhiều dấu, và câu trả lời vẫn là bốn mươi hai.",
    "Η απάντηση είναι σαράντα δύο, είπε η γάτα.",
    "Ответ прост: сорок два, но вопрос никто не помнит.",
    "Їжак з'їв яблуко й ґрунтовно подумав.",
    "პასუხი არის ორმოცდაორი, კითხვა კი დაგვავიწყდა.",
    "Պատասխանը քառասուներկու է։",
    "התשובה היא ארבעים ושתיים, וזה מספיק.",
    "الجواب هو ٤٢، والسؤال ما زال بعيدًا.",
    "پاسخ چهل و دو است؛ می‌دانی چرا؟",
    "उत्तर बयालीस है, और प्रश्न ४२ बार पूछा गया।",
    "উত্তর হলো বিয়াল্লিশ, প্রশ্ন কী ছিল?",
    "பதில் நாற்பத்திரண்டு, கேள்வி எங்கே?",
    "సమాధానం నలభై రెండు అని చెప్పారు.",
    "คำตอบคือสี่สิบสอง ส่วนคำถามหายไปแล้ว ๔๒",
    "ຄຳຕອບແມ່ນສີ່ສິບສອງ",
    "ចម្លើយគឺសែសិបពីរ។",
    "အဖြေက လေးဆယ့်နှစ် ဖြစ်သည်။",
    "ལན་ནི་བཞི་བཅུ་ཞེ་གཉིས་ཡིན།",
    "答案是四十二,但是问题是什么呢?我们再想一想。",
    "答えは四十二です。カタカナとひらがなも、ABCも混ざる。",
    "정답은 마흔둘이다. 그런데 질문은 무엇이었을까?",
    "መልሱ አርባ ሁለት ነው።",
    "ᎣᏏᏲ ᏙᎯᏧ",
    "Хариулт нь дөчин хоёр юм шүү.",
    "🙂🚀👩‍🚀👩🏽‍🔬🇫🇷 and 4️⃣2️⃣ ❤️‍🔥",
    "∀x ∈ ℝ: x² ≥ 0, ½ + ¼ = ¾, Ⅻ months, a₁b₂ → 𝔸𝔹",
    "e\u0301 is not \u00e9, n\u0303 is not \u00f1, and \ufb01sh is f\u200di\u200dsh",
    "def answer(x: int) -> int:\n    return x * 7  # six\n\n\tif not x:\r\n\t\tpass\n",
    '{"name": "Zaphod", "heads": [1, 2], "arms": 3}\n<p class="x">&nbsp;</p>',
    "   three before,  two between, and some after   ",
    "\n\n \n\r\n\t\n  lines \n \n  x\u00a0y\u3000z\u2028w\u0085v",
    "....!!!???---===///***   ...   'LL 'tis 'Twas we'Re",
]

ALPHABETS = [
    "abcdefghijklmnopqrstuvwxyz",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "sStTdDmMlLrRvVeE'’",
    "0123456789",
    "0123456789٠١٢٣४५६๔๒²³½Ⅻ",
    " .,;:!?-_()[]{}<>/\\|@#$%^&*+=~`\"'",
    " \n\r\t\u00a0\u3000\u2028\u000b",
    "éèêàçñõäöüßøåæœłşğıİčřžđơư",
    "αβγδεζηθικλμνξοπρστυφχψωάέή",
    "абвгдежзийклмнопрстуфхцчшщыьэюяїґ",
    "אבגדהוזחטיכלמנסעפצקרשת",
    "ابتثجحخدذرزسشصضطظعغفقكلمنهوي\u064e\u0651",
    "कखगघचछजझटठडढणतथदधनपफबभमयरलवशसह\u093e\u093f\u0940\u094d",
    "กขคงจชซญดตถทนบปผพฟมยรลวสหอ\u0e31\u0e34\u0e48\u0e49",
    "的一是不了人我在有他这中大来上国语日本答案四十二",
    "あいうえおかきくけこさしすせそアイウエオカキクケコー",
    "가나다라마바사아자차카타파하한국어",
    "🙂🚀🧪🐬❤\ufe0f\u200d👩🏽",
]


def random_text(rng: random.Random) -> str:
    """Return a few words, each made of letters from one or two alphabets."""
    words = []
    for _ in range(rng.randint(1, 6)):
        letters = "".join(rng.sample(ALPHABETS, rng.randint(1, 2)))
        words.append("".join(rng.choices(letters, k=rng.randint(1, 8))))
    return rng.choice(["", " ", "  "]).join(words)


def spliced_text(rng: random.Random) -> str:
    """Return the beginning of one natural text and the end of another, cut anywhere."""
    first, second = rng.sample(NATURAL, 2)
    return first[: rng.randrange(len(first))] + second[rng.randrange(len(second)) :]


@pytest.fixture(scope="session")
def kata() -> Kata:
    """The checkout that contains these tests."""
    return find_kata(Path(__file__))


@pytest.fixture(scope="session")
def reference(kata: Kata) -> Reference:
    """The reference, called directly."""
    return reference_of(kata.solutions)


@pytest.fixture(scope="session")
def texts() -> list[str]:
    """Three thousand texts in many scripts, the same in every run."""
    rng = random.Random(42)
    return NATURAL + [make(rng) for make in (random_text, spliced_text) for _ in range(1500)]


@pytest.fixture(scope="session")
def openai_pattern() -> str:
    """The pattern of OpenAI's cl100k_base, on which Llama 3's is based.

    tiktoken has changed it since, so that line ends and other whitespace at the very end of a text
    stay together. Compare only texts that end in something else.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tiktoken_ext.openai_public.load_tiktoken_bpe", lambda *_, **__: {})
        return str(cl100k_base()["pat_str"])


@pytest.fixture(scope="session")
def llama3_dir() -> Path:
    """A folder in Meta's layout that has at least the real vocabulary."""
    folder = os.environ.get("LLAMA3_DIR")
    if not folder or not (Path(folder) / "tokenizer.model").is_file():
        pytest.skip("set LLAMA3_DIR to a folder that has Llama 3's own tokenizer.model")
    return Path(folder)


@pytest.fixture(scope="session")
def handout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A handout of all stages, with one seed, and few mistakes in most of them."""

    def make(folder: Path) -> None:
        made(folder, "1-32", kata=with_few_mistakes(folder.with_name("few_mistakes")))
        compile_program(folder)

    return made_once(tmp_path_factory, "handout", make)


@pytest.fixture
def fresh_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the servers that this process starts fresh interpreters, and its children."""
    monkeypatch.setattr(subprocess, "Popen", FRESH)


@pytest.fixture
def block(tmp_path: Path, kata: Kata) -> Iterator[Callable[..., Block]]:
    """Return a function that makes a block from its body and, if given, another `rms_norm`."""
    blocks: list[Block] = []

    def make(body: str, norm: Callable[..., Any] | None = None) -> Block:
        reference = with_norm(kata, norm) if norm else reference_modules(kata.solutions)
        blocks.append(Block(tmp_path, reference, body))
        return blocks[-1]

    yield make
    for one in blocks:
        one.close()


def pytest_collection_finish() -> None:
    """Keep the garbage collector off what stays until the end, and let it come less often."""
    freeze_garbage()
    gc.set_threshold(20_000, 20)
