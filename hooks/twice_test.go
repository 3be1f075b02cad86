package hooks

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// effects is what a house has stored and told, and how often each; it is the store of
// the house and whom its core tells.
type effects struct {
	chat.Store
	devices

	mu   sync.Mutex
	seen map[string]int
}

func (f *effects) note(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen[fmt.Sprintf(format, args...)]++
}

// Apply implements chat.Store.
func (f *effects) Apply(ctx context.Context, list []*chat.Commit) error {
	if err := f.Store.Apply(ctx, list); err != nil {
		return err
	}
	for _, c := range list {
		if c.Stale {
			continue
		}
		f.rows(c)
		for _, m := range c.Messages {
			if m.Duplicate == nil {
				f.note("message of %s: %s", m.From, m.Body)
			}
		}
		for _, m := range c.Edits {
			f.note("edit of message %d: %s", m.Seq, m.Body)
		}
		for _, e := range c.Events {
			f.note("event %s of %s", e.Kind, e.By)
		}
		for _, n := range c.Notices {
			f.note("event %s to %s", n.Kind, n.User)
		}
		for _, e := range c.Outbox {
			f.note("webhook %s", e.Kind)
		}
	}
	return nil
}

// rows notes what rows become, but for the books that count requests and remember
// them.
func (f *effects) rows(c *chat.Commit) {
	note := func(s chat.Shard, r chat.Row) {
		switch kind := record.Kind(r.Kind); kind {
		case record.Figure, record.Repeat, record.Handled:
		default:
			f.note("row %s of %v", kind, s)
		}
	}
	for _, r := range c.Rows {
		note(c.Shard, r)
	}
	for _, m := range c.Mirrors {
		note(m.Shard, m.Row)
	}
}

// Watched implements chat.Deliverer: somebody hears of every webhook.
func (f *effects) Watched(chat.AppID) bool { return true }

func (f *effects) Deliver(m *chat.Message, _ uint64) { f.note("told message %d", m.Seq) }
func (f *effects) ConvEvent(e *chat.ConvEvent)       { f.note("told %s %d of %s", e.Kind, e.Seq, e.By) }
func (f *effects) UserEvent(e *chat.UserEvent)       { f.note("told %s to %s", e.Kind, e.User) }
func (f *effects) Happened(e *chat.Event)            { f.note("told webhook %s", e.Kind) }

func (f *effects) Joined(_ chat.AppID, g chat.GroupID, _ chat.GroupType, list []chat.UserID) {
	f.note("joined %s: %v", g, list)
}

func (f *effects) Left(_ chat.AppID, g chat.GroupID, list []chat.UserID) {
	f.note("left %s: %v", g, list)
}

func (f *effects) Kick(_ chat.AppID, u chat.UserID, client string, _ chat.KickReason, _ chat.UserID) {
	f.note("kicked %s %s", u, client)
}

// asked is what comes of a request that is made so often, two seconds apart, and the
// codes of its answers.
func asked(t *testing.T, method string, row askRow, times int) (map[string]int, []chat.Code) {
	t.Helper()
	f := &effects{seen: map[string]int{}}
	d := &dark{house: open(t, setup{indexed: row.indexed, store: func(s chat.Store) chat.Store { f.Store = s; return f }})}
	d.mayFault = true
	d.svc.Attach(f)
	for i, a := range row.before {
		other := d.enter(login{user: a.as, client: fmt.Sprint("before ", i)})
		other.publish(0, "im/req/"+a.method+"/r", a.body)
		other.want("im/res/r 0")
	}
	c := d.enter(login{})
	d.index(row)
	var codes []chat.Code
	for i := range times {
		c.publish(0, fmt.Sprintf("im/req/%s/%d", method, i), row.body)
		codes = append(codes, d.codeOf(c.next().line))
		d.wait(2 * time.Second)
	}
	d.close()
	return f.seen, codes
}

// answers are the codes of second answers that are not 0: what was asked for is done
// already.
var answers = map[string]chat.Code{
	"group.create":           chat.CodeGroupIDYours,
	"group.topics.create":    chat.CodeGroupIDYours,
	"group.join":             chat.CodeAlreadyMember,
	"group.quit":             chat.CodeGroupNotAllowed,
	"group.transfer":         chat.CodeGroupNotAllowed,
	"group.destroy":          chat.CodeNoGroup,
	"group.approve":          chat.CodeAlreadyHandled,
	"group.approve refused":  chat.CodeAlreadyHandled,
	"group.attrs.delete":     chat.CodeNoAttr,
	"msg.recall":             chat.CodeRecalledAlready,
	"friend.accept":          chat.CodeNoFriendRequest,
	"friend.accept agree":    chat.CodeNoFriendRequest,
	"friend.refuse":          chat.CodeNoFriendRequest,
	"friend.requests.delete": chat.CodeNoRequestToDelete,
	"friendgroup.rename":     chat.CodeRelationParameter,
	"convgroup.delete":       chat.CodeNoConvGroup,
	"convgroup.rename":       chat.CodeNoConvGroup,
}

