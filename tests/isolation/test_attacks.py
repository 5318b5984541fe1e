"""The attacks made from the schema: on all walls, and on one wall at a time.

A new model, also a team's own, is attacked by being in the catalog; a field that no attack
reaches is a finding. What is attacked and judged, assurance/prove says.
"""

import asyncio
from collections import Counter
from collections.abc import Callable

import pytest

from assurance.prove.proving import Plan
from assurance.prove.report import Report
from assurance.prove.unknown import OwnResolvers
from assurance.prove.writes import Writes
from auth.development import DevelopmentIssuer
from models.describe import Catalog
from palisade.service import Service
from resolvers.selection import meaning_of
from schema.build import core_schema
from tests.conftest import Urls
from tests.isolation.conftest import MakeService
from tests.isolation.siege import (
    besieged,
    lift_predicates,
    lift_row_level_security,
)

# Behind one wall alone: without what says nothing about walls, and what is the same for all.
DERIVED = ("lists", "ids", "references", "mutations", "operators", "logs")


@pytest.fixture(scope="module")
def whole(unconnected: Service, urls: Urls, issuer: DevelopmentIssuer) -> Report:
    """Everything, behind all walls."""
    plan = Plan(both_ways=False, pairs=100)
    return asyncio.run(besieged(unconnected, issuer, urls.superuser, plan))


def test_no_attack_reaches_the_other_organisation(whole: Report) -> None:
    assert whole.findings == [], whole.as_markdown()
    known = [one for one in whole.unproven if one.entrance != OwnResolvers.name]
    assert known == [], whole.as_markdown()
    _assert_tried(whole, ids=2000, mutations=700)
    of_entrances = _attacks(whole)
    assert of_entrances["values"] > 50
    assert of_entrances["cursors"] > 100
    assert of_entrances["frozen"] > 150
    assert of_entrances["requests"] > 100
    assert of_entrances["imports"] > 80
    assert of_entrances["exports"] == 3


@pytest.mark.thorough
def test_no_attack_in_the_other_direction_reaches_across(
    unconnected: Service, urls: Urls, issuer: DevelopmentIssuer
) -> None:
    entrances = ("lists", "ids", "references", "mutations", "interference", "exports")
    plan = Plan(seed=2, entrances=entrances)
    report = asyncio.run(besieged(unconnected, issuer, urls.superuser, plan))
    assert (report.findings, report.unproven) == ([], []), report.as_markdown()


def test_repository_alone_holds(
    prepare: Callable[[], Urls],
    catalog: Catalog,
    make_attacked: MakeService,
    issuer: DevelopmentIssuer,
) -> None:
    urls = prepare()
    asyncio.run(lift_row_level_security(urls, catalog))
    report = _behind_one_wall(make_attacked(urls), urls, issuer)
    assert (report.findings, report.unproven) == ([], []), report.as_markdown()


def test_row_level_security_alone_holds(
    urls: Urls,
    make_attacked: MakeService,
    issuer: DevelopmentIssuer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lifted = lift_predicates(monkeypatch)
    report = _behind_one_wall(make_attacked(urls), urls, issuer)
    assert len(lifted) > 500
    assert (report.findings, report.unproven) == ([], []), report.as_markdown()


def test_every_derived_mutation_is_tried_while_frozen(unconnected: Service) -> None:
    """All creations and writes are sent then: every derived mutation is among them."""
    core = core_schema(unconnected.schema)
    assert core.mutation_type is not None
    derived = {name for name, field in core.mutation_type.fields.items() if meaning_of(field)}
    writes = Writes(unconnected.catalog, core, mark="0" * 12)
    assert {attack.label for attack in (*writes.creations(), *writes.writes())} == derived


def test_own_models_are_attacked_without_being_named(unconnected: Service, whole: Report) -> None:
    core = core_schema(unconnected.schema)
    labels = {
        attack.label
        for writes in [Writes(unconnected.catalog, core, mark="0" * 12)]
        for attack in (*writes.creations(), *writes.references(), *writes.writes())
    }
    assert {"updateSpecimen", "createHandover placeId", "measureSpecimen"} <= labels
    assert {"updateProspects", "upsertProspects firmId", "winProspect", "deleteBinders"} <= labels
    # All fields are reached, and hidden ones are none.
    assert {reached == of for reached, of in whole.reached.values()} == {True}
    specimen, site = core.type_map["Specimen"], core.type_map["Site"]
    assert "bestOf" in specimen.fields
    assert not {"inside", "origin"} & specimen.fields.keys()
    assert "originOf" not in site.fields
    assert "Archived" not in core.type_map


def _behind_one_wall(service: Service, urls: Urls, issuer: DevelopmentIssuer) -> Report:
    plan = Plan(seed=3, entrances=DERIVED, both_ways=False)
    report = asyncio.run(besieged(service, issuer, urls.superuser, plan))
    _assert_tried(report, ids=2000, mutations=700)
    return report


def _assert_tried(report: Report, *, ids: int, mutations: int) -> None:
    tried = _attacks(report)
    assert tried["lists"] > 60
    assert tried["ids"] > ids
    assert tried["mutations"] > mutations
    assert tried["references"] > 300


def _attacks(report: Report) -> Counter[str]:
    found: Counter[str] = Counter()
    for (entrance, _), count in report.counts.items():
        found[entrance] += count.attacks
    return found
