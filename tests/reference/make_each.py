"""Computes a reference case of each function that PyTorch has too, with PyTorch in float64: python make_each.py

Beside make.py, whose cases are of edges and of what adora alone has. See there for what a case is.
"""

import math

import torch
import torch.nn.functional as F

from make import case, tensor


def positive(*shape):
    return torch.rand(*shape) + 0.5


def within(*shape):
    """Between -0.9 and 0.9."""
    return torch.rand(*shape) * 1.8 - 0.9


def spread(*shape):
    """Each number once, at least 0.1 apart, so that no order hangs on rounding."""
    count = math.prod(shape)
    return (torch.randperm(count) * 0.1 - count / 20 + torch.rand(count) * 0.02).reshape(shape)


def definite(n):
    a = tensor(n, n)
    return a @ a.T + n * torch.eye(n)


def each(op, compute, attrs=None, what="", **inputs):
    """A case of an op, which takes the inputs in the order given."""
    case(f"torch_{op}{what}", op, inputs, lambda **given: compute(*given.values()), attrs)


def elementwise():
    x = torch.tensor([-2.3, -1.2, -0.4, 0.3, 0.7, 1.6, 3.4])
    names = "abs ceil cos cosh erf erfc exp exp2 expm1 floor neg reciprocal round sigmoid sign sin sinh square tan tanh"
    for name in (names + " trunc atan asinh").split():
        each(name, getattr(torch, name), x=x)
    for name in "gelu hardswish logsigmoid mish relu relu6 selu silu softplus softsign tanhshrink".split():
        each(name, getattr(F, name), x=x)
    for name in "log log10 log1p log2 rsqrt sqrt digamma lgamma".split():
        each(name, getattr(torch, name), x=positive(5))
    for name in "acos asin atanh erfinv".split():
        each(name, getattr(torch, name), x=within(5))
    each("acosh", torch.acosh, x=positive(5) + 1)
    each("gelu_tanh", lambda x: F.gelu(x, approximate="tanh"), x=x)
    each("hardsigmoid", lambda x: F.relu6(x + 3) / 6, x=x)  # PyTorch's own divides by a sixth in float32
    each("elu", lambda x: F.elu(x, 0.7), {"alpha": 0.7}, x=x)
    each("celu", lambda x: F.celu(x, 0.5), {"alpha": 0.5}, x=x)
    each("leaky_relu", lambda x: F.leaky_relu(x, 0.2), {"slope": 0.2, "negative_slope": 0.2}, x=x)
    each("hardtanh", lambda x: F.hardtanh(x, -0.5, 2), {"min_val": -0.5, "max_val": 2}, x=x)
    each("hardshrink", lambda x: F.hardshrink(x, 0.6), {"lambd": 0.6}, x=x)
    each("softshrink", lambda x: F.softshrink(x, 0.6), {"lambd": 0.6}, x=x)
    each("threshold", lambda x: F.threshold(x, 0.5, 2), {"threshold": 0.5, "value": 2}, x=x)
    each("logit", lambda x: torch.logit(x), x=torch.rand(5) * 0.8 + 0.1)
    each("clamp", lambda x: torch.clamp(x, -1, 2), {"min": -1, "max": 2}, x=x)
    each("nan_to_num", torch.nan_to_num, x=torch.tensor([1.5, math.nan, -2.0]))
    each("glu", lambda x: F.glu(x, 0), {"dim": 0}, x=tensor(4, 3))
    each("prelu", F.prelu, x=tensor(2, 3, 2), weight=tensor(3))
    a, b = tensor(2, 1, 3), tensor(4, 1)
    for name in "add sub mul div maximum minimum atan2 hypot remainder fmod logaddexp".split():
        each(name, getattr(torch, name), a=a, b=b)
    each("pow", torch.pow, what="_of_tensors", a=positive(2, 1, 3), b=b)
    each("xlogy", torch.xlogy, a=torch.tensor([[0.0, 1.5, -2.0]]), b=positive(4, 1))
    each("lerp", lambda a, b, weight: torch.lerp(a, b, weight), a=a, b=b, weight=tensor(3))
    each("lerp", lambda a, b: torch.lerp(a, b, 0.3), {"weight": 0.3}, what="_by_a_number", a=a, b=b)
    each("clamp_tensors", lambda x, a, b: torch.clamp(x, a, b), x=x, a=-positive(7), b=positive(7))
    for name in "eq ne less less_equal greater greater_equal".split():
        each(name, getattr(torch, name), a=torch.tensor([1.0, 2.0, 3.0]), b=torch.tensor([[2.0], [3.0]]))
    odd = torch.tensor([1.0, math.nan, math.inf, -math.inf])
    for name in "isnan isinf isfinite".split():
        each(name, getattr(torch, name), x=odd)
    each("isclose", torch.isclose, a=torch.tensor([1.0, 1.0, 0.0, math.inf]), b=torch.tensor([1.000009, 1.1, 9e-9, math.inf]))


