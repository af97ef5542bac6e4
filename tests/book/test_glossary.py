"""Each term of the glossary is used in the chapter to which its entry points."""

from __future__ import annotations

import re

import lecture_ids
import pytest

ENTRY = re.compile(r"^(\S.*)\n((?:  .*\n)+)", re.MULTILINE)
TEXT = (lecture_ids.ROOT / "book/glossary.md").read_text(encoding="utf-8")
TERMS = dict(ENTRY.findall(TEXT.partition("```{glossary}\n")[2]))


def test_terms_stand_in_alphabetical_order():
    assert len(TERMS) >= 35
    assert list(TERMS) == sorted(TERMS, key=str.lower)


@pytest.mark.parametrize("term", TERMS)
def test_chapter_uses_the_term(term):
    [label] = re.findall(r"\{ref\}`(ch-[\w-]+)`", TERMS[term])
    [chapter] = [path for path in lecture_ids.chapters()
                 if f"({label})=" in path.read_text(encoding="utf-8")]
    text = " ".join(chapter.read_text(encoding="utf-8").lower().split())
    stem = term.lower().removesuffix(" method").removesuffix("ation").replace("–", "-")
    assert stem in text.replace("–", "-"), f"{chapter.name} has no {term!r}"
