# Shared by the scripts: messages, Debian packages, and the servers that the tests run against.
# Sourced, not run; the caller has changed to the project's root.

# Where the servers are kept, so that they are built once for all checkouts.
tools="${SLIP_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/slipstream-tools}"

nats_server_version=2.15.2
versitygw_version=1.8.0

say() { printf '%s\n' "$*" >&2; }
die() { say "$(basename "$0"): $*"; exit 1; }

# Packages of the given stages (see packages.txt).
packages_for() {
  local stage
  for stage in "$@"; do
    awk -v stage="$stage" '$1 !~ /^#/ && $2 == stage {print $1}' scripts/packages.txt
  done
}

missing_packages() {
  local package
  for package in $(packages_for "$@"); do
    dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null |
      grep -qx installed || printf '%s\n' "$package"
  done
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo > /dev/null; then
    sudo "$@"
  else
    die "this needs root and there is no sudo: $*"
  fi
}

# Install the packages of the given stages by apt. On another system than Debian 12 and later, or one
# like it: name what is needed and stop.
install_packages() {
  if ! command -v apt-get > /dev/null || ! command -v dpkg-query > /dev/null; then
    say "This is not a Debian system. Install what corresponds to these packages, and build by hand"
    say "as CONTRIBUTING.md tells:"
    packages_for "$@" | sed 's/^/  /' >&2
    exit 1
  fi
  local missing
  missing=$(missing_packages "$@")
  if [ -z "$missing" ]; then return 0; fi
  say "Installing by apt:" $missing
  as_root apt-get update -qq || die "apt-get update failed (is there a network?)"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    $missing > /dev/null || die "apt-get could not install:" $missing
}

# Debian's nats-server, unpacked and not installed: installing it would start a service.
fetch_debian_nats_server() {
  local server="$tools/debian/usr/sbin/nats-server"
  if [ ! -x "$server" ]; then
    mkdir -p "$tools/debian"
    (
      cd "$tools/debian"
      apt-get download -qq nats-server 2> download.log ||
        { as_root apt-get update -qq && apt-get download -qq nats-server 2> download.log; } ||
        { cat download.log >&2; exit 1; }
      dpkg-deb -x nats-server_*.deb .
      rm -f nats-server_*.deb download.log
    ) || die "cannot fetch Debian's package nats-server"
  fi
  printf '%s\n' "$server"
}

# install_go_tool NAME MODULE VERSION: a server built by Go, kept under its version.
install_go_tool() {
  local name=$1 module=$2 version=$3
  local folder="$tools/$name-$version"
  if [ ! -x "$folder/$name" ]; then
    say "Building $name $version"
    mkdir -p "$folder"
    GOBIN="$folder" go install "$module@v$version" > "$folder/build.log" 2>&1 ||
      { tail -20 "$folder/build.log" >&2; die "go install $module@v$version failed"; }
  fi
  printf '%s\n' "$folder/$name"
}

install_nats_server() {
  install_go_tool nats-server github.com/nats-io/nats-server/v2 "$nats_server_version"
}
# For the tests of the S3 store, which come with it.
install_versitygw() {
  install_go_tool versitygw github.com/versity/versitygw/cmd/versitygw "$versitygw_version"
}

# start_nats_server SERVER DIRECTORY: on a free port of 127.0.0.1, with JetStream and a directory of
# its own. Sets nats_server_pid and nats_server_url.
start_nats_server() {
  local server=$1 directory=$2
  mkdir -p "$directory"
  "$server" --addr 127.0.0.1 --port -1 --jetstream --store_dir "$directory/store" \
    --ports_file_dir "$directory" > "$directory/log" 2>&1 &
  nats_server_pid=$!
  local ports="$directory/nats-server_$nats_server_pid.ports" tries=0
  while [ ! -s "$ports" ]; do
    kill -0 "$nats_server_pid" 2> /dev/null || { cat "$directory/log" >&2; die "nats-server ended"; }
    tries=$((tries + 1))
    [ "$tries" -le 300 ] || die "nats-server was not ready after 30 s"
    sleep 0.1
  done
  nats_server_url=$(grep -o 'nats://[0-9.:]*' "$ports" | head -1)
}
stop_nats_server() {
  [ -n "${nats_server_pid:-}" ] || return 0
  kill "$nats_server_pid" 2> /dev/null || true
  wait "$nats_server_pid" 2> /dev/null || true
  nats_server_pid=
}
