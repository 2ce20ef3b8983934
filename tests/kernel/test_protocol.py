"""jupyter_kernel_test's own checks, with samples of Lua."""

from __future__ import annotations

import pytest

jupyter_kernel_test = pytest.importorskip("jupyter_kernel_test")


@pytest.mark.usefixtures("jupyter")
class TestKernel(jupyter_kernel_test.KernelTests):
    kernel_name = "th7"
    language_name = "lua"
    file_extension = ".lua"
    code_hello_world = "print('hello, world')"
    code_stderr = "io.stderr:write('oops')"
    completion_samples = (
        {"text": "torch.manualSe", "matches": {"manualSeed"}},
        {"text": "x = string.forma", "matches": {"format"}},
        {"text": ":summ", "matches": {"summary"}},
    )
    complete_code_samples = ("x = 1", "for i = 1, 2 do end", "1 + 1", ":who", "?nn.Linear")
    incomplete_code_samples = ("for i = 1, 2 do", "f(", "x = [[", "if x then")
    invalid_code_samples = ("x = = 1", "end")
    code_generate_error = "error('boom')"
    code_execute_result = (
        {"code": "6 * 7", "result": "42"},
        {"code": "6 * 7", "result": "42"},
        {"code": "6 * 7", "result": "42"},
        {"code": "'a', 2", "result": "a\t2"},
        {"code": "torch.ones(2)", "result": " 1\n 1\n[torch.DoubleTensor of size 2]"},
    )
    code_display_data = (
        {"code": "itorch.image(torch.rand(3, 4, 4))", "mime": "image/png"},
        {"code": "itorch.html('<b>x</b>')", "mime": "text/html"},
        {"code": "itorch.Plot():line({1, 2}, {3, 4}):draw();", "mime": "image/svg+xml"},
        {"code": ":summary nn.Linear(2, 3), 2", "mime": "text/html"},
        {"code": "?nn.Linear", "mime": "text/markdown"},
    )
    code_history_pattern = "6 *"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "nn.Linear"
