package operator

import (
	"context"
	"net/http"

	room "github.com/teahouse-im/teahouse/chat/operator"
)

// route is a row of this door.
type route struct {
	method, path string
	role         room.Role // the least; "": nobody need be known
	act          string    // how the log of operators names it; "": it is not noted
	do           func(context.Context, *call) (any, error)
	body         int64 // bytes at most; 0: maxBody
	checksRole   bool  // do decides which role it wants
	long         bool  // it may take as long as it likes: do watches over its own time
}

// maxBody bounds a body, in bytes; those of REST commands may have maxCommand.
const (
	maxBody    = 64 << 10
	maxCommand = 1 << 20
)

const (
	get    = http.MethodGet
	post   = http.MethodPost
	patch  = http.MethodPatch
	remove = http.MethodDelete
)

// routes is every address of this door.
func (h *Handler) routes() []route {
	list := []route{
		{method: get, path: "session", role: room.Read, do: h.session},
		{method: post, path: "login", act: "session.login", do: h.login},
		{method: post, path: "logout", role: room.Read, act: "session.logout", do: h.logout},
		{method: post, path: "links/check", do: h.checkLink},
		{method: post, path: "links/redeem", act: "link.redeem", do: h.redeemLink},
		{method: post, path: "password", role: room.Read, act: "password.change", do: h.password},

		{method: get, path: "operators", role: room.Read, do: h.operators},
		{method: post, path: "operators/invite", role: room.Write, act: "operator.invite", do: h.invite},
		{method: patch, path: "operators/{name}", role: room.Write, act: "operator.change", do: h.changeOperator},
		{method: remove, path: "operators/{name}", role: room.Write, act: "operator.remove", do: h.removeOperator},
		{method: get, path: "sessions", role: room.Read, do: h.sessions},
		{method: remove, path: "sessions/{id}", role: room.Read, act: "session.end", do: h.endSession},
		{method: get, path: "audit", role: room.Read, do: h.audit},

		{method: post, path: "token/rotate", role: room.Write, act: "token.rotate", do: h.rotateToken},

		{method: get, path: "overview", role: room.Read, do: h.overview},
		{method: get, path: "overview/history", role: room.Read, do: h.history},
		{method: get, path: "top", role: room.Read, do: h.top},
	}
	list = append(list, h.appRoutes()...)
	list = append(list, h.userRoutes()...)
	list = append(list, h.liveRoutes()...)
	list = append(list, h.groupRoutes()...)
	list = append(list, h.messageRoutes()...)
	list = append(list, h.webhookRoutes()...)
	list = append(list, h.pushRoutes()...)
	list = append(list, h.ticketRoutes()...)
	list = append(list, h.tryRoutes()...)
	if h.Process != nil {
		list = append(list, h.processRoutes()...)
	}
	list = append(list, h.backupRoutes()...)
	return list
}
