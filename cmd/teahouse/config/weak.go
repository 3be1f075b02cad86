package config

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Lengths of secrets in bytes: what is shorter than the first can be found by trying, and what is
// shorter than the second is less than a key should have. Choices.
const (
	shortSecret = 16
	soundSecret = 32
)

// examples are secrets that stand in documents and tutorials, ours among them: everybody knows them.
var examples = []string{
	"secret", "changeme", "change-me", "change_me", "password", "passw0rd", "example", "default", "teahouse",
	"test", "testing", "admin", "administrator", "token", "key", "dev", "demo", "letmein", "qwerty",
	"mysecret", "my-secret", "topsecret", "supersecret", "minioadmin", "the-shared-secret", "your-secret-key", "devkey",
	"0123456789abcdef", "1234567890",
	"5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e", // of the published vectors of UserSig
}

// variety is how many different characters a secret has at least.
const variety = 5

func (c *Config) inspectSecrets(f *findings) {
	c.secrets(func(path, secret string) {
		const remedy = "make one with openssl rand -hex 32"
		switch short := len(secret) < shortSecret; {
		case known(secret):
			f.add(true, path, "is an example that everybody knows: %s", remedy)
		case distinct(secret) < variety:
			f.add(true, path, "consists of fewer than %d different characters: %s", variety, remedy)
		case short:
			f.add(true, path, "has %d bytes, which can be found by trying: %s", len(secret), remedy)
		case len(secret) < soundSecret && signs(path):
			f.add(false, path, "has %d bytes, fewer than %d: %s", len(secret), soundSecret, remedy)
		}
	})
}

// inspectKeys looks for apps to which nobody can log in, or one day nobody can.
func (c *Config) inspectKeys(f *findings) {
	for _, id := range slices.Sorted(maps.Keys(c.Apps)) {
		var last time.Time
		lasts := false
		for _, k := range c.Apps[id].Keys {
			lasts = lasts || k.NotAfter.IsZero()
			if k.NotAfter.After(last) {
				last = k.NotAfter
			}
		}
		switch path, when := join("apps", id)+".keys", last.UTC().Format(time.RFC3339); {
		case lasts:
		case f.now.After(last):
			f.add(true, path, "the last key ended at %s, so nobody can log in: add one without not_after", when)
		default:
			f.add(false, path, "the last key ends at %s, and nobody can log in from then on: add one without not_after", when)
		}
	}
}

// signs reports whether what a secret has signed lets somebody in.
func signs(path string) bool {
	return strings.Contains(path, ".keys.") || strings.HasSuffix(path, ".jwt.secret")
}

// known reports whether a secret is an example, once or over and over.
func known(secret string) bool {
	s := strings.ToLower(secret)
	return slices.ContainsFunc(examples, func(e string) bool { return s != "" && strings.ReplaceAll(s, e, "") == "" })
}

func distinct(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}
