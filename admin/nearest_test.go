package admin

import "testing"

// A command that is not served is answered with the one that was probably meant: of
// the same name in another service, or nearly of the same name.
func TestUnknownCommandNamesTheNearest(t *testing.T) {
	h := open(t, nil)
	for asked, want := range map[string]string{
		openim + "sendmgs":                "openim/sendmsg",
		group + "create_grup":             "group_open_http_svc/create_group",
		account + "Account_Check":         "im_open_login_svc/account_check",
		group + "get_group_attr":          "group_open_attr_http_svc/get_group_attr",
		openim + "send_group_msg":         "group_open_http_svc/send_group_msg",
		openim + "get_group_shuted_uin":   "group_open_http_svc/get_group_shutted_uin",
		"nothing/at_all":                  "",
		sns + "portray":                   "",
		group + "nothing":                 "",
		group + "":                        "",
		openim + "sendmsgsendmsgsendmsgs": "",
	} {
		code := 60009
		text := "no such command"
		if len(asked) >= len(group) && asked[:len(group)] == group {
			code = 10003
			text = "no such group command"
		}
		if want != "" {
			text = "no such command, did you mean " + want + "?"
		}
		if a := h.call(asked, "{}"); int(a.ErrorCode) != code || a.ErrorInfo != text {
			t.Errorf("%s: %s, want %d %s", asked, a.text, code, text)
		}
	}
}
