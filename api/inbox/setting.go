package inbox

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	coreinbox "github.com/teahouse-im/teahouse/chat/inbox"
	"github.com/teahouse-im/teahouse/wire"
)

// settingRows are the requests that change a user's conversations (spec/00 §5).
func settingRows() []*api.Command {
	return []*api.Command{
		api.Row(api.NoService, "", "conv.pin", api.Anyone, pin).
			Shows(`{"Conv":"c2c/bob","TopFlag":1}`),
		api.Row(api.NoService, "", "conv.draft", api.Anyone, setDraft).
			Shows(`{"Conv":"c2c/bob","Draft":"almost"}`),
		api.Row(api.NoService, "", "conv.mute", api.Anyone, mute).
			Shows(`{"Conv":"group/tea","RecvOpt":"NotReceiveMsgExceptAt"}`),
		api.Row(api.NoService, "", "conv.mark", api.Anyone, mark).
			Shows(`{"Conv":"c2c/bob","SetMark":[1],"ClearMark":[2],"CustomMark":"later"}`),
		api.Row(api.NoService, "", "conv.delete", api.Anyone, deleteConv).
			Shows(`{"Conv":"c2c/bob","ClearRamble":0}`),
		api.Row(api.NoService, "", "conv.readall", api.Anyone, readAll).
			Shows(`{"Filter":"c2c"}`),
	}
}

type pinning struct {
	Conv api.Conv `wire:"!Conv" code:"50002"`
	Top  *api.Bit `wire:"!TopFlag" code:"50002"`
}

func pin(ctx context.Context, c *api.Call, r *pinning) (*api.None, error) {
	return nil, c.Core.Inbox.Pin(ctx, c.By, "", []chat.Target{chat.Target(r.Conv)}, bool(*r.Top))
}

type draft struct {
	Conv api.Conv `wire:"!Conv" code:"50002"`
	Text *string  `wire:"!Draft" code:"50002"`
}

func setDraft(ctx context.Context, c *api.Call, r *draft) (*api.None, error) {
	return nil, c.Core.Inbox.SetDraft(ctx, c.By, chat.Target(r.Conv), *r.Text)
}

type muting struct {
	Conv   api.Conv           `wire:"!Conv" code:"50002"`
	Option chat.ReceiveOption `wire:"!RecvOpt" code:"50002"`
}

func mute(ctx context.Context, c *api.Call, r *muting) (*api.None, error) {
	return nil, c.Core.Inbox.Mute(ctx, c.By, chat.Target(r.Conv), r.Option)
}

type marking struct {
	Conv   api.Conv `wire:"!Conv" code:"50002"`
	Set    []int    `wire:"SetMark" code:"50002"`
	Clear  []int    `wire:"ClearMark" code:"50002"`
	Custom *string  `wire:"CustomMark" code:"50002"`
}

func mark(ctx context.Context, c *api.Call, r *marking) (*api.None, error) {
	each, err := c.Core.Inbox.Mark(ctx, c.By, "", []coreinbox.MarkChange{{
		Target: chat.Target(r.Conv), Set: r.Set, Clear: r.Clear, Custom: r.Custom,
	}})
	if err != nil {
		return nil, err
	}
	return nil, each[0]
}

type deletion struct {
	Conv  api.Conv `wire:"!Conv" code:"50002"`
	Clear api.Bit  `wire:"ClearRamble" code:"50002"`
}

func deleteConv(ctx context.Context, c *api.Call, r *deletion) (*api.None, error) {
	return nil, c.Core.Inbox.Delete(ctx, c.By, "", chat.Target(r.Conv), bool(r.Clear))
}

type readingAll struct {
	Filter readFilter `wire:"!Filter" code:"50002"`
}

// readFilter is which conversations are meant; 0 is all.
type readFilter chat.Kind

// ReadWire reads the value.
func (k *readFilter) ReadWire(value []byte) bool {
	if s, ok := wire.ReadText(value); ok && s == "all" {
		*k = 0
		return true
	}
	return (*convType)(k).ReadWire(value)
}

// Words lists the words.
func (readFilter) Words() []string { return []string{"c2c", "group", "all"} }

// TypeInJSON is for help.
func (*readFilter) TypeInJSON() string { return "text" }

// Wanted is for who has sent something else.
func (*readFilter) Wanted() string { return "c2c, group or all" }

func readAll(ctx context.Context, c *api.Call, r *readingAll) (*api.None, error) {
	return nil, c.Core.Inbox.ReadAll(ctx, c.By, chat.Kind(r.Filter))
}
