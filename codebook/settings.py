"""``study.toml`` as typed values, with errors that name file, line and nearest key.

Sections whose keys belong to one kind of site (``[sources.*]``, ``[hubs.*]``) keep what they do not share in
``options``; the stage that serves the kind reads them with :meth:`Section.options_as`, with the same kind of error.
"""

import difflib
import json
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from codebook.analysing import Analysis
from codebook.assistance import Suggestions, Topics
from codebook.errors import StudyError
from codebook.harmless import valid_text
from codebook.people import Agreement, Coders, Sampling, Screening, Strict
from codebook.scanning import Platforms, Scan

FORMAT = 1
"""The format of study folders that this version writes; it reads this one and older ones."""

M = TypeVar("M", bound=BaseModel)


def _is_folder_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,60}", name):
        raise ValueError("the name of a site is up to 60 letters, digits, - and _")
    return name


SiteName = Annotated[str, AfterValidator(_is_folder_name)]
"""What a section ``[sources.NAME]`` is called; its raw records lie in a folder of this name."""


class Question(Strict):
    """``[study]``: what is asked, of which years.

    ``languages`` are ISO 639 codes: threads that are certainly in another language are left out; none leaves none out.
    ``exclude`` leaves out threads for reasons that do not leave them out by themselves.
    """

    title: str
    keywords: list[str] = Field(min_length=1)
    since: date = date(2008, 1, 1)
    until: date | None = None
    languages: list[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]] = Field(default_factory=list)
    exclude: list[Literal["keyword only in code or log", "duplicate"]] = Field(default_factory=list)
    seed: int = 20260120
    format: int = FORMAT

    @field_validator("keywords")
    @classmethod
    def _can_be_found(cls, keywords: list[str]) -> list[str]:
        for keyword in keywords:
            if not any(c.isprintable() and not c.isspace() for c in keyword):
                raise ValueError("a keyword is blank, and would be found nowhere")
        return keywords

    @model_validator(mode="after")
    def _some_time(self) -> "Question":
        if self.until is not None and self.until <= self.since:
            raise ValueError(f"`until` ({self.until}) is to be later than `since` ({self.since})")
        return self


