#!/usr/bin/env python3
"""Fails when the build or a script uses a tool or library that scripts/packages.list does not name, or
names a version that another file pins differently."""

import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as xml

ROOT = pathlib.Path(__file__).resolve().parents[2]

# What CMake calls a thing -> the package that brings it. None: comes with CMake or the compiler.
CMAKE = {
    "absl": "libabsl-dev", "yaml-cpp": "libyaml-cpp-dev", "nlohmann_json": "nlohmann-json3-dev",
    "OpenSSL": "libssl-dev", "GTest": "libgtest-dev", "Protobuf": "libprotobuf-dev",
    "gRPC": "libgrpc++-dev", "RocksDB": "librocksdb-dev", "prometheus-cpp": "prometheus-cpp-dev",
    "spdlog": "libspdlog-dev", "CLI11": "libcli11-dev", "PkgConfig": "pkg-config", "ZLIB": "zlib1g-dev",
    "Python3": "python3", "Threads": None, "libxxhash": "libxxhash-dev", "rdkafka": "librdkafka-dev",
    "rdkafka++": "librdkafka-dev", "cpp-httplib": "libcpp-httplib-dev", "ncursesw": "libncurses-dev", "s2": "libs2-dev", "csv": "libcsv-dev", "jemalloc": "libjemalloc-dev",
    "mold": "mold", "ccache": "ccache", "clang++": "clang", "buf": "@bufbuild/buf",
}
# Commands in scripts -> their package. Words of the POSIX shell, coreutils, grep, sed and the rest of
# Debian's essential packages need no entry; a command that is neither there nor here is not found by
# this test but by the first fresh machine.
COMMANDS = {
    "buf": "@bufbuild/buf", "grpcurl": "github.com/fullstorydev/grpcurl/cmd/grpcurl", "mvn": "maven",
    "java": "openjdk-17-jdk-headless", "npm": "npm", "node": "nodejs", "go": "golang-go", "jq": "jq",
    "curl": "curl", "git": "git", "openssl": "openssl", "cmake": "cmake", "ctest": "cmake", "ninja": "ninja-build",
    "ccache": "ccache", "protoc": "protobuf-compiler", "shellcheck": "shellcheck", "clang-format": "clang-format",
    "clang-tidy": "clang-tidy", "clang++": "clang", "g++": "g++", "python3": "python3", "ps": "procps",
    "pgrep": "procps", "ss": "iproute2", "kcat": "kafkacat", "xmllint": "libxml2-utils", "bc": "bc", "nc": "netcat-openbsd",
    "rsync": "rsync", "unzip": "unzip", "wget": "wget", "lsof": "lsof", "yq": "yq", "make": "make", "sqlite3": "sqlite3",
}
PYTHON = {"yaml": "python3-yaml", "numpy": "python3-numpy", "grpc": "grpcio", "grpc_tools": "grpcio-tools", "mypy": "mypy", "requests": "python3-requests",
          "confluent_kafka": "python3-confluent-kafka", "google": "python3-protobuf", "jsonschema": "python3-jsonschema", "pytest": "python3-pytest", "pexpect": "pexpect", "pyte": "pyte"}


def tracked():
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return [ROOT / name for name in names if name and (ROOT / name).is_file() and not (ROOT / name).is_symlink()]


def read_list():
    packages = {}
    for line in (ROOT / "scripts/packages.list").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            kind, name, version, _, purpose = line.split(None, 4)
            packages[name] = (kind, version)
    return packages


def main():
    packages = read_list()
    problems = []

    def need(where, what, package):
        if package is not None and package not in packages:
            problems.append(f"{where} uses {what}: scripts/packages.list does not name {package}")

    for file in tracked():
        where = file.relative_to(ROOT)
        if file.name == "CMakeLists.txt" or file.suffix == ".cmake":
            text = re.sub(r"#.*", "", file.read_text(encoding="utf-8"))
            used = re.findall(r"\bfind_package\(\s*([\w.+-]+)", text)
            used += re.findall(r"\bfind_(?:library|program)\(\s*\w+\s+(?:NAMES\s+)?([\w.+-]+)", text)
            for words in re.findall(r"\bpkg_(?:check_modules|search_module)\(\s*\w+([^)]*)\)", text):
                used += [w for w in words.split() if w not in ("REQUIRED", "QUIET", "IMPORTED_TARGET", "GLOBAL")]
            for name in used:
                if name not in CMAKE:
                    problems.append(f"{where} finds {name}, whose package this test does not know: add it to CMAKE in "
                                    f"tests/structure/packages_list.py")
                else:
                    need(where, name, CMAKE[name])
            continue
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        shebang = text.split("\n", 1)[0] if text.startswith("#!") else ""
        if re.search(r"\b(ba|da)?sh\b", shebang) or file.suffix == ".sh":
            # At the head of a command: after a line's start, a pipe, a bracket, a keyword or `exec`.
            code = re.sub(r"(^|\s)#.*", "", text)
            for word in re.findall(r"(?:^|[|&;(`]|\b(?:then|do|else|exec|command -v|if|while|env|sudo)\s)\s*([a-z][\w+-]*)(?=\s|$)",
                                   code, re.M):
                if word in COMMANDS:
                    need(where, word, COMMANDS[word])
        if "python" in shebang or file.suffix == ".py":
            for word in re.findall(r"^\s*(?:import|from)\s+(\w+)", text, re.M):
                if word in PYTHON:
                    need(where, word, PYTHON[word])

    # What another file pins must be what the list says.
    space = {"m": "http://maven.apache.org/POM/4.0.0"}
    for dependency in xml.parse(ROOT / "deploy/kafka/pom.xml").getroot().iter("{%s}dependency" % space["m"]):
        name = ":".join(dependency.findtext(f"m:{part}", namespaces=space) for part in ("groupId", "artifactId"))
        version = dependency.findtext("m:version", namespaces=space)
        if packages.get(name) != ("maven", version):
            problems.append(f"deploy/kafka/pom.xml has {name} {version}, scripts/packages.list {packages.get(name)}")

    print("\n".join(problems) or f"packages_list: {len(packages)} packages cover what is used")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
