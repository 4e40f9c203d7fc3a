"""What several people said, beside each other and without names."""

from hypothesis import given
from hypothesis import strategies as st

from coding.page.side_by_side import note, shuffled, side_by_side

PEOPLE = {"ann": "A", "bob": "B", "cid": "C"}


def test_strangers_words_are_shown_and_never_act() -> None:
    attack = "<script>x()</script></td></table><img src=x onerror=y()> {{ 7*7 }} \x1b[31m \"'"
    page = side_by_side("Coder", [{"Codes": [attack], "Memo": []}, {"Codes": ["a\nb"], "<b>Quote</b>": ["q"]}])

    assert page == (
        '<section class="qd-turn"><div class="qd-head">Coders, without their names</div><div class="qd-body"><table>'
        "<thead><tr><th></th><th>Coder 1</th><th>Coder 2</th></tr></thead><tbody>"
        "<tr><td>Codes</td><td><p>&lt;script&gt;x()&lt;/script&gt;&lt;/td&gt;&lt;/table&gt;"
        "&lt;img src=x onerror=y()&gt; {{ 7*7 }} \ufffd[31m \"'</p></td><td><p>a<br>b</p></td></tr>"
        "<tr><td>Memo</td><td>-</td><td>-</td></tr>"
        "<tr><td>&lt;b&gt;Quote&lt;/b&gt;</td><td>-</td><td><p>q</p></td></tr></tbody></table></div></section>"
    )


@given(st.integers(0, 9), st.text(max_size=5))
def test_the_order_is_always_the_same_for_a_unit_and_loses_nobody(seed: int, unit: str) -> None:
    once = shuffled(PEOPLE, seed, unit)

    assert once == shuffled(dict(reversed(PEOPLE.items())), seed, unit)
    assert sorted(once) == ["A", "B", "C"]


def test_over_units_everybody_comes_first() -> None:
    assert {shuffled(PEOPLE, 7, f"t{number}")[0] for number in range(40)} == {"A", "B", "C"}


def test_a_note_is_one_line_of_text() -> None:
    assert note("<script>x()</script> & code") == '<p class="qd-cut">&lt;script&gt;x()&lt;/script&gt; &amp; code</p>'
    assert note("") == ""
