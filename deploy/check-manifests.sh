#!/bin/sh
# Renders the Kubernetes manifests and checks them against the schemas of
# Kubernetes, without a cluster and offline. Called by `make manifests`.
set -eu
cd "$(dirname "$0")"
tools=${1:?usage: check-manifests.sh TOOLS_FOLDER}
mkdir -p "$tools"
tools=$(cd "$tools" && pwd)

if ! command -v kubectl >/dev/null; then
    echo "manifests: installing kubectl (Debian package kubernetes-client)"
    as_root=; [ "$(id -u)" = 0 ] || as_root=sudo
    $as_root apt-get update -qq
    $as_root apt-get install -y -qq --no-install-recommends kubernetes-client >/dev/null
fi
if ! [ -d "$tools/kubernetes-validate" ]; then
    echo "manifests: installing kubernetes-validate"
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore \
        --target "$tools/kubernetes-validate.new" kubernetes-validate==1.37.0
    mv "$tools/kubernetes-validate.new" "$tools/kubernetes-validate"
fi

rendered=$(mktemp -d)
trap 'rm -rf "$rendered"' EXIT
kubernetes/overlays/local/make-secrets.sh
for folder in kubernetes/base kubernetes/overlays/local; do
    kubectl kustomize "$folder" > "$rendered/manifests.yaml"
    if ! PYTHONPATH="$tools/kubernetes-validate" python3 -m kubernetes_validate --strict \
        "$rendered/manifests.yaml" > "$rendered/report" 2>&1; then
        cat "$rendered/report"
        exit 1
    fi
    echo "manifests: $folder: $(grep -c '^kind:' "$rendered/manifests.yaml") objects, all valid"
done

# The same script makes the databases in both; kustomize reads no file outside
# its folder.
cmp compose/make-databases.sh kubernetes/overlays/local/make-databases.sh
