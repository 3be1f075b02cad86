package chat

import "strconv"

// Class groups codes by what a door should do with them.
type Class uint8

// The classes of refusal. A door maps a class to its own reason code in one
// file (hooks/reply.go, admin/respond.go).
const (
	Fault           Class = iota // a fault of ours; also the class of unknown codes
	Malformed                    // the request does not parse or breaks a form rule
	Unauthenticated              // the ticket is bad
	Denied                       // the rules forbid it
	NotFound                     // what it names does not exist
	Limited                      // a quota or rate is used up
	RefusedByApp                 // a before-webhook said no
	Unavailable                  // try again later
)

// Codes of spec/40 that this server gives.
const (
	CodeBadPath         Code = 60002 // malformed URL or topic
	CodeNotJSON         Code = 60003
	CodeAuthFailed      Code = 60004
	CodeBadApp          Code = 60006
	CodeCommandRate     Code = 60007
	CodeUnknownCommand  Code = 60009
	CodeNeedAdmin       Code = 60010
	CodeBusy            Code = 60011 // app rate; also a full lane
	CodeNoApp           Code = 60012
	CodeAccountNotText  Code = 60015
	CodeAppDisabled     Code = 60016
	CodeCommandDisabled Code = 60017
	CodeShutdown        Code = 60008
	CodeSearchBuilding  Code = 60040 // ours

	CodeTicketExpired    Code = 70001
	CodeTicketEmpty      Code = 70002
	CodeTicketMalformed  Code = 70003
	CodeTicketSignature  Code = 70009
	CodeTicketOtherUser  Code = 70013
	CodeTicketOtherApp   Code = 70014
	CodeNoKey            Code = 70016
	CodeUnknownApp       Code = 70020
	CodeTooManyFailures  Code = 70050
	CodeAccountBlocked   Code = 70051
	CodeTicketRevoked    Code = 70052
	CodeNoAccount        Code = 70107
	CodeAccountTimeout   Code = 70169
	CodeAccountBatch     Code = 70206
	CodeTooManyAccounts  Code = 70398
	CodeAccountParameter Code = 70402
	CodeAccountNeedAdmin Code = 70403
	CodeAccountInternal  Code = 70500

	CodeProfileParameter   Code = 40001
	CodeProfileNoTarget    Code = 40002
	CodeProfileNoAccount   Code = 40003
	CodeProfileNeedAdmin   Code = 40004
	CodeProfileInternal    Code = 40006
	CodeProfileNotReadable Code = 40007
	CodeProfileNotWritable Code = 40008
	CodeProfileNoTag       Code = 40009
	CodeProfileTooLong     Code = 40601
	CodeProfileBadValue    Code = 40605
	CodeProfileBadType     Code = 40610

	CodeTextRefused    Code = 80001
	CodeMessageTooLong Code = 80002
	CodeWebhookFailed  Code = 80003

	CodeC2CBadRequest   Code = 20001
	CodeC2CUnknownParty Code = 20003
	CodeC2CRefused      Code = 20006
	CodeBlocked         Code = 20007
	CodeStrangers       Code = 20009
	CodeNotTheirFriend  Code = 20010
	CodeNotOwnFriend    Code = 20011
	CodeC2CMuted        Code = 20012
	CodeRecallTooLate   Code = 20016
	CodeNoMessage       Code = 20022
	CodeRecalledAlready Code = 20023
	CodeVersionConflict Code = 20027

	CodeExtensionConflict Code = 23001
	CodeNotExtensible     Code = 23002
	CodeExtensionRate     Code = 23003
	CodeExtensionMessage  Code = 23004

	CodeBadJSON           Code = 90001
	CodeBadBody           Code = 90002
	CodeBadTo             Code = 90003
	CodeBadRandom         Code = 90005
	CodeBadTimestamp      Code = 90006
	CodeBodyNotArray      Code = 90007
	CodeBadFrom           Code = 90008
	CodeMsgNeedAdmin      Code = 90009
	CodeBadElement        Code = 90010
	CodeTooManyTargets    Code = 90011
	CodeToUnknown         Code = 90012
	CodeBadLifeTime       Code = 90026
	CodeTooManyLabelled   Code = 90018
	CodeTagTwice          Code = 90022
	CodePushTooSoon       Code = 90024
	CodeTargetsNotArray   Code = 90028
	CodeTargetsEmpty      Code = 90029
	CodeBadImport         Code = 90030
	CodeBadAttrLength     Code = 90030 // the same number, in the service of pushes to many
	CodeBadSync           Code = 90031
	CodeTooManyTags       Code = 90032
	CodeBadAttr           Code = 90033
	CodeTagTooLong        Code = 90034
	CodeBadCondition      Code = 90039
	CodeEmptyTag          Code = 90040
	CodeBadPushInfo       Code = 90043
	CodeLifeTimeType      Code = 90044
	CodePushOff           Code = 90045
	CodePushQuota         Code = 90047
	CodeAccountUnknown    Code = 90048
	CodeMediaTooLarge     Code = 7005 // a file, or what a user or the app may send
	CodeMediaEmpty        Code = 7006
	CodeBadMsgKey         Code = 90054
	CodeBatchTooLong      Code = 90055
	CodeBadSchedule       Code = 90104
	CodeScheduleInternal  Code = 90105
	CodeDispatched        Code = 90106
	CodeDispatching       Code = 90107
	CodeInternal          Code = 91000
	CodeRequestTooLong    Code = 93000
	CodeRelationParameter Code = 30001
	CodeRelationNoAccount Code = 30003
	CodeRelationNeedAdmin Code = 30004
	CodeRelationInternal  Code = 30006
	CodeFriendBarred      Code = 30009
	CodeFriendsFull       Code = 30010
	CodeFriendGroupsFull  Code = 30011
	CodeRequestsFull      Code = 30012
	CodeBlocklistFull     Code = 30013
	CodePeerFriendsFull   Code = 30014
	CodeIsBlocked         Code = 30515 // the other is on the own blocklist
	CodeRefusesFriends    Code = 30516
	CodeHasBlocked        Code = 30525 // the other has blocked oneself
	CodeFriendPending     Code = 30539 // waits for an answer; not a failure
	CodeNoFriendRequest   Code = 30614
	CodeNotFriends        Code = 31704
	CodeNoRequestToDelete Code = 31804
	CodeNoFriendToGroup   Code = 32216
	CodeConvNoAccount     Code = 50001
	CodeConvParameter     Code = 50002
	CodeConvNeedAdmin     Code = 50003
	CodeConvInternal      Code = 50004
	CodeConvBatch         Code = 51006
	CodeConvGroup         Code = 51007
	CodeConvTooMany       Code = 51008
	CodeNoConvGroup       Code = 51009
	CodeTooManyConvGroups Code = 51010
	CodeConvGroupName     Code = 51011
	CodeTooManyPinned     Code = 51012

	CodeGroupNotOnline     Code = 10001
	CodeGroupInternal      Code = 10002
	CodeGroupUnknown       Code = 10003 // unknown group command
	CodeGroupParameter     Code = 10004
	CodeGroupBatch         Code = 10005
	CodeGroupFrequency     Code = 10006
	CodeGroupNotAllowed    Code = 10007
	CodeOwnerMayNotQuit    Code = 10009
	CodeNoGroup            Code = 10010
	CodeAlreadyMember      Code = 10013
	CodeGroupFull          Code = 10014
	CodeBadGroupID         Code = 10015
	CodeGroupRefused       Code = 10016
	CodeMuted              Code = 10017
	CodeAnswerTooLong      Code = 10018
	CodeGroupNoAccount     Code = 10019
	CodeGroupIDTaken       Code = 10021
	CodeGroupRate          Code = 10023
	CodeAlreadyHandled     Code = 10024
	CodeGroupIDYours       Code = 10025
	CodeGroupNoMessage     Code = 10030
	CodeGroupRecallTooLate Code = 10031
	CodeNotRecallable      Code = 10032
	CodeRecallUnsupported  Code = 10033
	CodeTooManyLiveRooms   Code = 10036
	CodeTooManyGroups      Code = 10037
	CodeTooManyMembers     Code = 10038
	CodeNoHistory          Code = 10044
	CodeAttrKey            Code = 10045
	CodeAttrValue          Code = 10046
	CodeTooManyAttrs       Code = 10047
	CodeAttrBytes          Code = 10048
	CodeAttrRate           Code = 10049
	CodeNoAttr             Code = 10050
	CodeTooManyMentions    Code = 10053
	CodeAttrConflict       Code = 10056
	CodeReceiptGroupSize   Code = 10060
	CodeReceiptOnline      Code = 10061
	CodeNoReceipt          Code = 10062
	CodeTooManyCounters    Code = 10063
	CodeTooManyPins        Code = 10070
	CodeCommunityOff       Code = 11000
	CodeTopicDeleted       Code = 110003

	CodeNoCall     Code = 8010 // of the methods signal.…, as the next
	CodeNotInvited Code = 8011
	CodeCallTaken  Code = 8012

	CodeWordsInternal  Code = 2001 // of the service im_msg_audit_mgr, as the next
	CodeWordsParameter Code = 2003
	CodeWordsNeedAdmin Code = 2004
	CodeTooManyWords   Code = 2016

	CodeNoPushChannel Code = 22001 // of the methods push.…, as the next
	CodeNoPushToken   Code = 22003
	CodePushTokenLong Code = 22004

	CodeFileParameter Code = 1002 // of the service open_msg_svc, as the next
	CodeFileInternal  Code = 1003
	CodeFileNotReady  Code = 1004
	CodeFileExpired   Code = 1005

	CodeConfigJSON     Code = 130001 // of the service openconfigsvr, as the next
	CodeNoGetAccount   Code = 130002
	CodeBadGetAccount  Code = 130003
	CodeNoSetAccount   Code = 130004
	CodeBadSetAccount  Code = 130005
	CodeNoSilence      Code = 130008
	CodeFiguresUnread  Code = 130009
	CodeConfigInternal Code = 130014
)

