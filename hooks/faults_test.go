package hooks

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/mediatest"
	"github.com/teahouse-im/teahouse/raced"
	"github.com/teahouse-im/teahouse/storage/storagetest/faulty"
)

var errDisk = errors.New("disk on fire")

// storeCalls are the calls of the store that the door can cause.
var storeCalls = []string{
	"Apply", "Head", "Heads", "EachHead", "Moved", "Senders", "Message", "Messages", "SeqAtTime", "SeqsAtClock", "Seen",
	"ConvEvents", "UserEvents", "Row", "Rows", "RowsOf",
}

// ask is a request of a user.
type ask struct {
	as           chat.UserID
	method, body string
}

// askRow is a request of ann's that succeeds, and what has to happen before.
type askRow struct {
	body    string
	before  []ask
	noStore bool // it asks the store for nothing
	indexed bool // it needs an index, with everything in it
}

// pictureID is the UUID of the picture that ann uploads.
const pictureID = "zf-a4aaaaahaaaaabyaaaaaoaaaaa"

// askRows has a row for every method of the table of commands.
var askRows = map[string]askRow{
	"me":   {body: `{}`},
	"help": {body: `{}`, noStore: true},

	"msg.search":  {body: `{"Keywords":["h"]}`, indexed: true},
	"user.search": {body: `{"Keywords":["bo"]}`, indexed: true},

	"signal.invite": {body: `{"Conv":"c2c/bob","InviteID":"c","InviteeList":["bob"],"Data":"d","Timeout":30,"OnlineOnlyFlag":0,"OfflinePushInfo":{"Title":"Ann"}}`},
	"signal.accept": {body: `{"InviteID":"c","Data":"d"}`, before: bobCalls},
	"signal.reject": {body: `{"InviteID":"c","Data":"d"}`, before: bobCalls},
	"signal.cancel": {body: `{"InviteID":"c"}`, before: []ask{{"ann", "signal.invite", `{"Conv":"c2c/bob","InviteID":"c","Data":"d","Timeout":30}`}}},
	"signal.ice":    {body: `{}`, noStore: true},
	"room.token":    {body: `{"GroupId":"lobby"}`},

	"group.search":        {body: `{"Keywords":["lobby","theirs"]}`},
	"group.member.search": {body: `{"Keywords":["bob"]}`},

	"group.create":   {body: `{"Type":"Public","GroupId":"new","Name":"New","MemberList":[{"Member_Account":"bob"}]}`},
	"group.get":      {body: `{"GroupIdList":["lobby","theirs"]}`},
	"group.update":   {body: `{"GroupId":"lobby","Name":"Lobby"}`},
	"group.transfer": {body: `{"GroupId":"lobby","NewOwner_Account":"bob"}`},
	"group.destroy":  {body: `{"GroupId":"lobby"}`},
	"group.muteall":  {body: `{"GroupId":"lobby","ShutUpAllMember":"On"}`},
	"group.quit":     {body: `{"GroupId":"hushed"}`},
	"group.join":     {body: `{"GroupId":"theirs"}`},
	"group.requests": {body: `{"GroupId":"asks"}`, before: catApplies},
	"group.approve":  {body: `{"GroupId":"asks","Applicant_Account":"cat","Action":"Approve"}`, before: catApplies},
	"group.joined":   {body: `{}`},
	"group.members":  {body: `{"GroupId":"lobby"}`},
	"group.invite": {body: `{"GroupId":"team","MemberList":[{"Member_Account":"cat"}]}`, before: []ask{
		{"ann", "group.create", `{"Type":"Work","GroupId":"team","Name":"Team"}`},
	}},
	"group.kick":   {body: `{"GroupId":"lobby","MemberToDel_Account":["bob"]}`},
	"group.member": {body: `{"GroupId":"lobby","Member_Account":"bob","NameCard":"Bob"}`},
	"group.role":   {body: `{"GroupId":"lobby","Member_Account":"bob","Role":"Admin"}`},
	"group.mute":   {body: `{"GroupId":"lobby","Members_Account":["bob"],"MuteTime":60,"RequestId":"r"}`},
	"group.online": {body: `{"GroupId":"live"}`, before: []ask{
		{"bob", "group.create", `{"Type":"AVChatRoom","GroupId":"live","Name":"Live"}`},
	}},
	"group.muted":           {body: `{"GroupId":"lobby"}`},
	"group.ban":             {body: `{"GroupId":"lobby","Members_Account":["bob"],"Duration":60,"RequestId":"r"}`},
	"group.unban":           {body: `{"GroupId":"lobby","Members_Account":["bob"]}`, before: annBans},
	"group.attrs.get":       {body: `{"GroupId":"lobby"}`, before: annSetsAttrs},
	"group.attrs.set":       {body: `{"GroupId":"lobby","GroupAttr":[{"key":"b","value":"2"}]}`, before: annSetsAttrs},
	"group.attrs.modify":    {body: `{"GroupId":"lobby","GroupAttr":[{"key":"a","value":"2"}]}`, before: annSetsAttrs},
	"group.attrs.delete":    {body: `{"GroupId":"lobby","GroupAttr":[{"key":"a"}]}`, before: annSetsAttrs},
	"group.attrs.clear":     {body: `{"GroupId":"lobby"}`, before: annSetsAttrs},
	"group.counters.get":    {body: `{"GroupId":"lobby"}`, before: annCounts},
	"group.counters.update": {body: `{"GroupId":"lobby","Mode":"Increase","GroupCounter":[{"Key":"k","Value":1}],"RequestId":"r"}`, before: annCounts},
	"group.counters.delete": {body: `{"GroupId":"lobby"}`, before: annCounts},
	"group.notify":          {body: `{"GroupId":"lobby","Content":"closing","RequestId":"r"}`},
	"msg.modify":            {body: `{"Conv":"c2c/bob","MsgSeq":1,"CloudCustomData":"c"}`},
	"msg.ext.set":           {body: `{"Conv":"c2c/bob","MsgSeq":3,"ExtensionList":[{"Key":"b","Value":"1"}]}`, before: annExtends},
	"msg.ext.get":           {body: `{"Conv":"c2c/bob","MsgSeq":3}`, before: annExtends},
	"msg.ext.delete":        {body: `{"Conv":"c2c/bob","MsgSeq":3}`, before: annExtends},
	"msg.pin":               {body: `{"Conv":"group/lobby","MsgSeq":3}`, before: annWantsReceipt},
	"msg.unpin":             {body: `{"Conv":"group/lobby","MsgSeq":3}`, before: annPins},
	"msg.merged":            {body: `{"JsonMsgKey":"` + mergedKey + `"}`, before: annMerges},
	"msg.pins":              {body: `{"Conv":"group/lobby"}`, before: annPins},
	"media.upload":          {body: uploadPicture},
	"media.url":             {body: `{"UUID":"` + pictureID + `"}`, before: annUploads},
	"group.bans":            {body: `{"GroupId":"lobby","Offset":0}`, before: annBans},

	"group.topics.create": {body: `{"GroupId":"@TGS#_c","TopicName":"Tea","TopicId":"@TGS#_c@TOPIC#_t"}`, before: annFounds},
	"group.topics.get":    {body: `{"GroupId":"@TGS#_c"}`, before: annMakesTopic},
	"group.topics.update": {body: `{"GroupId":"@TGS#_c","TopicId":"@TGS#_c@TOPIC#_t","TopicName":"Green"}`, before: annMakesTopic},
	"group.topics.delete": {body: `{"GroupId":"@TGS#_c","TopicIdList":["@TGS#_c@TOPIC#_t"]}`, before: annMakesTopic},

	"conv.list": {body: `{}`},
	"conv.get":  {body: `{"Conv":"c2c/bob"}`},
	"sync":      {body: `{"EventSeq":0,"Convs":{"c2c/bob":1}}`},

	"conv.pin":     {body: `{"Conv":"c2c/bob","TopFlag":1}`},
	"conv.draft":   {body: `{"Conv":"c2c/bob","Draft":"almost"}`},
	"conv.mute":    {body: `{"Conv":"c2c/bob","RecvOpt":"AcceptNotNotify"}`},
	"conv.mark":    {body: `{"Conv":"c2c/bob","SetMark":[1],"CustomMark":"later"}`},
	"conv.delete":  {body: `{"Conv":"c2c/bob"}`},
	"conv.readall": {body: `{"Filter":"c2c"}`},

	"convgroup.get":    {body: `{}`, before: annGroups},
	"convgroup.create": {body: `{"GroupName":"fun","Convs":["c2c/bob"]}`},
	"convgroup.add":    {body: `{"GroupName":"work","Convs":["c2c/cat"]}`, before: annGroups},
	"convgroup.remove": {body: `{"GroupName":"work","Convs":["c2c/bob"]}`, before: annGroups},
	"convgroup.delete": {body: `{"GroupName":"work"}`, before: annGroups},
	"convgroup.rename": {body: `{"OldName":"work","NewName":"office"}`, before: annGroups},

	"msg.send":           {body: `{"Conv":"c2c/bob",` + textBody + `,"ClientMsgId":"m"}`},
	"msg.read":           {body: `{"Conv":"c2c/bob"}`},
	"msg.recall":         {body: `{"Conv":"c2c/bob","MsgSeq":1}`},
	"msg.history":        {body: `{"Conv":"c2c/bob"}`},
	"msg.get":            {body: `{"Conv":"c2c/bob","MsgIds":["ann-g","none"]}`, before: []ask{{"ann", "msg.send", `{"Conv":"c2c/bob",` + textBody + `,"ClientMsgId":"g"}`}}},
	"msg.delete":         {body: `{"Conv":"c2c/bob","MsgSeqs":[1]}`},
	"msg.clear":          {body: `{"Conv":"c2c/bob"}`},
	"msg.react":          {body: `{"Conv":"c2c/bob","MsgSeq":1,"ReactionId":"tea"}`},
	"msg.unreact":        {body: `{"Conv":"c2c/bob","MsgSeq":1,"ReactionId":"tea"}`, before: annReacts},
	"msg.reactions":      {body: `{"Conv":"c2c/bob","MsgSeqs":[1]}`, before: annReacts},
	"msg.reaction.users": {body: `{"Conv":"c2c/bob","MsgSeq":1,"ReactionId":"tea"}`, before: annReacts},
	"msg.receipt.send":   {body: `{"Conv":"group/lobby","MsgSeqs":[3]}`, before: bobWantsReceipt},
	"msg.receipts":       {body: `{"Conv":"group/lobby","MsgSeqs":[3]}`, before: bobWantsReceipt},
	"msg.readers":        {body: `{"Conv":"group/lobby","MsgSeq":3,"Filter":1}`, before: annWantsReceipt},

	"black.add":     {body: `{"To_Account":["bob"]}`},
	"black.delete":  {body: `{"To_Account":["bob"]}`, before: []ask{{"ann", "black.add", `{"To_Account":["bob"]}`}}},
	"black.get":     {body: `{}`},
	"status.get":    {body: `{"To_Account":["bob"]}`},
	"push.register": {body: `{"Channel":"fcm","Token":"token","Lang":"zh-CN"}`},
	"push.unregister": {body: `{}`, before: []ask{
		{"ann", "push.register", `{"Channel":"webhook","Token":"token"}`},
	}},
	"push.clicked": {body: `{"PushId":"2~1700000000000-2"}`},

	"status.set": {body: `{"CustomStatus":"on tour"}`},

	"status.watch":   {body: `{"To_Account":["bob","nobody"]}`}, // these two are the door's own
	"status.unwatch": {body: `{"To_Account":["bob"]}`, noStore: true},

	"user.get":    {body: `{"To_Account":["bob","nobody"]}`},
	"black.check": {body: `{"To_Account":["bob","nobody"],"CheckType":"BlackCheckResult_Type_Both"}`},

	"friend.add":             {body: `{"AddFriendItem":[{"To_Account":"bob","AddSource":"AddSource_Type_Web","Remark":"Bobby","GroupName":"family"},{"To_Account":"nobody","AddSource":"AddSource_Type_Web"}]}`},
	"friend.update":          {body: `{"UpdateItem":[{"To_Account":"bob","SnsItem":[{"Tag":"Tag_SNS_IM_Group","Value":["work"]},{"Tag":"Tag_SNS_Custom_star","Value":"1"}]},{"To_Account":"cat","SnsItem":[{"Tag":"Tag_SNS_IM_Remark","Value":"Cat"}]}]}`, before: annBefriends},
	"friend.delete":          {body: `{"To_Account":["bob","cat"],"DeleteType":"Delete_Type_Both"}`, before: annBefriends},
	"friend.check":           {body: `{"To_Account":["bob","nobody"],"CheckType":"CheckResult_Type_Both"}`, before: annBefriends},
	"friend.get":             {body: `{}`, before: annBefriends},
	"friend.requests":        {body: `{}`, before: bobAsks},
	"friend.requests.read":   {body: `{}`, before: bobAsks},
	"friend.requests.delete": {body: `{"UserID":"bob","Type":"in"}`, before: bobAsks},
	"friend.accept":          {body: `{"To_Account":"bob","Remark":"Bobby"}`, before: bobAsks},
	"friend.refuse":          {body: `{"To_Account":"bob"}`, before: bobAsks},

	"friendgroup.get":    {body: `{}`, before: annBefriends},
	"friendgroup.create": {body: `{"GroupName":"work","To_Account":["bob","cat"]}`, before: annBefriends},
	"friendgroup.add":    {body: `{"GroupName":"work","To_Account":["bob","cat"]}`, before: annBefriends},
	"friendgroup.remove": {body: `{"GroupName":"family","To_Account":["bob","cat"]}`, before: annBefriends},
	"friendgroup.delete": {body: `{"GroupName":"family"}`, before: annBefriends},
	"friendgroup.rename": {body: `{"OldName":"family","NewName":"relatives"}`, before: annBefriends},

	"follow.add":    {body: `{"FollowItem":[{"To_Account":"bob"},{"To_Account":"nobody"}]}`},
	"follow.delete": {body: `{"To_Account":["bob"]}`, before: annFollows},
	"follow.check":  {body: `{"To_Account":["bob","nobody"]}`, before: annFollows},
	"follow.get":    {body: `{"FollowType":2,"WantNum":10}`, before: annFollows},
	"follow.info":   {body: `{"To_Account":["bob","nobody"]}`, before: annFollows},

	// What others may not read is told nobody afterwards.
	"user.set": {body: `{"ProfileItem":[{"Tag":"Tag_Profile_Custom_own","Value":"tea"}]}`},
}

