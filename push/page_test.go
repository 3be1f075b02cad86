package push

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
)

// page is a browser's side of a subscription: it decrypts as RFC 8291 says, with the
// standard library alone.
type page struct {
	endpoint string
	key      *ecdh.PrivateKey
	auth     []byte
}

func newPage(endpoint string) *page {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	p := &page{endpoint: endpoint, key: key, auth: make([]byte, 16)}
	_, _ = rand.Read(p.auth)
	return p
}

func (p *page) p256dh() string {
	return base64.RawURLEncoding.EncodeToString(p.key.PublicKey().Bytes())
}

func (p *page) auth64() string { return base64.RawURLEncoding.EncodeToString(p.auth) }

// open decrypts the body of a push of one record: a header of salt, record size and the
// sender's key (RFC 8188), and what is encrypted with a key of both sides.
func (p *page) open(body []byte) ([]byte, error) {
	if len(body) < 86 || body[20] != 65 {
		return nil, errors.New("no header")
	}
	salt, size, theirs := body[:16], binary.BigEndian.Uint32(body[16:20]), body[21:86]
	if uint32(len(body)) > size {
		return nil, errors.New("more than one record")
	}
	sender, err := ecdh.P256().NewPublicKey(theirs)
	if err != nil {
		return nil, err
	}
	shared, err := p.key.ECDH(sender)
	if err != nil {
		return nil, err
	}
	info := append(append([]byte("WebPush: info\x00"), p.key.PublicKey().Bytes()...), theirs...)
	ikm, err := hkdf.Key(sha256.New, shared, p.auth, string(info), 32)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	padded, err := aead.Open(nil, nonce, body[86:], nil)
	if err != nil {
		return nil, err
	}
	for len(padded) > 0 && padded[len(padded)-1] == 0 {
		padded = padded[:len(padded)-1]
	}
	if len(padded) == 0 || padded[len(padded)-1] != 2 {
		return nil, errors.New("not the last record")
	}
	return padded[:len(padded)-1], nil
}
