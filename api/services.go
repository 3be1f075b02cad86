package api

import "github.com/teahouse-im/teahouse/chat"

// service is what the commands of one REST service have in common.
type service struct {
	parameter chat.Code // a member is missing, wrong or out of bounds
	needAdmin chat.Code // spec/02 §4
	fault     chat.Code // in place of an error without a code
	foreign   chat.Code // a member names another user as the caller (spec/00 §5)
	display   bool      // answers carry ErrorDisplay (spec/02 §2)
}

// The REST services served here.
const (
	LoginService     = "im_open_login_svc"
	OpenIMService    = "openim"
	GroupService     = "group_open_http_svc"
	LiveService      = "group_open_avchatroom_http_svc"
	GroupAttrService = "group_open_attr_http_svc"
	ExtensionService = "openim_msg_ext_http_svc"
	TopicService     = "million_group_open_http_svc"
	SNSService       = "sns"
	ContactService   = "recentcontact"
	ProfileService   = "profile"
	FollowService    = "follow"
	ConfigService    = "openconfigsvr"
	AddressService   = "ConfigSvc"
	FileService      = "open_msg_svc"
	WordsService     = "im_msg_audit_mgr"
	ObjectService    = "im_cos_msg"
	MediaService     = "media"  // ours
	SearchService    = "search" // ours
	AllMemberService = "all_member_push"
	TIMPushService   = "timpush"
	NoService        = "" // methods without a REST twin
)

var services = map[string]service{
	LoginService:     {chat.CodeAccountParameter, chat.CodeAccountNeedAdmin, chat.CodeAccountInternal, chat.CodeAccountParameter, false},
	OpenIMService:    {chat.CodeBadJSON, chat.CodeMsgNeedAdmin, chat.CodeInternal, chat.CodeBadFrom, false},
	GroupService:     {chat.CodeGroupParameter, chat.CodeGroupNotAllowed, chat.CodeGroupInternal, chat.CodeGroupNotAllowed, false},
	LiveService:      {chat.CodeGroupParameter, chat.CodeGroupNotAllowed, chat.CodeGroupInternal, chat.CodeGroupNotAllowed, false},
	GroupAttrService: {chat.CodeGroupParameter, chat.CodeGroupNotAllowed, chat.CodeGroupInternal, chat.CodeGroupNotAllowed, false},
	ExtensionService: {chat.CodeGroupParameter, chat.CodeGroupNotAllowed, chat.CodeGroupInternal, chat.CodeGroupNotAllowed, false},
	TopicService:     {chat.CodeGroupParameter, chat.CodeGroupNotAllowed, chat.CodeGroupInternal, chat.CodeGroupNotAllowed, false},
	SNSService:       {chat.CodeRelationParameter, chat.CodeRelationNeedAdmin, chat.CodeRelationInternal, chat.CodeRelationNeedAdmin, true},
	FollowService:    {chat.CodeRelationParameter, chat.CodeRelationNeedAdmin, chat.CodeRelationInternal, chat.CodeRelationNeedAdmin, true},
	ProfileService:   {chat.CodeProfileParameter, chat.CodeProfileNeedAdmin, chat.CodeProfileInternal, chat.CodeProfileNeedAdmin, true},
	ContactService:   {chat.CodeConvParameter, chat.CodeConvNeedAdmin, chat.CodeConvInternal, chat.CodeConvNeedAdmin, true},
	ConfigService:    {chat.CodeConfigJSON, chat.CodeNeedAdmin, chat.CodeConfigInternal, chat.CodeConfigJSON, false},
	AddressService:   {chat.CodeBadJSON, chat.CodeNeedAdmin, chat.CodeInternal, chat.CodeBadFrom, false},
	FileService:      {chat.CodeFileParameter, chat.CodeFileParameter, chat.CodeFileInternal, chat.CodeFileParameter, false},
	WordsService:     {chat.CodeWordsParameter, chat.CodeWordsNeedAdmin, chat.CodeWordsInternal, chat.CodeWordsParameter, false},
	ObjectService:    {chat.CodeBadJSON, chat.CodeNeedAdmin, chat.CodeInternal, chat.CodeBadFrom, false},
	MediaService:     {chat.CodeBadJSON, chat.CodeNeedAdmin, chat.CodeInternal, chat.CodeBadFrom, false},
	SearchService:    {chat.CodeBadJSON, chat.CodeNeedAdmin, chat.CodeInternal, chat.CodeBadFrom, false},
	AllMemberService: {chat.CodeBadJSON, chat.CodeMsgNeedAdmin, chat.CodeInternal, chat.CodeBadFrom, false},
	TIMPushService:   {chat.CodeBadJSON, chat.CodeMsgNeedAdmin, chat.CodeInternal, chat.CodeBadFrom, false},
	NoService:        {chat.CodeBadJSON, chat.CodeNeedAdmin, chat.CodeInternal, chat.CodeBadFrom, false},
}