var (
	catApplies = []ask{
		{"ann", "group.create", `{"Type":"Public","GroupId":"asks","Name":"Asks","ApplyJoinOption":"NeedPermission"}`},
		{"cat", "group.join", `{"GroupId":"asks"}`},
	}
	annBefriends = []ask{{"ann", "friend.add", `{"AddFriendItem":[{"To_Account":"bob","AddSource":"AddSource_Type_Web","Remark":"Bobby","GroupName":"family"}]}`}}
	bobAsks      = []ask{
		{"ann", "user.set", `{"ProfileItem":[{"Tag":"Tag_Profile_IM_AllowType","Value":"AllowType_Type_NeedConfirm"}]}`},
		{"bob", "friend.add", `{"AddFriendItem":[{"To_Account":"ann","AddSource":"AddSource_Type_Web","AddWording":"It is me"}]}`},
	}
	annFollows   = []ask{{"ann", "follow.add", `{"FollowItem":[{"To_Account":"bob"}]}`}}
	annBans      = []ask{{"ann", "group.ban", `{"GroupId":"lobby","Members_Account":["bob"],"Duration":60}`}}
	annSetsAttrs = []ask{{"ann", "group.attrs.set", `{"GroupId":"lobby","GroupAttr":[{"key":"a","value":"1"}]}`}}
	annCounts    = []ask{{"ann", "group.counters.update", `{"GroupId":"lobby","GroupCounter":[{"Key":"k","Value":1}]}`}}
	bobCalls     = []ask{{"bob", "signal.invite", `{"Conv":"c2c/ann","InviteID":"c","Data":"d","Timeout":30}`}}
	annReacts    = []ask{{"ann", "msg.react", `{"Conv":"c2c/bob","MsgSeq":1,"ReactionId":"tea"}`}}
	annExtends   = []ask{
		{"ann", "msg.send", `{"Conv":"c2c/bob",` + textBody + `,"SupportMessageExtension":1}`},
		{"ann", "msg.ext.set", `{"Conv":"c2c/bob","MsgSeq":3,"ExtensionList":[{"Key":"a","Value":"1"}]}`},
	}
	annGroups = []ask{{"ann", "convgroup.create", `{"GroupName":"work","Convs":["c2c/bob","group/lobby"]}`}}
	annPins   = []ask{
		{"ann", "msg.send", `{"Conv":"group/lobby",` + textBody + `}`},
		{"ann", "msg.pin", `{"Conv":"group/lobby","MsgSeq":3}`},
	}
	long      = strings.Replace(textBody, "hi", strings.Repeat("x", 6500), 1)
	annMerges = []ask{{"ann", "msg.send", `{"Conv":"c2c/bob","MsgBody":[{"MsgType":"TIMRelayElem","MsgContent":{"Title":"tea","MsgList":[` +
		`{"From_Account":"bob","To_Account":"ann","MsgSeq":1,"MsgRandom":1,"MsgTimeStamp":1700000000,` + long + `,"CloudCustomData":"c"},` +
		`{"From_Account":"cat","GroupId":"lobby",` + long + `}]}}]}`}}
	// uploadPicture is the picture that the house's store has; the numbers of its UUID are all 7.
	uploadPicture = fmt.Sprintf(`{"Kind":"image","Name":"tea.png","Size":%d,"Mime":"image/png"}`, len(mediatest.Picture))
	annUploads    = []ask{{"ann", "media.upload", uploadPicture}}
	// mergedKey is the key of its list: the numbers drawn here are all 7.
	mergedKey = chat.MergedKey{
		Conv: chat.C2COf(app, "ann", "bob"), Message: [16]byte{3: 7, 7: 7, 11: 7, 15: 7},
	}.String()
	annFounds = []ask{
		{"ann", "group.create", `{"Type":"Community","GroupId":"@TGS#_c","Name":"All","SupportTopic":1,"MemberList":[{"Member_Account":"bob"}]}`},
	}
	annMakesTopic = append(annFounds[:1:1], ask{
		"ann", "group.topics.create", `{"GroupId":"@TGS#_c","TopicName":"Tea","TopicId":"@TGS#_c@TOPIC#_t"}`,
	})
	bobWantsReceipt = []ask{{"bob", "msg.send", `{"Conv":"group/lobby",` + textBody + `,"IsNeedReadReceipt":1}`}}
	annWantsReceipt = []ask{{"ann", "msg.send", `{"Conv":"group/lobby",` + textBody + `,"IsNeedReadReceipt":1}`}}
)

