"""Typed settings: defaults, then `pp_qa.toml`, then `PP_QA_*` variables, then flags."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from pp_qa.errors import SettingsError
from pp_qa.reaching import why_no_name

FILE = "pp_qa.toml"
PREFIX = "PP_QA_"

_NAME = re.compile(r"[\w-]+(\.[\w-]+)*")
_OF_A_SERVICE = re.compile(
    r"pp_qa_(\w+_)?(service_host|service_port(_\w+)?|port_\d+_(tcp|udp|sctp)(_(proto|port|addr))?)"
)
_ADDRESS = re.compile(r"(tcp|udp|sctp)://")


def _names(given: object) -> object:
    """Host names, in a variable separated by commas."""
    names = tuple(given.replace(",", " ").split()) if isinstance(given, str) else given
    for name in names if isinstance(names, tuple | list) else ():
        if not _NAME.fullmatch(str(name)):
            raise ValueError(f"{name!r} is no host name; write it without http:// and port")
    return names


def _named(given: object) -> object:
    """A path, whose `~` is the user's folder as in a shell, which reads no file of settings."""
    if not isinstance(given, str | Path):
        return given
    if why := why_no_name(given):
        raise ValueError(f"{why}; give the name of a folder or file")
    return os.path.expanduser(given)  # noqa: PTH111 (Path's raises for a folder named `~x`)


_Path = Annotated[Path, BeforeValidator(_named)]


def _is_of_a_service(name: str, value: str | None) -> bool:
    """Whether Kubernetes set a variable: for a service called `pp-qa` each program gets several, and
    among them `PP_QA_PORT`, which then is an address."""
    is_address = name.lower().endswith("_port") and _ADDRESS.match(value or "")
    return bool(_OF_A_SERVICE.fullmatch(name.lower()) or is_address)


class _Variables(EnvSettingsSource):
    """Passes over those that are for others."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        found = super()._load_env_vars()
        return {k: v for k, v in found.items() if not _is_of_a_service(k, v)}


class _Toml(TomlConfigSettingsSource):
    """Takes the mark with which some editors begin a file in UTF-8."""

    def _read_file(self, file_path: Path | Traversable) -> dict[str, Any]:
        with file_path.open("rb") as file:
            return tomllib.loads(file.read().decode("utf-8-sig"))


class Settings(BaseSettings):
    """What can be set, with its default and range. Relative paths are taken from the folder
    the process runs in."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, toml_file=FILE, extra="forbid", frozen=True, validate_default=True
    )

    corpus_dir: Annotated[_Path, Field(description="The folder of documents.")] = Path(
        "docs_corpus"
    )
    index_dir: Annotated[_Path, Field(description="Where the index is kept.")] = Path("index")
    cache_dir: Annotated[_Path, Field(description="Where the exported model is kept.")] = Path(
        platformdirs.user_cache_dir("pp_qa", appauthor=False)
    )
    model: Annotated[
        str, Field(description="The default model's name, or the path of another model's folder.")
    ] = "all-MiniLM-L6-v2"
    reader: Annotated[
        Literal["trained", "similarity"],
        Field(description="What reads the passages; `similarity` is quicker and less sure."),
    ] = "trained"
    passage_tokens: Annotated[
        int, Field(ge=32, le=2048, description="The most tiktoken tokens of a passage.")
    ] = 360
    window_tokens: Annotated[
        int,
        Field(ge=16, le=512, description="The most model tokens embedded at once (≤ the model's)."),
    ] = 128
    top_k: Annotated[int, Field(ge=1, le=100, description="Passages read for an answer.")] = 7
    max_quotes: Annotated[int, Field(ge=1, le=20, description="Quotes in an answer.")] = 4
    min_confidence: Annotated[
        float | None,
        Field(ge=0, le=1, description="Abstain below this; unset means the calibrated threshold."),
    ] = None
    max_file_mb: Annotated[
        int, Field(ge=1, le=2048, description="Larger files are refused by name.")
    ] = 50
    max_upload_mb: Annotated[
        int,
        Field(ge=1, le=65536, description="What may be added on the page at once, in all."),
    ] = 500
    parse_seconds: Annotated[
        int,
        Field(
            ge=1, le=3600, description="What a file may take to be read, and 5 more for each MB."
        ),
    ] = 30
    parse_memory_mb: Annotated[
        int, Field(ge=256, le=65536, description="Memory a file may take to be read (on Linux).")
    ] = 2_000
    threads: Annotated[
        int | None, Field(ge=1, le=256, description="Cores to use; unset means all.")
    ] = None
    allow_write: Annotated[
        bool | None,
        Field(
            description="Whether the page adds and removes documents and rebuilds the index;"
            " unset means only where it is served to this machine alone."
        ),
    ] = None
    host: Annotated[str, Field(description="The address the page is served on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535, description="The port the page is served on.")] = (
        7860
    )
    auth: Annotated[
        _Path | None,
        Field(description="The file of users who may log in to the page; unset means anybody."),
    ] = None
    allowed_hosts: Annotated[
        tuple[str, ...] | None,
        NoDecode,
        BeforeValidator(_names),
        Field(description="Further names under which the page is served, as those of a proxy."),
    ] = None

    def given(self, name: str) -> bool:
        """Whether a setting was given, by whatever means, if only the value it has by default."""
        return name in self.model_fields_set

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, _Variables(settings_cls), _Toml(settings_cls)


def load_settings(**given: Any) -> Settings:
    """The settings in force; `given` values that are None count as not given.

    Raises SettingsError naming the key, the value and what is allowed.
    """
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for name, value in os.environ.items():
        ours = name.upper().startswith(PREFIX) and not _is_of_a_service(name, value)
        if ours and name.upper() not in known:
            raise SettingsError(
                f"the environment variable {name} is no setting; there are:"
                f" {', '.join(sorted(known))}"
            )
    try:
        if (file := Path(FILE)).exists() and not file.is_file():  # which would be passed over
            raise SettingsError(f"{FILE} is no file; rename it, or move it elsewhere")
        return Settings(**{k: v for k, v in given.items() if v is not None})
    except ValidationError as error:
        raise SettingsError("; ".join(_explain(e) for e in error.errors())) from error
    except (OSError, ValueError) as error:  # a pp_qa.toml that is no TOML, or may not be read
        raise SettingsError(f"{FILE} can't be read ({error}); mend it or remove it") from error


def _explain(error: Any) -> str:
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"unknown setting {key!r}; there are: {', '.join(sorted(Settings.model_fields))}"
    about = Settings.model_fields[key].description if key in Settings.model_fields else ""
    why = error["msg"].removeprefix("Value error, ")
    return f"setting {key!r} can't be {error['input']!r}: {why}. {about}".strip()
