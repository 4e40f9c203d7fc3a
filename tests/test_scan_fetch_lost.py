"""Contents that were got and are gone or damaged: said by a rebuild and by ``codebook check``, and got again."""

from pathlib import Path

from scan_study import ScanStudy
from sites.hub_code import CodeModel, HubCodeSite
from sites.server import LocalSite

from codebook.check import check

CODE = b"class X: ...\n"
HERON = CodeModel(
    "o/heron", {"config.json": b'{"auto_map": {"AutoModel": "x.X"}}', "x.py": CODE}, tags=("custom_code",)
)


def _blob(study: ScanStudy) -> Path:
    return next(path for path in (study.folder / "raw/scan/blobs").glob("??/*") if path.read_bytes() == CODE)


def test_a_content_that_is_gone_is_said_and_fetch_gets_it_again(tmp_path: Path) -> None:
    with LocalSite(HubCodeSite([HERON])) as local:
        study = ScanStudy.at(tmp_path, f'[hubs.hf]\nkind = "huggingface"\nbase_url = "{local.base_url}"\n')
        assert (study.scan().code, study.scan(command="fetch").code) == (0, 0)
        before = study.hashes
        blob = _blob(study)
        blob.unlink()
        lacking = study.scan("--from-raw")
        again = study.scan(command="fetch")

    assert lacking.code == 1
    assert f"{blob}: a content that was kept is gone, and scan fetch gets it again" in lacking.err
    assert again.code == 0, again.err
    assert blob.read_bytes() == CODE
    assert study.hashes["models.parquet"] == before["models.parquet"]


def test_every_content_is_checked_also_those_that_no_loader_reads(tmp_path: Path) -> None:
    with LocalSite(HubCodeSite([HERON])) as local:
        study = ScanStudy.at(tmp_path, f'[hubs.hf]\nkind = "huggingface"\nbase_url = "{local.base_url}"\n')
        assert (study.scan().code, study.scan(command="fetch").code) == (0, 0)
    results = []
    blob = _blob(study)
    for content in (CODE, b"class Y: ...\n"):
        blob.write_bytes(content)
        results += [(each.result, each.what) for each in check(study.study) if each.where == "raw/scan/blobs"]

    assert results == [("ok", ""), ("failed", f"1 of 2 do not: {blob.name}")]
