//go:build e2e

package contract

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
	"pgregory.net/rapid"
)

// Two users with the same MQTT client id do not affect each other (spec/00 §1):
// neither takes over the other's connection, and each has its own session.
func TestSameClientIDDifferentUsers(t *testing.T) {
	t.Parallel()
	everyKind(t, func(t *testing.T, open opener) {
		s := shared(t)
		id := fresh("same-name")
		people := []person{s.known(id, s.Apps[0]), s.known(id, s.Apps[1]), s.user("other", s.Apps[0])}
		var devices []device
		for _, p := range people {
			devices = append(devices, open(p, options{client: "phone"}))
		}
		for i, d := range devices {
			barrier(t, d)
			if !d.in().alive() {
				t.Errorf("device %d was pushed out", i)
			}
			d.in().never(t, "im/event/kick", nil)
		}
		// What is said to the one is not heard by the namesake in the other app.
		mustSend(t, devices[2], "im/text/c2c/"+id, "for the first app", 1)
		devices[0].in().body(t, "im/in/#", saying("for the first app"))
		barrier(t, devices[1])
		devices[1].in().never(t, "#", func(p packet) bool { return strings.Contains(string(p.payload), "for the first app") })
	})
}

// No random topic, filter, command, Will, alias or response topic delivers a message
// to anybody but its receivers. Every message carries a secret; the test knows who may
// see it, and every device checks all it receives.
func TestMessagesReachOnlyTheirReceivers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, shared(t))
	rapid.Check(t, func(rt *rapid.T) {
		w.open(t, rt)
		defer w.close()
		for range rapid.IntRange(5, 40).Draw(rt, "steps") {
			who := rapid.SampledFrom(w.devices).Draw(rt, "who")
			rapid.SampledFrom(steps).Draw(rt, "step").do(w, rt, who)
		}
		w.settle(t)
		w.judge(rt)
	})
	if w.heard < 100 {
		t.Errorf("only %d secrets were heard by those who may: the test has no teeth", w.heard)
	}
}

// world is the people of the test: the same names and the same groups in two
// apps, every device with the same client id.
type world struct {
	s       *server
	t       *testing.T
	groups  map[string][]string // members by group, the same in both apps
	people  []person
	devices []*spy

	mu      sync.Mutex // guards the fields below
	legal   map[int]map[identity]bool
	said    map[int]string // its author and where, for the report
	heard   int
	secrets int
}

// identity is a user of an app.
type identity struct {
	app uint32
	id  string
}

// spy is a device that may have lost its connection by its own doing.
type spy struct {
	*raw
	name identity
	old  []*raw // connections before this one
}

func newWorld(t *testing.T, s *server) *world {
	t.Helper()
	w := &world{s: s, t: t, legal: map[int]map[identity]bool{}, said: map[int]string{}}
	ids := []string{fresh("ann"), fresh("ben"), fresh("cat/+#")}
	g1, g2 := fresh("group"), fresh("group")
	w.groups = map[string][]string{g1: ids[:2], g2: ids[1:]}
	for _, a := range s.Apps[:2] {
		var here []object
		for _, id := range ids {
			w.people = append(w.people, s.known(id, a))
			here = append(here, object{"UserID": id})
		}
		b := s.backend(a)
		b.must(t, "im_open_login_svc/multiaccount_import", object{"AccountList": here})
		for g, members := range w.groups {
			b.must(t, "group_open_http_svc/create_group", object{
				"Type": "Public", "Name": "Secrets", "GroupId": g, "Owner_Account": members[0],
				"MemberList": []object{{"Member_Account": members[1]}},
			})
		}
	}
	return w
}

// open connects everybody, with the same client id, in a drawn version.
func (w *world) open(t *testing.T, rt *rapid.T) {
	w.devices = nil
	for _, p := range w.people {
		r := w.connect(t, p, rapid.SampledFrom([]byte{4, 5}).Draw(rt, "version"))
		for _, f := range rapid.SampledFrom([][]string{{"im/#"}, {"#"}, {"im/in/+/+", "im/res/#"}, {"im/text/#"}, nil}).Draw(rt, "filters") {
			r.subscribe(t, f)
		}
		w.devices = append(w.devices, &spy{raw: r, name: identity{p.app.ID, p.id}})
	}
}

