package operator

import (
	"net/url"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
)

// conversationText names a conversation: c2c/alice/bob or group/club, with ids as in a path.
func conversationText(c chat.Conversation) string {
	if c.Kind == chat.InGroup {
		return "group/" + url.PathEscape(c.A)
	}
	return "c2c/" + url.PathEscape(c.A) + "/" + url.PathEscape(c.B)
}

// parseConversation reads one back.
func parseConversation(app chat.AppID, text string) (chat.Conversation, error) {
	wrong := bad("conversation: want c2c/{user}/{user} or group/{group}")
	parts := strings.Split(text, "/")
	for i, p := range parts {
		id, err := url.PathUnescape(p)
		if err != nil || id == "" {
			return chat.Conversation{}, wrong
		}
		parts[i] = id
	}
	switch {
	case parts[0] == "group" && len(parts) == 2:
		return chat.GroupOf(app, chat.GroupID(parts[1])), nil
	case parts[0] == "c2c" && len(parts) == 3:
		return chat.ToUser(chat.UserID(parts[2])).Of(app, chat.UserID(parts[1])), nil
	}
	return chat.Conversation{}, wrong
}
