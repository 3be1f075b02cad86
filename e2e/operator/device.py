"""A device of a user, and a backend, as docs/clients.md and docs/rest.md describe them.

Addresses and keys are in the file people.json, which path.sh makes.
"""

import base64, hashlib, hmac, json, ssl, threading, time, uuid, zlib
import urllib.request
from urllib.parse import quote, urlencode

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

PATIENCE = 30  # seconds: bounds every wait. It is long because a busy machine is slow

with open("people.json") as f:
    PLACE = json.load(f)  # host, mqtts, wss, admin, ca, apps: {number: key}

TRUST = ssl.create_default_context(cafile=PLACE["ca"])


def usersig(app, user, seconds=3600):
    now = int(time.time())
    signed = f"TLS.identifier:{user}\nTLS.sdkappid:{app}\nTLS.time:{now}\nTLS.expire:{seconds}\n"
    mac = hmac.new(PLACE["apps"][app].encode(), signed.encode(), hashlib.sha256).digest()
    ticket = {"TLS.ver": "2.0", "TLS.identifier": user, "TLS.sdkappid": int(app), "TLS.time": now,
              "TLS.expire": seconds, "TLS.sig": base64.b64encode(mac).decode()}
    packed = base64.b64encode(zlib.compress(json.dumps(ticket).encode())).decode()
    return packed.translate(str.maketrans("+/=", "*-_"))


class Refused(Exception):
    pass


class Waiting:
    """Answers by what they are to: each is waited for by one thread."""

    def __init__(self):
        self.there, self.answers = threading.Condition(), {}

    def put(self, key, answer):
        with self.there:
            self.answers[key] = answer
            self.there.notify_all()

    def take(self, key):
        with self.there:
            if not self.there.wait_for(lambda: key in self.answers, PATIENCE):
                raise TimeoutError(f"no answer to {key}")
            return self.answers.pop(key)


class Device:
    """One connection of a user, over TLS: plain MQTT, or in WebSocket with web."""

    def __init__(self, app, user, device="", keep=False, web=False):
        self.user, self.answers, self.here, self.came = user, Waiting(), threading.Condition(), []
        args = {"client_id": device, "protocol": mqtt.MQTTv5, "transport": "websockets" if web else "tcp"}
        if hasattr(mqtt, "CallbackAPIVersion"):  # paho-mqtt 2 asks for it, 1 does not know it
            args["callback_api_version"] = mqtt.CallbackAPIVersion.VERSION2
        self.client = c = mqtt.Client(**args)
        c.username_pw_set(quote(user, safe=""), usersig(app, user))
        c.tls_set_context(TRUST)
        c.ws_set_options(path="/mqtt")
        c.on_connect, c.on_subscribe, c.on_message = self.connected, self.subscribed, self.message
        kept = Properties(PacketTypes.CONNECT)
        kept.SessionExpiryInterval = 86400 if keep else 0
        c.connect(PLACE["host"], PLACE["wss" if web else "mqtts"], keepalive=60, clean_start=not keep, properties=kept)
        c.loop_start()
        self.resumed = self.answers.take("connect")
        self.answers.take("subscribe")

    def connected(self, client, userdata, flags, reason, properties):
        if reason != 0:
            print(f"{self.user} is not let in: {reason}", flush=True)
        resumed = flags["session present"] if isinstance(flags, dict) else flags.session_present
        self.answers.put("connect", bool(resumed))
        client.subscribe("im/#", qos=1)

    def subscribed(self, *_):
        self.answers.put("subscribe", True)

    def message(self, client, userdata, packet):
        body = packet.payload
        if packet.topic.startswith("im/res/"):
            self.answers.put(packet.topic, json.loads(body))
        elif packet.topic in ("im/ack", "im/err"):
            answer = json.loads(body)
            self.answers.put(answer.get("ClientMsgId"), answer)
        else:
            with self.here:
                self.came.append((packet.topic, body))
                self.here.notify_all()

    def ask(self, method, **body):
        """The answer to a request; Refused if the server does not want it."""
        props = Properties(PacketTypes.PUBLISH)
        props.ResponseTopic = "im/res/" + uuid.uuid4().hex
        self.client.publish("im/req/" + method, json.dumps(body), qos=1, properties=props)
        answer = self.answers.take(props.ResponseTopic)
        if answer["ErrorCode"]:
            raise Refused(f"{method}: {answer}")
        return answer

    def send(self, conv, name, element=None):
        """Sends a text that is its own ClientMsgId; the answer has its number."""
        kind, peer = conv.split("/", 1)
        body = [element or {"MsgType": "TIMTextElem", "MsgContent": {"Text": name}}]
        self.client.publish(f"im/send/{kind}/{quote(peer, safe='')}",
                            json.dumps({"ClientMsgId": name, "MsgBody": body}), qos=1)
        answer = self.answers.take(name)
        if answer.get("ErrorCode"):
            raise Refused(f"{conv}: {answer}")
        return answer

    def awaits(self, name):
        """Waits for a message with this text."""
        text = json.dumps(name).encode()
        with self.here:
            if not self.here.wait_for(lambda: any(text in body for _, body in self.came), PATIENCE):
                raise TimeoutError(f"{self.user} has not been sent {name}")

    def history(self, conv):
        """All messages of a conversation, oldest first."""
        after, messages = 0, []
        while True:
            page = self.ask("msg.history", Conv=conv, After=after, Limit=100)
            messages += page["MsgList"]
            if page["IsFinished"]:
                return messages
            after = messages[-1]["MsgSeq"]

    def leave(self):
        """Ends the connection; a session that is to be kept stays."""
        self.client.disconnect()
        self.client.loop_stop()


def call(app, command, **body):
    """A command of the app's backend; Refused if the server does not want it."""
    query = urlencode({"sdkappid": app, "identifier": "administrator", "contenttype": "json",
                       "usersig": usersig(app, "administrator"), "random": time.time_ns() % 2**32})
    address = f"https://{PLACE['host']}:{PLACE['admin']}/v4/{command}?{query}"
    with urllib.request.urlopen(address, json.dumps(body).encode(), PATIENCE, context=TRUST) as answer:
        said = json.load(answer)
    if said["ErrorCode"]:
        raise Refused(f"{command}: {said}")
    return said


def text(message):
    """What a message says: the texts of its elements."""
    return "".join(e["MsgContent"].get("Text", "") for e in message["MsgBody"])
