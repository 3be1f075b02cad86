package certificates

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"golang.org/x/crypto/acme"
)

// order gets a certificate for a name, proving with one kind of challenge that the name is ours
// (RFC 8555, section 7.4). Its key is new each time. It is stored before it is returned.
func (k *keeper) order(ctx context.Context, name, kind string) (*tls.Certificate, error) {
	ctx, cancel := context.WithTimeout(ctx, orderTime)
	defer cancel()
	client, err := k.account.client(ctx, k)
	if err != nil {
		return nil, err
	}
	order, err := client.AuthorizeOrder(ctx, acme.DomainIDs(name))
	if err != nil {
		return nil, err
	}
	for _, url := range order.AuthzURLs {
		if err := k.prove(ctx, client, name, kind, url); err != nil {
			return nil, err
		}
	}
	if order, err = client.WaitOrder(ctx, order.URI); err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: []string{name}}, key)
	if err != nil {
		return nil, err
	}
	chain, _, err := client.CreateCertFromOrder(ctx, order, request, true)
	if err != nil {
		return nil, err
	}
	return k.store(name, key, chain)
}

// failedChallenge is that the authority did not find the answer to a challenge, or offers none of
// the kind.
type failedChallenge struct{ error }

func (f failedChallenge) Unwrap() error { return f.error }

// challengeFailed reports whether another kind of challenge may do better.
func challengeFailed(err error) bool { return errors.As(err, new(failedChallenge)) }

// revokeTime is for taking back what was not proved.
const revokeTime = 10 * time.Second

// prove answers one challenge of an authorization and waits until the authority has looked.
func (k *keeper) prove(ctx context.Context, client *acme.Client, name, kind, url string) (err error) {
	authz, err := client.GetAuthorization(ctx, url)
	if err != nil || authz.Status == acme.StatusValid {
		return err
	}
	var challenge *acme.Challenge
	for _, c := range authz.Challenges {
		if c.Type == kind {
			challenge = c
		}
	}
	if challenge == nil {
		return failedChallenge{errors.New("the authority does not offer it")}
	}
	forget, err := k.answer(client, name, challenge)
	if err != nil {
		return err
	}
	defer forget()
	defer func() {
		if err == nil {
			return
		}
		// One that is pending counts against the limits of the account.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), revokeTime)
		defer cancel()
		_ = client.RevokeAuthorization(ctx, url) // that it has failed says more
	}()
	if _, err := client.Accept(ctx, challenge); err != nil {
		return err
	}
	if _, err := client.WaitAuthorization(ctx, url); err != nil {
		return failedChallenge{err}
	}
	return nil
}

// noteFailure tells the operator what is wrong and what to do.
func (k *keeper) noteFailure(name string, err error, wait time.Duration) {
	attrs := []any{"name", name, "err", err, "advice", advice(err), "again_in", wait.Round(time.Second)}
	k.mu.RLock()
	c := k.certs[name]
	k.mu.RUnlock()
	if c == nil {
		k.log.Error("no certificate: nobody can connect by this name over TLS", attrs...)
		return
	}
	attrs = append(attrs, "until", c.Leaf.NotAfter)
	if c.Leaf.NotAfter.Before(k.now()) {
		k.log.Error("the certificate has ended and could not be renewed", attrs...)
		return
	}
	k.log.Warn("the certificate could not be renewed yet", attrs...)
}

// advice is what to do about a failure. What the authority found is in the error.
func advice(err error) string {
	var refused *acme.AuthorizationError
	if errors.As(err, &refused) {
		for _, one := range refused.Errors {
			if text := adviceFor(one); text != "" {
				return text
			}
		}
	}
	if text := adviceFor(err); text != "" {
		return text
	}
	return "see whether this machine reaches tls.acme.directory; SIGHUP tries again at once"
}

func adviceFor(err error) string {
	var problem *acme.Error
	if !errors.As(err, &problem) {
		return ""
	}
	switch problem.ProblemType {
	case "urn:ietf:params:acme:error:dns":
		return "the name needs an A or AAAA record that leads to this machine"
	case "urn:ietf:params:acme:error:connection", "urn:ietf:params:acme:error:tls", "urn:ietf:params:acme:error:unauthorized":
		return fmt.Sprintf("the authority did not find this server by the name: port 443 has to lead to listen.wss or listen.mqtts (%s), or port 80 to listen.ws or tls.acme.http (%s)", overTLS, overWeb)
	case "urn:ietf:params:acme:error:caa":
		return "the CAA record of the name does not allow this authority"
	case "urn:ietf:params:acme:error:rateLimited":
		return "the authority asks to wait; try with its staging directory meanwhile"
	case "urn:ietf:params:acme:error:rejectedIdentifier":
		return "the authority gives no certificate for this name: look at tls.acme.names"
	case "urn:ietf:params:acme:error:externalAccountRequired":
		return "this authority wants an account that was made elsewhere, which is not supported: choose another"
	case "urn:ietf:params:acme:error:invalidContact", "urn:ietf:params:acme:error:unsupportedContact":
		return "the authority does not take tls.acme.email"
	}
	return ""
}
