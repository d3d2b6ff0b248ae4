"""Makes and reads the files that the programs work on, with nothing but Python's own library."""
import array
import json
import os
import random
import struct

WORDS = ["<pad>", "<bos>", "<eos>", "### Instruction:", "### Input:", "### Response:", "is", "it", "red", "blue", "true",
         "false", "answer1", "answer2", "the", "ball", "cat", "dog", "big", "small"]
WIDTH, MLP, LAYERS, HEADS = 16, 24, 2, 2


def bfloat16(value):
    """The upper half of a float's bits, rounded to the nearest."""
    (bits,) = struct.unpack("<I", struct.pack("<f", value))
    return (bits + 0x7fff + (bits >> 16 & 1)) >> 16


def write_safetensors(path, tensors, metadata=None, dtypes=None):
    """tensors: name -> (shape, list of floats); dtypes: name -> "F32" or "BF16", F32 where a name is missing."""
    header, data, at = {}, b"", 0
    if metadata:
        header["__metadata__"] = metadata
    for name, (shape, values) in sorted(tensors.items()):
        dtype = (dtypes or {}).get(name, "F32")
        raw = (array.array("f", values) if dtype == "F32" else array.array("H", map(bfloat16, values))).tobytes()
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + len(raw)]}
        at += len(raw)
        data += raw
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def read_safetensors(path):
    """name -> (dtype, shape, values), and the metadata."""
    with open(path, "rb") as file:
        raw = file.read()
    (length,) = struct.unpack("<Q", raw[:8])
    header, data = json.loads(raw[8:8 + length]), raw[8 + length:]
    metadata = header.pop("__metadata__", {})
    kinds = {"F32": "f", "I64": "q", "F64": "d", "BF16": "H"}
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = list(array.array(kinds[entry["dtype"]], data[begin:end]))
        if entry["dtype"] == "BF16":
            values = list(struct.unpack(f"<{len(values)}f", b"".join(struct.pack("<I", bits << 16) for bits in values)))
        tensors[name] = (entry["dtype"], entry["shape"], values)
    return tensors, metadata


def make_model(folder, tied=False, dtype_of=lambda name: "F32"):
    """A Llama of two layers with random weights whose tokens are whole words; `tied`: one weight in both ends."""
    os.makedirs(folder, exist_ok=True)
    draw = random.Random(1)
    tensors = {}

    def weight(name, *shape):
        count = 1
        for size in shape:
            count *= size
        ones = len(shape) == 1
        tensors[name] = (list(shape), [1.0] * count if ones else [draw.gauss(0, 0.3) for _ in range(count)])

    weight("model.embed_tokens.weight", len(WORDS), WIDTH)
    if not tied:
        weight("lm_head.weight", len(WORDS), WIDTH)
    weight("model.norm.weight", WIDTH)
    for layer in range(LAYERS):
        at = f"model.layers.{layer}."
        for name in ["q_proj", "k_proj", "v_proj", "o_proj"]:
            weight(at + f"self_attn.{name}.weight", WIDTH, WIDTH)
        weight(at + "mlp.gate_proj.weight", MLP, WIDTH)
        weight(at + "mlp.up_proj.weight", MLP, WIDTH)
        weight(at + "mlp.down_proj.weight", WIDTH, MLP)
        weight(at + "input_layernorm.weight", WIDTH)
        weight(at + "post_attention_layernorm.weight", WIDTH)
    write_safetensors(os.path.join(folder, "model.safetensors"), tensors, dtypes={name: dtype_of(name) for name in tensors})
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump({"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": WIDTH,
                   "intermediate_size": MLP, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
                   "num_key_value_heads": HEADS, "vocab_size": len(WORDS), "max_position_embeddings": 64,
                   "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "hidden_act": "silu", "tie_word_embeddings": tied,
                   "bos_token_id": 1, "eos_token_id": 2, "torch_dtype": "float32"}, file)
    with open(os.path.join(folder, "vocabulary.txt"), "w") as file:
        file.write("".join(word + "\n" for word in WORDS))
    return folder


def parameters(modules=LAYERS):
    """How many the model of make_model has."""
    layer = 4 * WIDTH * WIDTH + 3 * WIDTH * MLP + 2 * WIDTH
    return modules * layer + 2 * len(WORDS) * WIDTH + WIDTH


DOCUMENTS = "the cat is big\nthe dog is small and\nit is the red ball\nthe ball is blue\nthe big dog is it\n".replace(" and", "")


def exercises(count=6):
    return [{"instruction": f"is the {thing} {size}", "input": "", "output": f"the {answer}", "answer": answer}
            for thing, size, answer in [("cat", "big", "true"), ("dog", "small", "false"), ("ball", "red", "true"),
                                        ("ball", "blue", "false"), ("cat", "small", "false"), ("dog", "big", "true")][:count]]


def read_json(path):
    with open(path) as file:
        return json.load(file)


def read_log(folder):
    with open(os.path.join(folder, "log.jsonl")) as file:
        return [json.loads(line) for line in file]
