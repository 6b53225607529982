"""What a task of 1.10 and 2.x says that it needs: kept for the author's own use, no executor reads it."""

from __future__ import annotations

from typing import Any

MB = 1
GB = 1024 * MB
TB = 1024 * GB
PB = 1024 * TB
EB = 1024 * PB


class Resource:
    """An amount of something. Raises ValueError when it is negative."""

    def __init__(self, name: str, units_str: str, qty: float) -> None:
        if qty < 0:
            raise ValueError(f"{name} is {qty}; a resource cannot be negative")
        self.name = name
        self.units_str = units_str
        self.qty = qty

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Resource) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.name, self.qty))

    def __repr__(self) -> str:
        return str(self.__dict__)

    def to_dict(self) -> dict[str, Any]:
        """Name, amount and unit."""
        return {"name": self.name, "qty": self.qty, "units_str": self.units_str}


class CpuResource(Resource):
    """Processor cores."""

    def __init__(self, qty: float) -> None:
        super().__init__("CPU", "core(s)", qty)


class RamResource(Resource):
    """Memory in MB."""

    def __init__(self, qty: float) -> None:
        super().__init__("RAM", "MB", qty)


class DiskResource(Resource):
    """Disk in MB."""

    def __init__(self, qty: float) -> None:
        super().__init__("Disk", "MB", qty)


class GpuResource(Resource):
    """Graphics processors."""

    def __init__(self, qty: float) -> None:
        super().__init__("GPU", "gpu(s)", qty)


class Resources:
    """What one task needs."""

    def __init__(self, cpus: float = 1, ram: float = 512, disk: float = 512, gpus: float = 0) -> None:
        self.cpus = CpuResource(cpus)
        self.ram = RamResource(ram)
        self.disk = DiskResource(disk)
        self.gpus = GpuResource(gpus)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Resources) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        return str(self.__dict__)

    def to_dict(self) -> dict[str, Any]:
        """Each resource as a dict."""
        return {name: value.to_dict() for name, value in self.__dict__.items()}
