"""The code blocks of the documents. A block that is indented, or fenced as bash, is one for a shell; others are fenced as what they are."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHELL = ("", "bash")
OTHERS = ("json", "text", "yaml", "python", "javascript", "dart")


@dataclass(frozen=True)
class Block:
    document: str  # relative to the repository
    line: int
    language: str  # "" of an indented one
    text: str

    @property
    def commands(self) -> list[str]:
        """Its lines without comments; those that a backslash continues are one."""
        lines = self.text.replace("\\\n", " ").splitlines()
        bare = (re.sub(r"(^|\s+)#.*$", "", line).strip() for line in lines)
        return [re.sub(r"\s+", " ", line) for line in bare if line]

    @property
    def name(self) -> str:
        """What it is known by in test_shell_blocks.py: it stays when lines above it move."""
        return f"{self.document}: {self.commands[0]}"


def documents() -> list[str]:
    return subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()


def blocks_of(document: str, text: str) -> list[Block]:
    """All code blocks of a document, in their order."""
    found = []
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        start = number
        fence = re.fullmatch(r"```(\w*).*", lines[number])
        if fence:
            number = next(n for n in range(start + 1, len(lines)) if lines[n].startswith("```"))
            found.append(Block(document, start + 1, fence[1] or "unnamed", "\n".join(lines[start + 1 : number]) + "\n"))
        elif lines[number].startswith("    ") and (number == 0 or not lines[number - 1]):
            while number < len(lines) and (lines[number].startswith("    ") or not lines[number]):
                number += 1
            text_of_block = "\n".join(line[4:] for line in lines[start:number]).rstrip("\n")
            found.append(Block(document, start + 1, "", text_of_block + "\n"))
            continue
        number += 1
    return found


def all_blocks() -> list[Block]:
    return [block for document in documents() for block in blocks_of(document, (ROOT / document).read_text())]


def shell_blocks() -> list[Block]:
    return [block for block in all_blocks() if block.language in SHELL]


def block(name: str) -> Block:
    """The only one of this name."""
    (found,) = (block for block in shell_blocks() if block.name == name)
    return found
