# Installs the packages named as arguments, without starting their services.
#
# Debian starts a server as soon as it is installed, on the standard port. We
# run our own copies on other ports, so a policy forbids starting for the time
# of the installation; a policy that is already there is respected.
set -eu
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1

policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi

# Package lists may be missing (a fresh container) or old (an old one).
apt-get update -q || true
apt-get install -q -y --no-install-recommends "$@"