func (w *world) connect(t testing.TB, p person, version byte) *raw {
	r, code, err := dialRaw(p, rawOptions{version: version, client: "phone"})
	if err != nil {
		t.Fatal(err)
	}
	if code != 0 {
		t.Fatalf("CONNECT of %s: 0x%02x", p.id, code)
	}
	return r
}

func (w *world) close() {
	for _, d := range w.devices {
		for _, r := range append(d.old, d.raw) {
			r.conn.Close()
		}
	}
}

// again reconnects a device that has cost itself the connection.
func (w *world) again(d *spy) {
	if d.box.alive() {
		return
	}
	d.old = append(d.old, d.raw)
	d.raw = w.connect(w.t, d.who, d.version)
}

// secret makes a word that only the given may hear.
func (w *world) secret(d *spy, where string, legal ...identity) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.secrets++
	w.legal[w.secrets] = map[identity]bool{d.name: true}
	for _, l := range legal {
		w.legal[w.secrets][l] = true
	}
	w.said[w.secrets] = fmt.Sprintf("%v on %q", d.name, where)
	return fmt.Sprintf("secret:%d;", w.secrets)
}

// mayHear says who a publish of d on a topic may reach, by the contract alone.
func (w *world) mayHear(d *spy, topic string) []identity {
	part := strings.Split(topic, "/")
	switch {
	case topic == "im/status":
		return w.everybody(d.name.app) // a custom status is for all who look
	case len(part) == 4 && part[0] == "im" && (part[1] == "text" || part[1] == "send"):
		return w.audience(d, part[2], decoded(part[3]))
	}
	return nil
}

func decoded(level string) string {
	id, err := url.PathUnescape(level)
	if err != nil {
		return ""
	}
	return id
}

// audience is who a message of d to a conversation may reach.
func (w *world) audience(d *spy, kind, id string) (all []identity) {
	switch {
	case kind == "c2c":
		return []identity{{d.name.app, id}}
	case kind == "group" && slices.Contains(w.groups[id], d.name.id):
		for _, m := range w.groups[id] {
			all = append(all, identity{d.name.app, m})
		}
	}
	return all
}

func (w *world) everybody(app uint32) (all []identity) {
	for _, p := range w.people {
		if p.app.ID == app {
			all = append(all, identity{app, p.id})
		}
	}
	return all
}

// step is something a stranger may try.
type step struct {
	name string
	do   func(w *world, rt *rapid.T, d *spy)
}

func (s step) String() string { return s.name }

var steps = []step{
	{"subscribes", func(w *world, rt *rapid.T, d *spy) {
		filter := w.filter(rt)
		if _, err := d.try(filter); err != nil {
			w.again(d)
		}
	}},
	{"publishes", func(w *world, rt *rapid.T, d *spy) { w.publish(rt, d, w.topic(rt)) }},
	{"talks", talk},
	{"talks again", talk},
	{"asks", func(w *world, rt *rapid.T, d *spy) { w.ask(rt, d) }},
	{"asks with a response topic", func(w *world, rt *rapid.T, d *spy) {
		pk := publishing("im/req/me", "{}", 1, 0)
		pk.Properties.ResponseTopic = w.topic(rt)
		pk.Properties.CorrelationData = []byte(w.secret(d, "correlation data for "+pk.Properties.ResponseTopic))
		w.put(d, pk)
	}},
	{"uses an alias", func(w *world, rt *rapid.T, d *spy) {
		if d.version != 5 {
			return
		}
		target := "im/text/" + w.target(rt)
		for _, topic := range []string{target, ""} {
			pk := publishing(topic, w.secret(d, "alias of "+target, w.mayHear(d, target)...), 1, 0)
			pk.Properties.TopicAlias, pk.Properties.TopicAliasFlag = uint16(rapid.IntRange(1, 3).Draw(rt, "alias")), true
			w.put(d, pk)
		}
	}},
	{"leaves a Will", func(w *world, rt *rapid.T, d *spy) {
		topic := w.topic(rt)
		d.cut(w.t)
		d.old = append(d.old, d.raw)
		will := &packet{topic: topic, payload: []byte(w.secret(d, "Will on "+topic, w.mayHear(d, topic)...)), qos: byte(rapid.IntRange(0, 2).Draw(rt, "QoS"))}
		if r, code, err := dialRaw(d.who, rawOptions{version: d.version, client: "phone", will: will}); err == nil && code == 0 {
			r.conn.Close() // without DISCONNECT: the Will fires
			d.old = append(d.old, r)
		}
		d.raw = w.connect(w.t, d.who, d.version)
	}},
}

