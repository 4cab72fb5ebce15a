#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""test_soak for hours, in random order. COURIER_SOAK_MINUTES says how long (120)."""

import os
import sys
from pathlib import Path

os.environ.setdefault("COURIER_SOAK_MINUTES", "120")
os.execv(Path(__file__).with_name("test_soak.py"), ["test_soak.py", *sys.argv[1:]])
