"""load.py: people of both apps write until they are told to stop (SIGTERM).

Each line of load.jsonl is one thing that was done and acknowledged, with when it was begun and
when its answer came. What was begun and has no answer is there too, without "till".
"""

import json, signal, threading, time

from device import PLACE, Device, Refused, call

stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
lines, one = open("load.jsonl", "w", buffering=1), threading.Lock()


def did(what, do, **more):
    """Does a thing and writes down that it was done."""
    line = {**what, "from": time.monotonic()}
    try:
        answer = do()
        line.update({"till": time.monotonic()}, **{k: answer[v] for k, v in more.items()})
    finally:
        with one:
            lines.write(json.dumps(line) + "\n")


def writer(app, user, peer, web):
    """Somebody who waits for each answer before they write on: here, in a group, and by new groups."""
    device = Device(app, user, web=web)
    n = 0
    while not stop.is_set():
        n += 1
        name = f"{user}-{n}"
        if n % 50 == 7:
            refused(device, name)
        if n % 20 == 0:
            did({"app": app, "group": name, "members": [user, peer, "carol"]}, lambda: device.ask(
                "group.create", Type="Work", Name=name, GroupId=name,
                MemberList=[{"Member_Account": peer}, {"Member_Account": "carol"}]))
            continue
        conv = "group/team" if n % 10 == 5 else f"c2c/{peer}"
        did({"app": app, "conv": conv, "by": user, "name": name}, lambda: device.send(conv, name), seq="MsgSeq")
        stop.wait(0.005)
    device.leave()


def refused(device, name):
    """A mistake, as people make them: the server refuses it."""
    try:
        device.send("c2c/nobody", name)
    except Refused:
        return
    raise Refused(f"{name} was sent to nobody, and is acknowledged")


def backend(app):
    """The app's own server: it sends, and makes friends of new accounts, on two lists at once."""
    n = 0
    while not stop.is_set():
        n += 1
        name = f"backend-{n}"
        did({"app": app, "conv": "c2c/bob", "by": "ann", "name": name}, lambda: call(
            app, "openim/sendmsg", From_Account="ann", To_Account="bob", MsgRandom=n,
            MsgBody=[{"MsgType": "TIMTextElem", "MsgContent": {"Text": name}}]))
        if n % 5 == 0:
            two = f"left-{n}", f"right-{n}"
            for user in two:
                call(app, "im_open_login_svc/account_import", UserID=user)
            did({"app": app, "friends": two}, lambda: call(
                app, "sns/friend_add", From_Account=two[0], AddType="Add_Type_Both", ForceAddFlags=1,
                AddFriendItem=[{"To_Account": two[1], "AddSource": "AddSource_Type_Path"}]))
        stop.wait(0.01)


def tells(work, *args):
    """Runs a part of the load; one that fails ends all of it."""
    try:
        work(*args)
    except (Refused, OSError, TimeoutError) as error:
        if not stop.is_set():
            failed.append(error)
            stop.set()


failed = []
threads = []
for app in PLACE["apps"]:
    threads.append(threading.Thread(target=tells, args=(backend, app)))
    for i in range(4):
        threads.append(threading.Thread(target=tells, args=(writer, app, f"writer{i}", f"reader{i}", i % 2 == 1)))
for t in threads:
    t.start()
for t in threads:
    t.join()
for error in failed:
    print("the load has failed:", error)
raise SystemExit(len(failed))