def reductions():
    x = spread(2, 3, 4)
    each("sum", lambda x: x.sum((0, 2), True), {"dim": [0, 2], "keepdim": True}, x=x)
    each("mean", lambda x: x.mean(1), {"dim": 1}, x=x)
    each("prod", lambda x: x.prod(1), {"dim": 1}, x=x)
    each("amax", lambda x: x.amax((0, 1)), {"dim": [0, 1]}, x=x)
    each("amin", lambda x: x.amin((0, 1)), {"dim": [0, 1]}, x=x)
    each("argmax", lambda x: x.argmax(2), {"dim": 2}, x=x)
    each("argmin", lambda x: x.argmin(2), {"dim": 2}, x=x)
    each("norm", lambda x: x.norm(dim=2), {"dim": 2}, x=x)
    each("logsumexp", lambda x: x.logsumexp(1), {"dim": 1}, x=x)
    each("var", lambda x: x.var((0, 1), correction=0), {"dim": [0, 1], "correction": 0}, x=x)
    each("std", lambda x: x.std(2), {"dim": 2}, x=x)
    each("softmax", lambda x: x.softmax(1), {"dim": 1}, x=x)
    each("log_softmax", lambda x: x.log_softmax(1), {"dim": 1}, x=x)
    each("any", lambda x: (x > 0.8).any(1), {"dim": 1}, x=x.gt(0.8))
    each("all", lambda x: x.all(1), {"dim": 1}, x=x.gt(-0.8))
    each("count_nonzero", lambda x: x.count_nonzero(1), {"dim": 1}, x=F.relu(x))
    holes = torch.where(x > 0.7, math.nan, x)
    each("nansum", lambda x: x.nansum(1), {"dim": 1}, x=holes)
    each("nanmean", lambda x: x.nanmean(1), {"dim": 1}, x=holes)
    for name in "cumsum cumprod logcumsumexp".split():
        each(name, lambda x, f=getattr(torch, name): f(x, 1), {"dim": 1}, x=x)
    for name in "cummax cummin sort".split():
        each(name, lambda x, f=getattr(torch, name): named(f(x, dim=1)), {"dim": 1}, x=x)
    each("max_with_indices", lambda x: named(x.max(1)), {"dim": 1}, x=x)
    each("min_with_indices", lambda x: named(x.min(1)), {"dim": 1}, x=x)
    each("median", lambda x: named(x.median(1)), {"dim": 1}, x=x)
    each("mode", lambda x: named(x.mode(1)), {"dim": 1}, x=(x * 1.5).round())
    each("kthvalue", lambda x: named(x.kthvalue(2, 2)), {"k": 2, "dim": 2}, x=x)
    each("topk", lambda x: named(x.topk(2, 1, False)), {"k": 2, "dim": 1, "largest": False}, x=x)
    each("argsort", lambda x: x.argsort(2, descending=True), {"dim": 2, "descending": True}, x=x)
    each("quantile", lambda x: x.quantile(0.3, 2), {"q": 0.3, "dim": 2}, x=x)
    each("bincount", lambda x: x.bincount(minlength=6), {"minlength": 6}, x=torch.tensor([1, 3, 1, 0]))
    each("histc", lambda x: x.histc(4, -1, 1), {"bins": 4, "min": -1, "max": 1}, x=x)
    edges = torch.tensor([-0.5, 0.0, 0.5])
    each("bucketize", lambda x, boundaries: torch.bucketize(x, boundaries), x=x, boundaries=edges)
    each("searchsorted", lambda x, boundaries: torch.searchsorted(boundaries, x, right=True), {"right": True}, x=x[0, 0], boundaries=edges)


