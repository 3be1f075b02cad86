"""Sends numbered messages with Paho for Python and says "done" when all are
acknowledged. Its one argument is a JSON object: address, user, ticket, topic,
count, qos."""

import json
import sys
import threading

import paho.mqtt.client as mqtt

order = json.loads(sys.argv[1])
kind = {"client_id": "kept", "clean_session": False, "protocol": mqtt.MQTTv311}
if hasattr(mqtt, "CallbackAPIVersion"):  # since 2.0
    kind["callback_api_version"] = mqtt.CallbackAPIVersion.VERSION2
client = mqtt.Client(**kind)
client.username_pw_set(order["user"], order["ticket"])
client.reconnect_delay_set(min_delay=0.02, max_delay=0.02)
host, port = order["address"].split(":")
window = 20  # the library's own does not hold when it comes back
slots = threading.Semaphore(window)
client.on_publish = lambda *_: slots.release()
client.connect_async(host, int(port), keepalive=60)
client.loop_start()
for i in range(order["count"]):
    slots.acquire()
    client.publish(order["topic"], f"number {i}", qos=order["qos"])
for _ in range(window):
    slots.acquire()
client.loop_stop()
print("done", flush=True)
