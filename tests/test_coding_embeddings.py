"""Vectors are computed once per text and model, and survive kills and damage."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codebook.errors import Missing, StudyError
from codebook.study import Study
from coding.embeddings.embed import embed, text_key
from coding.embeddings.found_model import find_model
from coding.embeddings.texts import sentences
from coding.embeddings.vectors import Vectors
from coding.topics.words import words

TEXTS = ["The model is slow.", "", "模型很慢。", "The model is slow.", "It hangs at load time\udcff"]

LANGUAGES = (
    *(
        "The model does not load",
        "Das Modell wird nicht geladen",
        "Le modèle ne se charge pas",
        "El modelo no se carga",
    ),
    *("O modelo não carrega", "Il modello non si carica", "Het model wordt niet geladen", "Modellen indlæses ikke"),
    *("Modellen laddas inte", "Malli ei lataudu", "Mudel ei laadi", "Model się nie ładuje", "Model se nenačte"),
    *("A modell nem töltődik be", "Modelul nu se încarcă", "Модель не загружается", "Модель не завантажується"),
    *("Моделът не зарежда", "Δεν φορτώνεται", "Model yüklenmiyor", "המודל לא נטען", "النموذج لا يتحمل"),
    *("مدل بارگذاری نمی‌شود", "मॉडल लोड नहीं होता", "মডেল লোড হয় না", "மாதிரி ஏற்றப்படவில்லை", "โมเดลโหลดไม่ได้"),
    *("Mô hình không tải được", "모델이 로드되지 않습니다", "モデルが読み込まれません"),
)


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A study in which :data:`TEXTS` have been embedded."""
    folder = tmp_path_factory.mktemp("embedded")
    (folder / "study.toml").write_text('[study]\ntitle = "T"\nkeywords = ["x"]\nsince = 2019-01-01\n', encoding="utf-8")
    study = Study.open(folder)
    embed(study, TEXTS)
    return study


@pytest.fixture
def study(once: Study, tmp_path: Path) -> Study:
    """A copy of that study."""
    return Study.open(Path(shutil.copytree(once.path, tmp_path / "copy")))


