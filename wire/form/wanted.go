package form

// What the members of a message have to be, for who has sent something else.
const (
	aText   = "text"
	aNumber = "a whole number from 0 to 4294967295"
	aFlag   = "0 or 1"
	anObj   = "an object"
	texts   = "a list of text"
)

var wanted = map[string]string{
	"MsgBody": "a list of elements", "MsgRandom": aNumber, "Random": aNumber, "MsgSeq": aNumber,
	"CloudCustomData": aText, "ClientMsgId": "text of at most 64 bytes", "From_Account": aText,
	"OfflinePushInfo": anObj, "Quote": anObj,
	"OnlineOnlyFlag": aFlag, "MsgOnlineOnlyFlag": aFlag, "SupportMessageExtension": aFlag,
	"IsNeedReadReceipt": aFlag, "NeedReadReceipt": aFlag,
	"MsgLifeTime": "a whole number of seconds", "MsgPriority": `"High", "Normal" or "Low"`,
	"SendMsgControl": texts, "ForbidCallbackControl": texts,
	"GroupAtInfo":      "a list of objects with GroupAtAllFlag or GroupAt_Account",
	"To_Account":       "a list of text, not empty",
	"SyncOtherMachine": "1 or 2", "MsgTimeStamp": "a whole number",
}
