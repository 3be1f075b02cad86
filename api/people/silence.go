package people

import (
	"context"
	"errors"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
)

func silenceRows() []*api.Command {
	return []*api.Command{
		api.Row(api.ConfigService, "setnospeaking", "", api.Admins, silence),
		api.Row(api.ConfigService, "getnospeaking", "", api.Admins, silenced),
	}
}

// silenceChange has both times as they may be left out; 4294967295 is for ever.
type silenceChange struct {
	User   chat.UserID `wire:"!Set_Account" code:"130004"`
	C2C    *uint32     `wire:"C2CmsgNospeakingTime"`
	Groups *uint32     `wire:"GroupmsgNospeakingTime"`
}

// silence is setnospeaking (spec/09 §D).
func silence(ctx context.Context, c *api.Call, r *silenceChange) (*api.None, error) {
	if r.C2C == nil && r.Groups == nil {
		return nil, chat.Refuse(chat.CodeNoSilence, "neither C2CmsgNospeakingTime nor GroupmsgNospeakingTime is given")
	}
	return nil, unregistered(c.Core.People.Silence(ctx, c.By, r.User, r.C2C, r.Groups), chat.CodeBadSetAccount)
}

type silenceQuery struct {
	User chat.UserID `wire:"!Get_Account" code:"130002"`
}

// silenceLeft is in seconds.
type silenceLeft struct {
	C2C    uint32 `json:"C2CmsgNospeakingTime"`
	Groups uint32 `json:"GroupmsgNospeakingTime"`
}

// silenced is getnospeaking (spec/09 §D).
func silenced(ctx context.Context, c *api.Call, r *silenceQuery) (*silenceLeft, error) {
	c2c, groups, err := c.Core.People.Silenced(ctx, c.By, r.User)
	if err != nil {
		return nil, unregistered(err, chat.CodeBadGetAccount)
	}
	return &silenceLeft{c2c, groups}, nil
}

// unregistered gives the refusal of an account that is not there the code of the member
// that names it.
func unregistered(err error, code chat.Code) error {
	if errors.Is(err, chat.Refuse(chat.CodeNoAccount, "")) {
		return chat.Refuse(code, "")
	}
	return err
}
