package chat

// Figure is a number that is counted for the operator by app and day (spec/09 §F), by
// its name there.
type Figure string

// The figures. What is sent counts when a device of the user sends it, not a backend.
const (
	FigureLogins        Figure = "LoginTimes"
	FigureLoginUsers    Figure = "LoginUserNum"  // users who logged in that day
	FigureActive        Figure = "ActiveUserNum" // users with a connection at some time of that day
	FigureMostOnline    Figure = "MaxOnlineNum"  // users with a connection at the same time
	FigureRegistered    Figure = "RegistUserNumOneDay"
	FigureUnregistered  Figure = "unregistered" // accounts deleted; for the totals of days before
	FigureSent          Figure = "UpMsgNum"
	FigureSentC2C       Figure = "C2CUpMsgNum"
	FigureSentGroup     Figure = "GroupUpMsgNum"
	FigureDown          Figure = "DownMsgNum" // messages sent to devices, each time
	FigureDownC2C       Figure = "C2CDownMsgNum"
	FigureDownGroup     Figure = "GroupDownMsgNum"
	FigurePushed        Figure = "APNSMsgNum" // pushes of messages that APNs has taken
	FigurePushedC2C     Figure = "C2CAPNSMsgNum"
	FigurePushedGroup   Figure = "GroupAPNSMsgNum"
	FigureCalls         Figure = "CallBackReq"         // calls of the app's server, repeated ones too
	FigureAnswers       Figure = "CallBackRsp"         // those of them that were answered well
	FigureJoined        Figure = "GroupJoinGroupTimes" // members of groups that have stored ones
	FigureLeft          Figure = "GroupQuitGroupTimes" // of groups that go on; kicked, or gone themselves
	FigureGroupsMade    Figure = "GroupNewGroupNum"
	FigureGroupsEnded   Figure = "GroupDestroyGroupNum"
	FigureAccountsInAll Figure = "RegistUserNumTotal"
	FigureGroupsInAll   Figure = "GroupAllGroupNum"
)

// Counted moves a figure once a commit is done.
type Counted struct {
	Figure Figure
	N      int64
}

// DayFigures are the figures of one day.
type DayFigures struct {
	Day     int64 // since 1970, UTC
	Figures map[Figure]int64
}
