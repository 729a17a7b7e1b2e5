"""The losses of several processes, written out: a method a function.

Each returns a dict of losses a process, the arguments being those of
:meth:`Processes.run`. The losses are those of a model without weights: its
temperature is the head's.
"""

import torch
from torch.nn.functional import normalize

from . import composites, info_nce, pooled, region_loss


def project(projector, rows):
    """Two or more linear layers with batch norm and ReLU, one by one."""
    rows = projector.bn0(projector.fc0(rows))
    for fc, bn in zip(projector.fc_names, projector.bn_names):
        rows = getattr(projector, fc)(rows.relu())
        rows = rows if bn is None else getattr(projector, bn)(rows)
    return rows


def regions_of(model, mlp, images, region, partner):
    """Canvas and paste of the composites, projected one after the other."""
    features = model.backbone(composites(images, region, partner))[0]
    return [mlp(part) for part in pooled(features, region)]


def m(processes, batches, drawn, order):
    """Algorithm 1."""
    temperature = processes.models[0].head.temperature
    queries, regions = [], []
    for model, (im_q, _), ((region, partner),) in zip(
        processes.models, batches, drawn
    ):
        mlp = model.neck.mlp
        regions.append(regions_of(model, mlp, im_q, region, partner))
        queries.append(normalize(mlp(pooled(model.backbone(im_q)[0]))))

    def encode(encoder, images):
        backbone, neck = encoder
        return [normalize(neck.mlp(pooled(backbone(images)[0])))]

    processes.move_key_encoders()
    keys = processes.keys(encode, [im_k for _, im_k in batches], order)
    queue = processes.queue('queue')
    losses = [
        dict(
            loss_instance=info_nce(q, k, queue, temperature),
            loss_region=region_loss(c, p, k, queue, partner, temperature),
        )
        for q, (c, p), (k,), ((_, partner),) in zip(
            queries, regions, keys, drawn
        )
    ]
    processes.enqueue('queue', [k for (k,) in keys])
    return losses


def d(processes, batches, drawn, order):
    """Algorithm 2, with lambda as in DenseCL: its ratio to the rest."""
    head, share = processes.models[0].head, processes.models[0].loss_lambda
    queries, regions = [], []
    for model, (im_q, _), ((region, partner),) in zip(
        processes.models, batches, drawn
    ):
        regions.append(
            regions_of(model, model.neck.mlp, im_q, region, partner)
        )
        queries.append(cells_of((model.backbone, model.neck), im_q))

    processes.move_key_encoders()
    keys = processes.keys(cells_of, [im_k for _, im_k in batches], order)
    queue, dense_queue = processes.queue('queue'), processes.queue('queue2')
    losses = []
    for (q, q_map, q_cells, _), (k, k_map, k_cells, _), (
        c,
        p,
    ), drawn_one in zip(queries, keys, regions, drawn):
        ((_, partner),) = drawn_one
        t = head.temperature
        pairs = alike(q_map, k_map, q_cells, k_cells)
        losses.append(
            dict(
                loss_instance=info_nce(q, k, queue, t),
                loss_region=region_loss(c, p, k, queue, partner, t),
                loss_dense=share
                / (1 - share)
                * info_nce(*pairs, dense_queue, t),
            )
        )
    processes.enqueue('queue', [of_one[0] for of_one in keys])
    processes.enqueue('queue2', [of_one[3] for of_one in keys])
    return losses


def cells_of(encoder, images):
    """The vector, the backbone's cells, the projected ones and their mean."""
    backbone, neck = encoder
    features = backbone(images)[0]
    cells = neck.mlp2(features)
    return [
        normalize(neck.mlp(pooled(features))),
        features.flatten(2),
        cells.flatten(2),
        normalize(pooled(cells)),
    ]


def alike(q_map, k_map, q_cells, k_cells):
    """DenseCL, section 3.3: each cell of a query with the cell of its key
    that is most like it in the backbone's features."""
    anchors, positives = [], []
    for i in range(len(q_map)):
        similarity = normalize(q_map[i], dim=0).t() @ normalize(
            k_map[i], dim=0
        )
        anchors.append(q_cells[i].t())
        positives.append(k_cells[i][:, similarity.argmax(1)].t())
    return normalize(torch.cat(anchors)), normalize(torch.cat(positives))


def predicted(model, images, region, partner):
    """q, c and p (N, D) as one batch through projector and predictor."""
    features = model.backbone(composites(images, region, partner))[0]
    parts = pooled(model.backbone(images)[0]), *pooled(features, region)
    rows = project(model.neck, torch.cat(parts))
    return project(model.head.predictor, rows).chunk(3)


def both_views(processes, batches, drawn):
    """Predictions and keys of each view of each process."""
    predictions = [
        [predicted(model, view, *of_view) for view, of_view in zip(*of_one)]
        for model, of_one in zip(processes.models, zip(batches, drawn))
    ]

    def encode(encoder, images):
        backbone, neck = encoder
        return [project(neck, pooled(backbone(images)[0]))]

    processes.move_key_encoders()
    by_view = [processes.keys(encode, views) for views in zip(*batches)]
    return predictions, [[k for (k,) in keys] for keys in by_view]


def m3(processes, batches, drawn, order):
    """MoCo v3 and Eq. 2, where the keys of all other images stand in for a
    queue."""
    head = processes.models[0].head
    t, weight = head.temperature, head.loss_module.loss_weight
    predictions, keys = both_views(processes, batches, drawn)
    losses = []
    for rank, of_one in enumerate(predictions):
        instance = regions = 0
        for (q, c, p), of_view, (_, partner) in zip(
            of_one, keys[::-1], drawn[rank]
        ):
            every = normalize(torch.cat(of_view))
            own = range(rank * len(q), (rank + 1) * len(q))
            others = [every[torch.arange(len(every)) != i].t() for i in own]
            k = every[list(own)]
            instance += weight * info_nce(normalize(q), k, others, t)
            regions += weight * region_loss(c, p, k, others, partner, t)
        losses.append(dict(loss_instance=instance, loss_region=regions))
    return losses


def byol(processes, batches, drawn, order):
    """BYOL, whose regions predict the projections of their images."""
    predictions, keys = both_views(processes, batches, drawn)
    losses = []
    for rank, of_one in enumerate(predictions):
        instance = regions = 0
        for (q, c, p), of_view, (_, partner) in zip(
            of_one, keys[::-1], drawn[rank]
        ):
            k = of_view[rank]
            instance += opposite(q, k)
            regions += (opposite(c, k) + opposite(p, k[partner])) / 2
        losses.append(dict(loss_instance=instance, loss_region=regions))
    return losses


def opposite(predictions, keys):
    """Minus the cosine, BYOL's factor of 2 before it."""
    return -2 * torch.cosine_similarity(predictions, keys).mean()
