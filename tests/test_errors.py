from triage.errors import Problem, ProfileError, RequestError, TriageError


def test_a_code_of_its_own_or_that_of_its_kind() -> None:
    assert RequestError("x").code == "bad_request"
    assert RequestError("x", "nul_byte").code == "nul_byte"
    assert isinstance(RequestError("x"), TriageError)


def test_a_bad_profile_lists_every_problem_by_file_and_row() -> None:
    late, early = Problem("units.csv", 9, "name", "is empty", "Fill it in"), Problem("items.csv", 2, "", "ragged", "Repair it")
    error = ProfileError("city", [late, early])
    assert error.problems == (early, late)
    assert str(error).splitlines() == ["profile city: 2 problem(s)", "  items.csv:2: ragged. Repair it", "  units.csv:9 [name]: is empty. Fill it in"]