def named(found):
    return {"values": found.values, "indices": found.indices}


def rearranging():
    x = tensor(2, 3, 4)
    each("transpose", lambda x: x.transpose(0, 2), {"dim0": 0, "dim1": 2}, x=x)
    each("permute", lambda x: x.permute(2, 0, 1), {"dims": [2, 0, 1]}, x=x)
    each("reshape", lambda x: x.reshape(4, 6), {"shape": [4, 6]}, x=x)
    each("flatten", lambda x: x.flatten(1), {"start": 1}, x=x)
    each("unflatten", lambda x: x.unflatten(2, (2, 2)), {"dim": 2, "sizes": [2, 2]}, x=x)
    each("movedim", lambda x: x.movedim(0, 2), {"source": [0], "destination": [2]}, x=x)
    each("swapaxes", lambda x: x.swapaxes(0, 1), {"a": 0, "b": 1}, x=x)
    each("unsqueeze", lambda x: x.unsqueeze(1), {"dim": 1}, x=x)
    each("squeeze", lambda x: x.squeeze(1), {"dim": 1}, x=tensor(2, 1, 3))
    each("select", lambda x: x.select(1, 2), {"dim": 1, "index": 2}, x=x)
    each("flip", lambda x: x.flip((0, 2)), {"dims": [0, 2]}, x=x)
    each("roll", lambda x: x.roll((1, -2), (0, 2)), {"shifts": [1, -2], "dims": [0, 2]}, x=x)
    each("rot90", lambda x: x.rot90(1, (0, 1)), {"k": 1, "dims": [0, 1]}, x=x)
    each("tile", lambda x: x.tile(2, 1), {"repeats": [2, 1]}, x=x)
    each("repeat", lambda x: x.repeat(2, 1, 1, 2), {"repeats": [2, 1, 1, 2]}, x=x)
    each("repeat_interleave", lambda x: x.repeat_interleave(2, 1), {"repeats": 2, "dim": 1}, x=x)
    each("diag", lambda x: x.diag(1), {"offset": 1}, x=tensor(3))
    each("diag_embed", lambda x: x.diag_embed(-1), {"offset": -1}, x=tensor(2, 3))
    each("diagonal", lambda x: x.diagonal(1, 1, 2), {"offset": 1, "dim1": 1, "dim2": 2}, x=x)
    each("triu", lambda x: x.triu(1), {"diagonal": 1}, x=x)
    each("trace", torch.trace, x=tensor(3, 4))
    for mode in "constant reflect replicate circular".split():
        each("pad", lambda x, m=mode: F.pad(x, (1, 2), m), {"pad": [1, 2], "mode": mode}, what="_" + mode, x=x)
    each("broadcast_to", lambda x: x.broadcast_to(2, 3, 4), {"shape": [2, 3, 4]}, x=tensor(3, 1))
    each("stack", lambda a, b: torch.stack((a, b), 1), {"dim": 1}, a=x, b=x + 1)
    for name in "hstack vstack dstack".split():
        each(name, lambda a, b, f=getattr(torch, name): f((a, b)), a=tensor(2, 3), b=tensor(2, 3))
    index = torch.tensor([[0, 2, 1, 1], [1, 1, 0, 2]])
    each("take", torch.take, x=x, index=index)
    each("take_along_dim", lambda x, index: x.take_along_dim(index, 0), {"dim": 0}, x=tensor(3, 4), index=index)
    each("scatter", lambda x, index, src: x.scatter(1, index, src), {"dim": 1}, x=tensor(2, 4), index=torch.tensor([[3, 0], [1, 2]]), src=tensor(2, 2))
    each("scatter_reduce", lambda x, index, src: x.scatter_reduce(0, index, src, "mean"), {"dim": 0, "reduce": "mean"}, x=tensor(3, 4), index=index, src=tensor(2, 4))
    rows = torch.tensor([2, 0])
    each("index_select", lambda x, index: x.index_select(1, index), {"dim": 1}, x=x, index=rows)
    each("index_add", lambda x, index, src: x.index_add(0, index, src), {"dim": 0}, x=tensor(3, 2), index=rows, src=tensor(2, 2))
    each("index_copy", lambda x, index, src: x.index_copy(0, index, src), {"dim": 0}, x=tensor(3, 2), index=rows, src=tensor(2, 2))
    each("index_fill", lambda x, index: x.index_fill(0, index, 7.0), {"dim": 0, "value": 7}, x=tensor(3, 2), index=rows)
    each("index", lambda x, i0, i1: x[i0, :, i1], {"dims": [0, 2]}, x=x, i0=torch.tensor([1, 0]), i1=torch.tensor([3, 1]))
    each("masked_fill", lambda x, mask: x.masked_fill(mask, 2.5), {"value": 2.5}, x=x, mask=x > 0)
    each("masked_select", lambda x, mask: x.masked_select(mask), x=x, mask=x > 0)
    each("nonzero", torch.nonzero, x=F.relu(x))
    each("one_hot", lambda indices: F.one_hot(indices, 4).double(), {"classes": 4}, indices=torch.tensor([2, 0, 3]))
    each("embedding", F.embedding, ids=torch.tensor([[2, 0], [1, 2]]), weight=tensor(3, 4))


    each("chunk", lambda x: parts(x.chunk(3, 2)), {"chunks": 3, "dim": 2}, x=x)
    each("unbind", lambda x: parts(x.unbind(1)), {"dim": 1}, x=x)
    each("tensor_split", lambda x: parts(x.tensor_split(3, 2)), {"sections": 3, "dim": 2}, x=x)
    each("meshgrid", lambda a, b: parts(torch.meshgrid(a, b, indexing="xy")), {"indexing": "xy"}, a=tensor(2), b=tensor(3))
    each("cartesian_prod", torch.cartesian_prod, a=tensor(2), b=tensor(3))
    each("combinations", lambda x: torch.combinations(x, 2), {"r": 2}, x=tensor(4))
    each("expand", lambda x: x.expand(2, 3, 4), {"shape": [2, 3, 4]}, x=tensor(3, 1))
    each("slice", lambda x: x[:, :, 1:4:2], {"dim": 2, "start": 1, "end": 4, "stop": 4, "step": 2}, x=x)
    each("index_put", lambda x, i0, values: x.index_put((i0,), values, True), {"dims": [0], "accumulate": True}, x=tensor(3, 2), i0=torch.tensor([2, 0, 2]), values=tensor(3, 2))
    each("sliding_windows", lambda x: x.unfold(2, 2, 1), {"dim": 2, "size": 2, "step": 1}, x=x)


