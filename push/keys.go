package push

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/url"
)

// parseKey reads a private key of PKCS #8 in PEM. The error says what it is instead.
func parseKey(text string) (any, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New(`is not PEM: want a file that begins with "-----BEGIN PRIVATE KEY-----"`)
	}
	if block.Type != "PRIVATE KEY" {
		return nil, fmt.Errorf("is %q in PEM, want %q", block.Type, "PRIVATE KEY")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("is a damaged private key")
	}
	return key, nil
}

// parseEC reads the text of a .p8 file.
func parseEC(text string) (*ecdsa.PrivateKey, error) {
	key, err := parseKey(text)
	if err != nil {
		return nil, err
	}
	ec, ok := key.(*ecdsa.PrivateKey)
	if !ok || ec.Curve != elliptic.P256() {
		return nil, fmt.Errorf("is %s, want an EC key of P-256", kindOf(key))
	}
	return ec, nil
}

// parseRSA reads the private_key of a service account.
func parseRSA(text string) (*rsa.PrivateKey, error) {
	key, err := parseKey(text)
	if err != nil {
		return nil, err
	}
	r, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("is %s, want an RSA key", kindOf(key))
	}
	return r, nil
}

func kindOf(key any) string {
	switch k := key.(type) {
	case *ecdsa.PrivateKey:
		return "an EC key of " + k.Curve.Params().Name
	case *rsa.PrivateKey:
		return "an RSA key"
	}
	return "a key of another kind"
}

// parseVAPID reads a pair of keys as programs for VAPID print them.
func parseVAPID(public, private string) error {
	scalar, err := base64.RawURLEncoding.DecodeString(private)
	if err != nil || len(scalar) != 32 {
		return errors.New("private_key is not 32 bytes in unpadded base64url")
	}
	key, err := ecdh.P256().NewPrivateKey(scalar)
	if err != nil {
		return errors.New("private_key is no key of P-256")
	}
	if base64.RawURLEncoding.EncodeToString(key.PublicKey().Bytes()) != public {
		return errors.New("public_key is not that of private_key: 65 bytes in unpadded base64url")
	}
	return nil
}

// checkURL returns what is wrong with the address of a provider: it is https, on this machine
// http as well.
func checkURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "":
		return errors.New("is not an https:// address")
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return nil
	}
	return errors.New("is not an https:// address; http:// is for this machine alone")
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
