"""Renders the chart of cluster/kubernetes/chart with its default values, and checks what every pod must have.

Usage: render.py [RELEASE] > manifests.yaml

The templates use `{{ .Values.NAME }}` and `{{ .Release.Name }}` alone, so that this and helm give the same text. Needs
PyYAML. Ends with status 1 if an object lacks a limit, a probe or a security setting.
"""
import re
import sys
from pathlib import Path

import yaml

FOLDER = Path(__file__).resolve().parents[2] / "cluster" / "kubernetes"


def render(release, values):
    def value(match):
        expression = match[1].strip()
        if expression == ".Release.Name":
            return release
        name = re.fullmatch(r"\.Values\.(\w+)", expression)
        if not name or name[1] not in values:
            sys.exit(f"{expression}: only .Release.Name and .Values.NAME of values.yaml are allowed")
        return str(values[name[1]])
    texts = [file.read_text() for file in sorted((FOLDER / "chart" / "templates").glob("*.yaml"))]
    return "---\n".join(re.sub(r"\{\{(.*?)\}\}", value, text) for text in texts)


def pods(value):
    """Every pod specification below a value."""
    if isinstance(value, dict):
        if "containers" in value:
            yield value
        for part in value.values():
            yield from pods(part)
    elif isinstance(value, list):
        for part in value:
            yield from pods(part)


def problems(document):
    name = f"{document['kind']} {document['metadata']['name']}"
    for pod in pods(document):
        context = pod.get("securityContext", {})
        if not context.get("runAsNonRoot") or not context.get("runAsUser"):
            yield f"{name}: runs as root"
        if pod.get("automountServiceAccountToken") is not False:
            yield f"{name}: mounts a token of the cluster"
        mounts = {volume["name"] for volume in pod["volumes"]} | {"runs"}
        for container in pod["containers"] + pod.get("initContainers", []):
            own = container.get("securityContext", {})
            if not own.get("readOnlyRootFilesystem") or own.get("allowPrivilegeEscalation") is not False:
                yield f"{name}: {container['name']} may write its root or gain privileges"
            if own.get("capabilities", {}).get("drop") != ["ALL"]:
                yield f"{name}: {container['name']} keeps capabilities"
            if "memory" not in container.get("resources", {}).get("limits", {}):
                yield f"{name}: {container['name']} has no memory limit"
            for mount in container.get("volumeMounts", []):
                if mount["name"] not in mounts:
                    yield f"{name}: {container['name']} mounts {mount['name']}, which is no volume"
            if "learner" in container.get("args", []) and not {"livenessProbe", "readinessProbe"} <= set(container):
                yield f"{name}: the learner has no probes"


def main():
    values = yaml.safe_load((FOLDER / "chart" / "values.yaml").read_text())
    text = render(sys.argv[1] if len(sys.argv) > 1 else "tengu", values)
    found = []
    for source in (text, (FOLDER / "jobset.yaml").read_text()):
        for document in yaml.safe_load_all(source):
            found += problems(document)
    print(text, end="")
    for problem in found:
        print(problem, file=sys.stderr)
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
