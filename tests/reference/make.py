"""Computes the reference cases of this folder with PyTorch in float64: python make.py

Each case is one safetensors file: inputs, outputs, a random gradient of the outputs and the gradients of
the inputs. The shapes are small; the numbers come from one seed, so that running this again changes nothing.
"""

import json
import math
import os

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

torch.set_default_dtype(torch.float64)
HERE = os.path.dirname(os.path.abspath(__file__))


def tensor(*shape):
    return torch.randn(*shape)


def case(name, op, inputs, compute, attrs=None, frozen=()):
    """One file: `compute` takes the inputs by name and returns the output, or a dict of several; `frozen` inputs get no
    gradient."""
    inputs = {
        key: x.clone().requires_grad_(x.is_floating_point() and key not in frozen) for key, x in inputs.items()
    }
    outputs = compute(**inputs)
    if not isinstance(outputs, dict):
        outputs = {"y": outputs}
    tensors = {"in." + key: x.detach() for key, x in inputs.items()}
    tensors.update({"out." + key: y.detach() for key, y in outputs.items()})
    wanted = {key: x for key, x in inputs.items() if x.requires_grad}
    flowing = {key: y for key, y in outputs.items() if y.requires_grad}
    if wanted and flowing:
        upstream = {key: torch.randn_like(y) for key, y in flowing.items()}
        tensors.update({"upstream." + key: g for key, g in upstream.items()})
        found = torch.autograd.grad(list(flowing.values()), list(wanted.values()), list(upstream.values()))
        for key, g in zip(wanted, found):
            tensors["grad." + key] = g
    tensors = {key: x.contiguous().clone() for key, x in tensors.items()}
    metadata = {"op": op, "attrs": json.dumps(attrs or {}), "rtol": "1e-09", "atol": "1e-11"}
    save_file(tensors, os.path.join(HERE, name + ".safetensors"), metadata)


def rope(x, theta, start, interleaved):
    tokens, size = x.shape[-2:]
    angle = torch.arange(start, start + tokens)[:, None] * theta ** (-torch.arange(0, size, 2) / size)
    cos, sin = angle.cos(), angle.sin()
    if interleaved:
        a, b = x[..., 0::2], x[..., 1::2]
        return torch.stack((a * cos - b * sin, b * cos + a * sin), -1).flatten(-2)
    a, b = x.chunk(2, -1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), -1)


def dora(x, weight, lora_A, lora_B, magnitude, bias, scale, detach):
    adapted = weight + scale * lora_B @ lora_A
    norm = adapted.norm(dim=1)
    norm = norm.detach() if detach else norm
    return F.linear(x, (magnitude / norm)[:, None] * adapted, bias)


# QLoRA (Dettmers et al. 2023), appendix E.
NF4 = (
    (-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334)
    + (-0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224)
    + (0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0)
)