def parts(found):
    return {f"y{i}": part for i, part in enumerate(found)}


def products():
    each("matmul", torch.matmul, a=tensor(2, 3, 4), b=tensor(4))
    each("dot", torch.dot, a=tensor(4), b=tensor(4))
    each("outer", torch.outer, a=tensor(3), b=tensor(4))
    each("kron", torch.kron, a=tensor(2, 3), b=tensor(2, 2))
    each("cross", lambda a, b: torch.cross(a, b, 1), {"dim": 1}, a=tensor(2, 3), b=tensor(2, 3))
    each("einsum", lambda a, b: torch.einsum("bij,bkj->bik", a, b), {"equation": "bij,bkj->bik"}, a=tensor(2, 3, 4), b=tensor(2, 2, 4))
    each("tensordot", lambda a, b: torch.tensordot(a, b, 2), {"dims": 2}, a=tensor(2, 3, 4), b=tensor(3, 4, 2))
    each("addmm", torch.addmm, x=tensor(2, 4), a=tensor(2, 3), b=tensor(3, 4))
    each("baddbmm", torch.baddbmm, x=tensor(2, 2, 4), a=tensor(2, 2, 3), b=tensor(2, 3, 4))
    each("bilinear", F.bilinear, a=tensor(5, 2), b=tensor(5, 3), weight=tensor(4, 2, 3), bias=tensor(4))
    each("cdist", torch.cdist, a=tensor(3, 2), b=tensor(4, 2))
    each("pairwise_distance", F.pairwise_distance, a=tensor(3, 4), b=tensor(3, 4))
    each("cosine_similarity", lambda a, b: F.cosine_similarity(a, b, 1), {"dim": 1}, a=tensor(3, 4), b=tensor(3, 4))
    each("linear", F.linear, x=tensor(2, 3), weight=tensor(4, 3), bias=tensor(4))