// Ranges in which a before-webhook chooses its own code (spec/30 §3).
const (
	GroupWebhookFirst Code = 10100
	GroupWebhookLast  Code = 10200
	SNSWebhookFirst   Code = 38000
	SNSWebhookLast    Code = 39000
	C2CWebhookFirst   Code = 120001
	C2CWebhookLast    Code = 130000
)

type codeRow struct {
	class   Class
	meaning string
}

// codes is the one table of number, class and meaning.
var codes = map[Code]codeRow{
	CodeBadPath:         {Malformed, "malformed address"},
	CodeNotJSON:         {Malformed, "body is not JSON"},
	CodeAuthFailed:      {Unauthenticated, "account or signature wrong"},
	CodeBadApp:          {Unauthenticated, "SDKAppID invalid"},
	CodeCommandRate:     {Limited, "command rate exceeded"},
	CodeShutdown:        {Unavailable, "server is shutting down"},
	CodeUnknownCommand:  {NotFound, "no such command"},
	CodeNeedAdmin:       {Denied, "app administrator needed"},
	CodeBusy:            {Limited, "too many requests, try again"},
	CodeNoApp:           {Malformed, "SDKAppID missing"},
	CodeAccountNotText:  {Malformed, "an account is not a string"},
	CodeAppDisabled:     {Denied, "application disabled"},
	CodeCommandDisabled: {Denied, "command disabled"},
	CodeSearchBuilding:  {Unavailable, "the index is being made"},

	CodeTicketExpired:    {Unauthenticated, "ticket expired"},
	CodeTicketEmpty:      {Unauthenticated, "ticket empty"},
	CodeTicketMalformed:  {Unauthenticated, "ticket malformed"},
	CodeTicketSignature:  {Unauthenticated, "ticket signature wrong"},
	CodeTicketOtherUser:  {Unauthenticated, "ticket is for another user"},
	CodeTicketOtherApp:   {Unauthenticated, "ticket is for another application"},
	CodeNoKey:            {Unauthenticated, "application has no key"},
	CodeUnknownApp:       {Unauthenticated, "application unknown"},
	CodeTooManyFailures:  {Limited, "too many failed checks, retry after a minute"},
	CodeAccountBlocked:   {Denied, "account blocked"},
	CodeTicketRevoked:    {Unauthenticated, "ticket no longer valid, mint a new one"},
	CodeNoAccount:        {NotFound, "account does not exist"},
	CodeAccountTimeout:   {Unavailable, "timeout"},
	CodeAccountBatch:     {Malformed, "illegal number of accounts"},
	CodeTooManyAccounts:  {Limited, "the application has as many accounts as it may"},
	CodeAccountParameter: {Malformed, "illegal parameter"},
	CodeNoPushChannel:    {Denied, "the app has no such push channel"},
	CodeNoPushToken:      {Malformed, "no push token"},
	CodePushTokenLong:    {Malformed, "push token too long"},
	CodeAccountNeedAdmin: {Denied, "app administrator needed"},
	CodeAccountInternal:  {Fault, "internal error"},

	CodeProfileParameter:   {Malformed, "illegal parameter"},
	CodeProfileNoTarget:    {Malformed, "no account is given"},
	CodeProfileNoAccount:   {NotFound, "account unknown"},
	CodeProfileNeedAdmin:   {Denied, "app administrator needed"},
	CodeProfileInternal:    {Fault, "internal error"},
	CodeProfileNotReadable: {Denied, "the field may not be read"},
	CodeProfileNotWritable: {Denied, "the field may not be written"},
	CodeProfileNoTag:       {NotFound, "there is no such field"},
	CodeProfileTooLong:     {Malformed, "value longer than 500 bytes"},
	CodeProfileBadValue:    {Malformed, "value not allowed for this field"},
	CodeProfileBadType:     {Malformed, "value has the wrong type"},

	CodeTextRefused:    {Denied, "text refused"},
	CodeMessageTooLong: {Malformed, "message too long"},
	CodeWebhookFailed:  {Unavailable, "the app's webhook failed"},

	CodeC2CBadRequest:     {Malformed, "bad request"},
	CodeC2CUnknownParty:   {NotFound, "sender or receiver unknown"},
	CodeC2CRefused:        {RefusedByApp, "refused by the app"},
	CodeBlocked:           {Denied, "blocked by the receiver"},
	CodeStrangers:         {Denied, "the two are not friends"},
	CodeNotTheirFriend:    {Denied, "the receiver has not listed the sender as a friend"},
	CodeNotOwnFriend:      {Denied, "the sender has not listed the receiver as a friend"},
	CodeC2CMuted:          {Denied, "sender is muted"},
	CodeRecallTooLate:     {Denied, "recall window is over"},
	CodeNoMessage:         {NotFound, "no such message"},
	CodeExtensionConflict: {Denied, "extension has changed meanwhile"},
	CodeNotExtensible:     {Denied, "message does not support extensions"},
	CodeExtensionRate:     {Limited, "extensions are written too often"},
	CodeExtensionMessage:  {NotFound, "no such message"},
	CodeVersionConflict:   {Denied, "message has changed meanwhile"},
	CodeRecalledAlready:   {Denied, "message is recalled already"},

	CodeBadJSON:           {Malformed, "request does not parse"},
	CodeBadBody:           {Malformed, "MsgBody malformed"},
	CodeBadTo:             {Malformed, "To_Account missing or malformed"},
	CodeBadRandom:         {Malformed, "MsgRandom missing or not an integer"},
	CodeBadTimestamp:      {Malformed, "MsgTimeStamp not an integer"},
	CodeBodyNotArray:      {Malformed, "MsgBody is not an array"},
	CodeBadFrom:           {Malformed, "From_Account missing or unknown"},
	CodeMsgNeedAdmin:      {Denied, "app administrator needed"},
	CodeBadElement:        {Malformed, "message element malformed"},
	CodeTooManyTargets:    {Malformed, "more than 500 receivers"},
	CodeToUnknown:         {NotFound, "receiver is not registered"},
	CodeBadLifeTime:       {Malformed, "MsgLifeTime too large"},
	CodeTooManyLabelled:   {Malformed, "too many accounts"},
	CodeTagTwice:          {Malformed, "a tag is in TagsOr and in TagsAnd"},
	CodePushTooSoon:       {Limited, "there was a push within this second"},
	CodeTargetsNotArray:   {Malformed, "To_Account is not an array"},
	CodeTargetsEmpty:      {Malformed, "To_Account is empty"},
	CodeBadImport:         {Malformed, "SyncFromOldSystem is none of 1, 2 and 5"},
	CodeBadSync:           {Malformed, "SyncOtherMachine malformed"},
	CodeTooManyTags:       {Malformed, "too many tags"},
	CodeBadAttr:           {Malformed, "attribute is not declared"},
	CodeTagTooLong:        {Malformed, "tag longer than 50 bytes"},
	CodeBadCondition:      {Malformed, "tags and attributes are mixed"},
	CodeEmptyTag:          {Malformed, "tag is empty"},
	CodeBadPushInfo:       {Malformed, "OfflinePushInfo malformed"},
	CodeLifeTimeType:      {Malformed, "MsgLifeTime not an integer"},
	CodePushOff:           {Denied, "pushes to many are switched off"},
	CodePushQuota:         {Limited, "as many pushes to many as a day may have"},
	CodeAccountUnknown:    {NotFound, "account unknown"},
	CodeMediaTooLarge:     {Limited, "file too large"},
	CodeMediaEmpty:        {Malformed, "file empty"},
	CodeBadMsgKey:         {Malformed, "MsgKey malformed"},
	CodeBatchTooLong:      {Malformed, "batch message too long"},
	CodeBadSchedule:       {Malformed, "parameter missing or wrong"},
	CodeScheduleInternal:  {Fault, "internal error"},
	CodeDispatched:        {Denied, "the task has been dispatched"},
	CodeDispatching:       {Denied, "the task is being dispatched"},
	CodeInternal:          {Fault, "internal error"},
	CodeRequestTooLong:    {Malformed, "request too long"},
	CodeRelationParameter: {Malformed, "illegal parameter"},
	CodeRelationNoAccount: {NotFound, "account unknown"},
	CodeRelationNeedAdmin: {Denied, "app administrator needed"},
	CodeRelationInternal:  {Fault, "internal error"},
	CodeFriendBarred:      {Denied, "may not ask others to be friends"},
	CodeFriendsFull:       {Limited, "list of friends is full"},
	CodeFriendGroupsFull:  {Limited, "too many friend groups"},
	CodeRequestsFull:      {Limited, "too many requests wait"},
	CodeBlocklistFull:     {Limited, "blocklist is full"},
	CodePeerFriendsFull:   {Limited, "the other's list of friends is full"},
	CodeIsBlocked:         {Denied, "the other is on the own blocklist"},
	CodeRefusesFriends:    {Denied, "the other refuses everybody"},
	CodeHasBlocked:        {Denied, "blocked by the other"},
	CodeFriendPending:     {Denied, "waits until the other has agreed"},
	CodeNoFriendRequest:   {NotFound, "there is no such request"},
	CodeNotFriends:        {NotFound, "not a friend"},
	CodeNoRequestToDelete: {NotFound, "there is no such request to delete"},
	CodeNoFriendToGroup:   {Denied, "Err_SNS_GroupAdd_ToTinyId_Not_Friend"},
	CodeConvNoAccount:     {NotFound, "account unknown"},
	CodeConvParameter:     {Malformed, "illegal parameter"},
	CodeConvNeedAdmin:     {Denied, "app administrator needed"},
	CodeConvInternal:      {Fault, "internal error"},
	CodeConvBatch:         {Malformed, "illegal number of conversations"},
	CodeConvGroup:         {NotFound, "not a group of the user"},
	CodeConvTooMany:       {Limited, "too many conversations with marks or in groups"},
	CodeNoConvGroup:       {NotFound, "no such conversation group"},
	CodeTooManyConvGroups: {Limited, "more than 20 conversation groups"},
	CodeConvGroupName:     {Malformed, "conversation group name longer than 32 bytes"},
	CodeTooManyPinned:     {Limited, "more than 50 pinned conversations"},

	CodeGroupInternal:      {Fault, "internal error"},
	CodeGroupUnknown:       {NotFound, "no such group command"},
	CodeGroupParameter:     {Malformed, "illegal parameter"},
	CodeGroupBatch:         {Malformed, "too many accounts in one call"},
	CodeGroupFrequency:     {Limited, "too frequent"},
	CodeGroupNotAllowed:    {Denied, "not permitted"},
	CodeOwnerMayNotQuit:    {Denied, "the owner may not leave the group"},
	CodeNoGroup:            {NotFound, "group does not exist"},
	CodeAlreadyMember:      {Denied, "already a member"},
	CodeGroupFull:          {Limited, "group is full"},
	CodeBadGroupID:         {Malformed, "group id invalid"},
	CodeGroupRefused:       {RefusedByApp, "refused by the app"},
	CodeMuted:              {Denied, "muted"},
	CodeAnswerTooLong:      {Malformed, "answer over 1 MB, use paging"},
	CodeGroupNoAccount:     {NotFound, "account unknown"},
	CodeGroupIDTaken:       {Denied, "group id is taken"},
	CodeGroupNotOnline:     {NotFound, "not online in the group"},
	CodeGroupRate:          {Limited, "group message rate exceeded"},
	CodeAlreadyHandled:     {Denied, "already handled"},
	CodeGroupIDYours:       {Denied, "group id is taken by a group of the same owner"},
	CodeGroupNoMessage:     {NotFound, "no such message"},
	CodeGroupRecallTooLate: {Denied, "recall window is over"},
	CodeNotRecallable:      {Denied, "message cannot be recalled"},
	CodeRecallUnsupported:  {Denied, "group type does not support recall"},
	CodeTooManyLiveRooms:   {Limited, "too many AVChatRooms"},
	CodeTooManyGroups:      {Limited, "user has too many groups"},
	CodeTooManyMembers:     {Limited, "too many members"},
	CodeNoHistory:          {Denied, "group type keeps no history"},
	CodeAttrKey:            {Malformed, "attribute key longer than 32 bytes"},
	CodeAttrValue:          {Malformed, "attribute value longer than 4000 bytes"},
	CodeTooManyAttrs:       {Limited, "more than 16 attributes"},
	CodeAttrBytes:          {Limited, "attributes longer than 16000 bytes"},
	CodeAttrRate:           {Limited, "attributes are written too often"},
	CodeNoAttr:             {NotFound, "no such attribute"},
	CodeAttrConflict:       {Denied, "attributes have changed meanwhile"},
	CodeTooManyMentions:    {Malformed, "more than 30 mentions"},
	CodeReceiptGroupSize:   {Limited, "group too big for read receipts"},
	CodeReceiptOnline:      {Denied, "an online-only message has no read receipt"},
	CodeNoReceipt:          {NotFound, "no such receipt"},
	CodeTooManyPins:        {Limited, "too many pinned messages"},
	CodeTooManyCounters:    {Limited, "more than 20 counters"},
	CodeCommunityOff:       {Denied, "Community, or its topics, are not enabled"},
	CodeTopicDeleted:       {NotFound, "there is no such topic, or no more"},

	CodeNoCall:     {NotFound, "no such call, or it is over"},
	CodeNotInvited: {Denied, "the call is not the caller's to answer or to cancel"},
	CodeCallTaken:  {Denied, "answered already, or the InviteID is taken"},

	CodeWordsInternal:  {Fault, "internal error"},
	CodeWordsParameter: {Malformed, "parameter missing or wrong"},
	CodeWordsNeedAdmin: {Denied, "app administrator needed"},
	CodeTooManyWords:   {Limited, "too many lists or words"},

	CodeFileParameter: {Malformed, "parameter missing or wrong"},
	CodeFileInternal:  {Fault, "internal error"},
	CodeFileNotReady:  {NotFound, "the file is not ready, or there are no messages"},
	CodeFileExpired:   {NotFound, "the file has expired"},

	CodeConfigJSON:     {Malformed, "request does not parse"},
	CodeNoGetAccount:   {Malformed, "Get_Account is missing"},
	CodeBadGetAccount:  {NotFound, "Get_Account is not registered"},
	CodeNoSetAccount:   {Malformed, "Set_Account is missing"},
	CodeBadSetAccount:  {NotFound, "Set_Account is not registered"},
	CodeNoSilence:      {Malformed, "neither of the times is given"},
	CodeFiguresUnread:  {Fault, "figures cannot be read"},
	CodeConfigInternal: {Fault, "internal error"},
}

// Class tells what kind of refusal c is. A code that a webhook chose in its
// own range is RefusedByApp.
func (c Code) Class() Class {
	if r, ok := codes[c]; ok {
		return r.class
	}
	if c >= GroupWebhookFirst && c <= GroupWebhookLast || c >= C2CWebhookFirst && c <= C2CWebhookLast ||
		c >= SNSWebhookFirst && c <= SNSWebhookLast {
		return RefusedByApp
	}
	return Fault
}

// Label is the code as text, for counting: those that apps choose for themselves (spec/30 §3)
// share "app", so that nobody makes labels without bound.
func (c Code) Label() string {
	if c >= GroupWebhookFirst && c <= GroupWebhookLast || c >= C2CWebhookFirst && c <= C2CWebhookLast {
		return "app"
	}
	return strconv.Itoa(int(c))
}

// Meaning is the table's text for c, in English, or the bare number.
func (c Code) Meaning() string {
	if r, ok := codes[c]; ok {
		return r.meaning
	}
	return "code " + strconv.Itoa(int(c))
}

// Codes lists every code of the table, in no order, for tests that walk it.
func Codes() []Code {
	all := make([]Code, 0, len(codes))
	for c := range codes {
		all = append(all, c)
	}
	return all
}
