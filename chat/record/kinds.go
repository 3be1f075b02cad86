package record

// Kind is the number of a stored noun. A number is never used again for
// something else.
type Kind uint16

// The kinds of row, with gaps for later nouns of each room. The key of a kind is
// described beside its table, with the rules of the noun.
const (
	Tenant      Kind = 1
	WebPushPair Kind = 2
	Restored    Kind = 3

	Account   Kind = 10
	Block     Kind = 11
	BlockedBy Kind = 12
	Blocks    Kind = 13
	Profile   Kind = 14

	AccountCount  Kind = 15
	Friend        Kind = 17
	FriendOf      Kind = 18
	Relations     Kind = 19
	FriendDetail  Kind = 20
	FriendRequest Kind = 21
	FriendOwed    Kind = 22
	Follow        Kind = 23
	FollowCount   Kind = 24
	Trace         Kind = 25

	Ending      Kind = 29
	Group       Kind = 30
	Member      Kind = 31
	MemberOf    Kind = 32
	Mute        Kind = 33
	JoinRequest Kind = 34
	GroupList   Kind = 35
	GroupCount  Kind = 36
	LiveNumbers Kind = 37
	GroupsMade  Kind = 38
	OwnedRoom   Kind = 39
	Ban         Kind = 40
	Attr        Kind = 41
	AttrState   Kind = 42
	Counters    Kind = 43
	GroupGrowth Kind = 44
	NoticesOwed Kind = 45
	InvitedTo   Kind = 46
	TopicFlag   Kind = 47
	TopicFlagOf Kind = 48
	TopicList   Kind = 49

	Receipt        Kind = 50
	ReceiptCount   Kind = 51
	Reaction       Kind = 52
	ReactionCount  Kind = 53
	Extension      Kind = 54
	ExtensionState Kind = 55
	Pin            Kind = 56
	MergedList     Kind = 57
	MergedPart     Kind = 58
	Deletion       Kind = 59

	WordState Kind = 60
	WordList  Kind = 61
	Word      Kind = 62

	SentTrace Kind = 63

	ReadMark Kind = 70
	Peer     Kind = 71

	ConvSetting  Kind = 72
	ConvDraft    Kind = 73
	ConvBook     Kind = 74
	ConvSettings Kind = 75
	Figure       Kind = 90

	MediaObject Kind = 92
	MediaRef    Kind = 93
	MediaOf     Kind = 94
	MediaCount  Kind = 95

	PushDevice    Kind = 96
	PushUser      Kind = 97
	PushToken     Kind = 98
	PushWaiting   Kind = 99
	PushCursor    Kind = 100
	PushTrace     Kind = 101
	PushLabel     Kind = 102
	PushTagCount  Kind = 103
	PushAttrNames Kind = 104
	PushTask      Kind = 105
	PushTaskPart  Kind = 106
	PushTaskIndex Kind = 107
	PushSchedule  Kind = 108
	PushCount     Kind = 109

	SessionFilter Kind = 110
	Handled       Kind = 111
	Repeat        Kind = 112

	Call            Kind = 113
	CallPlace       Kind = 114
	CallOf          Kind = 115
	Operator        Kind = 116
	OperatorSession Kind = 117
	OperatorLink    Kind = 118
	AuditEntry      Kind = 119
)