def algebra():
    a = tensor(3, 3) + 3 * torch.eye(3)
    each("solve", torch.linalg.solve, a=a, b=tensor(3, 2))
    each("inv", torch.linalg.inv, a=a)
    each("det", torch.linalg.det, a=a)
    each("pinv", torch.linalg.pinv, a=tensor(4, 3))
    each("matrix_power", lambda a: torch.linalg.matrix_power(a, 3), {"n": 3}, a=a)
    each("logdet", torch.logdet, a=definite(3))
    each("cholesky", torch.linalg.cholesky, a=definite(3))
    each("solve_triangular", lambda a, b: torch.linalg.solve_triangular(a.triu(), b, upper=True), {"upper": True}, a=a, b=tensor(3, 2))
    each("cholesky_solve", lambda b, a: torch.cholesky_solve(b, a.tril()), b=tensor(3, 2), a=torch.linalg.cholesky(definite(3)))
    each("lstsq", lambda a, b: torch.linalg.lstsq(a, b).solution, a=tensor(5, 3), b=tensor(5, 2))


def convolution():
    x = tensor(2, 4, 6, 5)
    attrs = {"stride": [2, 1], "padding": [1, 2], "dilation": [1, 2], "groups": 2}
    each("conv1d", lambda x, weight, bias: F.conv1d(x, weight, bias, 2, 1), {"stride": 2, "padding": 1}, x=tensor(2, 3, 7), weight=tensor(4, 3, 3), bias=tensor(4))
    each("conv2d", lambda x, weight, bias: F.conv2d(x, weight, bias, **attrs), attrs, x=x, weight=tensor(6, 2, 3, 2), bias=tensor(6))
    each("conv3d", lambda x, weight: F.conv3d(x, weight), x=tensor(1, 2, 3, 4, 3), weight=tensor(2, 2, 2, 3, 2))
    attrs = {"stride": 2, "padding": 1, "output_padding": 1, "groups": 2}
    each("conv_transpose1d", lambda x, weight: F.conv_transpose1d(x, weight, stride=2), {"stride": 2}, x=tensor(2, 3, 4), weight=tensor(3, 2, 3))
    each("conv_transpose2d", lambda x, weight, bias: F.conv_transpose2d(x, weight, bias, **attrs), attrs, x=x, weight=tensor(4, 3, 3, 3), bias=tensor(6))
    each("unfold", lambda x: F.unfold(x, (2, 3), padding=1, stride=2), {"kernel_size": [2, 3], "padding": 1, "stride": 2}, x=x)
    each("fold", lambda x: F.fold(x, (4, 5), (2, 2)), {"output_size": [4, 5], "kernel_size": [2, 2]}, x=tensor(2, 8, 12))
    y = spread(1, 2, 6, 5)
    each("max_pool1d", lambda x: F.max_pool1d(x, 3, 2, 1), {"kernel_size": 3, "stride": 2, "padding": 1}, x=spread(2, 2, 7))
    each("max_pool2d", lambda x: F.max_pool2d(x, 2), {"kernel_size": 2}, x=y)
    each("max_pool3d", lambda x: F.max_pool3d(x, 2), {"kernel_size": 2}, x=spread(1, 1, 4, 2, 5))
    each("avg_pool1d", lambda x: F.avg_pool1d(x, 3, 2, 1), {"kernel_size": 3, "stride": 2, "padding": 1}, x=tensor(2, 2, 7))
    each("avg_pool2d", lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False), {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False}, x=y)
    each("avg_pool3d", lambda x: F.avg_pool3d(x, 2), {"kernel_size": 2}, x=tensor(1, 1, 4, 2, 5))
    each("adaptive_avg_pool1d", lambda x: F.adaptive_avg_pool1d(x, 3), {"output_size": 3}, x=tensor(2, 2, 7))
    each("adaptive_avg_pool2d", lambda x: F.adaptive_avg_pool2d(x, (4, 2)), {"output_size": [4, 2]}, x=y)
    each("adaptive_avg_pool3d", lambda x: F.adaptive_avg_pool3d(x, 2), {"output_size": 2}, x=tensor(1, 1, 3, 4, 5))
    each("adaptive_max_pool1d", lambda x: F.adaptive_max_pool1d(x, 3), {"output_size": 3}, x=spread(2, 2, 7))
    each("adaptive_max_pool2d", lambda x: F.adaptive_max_pool2d(x, (4, 2)), {"output_size": [4, 2]}, x=y)
    each("adaptive_max_pool3d", lambda x: F.adaptive_max_pool3d(x, 2), {"output_size": 2}, x=spread(1, 1, 3, 4, 5))
    for mode, z in {"nearest": y, "linear": tensor(2, 2, 4), "bilinear": y, "trilinear": tensor(1, 1, 2, 3, 2)}.items():
        each("interpolate", lambda x, m=mode: F.interpolate(x, scale_factor=2, mode=m), {"scale_factor": 2, "mode": mode}, what="_" + mode, x=z)


