"""The geometry as blocks see it: what is inside, where its boundary and its corners are."""

from __future__ import annotations

import functools
from typing import Any

import deepxde as dde
import numpy as np

from isocline_pinn.local.blocks import Mesh
from isocline_pinn.local.boundary import (
    box_boundary,
    corners,
    curve_points,
    edge_points,
    face_grid,
    primitives,
    straight_edges,
)
from isocline_pinn.local.features import gauss, grid

_MIN_INSIDE = 0.005


class Shape:
    """A DeepXDE geometry, with time as its last direction when it has one.

    Attributes:
        geometry: the spatial geometry.
        lower: lower corner of the bounding box, time included, shape (d,).
        upper: its upper corner.
        time_axis: index of time, or None.
        box: whether the spatial geometry is its own bounding box.
    """

    def __init__(self, geometry: Any) -> None:
        self.whole = geometry
        self.geometry = geometry
        self.time_axis: int | None = None
        times: list[float] = []
        if isinstance(geometry, dde.geometry.GeometryXTime):
            self.geometry = geometry.geometry
            times = [float(geometry.timedomain.t0), float(geometry.timedomain.t1)]
            self.time_axis = int(self.geometry.dim)
        elif isinstance(geometry, dde.geometry.TimeDomain):
            self.time_axis = 0
        low, high = (np.atleast_1d(np.asarray(b, dtype=float)).ravel() for b in self.geometry.bbox)
        self.lower = np.concatenate([low, times[:1]])
        self.upper = np.concatenate([high, times[1:]])
        self.box = isinstance(
            self.geometry,
            (
                dde.geometry.Interval,
                dde.geometry.Rectangle,
                dde.geometry.Cuboid,
                dde.geometry.Hypercube,
            ),
        )

    @property
    def dimension(self) -> int:
        """Inputs, time included."""
        return len(self.lower)

    @property
    def space(self) -> int:
        """Spatial directions (one for an ordinary differential equation in time)."""
        return int(self.geometry.dim)

    def inside(self, points: np.ndarray) -> np.ndarray:
        """Whether points of shape (n, d) lie in the geometry, whatever their time."""
        return np.asarray(self.geometry.inside(points[:, : self.space])).astype(bool).ravel()

    def probes(self, count: int, seed: int) -> np.ndarray:
        """Random points inside, shape (count, d)."""
        random = np.random.default_rng(seed)
        found = np.zeros((0, self.dimension))
        while len(found) < count:
            more = random.uniform(self.lower, self.upper, (8 * count, self.dimension))
            found = np.concatenate([found, more[self.inside(more)]])
        return found[:count]

    def lines(self, axis: int) -> list[float]:
        """Coordinates along a spatial axis on which block edges should lie: straight boundaries."""
        found = {
            float(value)
            for low, high in straight_edges(self.geometry)
            for value in (low[axis], high[axis])
            if self.lower[axis] < value < self.upper[axis] and low[axis] == high[axis]
        }
        return sorted(found)

    @functools.cached_property
    def reentrant_corners(self) -> np.ndarray:
        """Corners with more than half of their surroundings inside, shape (corners, 2).

        There a solution is not in H², however smooth its data.
        """
        if self.box or self.space != 2:
            return np.zeros((0, 2))
        found = [c for p in primitives(self.geometry) if (c := corners(p)) is not None]
        if not found:
            return np.zeros((0, 2))
        points = np.unique(np.concatenate(found), axis=0)
        angles = 2 * np.pi * (np.arange(180) + 0.5) / 180
        circle = 1e-4 * float(np.max(self.upper[:2] - self.lower[:2]))
        ring = circle * np.stack([np.cos(angles), np.sin(angles)], 1)
        share = np.array([np.mean(self.geometry.inside(point + ring)) for point in points])
        return points[(share > 0.52) & (share < 0.99)]

    def parts(self) -> list[tuple[str, np.ndarray, np.ndarray]]:
        """The edges and curves that bound a shape in the plane.

        Returns:
            For each its name, points on it, shape (n, d), at random times, and the normals there.
        """
        found = []
        for start, end in straight_edges(self.geometry):
            along = (end - start) / max(float(np.linalg.norm(end - start)), 1e-300)
            points = start + np.linspace(0.03, 0.97, 21)[:, None] * (end - start)
            normals = np.tile([along[1], -along[0]], (len(points), 1))
            name = "the edge from ({:g}, {:g}) to ({:g}, {:g})".format(*start, *end)
            found.append((name, points, normals))
        for primitive in primitives(self.geometry):
            if corners(primitive) is None:
                points = np.asarray(primitive.uniform_boundary_points(24), dtype=float)
                kind = type(primitive).__name__.lower()
                middle = (np.asarray(primitive.bbox[0]) + primitive.bbox[1]) / 2
                name = "the {} about ({:g}, {:g})".format(kind, *middle)
                found.append((name, points, np.asarray(primitive.boundary_normal(points))))
        return [self._at_random_times(*part) for part in found if self._on_boundary(part[1]).any()]

    def _on_boundary(self, points: np.ndarray) -> np.ndarray:
        """Whether points of space are on the boundary and have the inside next to them.

        DeepXDE also calls the rim of what a difference takes away its boundary, where the two
        shapes' edges coincide.
        """
        on = np.asarray(self.geometry.on_boundary(points)).astype(bool).ravel()
        if self.space != 2 or not on.any():
            return on
        angles = 2 * np.pi * (np.arange(12) + 0.37) / 12
        circle = 1e-6 * float(np.max(self.upper[:2] - self.lower[:2]))
        ring = points[on][:, None] + circle * np.stack([np.cos(angles), np.sin(angles)], 1)
        inside = np.asarray(self.geometry.inside(ring.reshape(-1, 2))).reshape(len(ring), -1)
        on[on] = inside.any(axis=1)
        return on

    def _at_random_times(
        self, name: str, points: np.ndarray, normals: np.ndarray
    ) -> tuple[str, np.ndarray, np.ndarray]:
        on = self._on_boundary(points)
        points, normals = points[on], normals[on]
        if self.time_axis is not None:
            span = self.upper[-1] - self.lower[-1]
            share = np.random.default_rng(6).random((len(points), 1))
            points = np.hstack([points, self.lower[-1] + span * share])
            normals = np.hstack([normals, np.zeros((len(points), 1))])
        return name, points, normals

    def fit(self, mesh: Mesh) -> Mesh:
        """Drop blocks outside, mark cut ones and give them the tight box of what is inside."""
        if self.box:
            return mesh
        dense = grid([np.linspace(-0.999, 0.999, 41 if self.space == 2 else 15)] * self.space)
        keep, centre, half = [], mesh.centre.copy(), mesh.half.copy()
        cut = np.zeros(mesh.count, bool)
        samples = mesh.centre[:, None, : self.space] + mesh.half[:, None, : self.space] * dense
        within = self.inside(samples.reshape(-1, self.space)).reshape(mesh.count, -1)
        for k in range(mesh.count):
            points, inside = samples[k], within[k]
            share = inside.mean()
            if share < _MIN_INSIDE:
                continue
            keep.append(k)
            if share < 1:
                cut[k] = True
                self._tighten(points[inside], mesh, k, centre, half)
        rows = np.array(keep, dtype=int)
        return Mesh(mesh.lower[rows], mesh.upper[rows], centre[rows], half[rows], cut[rows])

    @functools.cached_property
    def hole_centres(self) -> np.ndarray:
        """Centres of the shapes that were taken out, shape (holes, 2)."""
        if self.box or self.space != 2:
            return np.zeros((0, 2))
        boxes = np.array([np.asarray(p.bbox, dtype=float) for p in primitives(self.geometry)])
        centres = boxes.mean(axis=1)
        outside: np.ndarray = ~np.asarray(self.geometry.inside(centres)).astype(bool)
        return centres[outside]

    def encloses_hole(self, mesh: Mesh) -> np.ndarray:
        """Which blocks hold the centre of a hole and something of the domain too, shape (blocks,).

        A solution outside of a hole goes on analytically into it, though not to its centre: no
        polynomial follows it all round, and its coefficients do not tell (a screened Poisson equation
        with such a block was 1e-2 off at every degree).
        """
        found = np.zeros(mesh.count, bool)
        for centre in self.hole_centres:
            lower, upper = mesh.lower[:, :2], mesh.upper[:, :2]
            found |= ((lower < centre) & (centre < upper)).all(axis=1)
        for k in np.nonzero(found)[0]:
            reference = grid([np.linspace(-0.999, 0.999, 41)] * self.space)
            samples = mesh.centre[k, : self.space] + mesh.half[k, : self.space] * reference
            found[k] = self.inside(samples).any()
        return found

    def _tighten(
        self, points: np.ndarray, mesh: Mesh, k: int, centre: np.ndarray, half: np.ndarray
    ) -> None:
        low, high = points.min(axis=0), points.max(axis=0)
        # What is inside may reach up to the next sample, and a sliver must keep some width.
        width = mesh.upper[k, : self.space] - mesh.lower[k, : self.space]
        pad = np.maximum(0.03 * (high - low), width / 20)
        low = np.maximum(low - pad, mesh.lower[k, : self.space])
        high = np.minimum(high + pad, mesh.upper[k, : self.space])
        centre[k, : self.space] = (low + high) / 2
        half[k, : self.space] = (high - low) / 2

    def points_in_cut_blocks(self, mesh: Mesh, per_direction: int) -> list[np.ndarray]:
        """Points inside each cut block, about as many as a whole block has."""
        found = []
        for k in np.nonzero(mesh.cut)[0]:
            count = per_direction
            while True:
                axes = [
                    gauss(count if j < self.space else per_direction) for j in range(self.dimension)
                ]
                points = mesh.centre[k] + mesh.half[k] * grid(axes)
                points = points[self.inside(points)]
                if len(points) >= 0.9 * per_direction**self.dimension or count > 6 * per_direction:
                    break
                count = int(1.3 * count) + 1
            found.append(points)
        return found

    def boundary_points(self, mesh: Mesh, per_face: int, degree: int) -> np.ndarray:
        """Boundary points near the blocks, on a product of Gauss points in time, shape (n, d)."""
        if self.space == 1 and self.time_axis == 0:
            return np.array([[self.lower[0]], [self.upper[0]]])
        if self.dimension > 3 and self.box:
            sides = self.dimension if self.time_axis is None else self.space
            return box_boundary(mesh, self.lower, self.upper, per_face, degree, sides)
        space = self._spatial_boundary(mesh, per_face, degree)
        if self.time_axis is None:
            return space
        start, end = mesh.lower[:, -1].min(), mesh.upper[:, -1].max()
        intervals = np.unique(np.stack([mesh.lower[:, -1], mesh.upper[:, -1]], 1), axis=0)
        if len(intervals) == 1:
            intervals = np.array([[start, end]])
        times = np.concatenate([(a + b) / 2 + (b - a) / 2 * gauss(per_face) for a, b in intervals])
        rows = np.repeat(space, len(times), axis=0)
        return np.hstack([rows, np.tile(times, len(space))[:, None]])

    def _spatial_boundary(self, mesh: Mesh, per_face: int, degree: int) -> np.ndarray:
        space = self.space
        if self.box:
            return box_boundary(
                mesh, self.lower[:space], self.upper[:space], per_face, degree, space
            )
        if space == 2:
            pieces = list(edge_points(self.geometry, mesh, per_face))
            pieces += list(curve_points(self.geometry, mesh, per_face))
        else:
            # DeepXDE draws from NumPy's global state: ask for a fixed sequence instead.
            count = 40 * per_face
            random = self.geometry.random_boundary_points(count, random="Sobol")
            pieces = [np.asarray(random, dtype=float)]
        points = np.concatenate(pieces)
        return points[self._on_boundary(points)]

    def initial_points(self, mesh: Mesh, per_face: int, degree: int) -> np.ndarray:
        """Points of the blocks that begin at the initial time, shape (n, d)."""
        if self.time_axis is None:
            return np.zeros((0, self.dimension))
        axis = self.time_axis
        first = np.nonzero(np.isclose(mesh.lower[:, axis], self.lower[axis]))[0]
        local = face_grid(self.dimension - 1, degree, per_face)
        local = np.insert(local, axis, -1.0, axis=1)
        points = (mesh.centre[first, None] + mesh.half[first, None] * local).reshape(
            -1, self.dimension
        )
        points[:, axis] = self.lower[axis]
        return points if self.box else points[self.inside(points)]
