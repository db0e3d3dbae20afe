"""Nested dissection of the block graph with dense Cholesky fronts.

The system has an (almost) unit diagonal block for each block and a dense coupling for each pair of
neighbours. Blocks are bisected along the direction with the smallest separator until few are
left; a separator is eliminated after the two sides it separates (a multifrontal Cholesky: George
1973; Duff & Reid 1983).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy.linalg as sl

Couplings = Mapping[tuple[int, int], np.ndarray]


@dataclass
class Node:
    """A set of blocks eliminated together, after its children.

    Attributes:
        own: blocks eliminated here.
        border: later blocks that they or their descendants touch.
        children: nodes eliminated before.
    """

    own: list[int]
    border: list[int]
    children: list[Node] = field(default_factory=list)


def dissect(centres: np.ndarray, neighbours: Sequence[set[int]], last: Sequence[int] = ()) -> Node:
    """The elimination tree; the blocks named in `last` (unknown constants) go to its root."""
    blocks = [k for k in range(len(centres)) if k not in set(last)]
    root = _dissect(blocks, centres, neighbours)
    if last:
        root = Node(list(last), [], [root])
    _borders(root, neighbours)
    return root


def _dissect(blocks: list[int], centres: np.ndarray, neighbours: Sequence[set[int]]) -> Node:
    if len(blocks) <= 2:
        return Node(blocks, [])
    best: tuple[int, list[int], list[int], list[int]] | None = None
    for axis in range(centres.shape[1]):
        values = centres[blocks, axis]
        middle = float(np.median(values))
        left = {k for k in blocks if centres[k, axis] < middle}
        right = [k for k in blocks if k not in left]
        if not left or not right:
            continue
        separator = [k for k in right if neighbours[k] & left]
        rest = [k for k in right if not neighbours[k] & left]
        if best is None or len(separator) < best[0]:
            best = (len(separator), sorted(left), rest, separator)
    if best is None or (best[0] == 0 and not best[2]):
        return Node(blocks, [])
    _, lower, upper, separator = best
    children = [_dissect(part, centres, neighbours) for part in (lower, upper) if part]
    return Node(separator, [], children)


def _borders(node: Node, neighbours: Sequence[set[int]]) -> set[int]:
    """Fill in the borders bottom up; returns all blocks below and at the node."""
    below = set(node.own)
    touched: set[int] = set()
    for child in node.children:
        below |= _borders(child, neighbours)
        touched |= set(child.border)
    for block in node.own:
        touched |= neighbours[block]
    node.border = sorted(touched - below)
    return below


class Cholesky:
    """The factors of a block matrix.

    Args:
        tree: from `dissect`.
        sizes: unknowns of each block.
        diagonal: diagonal blocks that are not the identity.
        couplings: the blocks (k, l), each pair once.
        ridge: added to the diagonal; raised tenfold until the factorisation exists.
    """

    def __init__(
        self,
        tree: Node,
        sizes: Sequence[int],
        diagonal: Mapping[int, np.ndarray],
        couplings: Couplings,
        ridge: float,
    ) -> None:
        self.sizes = sizes
        self._fronts: list[tuple[Node, np.ndarray, np.ndarray]] = []
        self.ridge = ridge
        while True:
            try:
                self._fronts.clear()
                self._factor(tree, diagonal, couplings)
                return
            except np.linalg.LinAlgError:
                self.ridge = max(self.ridge * 10, 1e-15)
                if self.ridge > 1.0:
                    raise

    def _offsets(self, blocks: Sequence[int]) -> dict[int, slice]:
        ends = np.cumsum([0] + [self.sizes[k] for k in blocks])
        return {k: slice(ends[i], ends[i + 1]) for i, k in enumerate(blocks)}

    def _factor(
        self, node: Node, diagonal: Mapping[int, np.ndarray], couplings: Couplings
    ) -> np.ndarray:
        where = self._offsets([*node.own, *node.border])
        total = sum(self.sizes[k] for k in where)
        inner = sum(self.sizes[k] for k in node.own)
        front = np.zeros((total, total))
        for child in node.children:
            update = self._factor(child, diagonal, couplings)
            rows = np.concatenate(
                [np.arange(where[k].start, where[k].stop) for k in child.border]
                or [np.zeros(0, int)]
            )
            front[np.ix_(rows, rows)] += update
        for k in node.own:
            front[where[k], where[k]] += diagonal.get(k, 0.0)
            # The ridge keeps a constant where it is that no residual depends on yet (u = 0).
            steps = np.arange(where[k].start, where[k].stop)
            front[steps, steps] += self.ridge if k in diagonal else 1.0 + self.ridge
            for other in where:
                self._couple(front, where, couplings, k, other)
        factor = np.linalg.cholesky(front[:inner, :inner])
        across = sl.solve_triangular(factor, front[:inner, inner:], lower=True, check_finite=False)
        self._fronts.append((node, factor, across))
        return front[inner:, inner:] - across.T @ across

    @staticmethod
    def _couple(
        front: np.ndarray, where: Mapping[int, slice], couplings: Couplings, k: int, other: int
    ) -> None:
        """Only the rows of the node's own blocks are needed: own × own and own × border."""
        if (k, other) in couplings:
            front[where[k], where[other]] += couplings[k, other]
        elif (other, k) in couplings:
            front[where[k], where[other]] += couplings[other, k].T

    def solve(
        self, right: Sequence[np.ndarray], known: Mapping[int, np.ndarray] | None = None
    ) -> list[np.ndarray]:
        """The solution for right-hand sides given block by block.

        Args:
            right: one a block.
            known: values of blocks at the root of the tree that are given and not solved for.
        """
        work = [np.array(r, dtype=float) for r in right]
        for node, factor, across in self._fronts:
            own = np.concatenate([work[k] for k in node.own] or [np.zeros(0)])
            own = sl.solve_triangular(factor, own, lower=True, check_finite=False)
            self._scatter(work, node.own, own)
            for k, place in self._offsets(node.border).items():
                work[k] -= across[:, place].T @ own
        for node, factor, across in reversed(self._fronts):
            own = np.concatenate([work[k] for k in node.own] or [np.zeros(0)])
            for k, place in self._offsets(node.border).items():
                own = own - across[:, place] @ work[k]
            own = sl.solve_triangular(factor, own, lower=True, trans=1, check_finite=False)
            self._scatter(work, node.own, own)
            for k in node.own:
                if known is not None and k in known:
                    work[k] = known[k]
        return work

    def _scatter(self, work: list[np.ndarray], blocks: Sequence[int], values: np.ndarray) -> None:
        for k, place in self._offsets(blocks).items():
            work[k] = values[place]
