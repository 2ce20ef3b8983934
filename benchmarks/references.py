"""What NumPy, and PyTorch where it is installed, take for the figures of a benchmark script.

usage: python benchmarks/references.py numpy|pytorch SCRIPT [--threads N]

Prints lines as the scripts do, `name value unit`. A figure has a statement for either library that
gives the same result from arrays at hand, written as its users would; where a library has no such
thing, or the script measures Lua itself, there is no line. benchmarks/run.py prints them beside the
figures of the same run.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import timeit
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

LIBRARIES = ("numpy", "pytorch")
UNITS = {"ns": 1e9, "us": 1e6, "ms": 1e3}
LEAST = 0.05  # seconds that a measurement takes at least, and how many there are
REPEATS = 5
Step = str | Callable[[], object]
Row = tuple[
    Any, Any
]  # NumPy's and PyTorch's statement, or what makes the step; None: there is none


@dataclass
class Group:
    """Figures of one unit that share names."""

    unit: str
    setup: tuple[str, str]
    rows: dict[str, Row]
    count: str = "1"  # how many calls or elements a statement is worth


SMALL = (
    "t = np.ones(10); a = np.random.rand(10); b = np.random.rand(10); r = np.empty(10);"
    "m = np.random.rand(4, 4); v = np.random.rand(4); big = np.random.rand(10, 10); rr = np.empty((4, 4))",
    "t = torch.ones(10).double(); a = torch.rand(10).double(); b = torch.rand(10).double(); r = torch.empty(10).double();"
    "m = torch.rand(4, 4).double(); v = torch.rand(4).double(); big = torch.rand(10, 10).double(); rr = torch.empty(4, 4).double()",
)
CALLS: dict[str, Row] = {
    "t_add_scalar": ("np.add(t, 0.5, out=t)", "t.add_(0.5)"),
    "t_add_tensor": ("np.add(t, a, out=t)", "t.add_(a)"),
    "t_mul_scalar": ("np.multiply(t, 1.0, out=t)", "t.mul_(1.0)"),
    "torch_add_res": ("np.add(a, b, out=r)", "torch.add(a, b, out=r)"),
    "torch_add_alloc": ("np.add(a, b)", "torch.add(a, b)"),
    "a_plus_b": ("a + b", "a + b"),
    "a_times_2": ("a * 2", "a * 2"),
    "t_narrow": ("t[0:5]", "t.narrow(0, 0, 5)"),
    "t_select": ("big[2]", "big.select(0, 2)"),
    "t_index_row": ("big[2]", "big[2]"),
    "t_sub_table": ("big[0:5, :]", "big[0:5, :]"),
    "t_size1": ("t.shape[0]", "t.size(0)"),
    "t_size": ("big.shape", "big.size()"),
    "t_dim": ("big.ndim", "big.dim()"),
    "t_nElement": ("t.size", "t.nelement()"),
    "t_fill": ("t.fill(1)", "t.fill_(1)"),
    "t_zero": ("t.fill(0)", "t.zero_()"),
    "t_copy": ("np.copyto(t, a)", "t.copy_(a)"),
    "t_clone": ("a.copy()", "a.clone()"),
    "torch_Tensor10": ("np.empty(10)", "torch.empty(10)"),
    "torch_zeros10": ("np.zeros(10)", "torch.zeros(10)"),
    "t_resize": ("t.resize(10)", "t.resize_(10)"),
    "t_view": ("big.reshape(100)", "big.view(100)"),
    "t_t": ("big.T", "big.t()"),
    "t_sum": ("t.sum()", "t.sum().item()"),
    "t_sum_dim": ("big.sum(0, keepdims=True)", "big.sum(0, keepdim=True)"),
    "t_dot": ("a.dot(b)", "a.dot(b).item()"),
    "t_norm": ("np.linalg.norm(a)", "a.norm().item()"),
    "t_max": ("a.max()", "a.max().item()"),
    "t_max_dim": ("big.max(0), big.argmax(0)", "torch.max(big, 0)"),
    "m_mv_v": ("m @ v", "torch.mv(m, v)"),
    "m_times_m": ("m @ m", "m @ m"),
    "torch_mm_4x4_res": ("np.matmul(m, m, out=rr)", "torch.mm(m, m, out=rr)"),
    "t_cmul": ("np.multiply(t, a, out=t)", "t.mul_(a)"),
    "torch_isTensor": ("isinstance(t, np.ndarray)", "torch.is_tensor(t)"),
    "torch_type": ("t.dtype", "t.type()"),
    "torch_rand1": ("np.random.uniform()", "torch.rand(1).item()"),
    "torch_randn10": ("np.random.randn(10)", "torch.randn(10)"),
    "eq_ge": ("a >= 0.5", "torch.ge(a, 0.5)"),
    "tostring_10": ("str(a)", "str(a)"),
}

LARGE = (
    "A = np.random.rand(512, 512).astype(np.KIND); Bm = A.copy(); C = A.copy(); x = A[0].copy(); y = x.copy();"
    "t = np.random.rand(10_000_000).astype(np.KIND); u = t[::-1].copy(); r = t.copy(); M = t.reshape(1000, 10000);"
    "rng = np.random.default_rng()",
    "A = torch.rand(512, 512).to(torch.KIND); Bm = A.clone(); C = A.clone(); x = A[0].clone(); y = x.clone();"
    "t = torch.rand(10_000_000).to(torch.KIND); u = t.flip(0); r = t.clone(); M = t.view(1000, 10000)",
)
MATHS: dict[str, Row] = {
    "mm512": ("np.matmul(A, Bm, out=C)", "torch.mm(A, Bm, out=C)"),
    "mm512_transposed": ("np.matmul(A.T, Bm.T, out=C)", "torch.mm(A.t(), Bm.t(), out=C)"),
    "mv512": ("np.matmul(A, x, out=y)", "torch.mv(A, x, out=y)"),
    "add_scalar_1e7": ("np.add(t, 1, out=r)", "torch.add(t, 1, out=r)"),
    "add_tensor_1e7": (
        "np.multiply(u, 0.5, out=r); np.add(t, r, out=r)",
        "torch.add(t, u, alpha=0.5, out=r)",
    ),
    "cmul_1e7": ("np.multiply(t, u, out=r)", "torch.mul(t, u, out=r)"),
    "sigmoid_1e7": (
        "np.negative(t, out=r); np.exp(r, out=r); np.add(r, 1, out=r); np.reciprocal(r, out=r)",
        "torch.sigmoid(t, out=r)",
    ),
    "tanh_1e7": ("np.tanh(t, out=r)", "torch.tanh(t, out=r)"),
    "exp_1e7": ("np.exp(t, out=r)", "torch.exp(t, out=r)"),
    "log_1e7": ("np.log(t, out=r)", "torch.log(t, out=r)"),
    "sqrt_1e7": ("np.sqrt(t, out=r)", "torch.sqrt(t, out=r)"),
    "pow2_1e7": ("np.square(t, out=r)", "torch.pow(t, 2, out=r)"),
    "pow2.5_1e7": ("np.power(t, 2.5, out=r)", "torch.pow(t, 2.5, out=r)"),
    "sum_1e7": ("t.sum()", "t.sum().item()"),
    "mean_1e7": ("t.mean()", "t.mean().item()"),
    "max_1e7": ("t.max()", "t.max().item()"),
    "norm_1e7": ("np.sqrt(np.dot(t, t))", "t.norm().item()"),
    "dot_1e7": ("t.dot(u)", "t.dot(u).item()"),
    "fill_1e7": ("r.fill(1)", "r.fill_(1)"),
    "copy_1e7": ("np.copyto(r, t)", "r.copy_(t)"),
    "gt_1e7": ("t > 0.5", "t.gt(0.5)"),
    "cumsum_1e7": ("np.cumsum(t)", "torch.cumsum(t, 0)"),
    "sort_1e7": ("np.argsort(t)", "torch.sort(t)"),
    "sort_1e6": ("np.argsort(t[:1000000])", "torch.sort(t[:1000000])"),
    "rand_1e7": ("rng.random(dtype=t.dtype, out=r)", "r.uniform_()"),
    "randn_1e7": ("rng.standard_normal(dtype=t.dtype, out=r)", "r.normal_()"),
    "sum_dim1_1000x10000": ("M.sum(0)", "M.sum(0)"),
    "sum_dim2_1000x10000": ("M.sum(1)", "M.sum(1)"),
    "max_dim2_1000x10000": ("M.max(1), M.argmax(1)", "M.max(1)"),
    "transpose_copy_1000x10000": ("np.ascontiguousarray(M.T)", "M.t().contiguous()"),
}


VECTORS = (
    "n = 100_000; t = np.ones(n, np.KIND); s = t * 2; u = t * 3; square = np.ones((1000, 1000)).T",
    "n = 10_000; t = torch.ones(n, dtype=torch.KIND); s = t * 2; u = t * 3; square = torch.ones(1000, 1000).t()",
)
MATRICES = (
    "m = np.ones((100, 200)); row = np.ones((20000, 3))",
    "m = torch.ones(10, 200); row = torch.ones(2000, 3)",
)
VALUES = ("values = [float(i) for i in range(100_000)]",) * 2


def _both(rows: dict[str, str]) -> dict[str, Row]:
    """Rows whose statement is the same in both libraries."""
    return {name: (code, code) for name, code in rows.items()}


READ = "for i in range(n): value = t[i]"
WRITE = "for i in range(n): t[i] = i % 100"
EACH = "for i in range(len(m)):\n for j in range(200): "
VECTOR_ROWS = _both(
    {
        "write_1d_double_i": "for i in range(n): t[i] = i",
        "storage_read": READ,
        "storage_write": "for i in range(n): t[i] = i",
        "totable": "t.tolist()",
    }
)
MATRIX_ROWS = _both(
    {
        "read_2d_chain": f"total = 0\n{EACH}total = total + m[i][j]",
        "read_2d_table": f"total = 0\n{EACH}total = total + m[i, j]",
        "write_2d_chain": f"{EACH}m[i][j] = j",
        "write_2d_table": f"{EACH}m[i, j] = j",
        "read_2d_rowcached": "total = 0\nfor r in m:\n for j in range(200): total = total + r[j]",
    }
)
APPLIED: dict[str, Row] = {
    "apply_noreturn": ("t.sum()", "t.sum().item()"),
    "map": ("np.add(t, s * 1e-9, out=t)", "t.add_(s, alpha=1e-9)"),
    "map2": ("np.add(t, s * u * 1e-9, out=t)", "t.addcmul_(s, u, value=1e-9)"),
}
SCALED: Row = ("np.multiply(t, 0.999, out=t)", "t.mul_(0.999)")
TURNED: Row = ("np.multiply(square, 0.999, out=square)", "square.mul_(0.999)")

FILES = (
    "import pickle; t = np.random.rand(6553600); s = t[:655360].copy(); table = [[i, str(i)] for i in range(100000)];"
    "shapes = [(512, 784), (512,), (10, 512), (10,)] * 2; net = [np.random.rand(*shape) for shape in shapes]",
    "import copy, io; t = torch.rand(6553600).double(); table = [[i, str(i)] for i in range(100000)];"
    "net = torch.nn.Sequential(torch.nn.Linear(784, 512), torch.nn.ReLU(), torch.nn.Linear(512, 10)).double();"
    "[setattr(p, 'grad', p.detach().clone()) for p in net.parameters()]",
)
SAVES: dict[str, Row] = {
    "save_50MB_binary": ("np.save('t.npy', t)", "torch.save(t, 't.pt')"),
    "load_50MB_binary": ("np.load('t.npy')", "torch.load('t.pt')"),
    "save_5MB_ascii": ("np.savetxt('t.txt', s)", None),
    "load_5MB_ascii": ("np.loadtxt('t.txt')", None),
    "save_table_1e5_pairs": (
        "with open('p', 'wb') as file: pickle.dump(table, file)",
        "torch.save(table, 'p.pt')",
    ),
    "load_table_1e5_pairs": (
        "with open('p', 'rb') as file: pickle.load(file)",
        "torch.load('p.pt')",
    ),
    "save_mlp": ("with open('n', 'wb') as file: pickle.dump(net, file)", "torch.save(net, 'n.pt')"),
    "load_mlp": (
        "with open('n', 'rb') as file: pickle.load(file)",
        "torch.load('n.pt', weights_only=False)",
    ),
    "serialize_mlp": ("pickle.dumps(net)", "torch.save(net, io.BytesIO())"),
    "clone_mlp": ("[array.copy() for array in net]", "copy.deepcopy(net)"),
}

PRODUCTS = {  # the matrix products of a step, (rows, inner, columns, how often): what BLAS alone takes
    "mlp_b64": [
        (64, 784, 512, 1), (512, 64, 784, 1), (64, 512, 784, 1), (64, 512, 512, 2), (512, 64, 512, 1),
        (64, 512, 10, 1), (10, 64, 512, 1), (64, 10, 512, 1),
    ],
    "lstm2x128_b50_step": [
        (50, 65, 512, 1), (50, 128, 512, 3), (50, 128, 65, 1), (50, 512, 65, 1), (50, 512, 128, 3),
        (50, 65, 128, 1), (512, 50, 65, 1), (512, 50, 128, 3), (65, 50, 128, 1),
    ],
    "lstm2x128_b50_forward": [(50, 65, 512, 1), (50, 128, 512, 3), (50, 128, 65, 1)],
    "linear128x512_b50_fwdbwd": [(50, 128, 512, 1), (50, 512, 128, 1), (512, 50, 128, 1)],
}  # fmt: skip

NETS = {  # script → figure → the case with PyTorch, if there is one
    "a_lenet_sgd": {f"lenet_sgd_relu_{kind}": f"lenet x1 {kind}" for kind in ("double", "float")},
    "b_lenet_batch": {f"lenet_batch{n}_float": f"lenet x{n} float" for n in (32, 128)},
    "c_mlp": {f"mlp_b64_{kind}": f"mlp x64 {kind}" for kind in ("float", "double")},
    "d_lstm": {
        f"{figure}_{kind}": case
        for kind in ("float", "double")
        for figure, case in (
            ("lstm2x128_b50_step", "lstm nngraph"),
            ("lstm2x128_b50_forward", ""),
            ("linear128x512_b50_fwdbwd", ""),
        )
    },
}


def products(shapes: list[tuple[int, int, int, int]], kind: str) -> Step:
    """A step that makes matrix products of these shapes, nothing else."""
    import numpy as np

    dtype = {"float": np.float32, "double": np.float64}[kind]
    operands = [
        (np.ones((a, b), dtype), np.ones((b, c), dtype), np.empty((a, c), dtype), count)
        for a, b, c, count in shapes
    ]

    def step() -> None:
        for x, y, out, count in operands:
            for _ in range(count):
                np.matmul(x, y, out=out)

    return step


def start(code: str) -> Step:
    """A step that starts Python for some code."""
    return lambda: subprocess.run([sys.executable, "-c", code], check=True)


def _setup(pair: tuple[str, str], kind: str) -> tuple[str, str]:
    return pair[0].replace("KIND", kind), pair[1].replace("KIND", kind)


def _maths() -> list[Group]:
    groups = []
    for name, kind, other in (("double", "float64", "float32"), ("float", "float32", "float64")):
        rows = {f"{figure}_{name}": row for figure, row in MATHS.items()}
        rows[f"convert_{name}_to_other"] = (f"t.astype(np.{other})", f"t.to(torch.{other})")
        groups.append(Group("ms", _setup(LARGE, kind), rows))
    groups[-1].rows["randperm_1e6"] = ("rng.permutation(1000000)", "torch.randperm(1000000)")
    return groups


def _elements() -> list[Group]:
    kinds = {"double": "float64", "float": "float32", "long": "int64", "byte": "uint8"}
    groups = []
    for name, kind in kinds.items():
        rows = _both({f"read_1d_{name}": READ, f"write_1d_{name}": WRITE})
        groups.append(Group("ns/element", _setup(VECTORS, kind), rows, "n"))
    made: dict[str, Row] = {"torch_Tensor_from_table": ("np.array(values)", "torch.tensor(values)")}
    rows = _both({"rowread_3": "for i in range(len(row)): r = row[i]"})
    return [
        *groups,
        Group("ns/element", _setup(VECTORS, "float64"), VECTOR_ROWS, "n"),
        Group("ns/element", MATRICES, MATRIX_ROWS, "len(m) * 200"),
        Group("ns/element", VALUES, made, "len(values)"),
        Group("ns/element", MATRICES, rows, "len(row)"),
    ]


def _applied() -> list[Group]:
    double, single = _setup(VECTORS, "float64"), _setup(VECTORS, "float32")
    return [
        Group("ns/element", double, {"apply_double": SCALED, **APPLIED}, "n"),
        Group("ns/element", single, {"apply_float": SCALED}, "n"),
        Group("ns/element", double, {"apply_strided": TURNED}, "len(square) ** 2"),
    ]


def _nets(script: str) -> list[Group]:
    return [
        Group("us/iter", ("", ""), {name: _net(name, case) for name, case in NETS[script].items()})
    ]


def _net(name: str, case: str) -> Row:
    """The products of a net's step, and the step that benchmarks/nn_torch_cases.py has for it."""
    from nn_torch_cases import CASES

    base, _, kind = name.rpartition("_")
    made = CASES.get(case)
    return (
        partial(products, PRODUCTS[base], kind) if base in PRODUCTS else None,
        partial(made.theirs, kind.capitalize(), *made.arguments) if made else None,
    )


