#!/usr/bin/env python3
"""GGUF files as Python's gguf package writes them, beside what it makes of their blocks: make_gguf.py, into its own
folder. Needs gguf and numpy.

blocks.gguf has, for each type, blocks of random bytes (TYPE) and the numbers in them (TYPE.numbers), and numbers with
the blocks that the package rounds them to (TYPE.from, TYPE.made); its metadata has a value of every kind.

small_llama.gguf is the model of tests/unit/nn/models/small_llama.h, in float64, as llama.cpp's converter would write it:
the rows of q and k in the order of its rotary embedding.
"""
import pathlib

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type
from gguf import GGUFValueType as Kind

HERE = pathlib.Path(__file__).parent
# Where a block has its float16 scales.
SCALES = {
    Type.Q4_0: [0],
    Type.Q4_1: [0, 2],
    Type.Q5_0: [0],
    Type.Q5_1: [0, 2],
    Type.Q8_0: [0],
    Type.Q2_K: [80, 82],
    Type.Q3_K: [108],
    Type.Q4_K: [0, 2],
    Type.Q5_K: [0, 2],
    Type.Q6_K: [208],
}
# Subnormal ones, zeros, the largest, and any.
SCALE_BITS = [0x0001, 0x8001, 0x03FF, 0x0000, 0x8000, 0x0400, 0x7BFF, 0xFBFF, 0x2E66, 0xA123]


def random_blocks(type, random):
    numbers, size = gguf.GGML_QUANT_SIZES[type]
    count = 8 if numbers == 32 else 3
    blocks = random.integers(0, 256, (count, size), dtype=np.uint8)
    for i, block in enumerate(blocks):
        for j, at in enumerate(SCALES[type]):
            bits = SCALE_BITS[(i + 3 * j) % len(SCALE_BITS)] if i + 1 < count else random.integers(0, 0x7C00)
            block[at : at + 2] = np.frombuffer(np.uint16(bits).tobytes(), dtype=np.uint8)
    return blocks


def numbers_to_round(random):
    rows = random.standard_normal((8, 64)).astype(np.float32)
    rows[1] *= 1e-6  # scales that float16 has only as subnormal ones
    rows[2] *= 1e-30  # or not at all
    rows[3] = 0
    rows[4, :32] = np.arange(32) - 16 + 0.5  # halves, where the largest is 127
    rows[4, 0] = 127
    rows[5] *= 1e4
    rows[6, 3] = -300  # the largest is negative
    return rows


def sine(p, shape, norm=False):
    """The parameter number p of set_sine_weights (sine_weights.h)."""
    values = 0.3 * np.sin(0.7 * np.arange(np.prod(shape)) + p)
    return (values + 1 if norm else values).reshape(shape)


def interleaved(rows, heads):
    """Rows of two halves of a head, alternately of the first and of the second."""
    return rows.reshape(heads, 2, rows.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(rows.shape)


def write_llama():
    width, middle, layers, heads, key_heads, head_dim, vocabulary = 12, 20, 2, 3, 1, 4, 11
    writer = gguf.GGUFWriter(HERE / "small_llama.gguf", "llama")
    writer.add_name("small")
    writer.add_context_length(64)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(middle)
    writer.add_head_count(heads)
    writer.add_head_count_kv(key_heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10000.0)
    writer.add_rope_dimension_count(head_dim)
    writer.add_vocab_size(vocabulary)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(["<unk>", "<s>", "</s>", "c", "▁", "a", "b", "ab", "▁a", "▁ab", "bä"])
    writer.add_token_scores([0.0, 0.0, 0.0, -12.0, -9.0, -10.0, -11.0, -1.0, 0.0, -2.0, -3.0])
    writer.add_token_types([2, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_chat_template("{{ messages }}")
    p = 0

    def add(name, shape, norm=False, rotary=0):
        nonlocal p
        x = sine(p, shape, norm)
        writer.add_tensor(name, np.ascontiguousarray(interleaved(x, rotary) if rotary else x))
        p += 1

    add("token_embd.weight", (vocabulary, width))
    for i in range(layers):
        add(f"blk.{i}.attn_q.weight", (heads * head_dim, width), rotary=heads)
        add(f"blk.{i}.attn_k.weight", (key_heads * head_dim, width), rotary=key_heads)
        add(f"blk.{i}.attn_v.weight", (key_heads * head_dim, width))
        add(f"blk.{i}.attn_output.weight", (width, heads * head_dim))
        add(f"blk.{i}.ffn_gate.weight", (middle, width))
        add(f"blk.{i}.ffn_up.weight", (middle, width))
        add(f"blk.{i}.ffn_down.weight", (width, middle))
        add(f"blk.{i}.attn_norm.weight", (width,), norm=True)
        add(f"blk.{i}.ffn_norm.weight", (width,), norm=True)
    add("output_norm.weight", (width,), norm=True)
    add("output.weight", (vocabulary, width))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_blocks():
    random = np.random.default_rng(7)
    writer = gguf.GGUFWriter(HERE / "blocks.gguf", "none")
    for kind, value in {
        "UINT8": 255, "INT8": -128, "UINT16": 65535, "INT16": -32768, "UINT32": 4294967295, "INT32": -2147483648,
        "FLOAT32": 0.1, "BOOL": True, "STRING": "ä \"b\"\n", "UINT64": 2**64 - 1, "INT64": -(2**63), "FLOAT64": 0.1,
    }.items():  # fmt: skip
        writer.add_key_value("kind." + kind.lower(), value, Kind[kind])
    writer.add_array("array.string", ["a", "", "ö"])
    writer.add_array("array.int32", [1, -2, 3])
    writer.add_array("array.float32", [0.5, -1.5])
    writer.add_array("array.bool", [True, False])
    for type in SCALES:
        blocks = random_blocks(type, random)
        numbers = gguf.quants.dequantize(blocks, type)
        assert np.isfinite(numbers).all()
        writer.add_tensor(type.name, blocks, raw_dtype=type)
        writer.add_tensor(type.name + ".numbers", numbers)
    rows = numbers_to_round(random)
    writer.add_tensor("Q8_0.from", rows)
    writer.add_tensor("Q8_0.made", gguf.quants.quantize(rows, Type.Q8_0), raw_dtype=Type.Q8_0)
    plain = np.array([[1, -2.5, 0.1], [65504, 6e-8, 0]], dtype=np.float32)
    writer.add_tensor("plain.f32", plain)
    writer.add_tensor("plain.f16", plain.astype(np.float16))
    writer.add_tensor("plain.f64", plain.astype(np.float64))
    writer.add_tensor("plain.bf16", gguf.quants.quantize(plain, Type.BF16), raw_dtype=Type.BF16)
    writer.add_tensor("plain.i32", np.array([1, -2147483648], dtype=np.int32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    write_blocks()
    write_llama()