def test_vectors_come_in_the_order_asked_with_length_one_and_alike_texts_are_near(study: Study) -> None:
    made = embed(study, TEXTS)

    assert (made.computed, made.cached) == (0, 4)
    assert made.vectors.shape == (5, 384)
    assert made.vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(made.vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(made.vectors[0], made.vectors[3])
    assert made.vectors[0] @ made.vectors[4] > made.vectors[0] @ made.vectors[1]


def test_thirty_languages_have_vectors_sentences_and_words(study: Study) -> None:
    vectors = embed(study, LANGUAGES).vectors

    assert vectors.shape == (30, 384)
    assert np.isfinite(vectors).all()
    assert [sentences(text) for text in LANGUAGES] == [[(0, len(text))] for text in LANGUAGES]
    assert all(words(text) for text in LANGUAGES)


def test_what_is_there_needs_neither_torch_nor_the_model(study: Study) -> None:
    program = (
        "import sys; from pathlib import Path; from codebook.study import Study\n"
        "from coding.embeddings.embed import embed\n"
        "made = embed(Study.open(Path(sys.argv[1])), ['模型很慢。', ''])\n"
        "print(made.computed, made.cached, sorted({'torch', 'sentence_transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program, str(study.path)], capture_output=True, text=True, check=True)

    assert done.stdout == "0 2 []\n"


def test_a_damaged_segment_is_told_and_computed_again(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    before = embed(study, TEXTS).vectors
    (segment,) = study.path.glob("raw/coding/embeddings/*/*.vectors")
    content = bytearray(segment.read_bytes())
    content[200] ^= 1
    segment.write_bytes(content)
    made = embed(study, TEXTS)

    assert (made.computed, made.cached) == (4, 0)
    np.testing.assert_allclose(made.vectors, before, atol=1e-6)
    said = "embeddings: 000001.vectors: damaged at byte 0; what was there is computed again\n"
    assert said in capsys.readouterr().err
    assert embed(study, TEXTS).cached == 4


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_segment_cut_anywhere_keeps_every_whole_block(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    kept = Vectors(tmp_path_factory.mktemp("cut"))
    blocks = [[text_key(f"{n} {m}") for m in range(n + 1)] for n in range(3)]
    ends = [0]
    for n, keys in enumerate(blocks):
        kept.append(keys, np.full((len(keys), 4), n, dtype=np.float32))
        ends.append((kept.folder / "000001.vectors").stat().st_size)
    kept.close()
    cut = data.draw(st.integers(0, ends[-1]))
    path = kept.folder / "000001.vectors"
    path.write_bytes(path.read_bytes()[:cut])
    rows = kept.read()
    expected = [end <= cut for end, keys in zip(ends[1:], blocks, strict=True) for _ in keys]

    assert expected == [key in rows for keys in blocks for key in keys]
    assert not kept.damage
    kept.append(blocks[2], np.ones((3, 4), dtype=np.float32))
    kept.close()
    assert all(key in kept.read() for key in blocks[2])


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_one_wrong_byte_loses_one_block_at_most(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    kept = Vectors(tmp_path_factory.mktemp("flip"))
    keys = [text_key(str(n)) for n in range(4)]
    for n, key in enumerate(keys):
        kept.append([key], np.full((1, 4), n, dtype=np.float32))
    kept.close()
    path = kept.folder / "000001.vectors"
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    rows = kept.read()
    there = [key for key in keys if key in rows]

    assert len(there) >= 3
    np.testing.assert_array_equal(rows.of(there)[:, 0], [keys.index(key) for key in there])


def test_after_something_was_forgotten_no_vector_of_before_is_left(study: Study) -> None:
    study.forgotten.add([study.forgotten.tombstone("thread", "s:1", "collect-forget-1")])
    made = embed(study, TEXTS[:1])

    assert (made.computed, made.cached) == (1, 0)
    assert [path.stat().st_size for path in study.path.glob("raw/coding/embeddings/*/*.vectors")] == [1616]
    assert embed(study, TEXTS[:1]).cached == 1


def test_a_name_that_cannot_be_had_offline_is_one_line(
    make_study: Callable[..., Study], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    study = make_study('[topics]\nmodel = "nobody/has-this-model"\n')
    with pytest.raises(Missing) as caught:
        embed(study, ["a"])

    assert str(caught.value) == (
        "the model 'nobody/has-this-model' is neither a folder nor on this machine, and cannot be downloaded: name "
        "another in [topics].model of study.toml, or leave it empty for the packaged one"
    )


def test_a_folder_that_is_no_model_is_said(make_study: Callable[..., Study]) -> None:
    study = make_study()
    (study.path / "weights").mkdir()
    with pytest.raises(StudyError, match="this folder is no sentence-transformers model"):
        find_model(study, "weights")


def test_a_model_that_is_damaged_is_said(make_study: Callable[..., Study]) -> None:
    study = make_study()
    folder = study.path / "weights"
    shutil.copytree(find_model(study, "").folder, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    (folder / "model.safetensors").write_bytes(b"\x00" * 100)
    with pytest.raises(StudyError, match="the model cannot be loaded"):
        embed(study, ["a"], model="weights")


def test_another_model_has_another_hash_and_its_own_vectors(study: Study) -> None:
    folder = study.path / "weights"
    shutil.copytree(find_model(study, "").folder, folder)
    same = find_model(study, "weights").sha256
    (folder / "README.md").write_text("another description", encoding="utf-8")
    described = find_model(study, "weights").sha256
    (folder / "config.json").write_text("{}", encoding="utf-8")

    assert find_model(study, "").sha256 == same == described != find_model(study, "weights").sha256


def test_nothing_is_asked_of_a_model_for_no_texts(study: Study) -> None:
    assert embed(study, []).vectors.shape[0] == 0
