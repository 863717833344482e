"""The unit tree: the country's real one, and every way a file can be wrong."""

import unicodedata
from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.findings import sentence
from runtime.units import Unit, UnitTree, read_units, units_of_vietnam

HEADING = "code,parent,level,kind,name\n"


def problems(text: str | bytes) -> list[tuple[str, int | None]]:
    result = read_units(text if isinstance(text, bytes) else text.encode())
    assert not isinstance(result, UnitTree)
    for problem in result:
        assert sentence(problem, "vi")
        assert sentence(problem, "en")
    return [(problem.code, problem.place.index) for problem in result]


def tree_of(parents: dict[str, str | None]) -> UnitTree:
    return UnitTree(Unit(code, parent, "level", "", code) for code, parent in parents.items())


def names(tree: UnitTree, name: str) -> list[tuple[str, str]]:
    return [(candidate.unit.code, candidate.likeness) for candidate in tree.candidates(name)]


# -- the real tree -------------------------------------------------------------------------------------------


def test_the_country_has_its_real_counts():
    tree = units_of_vietnam()
    assert Counter(unit.level for unit in tree.units) == {"country": 1, "province": 34, "commune": 3321}
    assert tree.roots == ("VN",)
    assert len(list(tree.subtree("VN"))) == len(tree) == 3356
    assert len(tree.of_level("commune")) == 3321


def test_quang_ngai_has_its_real_communes():
    tree = units_of_vietnam()
    communes = [tree[code] for code in tree.children("51")]
    assert len(communes) == 96
    assert Counter(unit.kind for unit in communes) == {"Xã": 86, "Phường": 9, "Đặc khu": 1}
    assert [unit.code for unit in communes] == sorted(unit.code for unit in communes)
    assert tree.ancestors("21548") == ("51", "VN")
    assert tree["21548"].name == "Đặc khu Lý Sơn"


def test_codes_keep_their_zeros():
    tree = units_of_vietnam()
    assert tree["00004"].name == "Phường Ba Đình"
    assert tree.find("4") is None


# -- names ---------------------------------------------------------------------------------------------------


def test_a_name_only_gives_candidates():
    tree = UnitTree(
        unit for unit in units_of_vietnam().units if unit.parent in (None, "51") or unit.code == "51"
    )
    assert tree.find("Xã Sơn Hà") is None
    assert names(tree, "Xã Sơn Hà") == [("21289", "same"), ("21292", "unmarked")]
    assert names(tree, "Xã Sơn Hạ") == [("21292", "same"), ("21289", "unmarked")]
    assert names(tree, "sơn  hạ") == [("21292", "respelled"), ("21289", "unmarked")]
    assert names(tree, "Ba Tơ") == [("21484", "respelled"), ("21523", "unmarked")]
    assert names(tree, "ba to") == [("21484", "unmarked"), ("21523", "unmarked")]
    assert names(tree, unicodedata.normalize("NFD", "Xã Sơn Hà"))[0] == ("21289", "respelled")
    assert names(tree, "Xã Không Có") == []


def test_the_place_of_the_tone_mark_is_of_no_account():
    tree = UnitTree(
        [Unit("1", None, "commune", "Xã", "Xã Thủy Biều"), Unit("2", None, "commune", "Xã", "Xã Đắk Pék")]
    )
    assert names(tree, "Xã Thuỷ Biều") == [("1", "respelled")]
    assert names(tree, "XÃ THUỶ BIỀU") == [("1", "respelled")]
    assert names(tree, "Thuy Bieu") == [("1", "unmarked")]
    assert names(tree, "Xã Đăk Pék") == [("2", "unmarked")]
    assert names(tree, "dak pek") == [("2", "unmarked")]


@given(st.sampled_from([unit.name for unit in units_of_vietnam().units]))
def test_every_unit_is_among_the_candidates_of_its_name_in_any_form(name):
    tree = units_of_vietnam()
    expected = {unit.code for unit in tree.units if unit.name == name}
    for form in (name, unicodedata.normalize("NFD", name), name.upper(), f" {name} "):
        assert expected <= {candidate.unit.code for candidate in tree.candidates(form)}


