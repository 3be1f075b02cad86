#!/usr/bin/env python3
"""A bot that answers commands, and neither misses one nor answers one twice.

    python3 examples/bot.py USER STATE [HOST:PORT]     bot.py carol carol.json

Needs the library paho-mqtt (1.6 or 2) and the user's ticket in TICKET. STATE is a file in
which it keeps how far it is: stop it, write to it, start it again, and it answers. Say "!help"
to it, in a chat or in a group that it is in.

What was read and what is to be answered stand in the file together, and change together. An
answer is taken out once the server has said what became of it; until then it is sent again
after each connect, with the ClientMsgId it had, so that it never arrives twice.
"""
import json, os, sys, time, uuid
from urllib.parse import quote, unquote

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

if len(sys.argv) < 3 or "TICKET" not in os.environ:
    sys.exit(__doc__)
ME, FILE = sys.argv[1:3]
HOST, PORT = (sys.argv[3] if len(sys.argv) > 3 else "127.0.0.1:1883").rsplit(":", 1)
GONE = "replaced", "multi-login", "banned", "admin", "ticket-expired", "ticket-revoked"  # kicks after which one does not come back
BUSY = 60008, 60011  # refusals that say nothing of the message: it goes out again after the next connect

# last: the highest MsgSeq of each conversation; events: the highest EventSeq, none before the
# first sync; unsent: what to publish, by ClientMsgId
state = {"last": {}, "events": None, "unsent": {}}
if os.path.exists(FILE):
    with open(FILE) as f:
        state = json.load(f)
last, unsent = state["last"], state["unsent"]
asked = {}  # topic of an answer: who waits for it
ending = 0  # the exit code once the bot has to go


def save():
    with open(FILE + ".new", "w") as f:
        json.dump(state, f)
        f.flush()
        os.fsync(f.fileno())
    os.replace(FILE + ".new", FILE)  # whoever reads it finds a whole one


def escaped(name):
    return quote(name, safe="!~*'()")


def say(conv, text):
    """Notes an answer; take sends it when it has been written down."""
    mark, (kind, name) = uuid.uuid4().hex, conv.split("/", 1)
    body = {"ClientMsgId": mark, "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": text}}]}
    unsent[mark] = [f"im/send/{kind}/{escaped(name)}", json.dumps(body)]
    return mark


def command(conv, text):
    word, _, rest = text.partition(" ")
    return {
        "!help": "!echo TEXT, !time, !count: how many messages there have been here",
        "!echo": rest or "echo what?",
        "!time": time.strftime("%H:%M:%S"),
        "!count": str(last.get(conv, 0)),
    }.get(word, f"I do not know {word}, try !help")


def take(conv, m):
    """A message, once: what is not above the highest number was here before."""
    if "MsgSeq" in m:  # what is not stored has none
        if m["MsgSeq"] <= last.get(conv, 0):
            return
        last[conv] = m["MsgSeq"]
    text = "".join(e["MsgContent"].get("Text", "") for e in m.get("MsgBody", []) if e["MsgType"] == "TIMTextElem")
    print(conv, m["From_Account"], ascii(text), flush=True)  # ascii: a text could move the cursor
    mark = say(conv, command(conv, text)) if m["From_Account"] != ME and text.startswith("!") else None
    save()
    if mark:
        client.publish(*unsent[mark], qos=1)


def arrived(conv, m):
    before = m.get("PrevSeq", m.get("MsgSeq", 0) - 1)
    if state["events"] is not None and before > last.get(conv, 0):
        fill(conv)  # there is a gap; what fills it brings m, too
    else:
        take(conv, m)


def ask(method, body, then):
    props = Properties(PacketTypes.PUBLISH)
    props.ResponseTopic = "im/res/" + uuid.uuid4().hex
    asked[props.ResponseTopic] = then
    client.publish("im/req/" + method, json.dumps(body), qos=1, properties=props)


def fill(conv):
    def page(a):
        for m in a["MsgList"]:
            take(conv, m)
        if not a["IsFinished"]:
            fill(conv)
    ask("msg.history", {"Conv": conv, "After": last.get(conv, 0), "Limit": 100}, page)


def sync(first, known, since):
    def page(a):
        for item in a["Convs"]:
            known[item["Conv"]] = item["MaxSeq"]
            if first:
                last[item["Conv"]] = max(item["MaxSeq"], last.get(item["Conv"], 0))  # what was said before it came is not for a bot
            else:
                fill(item["Conv"])
        if not a["IsFinished"]:
            return sync(first, known, a["EventSeq"])
        state["events"] = a["EventSeq"]
        save()
        print("ready", flush=True)
    ask("sync", {"Convs": known, **({} if since is None else {"EventSeq": since})}, page)


def leave(code, why):
    global ending
    ending = code
    print(why, flush=True)
    client.disconnect()


def on_connect(client, userdata, flags, reason, properties):
    if reason != 0:
        return leave(1, f"not let in: {getattr(properties, 'ReasonString', reason)}")  # another ticket is needed, from those who started the bot
    client.subscribe("im/#", qos=1)
    asked.clear()
    sync(state["events"] is None, dict(last), state["events"])
    for topic, payload in list(unsent.values()):
        client.publish(topic, payload, qos=1)


def on_message(client, userdata, packet):
    topic = packet.topic
    body = json.loads(packet.payload) if not topic.startswith("im/event/typing/") else None  # typing is no JSON
    if topic in asked:
        then = asked.pop(topic)
        print("refused:", body["ErrorCode"], body["ErrorInfo"], flush=True) if body["ErrorCode"] else then(body)
    elif topic.startswith("im/in/"):
        kind, name = topic[len("im/in/"):].split("/")
        arrived(f"{kind}/{unquote(name)}", body)
    elif topic in ("im/ack", "im/err"):
        if body.get("ErrorCode"):
            print("refused:", body["ErrorCode"], body["ErrorInfo"], flush=True)
        if body.get("ErrorCode") not in BUSY and not body.get("MsgDropReason") and unsent.pop(body.get("ClientMsgId"), None):
            save()
    elif topic == "im/event/kick" and body["Reason"] in GONE:
        leave(1, "kicked: " + body["Reason"])


args = {"protocol": mqtt.MQTTv5}
if hasattr(mqtt, "CallbackAPIVersion"):  # paho-mqtt 2 asks for it, 1 does not know it
    args["callback_api_version"] = mqtt.CallbackAPIVersion.VERSION2
client = mqtt.Client(client_id="bot-" + ME, **args)
client.username_pw_set(escaped(ME), os.environ["TICKET"])
client.on_connect, client.on_message = on_connect, on_message
client.reconnect_delay_set(1, 60)  # seconds, twice as long after each failure
client.connect(HOST, int(PORT), keepalive=60, clean_start=True)
client.loop_forever(retry_first_connection=True)
sys.exit(ending)
