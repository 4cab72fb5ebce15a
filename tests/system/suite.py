# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the tests of one file and ends with the line that tests/run-all.sh counts.

    stage = suite.keep(Session(...))   # entered now; left when all tests are done, or on Ctrl-C, or on SIGTERM
    if __name__ == "__main__":
        suite.main(__name__)

unittest runs no clean-up of a module when it is interrupted: what must be ended goes through keep().
"""

import contextlib
import signal
import sys
import unittest

import session

_kept = contextlib.ExitStack()


def keep(context):
    return _kept.enter_context(context)


def logs(name):
    return session.BUILD / "artefacts" / "logs" / name


def main(module):
    def leave(_number, _frame):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGHUP, leave)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    tests = unittest.defaultTestLoader.loadTestsFromName(sys.argv[1], sys.modules[module]) if len(sys.argv) > 1 \
        else unittest.defaultTestLoader.loadTestsFromModule(sys.modules[module])
    result = unittest.TestResult()
    try:
        result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(tests)
    except KeyboardInterrupt:
        print("interrupted")
        return_status = 130
    else:
        return_status = 0 if result.wasSuccessful() else 1
    finally:
        _kept.close()
    if return_status == 130:
        sys.exit(130)  # no count: whoever sums up takes it for a failure
    # A fixture that fails is one failure and runs none of its tests; a test with failing parts may count several.
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    bad_tests = {str(test).split(" (<subtest>")[0] for test, _text in result.failures + result.errors}
    skipped = len(result.skipped)
    passed = max(result.testsRun - skipped - len(bad_tests), 0)
    sys.stdout.flush()
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    sys.exit(return_status)
