"""Training in several processes, written out in one.

Each process has images, rectangles and statistics of batch norm of its own.
Weights, momentum encoder and queues are the same in all of them.
"""

import copy
from math import cos, pi

import torch
from torch import nn

RATE, KEPT_VELOCITY, DECAY = 0.03, 0.9, 1e-4


def cosine(start, step, steps):
    """From ``start`` at the first step down to 0 after the last."""
    return start * (1 + cos(pi * step / steps)) / 2


class Processes:
    """What all processes hold, and what they do together.

    Args:
        model: All begin as it is; only its layers are called.
        count: How many there are.
        steps: How many forward passes the run has.
        accumulated: How many of them share an update.
        momentum: The share of the online encoder at the first step.
        momentum_falls: Along a cosine, as the rate does; else it stays.
    """

    def __init__(
        self, model, count, steps, accumulated, momentum, momentum_falls
    ):
        self.models = [copy.deepcopy(model) for _ in range(count)]
        self.key_encoders = [None] * count
        self.steps, self.accumulated = steps, accumulated
        self.momentum, self.momentum_falls = momentum, momentum_falls
        self.step = 0
        self.momentum_moves = 0
        names = dict(model.named_parameters())
        self.velocity = {name: torch.zeros_like(names[name]) for name in names}
        self.queues = {
            name: list(tensor.t().clone())
            for name, tensor in model.named_buffers(recurse=False)
            if tensor.dim() == 2
        }
        self.oldest = dict.fromkeys(self.queues, 0)

    def run(self, method, batches, drawn, order):
        """One forward pass in each process, and an update if it is due.

        Args:
            method: Returns the losses of each process.
            batches: The two views of each process.
            drawn: The rectangle and the partners of each view, by process.
            order: Which image of all is where in the shuffle.

        Returns:
            The losses of each process.
        """
        losses = method(self, batches, drawn, order)
        for of_one in losses:
            (sum(of_one.values()) / self.accumulated).backward()
        self.step += 1
        if self.step % self.accumulated == 0:
            self._update(cosine(RATE, self.step - 1, self.steps))
        return losses

    @torch.no_grad()
    def _update(self, rate):
        """SGD on the mean of all processes' gradients."""
        by_process = [dict(m.named_parameters()) for m in self.models]
        for name, parameter in by_process[0].items():
            if parameter.grad is None:
                continue
            gradients = [of_one[name].grad for of_one in by_process]
            gradient = sum(gradients) / len(gradients) + DECAY * parameter
            velocity = KEPT_VELOCITY * self.velocity[name] + gradient
            self.velocity[name] = velocity
            for of_one in by_process:
                of_one[name] -= rate * velocity
                of_one[name].grad = None

    @torch.no_grad()
    def move_key_encoders(self):
        """Once an update, in its first forward pass, after the queries."""
        if self.step % self.accumulated:
            return
        share = self.momentum
        if self.momentum_falls:
            share = cosine(share, self.step, self.steps)
        for i, model in enumerate(self.models):
            online = nn.Sequential(model.backbone, model.neck)
            if self.step == 0:
                self.key_encoders[i] = copy.deepcopy(online)
                continue
            for key, query in zip(
                self.key_encoders[i].parameters(), online.parameters()
            ):
                key += share * (query - key)
        self.momentum_moves += 1

    @torch.no_grad()
    def keys(self, encode, views, order=None):
        """What ``encode`` makes of each process's view, a list of tensors by
        process; with an order in a batch shuffled among them."""
        count = len(views)
        images = torch.cat(views)
        if order is None:
            order = torch.arange(len(images))
        shares = images[order].chunk(count)
        encoded = [encode(*it) for it in zip(self.key_encoders, shares)]
        found = []
        for rows in map(torch.cat, zip(*encoded)):
            back = torch.empty_like(rows)
            back[order] = rows
            found.append(back.chunk(count))
        return list(zip(*found))

    def queue(self, name):
        return torch.stack(self.queues[name], dim=1)

    def enqueue(self, name, keys):
        """The keys of all processes take the places of the oldest."""
        for key in torch.cat(keys):
            self.queues[name][self.oldest[name]] = key
            self.oldest[name] += 1
            self.oldest[name] %= len(self.queues[name])