def quantized(weight, format):
    """The numbers that stand for a matrix's in NF4 or int8: blocks of 64 in a row, their scales in eight bits."""
    w = weight.numpy().astype(np.float32)
    rows, columns = w.shape
    blocks = -(-columns // 64)
    padded = np.zeros((rows, blocks * 64), np.float32)
    padded[:, :columns] = np.abs(w)
    largest = padded.reshape(-1, 64).max(1)
    shares = (np.arange(256, dtype=np.float32) / np.float32(255)) ** 2
    scales = np.zeros_like(largest)
    for first in range(0, len(largest), 256):
        group = slice(first, first + 256)
        possible = largest[group].max() * shares
        scales[group] = possible[np.searchsorted(possible, largest[group])]
    scale = scales.astype(np.float64).reshape(rows, blocks).repeat(64, 1)[:, :columns]
    levels = np.array(NF4) if format == "nf4" else np.arange(-127, 128) / 127
    nearest = np.abs(scale[:, :, None] * levels - w[:, :, None]).argmin(2)
    return torch.from_numpy(scale * levels[nearest])


def float32_numbers(*shape):
    """Numbers that are the same in float32, so that they have the same codes there."""
    return tensor(*shape).float().double()


def recurrent_case(name, kind, inputs, size, lengths=None, **attrs):
    """A case of torch.nn.RNN, GRU or LSTM: its parameters are inputs, and the states before the first step."""
    layer = getattr(torch.nn, kind)(inputs["x"].shape[-1], size, **attrs)
    parameters = {key: tensor(*p.shape) * 0.5 for key, p in layer.named_parameters()}

    def compute(x, h0=None, c0=None, **parameters):
        state = (h0, c0) if c0 is not None else h0
        given = x
        if lengths:
            given = torch.nn.utils.rnn.pack_padded_sequence(
                x, torch.tensor(lengths), attrs.get("batch_first", False), enforce_sorted=False
            )
        y, state = torch.func.functional_call(layer, parameters, (given, state))
        if lengths:
            steps = x.shape[1 if attrs.get("batch_first") else 0]
            y, _ = torch.nn.utils.rnn.pad_packed_sequence(y, attrs.get("batch_first", False), total_length=steps)
        return {"y": y, "h": state[0], "c": state[1]} if kind == "LSTM" else {"y": y, "h": state}

    case(name, kind, {**inputs, **parameters}, compute, {**attrs, "lengths": lengths})


def main():
    torch.manual_seed(20240214)
    x = tensor(2, 3, 4)
    case("sum_of_two_dims", "sum", {"x": x}, lambda x: x.sum((0, -1)), {"dim": [0, -1], "keepdim": False})
    case("sum_of_all", "sum", {"x": x}, lambda x: x.sum())
    case("mean_of_all", "mean", {"x": x}, lambda x: x.mean(), {"dim": None})
    case("min_of_columns", "min", {"x": x}, lambda x: x.amin(1, keepdim=True), {"dim": [1], "keepdim": True})
    ties = torch.tensor([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
    case("max_with_ties", "max", {"x": ties}, lambda x: x.amax(1), {"dim": 1})
    zero_row = torch.cat((tensor(2, 3), torch.zeros(1, 3)))
    case("norm_with_a_zero_row", "norm", {"x": zero_row}, lambda x: x.norm(dim=1), {"dim": 1})
    edges = torch.tensor([-30.0, -1.0, 0.0, 1.0, 30.0])
    case("relu_at_its_edge", "relu", {"x": edges}, torch.relu)
    case("abs_at_zero", "abs", {"x": edges}, torch.abs)
    case("softplus_far_out", "softplus", {"x": edges}, lambda x: torch.logaddexp(x, torch.zeros(())))
    case("sigmoid_far_out", "sigmoid", {"x": edges * 20}, torch.sigmoid)
    case("log_softmax_of_large_numbers", "log_softmax", {"x": x * 500}, lambda x: x.log_softmax(1), {"dim": 1})
    case("pow_3", "pow", {"x": x}, lambda x: x**3, {"exponent": 3})
    case("matmul_broadcast", "matmul", {"a": tensor(2, 1, 3, 4), "b": tensor(3, 4, 2)}, lambda a, b: a @ b)
    case(
        "matmul_transposed",
        "matmul",
        {"a": tensor(4, 3), "b": tensor(2, 4)},
        lambda a, b: a.T @ b.T,
        {"transpose_a": True, "transpose_b": True},
    )
    case("linear_without_bias", "linear", {"x": tensor(2, 3, 4), "weight": tensor(5, 4)}, F.linear, frozen=("weight",))
    index = torch.tensor([[0, 2, 1], [1, 1, 0]])
    case("gather", "gather", {"x": tensor(2, 3), "index": index}, lambda x, index: x.gather(1, index), {"dim": 1})
    case(
        "scatter_add",
        "scatter_add",
        {"x": tensor(2, 3), "index": index, "src": tensor(2, 3)},
        lambda x, index, src: x.scatter_add(1, index, src),
        {"dim": 1},
    )
    case("cat", "cat", {"a": tensor(2, 3), "b": tensor(2, 1)}, lambda a, b: torch.cat((a, b), -1), {"dim": -1})
    condition = torch.tensor([[True, False, True]])
    case(
        "where_broadcast",
        "where",
        {"condition": condition, "a": tensor(2, 3), "b": tensor(2, 1)},
        lambda condition, a, b: torch.where(condition, a, b),
    )
    case("tril", "tril", {"x": x}, lambda x: x.tril(-1), {"diagonal": -1})
    attrs = {"theta": 500.0, "layout": "interleaved", "start": 3}
    case("rope_interleaved", "rope", {"x": tensor(2, 3, 6)}, lambda x: rope(x, 500.0, 3, True), attrs)
    case("rope_start", "rope", {"x": tensor(1, 2, 6)}, lambda x: rope(x, 1e4, 7, False), {"start": 7})
    qkv = {"q": tensor(1, 4, 2, 6), "k": tensor(1, 2, 5, 6), "v": tensor(1, 2, 5, 6)}
    case(
        "attention_with_a_cache",
        "scaled_dot_product_attention",
        qkv,
        lambda q, k, v: F.scaled_dot_product_attention(
            q,
            k.repeat_interleave(2, 1),
            v.repeat_interleave(2, 1),
            attn_mask=torch.ones(2, 5, dtype=torch.bool).tril(3),
            scale=0.3,
        ),
        {"causal": True, "scale": 0.3},
    )
    case(
        "attention_not_causal",
        "scaled_dot_product_attention",
        {"q": tensor(2, 2, 3, 4), "k": tensor(2, 2, 5, 4), "v": tensor(2, 2, 5, 4)},
        lambda q, k, v: F.scaled_dot_product_attention(q, k, v),
        {"causal": False},
    )
    targets = torch.tensor([3, 7, 0, 7, 2])
    for reduction in ("mean", "sum", "none"):
        case(
            "cross_entropy_" + reduction,
            "cross_entropy",
            {"logits": 5 * tensor(5, 6), "targets": targets},
            lambda logits, targets, r=reduction: F.cross_entropy(logits, targets, ignore_index=7, reduction=r),
            {"ignore_index": 7, "reduction": reduction},
        )
        case(
            "linear_cross_entropy_" + reduction,
            "linear_cross_entropy",
            {"x": tensor(5, 4), "weight": tensor(6, 4), "targets": targets},
            lambda x, weight, targets, r=reduction: F.cross_entropy(x @ weight.T, targets, ignore_index=7, reduction=r),
            {"ignore_index": 7, "reduction": reduction},
        )
    case("swiglu", "swiglu", {"gate": tensor(2, 3), "up": tensor(2, 3)}, lambda gate, up: F.silu(gate) * up)
    case(
        "layer_norm_without_bias",
        "layer_norm",
        {"x": tensor(3, 5), "weight": tensor(5)},
        lambda x, weight: F.layer_norm(x, (5,), weight, eps=1e-3),
        {"eps": 1e-3},
    )
    low_rank = {"x": tensor(2, 3, 5), "lora_A": tensor(2, 5), "lora_B": tensor(4, 2)}
    case(
        "lora_linear_with_bias",
        "lora_linear",
        {**low_rank, "weight": tensor(4, 5), "bias": tensor(4)},
        lambda x, lora_A, lora_B, weight, bias: F.linear(x, weight, bias) + 1.5 * x @ lora_A.T @ lora_B.T,
        {"scale": 1.5},
        frozen=("weight",),
    )
    weight = tensor(4, 5)
    # A row of the adapted weight that is zero: it and its gradients stay zero.
    zero_B = low_rank["lora_B"].clone()
    weight[2] = 0
    zero_B[2] = 0
    for detach in (True, False):
        case(
            "dora_linear_frozen_input_" + ("detached" if detach else "full"),
            "dora_linear",
            {**low_rank, "weight": tensor(4, 5), "magnitude": tensor(4), "bias": tensor(4)},
            lambda x, lora_A, lora_B, weight, magnitude, bias, d=detach: dora(
                x, weight, lora_A, lora_B, magnitude, bias, 0.75, d
            ),
            {"scale": 0.75, "detach_norm": detach, "norm_axis": "output"},
            frozen=("weight", "x", "bias"),
        )

    def dora_with_zero_row(x, lora_A, lora_B, weight, magnitude):
        adapted = weight + 0.75 * lora_B @ lora_A
        norm = adapted.norm(dim=1).detach()
        factor = torch.where(norm > 0, magnitude / norm.clamp_min(1e-300), 0.0)
        # The zero row's low-rank gradient is cut too, as its direction is undefined.
        return F.linear(x, torch.where((norm > 0)[:, None], factor[:, None] * adapted, 0.0))

    case(
        "dora_linear_with_a_zero_row",
        "dora_linear",
        {**low_rank, "lora_B": zero_B, "weight": weight, "magnitude": tensor(4)},
        dora_with_zero_row,
        {"scale": 0.75, "detach_norm": True},
        frozen=("weight",),
    )
    case(
        "vera_linear_with_bias",
        "vera_linear",
        {
            "x": tensor(3, 5),
            "weight": tensor(4, 5),
            "bias": tensor(4),
            "vera_A": tensor(2, 5),
            "vera_B": tensor(4, 2),
            "vera_d": tensor(2),
            "vera_b": tensor(4),
        },
        lambda x, weight, bias, vera_A, vera_B, vera_d, vera_b: F.linear(x, weight, bias)
        + vera_b * ((vera_d * (x @ vera_A.T)) @ vera_B.T),
        frozen=("weight", "vera_A", "vera_B"),
    )
    case(
        "dora_linear_of_the_magnitude_alone",
        "dora_linear",
        {"x": tensor(2, 3, 5), "weight": tensor(4, 5), "magnitude": tensor(4), "bias": tensor(4)},
        lambda x, weight, magnitude, bias: F.linear(x, (magnitude / weight.norm(dim=1))[:, None] * weight, bias),
        frozen=("weight",),
    )
    for detach in (True, False):
        case(
            "dora_linear_of_vera_" + ("detached" if detach else "full"),
            "dora_linear",
            {
                "x": tensor(3, 5),
                "weight": tensor(4, 5),
                "bias": tensor(4),
                "magnitude": tensor(4),
                "vera_A": tensor(2, 5),
                "vera_B": tensor(4, 2),
                "vera_d": tensor(2),
                "vera_b": tensor(4),
            },
            lambda x, weight, bias, magnitude, vera_A, vera_B, vera_d, vera_b, d=detach: dora(
                x, weight, vera_d[:, None] * vera_A, vera_b[:, None] * vera_B, magnitude, bias, 1, d
            ),
            {"detach_norm": detach},
            frozen=("weight", "vera_A", "vera_B"),
        )
    case(
        "lora_linear_with_rslora",
        "lora_linear",
        {"x": tensor(3, 5), "lora_A": tensor(3, 5), "lora_B": tensor(4, 3), "weight": tensor(4, 5)},
        lambda x, lora_A, lora_B, weight: F.linear(x, weight) + 5 / math.sqrt(3) * x @ lora_A.T @ lora_B.T,
        {"alpha": 5, "rank": 3, "use_rslora": True},
        frozen=("weight",),
    )
    for format in ("nf4", "int8"):
        case(
            "linear_" + format,
            "linear",
            {"x": tensor(2, 3, 70), "weight": float32_numbers(4, 70), "bias": tensor(4)},
            lambda x, weight, bias, f=format: F.linear(x, quantized(weight, f), bias),
            {"quantize": format},
            frozen=("weight",),
        )
        case(
            "lora_linear_" + format,
            "lora_linear",
            {"x": tensor(3, 65), "lora_A": tensor(2, 65), "lora_B": tensor(4, 2), "weight": float32_numbers(4, 65)},
            lambda x, lora_A, lora_B, weight, f=format: F.linear(x, quantized(weight, f))
            + 1.5 * x @ lora_A.T @ lora_B.T,
            {"scale": 1.5, "quantize": format},
            frozen=("weight",),
        )
        for detach in (True, False):
            weight = float32_numbers(5, 131)
            weight[3] = 0
            weight[1] *= 1e-3
            case(
                "dora_linear_" + format + ("_detached" if detach else "_full"),
                "dora_linear",
                {
                    "x": tensor(2, 2, 131),
                    "lora_A": tensor(2, 131),
                    "lora_B": tensor(5, 2),
                    "weight": weight.float().double(),
                    "magnitude": tensor(5),
                    "bias": tensor(5),
                },
                lambda x, lora_A, lora_B, weight, magnitude, bias, f=format, d=detach: dora(
                    x, quantized(weight, f), lora_A, lora_B, magnitude, bias, 0.75, d
                ),
                {"scale": 0.75, "detach_norm": detach, "quantize": format},
                frozen=("weight",),
            )
    case("instance_norm_of_places", "instance_norm", {"x": tensor(2, 3, 2, 2), "weight": tensor(3)},
         lambda x, weight: F.instance_norm(x, weight=weight))
    case(
        "group_norm_of_rows",
        "group_norm",
        {"x": tensor(3, 6), "weight": tensor(6)},
        lambda x, weight: F.group_norm(x, 2, weight, None, 1e-3),
        {"num_groups": 2, "eps": 1e-3},
    )
    recurrent_case(
        "rnn_relu_of_two_layers", "RNN", {"x": tensor(4, 2, 3)}, 2, num_layers=2, nonlinearity="relu", bias=False
    )
    states = {"x": tensor(2, 4, 3), "h0": tensor(4, 2, 2)}
    recurrent_case("gru_bidirectional", "GRU", states, 2, num_layers=2, bidirectional=True, batch_first=True)
    states = {"x": tensor(5, 3, 2), "h0": tensor(4, 3, 2), "c0": tensor(4, 3, 2)}
    recurrent_case("lstm_of_lengths", "LSTM", states, 2, [3, 5, 1], num_layers=2, bidirectional=True)
    recurrent_case("gru_of_lengths", "GRU", {"x": tensor(2, 4, 2)}, 3, [4, 2], bidirectional=True, batch_first=True)
    recurrent_case("rnn_of_lengths", "RNN", {"x": tensor(4, 2, 2)}, 2, [1, 3], num_layers=2)
    recurrent_case("lstm_of_one_row", "LSTM", {"x": tensor(3, 2)}, 2, bidirectional=True)


if __name__ == "__main__":
    main()
