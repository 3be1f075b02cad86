/* A sensor that speaks MQTT 3.1.1 by itself: no library, and 256 bytes for packets.
 *
 *     cc -o sensor sensor.c
 *     echo 21.5 | TICKET=... ./sensor HOST PORT USER CONVERSATION      kettle group/lobby
 *
 * Each line of its input stands for a reading. It goes out with QoS 1 and, after a lost
 * connection, once more with DUP and the same packet id on the same session: the server knows
 * it again, so nothing is lost and nothing comes twice. "on" and "off", said to USER by
 * anybody, are its commands. At the end of the input it says goodbye.
 *
 * The ticket need not fit into the buffer: what is sent passes through it in pieces. What comes in
 * and is longer is cut: it reads what it has room for and skips the rest. With "?packet=256" behind
 * USER such packets would not come. */
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONNECT = 0x10, CONNACK = 0x20, PUBLISH = 0x30, PUBACK = 0x40, SUBSCRIBE = 0x82, SUBACK = 0x90, PINGREQ = 0xC0, DISCONNECT = 0xE0 };
enum { KEEPALIVE = 60, PATIENCE = 20 }; /* seconds */

static unsigned char buf[256]; /* all the room there is for packets, in either direction */
static unsigned fill;          /* how much of it waits to be sent */
static int sock = -1;
static char reading[64]; /* the last one, until it is acknowledged; "" if it is */
static unsigned id;      /* its packet id */
static const char *user, *conv;

static void lost(void) {
	if (sock >= 0) close(sock);
	sock = -1;
}

/* --- out: a stream through buf --- */

static void flush(void) {
	unsigned n = 0;
	while (sock >= 0 && n < fill) {
		ssize_t w = write(sock, buf + n, fill - n);
		if (w <= 0) lost();
		else n += w;
	}
	fill = 0;
}

static void byte(unsigned b) {
	if (fill == sizeof buf) flush();
	buf[fill++] = b;
}

static void word(unsigned w) { byte(w >> 8), byte(w & 255); }

static void text(const char *s) {
	while (*s) byte((unsigned char)*s++);
}

static void string(const char *s) { word(strlen(s)), text(s); }

static void header(unsigned type, unsigned length) {
	for (byte(type);; length >>= 7) {
		byte(length > 127 ? (length & 127) | 128 : length);
		if (length <= 127) return;
	}
}

static void publish(unsigned dup) {
	header(PUBLISH | dup << 3 | 1 << 1, 2 + strlen("im/text/") + strlen(conv) + 2 + strlen(reading));
	word(strlen("im/text/") + strlen(conv)), text("im/text/"), text(conv);
	word(id), text(reading);
	flush();
}

/* --- in: one packet, as much of it as has room --- */

static int take(unsigned char *to, unsigned n) { /* exactly n bytes, or the connection is lost */
	while (sock >= 0 && n > 0) {
		struct pollfd p = {sock, POLLIN, 0};
		ssize_t r = poll(&p, 1, PATIENCE * 1000) == 1 ? read(sock, to, n) : 0;
		if (r <= 0) lost();
		else to += r, n -= r;
	}
	return sock >= 0;
}

static unsigned receive(unsigned *kept) { /* the type and flags of the packet, 0 when the connection is lost */
	unsigned char b, type, over;
	unsigned length = 0, shift = 0;
	if (!take(&type, 1)) return 0;
	do {
		if (!take(&b, 1) || shift > 21) return lost(), 0;
		length |= (b & 127u) << shift, shift += 7;
	} while (b & 128);
	*kept = length < sizeof buf ? length : sizeof buf;
	take(buf, *kept);
	for (length -= *kept; length > 0 && take(&over, 1); length--) {} /* skipped */
	return sock >= 0 ? type : 0;
}

