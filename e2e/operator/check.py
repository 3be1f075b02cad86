"""check.py: is what a restored server has one moment of the load, and was every webhook told?

It compares load.jsonl (all that was done), before.jsonl (what was done when the backup was asked
for), told-before.jsonl and told.jsonl (what the receiver was told by the server that is lost, and
by the restored one) with what users and backends read.
"""

import json
from collections import defaultdict

from device import PLACE, Device, Refused, call, text


def lines(name):
    with open(name) as f:
        return [json.loads(line) for line in f]


def key(line):
    """What a line of the load is about, in all apps."""
    if "group" in line:
        return line["app"], "group", line["group"]
    if "friends" in line:
        return line["app"], "friends", *line["friends"]
    return line["app"], line["conv"], line["by"], line["name"]


def messages(app):
    """The texts that the restored server has, with their numbers; there is no hole between these."""
    have = {}
    for reader, conv, sent_to in [(f"reader{i}", f"c2c/writer{i}", f"c2c/reader{i}") for i in range(4)] + [
            ("bob", "c2c/ann", "c2c/bob"), ("bob", "group/team", "group/team")]:
        device = Device(app, reader)
        last = 0
        for m in device.history(conv):
            if text(m) == "after the restore":
                break
            assert m["MsgSeq"] == last + 1, f"{conv} of {reader}: after {last} comes {m['MsgSeq']}"
            last = m["MsgSeq"]
            if not text(m):
                continue  # a file, or a tip of the server
            name = app, sent_to, m["From_Account"], text(m)
            assert name not in have, f"{name} is there twice"
            have[name] = last
        device.leave()
    return have


def groups(app, made):
    """The groups that are there. Half of one is a failure."""
    joined = defaultdict(set)
    for user in {m for line in made for m in line["members"]}:
        answer = call(app, "group_open_http_svc/get_joined_group_list", Member_Account=user, WithNoActiveGroups=1, Limit=5000)
        for g in answer["GroupIdList"]:
            joined[g["GroupId"]].add(user)
    for line in made:
        group = call(app, "group_open_http_svc/get_group_info", GroupIdList=[line["group"]])["GroupInfo"][0]
        members = {m["Member_Account"] for m in group.get("MemberList", [])}
        assert members == joined[line["group"]], f"group {line['group']}: {members} in it, {joined[line['group']]} know it"
        assert not members or members == set(line["members"]), f"half of group {line['group']}: {members}"
        if members:
            yield key(line)


def friends(app, made):
    """The friendships that are there. One that only one of the two knows is a failure."""
    for line in made:
        a, b = line["friends"]
        try:
            answer = call(app, "sns/friend_check", From_Account=a, To_Account=[b], CheckType="CheckResult_Type_Both")
        except Refused as refusal:
            assert "30003" in str(refusal), refusal  # the account is younger than the backup
            continue
        relation = answer["InfoItem"][0]["Relation"]
        assert relation in ("CheckResult_Type_BothWay", "CheckResult_Type_NoRelation"), f"half of a friendship: {answer}"
        if relation == "CheckResult_Type_BothWay":
            yield key(line)


def one_moment(load, before):
    """All that was answered before the backup is there, nothing is half there, and nothing is
    there without all that was answered before it was begun, of any user, app and door."""
    have = {}
    for app in PLACE["apps"]:
        mine = [line for line in load if line["app"] == app]
        have.update(messages(app))
        for name in *groups(app, [line for line in mine if "group" in line]), *friends(app, [line for line in mine if "friends" in line]):
            have[name] = None
    known = {key(line): line for line in load}
    lost = [key(line) for line in before if key(line) not in have]
    assert not lost, f"acknowledged before the backup, and not in it: {lost}"
    there = [line for name, line in known.items() if name in have]
    newest = max(there, key=lambda line: line["from"])
    gap = [name for name, line in known.items() if line.get("till", newest["from"]) < newest["from"] and name not in have]
    assert not gap, f"{key(newest)} is there, and these are not, which were done before it was begun: {gap}"
    other = {key(line): (line["seq"], have[key(line)]) for line in there if "seq" in line and line["seq"] != have[key(line)]}
    assert not other, f"numbers have changed: {other}"
    print(f"one moment: {len(before)} were done before it, {len(there)} are in it, {len(load)} were done in all")
    return have


def told(file):
    """What a receiver was told of messages: by app and event, what it is about."""
    events = {}
    for line in lines(file):
        if line["event"]:
            about = line["app"], line["body"]["CallbackCommand"], json.dumps(line["body"], sort_keys=True)
            known = events.setdefault((line["app"], line["event"]), about)
            assert known == about, f"event {line['event']} is two: {known}, {about}"
    return events


def webhooks(have):
    """Each message in the backup was told; what the lost server told after the moment comes again
    with its id, and no new event has an id that was given."""
    old, new = told("told-before.jsonl"), told("told.jsonl")
    for event in old.keys() & new.keys():
        assert old[event] == new[event], f"event {event} is another now: {old[event]}, {new[event]}"
    again = {about for event, about in new.items() if event in old}
    for about in set(old.values()) & set(new.values()):
        assert about in again, f"told again with another id: {about}"
    heard = {(app, json.loads(body)["MsgBody"][0]["MsgContent"].get("Text")) for app, command, body in [*old.values(), *new.values()]
             if command.endswith("CallbackAfterSendMsg")}
    silent = [name for name, number in have.items() if number and (name[0], name[3]) not in heard]
    assert not silent, f"nobody was told of {silent}"
    for app in PLACE["apps"]:
        for name in "kept for carol", "kept for the team":
            assert any(a == app and json.dumps(name) in body for a, _, body in again), f"app {app}: {name} was not told again"
    print(f"webhooks: {len(old)} told before, {len(new)} after the restore, {len(again)} of them once more, with the same id")


def pushes():
    """What waited to be pushed at the moment is pushed again, and says so by its PushId."""
    ids = [{(line["app"], line["body"]["Notice"]["PushId"]) for line in lines(file) if line["path"] == "/push" and "Notice" in line["body"]}
           for file in ("told-before.jsonl", "told.jsonl")]
    for app in PLACE["apps"]:
        assert any(a == app for a, _ in ids[0] & ids[1]), f"app {app}: no push came again: {ids}"
    print(f"pushes: {len(ids[0] & ids[1])} once more, with the same id")


webhooks(one_moment(lines("load.jsonl"), lines("before.jsonl")))
pushes()