// mayWrite are rows, by what their kinds begin with, of which a repetition writes some
// that nobody else sees: the place of a device's pushes is renewed, and each upload
// has a place of its own.
var mayWrite = map[string]string{"push.register": "row push ", "media.upload": "row media "}

// Asked once more, no method changes or tells anything: not to others, not to the
// app's server, and not in the store (spec/00 §5).
func TestARepeatedRequestHasNoSecondEffect(t *testing.T) {
	rows := maps.Clone(askRows)
	maps.Copy(rows, otherRepeats)
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			method, _, _ := strings.Cut(name, " ")
			once, first := asked(t, method, row, 1)
			twice, codes := asked(t, method, row, 2)
			if first[0] != 0 || codes[0] != 0 || codes[1] != answers[name] {
				t.Errorf("answered %v and %v", first, codes)
			}
			for _, what := range slices.Sorted(maps.Keys(twice)) {
				n := twice[what] - once[what]
				own := mayWrite[name] != "" && strings.HasPrefix(what, mayWrite[name])
				if n > 0 && !own {
					t.Errorf("%d more: %s", n, what)
				}
			}
		})
	}
}

// otherRepeats are ways of methods that askRows has not.
var otherRepeats = map[string]askRow{
	"group.mute for good":        {body: `{"GroupId":"lobby","Members_Account":["bob"],"MuteTime":4294967295}`},
	"group.mute lifted":          {body: `{"GroupId":"lobby","Members_Account":["bob"],"MuteTime":0}`, before: []ask{{"ann", "group.mute", `{"GroupId":"lobby","Members_Account":["bob"],"MuteTime":60}`}}},
	"group.mute of topics":       {body: `{"GroupId":"@TGS#_c","TopicId":"@TGS#_c@TOPIC#_t","Members_Account":["bob"],"MuteTime":60,"RequestId":"r"}`, before: annMakesTopic},
	"group.ban of others":        {body: `{"GroupId":"lobby","Members_Account":["cat"],"Duration":60,"RequestId":"r"}`},
	"group.ban for good":         {body: `{"GroupId":"lobby","Members_Account":["bob"],"Duration":4294967295}`},
	"group.ban live":             {body: `{"GroupId":"live","Members_Account":["bob"],"Duration":60,"RequestId":"r"}`, before: annLives},
	"group.mute live":            {body: `{"GroupId":"live","Members_Account":["bob"],"MuteTime":60,"RequestId":"r"}`, before: annLives},
	"group.create new":           {body: `{"Type":"Public","Name":"New","MemberList":[{"Member_Account":"bob"}],"RequestId":"r"}`},
	"group.create live":          {body: `{"Type":"AVChatRoom","Name":"New","RequestId":"r"}`},
	"group.create Work":          {body: `{"Type":"Work","Name":"New","MemberList":[{"Member_Account":"bob"}],"RequestId":"r"}`},
	"group.topics.create new":    {body: `{"GroupId":"@TGS#_c","TopicName":"Tea","RequestId":"r"}`, before: annFounds},
	"group.counters.update set":  {body: `{"GroupId":"lobby","GroupCounter":[{"Key":"k","Value":5}]}`, before: annCounts},
	"group.update all":           {body: `{"GroupId":"lobby","Name":"Tea","Introduction":"about","Notification":"closing","FaceUrl":"https://example.com/a.png","ApplyJoinOption":"NeedPermission","MuteAllMember":"On"}`},
	"group.muteall off":          {body: `{"GroupId":"hushed","ShutUpAllMember":"Off"}`, before: []ask{{"bob", "group.role", `{"GroupId":"hushed","Member_Account":"ann","Role":"Admin"}`}}},
	"group.member mine":          {body: `{"GroupId":"lobby","NameCard":"Annie","MsgFlag":"Discard"}`},
	"group.member mute":          {body: `{"GroupId":"lobby","Member_Account":"bob","MuteTime":60,"RequestId":"r"}`},
	"group.role Admin by update": {body: `{"GroupId":"lobby","Member_Account":"bob","Role":"Admin"}`},
	"group.join asked":           {body: `{"GroupId":"asks","ApplyMsg":"It is me"}`, before: bobRunsAsks},
	"group.invite asked":         {body: `{"GroupId":"asks","MemberList":[{"Member_Account":"cat"}]}`, before: append(bobRunsAsks[:1:1], ask{"bob", "group.update", `{"GroupId":"asks","InviteJoinOption":"NeedPermission"}`}, ask{"bob", "group.invite", `{"GroupId":"asks","MemberList":[{"Member_Account":"ann"}]}`})},
	"group.approve refused":      {body: `{"GroupId":"asks","Applicant_Account":"cat","Action":"Refuse","Msg":"no"}`, before: catApplies},
	"group.topics.update all":    {body: `{"GroupId":"@TGS#_c","TopicId":"@TGS#_c@TOPIC#_t","TopicName":"Green","Introduction":"about","MuteAllMember":"On"}`, before: annMakesTopic},
	"msg.read group":             {body: `{"Conv":"group/lobby"}`},
	"msg.read upto":              {body: `{"Conv":"c2c/bob","ReadSeq":2}`},
	"msg.recall group":           {body: `{"Conv":"group/lobby","MsgSeq":1}`},
	"msg.modify body":            {body: `{"Conv":"c2c/bob","MsgSeq":1,` + textBody + `}`},
	"msg.react group":            {body: `{"Conv":"group/lobby","MsgSeq":1,"ReactionId":"tea"}`},
	"msg.delete group":           {body: `{"Conv":"group/lobby","MsgSeqs":[1]}`},
	"msg.clear group":            {body: `{"Conv":"group/lobby"}`},
	"msg.send group":             {body: `{"Conv":"group/lobby",` + textBody + `,"ClientMsgId":"m"}`},
	"msg.send quote":             {body: `{"Conv":"group/lobby",` + textBody + `,"ClientMsgId":"m","IsNeedReadReceipt":1}`},
	"conv.delete group":          {body: `{"Conv":"group/lobby","ClearRamble":1}`},
	"conv.readall all":           {body: `{"Filter":"all"}`},
	"conv.mute group":            {body: `{"Conv":"group/lobby","RecvOpt":"Discard"}`},
	"conv.pin off":               {body: `{"Conv":"c2c/bob","TopFlag":0}`, before: []ask{{"ann", "conv.pin", `{"Conv":"c2c/bob","TopFlag":1}`}}},
	"conv.draft away":            {body: `{"Conv":"c2c/bob","Draft":""}`, before: []ask{{"ann", "conv.draft", `{"Conv":"c2c/bob","Draft":"almost"}`}}},
	"friend.add asked": {body: `{"AddFriendItem":[{"To_Account":"bob","AddSource":"AddSource_Type_Web","AddWording":"It is me","Remark":"Bobby"}]}`, before: []ask{
		{"bob", "user.set", `{"ProfileItem":[{"Tag":"Tag_Profile_IM_AllowType","Value":"AllowType_Type_NeedConfirm"}]}`},
	}},
	"friend.add single":      {body: `{"AddFriendItem":[{"To_Account":"bob","AddSource":"AddSource_Type_Web"}],"AddType":"Add_Type_Single"}`},
	"friend.delete single":   {body: `{"To_Account":["bob"],"DeleteType":"Delete_Type_Single"}`, before: annBefriends},
	"friend.update one":      {body: `{"UpdateItem":[{"To_Account":"bob","SnsItem":[{"Tag":"Tag_SNS_IM_Remark","Value":"B"}]}]}`, before: annBefriends},
	"friend.accept agree":    {body: `{"To_Account":"bob","ResponseType":"Response_Action_Agree"}`, before: bobAsks},
	"user.set seen":          {body: `{"ProfileItem":[{"Tag":"Tag_Profile_IM_Nick","Value":"Ann"},{"Tag":"Tag_Profile_IM_SelfSignature","Value":"tea"}]}`},
	"signal.invite group":    {body: `{"Conv":"group/lobby","InviteID":"c","InviteeList":["bob"],"Data":"d","Timeout":30}`},
	"signal.invite fleeting": {body: `{"Conv":"c2c/bob","InviteID":"c","Data":"d","Timeout":30,"OnlineOnlyFlag":1}`},
	"group.notify some":      {body: `{"GroupId":"lobby","Content":"closing","ToMembers_Account":["bob"],"RequestId":"r"}`},
}

var (
	annLives = []ask{
		{"ann", "group.create", `{"Type":"AVChatRoom","GroupId":"live","Name":"Live"}`},
		{"bob", "group.join", `{"GroupId":"live"}`},
	}
	bobRunsAsks = []ask{{"bob", "group.create", `{"Type":"Public","GroupId":"asks","Name":"Asks","ApplyJoinOption":"NeedPermission"}`}}
)