static void arrived(unsigned type, unsigned kept) {
	unsigned topic = buf[0] << 8 | buf[1], at = 2 + topic, packet = 0;
	if (kept < 2 || at + 2 > kept) return lost(); /* a topic that fills the buffer is none of ours */
	if (type & 6) packet = buf[at] << 8 | buf[at + 1], at += 2;
	printf("%.*s: ", (int)topic, (char *)buf + 2); /* im/text/c2c/alice, or im/err */
	for (unsigned i = at; i < kept; i++) putchar(buf[i] < ' ' || buf[i] == 127 ? ' ' : buf[i]);
	puts(kept == sizeof buf ? " (cut)" : "");
	/* It may come again when the acknowledgement is lost: a command says a state, never a change. */
	if (kept - at == 2 && !memcmp(buf + at, "on", 2)) puts("switched on");
	if (kept - at == 3 && !memcmp(buf + at, "off", 3)) puts("switched off");
	if (packet) header(PUBACK, 2), word(packet), flush();
}

/* --- the connection --- */

static int dial(const char *host, const char *port) {
	struct addrinfo *a, want = {.ai_socktype = SOCK_STREAM};
	if (getaddrinfo(host, port, &want, &a)) return 0;
	sock = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
	if (sock >= 0 && connect(sock, a->ai_addr, a->ai_addrlen)) lost();
	freeaddrinfo(a);
	return sock >= 0;
}

static void login(const char *ticket) {
	unsigned kept;
	header(CONNECT, 10 + 2 + strlen(user) + 2 + strlen(user) + 2 + strlen(ticket));
	string("MQTT"), byte(4), byte(0xC0), word(KEEPALIVE); /* user name, password, and a session that is kept */
	string(user), string(user), string(ticket);           /* the client id is the device's: here the user's name */
	flush();
	if (receive(&kept) != CONNACK || kept < 2) return lost();
	if (buf[1] == 4 || buf[1] == 5) puts("not let in: another ticket is needed"), exit(1);
	if (buf[1]) return lost(); /* try later */
	header(SUBSCRIBE, 2 + 2 + strlen("im/text/#") + 1 + 2 + strlen("im/err") + 1);
	word(1), string("im/text/#"), byte(1), string("im/err"), byte(0);
	flush();
	puts("connected");
	if (*reading) publish(1);
}

int main(int argc, char **argv) {
	const char *ticket = getenv("TICKET");
	if (argc != 5 || !ticket) return fputs("usage: TICKET=... sensor HOST PORT USER CONVERSATION\n", stderr), 2;
	unsigned pause = 1, kept, silent = 0, ended = 0;
	user = argv[3], conv = argv[4];
	signal(SIGPIPE, SIG_IGN), setvbuf(stdout, NULL, _IOLBF, 0), setvbuf(stdin, NULL, _IONBF, 0);
	while (!ended || *reading) {
		if (sock < 0) {
			if (dial(argv[1], argv[2])) login(ticket);
			if (sock < 0) sleep(pause), pause = pause < 60 ? pause * 2 : 60;
			else pause = 1, silent = 0;
			continue;
		}
		struct pollfd p[] = {{sock, POLLIN, 0}, {*reading || ended ? -1 : 0, POLLIN, 0}}; /* one reading at a time */
		int n = poll(p, 2, KEEPALIVE * 1000 / 2);
		if (n == 0 && silent++) lost(); /* not even the ping was answered */
		else if (n == 0) header(PINGREQ, 0), flush();
		if (p[1].revents) {
			if (fgets(reading, sizeof reading, stdin)) reading[strcspn(reading, "\n")] = 0;
			else ended = 1;
			if (*reading) id = id % 65535 + 1, publish(0);
		}
		if (sock < 0 || !p[0].revents) continue;
		unsigned type = receive(&kept);
		silent = 0;
		if ((type & 0xF0) == PUBLISH) arrived(type, kept);
		if (type == PUBACK && kept == 2 && (unsigned)(buf[0] << 8 | buf[1]) == id) printf("stored: %s\n", reading), *reading = 0;
	}
	header(DISCONNECT, 0), flush();
	return 0;
}
