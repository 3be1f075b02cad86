package certificates

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/acme"
)

// LetsEncrypt is the directory of the authority that is asked unless told otherwise.
const LetsEncrypt = acme.LetsEncryptURL

// ACME says for which names to get certificates, and where. Having it means that the operator
// has agreed to the terms of the authority.
type ACME struct {
	Names     []string // at least one; see [ValidName]
	Email     string   // where the authority may write to; may be empty
	Directory string   // URL; "": [LetsEncrypt]
	// Client asks the authority; nil: the default one. It may trust an authority of one's own.
	Client *http.Client
	Dir    string // folder for the account and the certificates, made when it is missing
}

// When a certificate is renewed, and when an order that has failed is repeated. Let's Encrypt
// allows five failures an hour for each name, and an order may have two.
const (
	renewShare = 3                // renewed when a third of its time is left
	spread     = 30               // the names of a server spread over a thirtieth of it
	retryFirst = 20 * time.Minute // then twice as long each time
	retryMax   = 6 * time.Hour
	retryShare = 20              // but never later than a twentieth of the certificate's time
	lookAgain  = time.Hour       // a machine may have slept
	orderTime  = 5 * time.Minute // for one order
	atOnce     = 4               // orders at the same time
)

// keeper gets and renews the certificates of an authority.
type keeper struct {
	opt ACME
	log *slog.Logger
	now func() time.Time
	dir string // of this authority

	account account
	orders  struct{ done, failed atomic.Int64 }
	places  chan struct{} // for orders under way

	mu      sync.RWMutex                // guards the fields below
	certs   map[string]*tls.Certificate // by name
	overTLS map[string]*tls.Certificate // answers to challenges under way, by name
	overWeb map[string]string           // likewise, by the path that is asked for
	kick    chan struct{}               // closed and made anew by tryNow
}

func newKeeper(o ACME, log *slog.Logger, now func() time.Time) (*keeper, error) {
	if o.Directory == "" {
		o.Directory = LetsEncrypt
	}
	k := &keeper{
		opt: o, log: log, now: now, places: make(chan struct{}, atOnce), kick: make(chan struct{}),
		certs: map[string]*tls.Certificate{}, overTLS: map[string]*tls.Certificate{}, overWeb: map[string]string{},
	}
	if len(o.Names) == 0 {
		return nil, errors.New("certificates: ACME without a name")
	}
	for _, name := range o.Names {
		if !ValidName(name) {
			return nil, fmt.Errorf("certificates: %q is no name that an authority gives certificates for", name)
		}
	}
	if err := k.openDir(); err != nil {
		return nil, err
	}
	for _, name := range o.Names {
		c, err := k.load(name)
		if err != nil {
			log.Warn("a stored certificate cannot be used, a new one is ordered", "name", name, "err", err)
		}
		if c != nil {
			k.certs[name] = c
		}
	}
	return k, nil
}

// run keeps the certificates of all names until ctx ends.
func (k *keeper) run(ctx context.Context) {
	var all sync.WaitGroup
	for _, name := range k.opt.Names {
		all.Go(func() { k.keep(ctx, name) })
	}
	all.Wait()
}

// keep has a certificate for a name until ctx ends.
func (k *keeper) keep(ctx context.Context, name string) {
	failed, kinds := 0, challengeKinds
	var notBefore time.Time // of the next order
	for {
		kick := k.kicked()
		wait := max(k.due(name), notBefore.Sub(k.now()))
		if wait <= 0 {
			kind, err := k.renew(ctx, name, kinds)
			switch {
			case ctx.Err() != nil:
				return
			case err == nil:
				failed, kinds, notBefore = 0, preferring(kind), k.now().Add(time.Second)
			default:
				failed++
				pause := k.pause(name, failed, err)
				notBefore = k.now().Add(pause)
				k.noteFailure(name, err, pause)
			}
			continue
		}
		timer := time.NewTimer(min(wait, lookAgain))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-kick:
			notBefore = time.Time{}
		case <-timer.C:
		}
		timer.Stop()
	}
}

// due is how long a name's certificate need not be renewed yet; 0 or less: it is time.
func (k *keeper) due(name string) time.Duration {
	k.mu.RLock()
	c := k.certs[name]
	k.mu.RUnlock()
	if c == nil {
		return 0
	}
	life := c.Leaf.NotAfter.Sub(c.Leaf.NotBefore)
	at := c.Leaf.NotAfter.Add(-life / renewShare)
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // never fails
	at = at.Add(-time.Duration(h.Sum32()%1000) * (life / spread / 1000))
	return at.Sub(k.now())
}

// pause is how long to wait after so many failures: as long as the authority asks, or ever longer, but
// a certificate that ends soon cannot wait.
func (k *keeper) pause(name string, failed int, err error) time.Duration {
	wait := min(retryFirst<<min(failed-1, 10), retryMax)
	k.mu.RLock()
	c := k.certs[name]
	k.mu.RUnlock()
	if c != nil {
		wait = min(wait, max(time.Second, c.Leaf.NotAfter.Sub(c.Leaf.NotBefore)/retryShare))
	}
	var problem *acme.Error
	if errors.As(err, &problem) {
		if asked, ok := acme.RateLimit(problem); ok {
			wait = max(wait, min(asked, 24*time.Hour))
		}
	}
	return wait
}

// renew orders a certificate, and answers by each kind of challenge in turn until one is good. It
// returns the kind.
func (k *keeper) renew(ctx context.Context, name string, kinds []string) (string, error) {
	select {
	case k.places <- struct{}{}:
		defer func() { <-k.places }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	var all []error
	for _, kind := range kinds {
		c, err := k.order(ctx, name, kind)
		if err == nil {
			k.orders.done.Add(1)
			k.mu.Lock()
			k.certs[name] = c
			k.mu.Unlock()
			k.log.Info("certificate", "name", name, "challenge", kind, "until", c.Leaf.NotAfter)
			return kind, nil
		}
		all = append(all, fmt.Errorf("%s: %w", kind, err))
		if !challengeFailed(err) {
			break // another kind would end the same way
		}
	}
	k.orders.failed.Add(1)
	return "", errors.Join(all...)
}

// preferring is the list of challenges with one of them first.
func preferring(kind string) []string {
	list := []string{kind}
	for _, other := range challengeKinds {
		if other != kind {
			list = append(list, other)
		}
	}
	return list
}

// certificate is that of a name; of "" that of the first that there is.
func (k *keeper) certificate(name string) (*tls.Certificate, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if name == "" {
		for _, name := range k.opt.Names {
			if c := k.certs[name]; c != nil {
				return c, nil
			}
		}
		return nil, errors.New("no certificate yet")
	}
	if c := k.certs[name]; c != nil {
		return c, nil
	}
	if slices.Contains(k.opt.Names, name) {
		return nil, fmt.Errorf("no certificate for %s yet", name)
	}
	return nil, errors.New("a name that is not in tls.acme.names")
}

func (k *keeper) all() (list []held) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	for _, name := range k.opt.Names {
		if c := k.certs[name]; c != nil {
			list = append(list, held{name, fromACME, c.Leaf})
		}
	}
	return list
}

func (k *keeper) kicked() <-chan struct{} {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.kick
}

// tryNow ends the waiting of all names.
func (k *keeper) tryNow() {
	k.mu.Lock()
	defer k.mu.Unlock()
	close(k.kick)
	k.kick = make(chan struct{})
}