// dark is a house whose store can fail.
type dark struct {
	*house
	store *faulty.Store
	call  string // which call is to fail: "" none, "all" every one
	n     int    // the how manieth from arm on
	base  map[string]int
}

func openDark(t *testing.T, call string, n int) *dark { return openDarkOn(t, setup{}, call, n) }

func openDarkOn(t *testing.T, s setup, call string, n int) *dark {
	t.Helper()
	d := &dark{call: call, n: n, base: map[string]int{}}
	s.store = func(s chat.Store) chat.Store {
		d.store = faulty.New(s)
		return d.store
	}
	d.house = open(t, s)
	d.mayFault = true
	return d
}

// arm has the store fail from here on.
func (d *dark) arm() {
	for _, call := range storeCalls {
		d.base[call] = d.store.Calls(call)
	}
	switch d.call {
	case "":
	case "all":
		d.store.FailAll(errDisk, storeCalls...)
	default:
		d.store.Fail(d.call, d.n, errDisk)
	}
}

// logged checks that the fault is in the log once, with who met it.
func (d *dark) logged(user chat.UserID) {
	d.Helper()
	text := d.log.String()
	if strings.Count(text, errDisk.Error()) != 1 || strings.Count(text, fmt.Sprint(" user=", user, " ")) != 1 {
		d.Errorf("%s %d: the fault is not in the log once:\n%s", d.call, d.n, text)
	}
}

