"""picklescan as a scanner: what pickles would import, in whatever they are packed; nothing is ever unpickled."""

import bz2
import gzip
import io
import lzma
import pickle
import struct
import zipfile
import zlib
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
from code_rig import Alone, code_of, run_alone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codebook.scanning import Scan
from scan.scanner import Code
from scan.tools import SCANNERS
from scan.tools.pickle_reading import Reading

PICKLESCAN = SCANNERS["picklescan"]


def naming(module: str, name: str, protocol: int = 0) -> bytes:
    """A pickle that calls a function with a text, written by hand so that nothing has to be imported."""
    if protocol:
        parts = b"".join(b"\x8c" + bytes([len(part)]) + part.encode() + b"\x94" for part in (module, name))
        return b"\x80\x04" + parts + b"\x93\x94\x8c\x01x\x94\x85\x94R\x94."
    return f"c{module}\n{name}\n(Vx\ntR.".encode()


EVIL = naming("posix", "system")
SAFE = pickle.dumps(OrderedDict(a=[1, 2, 3]))


def zipped(members: dict[str, bytes]) -> bytes:
    """An archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def nested(times: int) -> bytes:
    """Archives in each other."""
    content = EVIL
    for _ in range(times):
        content = zipped({"a.pkl": content})
    return content


def array_of_objects() -> bytes:
    """An array that numpy keeps as a pickle."""
    out = io.BytesIO()
    np.save(out, np.array([OrderedDict()], dtype=object), allow_pickle=True)
    return out.getvalue()


def looked_at(files: dict[str, bytes], scratch: Path, **kept: float) -> Alone:
    """What picklescan says of files."""
    return run_alone(PICKLESCAN, files, scratch, Scan.model_validate(kept))


PACKED = {
    "old.pkl": (EVIL, ""),
    "new.pkl": (naming("posix", "system", 4), ""),
    "model.pt": (zipped({"archive/data.pkl": EVIL, "archive/data/0": b"\0" * 64}), "archive/data.pkl"),
    "model.bin": (zipped({"archive/data.pkl": EVIL}), "archive/data.pkl"),
    "nested.zip": (zipped({"inner.zip": zipped({"deep/x.pkl": EVIL})}), "inner.zip:deep/x.pkl"),
    "a.joblib": (zlib.compress(EVIL), "unpacked"),
    "b.pkl.gz": (gzip.compress(EVIL), "unpacked"),
    "c.joblib": (bz2.compress(EVIL), "unpacked"),
    "d.joblib": (lzma.compress(EVIL), "unpacked"),
    "no_suffix": (b"\x80\x02" + EVIL, ""),
    "arrays.npz": (zipped({"a.npy": array_of_objects() + EVIL, "b.pkl": EVIL}), "b.pkl"),
    "behind.pkl": (EVIL + zipped({"x.txt": b"an archive behind a pickle"}), ""),
}


def test_a_dangerous_name_is_found_in_whatever_it_is_packed(tmp_path: Path) -> None:
    alone = looked_at({name: content for name, (content, _) in PACKED.items()}, tmp_path)
    expected = {name: ("dangerous", "posix", "system", member) for name, (_, member) in PACKED.items()}
    found = {
        name: [tuple(f[key] for key in ("safety", "module", "name", "member")) for f in said.findings]
        for name, said in alone.said.items()
    }

    assert {name for name in PACKED if expected[name] not in found[name]} == set()


def test_a_finding_as_the_table_has_it(tmp_path: Path) -> None:
    (seen,) = looked_at({"m.pt": zipped({"archive/data.pkl": EVIL})}, tmp_path).findings(PICKLESCAN, "m.pt")

    assert (seen.rule, seen.line, seen.cwe_raw, seen.severity, seen.severity_raw, seen.message) == (
        "dangerous",
        1,
        ("CWE-502",),
        "critical",
        "dangerous",
        "imports posix.system, in archive/data.pkl",
    )


def test_what_picklescan_does_not_know_is_suspicious_and_what_it_knows_is_clean(tmp_path: Path) -> None:
    alone = looked_at({"own.pkl": naming("my_models", "Net"), "safe.pkl": SAFE}, tmp_path)

    assert [(seen.rule, seen.severity) for seen in alone.findings(PICKLESCAN, "own.pkl")] == [("suspicious", "medium")]
    assert (alone.said["safe.pkl"].status, alone.said["safe.pkl"].findings) == ("scanned", ())


def test_what_is_no_pickle_or_cannot_be_read_is_never_clean(tmp_path: Path) -> None:
    files = {
        "noise.bin": b"\x1a\x00\xff" * 50,
        "packed.bin": gzip.compress(b"\x1a\x00\xff" * 50),
        "README": b"nothing of the kind",
        "seven.bin": b"7z\xbc\xaf\x27\x1c" + bytes(40),
        "broken.pkl": b"\x80\x04\x95\xff",
        "empty.pkl": b"",
        "partly.pkl": EVIL[:-1] + b"\xff\xff",
        "cut.zip": zipped({"a.pkl": SAFE})[:40],
        "deep.zip": nested(5),
    }
    alone = looked_at(files, tmp_path)

    assert {name: said.status for name, said in alone.said.items()} == {
        "noise.bin": "skipped",
        "packed.bin": "skipped",
        "README": "skipped",
        "seven.bin": "failed",
        "broken.pkl": "failed",
        "empty.pkl": "failed",
        "partly.pkl": "failed",
        "cut.zip": "failed",
        "deep.zip": "failed",
    }
    assert [f["name"] for f in alone.said["partly.pkl"].findings] == ["system"]
    assert all(said.reason for said in alone.said.values())


def test_bombs_are_bounded_and_the_next_file_is_scanned(tmp_path: Path) -> None:
    zeros = bytes(120_000_000)
    files = {
        "long.pt": zipped({"archive/data.pkl": b"\x80\x02X" + struct.pack("<I", 110_000_000) + zeros}),
        "gzip.pkl": gzip.compress(zeros, 1),
        "nested.zip": zipped({"inner.zip": b"PK\x03\x04" + zeros}),
        "opcodes.pkl": b"\x80\x02" + b"N0" * 1_000_000 + b"N.",
        "next.pkl": EVIL,
    }
    del zeros
    alone = looked_at(files, tmp_path, memory_limit=200, time_limit=20)

    assert {name for name, said in alone.said.items() if said.status == "scanned"} == {"next.pkl"}
    assert len(alone.said["next.pkl"].findings) == 1


def test_of_very_many_names_the_first_are_told_and_how_many_there_are() -> None:
    names = b"".join(f"cmodels\nNet{number}\n0".encode() for number in range(1200))
    said = Reading().answer(io.BytesIO(names + b"N."), ".pkl")

    assert (said["status"], len(said["findings"])) == ("scanned", 1000)
    assert said["reason"] == "1200 names, of which the first 1000 are told"


def test_source_and_text_are_refused() -> None:
    assert PICKLESCAN.refuses(code_of("modeling.py", b"")) == ".py is no format of weights"
    assert PICKLESCAN.refuses(code_of("config.json", b"{}")) == ".json is no format of weights"
    assert PICKLESCAN.refuses(Code(sha256="0" * 64, suffix="", bytes=1)) is None


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    evil = f"cos\nsystem\n(Vtouch {canary}\ntR.".encode()
    alone = looked_at({"a.pkl": evil, "b.pt": zipped({"x/data.pkl": evil}), "c.npy": array_of_objects()}, tmp_path)

    assert sorted(alone.said) == ["a.pkl", "b.pt", "c.npy"]
    assert not canary.exists()


def test_what_is_no_finding_of_picklescan_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing that picklescan says"):
        PICKLESCAN.parse({"module": "os"})


HEADS = [b"", b"\x80\x04", EVIL[:-1], zipped({"a": b"b"})[:30], b"\x93NUMPY", b"\x1f\x8b", b"x\x9c"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(head=st.sampled_from(HEADS), tail=st.binary(max_size=200), suffix=st.sampled_from(["", ".pkl", ".pt", ".npy"]))
def test_any_bytes_get_one_answer(head: bytes, tail: bytes, suffix: str) -> None:
    """Whatever is in a file, it is told whether it was read, and why not."""
    said = Reading().answer(io.BytesIO(head + tail), suffix)

    assert said["status"] in ("scanned", "failed", "skipped")
    assert (said["status"] == "scanned") != bool(said.get("reason"))
