#!/usr/bin/env python3
"""A backend's day, over HTTP alone, with nothing but Python's standard library.

Run it beside "teahouse dev", in a terminal that has read the file of tickets:

    python3 examples/backend.py

Each step looks at the answer, and asks once more whether it took effect.
"""
import base64, hashlib, hmac, json, os, random, time, urllib.request, zlib

REST, APP, KEY = os.environ["IM_REST"], int(os.environ["IM_SDKAPPID"]), os.environ["IM_KEY"]
RUN = "%08x" % random.getrandbits(32)  # so that it can be run again beside what it made before


# The ticket

def usersig(user, seconds=86400):
    now = int(time.time())
    signed = f"TLS.identifier:{user}\nTLS.sdkappid:{APP}\nTLS.time:{now}\nTLS.expire:{seconds}\n"
    mac = hmac.new(KEY.encode(), signed.encode(), hashlib.sha256).digest()
    ticket = {"TLS.ver": "2.0", "TLS.identifier": user, "TLS.sdkappid": APP, "TLS.time": now,
              "TLS.expire": seconds, "TLS.sig": base64.b64encode(mac).decode()}
    packed = base64.b64encode(zlib.compress(json.dumps(ticket).encode())).decode()
    return packed.translate(str.maketrans("+/=", "*-_"))


ADMIN = f"sdkappid={APP}&identifier=administrator&usersig={usersig('administrator')}&contenttype=json"


# A call

def ask(command, **body):
    url = f"{REST}/{command}?{ADMIN}&random={random.getrandbits(32)}"
    with urllib.request.urlopen(url, json.dumps(body).encode(), timeout=10) as answer:
        return json.load(answer)


def call(command, **body):
    answer = ask(command, **body)
    assert answer["ErrorCode"] == 0, (command, body, answer)
    return answer


def refused(code, command, **body):
    answer = ask(command, **body)
    assert answer["ErrorCode"] == code, (code, command, body, answer)


def group(command, **body):
    return call("group_open_http_svc/" + command, **body)


def same(got, want):
    assert got == want, f"{got!r}, want {want!r}"


def text(words):
    return [{"MsgType": "TIMTextElem", "MsgContent": {"Text": words}}]


def said(messages):
    return [m["MsgBody"][0]["MsgContent"]["Text"] for m in messages if m["MsgBody"][0]["MsgType"] == "TIMTextElem"]


def step(name):
    print(name, flush=True)


# Accounts

def accounts():
    step("accounts")
    call("im_open_login_svc/account_import", UserID=ann, Nick="Ann")
    fails = call("im_open_login_svc/multiaccount_import", AccountList=[{"UserID": ben, "Nick": "Ben"}, {"UserID": cat}, {"UserID": dan}])
    same(fails["FailAccounts"], [])
    check = call("im_open_login_svc/account_check", CheckItem=[{"UserID": ann}, {"UserID": dan}, {"UserID": "nobody" + RUN}])
    same([r["AccountStatus"] for r in check["ResultItem"]], ["Imported", "Imported", "NotImported"])


# Groups

def info(gid):
    return group("get_group_info", GroupIdList=[gid])["GroupInfo"][0]


def roles(gid, *users):
    found = group("get_role_in_group", GroupId=gid, User_Account=users)["UserIdList"]
    return {r["Member_Account"]: r["Role"] for r in found}


def create_each_type():
    step("a group of each type")
    for kind in "Work", "Public", "Meeting", "AVChatRoom", "Community":
        gid = group("create_group", Type=kind, Name=kind, Owner_Account=ann)["GroupId"]
        old = {"Work": "Private", "Meeting": "ChatRoom"}.get(kind, kind)
        same(info(gid)["Type"], old)
        same(info(gid)["Owner_Account"], ann)
        group("destroy_group", GroupId=gid)
        same(info(gid)["ErrorCode"], 10010)


