# Shared by the scripts of tools/ that use Debian's package system: becoming
# root, installing what is missing, and finding the mirror that this machine's
# own apt sources name. Sourced, never run. It changes nothing by itself.
# Nothing here may need /proc: a fresh root entered with chroot has none.

KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "error: $*"; exit 1; }

# Shows the end of a log before the error.
die_with() {
    tail -n 25 "$1" >&2
    shift
    die "$@"
}

# Mounts /proc where it is missing (a root entered with chroot) and has it
# unmounted when the script ends. What runs in between may need it: sanitizers,
# mknod, debootstrap.
proc_ensure() {
    [ ! -e /proc/self/maps ] || return 0
    if [ "$(id -u)" -ne 0 ] || ! mount -t proc proc /proc; then
        die "/proc is not here; as root: mount -t proc proc /proc"
    fi
    at_end 'umount /proc 2>/dev/null || umount -l /proc'
}

# Adds a command to those that run when the script ends, latest first.
AT_END=
at_end() {
    AT_END="$1"$'\n'"$AT_END"
    trap 'eval "$AT_END"' EXIT
}

# Runs its arguments as root: directly, or through sudo.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo -- "$@"
    else
        die "this needs root for: $* (run it as root, or install sudo)"
    fi
}

# Prints those of its arguments that are not installed packages.
packages_missing() {
    local package state
    for package in "$@"; do
        state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=absent
        [ "$state" = installed ] || printf '%s\n' "$package"
    done
}

# Installs the missing ones of its arguments. When none is missing, neither
# apt nor the network is touched.
packages_install() {
    local list log missing
    list=$(packages_missing "$@")
    [ -n "$list" ] || return 0
    mapfile -t missing <<<"$list"
    command -v apt-get >/dev/null 2>&1 ||
        die "apt-get is not here; install by hand: ${missing[*]}"
    say "installing with apt: ${missing[*]}"
    log=$(mktemp)
    as_root apt-get -q update >"$log" 2>&1 ||
        die_with "$log" "apt-get update failed; is the mirror in /etc/apt reachable?"
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y -o Dpkg::Use-Pty=0 install --no-install-recommends \
        "${missing[@]}" >"$log" 2>&1 ||
        die_with "$log" "apt-get could not install: ${missing[*]}"
    rm -f "$log"
}

# Prints the URI of the mirror from which this machine takes its own suite.
# apt itself reads its sources, whatever their format.
mirror_of_machine() {
    local codename targets uri release first=
    if [ -n "${QTLS_DEBIAN_MIRROR:-}" ]; then
        printf '%s\n' "$QTLS_DEBIAN_MIRROR"
        return 0
    fi
    codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
    targets=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
        sort -u)
    while read -r uri release; do
        [ -n "$first" ] || first=$uri
        case $release in
        "$codename" | stable | testing | unstable | sid)
            printf '%s\n' "${uri%/}"
            return 0
            ;;
        esac
    done <<<"$targets"
    die "no Debian mirror in this machine's apt sources${first:+ (only $first)};" \
        "set QTLS_DEBIAN_MIRROR to the URI of one"
}
