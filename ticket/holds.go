package ticket

import (
	"crypto/x509"
	"slices"
	"strings"
	"time"
)

// use says what a key is for: the same secret may sign UserSigs and web tokens,
// and be taken from one of them only.
type use byte

const (
	forUserSig use = iota + 1
	forHS256
	forPublic
	forRemote // from behind a URL
)

// keyHash is Claims.Key of a key: its use, then a hash.
func keyHash(u use, key []byte) [16]byte {
	h := hashOf(append([]byte{byte(u)}, key...))
	h[0] = byte(u)
	return h
}

func (p publicKey) hash(u use) [16]byte {
	der, err := x509.MarshalPKIXPublicKey(p.key)
	if err != nil { // not of the kinds that usable lets in
		return [16]byte{}
	}
	return keyHash(u, der)
}

// KeyHolds reports whether a key is still in force for what it has signed, by
// Claims.Key: sessions end with their key. It is quick and fetches nothing: a key from
// behind a URL holds until a fetched set lacks it.
func (v *Verifier) KeyHolds(appID uint32, key [16]byte) bool {
	ring, ok := v.ring(appID)
	return ok && ring.holds(key, v.now())
}

func (k *keyring) holds(key [16]byte, now time.Time) bool {
	for _, one := range k.live(now) {
		if keyHash(forUserSig, []byte(one.Secret)) == key {
			return true
		}
	}
	listed := k.app.JWT.Algorithms
	if slices.Contains(listed, hs256) {
		for _, one := range k.shared(now) {
			if keyHash(forHS256, []byte(one.Secret)) == key {
				return true
			}
		}
	}
	has := func(list []publicKey, u use) bool {
		return slices.ContainsFunc(list, func(p publicKey) bool {
			return p.hash(u) == key && slices.ContainsFunc(listed, func(alg string) bool { return fits(alg, p.key) })
		})
	}
	if has(k.public, forPublic) {
		return true
	}
	if k.remote == nil || len(listed) == 0 || key[0] != byte(forRemote) {
		return false
	}
	have, known := k.remote.known()
	return !known || has(have, forRemote)
}

// shared are the secrets for HS256: the one of web tokens, else the UserSig keys
// in force. A public key is none; see JWT.Check.
func (k *keyring) shared(now time.Time) []Key {
	keys := k.live(now)
	if s := k.app.JWT.Secret; s != "" {
		keys = []Key{{ID: "jwt", Secret: s}}
	}
	isPEM := func(key Key) bool { return strings.Contains(key.Secret, "-----BEGIN") }
	if slices.ContainsFunc(keys, isPEM) {
		keys = slices.DeleteFunc(slices.Clone(keys), isPEM)
	}
	return keys
}