class Section(BaseModel):
    """A ``[sources.NAME]`` or ``[hubs.NAME]`` section: the keys that all kinds share, and its kind's own."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True, defer_build=True)

    kind: str
    base_url: str = Field(default="", pattern=r"^(https?://[^\s]+[^/\s])?$")
    token_env: str = ""
    match: Literal["title", "body", "comments", "any"] = "any"

    def options_as(self, model: type[M], where: "Origin") -> M:
        """Read the keys of this section's kind.

        Args:
            model: What the kind knows, every key of it.
            where: File and section, for the error.

        Raises:
            StudyError: A key is unknown or its value has the wrong type; file, line and nearest key are named.
        """
        try:
            return model.model_validate(self.model_extra or {})
        except ValidationError as error:
            raise where.error(error, known=(*Section.model_fields, *model.model_fields)) from None


class LabelStudio(Strict):
    """``[label_studio]``: which environment variables say where the server is."""

    url_env: str = "LABEL_STUDIO_URL"
    token_env: str = "LABEL_STUDIO_API_KEY"  # noqa: S105 - the name of a variable, not a token


class Settings(Strict):
    """The whole of ``study.toml``."""

    study: Question
    sources: dict[SiteName, Section] = Field(default_factory=dict)
    label_studio: LabelStudio = Field(default_factory=LabelStudio)
    coders: Coders = Field(default_factory=Coders)
    sampling: Sampling = Field(default_factory=Sampling)
    screening: Screening = Field(default_factory=Screening)
    agreement: Agreement = Field(default_factory=Agreement)
    topics: Topics = Field(default_factory=Topics)
    suggestions: Suggestions = Field(default_factory=Suggestions)
    hubs: dict[SiteName, Section] = Field(default_factory=dict)
    scan: Scan = Field(default_factory=Scan)
    platforms: Platforms = Field(default_factory=Platforms)
    analysis: Analysis = Field(default_factory=Analysis)


class Origin:
    """Where settings came from: a file, its text, and the section that is being read."""

    def __init__(self, path: Path, text: str, section: tuple[str, ...] = ()) -> None:
        self.path = path
        self.text = text
        self.section = section

    def line(self, keys: tuple[str, ...]) -> int | None:
        """The line of the key that ``keys`` leads to, or of the deepest part of it that can be found."""
        for depth in range(len(keys), 0, -1):
            found = _line_of(self.text, keys[:depth])
            if found:
                return found
        return None

    def error(self, error: ValidationError, known: tuple[str, ...] = ()) -> StudyError:
        """Turn the first complaint of pydantic into an error with file, line and nearest key."""
        first = error.errors()[0]
        keys = (*self.section, *(str(part) for part in first["loc"] if part != "[key]"))
        line = self.line(keys)
        where = f"{self.path.name}:{line}" if line else self.path.name
        name = ".".join(keys) or "the file"
        if first["type"] == "extra_forbidden":
            near = difflib.get_close_matches(keys[-1], known or _known(keys[:-1]), n=1, cutoff=0.4)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known here: {', '.join(known or _known(keys[:-1]))}."
            return StudyError(f"unknown key {name!r}", where=where, hint=hint)
        if first["type"] == "missing":
            return StudyError(f"{name!r} is missing", where=where, hint=f"Add `{keys[-1]} = …`.")
        message = first["msg"].removeprefix("Value error, ").replace("Input should be", "should be")
        given = f", is {first['input']!r:.60}" if isinstance(first["input"], str | int | float | list) else ""
        return StudyError(f"{name!r}: {message}{given}", where=where, hint=f"Correct it in {self.path}.")


def _known(keys: tuple[str, ...]) -> tuple[str, ...]:
    model: Any = Settings
    for key in keys:
        field = model.model_fields.get(key)
        model = field.annotation if field else Section
        if not hasattr(model, "model_fields"):
            return ()
    return tuple(model.model_fields)


def _line_of(text: str, keys: tuple[str, ...]) -> int | None:
    """Line of a dotted key, found by headers and ``key =`` at the start of lines; None if not written so."""
    here: tuple[str, ...] = ()
    for number, line in enumerate(text.split("\n"), 1):
        key = re.match(r"""(?:"[^"]*"|'[^']*'|[A-Za-z0-9_.\s-])+=""", line)
        if line.lstrip().startswith("["):
            header = _path(line)
            here = header or here
            if header[: len(keys)] == keys:
                return number
        elif key and (*here, *_path(key.group() + "0"))[: len(keys)] == keys:
            return number
    return None


def _path(line: str) -> tuple[str, ...]:
    """The keys that a line of TOML leads through; none if it is no whole header or value."""
    try:
        here: object = tomllib.loads(line)
    except ValueError:
        return ()
    path = []
    while isinstance(here, dict) and here:
        name, here = next(iter(here.items()))
        path.append(name)
    return tuple(path)


def toml_string(text: str) -> str:
    """A text as a TOML basic string: JSON's escapes are TOML's, but for U+007F, which TOML wants escaped too."""
    return json.dumps(valid_text(text), ensure_ascii=False).replace("\x7f", "\\u007f")


def load(path: Path) -> tuple[Settings, Origin]:
    """Read and validate a ``study.toml``.

    Raises:
        StudyError: It cannot be read, is no TOML, has an unknown key, a wrong value, or comes from a newer version.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        values = tomllib.loads(text)
    except RecursionError:
        raise StudyError("is nested too deeply", where=str(path), hint="See the README for its keys.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(
            f"cannot be read: {error}", where=str(path), hint="Give a study folder with --study."
        ) from None
    except ValueError as error:  # also what int() has against a number of 5,000 digits
        raise StudyError(f"not valid TOML: {error}", where=str(path), hint="Correct that line.") from None
    origin = Origin(path, text)
    written = values.get("study", {}).get("format", FORMAT) if isinstance(values.get("study"), dict) else FORMAT
    if isinstance(written, int) and written > FORMAT:
        raise StudyError(
            f"the study folder is of format {written}; this qualdev reads up to {FORMAT}",
            where=f"{path.name}:{origin.line(('study', 'format')) or 1}",
            hint="Install a newer qualdev. Nothing was changed.",
        )
    try:
        return Settings.model_validate(values), origin
    except ValidationError as error:
        raise origin.error(error) from None
