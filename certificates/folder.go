package certificates

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/crypto/acme"
)

// What lies in the folder of an authority: the key of the account, and a file for each name with
// its key and certificate.
const (
	accountFile = "account.key"
	certSuffix  = ".pem"
)

// account is the one at the authority, made when it is first needed.
type account struct {
	mu   sync.Mutex // held while it is made
	made *acme.Client
}

// client returns a client with an account. Registering again finds the account of the key.
func (a *account) client(ctx context.Context, k *keeper) (*acme.Client, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.made != nil {
		return a.made, nil
	}
	key, err := k.accountKey()
	if err != nil {
		return nil, err
	}
	c := &acme.Client{Key: key, DirectoryURL: k.opt.Directory, HTTPClient: k.opt.Client, UserAgent: "teahouse"}
	who := &acme.Account{}
	if k.opt.Email != "" {
		who.Contact = []string{"mailto:" + k.opt.Email}
	}
	if _, err := c.Register(ctx, who, acme.AcceptTOS); err != nil && !errors.Is(err, acme.ErrAccountAlreadyExists) {
		return nil, fmt.Errorf("account: %w", err)
	}
	a.made = c
	return c, nil
}

// openDir makes the folder of the authority, so that those of another, such as one for trials, are
// never taken for its own.
func (k *keeper) openDir() error {
	u, err := url.Parse(k.opt.Directory)
	if err != nil || u.Host == "" {
		return fmt.Errorf("certificates: the directory %q is no URL", k.opt.Directory)
	}
	k.dir = filepath.Join(k.opt.Dir, strings.NewReplacer(":", "_", "[", "", "]", "").Replace(u.Host))
	return os.MkdirAll(k.dir, 0o700)
}

func (k *keeper) accountKey() (crypto.Signer, error) {
	file := filepath.Join(k.dir, accountFile)
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		text, err := keyPEM(key)
		if err != nil {
			return nil, err
		}
		return key, writeFile(file, text)
	}
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block != nil {
		if key, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
			if signer, ok := key.(crypto.Signer); ok {
				return signer, nil
			}
		}
	}
	return nil, fmt.Errorf("%s is damaged: delete it, and a new account is made", file)
}

// load reads what was got before for a name; nil without an error: nothing. What has ended is
// shown all the same until there is a new one.
func (k *keeper) load(name string) (*tls.Certificate, error) {
	text, err := os.ReadFile(filepath.Join(k.dir, name+certSuffix))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return parse(name, text)
}

// parse reads a key and a chain, and looks whether they are for a name.
func parse(name string, text []byte) (*tls.Certificate, error) {
	c, err := tls.X509KeyPair(text, text)
	if err != nil {
		return nil, err
	}
	if err := c.Leaf.VerifyHostname(name); err != nil {
		return nil, err
	}
	return &c, nil
}

// store keeps a certificate with its key.
func (k *keeper) store(name string, key *ecdsa.PrivateKey, chain [][]byte) (*tls.Certificate, error) {
	text, err := keyPEM(key)
	if err != nil {
		return nil, err
	}
	for _, der := range chain {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	c, err := parse(name, text)
	if err != nil {
		return nil, fmt.Errorf("the authority has sent something else than was ordered: %w", err)
	}
	return c, writeFile(filepath.Join(k.dir, name+certSuffix), text)
}

func keyPEM(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// writeFile writes a file that only the owner may read, all at once and durably.
func writeFile(file string, text []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(file), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = tmp.Write(text)
	if err == nil {
		err = tmp.Sync()
	}
	if closed := tmp.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		_ = os.Remove(tmp.Name()) // the first error tells more
	}
	return err
}