// eachFault runs a case without a fault, then with all of the store failing, then
// once for every call of the store that it makes after arm, with that call failing. It
// returns how many calls those are.
func eachFault(t *testing.T, run func(d *dark)) (calls int) { return eachFaultOn(t, setup{}, run) }

func eachFaultOn(t *testing.T, s setup, run func(d *dark)) (calls int) {
	t.Helper()
	// one runs in a house of its own, which is closed when it is over, and returns how
	// often the store was called up to the answer; what comes later has nobody to answer.
	one := func(call string, n int) map[string]int {
		called := map[string]int{}
		t.Run(fmt.Sprint(call, " ", n), func(t *testing.T) {
			d := openDarkOn(t, s, call, n)
			run(d)
			for _, call := range storeCalls {
				called[call] = d.store.Calls(call) - d.base[call]
			}
		})
		return called
	}
	called := one("", 0)
	for _, call := range storeCalls {
		for n := range called[call] {
			one(call, n+1)
			calls++
		}
	}
	if calls > 0 {
		one("all", 0)
	}
	return calls
}

// codeOf reads the code at the end of a line such as "im/err 91000".
func (d *dark) codeOf(line string) chat.Code {
	d.Helper()
	var code chat.Code
	if _, err := fmt.Sscan(line[strings.LastIndex(line, " ")+1:], &code); err != nil {
		d.Fatalf("%s %d: no code in %q", d.call, d.n, line)
	}
	return code
}

