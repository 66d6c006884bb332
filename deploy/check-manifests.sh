#!/bin/sh
# Renders the Kubernetes manifests and checks them against the schemas of
# Kubernetes, without a cluster and offline. Called by `make manifests`.
set -eu
tools=${1:?usage: check-manifests.sh TOOLS_FOLDER}
mkdir -p "$tools"
tools=$(cd "$tools" && pwd)
cd "$(dirname "$0")"

if ! [ -d "$tools/kubernetes-validate" ]; then
    echo "manifests: installing kubernetes-validate"
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore \
        --target "$tools/kubernetes-validate.new" kubernetes-validate==1.37.0
    mv "$tools/kubernetes-validate.new" "$tools/kubernetes-validate"
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
validate() {
    if ! PYTHONPATH="$tools/kubernetes-validate" python3 -m kubernetes_validate --strict "$2" \
        > "$scratch/report" 2>&1; then
        cat "$scratch/report"
        exit 1
    fi
    echo "manifests: $1: $(grep -c '^kind:' "$2") objects, all valid"
}

kubernetes/overlays/local/make-secrets.sh
for folder in kubernetes/base kubernetes/overlays/local; do
    if kubectl kustomize "$folder" > "$scratch/rendered.yaml" 2> "$scratch/why"; then
        validate "$folder" "$scratch/rendered.yaml"
    else
        # Debian's kubectl 1.20 has a kustomize of 2018 and there is no other in
        # the registries: what is rendered from is checked at least.
        echo "manifests: $folder not rendered ($(tail -n 1 "$scratch/why")); its files are checked as they are"
        for file in "$folder"/*.yaml; do
            case $file in */kustomization.yaml) ;; *) validate "$file" "$file" ;; esac
        done
    fi
done

# The same script makes the databases in both; kustomize reads no file outside
# its folder.
cmp compose/make-databases.sh kubernetes/overlays/local/make-databases.sh
