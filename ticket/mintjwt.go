package ticket

import (
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// MintJWT makes a JWT for a user of an app, signed HS256 with one of the app's secrets as
// text (spec/00 §1). For a short UserID it has about 160 characters, fewer than a UserSig, so that the
// CONNECT of a small device fits into 256 bytes. The app must accept HS256. The lifetime is cut
// to whole seconds.
func MintJWT(appID uint32, user, secret string, now time.Time, lifetime time.Duration) (string, error) {
	if err := mintable(appID, user, secret, lifetime); err != nil {
		return "", err
	}
	t := jwt.NewWithClaims(jwt.SigningMethodHS256, webClaims{
		AppID: &appID,
		RegisteredClaims: jwt.RegisteredClaims{
			Subject: user, IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(lifetime.Truncate(time.Second))),
		},
	})
	delete(t.Header, "typ") // nobody needs it, and it would take 16 characters
	text, err := t.SignedString([]byte(secret))
	if err != nil {
		return "", fmt.Errorf("mint web token: %w", err)
	}
	return text, nil
}
