#!/usr/bin/env bash
# Run the container test without a container engine and without a registry, as root.
#
# A Debian in a folder holds podman; it is entered with mounts, processes and (for the run) a network
# of its own, so that all of it ends with this script and nothing of it is seen from outside. The base
# image is the same Debian without podman; PostgreSQL and nginx stand in for their official images.
# Mirrors and certificates are those that this machine uses itself. What takes long is kept in
# SANDBOX, a gigabyte or two.
set -euo pipefail

SANDBOX="${SANDBOX:-$HOME/.cache/lenet-bench-containers}"
SUITE=bookworm
ROOT="$SANDBOX/engine"
PODMAN=(podman --root "$SANDBOX/store" --runroot "$SANDBOX/run")
CERTIFICATES=/etc/ssl/certs/ca-certificates.crt

debian() { # FOLDER PACKAGES: a small Debian in a folder, from the mirrors of this machine
    local mirror
    mirror="$(apt-get indextargets --format '$(SITE)' 2>/dev/null | head -n 1)"
    debootstrap --variant=minbase --include="$2" "$SUITE" "$1.part" ${mirror:+"$mirror"} >"$WORK/log" 2>&1 || {
        tail -n 20 "$WORK/log" >&2
        exit 1
    }
    [ ! -f "$CERTIFICATES" ] || cp "$CERTIFICATES" "$1.part$CERTIFICATES"
    rm -rf "$1.part"/var/cache/apt/archives/*.deb
    mv "$1.part" "$1"
}

enter() { # in a mount namespace of its own: make the engine's Debian the root, and stay there
    mount --make-rprivate /
    mount --bind "$ROOT" "$ROOT"
    for shared in /sys /dev "$SANDBOX" "$WORK" "$PWD"; do
        mkdir -p "$ROOT$shared"
        mount --rbind "$shared" "$ROOT$shared"
    done
    mount -t proc proc "$ROOT/proc"
    cp /etc/resolv.conf "$ROOT/etc/resolv.conf"
    mkdir -p "$ROOT/old"
    cd "$ROOT"
    pivot_root . old
    umount --lazy /old
    # podman asks for a pure cgroup2, which a sandbox may not have at this place.
    umount --recursive /sys/fs/cgroup 2>/dev/null || true
    mount -t cgroup2 none /sys/fs/cgroup
    # A sandbox may not raise limits.
    cat >/etc/containers/containers.conf <<'CONF'
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
CONF
}

build() { # the images; packages come from the network
    enter
    cd "$PROJECT"
    "${PODMAN[@]}" image exists localhost/debian || tar -C "$SANDBOX/base" -c . | "${PODMAN[@]}" import - localhost/debian
    # What deploy/container_test.py relies on of the official images.
    bud localhost/nginx:test - <<'FILE'
FROM localhost/debian
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends nginx-light >/dev/null
FILE
    bud localhost/postgres:test - <<'FILE'
FROM localhost/debian
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql >/dev/null \
    && ln -s /usr/lib/postgresql/*/bin /pg && install -d -o postgres /var/lib/postgresql/data \
    && printf '%s\n' '#!/bin/sh' 'set -e' 'cd /var/lib/postgresql/data' 'echo "$POSTGRES_PASSWORD" >/tmp/password' \
    '[ -s PG_VERSION ] || /pg/initdb -D . -U "$POSTGRES_USER" --pwfile=/tmp/password -A scram-sha-256 -E UTF8 --locale=C.UTF-8 >/dev/null' \
    'grep -q "^host all all all" pg_hba.conf || echo "host all all all scram-sha-256" >>pg_hba.conf' \
    '[ "$POSTGRES_USER" = "$POSTGRES_DB" ]' \
    'echo "CREATE DATABASE $POSTGRES_DB" | /pg/postgres --single -D . postgres >/dev/null 2>&1 || true' \
    'exec /pg/postgres -D . -c listen_addresses=* -c unix_socket_directories=/tmp,/var/run/postgresql' >/start \
    && chmod 755 /start
USER postgres
VOLUME /var/lib/postgresql/data
ENTRYPOINT ["/start"]
FILE
    bud "$LENET_IMAGE" Containerfile --build-arg BASE=localhost/debian --build-arg LEAVE_OUT="${LEAVE_OUT:-nothing}" \
        --build-arg PIP_CERT="$CERTIFICATES" ${PIP_INDEX_URL:+--build-arg PIP_INDEX_URL="$PIP_INDEX_URL"}
}

bud() { # IMAGE FILE ARGUMENTS: build an image; the project is the context
    buildah --root "$SANDBOX/store" --runroot "$SANDBOX/run" bud --isolation chroot --layers --format docker --quiet \
        --tag "$1" --file "$2" "${@:3}" "$PROJECT"
}

try() { # the test itself, in a network of its own; podman stays in the engine's Debian
    ip link set lo up
    unshare --mount bash "$0" stay &
    local inside=$!
    until [ -e "$WORK/entered" ]; do sleep 0.1; done
    ENGINE="nsenter --target $inside --mount --wdns=/ ${PODMAN[*]}" ENGINE_RUN="--cgroups=disabled" \
        ENGINE_OMITS="--cpuset-cpus --restart --health" OWN_NETWORK=1 \
        PROXY_IMAGE=localhost/nginx:test POSTGRES_IMAGE=localhost/postgres:test "$PYTHON" deploy/container_test.py
}

stay() {
    enter
    touch "$WORK/entered"
    exec sleep infinity
}

export PROJECT="${PROJECT:-$PWD}" SANDBOX
case "${1:-}" in
build | try | stay) "$1" ;;
*)
    mkdir -p "$SANDBOX"
    exec {lock}>"$SANDBOX/lock"
    flock --nonblock "$lock" || {
        echo "container-test: another one uses $SANDBOX; wait for its end, or set SANDBOX to another folder." >&2
        exit 1
    }
    rm -rf "$SANDBOX/run"  # of containers that ended with the last run
    [ -d "$SANDBOX/base" ] || debian "$SANDBOX/base" ca-certificates,python3,python3-venv
    [ -d "$ROOT" ] || debian "$ROOT" ca-certificates,podman,buildah,crun,netavark,aardvark-dns,catatonit,iptables,iproute2
    apart=(unshare --mount --pid --fork --kill-child --mount-proc)
    "${apart[@]}" bash "$0" build
    "${apart[@]}" --net bash "$0" try
    ;;
esac