STARTS: dict[str, Row] = {
    "startup_bare": (partial(start, "pass"), None),
    "startup_torch": (partial(start, "import numpy"), partial(start, "import torch")),
}
SCRIPTS: dict[str, Callable[[], list[Group]]] = {
    **{script: partial(_nets, script) for script in NETS},
    "e_element": _elements,
    "f_ops": lambda: [Group("ns/call", SMALL, CALLS)],
    "g_apply": _applied,
    "h_math": _maths,
    "i_startup": lambda: [Group("ms", ("", ""), STARTS)],
    "j_saveload": lambda: [Group("ms", FILES, SAVES)],
}


def least(step: Step, scope: dict[str, Any]) -> float:
    """The seconds of one run of a step, the least of some measurements."""
    timer = timeit.Timer(step, globals=scope)
    number = max(1, int(LEAST / max(min(timer.repeat(3, 1)), 1e-8)))
    return min(timer.repeat(REPEATS, number)) / number


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("library", choices=LIBRARIES)
    parser.add_argument("script")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ[variable] = str(options.threads)  # before either is loaded
    names = "import numpy as np"
    if options.library == "pytorch":
        names = f"import torch; torch.set_num_threads({options.threads})"
    which = LIBRARIES.index(options.library)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for group in SCRIPTS.get(options.script, list)():
            scope: dict[str, Any] = {}
            exec(f"{names}; {group.setup[which]}", scope)
            worth = eval(group.count, scope)
            for name, row in group.rows.items():
                if step := row[which]:
                    step = step() if callable(step) else step
                    value = least(step, scope) / worth * UNITS[group.unit[:2]]
                    print(f"{name} {value:.6g} {group.unit}", flush=True)
        os.chdir("/")


if __name__ == "__main__":
    main()