// refused reads an answer of which the fault must be the code, and its cause no
// part.
func (d *dark) refused(c *client, topic string) chat.Code {
	d.Helper()
	got := c.next()
	if !strings.HasPrefix(got.line, topic+" ") {
		d.Fatalf("%s %d: got %q, want %s", d.call, d.n, got.line, topic)
	}
	code := d.codeOf(got.line)
	if code == 0 || code.Class() != chat.Fault || strings.Contains(string(got.payload), "fire") {
		d.Errorf("%s %d: answered %s", d.call, d.n, got.payload)
	}
	return code
}

// Every request of the table meets every fault of the store that it can: it is
// answered with a fault that says nothing of the cause, and the cause is logged once.
func TestEveryFaultOfARequestIsLoggedOnce(t *testing.T) {
	for _, cmd := range open(t, setup{}).door.opt.Table.Rows() {
		if cmd.Method == "" {
			continue
		}
		t.Run(cmd.Method, func(t *testing.T) {
			row, ok := askRows[cmd.Method]
			if !ok {
				t.Fatal("the method has no row in askRows: give it one")
			}
			faultyVersions(t, func(t *testing.T, version byte) {
				calls := eachFaultOn(t, setup{indexed: row.indexed}, func(d *dark) { row.run(d, cmd.Method, version) })
				if (calls == 0) != row.noStore {
					t.Errorf("%d calls of the store", calls)
				}
			})
		})
	}
}

