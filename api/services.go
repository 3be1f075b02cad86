package api

import "github.com/teahouse-im/teahouse/chat"

// service is what the commands of one REST service have in common.
type service struct {
	parameter chat.Code // a member is missing, wrong or out of bounds
	needAdmin chat.Code // spec/02 §4
	fault     chat.Code // in place of an error without a code
	display   bool      // answers carry ErrorDisplay (spec/02 §2)
}

// The services served here.
const (
	login    = "im_open_login_svc"
	openim   = "openim"
	groupSvc = "group_open_http_svc"
	sns      = "sns"
	contact  = "recentcontact"
	own      = "" // methods without a REST twin
)

var services = map[string]service{
	login:    {chat.CodeAccountParameter, chat.CodeAccountNeedAdmin, chat.CodeAccountInternal, false},
	openim:   {chat.CodeBadJSON, chat.CodeMsgNeedAdmin, chat.CodeInternal, false},
	groupSvc: {chat.CodeGroupParameter, chat.CodeGroupNotAllowed, chat.CodeGroupInternal, false},
	sns:      {chat.CodeRelationParameter, chat.CodeRelationNeedAdmin, chat.CodeRelationInternal, true},
	contact:  {chat.CodeConvParameter, chat.CodeNeedAdmin, chat.CodeInternal, true},
	own:      {chat.CodeBadJSON, chat.CodeNeedAdmin, chat.CodeInternal, false},
}

// UnknownCommand is the refusal of a command that is not served: 10003 in the
// group service, 60009 elsewhere and for methods (spec/02 §1).
func UnknownCommand(svc string) error {
	if svc == groupSvc {
		return chat.Refuse(chat.CodeGroupUnknown, "")
	}
	return chat.Refuse(chat.CodeUnknownCommand, "")
}
