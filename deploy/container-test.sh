#!/usr/bin/env bash
# Build the image, run what compose.yaml describes, and try it (deploy/container_test.py says what).
# `make container-test` calls it. It uses docker or podman where one works here; elsewhere, as root on
# Linux, a podman of its own in a Debian of its own, which leaves this machine as it is
# (deploy/sandbox.sh). LEAVE_OUT, BASE: the build arguments of Containerfile.
set -euo pipefail
cd "$(dirname "$0")/.."

export PYTHON="${PYTHON:-$PWD/.venv/bin/python}"
export LENET_IMAGE=localhost/lenet-bench:test
export PICTURE="${PICTURE:-$PWD/test-artifacts/hosted.png}"
WORK="$(mktemp -d)"
export WORK
trap 'rm -rf "$WORK"' EXIT
chmod 755 "$WORK"

for engine in podman docker; do
    if "$engine" info >"$WORK/info" 2>&1 && ! grep -q 'Cannot connect' "$WORK/info"; then
        echo "With $engine."
        "$engine" build --file Containerfile --tag "$LENET_IMAGE" --build-arg LEAVE_OUT="${LEAVE_OUT:-nothing}" \
            ${BASE:+--build-arg BASE="$BASE"} .
        ENGINE="$engine" "$PYTHON" deploy/container_test.py
        exit
    fi
done

if [ "$(uname -s)" != Linux ] || [ "$(id -u)" != 0 ] || ! command -v debootstrap >/dev/null; then
    echo "container-test: there is no docker or podman here that works; install one, or run this as root" \
        "on Debian with debootstrap." >&2
    exit 1
fi
echo "With a podman of its own."
bash deploy/sandbox.sh
