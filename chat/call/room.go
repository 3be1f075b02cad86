package call

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
)

// RoomToken is what somebody enters the LiveKit room of a group with.
type RoomToken struct {
	URL     string // of the LiveKit server
	Room    string
	Token   string
	Publish bool  // they may send sound and pictures
	Expires int64 // Unix seconds
}

// Rooms reports whether there is a LiveKit server.
func (s *Service) Rooms() bool { return s.set.LiveKit.URL != "" }

// Token makes the token for a caller who is in a group (spec/00 §5, room.token): 10007 for
// others, 60017 when there is no LiveKit server. Who may not speak in the group only
// watches, and in an AVChatRoom everybody but its owner and administrators.
func (s *Service) Token(ctx context.Context, by chat.Actor, id chat.GroupID) (*RoomToken, error) {
	if !s.Rooms() {
		return nil, chat.Refuse(chat.CodeCommandDisabled, "there is no LiveKit server")
	}
	g, err := s.Group(ctx, by.App, id)
	if err != nil {
		return nil, err
	}
	role, err := s.Standing(ctx, by, g)
	if err != nil {
		return nil, err
	}
	if role == chat.NotMember {
		return nil, chat.Refuse(chat.CodeGroupNotAllowed, "members only")
	}
	publish, err := s.publishes(ctx, by, g, role)
	if err != nil {
		return nil, err
	}
	acc, err := s.ledger.Account(ctx, by.App, by.User)
	if err != nil {
		return nil, err
	}
	name := ""
	if acc != nil {
		name = acc.Nick
	}
	now := s.Now()
	t := &RoomToken{URL: s.set.LiveKit.URL, Room: fmt.Sprintf("%d_%s", by.App, id), Publish: publish, Expires: s.expiry(now)}
	t.Token, err = sign(s.set.LiveKit.Secret, claims{
		Issuer: s.set.LiveKit.Key, Subject: by.User, Name: name, NotBefore: now.Unix(), Expires: t.Expires,
		Video: grant{Room: t.Room, Join: true, Publish: publish, Subscribe: true, Data: publish},
	})
	return t, err
}

// publishes reports whether somebody may send sound and pictures into the room of a group.
func (s *Service) publishes(ctx context.Context, by chat.Actor, g *chat.Group, role chat.Role) (bool, error) {
	if !grouptype.Of(g.Type).Stored {
		return role >= chat.RoleAdmin, nil
	}
	err := s.MaySpeak(ctx, by, by.User, g)
	if chat.IsFault(err) {
		return false, err
	}
	return err == nil, nil
}

// claims are those of a LiveKit access token; grant is its member "video".
type claims struct {
	Issuer    string      `json:"iss"`
	Subject   chat.UserID `json:"sub"`
	Name      string      `json:"name,omitempty"`
	NotBefore int64       `json:"nbf"`
	Expires   int64       `json:"exp"`
	Video     grant       `json:"video"`
}

type grant struct {
	Room      string `json:"room"`
	Join      bool   `json:"roomJoin"`
	Publish   bool   `json:"canPublish"`
	Subscribe bool   `json:"canSubscribe"`
	Data      bool   `json:"canPublishData"`
}

// sign makes a JWT of claims, signed with HS256.
func sign(secret string, c claims) (string, error) {
	body, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("write claims: %w", err)
	}
	enc := base64.RawURLEncoding
	text := enc.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + enc.EncodeToString(body)
	sum := hmac.New(sha256.New, []byte(secret))
	sum.Write([]byte(text))
	return text + "." + enc.EncodeToString(sum.Sum(nil)), nil
}
