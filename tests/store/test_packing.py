"""Packed values and states: what goes in comes out, equal data has equal bytes, and others can read it."""

import json

from hypothesis import given
from hypothesis import strategies as st

from compiler.cells import Layout
from compiler.values import Address, CaptureKey, GroupKey, Values
from runtime.states import Latest, State
from runtime.storage.packing import ValuesPacker, pack_state, unpack_state
from tests.runtime.conftest import every_rule

LAYOUT = Layout(every_rule())
PACKER = ValuesPacker(LAYOUT)
NUMBERS = st.integers(-(2**127), 2**127)
SCALARS = NUMBERS | st.text(max_size=8) | st.booleans()
ADDRESSES = st.sampled_from([cell.address for cell in LAYOUT.cells])
VALUES = st.builds(
    Values,
    st.dictionaries(ADDRESSES, SCALARS),
    st.dictionaries(
        st.sampled_from([group.key for group in LAYOUT.groups]),
        st.lists(st.dictionaries(st.sampled_from(("ten", "nam")), SCALARS), max_size=3).map(tuple),
    ),
    st.dictionaries(st.sampled_from(("nhan_xet", "khac")), st.text(max_size=20)),
    st.dictionaries(
        st.builds(CaptureKey, st.sampled_from(("prior", "last_year")), ADDRESSES), NUMBERS | st.none()
    ),
)


@given(VALUES)
def test_values_come_back(values: Values) -> None:
    assert PACKER.unpack(PACKER.pack(values)) == values


@given(VALUES)
def test_equal_values_have_equal_bytes(values: Values) -> None:
    turned = Values(
        dict(reversed(list(values.cells.items()))),
        dict(reversed(list(values.added.items()))),
        dict(reversed(list(values.texts.items()))),
        dict(reversed(list(values.captured.items()))),
    )
    assert PACKER.pack(turned) == PACKER.pack(values)


def test_the_template_s_json_is_enough_to_read_them() -> None:
    """As somebody would who has the two texts and no line of this software."""
    place = Address("so_lieu", "hai", "vao")
    values = Values({place: -7}, {GroupKey("danh_sach", "du_an"): ({"ten": "Đường"},)}, {"nhan_xet": "Tốt"})
    content = json.loads(PACKER.pack(values))
    template = json.loads(LAYOUT.template.model_dump_json())
    names = [
        (table["name"], row["name"], column["name"])
        for table in template["tables"]
        for row in table["rows"]
        if row["kind"] != "added"
        for column in table["columns"]
    ]
    read = {name: value for name, value in zip(names, content["cells"], strict=True) if value is not None}
    assert read == {tuple(place): -7}
    assert content["added"] == [["danh_sach", "du_an", [{"ten": "Đường"}]]]
    assert content["texts"] == {"nhan_xet": "Tốt"}


LANES = st.integers(-(2**3000), 2**3000) | st.sampled_from((0, 1, -1, 127, 128, -128, -129, 255, 256))
EXTREMES = (
    st.none() | NUMBERS | st.text(max_size=5) | st.builds(Latest, st.dates(), st.text(max_size=5), NUMBERS)
)


@given(
    st.builds(State, LANES, LANES, LANES, st.lists(EXTREMES, max_size=4).map(tuple), st.integers(0, 2**22))
)
def test_states_come_back(state: State) -> None:
    packed = pack_state(state)
    assert unpack_state(packed) == state
    assert pack_state(unpack_state(packed)) == packed
