"""Prints the parts of a release as SPDX 2.3: the program, its Swift packages, Swift itself and Debian's libraries.

Usage: parts.py VERSION SECONDS TARBALL PACKAGE.resolved LIBRARY... > tengu.spdx.json
"""
import datetime
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path


def output(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def part(name, version, location, **more):
    identifier = "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", name)
    return {"SPDXID": identifier, "name": name, "versionInfo": version or "NOASSERTION", "downloadLocation": location,
            "filesAnalyzed": False, "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION",
            "copyrightText": "NOASSERTION", **more}


def main():
    version, seconds, tarball, resolved, *libraries = sys.argv[1:]
    digest = hashlib.sha256(Path(tarball).read_bytes()).hexdigest()
    main_part = part("tengu", version, "NOASSERTION", licenseDeclared="Apache-2.0",
                     checksums=[{"algorithm": "SHA256", "checksumValue": digest}])
    parts = []
    for pin in json.loads(Path(resolved).read_text())["pins"] if Path(resolved).exists() else []:
        state = pin["state"]
        parts.append(part(pin["identity"], state.get("version") or state["revision"],
                          f"git+{pin['location']}@{state['revision']}"))
    swift = re.search(r"Swift version ([0-9.]+)", output("swift", "--version"))
    parts.append(part("swift-runtime", swift[1] if swift else "", "https://swift.org/install"))
    for library in libraries:
        parts.append(part(library, output("dpkg-query", "-W", "-f", "${Version}", library), "https://deb.debian.org/debian"))
    created = datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    print(json.dumps({
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": Path(tarball).name,
        "documentNamespace": f"urn:sha256:{digest}", "creationInfo": {"created": created, "creators": ["Tool: scripts/package.sh"]},
        "packages": [main_part, *parts],
        "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-tengu"}]
        + [{"spdxElementId": "SPDXRef-tengu", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": other["SPDXID"]} for other in parts],
    }, indent=1))


if __name__ == "__main__":
    main()