// talk says something where it may be heard.
func talk(w *world, rt *rapid.T, d *spy) {
	w.publish(rt, d, rapid.SampledFrom([]string{"im/text/", "im/send/"}).Draw(rt, "verb")+w.target(rt))
}

func (w *world) publish(rt *rapid.T, d *spy, topic string) {
	payload := w.secret(d, topic, w.mayHear(d, topic)...)
	if strings.HasPrefix(topic, "im/send/") {
		payload = jsonText(object{"MsgBody": textBody(payload), "CloudCustomData": payload})
	}
	pk := publishing(topic, payload, byte(rapid.IntRange(0, 2).Draw(rt, "QoS")), 0)
	pk.FixedHeader.Retain = rapid.Bool().Draw(rt, "retain")
	w.put(d, pk)
}

// put publishes; a connection that is lost by it is made again.
func (w *world) put(d *spy, pk packets.Packet) {
	if d.version != 5 {
		pk.Properties = packets.Properties{}
	}
	if _, err := d.raw.publish(pk); err != nil {
		d.box.ended(w.t)
	}
	w.again(d)
}

// ask makes a request about something of one's own or of others.
func (w *world) ask(rt *rapid.T, d *spy) {
	conv, _ := strings.CutPrefix(w.target(rt), "/")
	kind, level, _ := strings.Cut(conv, "/")
	conv = kind + "/" + decoded(level)
	word := ""
	body := object{"Conv": conv, "Limit": 10}
	method := rapid.SampledFrom([]string{"msg.history", "msg.send", "msg.receipt.send", "msg.receipts", "msg.readers", "sync", "conv.list", "conv.get", "group.get", "group.members", "group.joined", "group.update", "me", "status.get"}).Draw(rt, "method")
	switch method {
	case "msg.send":
		word = w.secret(d, "msg.send to "+conv, w.audience(d, kind, decoded(level))...)
		body["MsgBody"], body["MsgRandom"] = textBody(word), 1
		body["From_Account"] = rapid.SampledFrom(w.people).Draw(rt, "from").id
		if rapid.Bool().Draw(rt, "own name") {
			delete(body, "From_Account")
		}
		if rapid.Bool().Draw(rt, "asks for a receipt") {
			body["IsNeedReadReceipt"] = 1
		}
	case "msg.receipt.send", "msg.receipts":
		body["MsgSeqs"] = []int{1, 2, 3}
	case "msg.readers":
		body["MsgSeq"] = 1
	case "group.get":
		body = object{"GroupIdList": slices.Collect(maps.Keys(w.groups))}
	case "group.members", "group.update":
		g := rapid.SampledFrom(slices.Sorted(maps.Keys(w.groups))).Draw(rt, "group")
		body = object{"GroupId": g}
		if method == "group.update" {
			body["Introduction"] = w.secret(d, "introduction of "+g, w.everybody(d.name.app)...) // public within the app
		}
	case "group.joined", "status.get":
		other := rapid.SampledFrom(w.people).Draw(rt, "other").id
		body = object{"Member_Account": other, "To_Account": []string{other}}
	}
	w.put(d, publishing("im/req/"+method+"/"+rapid.SampledFrom([]string{"1", "ann", "%61", "in"}).Draw(rt, "rid"), jsonText(body), 1, 0))
}

// target is a conversation in a topic, spelled in one of many ways.
func (w *world) target(rt *rapid.T) string {
	if rapid.Bool().Draw(rt, "group") {
		return "group/" + spelled(rt, rapid.SampledFrom(slices.Sorted(maps.Keys(w.groups))).Draw(rt, "group"))
	}
	return "c2c/" + spelled(rt, rapid.SampledFrom(w.people).Draw(rt, "peer").id)
}

// spelled escapes an id canonically, or more than needed.
func spelled(rt *rapid.T, id string) string {
	if rapid.Bool().Draw(rt, "canonical") {
		return escape(id)
	}
	var b strings.Builder
	for _, c := range []byte(id) {
		fmt.Fprintf(&b, rapid.SampledFrom([]string{"%%%02x", "%%%02X"}).Draw(rt, "case"), c)
	}
	return b.String()
}

