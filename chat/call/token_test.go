package call

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// The vectors were made with openssl: printf %s NAME | openssl dgst -sha1 -hmac SECRET -binary | base64.
func TestCredentialIsThatOfTheTURNRestAPI(t *testing.T) {
	for _, c := range []struct{ secret, name, want string }{
		{"shared", "1700003600:ann", "97ptiLtAInYvdqDDhH4xBUj8DH8="},
		{"north", "1433895918:bob", "+qCJxktJhPsEAA0wfh7NCKO+G0M="},
		{"", "1:a", "kFK7z8ZlzXK80GS+3mm1BBi8WFQ="},
	} {
		if got := credential(c.secret, c.name); got != c.want {
			t.Errorf("%s of %q: %s, want %s", c.name, c.secret, got, c.want)
		}
	}
}

func TestICEListsWhatIsConfigured(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	by := chat.Actor{App: 1, User: "ann"}
	at := func(set Servers) *Service {
		return &Service{Options: Options{Now: func() time.Time { return now }}, servers: servers{set}}
	}
	if list, expires := at(Servers{}).ICE(by); list == nil || len(list) != 0 || expires != 0 {
		t.Errorf("without servers: %v until %d", list, expires)
	}
	list, expires := at(Servers{STUN: []string{"stun:s"}, TURN: []string{"turn:t", "turns:t"}, TURNSecret: "shared"}).ICE(by)
	if expires != 1_700_003_600 || len(list) != 2 || list[0].Username != "" || len(list[1].URLs) != 2 ||
		list[1].Username != "1700003600:ann" || list[1].Credential != "97ptiLtAInYvdqDDhH4xBUj8DH8=" {
		t.Errorf("%+v until %d", list, expires)
	}
	if _, expires := at(Servers{TURN: []string{"turn:t"}, TTL: time.Minute}).ICE(by); expires != 1_700_000_060 {
		t.Errorf("a minute is until %d", expires)
	}
}

// The token was made with openssl from the same header and claims.
func TestRoomTokenIsSigned(t *testing.T) {
	got, err := sign("secret", claims{
		Issuer: "APIkey", Subject: "ann", Name: "Ann", NotBefore: 1_700_000_000, Expires: 1_700_003_600,
		Video: grant{Room: "1_g", Join: true, Publish: true, Subscribe: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(got, ".")
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"iss":"APIkey","sub":"ann","name":"Ann","nbf":1700000000,"exp":1700003600,` +
		`"video":{"room":"1_g","roomJoin":true,"canPublish":true,"canSubscribe":true,"canPublishData":false}}`
	if string(body) != want {
		t.Errorf("claims %s", body)
	}
	if parts[2] != "ndvNJ3LpzPEQSZ7pfnToSjC-PBsGi-m4vP20YdaFaSg" {
		t.Errorf("signature %s", parts[2])
	}
}
