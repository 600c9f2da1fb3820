"""Which events a rule is about, and to which of its keys they belong."""
import collections
import itertools

from history import DAY, micros


def type_matches(wanted, type):
    return type.startswith(wanted[:-1]) if wanted.endswith(".*") else type == wanted


def meets(selection, event, key_actor):
    if not any(type_matches(t, event.type) for t in selection["types"]):
        return False
    if event.nature not in (selection.get("natures") or ["observed"]):
        return False
    if selection.get("missions") and event.mission not in selection["missions"]:
        return False
    classes, roles = selection.get("actor_classes"), selection.get("actor_roles")
    if classes or roles:
        if not any((key_actor is None or id == key_actor) and (not classes or cls in classes) and (not roles or role in roles)
                   for id, cls, role in event.actors):
            return False
    if any(event.attributes.get(k) != str(v) for k, v in (selection.get("where") or {}).items()):
        return False
    return all(event.people.get(k, 0) >= v for k, v in (selection.get("min") or {}).items())


def fields_of(rule):
    """Fields of the key: `cell` only says how the engine spreads its search."""
    return [field for field in rule["group_by"] if field != "cell"]


def keys_of(rule, event):
    """Values of the key's fields, each with the actor that it names, if the key has one."""
    values = []
    fields = fields_of(rule)
    for field in fields:
        if field == "actor":
            values.append(sorted({id for id, _, _ in event.actors}))
        else:
            values.append(sorted(set(event.values(field))))
    for combination in itertools.product(*values):
        actor = combination[fields.index("actor")] if "actor" in fields else None
        yield combination, actor


def span(rule):
    condition = rule["condition"]
    if "daily_by" in condition:
        return 2 * DAY
    return micros(next(condition[name] for name in ("window", "within", "every", "stands", "bucket") if name in condition))


def groups(rule, events):
    """{(status, exercise, key values): {identity: (event, names of the selections met)}}, timely and not vague."""
    found = collections.defaultdict(dict)
    for event in events:
        if event.late or event.observed[1] - event.observed[0] > span(rule):
            continue
        if rule["kind"] in ("near", "movement") and (not event.point or event.uncertainty > rule["condition"]["radius_km"] * 1000):
            continue
        for key, actor in keys_of(rule, event):
            names = [name for name, selection in rule["selections"].items() if meets(selection, event, actor)]
            if names:
                found[(event.status, event.exercise, key)][event.identity] = event, names
    return found
