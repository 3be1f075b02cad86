package account

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
)

// operatorRows are about the app and this server.
func operatorRows() []*api.Command {
	return []*api.Command{
		api.Row(api.ConfigService, "getappinfo", "", api.Admins, appInfo),
		api.Row(api.FileService, "get_history", "", api.Admins, historyFile).AtMost(fileRate),
		api.Row(api.AddressService, "GetIPList", "", api.Admins, addresses),
	}
}

type appInfoQuery struct {
	Fields []string `wire:"RequestField"` // none: all
}

// appInfoDays is an answer without ActionStatus that says OK in ErrorInfo (spec/09 §F). A
// day is texts by name, Date among them always.
type appInfoDays struct {
	Result []map[string]string `json:"Result"`
}

// ErrorInfo is that of the original's.
func (*appInfoDays) ErrorInfo() string { return "OK" }

// shownFigures are the figures that are counted; the others of spec/09 §F are left out of
// the answer, as they are not.
var shownFigures = []chat.Figure{
	chat.FigureRegistered, chat.FigureAccountsInAll, chat.FigureLogins, chat.FigureLoginUsers, chat.FigureSent,
	chat.FigureSentC2C, chat.FigureSentGroup, chat.FigureGroupsMade, chat.FigureGroupsInAll, chat.FigureGroupsEnded,
	chat.FigureJoined, chat.FigureLeft, chat.FigureActive, chat.FigureMostOnline,
	chat.FigureDown, chat.FigureDownC2C, chat.FigureDownGroup, chat.FigureCalls, chat.FigureAnswers,
}

func appInfo(ctx context.Context, c *api.Call, r *appInfoQuery) (*appInfoDays, error) {
	list, err := c.Core.Figures(ctx, c.By)
	if err != nil {
		return nil, err
	}
	var answer appInfoDays
	for _, d := range list {
		day := map[string]string{"AppName": c.App.Name, "AppId": strconv.FormatUint(uint64(c.App.ID), 10)}
		for _, f := range shownFigures {
			day[string(f)] = strconv.FormatInt(d.Figures[f], 10)
		}
		if len(r.Fields) > 0 {
			maps.DeleteFunc(day, func(name, _ string) bool { return !slices.Contains(r.Fields, name) })
		}
		day["Date"] = time.Unix(d.Day*24*60*60, 0).UTC().Format("20060102")
		answer.Result = append(answer.Result, day)
	}
	return &answer, nil
}

// addressList is of addresses or ranges.
type addressList struct {
	List []string `json:"IPList"`
}

// addresses tells from where this server is reached and calls webhooks.
func addresses(_ context.Context, c *api.Call, _ *api.None) (*addressList, error) {
	list, err := c.Core.Addresses()
	if err != nil {
		return nil, err
	}
	return &addressList{list}, nil
}
