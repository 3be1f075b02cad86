package chat

import "strings"

// Marks of ids (spec/20 §4). CommunityMark begins the id of every Community. TopicMark
// stands in the id of a topic behind that of its community.
const (
	CommunityMark = "@TGS#_"
	TopicMark     = "@TOPIC#_"
)

// Home is the group whose members a group has: of a topic its community, else the
// group itself.
func (g GroupID) Home() GroupID {
	if !strings.HasPrefix(string(g), CommunityMark) {
		return g
	}
	home, _, _ := strings.Cut(string(g), TopicMark)
	return GroupID(home)
}

// IsTopic reports whether g names a topic of a community.
func (g GroupID) IsTopic() bool { return g.Home() != g }

// TopicDraft is a topic as a creator asks for it (spec/22b §13).
type TopicDraft struct {
	Community    GroupID
	ID           GroupID // "" lets the server choose
	Name         string
	Introduction string
	Notification string
	FaceURL      string
	CustomString string
	// Created is for imports, Unix seconds; 0: now.
	Created int64
}

// TopicPatch changes a topic; nil fields stay.
type TopicPatch struct {
	Name, Introduction, Notification, FaceURL, CustomString *string
	MuteAll                                                 *bool
}

// TopicView is a topic as one user of its community has it.
type TopicView struct {
	ID    GroupID
	Err   error  // why there is nothing else
	Topic *Group // its own profile: MuteAll is what was set for the topic alone
	Head  Head
	Read  Seq           // how far the user has read
	Flag  ReceiveOption // of the user: that of the community until one is set here; "": no member
	Muted int64         // until when the user is muted in the topic, Unix seconds; 0: they are not
}