def norms():
    x, scale = tensor(3, 4, 5), {"weight": tensor(4), "bias": tensor(4)}
    each("layer_norm", lambda x, weight, bias: F.layer_norm(x, (5,), weight, bias), {"eps": 1e-5}, x=x, weight=tensor(5), bias=tensor(5))
    each("rms_norm", lambda x, weight: F.rms_norm(x, (5,), weight, 1e-6), {"eps": 1e-6}, x=x, weight=tensor(5))
    each("layer_norm", lambda x: F.layer_norm(x, (5,)), {"eps": 1e-5}, what="_alone", x=x)
    each("rms_norm", lambda x: F.rms_norm(x, (5,), eps=1e-6), {"eps": 1e-6}, what="_alone", x=x)
    each("group_norm", lambda x, weight, bias: F.group_norm(x, 2, weight, bias), {"num_groups": 2}, x=x, **scale)
    each("instance_norm", lambda x, weight, bias: F.instance_norm(x, weight=weight, bias=bias), x=x, **scale)

    def batch_norm(x, weight, bias, running_mean, running_var):
        mean, var = running_mean.detach().clone(), running_var.detach().clone()
        y = F.batch_norm(x, mean, var, weight, bias, True)
        return {"y": y, "running_mean": mean, "running_var": var}

    inputs = {"x": x, **scale, "running_mean": tensor(4), "running_var": positive(4)}
    case("torch_batch_norm", "batch_norm", inputs, batch_norm, {"training": True}, ("running_mean", "running_var"))


