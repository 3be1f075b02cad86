#!/usr/bin/env python3
"""Two people and their chats, over MQTT alone, with the library paho-mqtt (1.6 or 2).

Run it beside "teahouse dev", in a terminal that has read the file of tickets:

    python3 examples/chat.py [HOST:PORT]

Alice and bob do what an app does for its users. Each waits for what the server
tells them, and never for a while.
"""
import json, os, queue, random, sys
from urllib.parse import quote

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

HOST, PORT = (sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:1883").rsplit(":", 1)
RUN = "%08x" % random.getrandbits(32)  # so that it can be run again beside what it made before
PATIENCE = 30  # seconds


def escaped(name):
    return quote(name, safe="!~*'()")


def text(words):
    return [{"MsgType": "TIMTextElem", "MsgContent": {"Text": words}}]


class Person:
    """A user on one device: what comes in is kept until somebody waits for it."""

    def __init__(self, name, ticket):
        self.name, self.came, self.asked = name, queue.Queue(), 0
        args = {"protocol": mqtt.MQTTv5}
        if hasattr(mqtt, "CallbackAPIVersion"):  # paho-mqtt 2 asks for it, 1 does not know it
            args["callback_api_version"] = mqtt.CallbackAPIVersion.VERSION2
        self.client = mqtt.Client(**args)
        self.client.username_pw_set(escaped(name), ticket)
        self.client.on_message = lambda c, u, m: self.came.put((m.topic, json.loads(m.payload)))
        self.client.on_connect = lambda c, u, flags, reason, p: c.subscribe("im/#", qos=1) if reason == 0 else self.came.put(("refused", str(reason)))
        self.client.on_subscribe = lambda *_: self.came.put(("ready", None))
        self.client.connect(HOST, int(PORT))
        self.client.loop_start()
        self.wait("ready")

    def wait(self, topic, fits=lambda body: True):
        """The next that came on this topic and fits; the rest before it is passed over."""
        while True:
            try:
                got, body = self.came.get(timeout=PATIENCE)
            except queue.Empty:
                raise AssertionError(f"{self.name} waits in vain for {topic}") from None
            if got == topic and fits(body):
                return body

    def answer_to(self, method, body):
        self.asked += 1
        props = Properties(PacketTypes.PUBLISH)
        props.ResponseTopic = f"im/res/{self.asked}"
        self.client.publish("im/req/" + method, json.dumps(body), qos=1, properties=props)
        return self.wait(props.ResponseTopic)

    def ask(self, method, **body):
        answer = self.answer_to(method, body)
        assert answer["ErrorCode"] == 0, (method, body, answer)
        return answer

    def refused(self, code, method, **body):
        answer = self.answer_to(method, body)
        assert answer["ErrorCode"] == code, (code, method, body, answer)

    def send(self, conv, words, **more):
        kind, name = conv.split("/", 1)
        self.client.publish(f"im/send/{kind}/{escaped(name)}", json.dumps({"MsgBody": text(words), **more}), qos=1)
        return self.wait("im/ack")["MsgSeq"]

    def hears(self, conv, words):
        kind, name = conv.split("/", 1)
        return self.wait(f"im/in/{kind}/{escaped(name)}", lambda m: m["MsgBody"] == text(words))


def step(name):
    print(name, flush=True)


def said(messages):
    return [m["MsgBody"][0]["MsgContent"]["Text"] for m in messages if m.get("MsgBody") and m["MsgBody"][0]["MsgType"] == "TIMTextElem"]


def same(got, want):
    assert got == want, f"{got!r}, want {want!r}"


def between_two():
    step("one-to-one: unread, read, recall")
    alice.send("c2c/bob", "hello bob " + RUN)
    seq = bob.hears("c2c/alice", "hello bob " + RUN)["MsgSeq"]
    assert bob.ask("conv.get", Conv="c2c/alice")["UnreadNum"] >= 1
    bob.client.publish("im/read/c2c/alice", "", qos=1)
    same(alice.wait("im/event/read", lambda e: e["By"] == "bob" and e["ReadSeq"] >= seq)["Conv"], "c2c/bob")
    same(bob.ask("conv.get", Conv="c2c/alice")["UnreadNum"], 0)
    alice.client.publish("im/recall/c2c/bob", json.dumps({"MsgSeq": seq}), qos=1)
    same(bob.wait("im/event/recall", lambda e: e["Conv"] == "c2c/alice")["MsgSeq"], seq)


def group_with_approval():
    step("a group: create, apply, approve")
    alice.ask("group.create", Type="Public", Name="Tea", GroupId=tea)  # Public: each who comes is approved
    same(bob.ask("group.join", GroupId=tea, ApplyMsg="I like tea")["Joined"], 0)
    asked = alice.wait("im/event/group", lambda e: e["OpType"] == 1 and e["GroupId"] == tea)
    same((asked["Applicant"]["UserID"], asked["RequestMsg"]), ("bob", "I like tea"))
    alice.ask("group.approve", ApplicationId=asked["ApplicationId"], Action="Approve", Msg="welcome")
    same(bob.wait("im/event/group", lambda e: e["OpType"] == 2 and e["GroupId"] == tea)["HandleMsg"], "welcome")
    same([(m["Member_Account"], m["Role"]) for m in bob.ask("group.members", GroupId=tea)["MemberList"]], [("alice", "Owner"), ("bob", "Member")])


def talk():
    step("talk: mention, unread, history, receipt, pin")
    seq = alice.send(conv, "@bob green or black?", GroupAtInfo=[{"GroupAtAllFlag": 0, "GroupAt_Account": "bob"}], IsNeedReadReceipt=1)
    same(bob.hears(conv, "@bob green or black?")["MsgSeq"], seq)
    item = bob.ask("conv.get", Conv=conv)
    same((item["UnreadNum"], item["GroupAtInfo"]), (1, [{"MsgSeq": seq, "From_Account": "alice", "AtType": 1}]))
    bob.ask("msg.read", Conv=conv)
    same(bob.ask("conv.get", Conv=conv)["UnreadNum"], 0)
    bob.ask("msg.receipt.send", Conv=conv, MsgSeqs=[seq])
    told = alice.wait("im/event/receipt", lambda e: e["Conv"] == conv)["ReceiptList"][0]
    same((told["MsgSeq"], told["ReadNum"], told["UnreadNum"]), (seq, 1, 0))
    bob.send(conv, "black")
    alice.hears(conv, "black")
    same(said(alice.ask("msg.history", Conv=conv)["MsgList"]), ["@bob green or black?", "black"])

    bob.refused(10007, "msg.pin", Conv=conv, MsgSeq=seq)  # for the owner and admins
    alice.ask("msg.pin", Conv=conv, MsgSeq=seq)
    same(bob.wait("im/event/pin", lambda e: e["Conv"] == conv)["Pinned"], 1)
    same(said(bob.ask("msg.pins", Conv=conv)["MsgList"]), ["@bob green or black?"])


def attributes():
    step("attributes")
    alice.ask("group.attrs.set", GroupId=tea, GroupAttr=[{"key": "kettle", "value": "on"}])
    same(bob.wait("im/event/attrs", lambda e: e["Conv"] == conv)["GroupAttr"], [{"key": "kettle", "value": "on"}])
    same(bob.ask("group.attrs.get", GroupId=tea)["GroupAttrAry"], [{"key": "kettle", "value": "on"}])


def topics():
    step("a community and its topics")
    leaves = alice.ask("group.create", Type="Community", Name="Leaves", SupportTopic=1)["GroupId"]
    same(bob.ask("group.join", GroupId=leaves)["Joined"], 1)
    green = alice.ask("group.topics.create", GroupId=leaves, TopicName="Green")["TopicId"]
    alice.send("group/" + green, "sencha?")  # a topic is a conversation of its own
    bob.hears("group/" + green, "sencha?")
    same(said(bob.ask("msg.history", Conv="group/" + green)["MsgList"]), ["sencha?"])
    same([t["TopicInfo"]["TopicName"] for t in bob.ask("group.topics.get", GroupId=leaves)["TopicAndSelfInfo"]], ["Green"])
    alice.ask("group.topics.delete", GroupId=leaves, TopicIdList=[green])
    alice.ask("group.destroy", GroupId=leaves)


def live_room():
    step("a live room")
    room = alice.ask("group.create", Type="AVChatRoom", Name="Live")["GroupId"]
    for who in alice, bob:  # its owner watches like others
        same(who.ask("group.join", GroupId=room)["Joined"], 1)
    same(alice.ask("group.online", GroupId=room)["OnlineMemberNum"], 2)
    alice.send("group/" + room, "on air", MsgPriority="High")
    bob.hears("group/" + room, "on air")
    alice.ask("group.destroy", GroupId=room)


def leave():
    step("leave")
    bob.ask("group.quit", GroupId=tea)
    alice.wait("im/in/group/" + tea, lambda m: m["MsgBody"][0]["MsgType"] == "TIMGroupTipElem" and m["MsgBody"][0]["MsgContent"]["OpType"] == 3)
    bob.refused(10007, "msg.send", Conv=conv, MsgBody=text("still here?"))
    alice.refused(10009, "group.quit", GroupId=tea)  # the owner hands over, or ends it
    alice.ask("group.destroy", GroupId=tea)
    bob.refused(10010, "group.join", GroupId=tea)


tea = "tea-" + RUN
conv = "group/" + tea
alice, bob = Person("alice", os.environ["ALICE"]), Person("bob", os.environ["BOB"])
for part in between_two, group_with_approval, talk, attributes, topics, live_room, leave:
    part()
for who in alice, bob:
    who.client.disconnect()
print("done")
