"""Tests the upload of local files that parameters name."""

from __future__ import annotations

from local_sagemaker.definition.definition import read
from local_sagemaker.tools.service.uploads import plan


def test_a_folder_is_uploaded_under_its_own_name_without_hidden_files(account, session, tmp_path, monkeypatch):
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("a.csv", ".secret"):
        folder.joinpath(name).write_text(name)
    monkeypatch.chdir(folder)
    definition = '{"Parameters": [{"Name": "DataUrl", "Type": "String"}], "Steps": [{"Name": "A", "Type": "Fail"}]}'

    planned = plan("bucket", "Pipeline", read(definition), {"DataUrl": "."})
    planned.send(session.client("s3"))

    uri = planned.values["DataUrl"]
    assert uri.startswith("s3://bucket/Pipeline/parameters/DataUrl/")
    assert [relative for relative, _ in account.objects.find_matching(uri)] == ["a.csv"]