def losses():
    a, b = tensor(5, 3), tensor(5, 3)
    signs = torch.tensor([1.0, -1.0, 1.0, -1.0, 1.0])
    classes = torch.tensor([2, 0, 1, 1, 2])
    each("mse_loss", F.mse_loss, input=a, target=b)
    each("l1_loss", F.l1_loss, input=a, target=b)
    each("smooth_l1_loss", lambda input, target: F.smooth_l1_loss(input, target, beta=0.5), {"beta": 0.5}, input=a, target=b)
    each("huber_loss", lambda input, target: F.huber_loss(input, target, delta=0.5), {"delta": 0.5}, input=a, target=b)
    frozen = ("target",)
    case("torch_binary_cross_entropy", "binary_cross_entropy", {"input": torch.rand(5) * 0.8 + 0.1, "target": torch.rand(5)}, F.binary_cross_entropy, {}, frozen)
    case("torch_binary_cross_entropy_with_logits", "binary_cross_entropy_with_logits", {"input": a, "target": torch.rand(5, 3), "pos_weight": positive(3)},
         lambda input, target, pos_weight: F.binary_cross_entropy_with_logits(input, target, pos_weight=pos_weight), {}, ("target", "pos_weight"))
    case("torch_kl_div", "kl_div", {"input": a.log_softmax(1), "target": b.softmax(1)}, lambda input, target: F.kl_div(input, target, reduction="batchmean"), {"reduction": "batchmean"}, frozen)
    case("torch_nll_loss", "nll_loss", {"input": a.log_softmax(1), "target": classes, "weight": positive(3)}, lambda input, target, weight: F.nll_loss(input, target, weight), {}, ("weight",))
    case("torch_cross_entropy", "cross_entropy", {"logits": a, "targets": classes, "weight": positive(3)},
         lambda logits, targets, weight: F.cross_entropy(logits, targets, weight, label_smoothing=0.1), {"label_smoothing": 0.1}, ("weight",))
    case("torch_soft_margin_loss", "soft_margin_loss", {"input": tensor(5), "target": signs}, F.soft_margin_loss, {}, frozen)
    case("torch_hinge_embedding_loss", "hinge_embedding_loss", {"input": tensor(5), "target": signs}, F.hinge_embedding_loss, {}, frozen)
    case("torch_poisson_nll_loss", "poisson_nll_loss", {"input": tensor(5), "target": positive(5)}, F.poisson_nll_loss, {}, frozen)
    case("torch_gaussian_nll_loss", "gaussian_nll_loss", {"input": tensor(5), "target": tensor(5), "var": positive(5)}, F.gaussian_nll_loss, {}, frozen)
    case("torch_cosine_embedding_loss", "cosine_embedding_loss", {"a": a, "b": b, "target": signs}, lambda a, b, target: F.cosine_embedding_loss(a, b, target, 0.2), {"margin": 0.2}, frozen)
    case("torch_margin_ranking_loss", "margin_ranking_loss", {"a": tensor(5), "b": tensor(5), "target": signs}, lambda a, b, target: F.margin_ranking_loss(a, b, target, 0.2), {"margin": 0.2}, frozen)
    each("triplet_margin_loss", lambda anchor, positive, negative: F.triplet_margin_loss(anchor, positive, negative, 2.5), {"margin": 2.5}, anchor=a, positive=b, negative=tensor(5, 3))
    each("multi_margin_loss", F.multi_margin_loss, input=a, target=classes)
    case("torch_multilabel_soft_margin_loss", "multilabel_soft_margin_loss", {"input": a, "target": (b > 0).double()}, F.multilabel_soft_margin_loss, {}, frozen)
    each("ctc_loss", lambda log_probs, targets: F.ctc_loss(log_probs.log_softmax(2), targets, (6, 5), (3, 2)), {"input_lengths": [6, 5], "target_lengths": [3, 2]},
         log_probs=tensor(6, 2, 4), targets=torch.tensor([[1, 2, 2], [3, 1, 0]]))


if __name__ == "__main__":
    torch.manual_seed(20261129)
    for family in (elementwise, reductions, rearranging, products, algebra, convolution, norms, losses):
        family()
