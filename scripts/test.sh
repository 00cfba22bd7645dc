#!/usr/bin/env bash
# All tests: formatting, the worker's (pytest), the daemon's (Swift Testing) with a real tiny training among them.
set -euo pipefail
cd "$(dirname "$0")/.."

python=$(python3 pod/bootstrap.py | tail -n 1)
echo "== formatting"
make -s lint
echo "== building with tests (the first time takes about three minutes)"
swift build ${SWIFT_FLAGS:-} --build-tests 2>&1 | grep -E 'error|warning|Build complete' || true
echo "== worker"
OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE PYTHONPATH=pod "$python" -m pytest -q -p no:cacheprovider pod/tests
echo "== daemon"
# Many tests wait for real servers, pods and trainings. All at once, as is usual, they would only wait for each other.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=${SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH:-$((2 * $(nproc)))}
swift test ${SWIFT_FLAGS:-} --skip-build
