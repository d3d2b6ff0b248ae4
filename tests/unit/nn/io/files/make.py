#!/usr/bin/env python3
"""Writes the files beside it, by NumPy, Pillow and the standard library, for the tests of nn/io: make.py"""

import gzip
import pathlib
import struct

import numpy as np
from PIL import Image

here = pathlib.Path(__file__).parent
grid = np.arange(6).reshape(2, 3)

np.save(here / "float32.npy", (grid / 4).astype("<f4"))
np.save(here / "big_endian.npy", (grid / 4).astype(">f8"))
np.save(here / "fortran.npy", np.asfortranarray(grid.astype("i4")))
np.save(here / "bool.npy", grid % 2 == 1)
np.save(here / "int16.npy", (grid - 3).astype("i2"))
np.save(here / "uint32.npy", np.array([0, 2**32 - 1], "u4"))
np.save(here / "half.npy", np.float16(-1.5))
np.save(here / "none.npy", np.zeros((0, 3), "f4"))
np.save(here / "complex.npy", np.zeros(2, "c8"))
np.save(here / "records.npy", np.zeros(2, [("a", "f4"), ("b", "i4")]))
np.savez(here / "stored.npz", x=grid.astype("f8"), labels=np.array([3, 1]))
np.savez_compressed(here / "compressed.npz", x=np.zeros((40, 50), "f4"))

# Four by two pixels: red, green, blue, white; black and grays.
colors = [[(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)], [(0, 0, 0), (10, 10, 10), (128, 128, 128), (9, 200, 77)]]
picture = Image.fromarray(np.array(colors, "u1"))
picture.save(here / "colors.png")
picture.convert("P", palette=Image.Palette.ADAPTIVE).save(here / "palette.png")
Image.fromarray(np.array(colors, "u1")[:, :, 1]).save(here / "gray.png")
wide = np.zeros((16, 24, 3), "u1")
wide[:, :8], wide[:, 8:16], wide[:, 16:] = (200, 30, 30), (20, 180, 60), (90, 90, 90)
Image.fromarray(wide).save(here / "colors.jpeg", quality=95, subsampling=0)
Image.fromarray(wide[:, :, 0]).save(here / "gray.jpg", quality=95)
Image.fromarray(wide).convert("CMYK").save(here / "print.jpg")

with gzip.GzipFile(here / "images-idx3-ubyte.gz", "wb", mtime=0) as file:
    file.write(struct.pack(">4BIII", 0, 0, 8, 3, 2, 2, 3) + bytes(range(12)))
(here / "shorts-idx1").write_bytes(struct.pack(">4BI3h", 0, 0, 11, 1, 3, -2, 258, 32767))