// index waits until everything is in the index, if the row needs one.
func (h *house) index(row askRow) {
	h.Helper()
	if !row.indexed {
		return
	}
	ctx, cancel := context.WithTimeout(h.Context(), patience)
	defer cancel()
	if err := h.svc.Search.Settle(ctx, app); err != nil {
		h.Fatal(err)
	}
}

func (row askRow) run(d *dark, method string, version byte) {
	d.Helper()
	for i, a := range row.before {
		other := d.enter(login{user: a.as, client: fmt.Sprint("before ", i)})
		other.publish(0, "im/req/"+a.method+"/r", a.body)
		other.want("im/res/r 0")
	}
	c := d.enter(login{version: version})
	d.index(row)
	d.arm()
	c.publish(1, "im/req/"+method+"/r", row.body)
	if d.call == "" {
		c.want("im/res/r 0", "PUBACK 00")
		return
	}
	c.want(fmt.Sprintf("PUBACK %02x", reasonCode(d.refused(c, "im/res/r"))))
	d.logged("ann")
}

// Every kind of publish meets every fault of the store that it can. It is
// answered on im/err; a 3.1.1 client is closed instead of being told that it is done.
func TestEveryFaultOfAPublishIsLoggedOnce(t *testing.T) {
	for _, p := range []struct{ topic, payload string }{
		{"im/text/c2c/bob", "hi"},
		{"im/text/group/lobby", "hi"},
		{"im/send/c2c/bob", `{` + textBody + `,"ClientMsgId":"m"}`},
		{"im/send/group/lobby", `{` + textBody + `,"ClientMsgId":"m"}`},
		{"im/send/group/lobby", `{` + textBody + `,"To_Account":["bob"]}`},
		{"im/read/c2c/bob", ""},
		{"im/read/group/lobby", `{"MsgSeq":2}`},
		{"im/recall/c2c/bob", `{"MsgSeq":1}`},
		{"im/recall/group/lobby", `{"MsgSeq":1}`},
		{"im/typing/c2c/bob", "1"},
		{"im/status", "on tour"},
	} {
		t.Run(p.topic, func(t *testing.T) {
			faultyVersions(t, func(t *testing.T, version byte) {
				for qos := range byte(3) {
					calls := eachFault(t, func(d *dark) { publishInTheDark(d, version, qos, p.topic, p.payload) })
					if calls == 0 {
						t.Error("it asks the store for nothing")
					}
				}
			})
		})
	}
}

