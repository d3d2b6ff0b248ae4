"""What the gallery's programs in PyTorch share: the record that a run of the program here has written."""
import json
import struct

import torch

DTYPES = {"F32": torch.float32, "F64": torch.float64, "I64": torch.int64, "BOOL": torch.bool, "U8": torch.uint8, "I32": torch.int32}


class Record:
    """What a run started from and drew: `record["x"]`, `record.each("noise")`, `record.load("model", module)`."""

    def __init__(self, path):
        data = open(path, "rb").read()
        (length,) = struct.unpack("<Q", data[:8])
        header = json.loads(data[8 : 8 + length])
        header.pop("__metadata__", None)
        self.tensors = {}
        for name, entry in header.items():
            begin, end = (8 + length + offset for offset in entry["data_offsets"])
            flat = torch.frombuffer(bytearray(data[begin:end]) or bytearray(8), dtype=DTYPES[entry["dtype"]])
            self.tensors[name] = flat[: (end - begin) // flat.element_size()].reshape(entry["shape"])
        self.steps = len(self["losses"])

    def __getitem__(self, name):
        return self.tensors[name].clone()

    def each(self, name):
        """The tensors of a name that was given several times, in their order; of one that was given once, that one."""
        if name in self.tensors:
            return [self[name]]
        found = []
        while f"{name}.{len(found)}" in self.tensors:
            found.append(self[f"{name}.{len(found)}"])
        return found

    def load(self, name, module, names=None):
        """Gives a module the numbers that the one of that name started from. `names` maps names here to PyTorch's."""
        given = {key[len(name) + 1 :]: value for key, value in self.tensors.items() if key.startswith(name + ".")}
        module.to(next(value.dtype for value in given.values() if value.is_floating_point()))
        module.load_state_dict({(names or (lambda key: key))(key): value for key, value in given.items()})
        return module
