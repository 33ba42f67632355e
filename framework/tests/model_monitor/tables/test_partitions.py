"""Test a dataset in pieces: cut where rows end, combined as Spark does, and merged to the same documents."""

from __future__ import annotations

import os
import random
import subprocess
import time

from model_monitor.data_quality import workers
from model_monitor.data_quality.analysis import analyse
from model_monitor.data_quality.constraints import suggest_constraints
from model_monitor.data_quality.profile import Profile
from model_monitor.data_quality.statistics import statistics
from model_monitor.monitor_error import MonitorError
from model_monitor.tables import partitions as module
from model_monitor.tables.dataset import Dataset
from model_monitor.tables.partitions import Slice, partitions, rows_before

import pytest
import running_processes
from paths import PYTHONPATH
from warm import COLD


@pytest.fixture
def rows(csv):
    """Return 3,000 rows of every type, with quotes that enclose line breaks, and blanks."""
    rng = random.Random(1)
    lines = ["number,whole,category,note"]
    for number in range(3000):
        note = '"two\nlines, ""quoted"""' if number % 7 == 0 else f"note {number}"
        blank = "" if number % 11 == 0 else f"{rng.gauss(0, 5):.3f}"
        lines.append(f"{blank},{rng.randrange(50)},{rng.choice('abc')},{note}")
    return csv("\n".join(lines) + "\n")


def cut_file(path, limit, columns=4):
    """Return slices of about ``limit`` bytes."""
    return list(module._slices(path, path.stat().st_size, limit, columns))


@pytest.mark.parametrize("limit", [40, 1000, 4096, 50_000])
def test_a_file_is_cut_at_row_ends_and_nothing_is_lost(rows, limit):
    text = rows.source.read_bytes()

    slices = cut_file(rows.source, limit)

    assert b"".join(text[part.start : part.end] for part in slices) == text
    for part in slices:
        assert text[part.start : part.end].count(b'"') % 2 == 0
        assert text[: part.end].endswith(b"\n")
    read = [chunk.rows for part in slices for chunk in rows.chunks((part,))]
    assert sum(read) == 3000


def merge_parts(dataset, count):
    slices = cut_file(dataset.source, dataset.source.stat().st_size // count + 1)
    assert len(slices) == count
    merged = Profile()
    for part in slices:
        profile = Profile()
        profile.update(dataset.chunks((part,)), one_by_one=True)
        merged.merge(profile)
    return merged


def remove_members(features, *members):
    """Return numerical statistics without some members: those that depend on the order of additions."""
    for feature in features:
        for member in members:
            feature.get("numerical_statistics", {}).pop(member, None)
    return features


@pytest.mark.parametrize("count", [1, 3, 8])
def test_merged_pieces_give_the_documents_of_the_complete_file(rows, count):
    complete, pieces = analyse(rows).documents, merge_parts(rows, count)

    assert suggest_constraints(pieces) == complete["constraints.json"]
    # The last digits of a sum of doubles depend on the cuts; a sketch depends on how often it was compacted before.
    members = () if count == 1 else ("mean", "sum", "std_dev", "distribution")
    expected, features = complete["statistics.json"]["features"], statistics(pieces)["features"]
    for before, after in zip(expected, features, strict=True):
        if "numerical_statistics" in before:
            assert after["numerical_statistics"]["std_dev"] == pytest.approx(before["numerical_statistics"]["std_dev"])
            assert after["numerical_statistics"]["sum"] == pytest.approx(before["numerical_statistics"]["sum"])
    assert remove_members(features, *members) == remove_members(expected, *members)


def test_up_to_4_mib_are_one_partition_and_larger_files_four(tmp_path):
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    small.write_bytes(b"1,2\n" * (1 << 20))
    large.write_bytes(b"1,2\n" * (10 << 20))

    assert partitions([small], 2) == [(Slice(small, 0, 4 << 20),)]
    sizes = [sum(part.size for part in partition) for partition in partitions([large], 2)]
    assert sizes == [
        (11 << 20) + 4,
        11 << 20,
        11 << 20,
        (7 << 20) - 4,
    ]  # a row at the cut belongs to the part before it


def test_small_files_are_combined_and_compressed_files_never_cut(tmp_path):
    files = [tmp_path / f"{n}.csv" for n in range(20)]
    for file in files:
        file.write_text("1\n")
    packed = tmp_path / "big.csv.gz"
    packed.write_bytes(b"x" * (9 << 20))

    assert [len(partition) for partition in partitions(files, 1)] == [5, 5, 5, 5]
    assert partitions([packed], 1) == [(Slice(packed, 0, 9 << 20),)]


def test_workers_give_the_same_documents_as_one_process(csv, monkeypatch):
    dataset = csv("a,b\n" + "".join(f"{n % 9}.5,k{n % 5}\n" for n in range(1_500_000)))
    assert len(dataset.partitions()) > 2
    alone = analyse(dataset).documents

    monkeypatch.setattr(workers, "PARALLEL_BYTES", 0)

    assert analyse(dataset).documents == alone


def test_a_row_that_a_worker_cannot_read_is_reported_with_its_number(csv, monkeypatch):
    lines = ["a,b"] + [f"{n},x" for n in range(2_000_000)]
    lines[1_900_000] += ",more"
    dataset = csv("\n".join(lines))
    monkeypatch.setattr(workers, "PARALLEL_BYTES", 0)

    with pytest.raises(MonitorError, match=r"data\.csv, row 1900000: 3 columns instead of 2"):
        analyse(dataset)


def test_rows_are_counted_with_line_breaks_between_quotes(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text('a\n"x\ny"\n\nz\n')

    assert [rows_before(path, offset) for offset in (0, 2, 8, 9, 11)] == [0, 1, 2, 2, 3]


def test_a_column_that_first_occurs_late_was_missing_before(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(f'{{"a": {n}}}\n' for n in range(25_000)) + '{"a": 1, "b": 2}\n')

    late = analyse(Dataset(path, {"json": {}})).documents["statistics.json"]["features"][1]

    assert late["numerical_statistics"]["common"] == {"num_present": 1, "num_missing": 25_000}


@pytest.mark.parametrize("stray", ['5" pipe', 'a"b', '5"'])
def test_a_stray_quote_does_not_move_the_cut(csv, stray):
    rows = [f'{n},"two\nlines, {n}"' for n in range(300_000)]
    rows[3] = f"3,{stray}"
    dataset = csv("id,note\n" + "\n".join(rows) + "\n")

    result = analyse(dataset)
    assert result.rows == 300_000
    assert result.documents["statistics.json"]["features"][0]["inferred_type"] == "Integral"


def test_quoted_text_that_looks_like_rows_is_not_cut(csv):
    letter = '"' + "1,2\n" * 100_000 + '"'
    dataset = csv("id,note\n" + "".join(f"{n},{letter}\n" for n in range(30)))

    assert len(dataset.partitions()) > 1
    assert analyse(dataset).rows == 30


@running_processes.needs_proc
def test_workers_end_with_their_parent(csv):
    dataset = csv("a,b\n" + "".join(f"{n},{n}.5\n" for n in range(4_000_000)))
    command = [COLD, "-m", "model_monitor", "data-quality", str(dataset.source)]
    command += ["--output", str(dataset.source.parent / "out")]
    module_name = "model_monitor.data_quality.workers"
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": PYTHONPATH}) as process:
        while not (workers := running_processes.find_children(process.pid, module_name)) and process.poll() is None:
            time.sleep(0.02)
        process.kill()

    assert workers
    while set(workers) & set(running_processes.find_by_last_argument(module_name)):
        time.sleep(0.05)