// faultyVersions are both, and MQTT 5 alone under the race detector: a server is built for each fault.
func faultyVersions(t *testing.T, f func(t *testing.T, version byte)) {
	t.Helper()
	if raced.On {
		f(t, 5)
		return
	}
	versions(t, f)
}

func publishInTheDark(d *dark, version, qos byte, topic, payload string) {
	d.Helper()
	c := d.enter(login{version: version})
	d.arm()
	c.publish(qos, topic, payload)
	ack := []string{1: "PUBACK", 2: "PUBREC"}[qos]
	if d.call == "" {
		if !strings.HasPrefix(topic, "im/typing/") && topic != "im/status" {
			c.want("im/ack")
		}
		if qos > 0 {
			c.want(ack + " 00")
		}
		c.quiet()
		return
	}
	code := d.refused(c, "im/err")
	switch {
	case qos > 0 && version == 4:
		c.want("closed")
	case qos > 0:
		c.want(fmt.Sprintf("%s %02x", ack, reasonCode(code)))
	}
	d.logged("ann")
}

// A fault behind CONNECT refuses it as temporary.
func TestEveryFaultOfAConnectIsLoggedOnce(t *testing.T) {
	for _, user := range []chat.UserID{"ann", "newcomer"} { // the latter's account is made
		versions(t, func(t *testing.T, version byte) {
			calls := eachFault(t, func(d *dark) {
				d.arm()
				c := d.dial(login{user: user, version: version})
				if d.call == "" {
					c.want("CONNACK 00")
					return
				}
				code := map[byte]int{4: 3, 5: 0x88}[version]
				if got := c.want(fmt.Sprintf("CONNACK %02x", code), "closed"); strings.Contains(got.reason, "fire") {
					d.Errorf("refused with %q", got.reason)
				}
				if d.counts.total("connect fault") != 1 {
					d.Errorf("not counted: %v", d.counts.by)
				}
				d.logged(user)
			})
			if calls == 0 {
				t.Error("it asks the store for nothing")
			}
		})
	}
	t.Run("sessions", func(t *testing.T) {
		d := openDark(t, "", 0)
		d.sessions.err = chat.Internal(chat.CodeInternal, errDisk)
		d.dial(login{}).want("CONNACK 88", "closed")
		d.logged("ann")
	})
}

// A fault behind login.refresh is one of a request like others.
func TestEveryFaultOfARefreshIsLoggedOnce(t *testing.T) {
	calls := eachFault(t, func(d *dark) {
		c := d.enter(login{})
		d.arm()
		c.publish(1, "im/req/login.refresh/r", userSig(d.sig(app, "ann")))
		if d.call == "" {
			c.want("im/res/r 0", "PUBACK 00")
			return
		}
		c.want(fmt.Sprintf("PUBACK %02x", reasonCode(d.refused(c, "im/res/r"))))
		d.logged("ann")
	})
	if calls == 0 {
		t.Error("it asks the store for nothing")
	}
}

// A fault behind a Will has nobody to be told: the log has it.
func TestEveryFaultOfAWillIsLoggedOnce(t *testing.T) {
	for _, topic := range []string{"im/text/c2c/bob", "im/text/group/lobby"} {
		t.Run(topic, func(t *testing.T) {
			calls := eachFault(t, func(d *dark) {
				c := d.dial(login{change: func(pk *packets.Packet) { setWill(pk, topic, "bye") }})
				c.want("CONNACK 00")
				d.arm()
				c.link.Will.Fire()
				if d.call == "" {
					d.counts.await(t, "publish ok")
					return
				}
				d.counts.await(t, "publish fault")
				d.logged("ann")
			})
			if calls == 0 {
				t.Error("it asks the store for nothing")
			}
		})
	}
}
