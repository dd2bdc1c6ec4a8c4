"""The study file's table ``[geocode]``: whom to ask, and when an answer is believed."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from .settings_parts import Part, Positive, Share, Text


class TrustWeights(Part):
    """How much each part of the evidence counts in a trust score; only their proportions matter.

    The weights are our judgement, not a citation: a name says most, then the county and township it lies in.
    """

    name: Share = 0.35
    place: Share = 0.25
    precision: Share = 0.20
    agreement: Share = 0.15
    kind: Share = 0.05

    @model_validator(mode="after")
    def _some_weight(self) -> Self:
        if self.name + self.place + self.precision + self.agreement + self.kind <= 0:
            raise ValueError("at least one weight must be above 0")
        return self


class GeocodeTable(Part):
    """How ``carereach geocode`` asks and when it believes an answer. Keys never stand here: see docs/geocoding.md.

    The thresholds are our judgement, not citations; raise ``accept_from`` to look at more rows yourself.
    """

    providers: tuple[Text, ...] = Field((), description="whom to ask where the command line names nobody")
    accept_from: Share = 0.70
    reject_below: Share = 0.35
    weights: TrustWeights = TrustWeights()
    same_point_m: Positive = Field(30.0, description="two facilities nearer than this stand on one point")
    agree_km: Positive = Field(0.3, description="answers this near agree in full")
    apart_km: Positive = Field(2.0, description="answers farther apart than this contradict each other")
    border_km: Positive = Field(0.3, description="borders are drawn this roughly")
    outside_km: Positive = Field(10.0, description="farther than this outside the stated county: rejected")
    datum_confidence: Share = Field(0.95, description="a datum is proposed from this confidence on")
    options: dict[str, dict[str, object]] = Field(
        default_factory=dict, description="by provider: what carereach.layers.geocode.providers.service may be told"
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.reject_below > self.accept_from:
            raise ValueError("reject_below must not be above accept_from")
        if self.agree_km >= self.apart_km:
            raise ValueError("agree_km must be below apart_km")
        return self
