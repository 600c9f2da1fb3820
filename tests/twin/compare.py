#!/usr/bin/env python3
"""Compares the warnings that stand at one JOC with those that should.

    compare.py --expected twin.ndjson --actual list.ndjson --joc unamid

Expected: the output of twin.py. Actual: what that JOC's gateway lists, one protobuf JSON of
tocsin.v1.WarningView on each line; cancelled ones are passed over, expired ones stand. Prints one JSON object
with the numbers missing, extra, duplicates (more than one warning for one episode or one id twice) and
differing, and details in words on standard error. Exit status 1 if any number is not zero.
"""
import argparse
import collections
import json
import sys


def short(name, prefix):
    return (name or "")[len(prefix):].lower()


def read_expected(lines, joc):
    for line in lines:
        if line.strip():
            warning = json.loads(line)
            if joc in warning["addressees"]:
                yield warning


def read_actual(lines):
    for line in lines:
        if not line.strip():
            continue
        view = json.loads(line)
        w = view["warning"]
        if w.get("messageType") == "MESSAGE_TYPE_CANCEL":
            continue
        episode = w.get("episode", {})
        yield {
            "id": w.get("id", ""), "rule": w["ruleId"], "key": w.get("key", {}), "status": short(w.get("status"), "STATUS_"),
            "exercise": w.get("exerciseId", ""), "episode": [int(episode.get("fromUs", 0)), int(episode.get("toUs", 0))],
            "evidence": sorted([e["identity"]["mission"], e["identity"]["id"], int(e.get("revision", 0))] for e in w.get("evidence", [])),
            "attributes": {f"{e['identity']['mission']}/{e['identity']['id']}": e["attributes"]
                           for e in w.get("evidence", []) if e.get("attributes")},
            "withheld": sum(int(x.get("items", 0)) for x in view.get("withheld", [])),
            "severity": short(w.get("severity"), "SEVERITY_"), "certainty": short(w.get("certainty"), "CERTAINTY_"),
            "unverified": w.get("unverified", False), "addressees": sorted(w.get("addressees", [])),
            "measures": {m["name"]: int(m.get("value", 0)) for m in w.get("measures", [])},
            "absence_state": w.get("absenceState", ""),
            "label": [short(w.get("label", {}).get(field), prefix) for field, prefix in (("classification", "CLASSIFICATION_"),
                                                                                      ("tlp", "TLP_"))],
        }


def name(warning):
    key = ", ".join(f"{k}={v}" for k, v in sorted(warning["key"].items()))
    identity = f" ({warning['id']})" if warning.get("id") else ""
    return f"{warning['rule']} [{key}] {warning['status']} {warning['exercise']} {warning['episode']}{identity}"


def differences(expected, actual):
    found = []
    for field in ("episode", "severity", "certainty", "unverified", "addressees", "label", "absence_state"):
        if expected[field] != actual[field]:
            found.append(f"{field} should be {expected[field]}, is {actual[field]}")
    for measure, value in expected["measures"].items():
        if actual["measures"].get(measure) != value:
            found.append(f"{measure} should be {value}, is {actual['measures'].get(measure)}")
    wanted, shown = map(lambda w: {tuple(e) for e in w["evidence"]}, (expected, actual))
    if shown - wanted:
        found.append(f"evidence that should not be there: {sorted(shown - wanted)}")
    for mission, id, _ in sorted(shown & wanted):
        values = [w["attributes"].get(f"{mission}/{id}", {}) for w in (expected, actual)]
        if values[0] != values[1]:
            found.append(f"attributes of {mission}/{id} should be {values[0]}, are {values[1]}")
    if len(actual["evidence"]) + actual["withheld"] != len(wanted):
        found.append(f"{len(wanted)} items of evidence should be there, {len(actual['evidence'])} are shown and "
                     f"{actual['withheld']} withheld; not shown: {sorted(wanted - shown)}")
    return found


def overlap(p, q):
    """Microseconds by which two episodes overlap, both ends included; 0 or less: none."""
    return min(p["episode"][1], q["episode"][1]) - max(p["episode"][0], q["episode"][0]) + 1


def compare(expected, actual):
    details, numbers = [], collections.Counter(missing=0, extra=0, duplicates=0, differing=0)

    def identity(w):
        return w["rule"], json.dumps(w["key"], sort_keys=True), w["status"], w["exercise"]

    for warning_id, count in sorted(collections.Counter(w["id"] for w in actual if w["id"]).items()):
        if count > 1:
            numbers["duplicates"] += count - 1
            details.append(f"listed {count} times: {warning_id}")
    actual = list({(w["id"] or str(i)): w for i, w in enumerate(actual)}.values())
    groups = collections.defaultdict(lambda: ([], []))
    for w in expected:
        groups[identity(w)][0].append(w)
    for w in actual:
        groups[identity(w)][1].append(w)
    for _, (wanted, had) in sorted(groups.items()):
        pairs = sorted(((bool(differences(e, a)), -overlap(e, a), i, j) for i, e in enumerate(wanted) for j, a in enumerate(had)
                        if overlap(e, a) > 0))
        of_wanted, of_had = {}, {}
        for _, _, i, j in pairs:
            if i not in of_wanted and j not in of_had:
                of_wanted[i], of_had[j] = j, i
        for i, e in enumerate(wanted):
            if i not in of_wanted:
                numbers["missing"] += 1
                details.append(f"missing: {name(e)}, evidence {e['evidence']}")
                continue
            differing = differences(e, had[of_wanted[i]])
            if differing:
                numbers["differing"] += 1
                details.append(f"differs: {name(had[of_wanted[i]])}: " + "; ".join(differing))
        for j, a in enumerate(had):
            if j not in of_had:
                again = any(overlap(e, a) > 0 for e in wanted)
                numbers["duplicates" if again else "extra"] += 1
                details.append(f"{'doubled' if again else 'should not stand'}: {name(a)}, evidence {a['evidence']}")
    return dict(numbers), details


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--expected", required=True)
    parser.add_argument("--actual", required=True)
    parser.add_argument("--joc", required=True)
    args = parser.parse_args()
    with open(args.expected, encoding="utf-8") as file:
        expected = list(read_expected(file, args.joc))
    with open(args.actual, encoding="utf-8") as file:
        actual = list(read_actual(file))
    numbers, details = compare(expected, actual)
    print(json.dumps({"joc": args.joc, "expected": len(expected), "actual": len(actual), **numbers}))
    for line in details:
        print(f"{args.joc}: {line}", file=sys.stderr)
    sys.exit(1 if any(numbers.values()) else 0)


if __name__ == "__main__":
    main()
