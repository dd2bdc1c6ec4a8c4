"""What the tables of a study file are made of: checked words and numbers, a text in two languages, a source."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from .invisible import visible

Grade = Literal["surveyed", "open data", "modelled", "assumed", "missing"]
Datum = Literal["wgs84", "gcj02", "bd09"]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
_Visible = BeforeValidator(lambda said: visible(said) if isinstance(said, str) else said)
Remark = Annotated[str, _Visible]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200), _Visible]
Positive = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
Minutes = Annotated[float, Field(ge=0, le=600, allow_inf_nan=False)]


class Part(BaseModel):
    """A table of the study file: unknown keys are mistakes, values do not change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(Part):
    """A text in both languages."""

    zh: Name
    en: Name


class Source(Part):
    """Where a layer comes from: shown in every output."""

    grade: Grade = "open data"
    source: Remark = ""
    licence: Remark = ""
    date: Remark = ""
