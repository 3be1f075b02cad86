#!/usr/bin/env python3
"""Brings the accounts, friends, groups and messages of another chat service over, with
nothing but Python's standard library. docs/migrate.md tells the story.

    python3 examples/migrate.py FOLDER

FOLDER holds one JSON object a line in each of these files; a file that is missing is
passed over. They are brought over in this order:

    accounts.jsonl       UserID, Nick, FaceUrl
    friends.jsonl        From_Account, To_Account, AddSource, Remark, GroupName[], AddTime
    groups.jsonl         GroupId, Type, Name, Owner_Account, CreateTime, and more of import_group
    groupmessages.jsonl  GroupId, From_Account, SendTime, Random, MsgBody; by time in each group
    members.jsonl        GroupId, Member_Account, Role, JoinTime, UnreadMsgNum
    messages.jsonl       From_Account, To_Account, MsgTimeStamp, MsgSeq, MsgRandom, MsgBody,
                         Unread (1: the receiver has not read it); by time in each conversation

It may be stopped at any moment, and started again: FOLDER/progress.json says how far it
has come, and what was done twice is known to the server. Lines that the server refuses go
to FOLDER/refused.jsonl, with the reason.
"""
import base64, hashlib, hmac, http.client, itertools, json, os, queue, random, sys, threading, time, urllib.parse, zlib

REST, APP, KEY = os.environ["IM_REST"], int(os.environ["IM_SDKAPPID"]), os.environ["IM_KEY"]
LANES = 8  # calls at a time; what belongs together shares a lane, and so keeps its order
TRY_AGAIN = {60007, 60008, 60011, 60018, 60019, 60020}  # too fast, or busy


def usersig(user, seconds=7 * 86400):
    now = int(time.time())
    signed = f"TLS.identifier:{user}\nTLS.sdkappid:{APP}\nTLS.time:{now}\nTLS.expire:{seconds}\n"
    mac = hmac.new(KEY.encode(), signed.encode(), hashlib.sha256).digest()
    ticket = {"TLS.ver": "2.0", "TLS.identifier": user, "TLS.sdkappid": APP, "TLS.time": now,
              "TLS.expire": seconds, "TLS.sig": base64.b64encode(mac).decode()}
    packed = base64.b64encode(zlib.compress(json.dumps(ticket).encode())).decode()
    return packed.translate(str.maketrans("+/=", "*-_"))


ADMIN = f"sdkappid={APP}&identifier=administrator&usersig={usersig('administrator')}&contenttype=json"
SERVER = urllib.parse.urlsplit(REST)


class Door:
    """A connection to the server that is used for one call after the other."""

    def __init__(self):
        self.conn = None

    def call(self, command, body):
        """The answer; calls that came too fast, or to a server that is away, are repeated."""
        pause = 0.05
        while True:
            try:
                answer = self.once(command, body)
                if answer["ErrorCode"] not in TRY_AGAIN:
                    return answer
            except (OSError, http.client.HTTPException, ValueError):
                self.conn = None
            time.sleep(pause)
            pause = min(2 * pause, 5)

    def once(self, command, body):
        if self.conn is None:
            kind = http.client.HTTPSConnection if SERVER.scheme == "https" else http.client.HTTPConnection
            self.conn = kind(SERVER.netloc, timeout=30)
        self.conn.request("POST", f"{SERVER.path}/{command}?{ADMIN}&random={random.getrandbits(32)}", json.dumps(body))
        return json.load(self.conn.getresponse())


# What becomes of a batch of lines: each returns those that were refused, with the code and its text.

def without(line, *names):
    return {k: v for k, v in line.items() if k not in names}


def refusal(lines, answer):
    return [(line, answer["ErrorCode"], answer["ErrorInfo"]) for line in lines if answer["ErrorCode"]]


def import_accounts(door, lines):
    answer = door.call("im_open_login_svc/multiaccount_import", {"AccountList": lines})
    failed = set(answer.get("FailAccounts", []))
    return refusal(lines, answer) or [(line, 70402, "") for line in lines if line["UserID"] in failed]


def import_friends(door, lines):
    answer = door.call("sns/friend_import", {
        "From_Account": lines[0]["From_Account"], "AddFriendItem": [without(line, "From_Account") for line in lines]})
    found = {r["To_Account"]: r for r in answer.get("ResultItem", [])}
    return refusal(lines, answer) or [
        (line, r["ResultCode"], r["ResultInfo"]) for line in lines if (r := found.get(line["To_Account"])) and r["ResultCode"]]


def import_group(door, lines):
    answer = door.call("group_open_http_svc/import_group", lines[0])
    return [] if answer["ErrorCode"] in (10021, 10025) else refusal(lines, answer)  # these were brought over before


