"""One way to open onnxruntime: one thread, no graph rewriting, nothing that lets a bit depend on the machine's load."""

from __future__ import annotations

from typing import Any


def open_session(model: bytes) -> Any:
    """An InferenceSession on the CPU. The bytes must have been checked (their digest, or `sandbox.check`)."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL  # rewriting runs hostile constants
    options.use_deterministic_compute = True
    options.enable_cpu_mem_arena = False  # the arena keeps its largest moment for ever
    options.enable_mem_pattern = False
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
