"""What SQLAlchemy knows of each row, and what CPython 3.11 does to it."""

from __future__ import annotations

from sqlalchemy.orm.state import InstanceState


def make_room_in_states() -> None:
    """Name every attribute of a state once, before there is any row.

    CPython 3.11 keeps one table of attribute names for the instances of a class, and closes it after some
    thirty instances: giving an instance one more name then allocates, which may collect garbage. SQLAlchemy
    does so for each row that a session lets go of (`_strong_obj`). When that row is garbage, its weak
    reference is called back and names the same attribute: the instance is torn in two, and the process dies
    sooner or later of a segmentation fault. With every name in the table, nothing is left to allocate.
    """
    state: InstanceState[object] = InstanceState.__new__(InstanceState)
    for name in ("class_", *InstanceState.__annotations__, "parents", "_pending_mutations"):
        setattr(state, name, None)
