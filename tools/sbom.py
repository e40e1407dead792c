"""Writes the software bill of materials, CycloneDX 1.5: python tools/sbom.py CACHE BUILD OUT.json

Lists what the programs, the page and the models are made of: Debian's packages (those that the programs load, and the
development packages that they are built with), FFmpeg's libraries out of Debian's source package, the wheels and the models
out of them, the page's npm packages, Swagger UI.
"""

import email
import json
import re
import subprocess
import sys
import uuid
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = ("stemscribe", "stemscribed")
COPYRIGHTS = Path("/usr/share/doc")


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def component(kind, name, version, purl, licences, sha256=""):
    entry = {
        "type": kind,
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
    }
    entry["licenses"] = [{"license": {"name": licence}} for licence in licences]
    if sha256:
        entry["hashes"] = [{"alg": "SHA-256", "content": sha256}]
    return entry


def debian_licences(package):
    """The licences that the package's copyright file names; of an old, free-form file, where to read them."""
    path = COPYRIGHTS / package / "copyright"
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    named = sorted({match.strip() for match in re.findall(r"^License:[ \t]*(\S.*)$", text, re.M)})
    return named or [f"see {path}"]


def debian_packages(names):
    told = output_of("dpkg-query", "-W", "-f", "${Package} ${Version} ${Architecture}\n", *sorted(names))
    for name, version, architecture in map(str.split, told.splitlines()):
        purl = f"pkg:deb/debian/{name}@{version}?arch={architecture}"
        yield component("library", name, version, purl, debian_licences(name))


def loaded_packages(program):
    """The Debian packages whose libraries a program loads. Libraries out of wheels belong to none."""
    paths = [Path(path) for path in re.findall(r"=> (/\S+)", output_of("ldd", program))]
    # Debian 12 records /lib and /usr/lib as they were before they became one.
    places = {place for path in paths for place in (path, Path("/usr") / path.relative_to("/"), path.resolve())}
    owners = subprocess.run(["dpkg", "-S", *places], capture_output=True, text=True).stdout
    return {line.split(":")[0] for line in owners.splitlines()}


def build_packages():
    lines = (ROOT / "tools/packages/build.txt").read_text(encoding="utf-8").splitlines()
    return {line for line in lines if line.endswith("-dev") and not re.match(r"libg(mock|test)-dev", line)}


def ffmpeg(cache):
    version = (cache / "ffmpeg/version").read_text(encoding="utf-8").strip()
    return component("library", "ffmpeg", version, f"pkg:deb/debian/ffmpeg@{version}?arch=source", ["LGPL-2.1-or-later"])


def wheel_licence(path):
    with zipfile.ZipFile(path) as wheel:
        name = next(name for name in wheel.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
        fields = email.message_from_bytes(wheel.read(name))
    classifiers = [line.rpartition(" :: ")[2] for line in fields.get_all("Classifier", []) if line.startswith("License ::")]
    free_text = (fields["License"] or "").partition("\n")[0]
    named = [licence for licence in (fields["License-Expression"], *classifiers, free_text) if licence]
    if not named:
        raise SystemExit(f"{path.name} names no licence")
    return named[0]


def wheels(cache):
    pinned = re.findall(
        r"^(\S+)==(\S+) \\\n\s+--hash=sha256:(\w+)",
        (ROOT / "models/wheels.txt").read_text(encoding="utf-8"),
        re.M,
    )
    for name, version, sha256 in pinned:
        [path] = (cache / "wheels").glob(f"{name.replace('-', '_')}-{version}-*.whl")
        yield component(
            "library",
            name,
            version,
            f"pkg:pypi/{name}@{version}",
            [wheel_licence(path)],
            sha256,
        )


def models():
    manifest = json.loads((ROOT / "models/manifest.json").read_text(encoding="utf-8"))
    for model in manifest["models"]:
        name, version = model["name"], model["version"]
        purl = f"pkg:generic/stemscribe-model-{name}@{version}"
        yield component(
            "machine-learning-model",
            name,
            version,
            purl,
            [model["licence"]],
            model["sha256"],
        )


def npm_packages():
    """What is in the page: the packages that it needs to run, and its fonts."""
    lock = json.loads((ROOT / "web/package-lock.json").read_text(encoding="utf-8"))
    for path, package in lock["packages"].items():
        name = path.removeprefix("node_modules/")
        if name and (not package.get("dev") or name.startswith("@fontsource")):
            purl = f"pkg:npm/{name.replace('@', '%40')}@{package['version']}"
            yield component("library", name, package["version"], purl, [package["license"]])
    sha256, file = (ROOT / "tools/swagger-ui.sha256").read_text(encoding="utf-8").split()
    name, version = re.fullmatch(r"(.+)-(\d.*)\.tgz", file).groups()
    yield component("library", name, version, f"pkg:npm/{name}@{version}", ["Apache-2.0"], sha256)


def bill(cache, build):
    version = output_of(build / "bin/stemscribe", "--version").split()[-1]
    programs = [build / "bin" / name for name in PROGRAMS]
    packages = build_packages().union(*(loaded_packages(program) for program in programs))
    components = [*debian_packages(packages), ffmpeg(cache), *wheels(cache), *models(), *npm_packages()]
    # The same parts give the same number: the bill can be compared.
    number = uuid.uuid5(uuid.NAMESPACE_URL, version + "".join(part["purl"] for part in components))
    purl = f"pkg:generic/stemscribe@{version}"
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{number}",
        "version": 1,
        "metadata": {"component": component("application", "stemscribe", version, purl, ["Apache-2.0"])},
        "components": components,
        "dependencies": [{"ref": purl, "dependsOn": [part["bom-ref"] for part in components]}],
    }


def main():
    cache, build, out = (Path(argument) for argument in sys.argv[1:])
    out.write_text(json.dumps(bill(cache, build), indent=1) + "\n", encoding="utf-8")
    print(out)


if __name__ == "__main__":
    main()