def members():
    step("members: add, appoint, kick, hand over")
    group("create_group", Type="Public", Name="Tasting", GroupId=tasting, Owner_Account=ann)
    added = group("add_group_member", GroupId=tasting, MemberList=[{"Member_Account": u} for u in (ben, cat, dan)])
    same([m["Result"] for m in added["MemberList"]], [1, 1, 1])
    group("modify_group_member_info", GroupId=tasting, Member_Account=ben, Role="Admin", NameCard="Ben of the leaves")
    group("delete_group_member", GroupId=tasting, MemberToDel_Account=[dan], Reason="asleep")
    same(roles(tasting, ann, ben, cat, dan), {ann: "Owner", ben: "Admin", cat: "Member", dan: "NotMember"})
    group("change_group_owner", GroupId=tasting, NewOwner_Account=ben)
    same(roles(tasting, ann, ben), {ann: "Member", ben: "Owner"})
    cards = group("get_group_member_info", GroupId=tasting, MemberInfoFilter=["NameCard"])["MemberList"]
    assert {"Member_Account": ben, "NameCard": "Ben of the leaves"} in cards, cards
    same([g["GroupId"] for g in group("get_joined_group_list", Member_Account=cat)["GroupIdList"]], [tasting])


def mutes_and_bans():
    step("mute and ban")
    group("forbid_send_msg", GroupId=tasting, Members_Account=[cat], MuteTime=3600)
    muted = group("get_group_muted_account", GroupId=tasting)["MutedAccountList"]
    same([m["Member_Account"] for m in muted], [cat])
    refused(10017, "group_open_http_svc/send_group_msg", GroupId=tasting, From_Account=cat, Random=1, MsgBody=text("mm"))
    group("forbid_send_msg", GroupId=tasting, Members_Account=[cat], MuteTime=0)
    same(group("get_group_muted_account", GroupId=tasting)["MutedAccountList"], [])

    group("modify_group_base_info", GroupId=tasting, MuteAllMember="On")
    same(info(tasting)["MuteAllMember"], "On")
    refused(10017, "group_open_http_svc/send_group_msg", GroupId=tasting, From_Account=cat, Random=2, MsgBody=text("mm"))
    group("modify_group_base_info", GroupId=tasting, MuteAllMember="Off")

    group("add_group_member", GroupId=tasting, MemberList=[{"Member_Account": dan}])
    group("ban_group_member", GroupId=tasting, Members_Account=[dan], Duration=3600, Description="asleep again")
    banned = group("get_group_ban_member", GroupId=tasting, Offset=0, Limit=100)["BannedAccountList"]
    same([b["Member_Account"] for b in banned], [dan])
    same(roles(tasting, dan), {dan: "NotMember"})

    refused(10007, "group_open_http_svc/add_group_member", GroupId=tasting, MemberList=[{"Member_Account": dan}])
    group("unban_group_member", GroupId=tasting, Members_Account=[dan])
    same(group("get_group_ban_member", GroupId=tasting, Offset=0)["BannedAccountList"], [])


def attributes_and_counters():
    step("attributes and counters")
    group("set_group_attr", GroupId=tasting, GroupAttr=[{"key": "tea", "value": "green"}, {"key": "cups", "value": "4"}])
    group("modify_group_attr", GroupId=tasting, GroupAttr=[{"key": "tea", "value": "black"}])
    attrs = call("group_open_attr_http_svc/get_group_attr", GroupId=tasting)["GroupAttrAry"]
    same({a["key"]: a["value"] for a in attrs}, {"tea": "black", "cups": "4"})
    group("clear_group_attr", GroupId=tasting)
    same(call("group_open_attr_http_svc/get_group_attr", GroupId=tasting)["GroupAttrAry"], [])

    group("update_group_counter", GroupId=tasting, Mode="Set", GroupCounter=[{"Key": "cups", "Value": 4}])
    group("update_group_counter", GroupId=tasting, Mode="Increase", GroupCounter=[{"Key": "cups", "Value": 2}])
    group("update_group_counter", GroupId=tasting, Mode="Decrease", GroupCounter=[{"Key": "cups", "Value": 1}])
    same(group("get_group_counter", GroupId=tasting)["GroupCounter"], [{"Key": "cups", "Value": 5}])
    group("delete_group_counter", GroupId=tasting, GroupCounterKeys=["cups"])
    same(group("get_group_counter", GroupId=tasting)["GroupCounter"], [])


