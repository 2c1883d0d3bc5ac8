# SPDX-License-Identifier: Apache-2.0
"""Which flavour BUILD is."""

import os
import pathlib

HOME = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", HOME / "build")).resolve()

# For unittest.skipIf; None in the plain flavour, where a program that was not built is an error.
NOT_HERE = None
if b"__asan_init" in (BUILD / "credd").read_bytes():
    NOT_HERE = "of the plain flavour: sanitizers stand before the calls that the shim does"