// Kinds is the table of all kinds.
var Kinds = []struct {
	Kind Kind
	Name string
	// Rule: decisions depend on rows of this kind. Putting or removing one starts a new
	// revision of its shard's rules.
	Rule  bool
	Shard string // whose shard the rows lie in
	What  string
}{
	{Tenant, "tenant", true, "server", "an app's settings"},
	{WebPushPair, "web push pair", true, "server", "the keys that the server has made for an app's Web Push"},
	{Restored, "restored", false, "server", "which points of the commit clock a restore from a backup has left out"},
	{Account, "account", true, "user", "the account"},
	{Block, "block", true, "user", "a name on the user's blocklist, and since when"},
	{BlockedBy, "blocked by", false, "user", "mirror of block: who has blocked the user"},
	{Blocks, "blocks", false, "user", "counter: names on the user's blocklist"},
	{Profile, "profile", true, "user", "what of the user's profile the account does not have"},
	{AccountCount, "account count", false, "app", "counter: accounts of the app"},
	{Friend, "friend", true, "user", "a name in the user's list of friends, and what the user says of it"},
	{FriendOf, "friend of", false, "user", "mirror of friend: whose list of friends the user is in"},
	{Relations, "relations", false, "user", "how many friends the user has, the user's friend groups, how often all of it has changed"},
	{FriendDetail, "friend detail", false, "user", "a custom field of a friend, or a friend in a friend group"},
	{FriendRequest, "friend request", false, "user", "a request that waits for the user's answer; mirrored to who asks"},
	{FriendOwed, "friend owed", false, "app", "the other half of a change of two users' lists, until it is done"},
	{Follow, "follow", false, "conversation", "which of two users follows the other; mirrored to the lists of both"},
	{FollowCount, "follow count", false, "user", "counter: users that the user follows, users who follow them, and both"},
	{Trace, "trace", false, "user", "the day of the last login, when mobile platforms lost their connections, the custom status"},
	{Group, "group", true, "group", "the profile"},
	{Member, "member", true, "group", "a member"},
	{MemberOf, "member of", false, "user", "mirror of member: a group the user is in"},
	{Mute, "mute", true, "group", "until when a user is muted"},
	{Ban, "ban", true, "group", "until when a user may not join"},
	{Attr, "attribute", false, "group", "an attribute, by its key"},
	{AttrState, "attribute state", false, "group", "version of the attributes, and how often they were written just now"},
	{Counters, "counters", false, "group", "all counters of the group"},
	{JoinRequest, "join request", false, "group", "a request or invitation that waits, or its answer"},
	{GroupList, "group list", false, "app", "mirror of group: all groups, and all of one type"},
	{GroupCount, "group count", false, "app", "counter: groups, and groups of one type"},
	{GroupGrowth, "group growth", false, "app", "counter: groups made less groups disbanded on a day, and whether the app was told"},
	{LiveNumbers, "live numbers", false, "group", "how far an AVChatRoom's numbers are set aside"},
	{GroupsMade, "groups made", true, "user", "counter: groups the user has made on a day, and AVChatRooms"},
	{OwnedRoom, "owned room", true, "user", "an AVChatRoom the user owns, or is about to make"},
	{NoticesOwed, "notices owed", false, "group", "whom a group tells that they were added, once it has its first message"},
	{InvitedTo, "invited to", false, "user", "a group that asks the user whether they want to join"},
	{TopicFlag, "topic flag", false, "group", "how a user wants the messages of a topic"},
	{TopicFlagOf, "topic flag of", false, "user", "mirror of topic flag: a topic for which the user has set one"},
	{Ending, "ending", false, "app", "mirror of group: one that is over and whose members are not all told yet, and who ended it"},
	{TopicList, "topic list", false, "group", "mirror of group: a topic of the community"},
	{Receipt, "receipt", false, "conversation", "who has read a message, and when"},
	{ReceiptCount, "receipt count", false, "conversation", "counter: how many have read a message"},
	{Reaction, "reaction", false, "conversation", "who has reacted to a message, by message, reaction and user"},
	{ReactionCount, "reaction count", false, "conversation", "counter: how many have a reaction on a message"},
	{Extension, "extension", false, "conversation", "a key and value on a message, by message and key"},
	{ExtensionState, "extension state", false, "conversation", "how often the extensions of a message were written"},
	{Pin, "pin", false, "conversation", "a message that is pinned, and who has done it"},
	{MergedList, "merged list", false, "conversation", "a list that was cut out of a merged message, by the message and which it is: how long it is"},
	{MergedPart, "merged part", false, "conversation", "a piece of such a list"},
	{Deletion, "deletion", false, "conversation", "a message that a user has deleted from their own view, by user, holder and message"},
	{WordState, "word state", false, "app", "how many blocked words the app has, how often they have changed, and which lists are being removed"},
	{WordList, "word list", false, "app", "a list of blocked words"},
	{Word, "word", false, "app", "a blocked word, by its list and how it is folded"},
	{SentTrace, "sent trace", false, "conversation", "the distributed trace that a message belongs to, for its pushes"},
	{ReadMark, "read mark", false, "conversation", "how far a user has read, and where their view begins"},
	{Peer, "peer", false, "user", "a one-to-one conversation in the user's list"},
	{ConvSetting, "conversation setting", false, "user", "what the user has set of a conversation: pin, marks, groups, receive option, deletion"},
	{ConvDraft, "draft", false, "user", "what the user is about to say in a conversation"},
	{ConvBook, "conversation groups", false, "user", "the names of the user's groups of conversations"},
	{ConvSettings, "conversation settings", false, "user", "counter: conversations of which the user has set something"},
	{Figure, "figure", false, "app", "counter: a number for the operator, by day"},
	{MediaObject, "media object", false, "media", "a file that was sent, or is about to be"},
	{MediaRef, "media ref", false, "media", "a message that names a file; mirrored from the conversation"},
	{MediaOf, "media of", false, "user", "mirror of media object: a file that the user has sent"},
	{MediaCount, "media count", false, "user", "counter: files and bytes of a user, or of the app; parts of them looked through"},
	{PushDevice, "push device", false, "user", "where pushes to a device go, by its client id"},
	{PushUser, "push user", false, "app", "mirror of push device: a user who has some"},
	{PushToken, "push token", false, "app", "mirror of push device: which device has a token, by its hash"},
	{PushWaiting, "push waiting", false, "app", "a push that is to be sent, by channel and hash of device and conversation"},
	{PushCursor, "push cursor", false, "app", "up to where the log was looked at for pushes"},
	{PushTrace, "push trace", false, "app", "what became of a push, by its id and the device"},
	{PushLabel, "push label", false, "user", "a tag of the user, or an attribute and its value"},
	{PushTagCount, "push tag count", false, "app", "counter: users who have a tag"},
	{PushAttrNames, "push attribute names", false, "app", "the names of attributes that the app has declared"},
	{PushTask, "push task", false, "app", "a push to many, and how far it is"},
	{PushTaskPart, "push task part", false, "app", "a piece of what a push to many says, and to whom"},
	{PushTaskIndex, "push task index", false, "app", "the push to many of a MsgRandom, and when scheduled ones are due"},
	{PushSchedule, "push schedule", false, "app", "a push to many that is made at a time"},
	{PushCount, "push count", false, "app", "counter: pushes to many of a day, and what became of pushes, by task and hour"},
	{SessionFilter, "session filter", false, "user", "a filter of an MQTT session, by session and hash"},
	{Handled, "handled", false, "user", "what a publish of an MQTT session has led to, by session and place or packet id"},
	{Repeat, "repeat", false, "user", "what a call with a RequestId has led to, by method and id"},
	{Call, "call", false, "conversation", "an invitation to a call and who has answered it, open or over, by InviteID"},
	{CallPlace, "call place", false, "app", "mirror of call: the conversation of an InviteID, and when open ones are due"},
	{CallOf, "call of", false, "user", "mirror of call: an open one that the user has made"},
	{Operator, "operator", true, "server", "somebody who looks after the server, by name"},
	{OperatorSession, "operator session", false, "server", "a login of an operator, by the hash of its token"},
	{OperatorLink, "operator link", true, "server", "a link by which somebody becomes an operator, by the hash of its token"},
	{AuditEntry, "audit entry", false, "server", "what was done by an operator, newest first"},
}

// Rule reports whether rows of the kind are rules; see Kinds.
func (k Kind) Rule() bool {
	for i := range Kinds {
		if Kinds[i].Kind == k {
			return Kinds[i].Rule
		}
	}
	return false
}

// String is the kind's name.
func (k Kind) String() string {
	for i := range Kinds {
		if Kinds[i].Kind == k {
			return Kinds[i].Name
		}
	}
	return "unknown kind"
}
