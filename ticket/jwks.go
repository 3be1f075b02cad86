package ticket

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/MicahParks/keyfunc/v3"
)

// How keys behind a URL are kept.
const (
	remoteFresh   = time.Hour        // a set is used this long before it is fetched again
	remotePause   = 30 * time.Second // the least time between two fetches
	remoteTrust   = 5 * time.Minute  // how long a check by such a key is remembered
	remoteTimeout = 2 * time.Second  // the longest a check waits for a set
	maxJWKSBytes  = 1 << 20
	maxJWKSKeys   = 64
)

type httpClient interface {
	Do(*http.Request) (*http.Response, error)
}

// remoteKeys is a key set behind a URL. The check that needs it fetches it, one fetch at
// a time and at a bounded rate; nothing runs between checks.
type remoteKeys struct {
	url    string
	client httpClient

	mu       sync.Mutex // guards what follows; not held during a fetch
	have     []publicKey
	fetched  time.Time     // the last success
	tried    time.Time     // the last attempt
	fetching chan struct{} // closed when the fetch under way ends; nil: none
}

// keys returns the keys of a kid, or all keys when there is no kid. Only a check
// without a key waits for another check's fetch. If a fetch fails, the stale set is
// used.
func (r *remoteKeys) keys(kid string, now time.Time) []publicKey {
	r.mu.Lock()
	defer r.mu.Unlock()
	found := named(r.have, kid)
	if len(found) > 0 && now.Sub(r.fetched) < remoteFresh {
		return found
	}
	switch {
	case r.fetching != nil && len(found) > 0:
		return found
	case r.fetching != nil:
		r.wait(r.fetching)
	case r.tried.IsZero() || now.Sub(r.tried) >= remotePause:
		r.refresh(now)
	}
	return named(r.have, kid)
}

// known returns the set that was fetched last; false: none was.
func (r *remoteKeys) known() ([]publicKey, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.have, !r.fetched.IsZero()
}

// wait releases the lock until a fetch has ended.
func (r *remoteKeys) wait(end chan struct{}) {
	r.mu.Unlock()
	<-end
	r.mu.Lock()
}

// refresh fetches with the lock released.
func (r *remoteKeys) refresh(now time.Time) {
	end := make(chan struct{})
	r.fetching, r.tried = end, now
	r.mu.Unlock()
	have, err := r.fetch()
	r.mu.Lock()
	if err == nil {
		r.have, r.fetched = have, now
	}
	r.fetching = nil
	close(end)
}

func named(keys []publicKey, kid string) []publicKey {
	if kid == "" {
		return keys
	}
	return slices.DeleteFunc(slices.Clone(keys), func(k publicKey) bool { return k.id != kid })
}

func (r *remoteKeys) fetch() ([]publicKey, error) {
	ctx, cancel := context.WithTimeout(context.Background(), remoteTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch JWKS: %w", err)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("fetch JWKS: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch JWKS: status %d", resp.StatusCode)
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxJWKSBytes))
	if err != nil {
		return nil, fmt.Errorf("fetch JWKS: %w", err)
	}
	return parseJWKS(raw)
}

// parseJWKS reads a JSON Web Key Set. It skips keys that are not for signing, of kinds
// we do not use, and shared secrets, since sets are made for many readers.
func parseJWKS(raw []byte) ([]publicKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(raw, &set); err != nil {
		return nil, fmt.Errorf("JWKS is not JSON: %w", err)
	}
	if len(set.Keys) > maxJWKSKeys {
		return nil, fmt.Errorf("JWKS has %d keys, more than %d", len(set.Keys), maxJWKSKeys)
	}
	var keys []publicKey
	for _, one := range set.Keys {
		key, err := parseJWK(one)
		if err == nil {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("JWKS has no usable key")
	}
	return keys, nil
}

func parseJWK(raw json.RawMessage) (publicKey, error) {
	var about struct{ Kid, Use string }
	if err := json.Unmarshal(raw, &about); err != nil {
		return publicKey{}, err
	}
	if about.Use != "" && about.Use != "sig" {
		return publicKey{}, fmt.Errorf("key is for %q", about.Use)
	}
	parsed, err := keyfunc.NewJWKJSON(raw)
	if err != nil {
		return publicKey{}, err
	}
	set, err := parsed.VerificationKeySet(context.Background()) // public halves, from memory
	if err != nil || len(set.Keys) != 1 {
		return publicKey{}, fmt.Errorf("not one key: %w", err)
	}
	return publicKey{id: about.Kid, key: set.Keys[0]}, usable(set.Keys[0])
}
