"""people.py arrive|away|lost|back|previous|upgraded: what the people of both apps do at the steps of path.sh.

What later steps compare with is in known.json.
"""

import json, os, sys, urllib.request

from device import PLACE, TRUST, Device, call, text

FILE = b"the words of a file\n" * 5000


def arrive(app, known):
    """Accounts, a group, a file, a device that keeps its session and one that wants pushes."""
    names = ["ann", "bob", "carol", "dora"] + [f"{kind}{i}" for kind in ("writer", "reader") for i in range(4)]
    call(app, "im_open_login_svc/multiaccount_import", AccountList=[{"UserID": n} for n in names])
    call(app, "group_open_http_svc/create_group", Type="Work", Name="Team", GroupId="team",
         Owner_Account="ann", MemberList=[{"Member_Account": n} for n in names[1:]])
    Device(app, "carol", device="phone", keep=True).leave()
    phone = Device(app, "dora", device="phone", keep=True)
    phone.ask("push.register", Channel="webhook", Token=f"dora-{app}")
    phone.leave()
    ann = Device(app, "ann", web=True)
    upload(ann, known)
    ann.leave()


def upload(device, known):
    """Sends bob a file."""
    up = device.ask("media.upload", Kind="file", Name="words.txt", Size=len(FILE), Mime="text/plain")
    put = urllib.request.Request(up["UploadUrl"], FILE, method="PUT")
    urllib.request.urlopen(put, context=TRUST).close()
    device.send("c2c/bob", "words.txt", {"MsgType": "TIMFileElem", "MsgContent": {
        "UUID": up["UUID"], "Url": up["Url"], "FileSize": len(FILE), "FileName": "words.txt", "Download_Flag": 2}})
    known["file"] = up["UUID"]


def away(app, known):
    """What is said while the receiver is gone: its webhooks and pushes wait, in the backup too."""
    ann = Device(app, "ann")
    ann.send("c2c/carol", "kept for carol")
    ann.send("group/team", "kept for the team")
    ann.send("c2c/dora", "wake up dora")
    known["regret"] = ann.send("c2c/bob", "regret")["MsgSeq"]
    ann.leave()


def lost(app, known):
    """What happens after the moment of the backup, and is not in it."""
    ann, bob = Device(app, "ann"), Device(app, "bob")
    carol = Device(app, "carol", device="phone", keep=True)
    carol.awaits("kept for carol")
    known["numbers"] = {conv: ann.send(conv, "lost")["MsgSeq"] for conv in ("c2c/bob", "c2c/carol", "group/team")}
    bob.awaits("lost")
    ann.ask("msg.recall", Conv="c2c/bob", MsgSeq=known["regret"])
    ann.ask("group.create", Type="Public", Name="Lost", GroupId="lost", MemberList=[{"Member_Account": "bob"}])
    answer = bob.ask("sync")
    known["since"], known["events"] = answer["Since"], answer["EventSeq"]
    for device in (ann, bob, carol):
        device.leave()


def back(app, known):
    """A server was restored: what it knows, and what it does not, and how people go on."""
    ann, bob = Device(app, "ann"), Device(app, "bob", web=True)
    carol = Device(app, "carol", device="phone", keep=True)
    assert carol.resumed, "carol's session is gone"
    for name in ("kept for carol", "kept for the team"):
        carol.awaits(name)  # once more: they were delivered after the moment
    said = {text(m): m["MsgSeq"] for m in bob.history("c2c/ann")}
    assert said["regret"] == known["regret"], "a message that was recalled after the backup is not back"
    assert "lost" not in said, "the backup has what was said after it"

    # Who knows more than the server does is answered everything.
    answer = bob.ask("sync", Since=known["since"], EventSeq=known["events"])
    listed = {item["Conv"] for item in bob.ask("conv.list", Count=100)["Convs"]}
    assert answer["IsFinished"] and {item["Conv"] for item in answer["Convs"]} == listed >= {"c2c/ann", "group/team"}, answer
    assert answer["EventSeq"] <= known["events"], answer

    for conv, number in known["numbers"].items():
        again = ann.send(conv, "after the restore")
        assert again["MsgSeq"] > number, f"{conv}: number {again['MsgSeq']} was given before"
    bob.awaits("after the restore")
    carol.awaits("after the restore")
    group = ann.ask("group.create", Type="Public", Name="Lost", GroupId="lost", MemberList=[{"Member_Account": "bob"}])
    assert group["GroupId"] == "lost"
    at = bob.ask("sync", EventSeq=known["events"])["EventSeq"]
    assert at > known["events"], f"event {at} was there before"
    opens(bob, known)
    for device in (ann, bob, carol):
        device.leave()


def opens(device, known):
    """The file has its bytes."""
    with urllib.request.urlopen(device.ask("media.url", UUID=known["file"])["Url"], context=TRUST) as f:
        assert f.read() == FILE, "the file has other bytes"


def talk(app, known):
    """One message each way."""
    ann, bob = Device(app, "ann"), Device(app, "bob")
    ann.send("c2c/bob", "tea?")
    bob.awaits("tea?")
    bob.send("c2c/ann", "with milk")
    ann.awaits("with milk")
    ann.leave()
    bob.leave()


def previous(app, known):
    """What testdata/previous.tar.gz has of people (previous.sh)."""
    names = ["ann", "bob", "carol"]
    call(app, "im_open_login_svc/multiaccount_import", AccountList=[{"UserID": n} for n in names])
    call(app, "profile/portrait_set", From_Account="ann", ProfileItem=[{"Tag": "Tag_Profile_IM_Nick", "Value": "Ann"}])
    call(app, "sns/friend_add", From_Account="ann", AddType="Add_Type_Both", ForceAddFlags=1,
         AddFriendItem=[{"To_Account": "bob", "AddSource": "AddSource_Type_Path"}])
    ann = Device(app, "ann")
    ann.ask("group.create", Type="Public", Name="Team", GroupId="team", MemberList=[{"Member_Account": n} for n in names[1:]])
    ann.send("c2c/bob", "before the upgrade")
    ann.send("group/team", "all of you, before the upgrade")
    upload(ann, known)
    ann.leave()


def upgraded(app, known):
    """All of that is there, and people go on."""
    ann, bob = Device(app, "ann"), Device(app, "bob")
    joined = {g["GroupId"] for g in bob.ask("group.joined")["GroupIdList"]}
    assert joined == {"team"}, joined
    assert bob.ask("friend.check", To_Account=["ann"], CheckType="CheckResult_Type_Both")["InfoItem"][0]["Relation"] == "CheckResult_Type_BothWay"
    assert "Ann" in json.dumps(bob.ask("user.get", To_Account=["ann"])), "the nickname is gone"
    if app == "1400000001":  # it keeps messages for ever, the other app for a week
        said = [text(m) for m in bob.history("c2c/ann")]
        assert "before the upgrade" in said, said
        assert "all of you, before the upgrade" in [text(m) for m in bob.history("group/team")]
        opens(bob, known)
    ann.send("group/team", "after the upgrade")
    bob.awaits("after the upgrade")
    ann.leave()
    bob.leave()
    talk(app, known)


step = sys.argv[1]
known = {}
if os.path.exists("known.json"):
    with open("known.json") as f:
        known = json.load(f)
for app in PLACE["apps"]:
    {"arrive": arrive, "away": away, "lost": lost, "back": back, "previous": previous, "upgraded": upgraded}[step](app, known.setdefault(app, {}))
with open("known.json", "w") as f:
    json.dump(known, f)
print(f"{step}: as it should be", flush=True)