# Messages

def history(gid, **more):
    return group("group_msg_get_simple", GroupId=gid, ReqMsgNumber=20, **more)["RspMsgList"]


def group_messages():
    step("group messages: mention, priority, recall, modify")
    first = group("send_group_msg", GroupId=tasting, From_Account=ann, Random=random.getrandbits(32), MsgPriority="High",
                  MsgBody=text("@cat tea?"), GroupAtInfo=[{"GroupAtAllFlag": 0, "GroupAt_Account": cat}], CloudCustomData="k=v")
    second = group("send_group_msg", GroupId=tasting, From_Account=cat, Random=random.getrandbits(32), MsgPriority="Low", MsgBody=text("yes"))
    newest = history(tasting)[:2]
    same([(m["MsgSeq"], m["From_Account"], m["MsgPriority"]) for m in newest], [(second["MsgSeq"], cat, 3), (first["MsgSeq"], ann, 1)])
    same(newest[1]["CloudCustomData"], "k=v")

    call("openim/modify_group_msg", GroupId=tasting, MsgSeq=second["MsgSeq"], MsgBody=text("yes, please"))
    same(said(history(tasting)[:1]), ["yes, please"])
    recalled = group("group_msg_recall", GroupId=tasting, MsgSeqList=[{"MsgSeq": first["MsgSeq"]}, {"MsgSeq": 99999}])
    same([r["RetCode"] for r in recalled["RecallRetList"]], [0, 10030])
    assert first["MsgSeq"] not in [m["MsgSeq"] for m in history(tasting)]
    assert (first["MsgSeq"], 2) in [(m["MsgSeq"], m["IsPlaceMsg"]) for m in history(tasting, WithRecalledMsg=1)]


def unread(user, peer):
    return call("openim/get_c2c_unread_msg_num", To_Account=user, Peer_Account=[peer])["C2CUnreadMsgNumList"][0]["C2CUnreadMsgNum"]


def between_two():
    step("one-to-one: send, history, unread, modify, recall")
    keys = [call("openim/sendmsg", From_Account=ann, To_Account=ben, MsgRandom=random.getrandbits(32), MsgBody=text(words))["MsgKey"]
            for words in ("hello ben", "tea?", "or coffee?")]
    same(unread(ben, ann), 3)
    call("openim/admin_set_msg_read", Report_Account=ben, Peer_Account=ann)
    same(unread(ben, ann), 0)
    call("openim/modify_c2c_msg", From_Account=ann, To_Account=ben, MsgKey=keys[1], MsgBody=text("tea!"))
    call("openim/admin_msgwithdraw", From_Account=ann, To_Account=ben, MsgKey=keys[2])
    page = call("openim/admin_getroammsg", Operator_Account=ben, Peer_Account=ann, MaxCnt=100, MinTime=0, MaxTime=int(time.time()) + 60)
    same((page["Complete"], page["MsgCnt"], said(page["MsgList"])[:2]), (1, 3, ["hello ben", "tea!"]))
    same([m["MsgFlagBits"] for m in page["MsgList"]], [0, 0, 8])
    many = call("openim/batchsendmsg", From_Account=ann, To_Account=[ben, cat, "nobody" + RUN], MsgRandom=random.getrandbits(32), MsgBody=text("to all"))
    same((many["ActionStatus"], many["ErrorList"]), ("SomeError", [{"To_Account": "nobody" + RUN, "ErrorCode": 70107}]))


# Topics, live rooms, moving in

