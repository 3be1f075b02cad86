package ticket

import (
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// Contents is the unverified content of a ticket.
type Contents struct {
	Kind    Kind
	App     uint32 // 0: a web token that names none
	User    string
	Issued  time.Time // zero: not said
	Expires time.Time
	UserBuf bool   // carries a media buffer
	Alg     string // HMAC-SHA256 for a UserSig
	KeyID   string // the kid of a web token
	Signed  string // the text under the signature
}

// Inspect reads a ticket without checking it. The error is an *Error that says
// what is wrong with its form.
func Inspect(text string) (Contents, error) {
	if text == "" {
		return Contents{}, refuse(CodeEmpty, "ticket is empty")
	}
	if looksLikeJWT(text) {
		w, refusal := decodeJWT(text)
		if refusal != nil {
			return Contents{}, refusal
		}
		id, _ := w.app(0)
		return Contents{
			Kind: WebToken, App: id, User: w.claims.Subject, Issued: w.issued(),
			Expires: w.claims.ExpiresAt.Time, Alg: w.token.Method.Alg(), KeyID: w.kid, Signed: w.signed,
		}, nil
	}
	t, refusal := decodeUserSig(text)
	if refusal != nil {
		return Contents{}, refusal
	}
	return Contents{
		Kind: UserSig, App: *t.AppID, User: *t.Identifier, Issued: t.issued(), Expires: t.expires(),
		UserBuf: t.UserBuf != nil, Alg: "HMAC-SHA256", Signed: string(t.signedText()),
	}, nil
}

// Finding is one step of an explanation.
type Finding struct {
	Step string // form, application, user, signature, time
	OK   bool
	Code int // when not OK
	Text string
}

// Explain goes through all steps of a check, not stopping at the first that
// fails, and says in words what each found: for "usersig check". appID 0 and
// user "" take the ticket's own. It neither reads nor fills the cache and
// counts no failure.
func (v *Verifier) Explain(appID uint32, user, text string) []Finding {
	c, err := Inspect(text)
	if err != nil {
		f := Finding{Step: "form", Text: err.Error()}
		if refusal := (*Error)(nil); errors.As(err, &refusal) { // Inspect promises it
			f.Code, f.Text = refusal.Code, refusal.Msg
		}
		return []Finding{f}
	}
	found := []Finding{{Step: "form", OK: true, Text: fmt.Sprintf("%v of user %q in application %d", c.Kind, c.User, c.App)}}
	add := func(step string, refusal *Error, good string) {
		if refusal != nil {
			found = append(found, Finding{Step: step, Code: refusal.Code, Text: refusal.Msg})
			return
		}
		found = append(found, Finding{Step: step, OK: true, Text: good})
	}
	now := v.now()
	asked := appID
	if asked == 0 {
		asked = c.App
	}
	ring, known := v.ring(asked)
	switch {
	case !known:
		add("application", unknownApp(asked), "")
	case c.App != asked && (c.Kind == UserSig || c.App != 0):
		add("application", otherApp(c.App, asked), "")
	default:
		add("application", nil, fmt.Sprintf("application %d is known", asked))
	}
	if user != "" && user != c.User {
		add("user", otherUser(c.User, user), "")
	} else {
		add("user", nil, fmt.Sprintf("user %q", c.User))
	}
	if known {
		keyID, refusal := ring.explainSignature(text, now)
		add("signature", refusal, fmt.Sprintf("signed with key %q", keyID))
	}
	add("time", explainTime(text, now), "holds until "+stamp(c.Expires))
	return found
}

// explainSignature checks only the signature and recognises the usual mistakes.
func (k *keyring) explainSignature(text string, now time.Time) (keyID string, refusal *Error) {
	if looksLikeJWT(text) {
		w, refusal := decodeJWT(text)
		if refusal != nil {
			return "", refusal
		}
		by, refusal := w.check(k, now)
		return by.id, refusal
	}
	t, refusal := decodeUserSig(text)
	if refusal != nil {
		return "", refusal
	}
	keys := k.live(now)
	if len(keys) == 0 {
		return "", refuse(CodeNoKey, "application %d has no key in force", k.app.ID)
	}
	if key, ok := t.signer(keys); ok {
		return key.ID, nil
	}
	for _, key := range keys {
		if raw, err := hex.DecodeString(key.Secret); err == nil && t.signedWith(raw) {
			return "", refuse(CodeSignature, "signed with the bytes of key %q; sign with its text, not hex-decoded", key.ID)
		}
	}
	return "", k.noKey(t, "signature matches no key of application %d: another application's secret, or the ticket was changed", k.app.ID)
}

func explainTime(text string, now time.Time) *Error {
	if looksLikeJWT(text) {
		w, refusal := decodeJWT(text)
		if refusal != nil {
			return refusal
		}
		return w.inTime(now)
	}
	t, refusal := decodeUserSig(text)
	if refusal != nil {
		return refusal
	}
	c := Claims{Kind: UserSig, Expires: t.expires()}
	if c.late(now) {
		return expired(c.Expires, now)
	}
	return nil
}
