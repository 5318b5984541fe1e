"""The root fields that each exposure makes."""

from graphql import GraphQLNonNull, GraphQLSchema

from models.describe import Catalog

# Computed from many records at once: schema/answers.
ANSWERS = {
    *("blastRadius", "dataMap", "personalData", "posture", "simulate", "expiring"),
    *("unusedGrants", "refreshFindings"),
}


def test_query_has_four_fields_for_each_type(catalog: Catalog, product: GraphQLSchema) -> None:
    assert product.query_type
    names = set(product.query_type.fields)
    expected = {"node", "nodes", "viewer"}
    for table in catalog.exposed:
        expected |= {table.singular, table.plural}
        expected |= {f"{table.plural}Aggregate", f"{table.plural}Grouped"}
    assert names - ANSWERS == expected
    assert len(names & ANSWERS) == len(ANSWERS) - 1
    assert "outboxMessages" not in names


def test_mutation_has_what_the_exposure_allows(exhibits: GraphQLSchema) -> None:
    assert exhibits.mutation_type
    assert set(exhibits.mutation_type.fields) == {
        *("createOrganization", "freezeOrganization", "thawOrganization", "eraseOrganization"),
        "exportOrganization",
        *("updateOrganization", "updateOrganizations"),
        *("createGallery", "updateGallery", "deleteGallery"),
        *("createGalleries", "updateGalleries", "deleteGalleries"),
        *("createExhibit", "updateExhibit", "deleteExhibit", "useExhibit"),
        *("createExhibits", "updateExhibits", "deleteExhibits"),
        *("createLoan", "updateLoan", "deleteLoan"),
        *("createLoans", "updateLoans", "deleteLoans"),
        *("createVisit", "deleteVisit"),  # all of it is set once
        *("createVisits", "deleteVisits"),
        *("deleteTally", "deleteTallies"),  # nothing of it can be set
        *("createEntry", "createEntries"),
    }


def test_upsert_is_there_where_clients_set_something_unique(product: GraphQLSchema) -> None:
    assert product.mutation_type
    fields = product.mutation_type.fields
    assert fields["upsertVendors"].description == (
        "Makes records of Vendor, or changes those that have the same name; what is absent stays."
    )
    # Nothing of a contract is unique for good, and clients don't make findings.
    assert not {"upsertContracts", "upsertFindings"} & set(fields)


def test_root_fields_are_nullable(product: GraphQLSchema, exhibits: GraphQLSchema) -> None:
    """One that fails leaves the others standing."""
    for schema in (product, exhibits):
        for root in (schema.query_type, schema.mutation_type):
            assert root and root.fields
            strict = [n for n, f in root.fields.items() if isinstance(f.type, GraphQLNonNull)]
            assert strict == []


def test_mutations_need_their_input(product: GraphQLSchema) -> None:
    assert product.mutation_type
    for name in set(product.mutation_type.fields) - ANSWERS:
        field = product.mutation_type.fields[name]
        assert list(field.args) == ["input"], name
        assert isinstance(field.args["input"].type, GraphQLNonNull), name


def test_transition_says_from_what_to_what(exhibits: GraphQLSchema) -> None:
    assert exhibits.mutation_type
    field = exhibits.mutation_type.fields["useExhibit"]
    assert field.description == "Uses it. From as-new to worn."
    assert str(field.args["input"].type) == "TransitionInput!"