def topics():
    step("topics of a community")
    gid = group("create_group", Type="Community", Name="Leaves", GroupId="@TGS#_" + RUN, Owner_Account=ann, SupportTopic=1)["GroupId"]
    svc = "million_group_open_http_svc/"
    green = call(svc + "create_topic", GroupId=gid, TopicName="green", From_Account=ann)["TopicId"]
    call(svc + "modify_topic", GroupId=gid, TopicId=green, TopicName="Green tea")
    topic = call(svc + "get_topic", GroupId=gid, From_Account=ann, TopicIdList=[green])["TopicAndSelfInfo"][0]
    same(topic["TopicInfo"]["TopicName"], "Green tea")
    group("send_group_msg", GroupId=gid, TopicId=green, From_Account=ann, Random=random.getrandbits(32), MsgBody=text("sencha"))
    same(said(history(gid, TopicId=green)), ["sencha"])
    gone = call(svc + "destroy_topic", GroupId=gid, TopicIdList=[green])["DestroyResultItem"]
    same([g["ErrorCode"] for g in gone], [0])
    left = call(svc + "get_topic", GroupId=gid, From_Account=ann)["TopicAndSelfInfo"]
    same(left, [])
    group("destroy_group", GroupId=gid)


def live_room():
    step("a live room")
    gid = group("create_group", Type="AVChatRoom", Name="Live", Owner_Account=ann)["GroupId"]
    same(group("get_online_member_num", GroupId=gid)["OnlineMemberNum"], 0)
    group("send_group_msg", GroupId=gid, From_Account=ann, Random=random.getrandbits(32), MsgBody=text("on air"))
    refused(10007, "group_open_http_svc/add_group_member", GroupId=gid, MemberList=[{"Member_Account": ben}])
    group("destroy_group", GroupId=gid)


def move_in():
    step("a group moves in, with its past")
    now = int(time.time())
    gid = group("import_group", Type="Public", Name="Old house", GroupId="old-" + RUN, Owner_Account=ann, CreateTime=now - 7200)["GroupId"]
    moved = group("import_group_member", GroupId=gid, MemberList=[
        {"Member_Account": ben, "Role": "Admin", "JoinTime": now - 7000}, {"Member_Account": cat, "JoinTime": now - 6000}])
    same([m["Result"] for m in moved["MemberList"]], [1, 1])
    past = group("import_group_msg", GroupId=gid, MsgList=[
        {"From_Account": ben, "SendTime": now - 5000, "Random": 1, "MsgBody": text("long ago")},
        {"From_Account": cat, "SendTime": now - 4000, "Random": 2, "MsgBody": text("not so long ago")}])
    same([m["Result"] for m in past["ImportMsgResult"]], [0, 0])
    group("set_unread_msg_num", GroupId=gid, Member_Account=cat, UnreadMsgNum=1)
    same(said(history(gid)), ["not so long ago", "long ago"])
    same([m["MsgTimeStamp"] for m in history(gid)], [now - 4000, now - 5000])
    same(roles(gid, ann, ben, cat), {ann: "Owner", ben: "Admin", cat: "Member"})


def clean_up():
    step("clean up")
    for gid in tasting, "old-" + RUN:
        group("destroy_group", GroupId=gid)
        same(info(gid)["ErrorCode"], 10010)
    call("im_open_login_svc/account_delete", DeleteItem=[{"UserID": u} for u in (ann, ben, cat, dan)])
    check = call("im_open_login_svc/account_check", CheckItem=[{"UserID": ann}])
    same(check["ResultItem"][0]["AccountStatus"], "NotImported")


ann, ben, cat, dan = (name + RUN for name in ("ann", "ben", "cat", "dan"))
tasting = "tasting-" + RUN
for part in (accounts, create_each_type, members, mutes_and_bans, attributes_and_counters, group_messages,
             between_two, topics, live_room, move_in, clean_up):
    part()
print("done")