def import_group_messages(door, lines):
    answer = door.call("group_open_http_svc/import_group_msg", {
        "GroupId": lines[0]["GroupId"], "RecentContactFlag": 1, "MsgList": [without(line, "GroupId") for line in lines]})
    return refusal(lines, answer) or [
        (line, r["Result"], "") for line, r in zip(lines, answer["ImportMsgResult"]) if r["Result"]]


def import_members(door, lines):
    group = lines[0]["GroupId"]
    answer = door.call("group_open_http_svc/import_group_member", {
        "GroupId": group, "MemberList": [without(line, "GroupId") for line in lines]})
    found = {r["Member_Account"]: r["Result"] for r in answer.get("MemberList", [])}
    for line in lines:
        if found.get(line["Member_Account"]) == 2 and line.get("UnreadMsgNum"):  # a member already: the owner
            door.call("group_open_http_svc/set_unread_msg_num", {
                "GroupId": group, "Member_Account": line["Member_Account"], "UnreadMsgNum": line["UnreadMsgNum"]})
    return refusal(lines, answer) or [(line, 10019, "") for line in lines if found.get(line["Member_Account"]) == 0]


def import_message(door, lines):
    mode = 1 if lines[0].get("Unread") else 2  # 1: counted as unread
    return refusal(lines, door.call("openim/importmsg", {**without(lines[0], "Unread"), "SyncFromOldSystem": mode}))


def pair(line):
    return "/".join(sorted((line["From_Account"], line["To_Account"])))


# What belongs together, how many lines a call takes, and who calls.
FILES = [
    ("accounts", lambda line: line["UserID"][-1:], 100, import_accounts),
    ("friends", lambda line: line["From_Account"], 1000, import_friends),
    ("groups", lambda line: line["GroupId"], 1, import_group),
    ("groupmessages", lambda line: line["GroupId"], 20, import_group_messages),
    ("members", lambda line: line["GroupId"], 300, import_members),
    ("messages", pair, 1, import_message),
]


class Progress:
    """How many lines of each file each lane has done, and what was refused."""

    def __init__(self, folder):
        self.file, self.lock, self.done, self.refusals = folder + "/progress.json", threading.Lock(), {}, 0
        self.refused = open(folder + "/refused.jsonl", "a")
        if os.path.exists(self.file):
            with open(self.file) as f:
                self.done = json.load(f)
        self.saved = time.monotonic()

    def of(self, lane):
        return self.done.get(lane, 0)

    def add(self, lane, lines, refused):
        with self.lock:
            self.done[lane] = self.of(lane) + lines
            for line, code, info in refused:
                self.refusals += 1
                self.refused.write(json.dumps({"Line": line, "ErrorCode": code, "ErrorInfo": info}) + "\n")
            if time.monotonic() - self.saved > 1:
                self.save()

    def save(self):
        """On the disk it is whole, or as before."""
        self.refused.flush()
        with open(self.file + ".new", "w") as f:
            json.dump(self.done, f)
            f.flush()
            os.fsync(f.fileno())
        os.replace(self.file + ".new", self.file)
        self.saved = time.monotonic()


def batches(lines, together, most):
    """Neighbours that belong together, at most so many, a call."""
    for _, run in itertools.groupby(lines, together):
        while some := list(itertools.islice(run, most)):
            yield some


def work(lane, lines, together, most, bring_over, progress, failed):
    door = Door()
    try:
        for batch in batches(iter(lines.get, None), together, most):
            progress.add(lane, len(batch), bring_over(door, batch))
    except Exception as e:  # a line that is not as above
        failed.append(e)
        while lines.get() is not None:  # who fills the lane is not to wait
            pass


def bring(folder, name, together, most, bring_over, progress):
    path = f"{folder}/{name}.jsonl"
    if not os.path.exists(path):
        return
    began, failed = time.monotonic(), []
    lanes = [f"{name}/{i}" for i in range(LANES)]
    lines = [queue.Queue(maxsize=4 * most + 100) for _ in lanes]
    threads = [threading.Thread(target=work, args=(lane, l, together, most, bring_over, progress, failed), daemon=True)
               for lane, l in zip(lanes, lines)]
    skip = [progress.of(lane) for lane in lanes]
    skipped = sum(skip)
    for t in threads:
        t.start()
    n = 0
    with open(path) as f:
        for n, text in enumerate(f, 1):
            line = json.loads(text)
            i = zlib.crc32(together(line).encode()) % LANES
            if skip[i]:
                skip[i] -= 1
            else:
                lines[i].put(line)
    for l in lines:
        l.put(None)
    for t in threads:
        t.join()
    progress.save()
    if failed:
        raise failed[0]
    print(f"{name}: {n} lines, {skipped} of them done before, {time.monotonic() - began:.0f} s", flush=True)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    progress = Progress(sys.argv[1])
    for name, together, most, bring_over in FILES:
        bring(sys.argv[1], name, together, most, bring_over, progress)
    print(f"done, {progress.refusals} lines refused")


main()
