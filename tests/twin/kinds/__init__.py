"""The kinds of rules, each in its room: the episodes of one key under one rule.

An episode is a dict: events, measures, severity, and where the kind has them absence_state, ahead (areas) and open (it
goes on); those of composites have bounds, warnings, all_events and left_out besides.
`members` are {identity: (event, names of the selections met)}, S of docs/rules.md; of a composite
[(warning, names)].
"""
from kinds.absence import absence_episodes
from kinds.composite import composite_episodes
from kinds.counting import count_episodes
from kinds.divergence import divergence_episodes
from kinds.movement import movement_episodes
from kinds.nearness import near_episodes
from kinds.sequences import sequence_episodes
from kinds.surge import surge_episodes


def episodes_of(rule, key, members, pack, known_until):
    return {
        "event_count": lambda: count_episodes(rule, members),
        "value_count": lambda: count_episodes(rule, members),
        "near": lambda: near_episodes(rule, members),
        "absence": lambda: absence_episodes(rule, members, pack, known_until),
        "temporal": lambda: sequence_episodes(rule, members, known_until),
        "temporal_ordered": lambda: sequence_episodes(rule, members, known_until),
        "divergence": lambda: divergence_episodes(rule, key, members, pack, known_until),
        "movement": lambda: movement_episodes(rule, members, pack),
        "composite": lambda: composite_episodes(rule, members),
        "surge": lambda: surge_episodes(rule, members),
    }[rule["kind"]]()
