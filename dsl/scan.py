"""Characters to tokens: words become keywords of the source's spoken language, newlines become ends of items.

One pass, by the regular terminals of grammar.lark. It never stops: what can't be a token is reported and skipped, or
read as what it was surely meant to be, and every item ends in a token `_END`, so that the parser can lose one item
and find the next. Braces that don't match are brackets.py's matter, items that don't parse recover.py's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from lark.lexer import PatternStr

from dsl.diagnostics import Diagnostic, Fix, Label, Language
from dsl.grammar import grammar
from dsl.keywords import FUNCTION_NAMES, LANGUAGES, WORDS_AFTER, Vocabulary
from dsl.limits import limit
from dsl.span import Source, Span
from dsl.tokens import Comment, Origin, Token, terminals

# How deep blocks may nest. The deepest real form needs eleven: regime, table, columns and five levels of headings.
MAX_BLOCKS = limit("BIEU_MAX_BLOCKS")

# The most tokens of a source. A text of the largest size has half as many; one of nothing but signs would have more.
MAX_TOKENS = limit("BIEU_MAX_TOKENS")


@dataclass(frozen=True, slots=True)
class Scan:
    """All tokens of a source, in order, and its comments. refused: too much for the parser to be asked."""

    origin: Origin
    tokens: list[Token]
    comments: list[Comment]
    refused: bool


# A line that ends in one of these goes on in the next.
_GOES_ON = terminals(
    """PLUS MINUS STAR SLASH EQ NE LT LE GT GE COMMA COLON DOT DOTDOT PIPE LPAR LSQB
    AND OR NOT IF THEN ELSE"""
)

# The keywords a formula may hold: any other begins something new, whatever bracket is still open.
_IN_FORMULAS = frozenset({"IF", "THEN", "ELSE", "AND", "OR", "NOT", "TRUE", "FALSE"})

_CLOSER = {"LPAR": "RPAR", "LSQB": "RSQB"}
_SIGN = {"LPAR": "(", "RPAR": ")", "LSQB": "[", "RSQB": "]"}

# Signs of other languages and of word processors, and the sign meant here.
_FOREIGN_SIGNS: Mapping[str, tuple[str, str]] = {
    "==": ("EQ", "="),
    "!=": ("NE", "<>"),
    "≠": ("NE", "<>"),
    "≤": ("LE", "<="),
    "=<": ("LE", "<="),
    "≥": ("GE", ">="),
    "=>": ("GE", ">="),
    "×": ("STAR", "*"),
    "÷": ("SLASH", "/"),
    "−": ("MINUS", "-"),
    "–": ("MINUS", "-"),
    "&&": ("AND", "and"),
    "||": ("OR", "or"),
}

LANGUAGE_LINE = re.compile(r"#[ \t]*ngôn ngữ[ \t]*:[ \t]*([^\s#]*)")
_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_ESCAPE = re.compile(r"\\(.)")


@lru_cache(maxsize=1)
def _token_pattern() -> Callable[[str, int], re.Match[str] | None]:
    """One pattern for blanks and the token after them; the group's name is the terminal or one of the scanner's own."""
    regular = sorted(
        grammar().lexer_conf.terminals,
        # As Lark orders them: by priority, then the longer sign before the one it begins with.
        key=lambda terminal: (
            -terminal.priority,
            isinstance(terminal.pattern, PatternStr),
            terminal.name != "PERCENTAGE",
            -len(terminal.pattern.value),
        ),
    )
    foreign = "|".join(map(re.escape, sorted(_FOREIGN_SIGNS, key=len, reverse=True)))
    groups = [
        r"(?P<newline>\n)",
        r"(?P<comment>(?:#|//)[^\n]*)",
        rf"(?P<foreign>{foreign})",
        r"(?P<joined>\d[\d_]*[^\W\d_]\w*)",
        *(f"(?P<{terminal.name}>{terminal.pattern.to_regexp()})" for terminal in regular),
        r"(?P<open_text>\"[^\n]*)",
        r"(?P<quoted>“[^“”\"\n]*[”\"]|‘[^‘’\n]*’|'[^'\n]*')",
        r"(?P<separator>;)",
        r"(?P<stray>[^ \t])",
    ]
    return re.compile(rf"[ \t]*(?:{'|'.join(groups)})").match


@lru_cache(maxsize=len(LANGUAGES))
def _phrase_patterns(language: Language) -> Mapping[str, re.Pattern[str]]:
    """For a word that begins keywords of several words: what may follow it, the longest first."""
    return {
        first: re.compile(
            "|".join(
                "".join(rf"[ \t]+{re.escape(word)}" for word in phrase.split(" ")[1:]) + r"(?!\w)"
                for phrase in phrases
            )
        )
        for first, phrases in LANGUAGES[language].phrases.items()
    }


@lru_cache(maxsize=len(LANGUAGES))
def _item_pattern(language: Language) -> re.Pattern[str]:
    """What can only begin an item, or end a block, at the start of a line: inside a formula none of it can stand."""
    keywords = LANGUAGES[language].keywords.items()
    starts = "|".join(_words_pattern(text) for text, terminal in keywords if terminal not in _IN_FORMULAS)
    inside = "|".join(_words_pattern(text) for text, terminal in keywords if terminal in _IN_FORMULAS)
    functions = "|".join(FUNCTION_NAMES)
    return re.compile(
        rf"(?:\}}"
        rf"|(?!(?:{functions})[ \t]*\()(?:{starts})(?!\w)"
        # Two words, or a word and a text, side by side.
        rf"|(?!(?:{inside})(?!\w))[^\W\d]\w*[ \t]+(?!(?:{inside})(?!\w))(?:\"|[^\W\d]))"
    )


def _words_pattern(spelling: str) -> str:
    return spelling.replace(" ", r"[ \t]+")


# What may lie between a line and the next that says something.
_BLANKS = re.compile(r"(?:[ \t\n]|#[^\n]*\n)*")
_PARENTHESIS = re.compile(r"[ \t]*\(")


def source_language(source: Source) -> tuple[Language, Diagnostic | None]:
    """The spoken language the first line chooses, English where it says nothing, and what is wrong with the choice."""
    found = LANGUAGE_LINE.match(source.text)
    if found:
        for language in LANGUAGES:
            if found.group(1) == language:
                return language, None
        span = Span(source.name, found.start(1), found.end(1))
        return "en", Diagnostic("BIEU0006", span, {"language": found.group(1), "known": "`vi`\n`en`"})
    word = re.compile(r"(?:\s|#[^\n]*\n)*([^\W\d]\w*)").match(source.text)
    if word and word.group(1) not in LANGUAGES["en"].keywords and word.group(1) in LANGUAGES["vi"].keywords:
        span = Span(source.name, word.start(1), word.end(1))
        fix = Fix(Span(source.name, 0, 0), "# ngôn ngữ: vi\n")
        return "vi", Diagnostic("BIEU0007", span, {"word": word.group(1)}, fix=fix)
    return "en", None


def scan(source: Source) -> Scan:
    """The tokens of a whole source."""
    language, problem = source_language(source)
    origin = Origin(source.name, language)
    if problem:
        origin.report(problem)
    return _Scanner(source.text, origin).run()


def _unescaped(formula: str) -> str:
    r"""A formula inside a text, where `\"` stands for a quote, with quotes in their place and every offset kept."""
    pieces = formula.split('\\"')
    return pieces[0] + "".join((' "' if i % 2 == 0 else '" ') + piece for i, piece in enumerate(pieces[1:]))


class _Scanner:
    """One pass over one text. Offsets it gives are shifted by `offset`, those it takes are not."""

    def __init__(self, text: str, origin: Origin, offset: int = 0) -> None:
        self.text = text
        self.origin = origin
        self.offset = offset
        self.vocabulary = LANGUAGES[origin.language]
        self.foreign = [table for table in LANGUAGES.values() if table.language != origin.language]
        self.tokens: list[Token] = []
        self.comments: list[Comment] = []
        self.brackets: list[Token] = []
        self.blocks = 0
        self.next_code = 0  # where the next line that is neither blank nor a comment goes on

    def run(self) -> Scan:
        """Every token to the end of the text."""
        text, offset, origin = self.text, self.offset, self.origin
        match = _token_pattern()
        tokens = self.tokens
        special: Mapping[str | None, Callable[[int, int], int | None]] = {
            "NAME": self._word,
            "STRING": self._string,
            "newline": self._newline,
            "comment": self._comment,
            "separator": self._separator,
            "LBRACE": self._open_block,
            "RBRACE": self._close_block,
            "LPAR": self._open_bracket,
            "LSQB": self._open_bracket,
            "RPAR": self._close_bracket,
            "RSQB": self._close_bracket,
            "foreign": self._foreign_sign,
            "joined": self._joined,
            "open_text": self._open_text,
            "quoted": self._quoted,
            "stray": self._stray,
        }
        position = 0
        while found := match(text, position):
            kind = found.lastgroup
            start, position = found.span(kind or 0)
            handle = special.get(kind)
            if handle:
                position = handle(start, position) or position
                if self.blocks > MAX_BLOCKS:
                    self._report("BIEU0004", position - 1, position, limit=str(MAX_BLOCKS))
                    return Scan(origin, [], self.comments, refused=True)
                if len(tokens) > MAX_TOKENS:
                    self._report("BIEU0009", position - 1, position, limit=f"{MAX_TOKENS:_}")
                    return Scan(origin, [], self.comments, refused=True)
            else:
                tokens.append(
                    Token(kind or "", text[start:position], start + offset, position + offset, origin)
                )
        self._end_item()
        return Scan(origin, tokens, self.comments, refused=False)

    # Words

    def _word(self, start: int, end: int) -> int | None:
        word = self.text[start:end]
        if word[0] == "`":
            self._add("NAME", start, end, word[1:-1])
            if not _IDENTIFIER.fullmatch(word[1:-1]):
                self._report("BIEU0017", start, end, name=word)
            return None
        tokens = self.tokens
        previous = tokens[-1].type if tokens else ""
        if previous == "STRING" and len(tokens) > 2 and tokens[-3].type == "CHART":
            vocabulary = "MARK"
        else:
            vocabulary = WORDS_AFTER.get(previous, "")
        for stop, text in self._readings(self.vocabulary, word, start, end):
            if vocabulary:
                meaning = self.vocabulary.words[vocabulary].get(text)
                if meaning:
                    self._add(vocabulary, start, stop, meaning)
                    return stop
            terminal = self.vocabulary.keywords.get(text)
            if terminal and not (text in FUNCTION_NAMES and self._parenthesis_at(stop)):
                self._add(terminal, start, stop, text)
                return stop
        for table in self.foreign:
            for stop, text in self._readings(table, word, start, end):
                if text in table.keywords and not (text in FUNCTION_NAMES and self._parenthesis_at(stop)):
                    self._add("FOREIGN", start, stop, text)
                    return stop
        self._add("NAME", start, end, word)
        return None

    def _readings(self, table: Vocabulary, word: str, start: int, end: int) -> list[tuple[int, str]]:
        """The word alone, and with the words after it that make a keyword, the longest first; each with its end."""
        phrases = _phrase_patterns(table.language).get(word)
        readings: list[tuple[int, str]] = []
        if phrases:
            found = phrases.match(self.text, end)
            while found:
                readings.append((found.end(), " ".join(self.text[start : found.end()].split())))
                found = phrases.match(self.text, end, found.end() - 1)
        readings.append((end, word))
        return readings

    def _parenthesis_at(self, position: int) -> bool:
        return _PARENTHESIS.match(self.text, position) is not None

    def _joined(self, start: int, end: int) -> int | None:
        self._add("JOINED", start, end, self.text[start:end])
        return None

    # Texts

    def _string(self, start: int, end: int) -> int | None:
        written = self.text[start:end]
        if self.tokens and self.tokens[-1].type == "SAY":
            self._sentence(start, end)
        else:
            self._add("STRING", start, end, written)
        if "\\" in written:
            for escape in _ESCAPE.finditer(written):
                if escape.group(1) not in '"\\':
                    at = start + escape.start()
                    fix = Fix(Span(self.origin.name, at + self.offset, at + self.offset), "\\")
                    self._report("BIEU0012", at, at + 2, fix=fix, escape=escape.group())
        return None

    def _sentence(self, start: int, end: int) -> None:
        """The text after `say`: words between its quotes, formulas between its braces, doubled where printed."""
        begin = position = start + 1
        stop = end - 1
        while (brace := self.text.find("{", position, stop)) != -1:
            if self.text.startswith("{{", brace):
                position = brace + 2
                continue
            close = self.text.find("}", brace, stop)
            if close == -1:
                self._report("BIEU0033", brace, brace + 1)
                break
            if begin < brace or begin == start + 1:
                self._add("SENTENCE_TEXT", begin - (begin == start + 1), brace, self.text[begin:brace])
            self._add("INSERT_START", brace, brace + 1, "{")
            inner = _Scanner(
                _unescaped(self.text[brace + 1 : close]), self.origin, self.offset + brace + 1
            ).run()
            self.tokens.extend(token for token in inner.tokens if token.type != "_END")
            self._add("INSERT_END", close, close + 1, "}")
            begin = position = close + 1
        self._add("SENTENCE_TEXT", begin - (begin == start + 1), end, self.text[begin:stop])

    def _open_text(self, start: int, end: int) -> int | None:
        """A text that isn't closed on its line. A brace at the end of the line opens the block all the same."""
        line = self.text[start:end].rstrip()
        if line.endswith("{"):
            line = line[:-1].rstrip()
        line = line if len(line) > 1 else '"'
        end = start + len(line)
        self._add("STRING", start, end, '"' + line[1:].rstrip("\\") + '"')
        self._report("BIEU0011", start, end)
        return end

    def _quoted(self, start: int, end: int) -> int | None:
        inner = self.text[start + 1 : end - 1]
        straight = '"' + inner.replace("\\", "\\\\").replace('"', '\\"') + '"'
        self._add("STRING", start, end, straight)
        self._report(
            "BIEU0013", start, end, fix=Fix(self._span(start, end), straight), found=self.text[start]
        )
        return None

    # Signs

    def _foreign_sign(self, start: int, end: int) -> int | None:
        written = self.text[start:end]
        terminal, sign = _FOREIGN_SIGNS[written]
        if terminal in ("AND", "OR"):
            sign = self.vocabulary.spell(terminal)
        self._add(terminal, start, end, sign)
        self._report("BIEU0015", start, end, fix=Fix(self._span(start, end), sign), found=written, sign=sign)
        return None

    def _stray(self, start: int, end: int) -> int | None:
        character = self.text[start]
        shown = character if character.isprintable() else f"U+{ord(character):04X}"
        self._report("BIEU0010", start, end, character=shown)
        return None

    # Ends of items

    def _newline(self, _start: int, end: int) -> int | None:
        tokens = self.tokens
        if not tokens:
            return None
        previous = tokens[-1].type
        if previous in ("_END", "LBRACE"):
            return None
        if end > self.next_code:  # else the line is blank, or a comment, and was looked past before
            blanks = _BLANKS.match(self.text, end)
            self.next_code = blanks.end() if blanks else end
        if self.brackets or previous in _GOES_ON:
            if _item_pattern(self.origin.language).match(self.text, self.next_code):
                self._end_item()
        elif not self.text.startswith("{", self.next_code):
            self._end_item()
        return None

    def _separator(self, start: int, end: int) -> int | None:
        self._close_brackets()
        if self.tokens and self.tokens[-1].type not in ("_END", "LBRACE"):
            self._add("_END", start, end, "")
        return None

    def _end_item(self) -> None:
        self._close_brackets()
        if self.tokens and self.tokens[-1].type not in ("_END", "LBRACE"):
            at = self.tokens[-1].end
            self.tokens.append(Token("_END", "", at, at, self.origin))

    def _comment(self, start: int, end: int) -> int | None:
        self.comments.append(Comment(start + self.offset, end + self.offset))
        if self.text[start] == "/":
            self._report("BIEU0014", start, start + 2, fix=Fix(self._span(start, start + 2), "#"))
        return None

    # Brackets and blocks

    def _open_bracket(self, start: int, end: int) -> int | None:
        self._add("LPAR" if self.text[start] == "(" else "LSQB", start, end, self.text[start])
        self.brackets.append(self.tokens[-1])
        return None

    def _close_bracket(self, start: int, end: int) -> int | None:
        sign = self.text[start]
        if not self.brackets:
            self._report("BIEU0029", start, end, found=sign)
            return None
        opener = self.brackets.pop()
        closer = _CLOSER[opener.type]
        if _SIGN[closer] != sign:
            self._report(
                "BIEU0029",
                start,
                end,
                labels=(Label(opener.span, "opener"),),
                found=sign,
            )
        self._add(closer, start, end, _SIGN[closer])
        return None

    def _close_brackets(self) -> None:
        """Closes what is still open where an item ends, so that one slip is one message: about the outermost."""
        if not self.brackets:
            return
        end = self.tokens[-1].end
        outermost = self.brackets[0]
        self.origin.report(
            Diagnostic(
                "BIEU0028",
                outermost.span,
                {"found": outermost.text, "closer": _SIGN[_CLOSER[outermost.type]]},
                labels=(Label(Span(self.origin.name, end, end), "end"),),
            )
        )
        while self.brackets:
            closer = _CLOSER[self.brackets.pop().type]
            self.tokens.append(Token(closer, "", end, end, self.origin))

    def _open_block(self, start: int, end: int) -> int | None:
        self._close_brackets()
        self._add("LBRACE", start, end, "{")
        self.blocks += 1
        return None

    def _close_block(self, start: int, end: int) -> int | None:
        self._end_item()
        self._add("RBRACE", start, end, "}")
        self.tokens.append(Token("_END", "", end + self.offset, end + self.offset, self.origin))
        self.blocks = max(0, self.blocks - 1)
        return None

    # Putting down

    def _add(self, kind: str, start: int, end: int, text: str) -> None:
        self.tokens.append(Token(kind, text, start + self.offset, end + self.offset, self.origin))

    def _span(self, start: int, end: int) -> Span:
        return Span(self.origin.name, start + self.offset, end + self.offset)

    def _report(
        self,
        code: str,
        start: int,
        end: int,
        *,
        fix: Fix | None = None,
        labels: tuple[Label, ...] = (),
        **values: str,
    ) -> None:
        self.origin.report(Diagnostic(code, self._span(start, end), values, labels, fix))
