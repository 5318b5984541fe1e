from auth.directory import DirectoryKind


def test_directory_kinds_are_the_words_the_database_knows() -> None:
    assert [kind.value for kind in DirectoryKind] == ["id", "slug", "external"]
