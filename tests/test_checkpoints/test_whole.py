"""A bit that changed is seen, whoever reads the checkpoint."""

import zipfile

import pytest
import torch
from mmengine.runner import CheckpointLoader, load_checkpoint
from tensors import resnet_moco
from torch import nn

from regioncl_mm.checkpoints import extract_backbone, load_state_dict
from regioncl_mm.checkpoints.training import TRUST, load_from_local
from regioncl_mm.checkpoints.whole import DamagedFileError, check_records


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / 'a.pth'
    tensors = {f'conv{i}.weight': torch.randn(7 + i) for i in range(4)}
    torch.save(dict(state_dict=tensors), path)
    return path


def flip(path, record, at=0, bit=3):
    """Change one bit of a record's content."""
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(record)
        content = archive.read(record)
    whole = bytearray(path.read_bytes())
    start = whole.index(content, info.header_offset)
    whole[start + at] ^= 1 << bit
    path.write_bytes(whole)


def records(path):
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


READERS = dict(
    extract=load_state_dict,
    trusted=lambda path: load_state_dict(path, trust=True),
    resume=lambda path: CheckpointLoader.load_checkpoint(str(path), 'cpu'),
    load_from=lambda path: load_checkpoint(nn.Linear(1, 1), str(path), 'cpu'),
)


@pytest.mark.parametrize('reader', READERS)
def test_a_flipped_bit_in_any_record(reader, saved):
    read, whole = READERS[reader], saved.read_bytes()
    names = records(saved)
    assert sum('/data/' in name for name in names) == 4
    for number, name in enumerate(names):
        saved.write_bytes(whole)
        check_records(saved)
        flip(saved, name, bit=number % 8)
        if '/data/' in name:  # torch does not see it
            torch.load(saved, weights_only=True)
        with pytest.raises(ValueError, match=f'a.pth .*damaged .*{name}'):
            read(saved)


def test_also_if_the_file_is_trusted(saved, monkeypatch):
    monkeypatch.setenv(TRUST, '1')
    load_from_local(str(saved))
    flip(saved, 'a/data/2')
    with pytest.raises(ValueError, match='damaged'):
        load_from_local(str(saved))


@pytest.mark.parametrize('part', [0.3, 0.9, 0.999])
def test_files_that_were_cut_short(part, saved):
    whole = saved.read_bytes()
    saved.write_bytes(whole[: int(part * len(whole))])
    with pytest.raises(DamagedFileError, match='cut short'):
        check_records(saved)
    with pytest.raises(ValueError, match='a.pth .*cut short'):
        load_from_local(str(saved))


def test_torchs_format_before_has_no_checksums(saved):
    content = torch.load(saved, weights_only=True)
    torch.save(content, saved, _use_new_zipfile_serialization=False)
    check_records(saved)
    assert len(load_state_dict(saved)) == 4


def test_an_extracted_file_without_checksums_has_its_hash(tmp_path):
    torch.save(resnet_moco(), tmp_path / 'moco.pth')
    path = extract_backbone(tmp_path / 'moco.pth', tmp_path).safetensors_path
    whole = bytearray(path.read_bytes())
    whole[-1] ^= 1
    path.write_bytes(whole)
    with pytest.raises(ValueError, match='safetensors was not .*`sha256`'):
        load_state_dict(path)


def test_a_damaged_file_in_the_cache_is_written_anew(tmp_path):
    moco = tmp_path / 'moco.pth'
    torch.save(resnet_moco(), moco)
    first = extract_backbone(moco, tmp_path / 'out')
    whole = first.path.read_bytes()
    flip(first.path, records(first.path)[2])
    again = extract_backbone(moco, tmp_path / 'out')
    assert not again.reused and again.path.read_bytes() == whole
    assert extract_backbone(moco, tmp_path / 'out').reused
