/* A kettle on an ESP8266 or ESP32, with the library PubSubClient and its packets of 256 bytes
 * (Library Manager: "PubSubClient"). It says its temperature to a group, is switched with "on"
 * and "off", and comes back after the network was gone.
 *
 * TICKET is what your backend has made for the user:
 *   teahouse usersig make --jwt --sdkappid 1400000001 --key-file key --user kettle --expire 8760h
 * A JWT has about 160 characters, a UserSig 200 or more. What CONNECT holds besides is 30 bytes,
 * the client id and the user name, and all of it has to fit into the 256. Make a ticket of its own for
 * each device: who reads it out of the flash is that user, and nobody else. */
#if defined(ESP8266)
#include <ESP8266WiFi.h>
#else
#include <WiFi.h>
#endif
#include <PubSubClient.h>

#ifndef SETTINGS /* the build may give others */
#define WIFI_NAME "tea"
#define WIFI_PASSWORD "tea time"
#define HOST "192.168.1.10"
#define PORT 1883
#define USER "kettle"
#define TICKET "eyJhbGciOiJIUzI1NiJ9..."
#define TO "group/lobby" /* or c2c/ and a user; ids with other than plain letters are escaped as in addresses */
#define EVERY 60000      /* milliseconds between two readings */
#endif

WiFiClient net;
PubSubClient mqtt(net);
bool heating = false;
char mark[24] = "";              // ClientMsgId of the reading that is not stored yet; "" if all are
char reading[16];                // its text
unsigned long count = 0;         // of readings since the start
unsigned long boot;              // so that the numbers of this start differ from those of the last
unsigned long saidAt = 0, sentAt = 0, triedAt = 0, backoff = 1000;

float temperature() { return 20 + analogRead(A0) / 64.0; } // put your thermometer here

// The reading, with a ClientMsgId: PubSubClient sends with QoS 0, so it may be lost on the way. It goes out
// again until im/ack names it, and is one message however often it was sent.
void sendReading() {
  char body[160];
  snprintf(body, sizeof body, "{\"ClientMsgId\":\"%s\",\"MsgBody\":[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"%s\"}}]}", mark, reading);
  sentAt = millis();
  if (!mqtt.publish("im/send/" TO, body)) Serial.println("not sent: the packet is too large, or there is no connection");
}

// What comes in. The payload ends nowhere: copy it first.
void arrived(char *topic, byte *payload, unsigned int length) {
  char text[200];
  if (length >= sizeof text) length = sizeof text - 1;
  memcpy(text, payload, length);
  text[length] = 0;

  bool ack = !strcmp(topic, "im/ack"), err = !strcmp(topic, "im/err");
  if (ack || err) { // JSON; the device looks for its own mark and no more
    if (!*mark || !strstr(text, mark)) return;
    Serial.println(ack ? "stored" : text);
    *mark = 0; // a refused one would be refused again
  } else if (!strcmp(text, "on") || !strcmp(text, "off")) {
    heating = !strcmp(text, "on"); // a command says a state and no change: it may come twice
    digitalWrite(LED_BUILTIN, heating);
    Serial.println(heating ? "heating" : "not heating");
  }
}

// The session is kept (the last argument is no clean session), so that commands given while the device
// was away come when it is back. "packet" tells the server what the library takes: what is
// larger is not sent, and blocks nothing.
bool connectNow() {
  char user[64], ticket[] = TICKET;
  snprintf(user, sizeof user, "%s?packet=%u", USER, (unsigned)mqtt.getBufferSize());
  if (!mqtt.connect(USER, user, ticket, 0, 0, false, 0, false)) return false;
  return mqtt.subscribe("im/text/#", 1) && mqtt.subscribe("im/ack") && mqtt.subscribe("im/err");
}

void setup() {
  Serial.begin(115200);
  pinMode(LED_BUILTIN, OUTPUT);
  boot = random(0x7fffffff);
#if defined(ESP32)
  boot = esp_random();
#elif defined(ESP8266)
  boot = ESP.random();
#endif
  WiFi.begin(WIFI_NAME, WIFI_PASSWORD);
  mqtt.setServer(HOST, PORT);
  mqtt.setKeepAlive(60);
  mqtt.setCallback(arrived);
}

void loop() {
  unsigned long now = millis();
  if (!mqtt.connected()) {
    if (triedAt && now - triedAt < backoff) return delay(10);
    triedAt = now ? now : 1;
    if (WiFi.status() == WL_CONNECTED && connectNow()) {
      Serial.println("connected");
      backoff = 1000;
      if (*mark) sendReading();
    } else { // 4 and 5: the ticket is refused; each other try waits twice as long, up to a minute
      Serial.print("no connection, state "), Serial.println(mqtt.state());
      backoff = mqtt.state() == 4 || mqtt.state() == 5 ? 60000 : backoff < 30000 ? backoff * 2 : 60000;
    }
    return;
  }
  mqtt.loop();
  if (*mark && now - sentAt > 10000) sendReading();
  if (!*mark && (!saidAt || now - saidAt > EVERY)) {
    saidAt = now ? now : 1;
    snprintf(reading, sizeof reading, "%.1f C", temperature());
    snprintf(mark, sizeof mark, "%lx-%lu", boot & 0xffffffff, ++count);
    sendReading();
  }
}
