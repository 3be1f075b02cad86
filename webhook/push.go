package webhook

import "github.com/teahouse-im/teahouse/chat"

// pushes are the entries of Push.OfflinePush (spec/30 §6.5); times are in seconds.
func pushes(f *fact) any {
	if f.Kind == chat.AllMemberPush {
		return pushesToMany(f)
	}
	type pushed struct {
		Command  chat.EventKind `json:"CallbackCommand"`
		Type     int            `json:"EventType"` // 1 C2C, 2 group
		Time     int64          `json:"EventTime"`
		From     chat.UserID    `json:"From_Account"`
		To       chat.UserID    `json:"To_Account"`
		Platform int            `json:"PushPlatform"`
		Stage    int            `json:"PushStage"`
		Key      string         `json:"MsgKey,omitempty"`
		Group    chat.GroupID   `json:"GroupID,omitempty"`
		Seq      uint64         `json:"MsgSeq"`
		Random   uint32         `json:"MsgRandom"`
		MsgTime  int64          `json:"MsgTime"`
		PushID   string         `json:"PushID"`
		Code     int            `json:"ErrCode"`
		Info     string         `json:"ErrInfo"`
	}
	list := make([]pushed, len(f.Pushes))
	for i := range f.Pushes {
		p := &f.Pushes[i]
		list[i] = pushed{
			Command: f.Kind, Type: 1, Time: p.Time, From: p.From, To: p.To, Platform: p.Platform, Stage: p.Stage,
			Key: p.Key, Group: p.Group, Seq: p.Seq, Random: p.Random, MsgTime: p.MsgTime, PushID: p.PushID, Code: p.Code, Info: p.Info,
		}
		if p.Group != "" {
			list[i].Type = 2
		}
	}
	return list
}

// pushesToMany are the events of a push to many (spec/30 §6.5); EventType is 1 for those of
// providers and 2 for those of connections.
func pushesToMany(f *fact) any {
	type one struct {
		Command  chat.EventKind `json:"CallbackCommand"`
		Type     int            `json:"EventType"`
		Task     string         `json:"TaskId"`
		TaskTime int64          `json:"TaskTime"`
		Time     int64          `json:"EventTime"`
		To       chat.UserID    `json:"To_Account"`
		Platform int            `json:"PushPlatform"`
		Stage    int            `json:"PushStage"`
		Code     int            `json:"ErrCode"`
		Info     string         `json:"ErrInfo"`
		Data     string         `json:"DataId,omitempty"`
	}
	list := make([]one, len(f.Pushes))
	for i, p := range f.Pushes {
		list[i] = one{f.Kind, 1 + bit(p.Online), p.Task, p.TaskTime, p.Time, p.To, p.Platform, p.Stage, p.Code, p.Info, p.Data}
	}
	return list
}
