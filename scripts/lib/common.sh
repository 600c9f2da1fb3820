# shellcheck shell=bash
# Helpers that every script of this repository shares: paths, progress lines, ports, processes.
# Source it after `set -euo pipefail`; it defines functions and the variables below, and does
# nothing else.
#
#   TOCSIN_ROOT    the repository
#   TOCSIN_HOME    the one folder that holds all state (default <repository>/.tocsin, ignored by git)
#   TOCSIN_TOOLS   tools that Debian does not package (buf, grpcurl), under TOCSIN_HOME
#   TOCSIN_JOBS    parallel jobs for builds and tests (default: the number of cores)

TOCSIN_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
TOCSIN_HOME=${TOCSIN_HOME:-$TOCSIN_ROOT/.tocsin}
# A relative folder would mean another place in every script that changes directory.
case $TOCSIN_HOME in /*) ;; *) TOCSIN_HOME=$PWD/$TOCSIN_HOME ;; esac
TOCSIN_TOOLS=$TOCSIN_HOME/tools
TOCSIN_JOBS=${TOCSIN_JOBS:-$(nproc)}
export TOCSIN_ROOT TOCSIN_HOME TOCSIN_TOOLS TOCSIN_JOBS
case :$PATH: in *":$TOCSIN_TOOLS/bin:"*) ;; *) PATH=$TOCSIN_TOOLS/bin:$PATH ;; esac
export PATH

# Progress goes to stderr, so that a script's stdout stays its result.
say() { printf '==> %s\n' "$*" >&2; }
warn() { printf 'warning: %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# The comment block at the head of the calling script is its --help.
show_help() { awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"; }

# run_logged LABEL LOGFILE COMMAND...: runs a long command with its output in LOGFILE. A line every
# 15 s shows that it is alive; on failure the end of the log is shown. Ctrl-C and TERM end the command
# with all its children before the script.
run_logged() {
  local label=$1 log=$2 pid rc=0 began=$SECONDS next=15 traps
  shift 2
  mkdir -p "$(dirname "$log")"
  say "$label"
  traps=$(trap -p INT TERM)
  set -m # a process group of its own, which can be ended as one
  "$@" >"$log" 2>&1 </dev/null &
  pid=$!
  set +m
  # shellcheck disable=SC2064 # the pid of now
  trap "kill -- -$pid 2>/dev/null || true; wait $pid 2>/dev/null || true; exit 130" INT TERM
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.1
    if ((SECONDS - began >= next)); then
      printf '    %4d s  %s\n' "$((SECONDS - began))" "$(tail -n 1 "$log" | tr -d '\r' | cut -c1-90)" >&2
      next=$((next + 15))
    fi
  done
  wait "$pid" || rc=$?
  trap - INT TERM
  eval "$traps"
  if ((rc != 0)); then
    printf 'error: %s failed (status %d); the end of %s:\n' "$label" "$rc" "$log" >&2
    tail -n 25 "$log" >&2
  fi
  return "$rc"
}

# True when something listens on 127.0.0.1:PORT.
port_in_use() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# require_port PORT VARIABLE WHAT: ends with an error that names both when the port is taken.
require_port() {
  if [[ ! $1 =~ ^[0-9]+$ ]] || (($1 < 1 || $1 > 65535)); then die "$2=$1 is not a port number (1 to 65535)"; fi
  if port_in_use "$1"; then
    die "port $1, wanted for $3, is taken by another process; free it or set $2 to a free port"
  fi
}

# process_is PID TEXT: true when PID lives and its command line holds TEXT. A pid from a file may
# belong to somebody else after a restart of the machine, so kill nothing that does not pass this.
process_is() {
  local line
  [[ $1 =~ ^[0-9]+$ ]] && [[ -r /proc/$1/cmdline ]] || return 1
  line=$(tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline") || return 1
  [[ $line == *"$2"* ]]
}

# stop_process PID TEXT SECONDS: TERM, and after SECONDS KILL; only if process_is says it is ours.
stop_process() {
  local pid=$1 text=$2 tries=$(($3 * 10)) i
  process_is "$pid" "$text" || return 0
  kill "$pid" 2>/dev/null || return 0
  for ((i = 0; i < tries; i++)); do
    process_is "$pid" "$text" || return 0
    sleep 0.1
  done
  warn "process $pid did not stop within $3 s; killing it"
  kill -9 "$pid" 2>/dev/null || true
  for ((i = 0; i < 50; i++)); do
    process_is "$pid" "$text" || return 0
    sleep 0.1
  done
  return 1
}