# -- files that are wrong ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("unit_columns", 1)]),
        ("code;parent;level;kind;name\n", [("unit_columns", 1)]),
        ("code,name\n1,A\n", [("unit_columns", 1)]),
        ("\ufeff" + HEADING + "1,,x,,A\n", [("unit_file_bom", 1)]),
        (HEADING + "1,,x,,A\n1,,x,,B\n", [("unit_twice", 3)]),
        (HEADING + "1,9,x,,A\n", [("unit_parent", 2)]),
        (HEADING + "1,1,x,,A\n", [("unit_circle", 2)]),
        (HEADING + "1,2,x,,A\n2,3,x,,B\n3,1,x,,C\n4,3,x,,D\n", [("unit_circle", 2)]),
        (HEADING + "1,,x,,A\n2,1,x\n\n3,1,x,,C,D\n", [("unit_width", 3), ("unit_width", 5)]),
        (HEADING + "1,,x,,\n2,,,,B\n", [("unit_blank", 2), ("unit_blank", 3)]),
        (HEADING + "a b,,x,,A\n,,x,,B\n", [("unit_code", 2), ("unit_code", 3)]),
        (HEADING + "1,,x,,A \n2,,x,,B\u200b\n", [("unit_white_space", 2), ("unit_white_space", 3)]),
        (HEADING + "1,,x,," + unicodedata.normalize("NFD", "Xã") + "\n", [("unit_not_nfc", 2)]),
        (HEADING + '1,,x,,"A\n', [("unit_not_csv", 2)]),
        (HEADING.strip() + ",valid_from,valid_until\n1,,x,,A,2025-07-01,2025-06-30\n", [("unit_dates", 2)]),
        (HEADING.strip() + ",valid_from,valid_until\n1,,x,,A,1/7/2025,\n", [("not_a_date", 2)]),
    ],
)
def test_each_fault_is_found_in_its_line(text, expected):
    assert problems(text) == expected


def test_all_faults_are_told_at_once():
    text = "\ufeff" + HEADING + "1,,x,,A\n1,,x,,B\n2,9,x,,C \n3,4,x,,D\n4,3,,,E\n5,1\n"
    assert problems(text) == [
        ("unit_file_bom", 1),
        ("unit_twice", 3),
        ("unit_white_space", 4),
        ("unit_parent", 4),
        ("unit_circle", 5),
        ("unit_blank", 6),
        ("unit_width", 7),
    ]


def test_bytes_that_are_no_text_are_told_with_their_line():
    assert problems(HEADING.encode() + b"1,,x,,A\n2,1,x,,\xe9\n") == [("not_utf8", 3)]


def test_a_file_too_large_is_not_read(monkeypatch):
    monkeypatch.setattr("runtime.units.LARGEST_FILE", 10)
    assert problems(HEADING) == [("file_too_large", None)]


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: (HEADING + text).encode()))
def test_any_bytes_give_a_tree_or_findings(data):
    result = read_units(data)
    if not isinstance(result, UnitTree):
        assert result
        assert all(sentence(problem) for problem in result)


# -- walking -------------------------------------------------------------------------------------------------


@st.composite
def trees(draw: st.DrawFn) -> dict[str, str | None]:
    codes = draw(st.permutations([f"{n:02}" for n in range(draw(st.integers(1, 12)))]))
    return {code: draw(st.sampled_from((None, *codes[:index]))) for index, code in enumerate(codes)}


@given(trees())
def test_walks_agree_with_the_parents(parents):
    tree = tree_of(parents)
    for code, parent in parents.items():
        assert code in (tree.roots if parent is None else tree.children(parent))
        below = {other for other in parents if code == other or code in tree.ancestors(other)}
        assert set(tree.subtree(code)) == below
        assert set(tree.bottom_up(code)) == below
        order = tree.bottom_up(code)
        assert len(order) == len(below)
        assert all(order.index(other) < order.index(parents[other] or "") for other in below - {code})


@given(trees(), st.data())
def test_a_circle_is_never_taken_for_a_tree(parents, data):
    code = data.draw(st.sampled_from(sorted(parents)))
    below = data.draw(st.sampled_from(sorted(tree_of(parents).subtree(code))))
    with pytest.raises(ValueError, match="unit_circle"):
        tree_of({**parents, code: below})


def test_a_very_deep_tree_is_walked():
    depth = 20_000
    tree = tree_of({str(n): str(n - 1) if n else None for n in range(depth)})
    assert (
        len(tree.bottom_up("0"))
        == len(list(tree.subtree("0")))
        == len(tree.ancestors(str(depth - 1))) + 1
        == depth
    )


def test_the_tree_of_a_day_has_who_was_there():
    text = HEADING.strip() + ",valid_from,valid_until\nP,,province,,P,,\nD,P,district,,D,,2025-06-30\n"
    text += "A,D,commune,,A,,2025-06-30\nB,P,commune,,B,2025-07-01,\nC,D,commune,,C,,\n"
    tree = read_units(text.encode())
    assert isinstance(tree, UnitTree)
    before, after = tree.on(date(2025, 6, 30)), tree.on(date(2025, 7, 1))
    assert list(before.subtree("P")) == ["P", "D", "A", "C"]
    assert list(after.subtree("P")) == ["P", "B"]
    assert after.roots == ("C", "P")
