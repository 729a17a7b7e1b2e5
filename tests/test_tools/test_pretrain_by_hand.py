"""The config of docs/photographs.md, on a folder of pictures."""

import re

from conftest import REPO
from photographs import flat, make_pictures
from tool_calls import call, main_of


def test_the_documents_config_trains_on_a_folder(tmp_path):
    text = (REPO / 'docs' / 'photographs.md').read_text()
    (block,) = re.findall(r'^```python\n(.*?)^```', text, re.M | re.S)
    folder = make_pictures(tmp_path / 'photos', flat(7))
    make_pictures(folder, ['deeper/a.webp', 'deeper/b.TIFF'], seed=1)
    (folder / 'broken.jpg').write_bytes(b'')
    config = tmp_path / 'config.py'
    config.write_text(
        block.replace('REGIONCL', str(REPO)).replace(
            '/my/pictures', str(folder)
        )
    )
    views = 'train_dataloader.dataset.pipeline.1.transforms.0.0.scale'
    said = call(
        main_of('train.py'),
        *(config, '--work-dir', tmp_path / 'out', '--cfg-options'),
        *('train_cfg.max_epochs=1', 'param_scheduler.0.end=1'),
        *('train_dataloader.batch_size=5', 'train_dataloader.num_workers=0'),
        *(f'{views}=64', 'model.region_branch.min_cells=1'),
        *('model.region_branch.max_cells=1', 'model.neck.in_channels=64'),
        *('model.backbone.depth=18', 'model.backbone.stem_channels=8'),
        *('model.backbone.base_channels=8', 'model.queue_len=16'),
    )
    assert '[1][2/2]' in said  # ten files, of which one is broken
    assert 'broken.jpg: the file is empty; skipped' in said
    assert 'the queue holds 16 keys but the data set only 10 images' in said
