package operator

import (
	"context"
	"fmt"
	"slices"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/operator"
)

func (h *Handler) tryRoutes() []route {
	return []route{
		{method: get, path: "config", role: room.Read, do: h.config},
		{method: get, path: "openapi", role: room.Read, do: h.openAPI},
		{method: get, path: "rest", role: room.Read, do: h.readCommands},
		{
			method: post, path: "apps/{app}/rest/{service}/{command}", role: room.Read, checksRole: true, act: "command.run",
			do: h.command, body: maxCommand,
		},
	}
}

func (h *Handler) config(context.Context, *call) (any, error) {
	if h.Config == nil {
		return nil, notFound("the server has no configuration")
	}
	text, err := h.Config()
	return map[string]string{"text": text}, err
}

func (h *Handler) openAPI(context.Context, *call) (any, error) {
	if h.OpenAPI == nil {
		return nil, notFound("there is no description")
	}
	text, err := h.OpenAPI()
	return raw(text), err
}

// reads are the REST commands that change nothing: all others want role write.
var reads = []string{
	"ConfigSvc/GetIPList",
	"all_member_push/im_get_attr", "all_member_push/im_get_attr_name", "all_member_push/im_get_tag",
	"follow/follow_check", "follow/follow_get", "follow/follow_get_info",
	"group_open_attr_http_svc/get_group_attr", "group_open_avchatroom_http_svc/get_members",
	"group_open_http_svc/get_appid_group_list", "group_open_http_svc/get_group_ban_member", "group_open_http_svc/get_group_counter",
	"group_open_http_svc/get_group_info", "group_open_http_svc/get_group_member_info", "group_open_http_svc/get_group_msg_receipt",
	"group_open_http_svc/get_group_msg_receipt_detail", "group_open_http_svc/get_group_muted_account",
	"group_open_http_svc/get_group_shutted_uin", "group_open_http_svc/get_joined_group_list", "group_open_http_svc/get_online_member_num", "group_open_http_svc/get_role_in_group",
	"group_open_http_svc/group_msg_get_simple",
	"im_msg_audit_mgr/get_cloud_audit_keywords", "im_msg_audit_mgr/get_cloud_audit_keywords_ids",
	"im_open_login_svc/account_check",
	"million_group_open_http_svc/get_topic",
	"openconfigsvr/getappinfo", "openconfigsvr/getnospeaking",
	"openim/admin_getroammsg", "openim/get_c2c_unread_msg_num", "openim/query_online_status", "openim/querystate",
	"openim_msg_ext_http_svc/get_key_values", "openim_msg_ext_http_svc/group_get_key_values",
	"profile/portrait_get",
	"recentcontact/get_contact_group", "recentcontact/get_list", "recentcontact/search_contact_group",
	"search/groups", "search/messages", "search/users",
	"sns/black_list_check", "sns/black_list_get", "sns/friend_check", "sns/friend_get", "sns/friend_get_list", "sns/group_get",
	"timpush/all_member_push_statistics", "timpush/get_attr", "timpush/get_attr_name", "timpush/get_sched_task", "timpush/get_tag",
	"timpush/list_sched_task", "timpush/normal_push_statistics", "timpush/normal_push_trace",
}

func (h *Handler) readCommands(context.Context, *call) (any, error) {
	return map[string][]string{"reads": reads}, nil
}

// command runs a REST command as an administrator of the app. Its answer is what a backend would
// get.
func (h *Handler) command(ctx context.Context, c *call) (any, error) {
	service, name := c.r.PathValue("service"), c.r.PathValue("command")
	c.object = service + "/" + name
	command, ok := h.Table.REST(service, name)
	if !ok {
		return nil, notFound("there is no command %s", c.object)
	}
	if !slices.Contains(reads, c.object) {
		if err := c.writer(); err != nil {
			return nil, err
		}
	}
	body, err := c.bytes()
	if err != nil {
		return nil, err
	}
	by, err := c.admin()
	if err != nil {
		return nil, err
	}
	answer, err := command.Run(api.WithBase(ctx, c.base()), by, body, api.MostREST)
	code := chat.CodeOf(err)
	c.detail = fmt.Sprintf("ErrorCode=%d", code)
	if code.Class() == chat.Fault && err != nil {
		h.Log.Error("command of an operator", "command", c.object, "app", c.app, "err", err)
	}
	return raw(command.Envelope(nil, answer, err)), nil
}

// base is the address by which the caller has reached the door.
func (c *call) base() string {
	scheme := "http"
	if secure(c.r) {
		scheme = "https"
	}
	return scheme + "://" + c.r.Host
}