// topic is anything that may stand in a topic name, likely to be near the
// contract's.
func (w *world) topic(rt *rapid.T) string {
	whole := []string{
		"im/ack", "im/err", "im/status", "im/res/1", "im/in/" + w.target(rt), "im/text/" + w.target(rt), "im/send/" + w.target(rt),
		"im/event/kick", "im/event/typing/" + escape(w.people[0].id), "$SYS/broker/uptime", "app/msg/c2c/a/b", w.foreign(rt) + "im/in/" + w.target(rt),
		w.foreign(rt) + "im/text/" + w.target(rt), "$share/g/im/in/" + w.target(rt),
	}
	if rapid.Bool().Draw(rt, "whole") {
		return rapid.SampledFrom(whole).Draw(rt, "topic")
	}
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(w.words()), 1, 6).Draw(rt, "levels"), "/")
}

// foreign is somebody's mount point, as the server may have it inside.
func (w *world) foreign(rt *rapid.T) string {
	p := rapid.SampledFrom(w.people).Draw(rt, "victim")
	return fmt.Sprintf("%d/%s/", p.app.ID, escape(p.id))
}

func (w *world) words() []string {
	words := []string{
		"im", "in", "text", "send", "read", "recall", "event", "res", "req", "ack", "err", "status", "c2c", "group", "app", "msg", "",
		"..", "%2F", "%2e", "%", "%zz", "$share", "$SYS", "phone", "im%2Fin", "msg.history", strconv.Itoa(int(w.s.Apps[0].ID)), strconv.Itoa(int(w.s.Apps[1].ID)),
	}
	for _, p := range w.people[:3] {
		words = append(words, p.id, escape(p.id))
	}
	for g := range w.groups {
		words = append(words, g)
	}
	slices.Sort(words)
	return words
}

// filter is anything that may be asked for.
func (w *world) filter(rt *rapid.T) string {
	whole := []string{
		"#", "im/#", "+/#", "+/+/#", "+/+/+/#", "im/in/#", "im/in/+/+", "im/text/#", "im/+/c2c/+", "im/res/#", "im/event/#", "$SYS/#", "app/#",
		"im/in/" + w.target(rt), w.foreign(rt) + "#", w.foreign(rt) + "im/in/#", "$share/g/#", "$share/g/im/#", "$share/phone/" + w.foreign(rt) + "im/#",
		"$SHARE/g/im/in/#", "/#", "im/in/" + w.target(rt) + "/#", "im/event/presence/" + escape(w.people[1].id),
	}
	if rapid.Bool().Draw(rt, "whole") {
		return rapid.SampledFrom(whole).Draw(rt, "filter")
	}
	words := append(w.words(), "+", "+", "+", "+", "#")
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 6).Draw(rt, "levels"), "/")
}

// settle waits until what is under way has arrived.
func (w *world) settle(t *testing.T) {
	for _, d := range w.devices {
		if _, err := d.try("im/in/#"); err != nil {
			// Its last packet, at QoS 0, has cost it the connection.
			d.box.ended(t)
			w.again(d)
			d.subscribe(t, "im/in/#")
		}
		barrier(t, d)
		if !d.box.alive() {
			t.Fatalf("%v lost its connection: %s", d.name, d.box)
		}
	}
}

var secretMark = regexp.MustCompile(`secret:(\d+);`)

// judge looks at everything that every device has received.
func (w *world) judge(rt *rapid.T) {
	for _, d := range w.devices {
		for _, r := range append(d.old, d.raw) {
			for _, p := range r.box.seen("#") {
				w.weigh(rt, d, p)
			}
		}
	}
}

func (w *world) weigh(rt *rapid.T, d *spy, p packet) {
	if !strings.HasPrefix(p.topic, "im/") {
		rt.Fatalf("%v receives something outside im/: %s", d.name, p)
	}
	if p.retain {
		rt.Fatalf("%v receives a retained message: %s", d.name, p)
	}
	for _, hit := range secretMark.FindAllStringSubmatch(p.topic+" "+string(p.payload)+" "+string(p.correlation), -1) {
		n, _ := strconv.Atoi(hit[1])
		w.mu.Lock()
		legal, said := w.legal[n][d.name], w.said[n]
		if legal {
			w.heard++
		}
		w.mu.Unlock()
		if !legal {
			rt.Fatalf("%v hears what %s said: %s", d.name, said, p)
		}
	}
}
