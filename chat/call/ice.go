package call

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// Servers are the servers through which sound and pictures of calls go. Its zero value is
// none: then calls work where the two can reach each other.
type Servers struct {
	STUN, TURN []string // URLs such as stun:stun.example.com:3478
	// TURNSecret is shared with the TURN servers (use-auth-secret of coturn).
	TURNSecret string
	TTL        time.Duration // how long credentials and tokens are good: default 1 h
	LiveKit    LiveKit
}

// LiveKit is a LiveKit server.
type LiveKit struct {
	URL         string // wss://
	Key, Secret string // of its API
}

type servers struct{ set Servers }

// IceServer is one entry of the list that a page gives to RTCPeerConnection.
type IceServer struct {
	URLs       []string `json:"urls"`
	Username   string   `json:"username,omitempty"`
	Credential string   `json:"credential,omitempty"`
}

const defaultTTL = time.Hour

func (s *servers) expiry(now time.Time) int64 {
	ttl := s.set.TTL
	if ttl <= 0 {
		ttl = defaultTTL
	}
	return now.Add(ttl).Unix()
}

// ICE lists the STUN and TURN servers for a caller, and until when the credentials are
// good, in Unix seconds; 0: there are none. They are those of the TURN REST API: the user
// name is the time and the UserID, the credential its HMAC-SHA1 under the shared secret.
func (s *Service) ICE(by chat.Actor) (list []IceServer, expires int64) {
	list = []IceServer{}
	if len(s.set.STUN) > 0 {
		list = append(list, IceServer{URLs: s.set.STUN})
	}
	if len(s.set.TURN) == 0 {
		return list, 0
	}
	expires = s.expiry(s.Now())
	name := fmt.Sprintf("%d:%s", expires, by.User)
	return append(list, IceServer{URLs: s.set.TURN, Username: name, Credential: credential(s.set.TURNSecret, name)}), expires
}

func credential(secret, name string) string {
	sum := hmac.New(sha1.New, []byte(secret))
	sum.Write([]byte(name))
	return base64.StdEncoding.EncodeToString(sum.Sum(nil))
}
